"""The queue: what somebody has to decide by its deadline, and what a list adds up to."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.api import inquiries, totals
from makegood.api.listing import Listing
from makegood.domain.deadlines import Clock, Deadlines
from makegood.domain.inquiries import LIVE, Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Partner, PartnerKind
from makegood.domain.problems import Invalid, Unavailable
from makegood.jobs import migrations
from makegood.store import lists
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.integration import stack
from tests.unit.memory_lists import (
    CAMPAIGN,
    NOW,
    a_request,
    an_inquiry,
    by_advertiser,
    by_partner,
)

QUEUE = "/ActionInquiries?CampaignId=1000"
DEADLINES = st.none() | st.integers(-3, 3)


def set_up(store: Store) -> None:
    store.put_campaign(CAMPAIGN)
    for partner_id in ("10001", "10002"):
        store.put_partner(Partner(partner_id, f"Partner {partner_id}", PartnerKind.CASHBACK))
    for name in lists.QUEUE:
        store._believe(name, True)


def at(days: float | None) -> datetime | None:
    return None if days is None else NOW + timedelta(days=days)


@st.composite
def made_inquiries(draw: st.DrawFn) -> list[Inquiry]:
    """Of two partners, in any state, with a deadline of either side's, or without."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        inquiry = an_inquiry(
            number + 1,
            NOW - timedelta(days=draw(st.integers(0, 3))),
            partner_id=draw(st.sampled_from(("10001", "10002"))),
            inquiry_type=draw(st.sampled_from(InquiryType)),
            order_amount=Money(draw(st.integers(1, 9)), draw(st.sampled_from(("USD", "EUR")))),
            order_id=f"O-{draw(st.integers(1, 3))}",
            customer_id=draw(st.sampled_from(("", "C-1"))),
            resolution_deadline_at=at(draw(DEADLINES)),
            state=draw(st.sampled_from(InquiryState)),
        )
        claim, expected = inquiry.claim, draw(st.none() | st.integers(0, 9))
        if expected is not None:
            payout = Money(expected, claim.order_amount.currency)
            inquiry = replace(inquiry, claim=replace(claim, expected_payout=payout))
        agreed = at(draw(DEADLINES))
        if agreed is not None:
            clock = Clock(Deadlines(answer_days=30), inquiry.created_at, agreed)
            inquiry = replace(inquiry, clock=clock)
        found.append(inquiry)
    return found


FILTERS: dict[str, Any] = {
    "": lambda each: True,
    "&ResolutionStatus=UNRESOLVED": lambda each: each.state is InquiryState.UNRESOLVED,
    "&MediaPartnerId=10001": lambda each: each.partner_id == "10001",
    "&OrderId=O-1": lambda each: each.claim.order_id == "O-1",
    "&CustomerId=C-1": lambda each: each.claim.customer_id == "C-1",
    "&InquiryType=UNTRACKED": lambda each: each.claim.inquiry_type is InquiryType.UNTRACKED,
    "&Currency=EUR": lambda each: each.claim.order_amount.currency == "EUR",
    "&StartDate=2026-03-09": lambda each: each.created_at >= NOW - timedelta(days=1, hours=9),
    "&TransactionDateEnd=2026-03-06": lambda each: (
        each.claim.ordered_at < NOW - timedelta(days=3, hours=8)
    ),
}
A_FILTER = st.sampled_from(sorted(FILTERS))


def pages(store: Store, uri: str) -> list[dict[str, Any]]:
    found = []
    while uri:
        found.append(json.loads(str(inquiries.inquiries(store, by_advertiser(uri)).body)))
        uri = found[-1]["@nextpageuri"].partition("Advertisers/")[2].partition("/")[2]
        uri = uri and f"/{uri}"
    return found


def in_order(each: Inquiry) -> tuple[bool, datetime, str]:
    by = each.answer_by
    return by is None, by or each.created_at, each.inquiry_id


def added_up(kept: list[Inquiry]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in kept:
        amount, expected = each.claim.order_amount, each.claim.expected_payout
        line = sums[amount.currency]
        line[:] = line[0] + 1, line[1] + amount.minor, line[2] + (expected.minor if expected else 0)
    return dict(sums)


def told(page: dict[str, Any]) -> dict[str, list[int]]:
    names = "Count", "TransactionAmount", "ExpectedPayout"
    return {
        currency: [int(each[name].replace(".", "")) for name in names]
        for currency, each in page["@totals"].items()
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kept=made_inquiries(), one=A_FILTER, other=A_FILTER, size=st.integers(1, 5))
def test_the_queue_has_what_is_open_by_deadline_on_full_pages_with_its_totals(
    store: Store, kept: list[Inquiry], one: str, other: str, size: int
) -> None:
    stack.reset()
    set_up(store)
    store.commit(Outcome(inquiries=tuple((None, each) for each in kept)))
    asked = f"{QUEUE}{one}{other if other != one else ''}&Totals=true"
    matching = [each for each in kept if FILTERS[one](each) and FILTERS[other](each)]
    right = sorted((each for each in matching if each.state in LIVE), key=in_order)

    found = pages(store, f"{asked}&Sort=Deadline&PageSize={size}")

    assert [each["Id"] for page in found for each in page["ActionInquiries"]] == [
        each.inquiry_id for each in right
    ]
    assert all(len(page["ActionInquiries"]) == size for page in found[:-1])
    assert {page["@total"] for page in found} == {str(len(right))}
    assert told(found[0]) == added_up(right)
    assert told(pages(store, asked)[0]) == added_up(matching)


@pytest.mark.parametrize("narrowed", ["", "&CustomerId=C-1"])
def test_a_list_that_nobody_counts_has_the_same_pages_and_no_total(
    store: Store, narrowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(store)
    kept = [an_inquiry(each, resolution_deadline_at=at(each)) for each in range(1, 6)]
    store.commit(Outcome(inquiries=tuple((None, each) for each in kept)))
    asked = f"{QUEUE}&Sort=Deadline&PageSize=2{narrowed.replace('C-1', kept[0].claim.customer_id)}"
    counted = pages(store, asked)
    with monkeypatch.context() as patched:
        patched.setattr(Listing, "total", None)
        found = pages(store, f"{asked}&Count=false")
    names = ("@total", "@numpages", "@lastpageuri")
    assert {page[name] for page in found for name in names} == {""}
    rows = [page["ActionInquiries"] for page in found]
    assert rows == [page["ActionInquiries"] for page in counted]
    assert [len(each) for each in rows] == [2, 2, 1]

    uri = found[0]["@nextpageuri"].partition("Advertisers/")[2].partition("/")[2]
    (later, _) = pages(store, f"/{uri.replace('Count=false', 'Count=true')}")
    assert (later["@total"], later["@numpages"]) == ("5", "3")


def test_what_moves_between_pages_is_neither_lost_nor_read_as_decided(store: Store) -> None:
    set_up(store)
    kept = [an_inquiry(each, resolution_deadline_at=at(each)) for each in range(1, 6)]
    store.commit(Outcome(inquiries=tuple((None, each) for each in kept)))
    first = json.loads(
        str(inquiries.inquiries(store, by_advertiser(f"{QUEUE}&Sort=Deadline&PageSize=2")).body)
    )
    for before in (kept[0], kept[3]):
        store.commit(Outcome(inquiries=((before, before.moved(InquiryState.WITHDRAWN)),)))
    uri = first["@nextpageuri"].partition("Advertisers/")[2].partition("/")[2]
    rest = pages(store, f"/{uri}")
    assert [each["Id"] for each in first["ActionInquiries"]] == ["1", "2"]
    assert [each["Id"] for page in rest for each in page["ActionInquiries"]] == ["3", "5"]


def test_older_inquiries_are_listed_by_deadline_once_the_migration_is_complete(
    store: Store,
) -> None:
    set_up(store)
    store.forget_migrations()
    kept = [
        an_inquiry(1, resolution_deadline_at=at(2)),
        an_inquiry(2),
        an_inquiry(3, resolution_deadline_at=at(1)),
        an_inquiry(4, state=InquiryState.VALID),
    ]
    store.commit(Outcome(inquiries=tuple((None, each) for each in kept)))
    old_version_wrote(store)
    with pytest.raises(Unavailable, match="migration") as refused:
        inquiries.inquiries(store, by_advertiser(f"{QUEUE}&Sort=Deadline"))
    assert refused.value.code == "sort_not_ready"
    assert told(pages(store, f"{QUEUE}&ResolutionStatus=UNRESOLVED&Totals=true")[0]) == {
        "USD": [3, 3 * kept[0].claim.order_amount.minor, 0]
    }

    for name in MIGRATIONS:
        assert migrations.run(store, name, lambda: True).complete
    found = pages(store, f"{QUEUE}&Sort=Deadline")
    assert [each["Id"] for each in found[0]["ActionInquiries"]] == ["3", "1", "2"]
    assert migrations.run(store, "inquiries_by_deadline", lambda: True).changed == 3


def old_version_wrote(store: Store) -> None:
    """The items as they were before there was a queue."""
    for item in stack.everything("inquiries").values():
        kept = {name: each for name, each in item.items() if not name.startswith("queue")}
        store.client.put_item(TableName=stack.TABLES.inquiries, Item=kept)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("Sort=Newest", ("Sort", "unknown_sort")),
        ("Sort=Deadline&ResolutionStatus=VALID", ("Sort", "sort_of_decided")),
        ("Totals=yes", ("Totals", "not_a_switch")),
        ("Count=0", ("Count", "not_a_switch")),
    ],
)
def test_a_sort_or_totals_that_are_not_understood_say_what_to_mend(
    store: Store, asked: str, fault: tuple[str, str]
) -> None:
    set_up(store)
    with pytest.raises(Invalid) as refused:
        inquiries.inquiries(store, by_advertiser(f"{QUEUE}&{asked}"))
    assert [(each.field, each.code) for each in refused.value.faults] == [fault]


def test_a_partner_is_told_that_its_list_has_no_queue(store: Store) -> None:
    set_up(store)
    request = by_partner("/ActionInquiries?Sort=Deadline&Totals=true")
    body = json.loads(str(inquiries.inquiries(store, request).body))
    assert [each.partition(" ")[0] for each in body["Warnings"]] == ["Sort", "Totals"]
    assert "@totals" not in body


def test_totals_that_time_cut_short_say_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(store)
    store.commit(Outcome(inquiries=tuple((None, an_inquiry(each)) for each in range(1, 4))))
    monkeypatch.setattr(totals, "SUM_SECONDS", 0.0)
    (page,) = pages(store, f"{QUEUE}&Totals=true")
    assert page["Warnings"] == [totals.PARTLY]


def test_totals_are_elements_in_xml(store: Store) -> None:
    set_up(store)
    store.commit(Outcome(inquiries=((None, an_inquiry(1)),)))
    request = by_advertiser(f"{QUEUE}&Totals=true")
    asked = replace(
        a_request(request.caller.role, "500", f"{QUEUE}&Totals=true"),
        accepted=replace(request.accepted, xml=True),
    )
    text = str(inquiries.inquiries(store, asked).body)
    assert "<totals><USD><Count>1</Count>" in text
    assert "totals=" not in text
