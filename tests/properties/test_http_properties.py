"""What holds for every request that arrives, and for every list that is followed."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.api import http, inquiries, listing, request_body
from makegood.api.http import Request
from makegood.api.pagination import Cursor, Total
from makegood.api.parameters import canonical
from makegood.domain.amounts import JsonNumber
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid, Problem
from makegood.domain.texts import trimmed

from tests.unit.memory_lists import (
    Lists,
    a_request,
    an_event,
    an_inquiry,
    by_advertiser,
    by_partner,
    instant,
)

texts = st.text(max_size=8)
values = texts.filter(lambda text: not text.strip() or trimmed(text))
"""What a query may hold: a text in which there is something to see, or a blank one."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
bodies = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.text("=&%+a1_method\ud800", max_size=20),
    documents.map(json.dumps),
    st.text('{}[]":,\\ud8001a', max_size=20),
    st.binary(max_size=30).map(lambda raw: base64.b64encode(raw).decode()),
)
types = st.sampled_from(
    [request_body.FORM, request_body.JSON, "APPLICATION/JSON; charset=latin-1", "text/xml", "", ";"]
)
contexts = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "requestId": st.none() | texts,
        "authorizer": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "accountSid": texts,
                "role": st.sampled_from(["PARTNER", "ADVERTISER", "", "OPERATOR"]),
                "accountId": texts,
                "readOnly": st.sampled_from(["true", "false", "x"]),
            },
        ),
    },
)
events = st.fixed_dictionaries(
    {
        "path": texts,
        "httpMethod": st.sampled_from(["GET", "POST", "PUT", "DELETE", "", "get"]),
        "headers": st.none()
        | st.dictionaries(st.sampled_from(["X", "Idempotency-Key"]), texts).map(dict),
        "multiValueQueryStringParameters": st.none()
        | st.dictionaries(texts, st.lists(texts, max_size=3), max_size=3),
        "requestContext": contexts,
        "body": bodies,
        "isBase64Encoded": st.booleans(),
    },
    optional={
        "resource": st.none() | st.sampled_from(["/Advertisers/{proxy+}", "/x"]),
        "pathParameters": st.none() | st.fixed_dictionaries({}, optional={"proxy": texts}),
    },
)


@given(events, types)
def test_reading_a_request_gives_texts_or_a_problem(event: dict[str, Any], kind: str) -> None:
    event["headers"] = {**(event["headers"] or {}), "content-type": kind}
    known = an_event(Role.PARTNER, "10001", "/x")["requestContext"]
    for asked in (event, {**event, "requestContext": known}):
        try:
            request = http.read_request(asked)
        except Problem as problem:
            rendered = http.error_reply(problem, "r").render()
            assert json.loads(rendered["body"].encode())["status"] == rendered["statusCode"] < 500
        else:
            texts_read = [*request.fields.items(), *request.query.items()]
            assert all(type(each) in (str, JsonNumber) for pair in texts_read for each in pair)
            assert all(each.encode() for pair in request.fields.items() for each in pair if each)


@given(st.dictionaries(texts.filter(bool), values.filter(bool), max_size=4), st.booleans())
def test_a_uri_that_is_given_asks_the_same_again(query: dict[str, str], suffixed: bool) -> None:
    event = an_event(Role.PARTNER, "10001", "/Things.json" if suffixed else "/Things")
    event["multiValueQueryStringParameters"] = {name: [text] for name, text in query.items()}
    request = http.read_request(event)
    assert request.uri().isascii()
    assert http.read_request(an_event(Role.PARTNER, "10001", request.uri())) == request


@given(
    st.dictionaries(texts.filter(lambda name: canonical(name) == name), values, max_size=4),
    st.integers(1, 3),
)
def test_what_is_given_several_times_over_is_given_once(fields: dict[str, str], times: int) -> None:
    event = an_event(Role.PARTNER, "10001", "/x")
    event["multiValueQueryStringParameters"] = {
        name: [text] * times for name, text in fields.items()
    }
    assert http.read_request(event).query == fields


positions = st.builds(
    "2026-01-01T00:00:00.{:03d}Z#{}".format,
    st.integers(0, 999),
    st.text("09az._-", min_size=1, max_size=20),
)
counts = st.integers(0, 10**9)


totals = st.builds(Total, counts, st.booleans())


@given(positions, counts, totals, st.lists(st.tuples(positions, counts), max_size=5))
def test_a_cursor_is_read_as_it_was_written_and_needs_no_escaping(
    after: str, start: int, total: Total, trail: list[tuple[str, int]]
) -> None:
    cursor = Cursor(after, start, total, tuple(trail))
    text = cursor.text()
    assert Cursor.parse(text) == cursor
    request = by_partner(f"/x?Cursor={text}")
    assert request.query["Cursor"] == text
    assert request.uri().endswith(f"?Cursor={text}")


@given(st.text(max_size=30) | documents.map(lambda each: json.dumps(each).encode()))
def test_a_cursor_is_read_or_refused(text: str | bytes) -> None:
    if isinstance(text, bytes):
        text = base64.urlsafe_b64encode(text).decode().rstrip("=")
    with suppress(Invalid):
        cursor = Cursor.parse(text)
        assert Cursor.parse(cursor.text()) == cursor


owners = st.sampled_from(["10001", "10002"])
orders = st.sampled_from(["A", "B", "C&é="])
minutes = st.integers(0, 6)


@st.composite
def inquiries_of(draw: st.DrawFn) -> list[Inquiry]:
    """Inquiries of two partners, many of them created at the same instant."""
    return [
        an_inquiry(
            number,
            instant(draw(minutes)),
            partner_id=draw(owners),
            order_id=draw(orders),
            state=draw(st.sampled_from(InquiryState)),
            customer_id=draw(st.sampled_from(["", "c 1"])),
            ordered_at=instant(-draw(minutes)),
        )
        for number in range(1, draw(st.integers(0, 14)) + 1)
    ]


FILTERS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Inquiry, Any], bool]]] = {
    "StartDate": (minutes.map(instant), lambda each, at: each.created_at >= at),
    "EndDate": (minutes.map(instant), lambda each, at: each.created_at <= at),
    "TransactionDateStart": (
        minutes.map(lambda each: instant(-each)),
        lambda each, at: each.claim.ordered_at >= at,
    ),
    "TransactionDateEnd": (
        minutes.map(lambda each: instant(-each)),
        lambda each, at: each.claim.ordered_at <= at,
    ),
    "MediaPartnerId": (owners, lambda each, text: each.partner_id == text),
    "OrderId": (orders, lambda each, text: each.claim.order_id == text),
    "CustomerId": (st.just("c 1"), lambda each, text: each.claim.customer_id == text),
    "ResolutionStatus": (
        st.sampled_from(InquiryState),
        lambda each, state: each.state is state,
    ),
}
filters = st.fixed_dictionaries({}, optional={name: each[0] for name, each in FILTERS.items()})


def newest_first(kept: list[Inquiry], asked: dict[str, Any], own: str) -> list[str]:
    """What a list has to show, the long way."""
    found = [
        each
        for each in kept
        if own in ("", each.partner_id)
        and all(FILTERS[name][1](each, value) for name, value in asked.items())
    ]
    found.sort(key=lambda each: (each.created_at, each.inquiry_id), reverse=True)
    return [each.inquiry_id for each in found]


def follow(lists: Lists, request: Request, arrive: Callable[[], object]) -> list[dict[str, Any]]:
    """Every page, by its next page's URI; `arrive` is called between two of them."""
    pages = []
    while True:
        answer = json.loads(str(inquiries.inquiries(lists, request).body))
        pages.append(answer)
        if not answer["@nextpageuri"]:
            return pages
        arrive()
        caller = request.caller
        request = a_request(caller.role, caller.account_id, answer["@nextpageuri"])


@given(
    inquiries_of(),
    filters,
    st.sampled_from([by_partner, by_advertiser]),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_a_followed_list_is_what_filtering_everything_finds(
    kept: list[Inquiry],
    asked: dict[str, Any],
    ask: Callable[[str], Request],
    page_size: int,
    page_max: int,
) -> None:
    lists = Lists(page_max=page_max).add(*kept)
    own = "10001" if ask is by_partner else ""
    query = {name: getattr(value, "isoformat", value.__str__)() for name, value in asked.items()}
    base = ask("/ActionInquiries.json?CampaignId=1000")
    request = ask(base.uri(**query, PageSize=str(page_size)))
    newer = iter(range(100, 200))

    def arrive() -> None:
        number = next(newer)
        lists.add(an_inquiry(number, instant(number)))

    pages = follow(lists, request, arrive)
    expected = newest_first(kept, asked, own)
    assert [each["Id"] for page in pages for each in page["ActionInquiries"]] == expected
    assert {page["@total"] for page in pages} == {str(len(expected))}
    assert all(len(page["ActionInquiries"]) == page_size for page in pages[:-1])
    starts = [int(page["@start"]) for page in pages]
    assert starts == [number * page_size for number in range(len(pages))]


@given(inquiries_of(), filters, st.integers(1, 4), st.integers(1, 5))
def test_a_page_by_number_and_a_page_by_cursor_are_the_same(
    kept: list[Inquiry], asked: dict[str, Any], page_size: int, page_max: int
) -> None:
    lists = Lists(page_max=page_max).add(*kept)
    query = {name: getattr(value, "isoformat", value.__str__)() for name, value in asked.items()}
    request = by_partner(by_partner("/ActionInquiries").uri(**query, PageSize=str(page_size)))
    for page in follow(lists, request, lambda: None):
        by_number = by_partner(request.uri(Page=page["@page"]))
        answer = json.loads(str(inquiries.inquiries(lists, by_number).body))
        for name in ("ActionInquiries", "@total", "@start", "@end"):
            assert answer[name] == page[name]
        if page["@previouspageuri"]:
            back = inquiries.inquiries(lists, by_partner(page["@previouspageuri"]))
            assert int(json.loads(str(back.body))["@end"]) == int(page["@start"]) - 1


@given(
    inquiries_of(),
    filters,
    st.sampled_from([by_partner, by_advertiser]),
    st.integers(1, 3),
    st.integers(0, 6),
    st.booleans(),
)
def test_a_list_whose_time_is_up_early_has_every_match_once(
    kept: list[Inquiry],
    asked: dict[str, Any],
    ask: Callable[[str], Request],
    page_size: int,
    looks: int,
    by_number: bool,
) -> None:
    """Time is up after so many looks at the clock: pages are short, totals are bounds."""
    lists = Lists().add(*kept)
    expected = newest_first(kept, asked, "10001" if ask is by_partner else "")
    query = {name: getattr(value, "isoformat", value.__str__)() for name, value in asked.items()}
    request = ask(ask("/ActionInquiries?CampaignId=1000").uri(**query, PageSize=str(page_size)))
    newer = iter(range(100, 200))

    def arrive() -> None:
        number = next(newer)
        lists.add(an_inquiry(number, instant(number)))

    def clock_of(seconds: float) -> Callable[[], bool]:
        left = iter(range(looks if seconds == listing.READ_SECONDS else 1_000))
        return lambda: next(left, None) is not None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "clock_of", clock_of)
        patch.setattr(listing, "READ_MAX", 2)
        if by_number:
            numbered = (ask(request.uri(Page=str(number))) for number in count(1))
            pages = list(until_empty(lists, numbered))
        else:
            pages = follow(lists, request, arrive)
    found = [each["Id"] for page in pages for each in page["ActionInquiries"]]
    assert found == expected
    assert all(int(page["@total"]) >= len(expected) for page in pages)
    assert all(page["ActionInquiries"] for page in pages[:-1])


def until_empty(lists: Lists, numbered: Iterable[Request]) -> Iterator[dict[str, Any]]:
    """Pages that are asked for by their numbers soon after one another, to the first without any
    thing.
    """
    for request in numbered:
        asked = replace(request, received_at=1)
        answer = json.loads(str(inquiries.inquiries(lists, asked).body))
        yield answer
        if not answer["ActionInquiries"]:
            return
