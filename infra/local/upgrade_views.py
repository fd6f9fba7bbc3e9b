"""What both sides see of a stack, and how two such looks differ: nothing may, across an upgrade.

A `Look` has every list that an account may ask for, with filters of each kind; what stands in its
files and statements; and how each sign-in is answered.
"""

import csv
import hashlib
import io
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from makegood_cli.client import Client, Refused

Look = dict[str, Any]
"""By the name of each question, its answer: a list of rows, an object, or a word."""

ADVERTISER = "Advertisers"
SETTLED_SECONDS = 1.5
"""Events come this much later than what they tell of; the stream is read in batches of a second."""

APPROVED = {"LOCKED": "APPROVED", "PAID": "APPROVED"}
"""What 0.1.0 says as it is stored, where newer versions say what it always said."""

SIGNED = re.compile(r"(X-Amz|AWSAccessKeyId|Signature)")
ZIPPED = b"PK"
"""What a workbook begins with: its table is a file of its own."""

PERIODS: tuple[dict[str, str], ...] = (
    {"Start": "2025-03-01", "End": "2025-03-31"},
    {"Start": "2025-02-15T08:00:00-05:00", "End": "2026-01-01T00:00:00Z"},
    {"Start": "2025-06-01"},
    {"End": "2025-02-10"},
)
DATES = {
    "Actions": ("{}Date", "ActionDate{}", "LockingDate{}"),
    "ActionInquiries": ("{}Date", "TransactionDate{}"),
    "ActionUpdates": ("{}Date",),
}
"""The filters by date of each list, with a place for Start and End."""

FILTERS_FEW = 2
"""How many filters of each list a brief look has, and each campaign after an account's first."""

STATES = {
    "Actions": ("State", ("PENDING", "APPROVED", "REVERSED")),
    "ActionInquiries": (
        "ResolutionStatus",
        ("UNRESOLVED", "VALID", "DECLINED", "INCOMPLETE", "WITHDRAWN"),
    ),
}


def look(
    clients: Mapping[str, Client], campaigns: Mapping[str, list[str]], brief: bool = False
) -> Look:
    """What each client sees by now. `campaigns` says of which each asks; who is not named there
    only signs in. A `brief` look has no files, statements and events, and fewer filters.
    """

    def seen(who: str) -> Look:
        found = _seen(clients[who], campaigns.get(who, []), brief)
        return {f"{who}: {name}": answer for name, answer in found.items()}

    with ThreadPoolExecutor(2) as pool:
        return {name: answer for found in pool.map(seen, clients) for name, answer in found.items()}


def signs_in(client: Client) -> str:
    """Whether a client gets in."""
    return f"answers {client.request('GET', f'{client.root}/CompanyInformation')[0]}"


def _seen(client: Client, campaigns: list[str], brief: bool) -> Look:
    found: Look = {"signs in": signs_in(client)}
    if not campaigns:
        return found
    found["CompanyInformation"] = client.get("CompanyInformation")
    for question in _questions(client, campaigns, brief):
        try:
            found[question] = _rows(client, question)
        except Refused as refused:
            found[question] = f"answers {refused.status}"
    if brief:
        return found
    try:
        found |= _settled_events(client)
    except Refused as refused:
        found["Events"] = f"answers {refused.status}"
    for each in _listed(found, "Invoices"):
        found[f"statement {each['Id']}"] = _statement(client, each["Id"])
    for each in _listed(found, "Files"):
        found[f"file {each['Id']}"] = _linked(client, client.call("GET", each["Uri"])["ResultUri"])
    return found


def _listed(found: Look, name: str) -> list[dict[str, Any]]:
    """The rows of a list; none of one that was refused."""
    answer = found[name]
    return answer[name] if isinstance(answer, dict) else []


def _questions(client: Client, campaigns: list[str], brief: bool) -> Iterator[str]:
    yield from ("Campaigns", "Files", "Invoices")
    if client.audience == ADVERTISER:
        yield from ("MediaPartners", "Funds", "Funds/Entries")
        yield from (f"Campaigns/{each}/Contracts" for each in campaigns)
    else:
        yield from ("Contracts", "Earnings", "Earnings/Entries")
    for resource in DATES:
        for number, campaign in enumerate(campaigns):
            for filters in islice(_filters(resource), FILTERS_FEW if brief or number else None):
                yield f"{resource}?{urlencode({'CampaignId': campaign, **filters})}"


def _filters(resource: str) -> Iterator[dict[str, str]]:
    """None, each period of each date, each state, and each state in a period of each date."""
    yield {}
    periods = [
        {date.format(end): at for end, at in period.items()}
        for date in DATES[resource]
        for period in PERIODS
    ]
    yield from periods
    name, states = STATES.get(resource, ("", ()))
    for state in states:
        yield {name: state}
        yield from ({name: state, **period} for period in periods[1 :: len(PERIODS)])


def _rows(client: Client, question: str) -> dict[str, list[Any]]:
    """All rows of a list, page after page, by the name that the answer gives them; a newer version
    may give them a second name.
    """
    found: dict[str, list[Any]] = {}
    uri = f"{client.root}/{question}"
    while uri:
        page = client.call("GET", uri)
        for name, rows in page.items():
            if isinstance(rows, list):
                found.setdefault(name, []).extend(rows)
        uri = page["@nextpageuri"]
    return found


def _settled_events(client: Client) -> Look:
    """What happened to what, by the type of event, once nothing more is told. Of two things at once
    either may be told first, so it is in an order of its own.
    """
    told: Look | None = None
    while True:
        now: Look = defaultdict(list)
        after = 0
        while page := client.call("GET", f"{client.root}/Events?After={after}")["Events"]:
            for each in page:
                state = APPROVED.get(each["State"], each["State"])
                now[f"Events of {each['Type']}"].append(
                    f"{each['ObjectId']} {state} {each['Version']}"
                )
            after = int(page[-1]["Id"])
        now = {name: sorted(events) for name, events in now.items()}
        if now == told:
            return now
        told = now
        time.sleep(SETTLED_SECONDS)


def _statement(client: Client, statement_id: str) -> dict[str, Any]:
    """A statement, its page's digest, and the table that it links to."""
    found = client.get(f"Invoices/{statement_id}")
    status, page, _ = client.request("GET", f"{client.root}/Invoices/{statement_id}/Page")
    links = {name: uri for name, uri in found.items() if SIGNED.search(str(uri))}
    tables = {f"{name} holds": _linked(client, uri) for name, uri in links.items()}
    return {**found, "Page": f"answers {status}, {len(page) > 0}", **tables}


def _linked(client: Client, link: str) -> str:
    """A table's number of rows and the digest of all its cells, or how its link is answered."""
    try:
        data = client.download(link)
    except Refused as refused:
        return f"answers {refused.status}"
    if data.startswith(ZIPPED):
        return "a workbook"
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return f"{len(rows)} rows, {hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"


def differences(before: Look, after: Look, fewer_fields: bool = False) -> list[str]:
    """How a second look is not the first one; fields that only a newer version shows are none.

    `fewer_fields` says that it is the second look that an older version answered.
    """
    found = [f"{name} is asked no more" for name in before.keys() - after.keys()]
    for name in sorted(before.keys() & after.keys()):
        found += [f"{name}: {each}" for each in _differ(before[name], after[name], fewer_fields)]
    return found


def _differ(before: Any, after: Any, fewer_fields: bool) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            if name in after:
                for each in _differ(before[name], after[name], fewer_fields):
                    yield f"{name} {each}"
            elif not fewer_fields:
                yield f"{name} is gone"
    elif isinstance(before, list) and isinstance(after, list):
        was, now = _by_id(before), _by_id(after)
        if list(was) != list(now):
            yield from _other_rows(was, now)
        for name in was.keys() & now.keys():
            for each in _differ(was[name], now[name], fewer_fields):
                yield f"[{name}] {each}"
    elif before != after and not _may_differ(before, after, fewer_fields):
        yield f"is {str(after)[:120]!r}, was {str(before)[:120]!r}"


def _may_differ(before: Any, after: Any, fewer_fields: bool) -> bool:
    """Links are signed anew, and what an older version leaves blank a newer one may know."""
    if SIGNED.search(str(before)) and SIGNED.search(str(after)):
        return True
    return (after if fewer_fields else before) == ""


def _by_id(rows: list[Any]) -> dict[str, Any]:
    """Rows by their ids; by their numbers where they have none."""
    ids = [each.get("Id", "") if isinstance(each, dict) else "" for each in rows]
    return dict(zip(ids if all(ids) else map(str, range(len(rows))), rows, strict=True))


def _other_rows(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    lost, more = was.keys() - now.keys(), now.keys() - was.keys()
    if lost or more:
        some = [*lost, *more][:3]
        yield f"lacks {len(lost)} rows of {len(was)} and has {len(more)} others: {some}"
    else:
        yield "has the same rows in another order"
