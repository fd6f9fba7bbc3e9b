"""What a page of actions costs by window, depth and filter, however many are stored.

Each page is asked of the API's own list twice: as it reads now, by the indexes of dates, and as a
store does whose indexes are not complete, by its owners' lists alone.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from makegood.api import actions, listing
from makegood.api.http import Reply, Request, read_request
from makegood.domain.parties import Campaign, EventType, Partner, PartnerKind, Role
from makegood.domain.problems import Invalid
from makegood.store.requests import Walked
from makegood.store.store import Store

from tests.bench.endless import CALL_SECONDS, MEGABYTE_SECONDS, RARE, Endless, Spent
from tests.bench.figures import Figure
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SHOP
from tests.torture.world import TABLES
from tests.unit.memory_lists import an_event

STORED = (10_000, 100_000, 1_000_000)
SIZE, DEEP = 100, 50
WINDOW, SHARE = 1_000, 10
FUNCTION_MB = 1_769
WIRE = "%Y-%m-%dT%H:%M:%SZ"
LIMIT = 1.1
"""A page of a window costs no more than so many times what it costs where little is stored."""


class Market(Store):
    """A store of endless actions, of one campaign and its partners."""

    def __init__(self, table: Endless, by_date: bool) -> None:
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "nobody")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "nothing")
        super().__init__(TABLES, "us-east-1")
        self.client.meta.events.register("before-send.dynamodb", table.answer)
        self.table, self.by_date = table, by_date

    def migrated(self, name: str) -> bool:
        return self.by_date

    def campaigns(self, ids: Any) -> dict[str, Campaign]:
        types = (EventType("4000", "Sale"),)
        return {each: Campaign(each, SHOP, "Shoes", "UTC", "USD", types) for each in ids}

    def campaign_ids_of(self, advertiser_id: str) -> list[str]:
        return [CAMPAIGN]

    def partners(self, ids: Any) -> dict[str, Partner]:
        return {each: Partner(each, f"Partner {each}", PartnerKind.CASHBACK) for each in ids}

    def walked_to(self, walk: str, page: int) -> Walked:
        return Walked()

    def keep_walk(self, walk: str, page: int, walked: Walked, at: int) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page: read units, calls, entries passed by, CPU of the function, and seconds with what
    its calls take; `rows` of it, the total that was told, and whether that is a bound.
    """

    units: float
    calls: int
    passed: int
    cpu_seconds: float
    seconds: float
    rows: int
    total: int
    is_bound: bool


@contextmanager
def timed(table: Endless) -> Iterator[None]:
    """The time that lists go by is that of the function and its calls, without the table's own."""
    real = listing.time

    def monotonic() -> float:
        return time.process_time() - table.spent.own_seconds + table.spent.waited_seconds

    listing.time = SimpleNamespace(monotonic=monotonic)  # type: ignore[assignment]
    try:
        yield
    finally:
        listing.time = real


def asked_for(query: Mapping[str, str], number: int, size: int) -> Request:
    """The request for a page, as a client that takes gzip sends it."""
    given = {"CampaignId": CAMPAIGN, **query, "PageSize": str(size), "Page": str(number)}
    uri = f"/Actions?{urlencode(given)}"
    zipped = {"Accept": "application/json", "Accept_Encoding": "gzip"}
    return read_request(an_event(Role.ADVERTISER, SHOP, uri, **zipped))


def page(table: Endless, by_date: bool, query: Mapping[str, str], number: int, size: int) -> Cost:
    """What one page of a list costs, until its answer is ready and zipped."""
    store, request = Market(table, by_date), asked_for(query, number, size)
    spent = table.spent = Spent()
    with timed(table):
        began = time.process_time()
        try:
            reply: Reply | None = actions.actions(store, request, NOW)
        except Invalid:
            reply = None
        cpu = time.process_time() - began - spent.own_seconds
    told = json.loads(_unzipped(reply.body)) if reply else {}
    return Cost(
        spent.units,
        spent.calls.total(),
        spent.passed,
        cpu,
        cpu + spent.waited_seconds,
        len(told.get("Actions", ())),
        int(told.get("@total", 0)),
        "Warnings" in told,
    )


def _unzipped(body: Any) -> Any:
    """A small answer is sent as it is."""
    return gzip.decompress(body) if isinstance(body, bytes) else body


def between(low: datetime, high: datetime) -> dict[str, str]:
    return {"ActionDateStart": f"{low:{WIRE}}", "ActionDateEnd": f"{high:{WIRE}}"}


def asked(table: Endless) -> dict[str, tuple[dict[str, str], int]]:
    """What is asked for, and how many rows that has. Windows lie in the middle of all."""
    low, few = table.count // 2, table.count // SHARE
    window = between(table.instant(low), table.instant(low + few))
    thousand = between(table.instant(low), table.instant(low + WINDOW))
    return {
        "everything": ({}, table.count),
        f"a window of {WINDOW:,}": (thousand, WINDOW),
        "a window of 1 in 10": (window, few),
        "1 in 100, by partner": ({"MediaPartnerId": LOYALTY}, table.count // RARE),
        "99 in 100, by partner": ({"MediaPartnerId": CASHBACK}, table.count - table.count // RARE),
    }


Costs = dict[tuple[str, int, str], tuple[Cost, Cost]]
"""By list, how many are stored, and which page: as it is, and by owners' lists alone."""


def measured(stored: Iterable[int] = STORED, size: int = SIZE) -> Costs:
    """The first page, a deep one as far as there is one, and the last, each by its number."""
    found: Costs = {}
    for count in stored:
        table = Endless(count)
        for name, (query, rows) in asked(table).items():
            last = max(1, -(-rows // size))
            for told, number in (("first", 1), (str(DEEP), DEEP), ("last", last)):
                if number <= last:
                    both = (page(table, by_date, query, number, size) for by_date in (True, False))
                    found[name, count, told] = (next(both), next(both))
    return found


def figures(found: Costs) -> list[Figure]:
    """A window's page against the same page where the fewest are stored."""
    name = f"a window of {WINDOW:,}"
    counts = sorted({count for _, count, _ in found})
    few, many = (found[name, count, "first"][0] for count in (counts[0], counts[-1]))
    pairs = {"read units": (many.units, few.units), "AWS calls": (many.calls, few.calls)}
    return [
        Figure(
            f"page at {counts[-1]:,} stored: {what}", ours, floor, ours / floor, LIMIT, "each", 0
        )
        for what, (ours, floor) in pairs.items()
    ]


def table(found: Costs) -> str:
    lines = [
        f"What a page of {SIZE} actions costs: read units, calls, ms of CPU and seconds, by the",
        "indexes of dates, and by owners' lists alone. Seconds: CPU, and for each call, as if none "
        f"were side by side, {CALL_SECONDS * 1000:.0f} ms",
        f"and {MEGABYTE_SECONDS * 1000:.0f} ms a MB that a query reads. A total with + is a bound; "
        "- was refused.",
        f"{'list':24}{'stored':>10}{'page':>6} |{HEAD} |{HEAD} |{'units, before/after':>20}",
    ]
    for (name, count, number), (ours, before) in found.items():
        ratio = f"{before.units / ours.units:,.1f}"
        lines.append(
            f"{name:24}{count:10,}{number:>6} |{_told(ours)} |{_told(before)} |{ratio:>20}"
        )
    return "\n".join(lines)


HEAD = f"{'units':>9}{'calls':>6}{'ms':>7}{'s':>6}{'rows':>5}{'total':>10}"


def _told(cost: Cost) -> str:
    total = f"{cost.total:,}{'+' if cost.is_bound else ''}" if cost.total else "-"
    return (
        f"{cost.units:9,.0f}{cost.calls:6,}{cost.cpu_seconds * 1000:7,.0f}{cost.seconds:6.1f}"
        f"{cost.rows:5}{total:>10}"
    )


WHOLE = 20_000


def whole_page() -> str:
    """A page as long as pages may be, in a process with no more memory than a function has."""
    line = "from tests.bench import lists; print(lists.whole_page_here())"
    done = subprocess.run(
        [sys.executable, "-c", line],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=_limited,
    )
    return done.stdout.strip()


def _limited() -> None:
    limit = FUNCTION_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def whole_page_here() -> str:
    """What such a page costs in this process, and how much memory the process had at most."""
    cost = page(Endless(STORED[1]), by_date=True, query={}, number=1, size=WHOLE)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"A page of {cost.rows:,} of {cost.total:,} actions, in {FUNCTION_MB:,} MB: "
        f"{cost.cpu_seconds:.2f} s of CPU, {cost.seconds:.2f} s, {cost.units:,.0f} read units, "
        f"{cost.calls} calls; at most {peak} MB of memory, with the table's own"
    )
