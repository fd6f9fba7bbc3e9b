"""Conversations: each kind of client of the field's API asks as it does for all of a list.

What differs between kinds is how they spell a request, what form they take, how they go from page
to page, and how they know the end. Things arrive while they read.
"""

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.inquiries import Inquiry

from tests.integration.gateway import ADVERTISER, FUNCTIONS, PARTNER, Client, Context, function
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW
from tests.unit.memory_lists import an_action, an_inquiry

ARRIVALS_FROM = 1_000_000
"""The number of the first action that arrives while somebody reads."""


@dataclass(frozen=True)
class Kind:
    """A kind of client: `stops` is how it knows the last page, `by` how it asks for the next."""

    name: str
    size: int
    stops: str
    by: str = "number"
    prefix: str = ""
    suffix: str = ".json"
    accept: str = "application/json"
    zipped: bool = False
    spell: Callable[[str], str] = str


KINDS = (
    Kind("extractor in Python, by the next link", 20, "no link", by="link"),
    Kind("extractor in Python, up to the pages told at first", 12, "@numpages"),
    Kind("reporter in PHP, until a page is empty", 7, "empty page", suffix=""),
    Kind("reporter in PHP, until a page is short", 9, "short page"),
    Kind("SDK in TypeScript, until it has the total", 13, "@total", zipped=True),
    Kind("SDK in Go, the next link, no Accept", 6, "no link", by="link", accept="", suffix=""),
    Kind("script in Ruby, lower case", 8, "@numpages", spell=str.lower, zipped=True),
    Kind("older client, XML, by the next link", 14, "no link", "link", "/2010-09-01", "", ""),
    Kind("older client, XML, by number", 11, "@numpages", "number", "/2010-09-01", "", ""),
    Kind("spreadsheet, as much as there is at once", 20_000, "short page", zipped=True),
)


@dataclass(frozen=True)
class Asked:
    """A list that clients ask for, and which of all things it has."""

    client: Client
    key: str
    query: Mapping[str, str]
    has: Callable[[Any], bool]


def _iso(days: int) -> str:
    return f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def _at(days: int) -> Any:
    return NOW + timedelta(days=days)


LISTS = (
    Asked(
        ADVERTISER,
        "Actions",
        {"CampaignId": CAMPAIGN, "ActionDateStart": _iso(-90), "ActionDateEnd": _iso(-10)},
        lambda each: _at(-90) <= each.event_at <= _at(-10),
    ),
    Asked(ADVERTISER, "Actions", {"State": "PENDING"}, lambda each: _is(each, "PENDING")),
    Asked(
        ADVERTISER,
        "Actions",
        {"StartDate": _iso(-40), "CampaignId": CAMPAIGN},
        lambda each: each.last_modified_at >= _at(-40),
    ),
    Asked(
        PARTNER,
        "Actions",
        {"LockingDateStart": _iso(-60), "LockingDateEnd": _iso(-5), "State": "APPROVED"},
        lambda each: (
            each.partner_id == CASHBACK
            and _at(-60) <= each.locks_at <= _at(-5)
            and _is(each, "APPROVED")
        ),
    ),
    Asked(ADVERTISER, "Actions", {"Oid": "ORDER-7"}, lambda each: each.order.order_id == "ORDER-7"),
    Asked(
        PARTNER,
        "Actions",
        {"Oid": "ORDER-8", "CampaignId": CAMPAIGN},
        lambda each: each.order.order_id == "ORDER-8",
    ),
    Asked(
        PARTNER,
        "ActionInquiries",
        {"TransactionDateStart": _iso(-80), "CampaignId": CAMPAIGN},
        lambda each: each.partner_id == CASHBACK and each.claim.ordered_at >= _at(-80),
    ),
    Asked(
        ADVERTISER,
        "ActionInquiries",
        {"CampaignId": CAMPAIGN, "MediaPartnerId": LOYALTY},
        lambda each: each.partner_id == LOYALTY,
    ),
    Asked(
        PARTNER,
        "ActionInquiries",
        {"CustomerId": "c-3"},
        lambda each: each.partner_id == CASHBACK and each.claim.customer_id == "c-3",
    ),
)


def _is(action: Action, name: str) -> bool:
    return action.state_at(NOW).rules.public_name == name


def made_actions(count: int, first: int = 0) -> list[Action]:
    """Actions of the last hundred days, of two partners, some of them modified or reversed."""
    found = []
    for number in range(first, first + count):
        event_at = NOW - timedelta(days=number % 100, minutes=number)
        action = an_action(
            number,
            min(event_at + timedelta(hours=number % 30), NOW),
            event_at=event_at,
            locks_at=event_at + timedelta(days=15),
            clears_at=event_at + timedelta(days=400),
            partner_id=(CASHBACK, LOYALTY)[number % 3 == 0],
        )
        touched = action.created_at + timedelta(days=3)
        if number % 7 == 0:
            action = replace(action, modified_at=touched)
        if number % 11 == 0:
            undone = {"state": ActionState.REVERSED, "disposition": Disposition.OTHER}
            action = replace(action, modified_at=touched, **undone)
        found.append(action)
    return found


def made_inquiries(count: int) -> list[Inquiry]:
    return [
        an_inquiry(
            number,
            NOW - timedelta(days=number % 90, minutes=number),
            partner_id=(CASHBACK, LOYALTY)[number % 3 == 0],
            customer_id=f"c-{number % 8}",
            ordered_at=NOW - timedelta(days=1 + number % 120, minutes=number),
        )
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True)
class World:
    """All that there is before anything arrives."""

    actions: list[Action]
    inquiries: list[Inquiry]

    def of(self, asked: Asked) -> set[str]:
        if asked.key == "Actions":
            return {each.action_id for each in self.actions if asked.has(each)}
        return {each.inquiry_id for each in self.inquiries if asked.has(each)}


def told(kind: Kind, client: Client, uri: str) -> tuple[list[str], Mapping[str, str], int]:
    """The ids of a page, what it says of itself, and how many rows it has."""
    headers = {"Accept": kind.accept} if kind.accept else {}
    if kind.zipped:
        headers["Accept-Encoding"] = "gzip, deflate"
    parts = urlsplit(uri)
    event = client.event("GET", f"/Any?{parts.query}", headers=headers)
    answer = function(FUNCTIONS[client.role]).handler({**event, "path": parts.path}, Context())
    assert answer["statusCode"] == 200, answer["body"]
    body = answer["body"]
    if answer.get("isBase64Encoded"):
        body = gzip.decompress(base64.b64decode(body)).decode()
    if answer["headers"]["Content-Type"].startswith("application/xml"):
        (listed,) = ElementTree.fromstring(body)  # noqa: S314 - of our own functions
        ids = [str(each.findtext("Id")) for each in listed]
        return ids, {f"@{name}": text for name, text in listed.attrib.items()}, len(ids)
    page = json.loads(body)
    listed = page.get("Actions", page.get("ActionInquiries"))
    return [each["Id"] for each in listed], page, len(listed)


def walked(kind: Kind, asked: Asked, between: Callable[[], None]) -> list[str]:
    """All that a client of that kind has at its end."""
    path = f"{kind.prefix}{asked.client.root}/{asked.key}{kind.suffix}"
    found: list[str] = []
    first: Mapping[str, str] = {}
    uri, number = "", 0
    while True:
        number += 1
        spelled = {kind.spell(name): text for name, text in asked.query.items()}
        query = {**spelled, kind.spell("PageSize"): str(kind.size), kind.spell("Page"): str(number)}
        uri = uri if kind.by == "link" and uri else f"{path}?{urlencode(query)}"
        ids, page, count = told(kind, asked.client, uri)
        found += ids
        first = first or page
        uri = page["@nextpageuri"]
        assert parse_qsl(urlsplit(uri).query) or not uri
        ends = {
            "no link": not uri,
            "@numpages": number >= int(first["@numpages"]),
            "empty page": not count,
            "short page": count < int(page["@pagesize"]),
            "@total": len(found) >= int(first["@total"]),
        }
        if ends[kind.stops]:
            return found
        between()


def an_arrival(number: int) -> Action:
    """An action newer than all others, the first, second or a later one to arrive."""
    (made,) = made_actions(1, ARRIVALS_FROM + number)
    return replace(made, created_at=NOW, event_at=NOW)


def without_arrivals(ids: Iterable[str]) -> set[str]:
    return {each for each in ids if int(each.rpartition(".")[2]) < ARRIVALS_FROM}
