"""A day's work in steps, played in any weather, and compared with the same day in a fair one.

Steps of one phase do not need each other; a phase begins when what the one before had to set aside
was done again. What a day comes to is compared without what depends on how work was grouped:
entries of the ledger and versions of items. The proof of the books stands for those.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from makegood.domain.uploads import Kind
from makegood.files import ingestion
from makegood.jobs import reconciliation

from tests.integration import market
from tests.integration.gateway import ADVERTISER, OTHER_PARTNER, PARTNER
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    LONG_AGO,
    NOW,
    RECENT,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
    SHARD,
    SHOP,
)
from tests.torture import faults
from tests.torture.delivery import Delivery, GaveUp
from tests.torture.faults import Plan
from tests.torture.matrix import at_once, comparable
from tests.torture.weather import Weather, under
from tests.torture.world import Contents, World

Step = Callable[[Delivery], object]

CLAIMS = 4
CHUNK_ROWS = 3
PAUSE = timedelta(seconds=1)
NEAR = timedelta(minutes=30)
LOCKING, CLEARING = RECENT_LOCKS_AT + NEAR, RECENT_CLEARS_AT + NEAR
"""When the sweeps come: not so near to what is due that a wrong clock decides."""


@dataclass(slots=True)
class Day:
    """One day in one weather; `aside` are the steps that could not be done in it."""

    world: World
    weather: Weather | None
    skew: Mapping[str, timedelta] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    steps: int = 0
    retries: int = 0

    def phase(self, at: datetime, steps: list[tuple[str, Step]]) -> None:
        """Every step once in this weather, then what was set aside in a fair one."""
        again = []
        for name, step in steps:
            self.steps += 1
            with under(self.weather) if self.weather else nullcontext():
                done = self._done(at, step)
            if not done:
                self.aside.append(name)
                again.append((name, step))
        for name, step in again:
            if not self._done(at, step):
                self.unseen.append(f"{name} cannot be done even in fair weather")

    def _done(self, at: datetime, step: Step) -> bool:
        delivery = Delivery(self.world, Plan(), at, pause=PAUSE, skew=self.skew)
        try:
            step(delivery)
        except GaveUp:
            return False
        finally:
            self.retries += delivery.retries
        for status, body in [each for each in delivery.answers if isinstance(each, tuple)]:
            if status != 200:
                self.unseen.append(f"{status}: {body}")
        return True


def _file(kind: Kind, name: str, header: str, rows: list[str]) -> Step:
    audience, account_id = (
        ("partners", CASHBACK) if kind is Kind.INQUIRIES else ("advertisers", SHOP)
    )
    key = f"{audience}/{account_id}/{kind}/{name}/rows.csv"
    data = "\r\n".join([header, *rows, ""]).encode()

    def arrive(delivery: Delivery) -> None:
        delivery.arrival(delivery.world.upload(key, data))

    return arrive


def _messages(delivery: Delivery) -> None:
    delivery.messages()


def _filed(number: int) -> Step:
    def step(delivery: Delivery) -> None:
        client = (PARTNER, OTHER_PARTNER)[number % 2]
        past = {"TransactionDate": LONG_AGO} if number % 4 == 3 else {}
        fields = market.claimed(f"H-{number}", **past)
        delivery.request(client, "POST", "/ActionInquiries", fields, f"file-{number}")

    return step


def _resolved(inquiry_id: str) -> Step:
    def step(delivery: Delivery) -> None:
        fields = market.accepted(inquiry_id)
        delivery.request(ADVERTISER, "PUT", "/ActionInquiries", fields, f"resolve-{inquiry_id}")

    return step


def _modified(action_id: str) -> Step:
    def step(delivery: Delivery) -> None:
        fields = {"ActionId": action_id, "Reason": "ORDER_UPDATE", "Amount": "80.00"}
        delivery.request(ADVERTISER, "PUT", "/Actions", fields, f"modify-{action_id}")

    return step


def _deposited(reference: str, amount: str) -> Step:
    command = {"command": "deposit", "advertiser_id": SHOP, "currency": "USD"}

    def step(delivery: Delivery) -> None:
        delivery.command(**command, amount=amount, reference=reference)

    return step


def _swept(delivery: Delivery) -> None:
    delivery.message("sweep", {"shard": SHARD, "round": 1, "started": "20260601T1200"})


def _of_state(contents: Contents, kind: str, state: str) -> list[str]:
    """Ids of inquiries or actions, by order."""
    found = [
        (item["order_id"]["S"], pk[2:])
        for (table, pk, sk), item in contents.items()
        if (table, sk) == (kind, "H") and item["state"]["S"] == state
    ]
    return [each for _, each in sorted(found)]


def play(
    world: World, weather: Weather | None, skew: Mapping[str, timedelta] | None = None
) -> tuple[Day, dict[Any, str], list[str]]:
    """The day in this weather: how it went, what it came to, and what does not hold.

    `skew` says by how much the clock of each function is wrong.
    """
    world.left = None
    world.clear()
    market.set_up(world.store)
    day = Day(world, weather, skew or {})
    rows, ingestion.CHUNK_ROWS_MAX = ingestion.CHUNK_ROWS_MAX, CHUNK_ROWS
    try:
        for at, steps in phases(world):
            day.phase(at, steps)
    finally:
        ingestion.CHUNK_ROWS_MAX = rows
    left = world.contents()
    broken = reconciliation.prove(world.store)["violations"]
    return day, essence(left), day.unseen + [f"{name}: {what}" for name, what in broken.items()]


def phases(world: World) -> Iterator[tuple[datetime, list[tuple[str, Step]]]]:
    """Claims, conversions, decisions, changes, then two sweeps with too little money and enough."""
    claim = "Campaign Id,Order Id,Sale Amount,Transaction Date,Type"
    claims = [f"{CAMPAIGN},F-{each},60.00,{RECENT},UNTRACKED" for each in range(CLAIMS)]
    report = "Campaign Id,Action Tracker,Order Id,Event Date,Amount,Partner Id"
    reports = [f"{CAMPAIGN},{SALE},C-{each},{RECENT},40.00,{CASHBACK}" for each in range(CLAIMS)]
    yield (
        NOW,
        [
            ("deposit", _deposited("bank-1", "6.00")),
            *((f"claim {each}", _filed(each)) for each in range(CLAIMS)),
            ("file of claims", _file(Kind.INQUIRIES, "upload-1", claim, claims)),
            ("file of conversions", _file(Kind.CONVERSIONS, "upload-2", report, reports)),
        ],
    )
    yield NOW, [("chunks", _messages)]
    waiting = _of_state(world.items(), "inquiries", "UNRESOLVED")
    resolution = "Id,Resolution Status,Transaction Date,Action Tracker"
    accepted = [f"{each},VALID,{RECENT},{SALE}" for each in waiting[:CLAIMS]]
    yield (
        NOW,
        [
            ("file of resolutions", _file(Kind.RESOLUTIONS, "upload-3", resolution, accepted)),
            *((f"resolution of {each}", _resolved(each)) for each in waiting[CLAIMS:]),
        ],
    )
    yield NOW, [("chunks", _messages)]
    pending = _of_state(world.items(), "actions", "PENDING")
    yield NOW, [(f"change of {each}", _modified(each)) for each in pending[:4]]
    yield LOCKING, [("sweep", _swept), ("messages", _messages)]
    yield CLEARING, [("sweep", _swept), ("messages", _messages)]
    yield CLEARING, [("deposit", _deposited("bank-2", "500.00"))]
    yield CLEARING, [("sweep", _swept), ("messages", _messages)]


def essence(contents: Contents) -> dict[Any, str]:
    """What a day comes to, however its work was grouped and however long it took."""
    ungrouped = {
        place: held
        if isinstance(held, str)
        else {name: value for name, value in held.items() if name != "version"}
        for place, held in contents.items()
        if not (place[0] == "ledger" and place[1].startswith("E#"))
    }
    kept = comparable(ungrouped, NOW - NEAR)
    for at in (LOCKING, CLEARING):
        kept = {place: at_once(text, at - NEAR) for place, text in kept.items()}
    return kept


def compare(
    world: World, percent: int, seed: int, fair: dict[Any, str]
) -> tuple[Day, Weather, list[str]]:
    """A day in bad weather against the fair one."""
    weather = Weather(percent, Random(seed))
    faults.forget()
    day, left, found = play(world, weather)
    for place in sorted(left.keys() | fair.keys()):
        if left.get(place) != fair.get(place):
            found.append(f"{'/'.join(place)} is {left.get(place)}, not {fair.get(place)}")
    return day, weather, found
