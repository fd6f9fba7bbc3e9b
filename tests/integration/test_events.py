"""Events: every change once, in order, for both accounts, however often a stream tells it."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from makegood.domain.events import Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.jobs import event_log
from makegood.store.event_images import change_in
from makegood.store.indexes import StoredList
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import (
    ADVERTISER,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Client,
    Context,
    function,
)
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SHOP
from tests.integration.streams import AT, Stream

SHOPS = Owner(Role.ADVERTISER, SHOP)


@pytest.fixture
def stream(live: Store) -> Stream:
    return Stream(lambda: {**stack.everything("inquiries"), **stack.everything("actions")})


def deliver(*records: dict[str, Any]) -> dict[str, Any]:
    return function("events").handler({"Records": list(records)}, Context())


def told(client: Client, after: int = 0) -> list[tuple[str, str, str, str]]:
    body = client.get(f"/Events?After={after}").body
    names = ("Id", "Type", "State", "Version")
    return [tuple(each[name] for name in names) for each in body["Events"]]


def test_both_sides_are_told_what_happens_to_their_objects(live: Store, stream: Stream) -> None:
    inquiry = market.file(live, "A-1")
    assert deliver(*stream.records()) == {"batchItemFailures": []}
    market.resolve(live, market.declined(inquiry.inquiry_id))
    deliver(*stream.records())
    expected = [
        ("1", "ActionInquiry", "UNRESOLVED", "1"),
        ("2", "ActionInquiry", "DECLINED", "2"),
    ]
    for client in (ADVERTISER, PARTNER):
        assert told(client) == expected
        assert told(client, after=1) == expected[1:]
        (shown,) = client.get("/Events?After=1").body["Events"]
        assert shown["Uri"] == f"{client.root}/ActionInquiries/{inquiry.inquiry_id}"
        assert client.get(shown["Uri"]).body["Id"] == shown["ObjectId"]
    for client in (OTHER_ADVERTISER, OTHER_PARTNER):
        assert told(client) == []


def test_actions_and_their_changes_are_told(live: Store, stream: Stream) -> None:
    market.track(live, "A-1")
    deliver(*stream.records())
    fields = {"OrderId": "A-1", "ActionTrackerId": market.SALE, "Reason": "ITEM_RETURNED"}
    assert ADVERTISER.put("/Actions", {**fields, "Amount": "1.00"}).status == 200
    deliver(*stream.records())
    first, *others = [each[1:] for each in told(PARTNER)]
    assert first == ("Action", "PENDING", "1")
    assert sorted(others) == [
        ("Action", "PENDING", "2"),
        ("ActionUpdate", "PENDING", "2"),
    ]
    (warning,) = ADVERTISER.get("/Events?Before=9").body["Warnings"]
    assert warning == "Before is no filter of this list and was left out: it has After"
    for shown in ADVERTISER.get("/Events").body["Events"]:
        assert ADVERTISER.get(shown["Uri"]).body["Id"] == shown["ObjectId"]
    for kind in ("actions", "updates"):
        assert live.listed_count(StoredList.of_campaign(kind, CAMPAIGN)) == 1


def test_events_keep_locked_and_paid_apart_and_the_api_calls_both_approved(
    live: Store, stream: Stream
) -> None:
    market.deposit(live, "20.00")
    market.track(live, "A-1")
    deliver(*stream.records())
    for due_at in (market.RECENT_LOCKS_AT, market.RECENT_CLEARS_AT):
        market.sweep(live, due_at)
        deliver(*stream.records())
    states = [each.state for each in live.events(SHOPS, after=0, limit=9)]
    assert states == ["PENDING", "LOCKED", "PAID"]
    shown = [state for _, _, state, _ in told(ADVERTISER)]
    assert shown == ["PENDING", "APPROVED", "APPROVED"]


def test_an_event_that_was_stored_with_the_word_of_the_api_is_told_as_before(
    live: Store, stream: Stream
) -> None:
    """Versions that did not keep LOCKED and PAID apart kept APPROVED for both."""
    market.track(live, "A-1")
    (change,) = filter(None, map(change_in, stream.records()))
    live.add_events(SHOPS, [replace(change, state="APPROVED")])
    assert [state for _, _, state, _ in told(ADVERTISER)] == ["APPROVED"]


def test_an_event_has_the_date_that_its_object_tells_and_expires_by_the_real_clock(
    live: Store, stream: Stream
) -> None:
    def at(day: int) -> datetime:
        instant = NOW + timedelta(days=day)
        live.set_clock(instant)
        return instant

    dates = [at(0)]
    inquiry_id = market.file(live, "A-1").inquiry_id
    market.track(live, "A-2")
    path = f"/ActionInquiries/{inquiry_id}"
    asked = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    for day, act in (
        (1, lambda: ADVERTISER.put("/ActionInquiries", asked)),
        (2, lambda: PARTNER.put(path, {"TransactionAmount": "90.00"})),
        (3, lambda: PARTNER.delete(path)),
    ):
        deliver(*stream.records())
        dates.append(at(day))
        assert act().status == 200
    fields = {"OrderId": "A-2", "ActionTrackerId": market.SALE, "Reason": "ITEM_RETURNED"}
    assert ADVERTISER.put("/Actions", {**fields, "Amount": "1.00"}).status == 200
    deliver(*stream.records())
    for client in (ADVERTISER, PARTNER):
        shown = client.get("/Events").body["Events"]
        told = {(each["Type"], each["Version"]): each["Date"] for each in shown}
        for version, date in enumerate(dates, start=1):
            assert told["ActionInquiry", str(version)] == date.isoformat()
        for kind, version, date in (
            ("Action", "1", dates[0]),
            ("Action", "2", dates[3]),
            ("ActionUpdate", "2", dates[3]),
        ):
            assert told[kind, version] == date.isoformat()
    kept = [each for each in stack.everything("events").values() if "expires_at" in each]
    real = AT + timedelta(days=90).total_seconds()
    assert all(real <= int(each["expires_at"]["N"]) <= real + 60 for each in kept)


def test_a_key_expires_by_the_real_clock_wherever_the_stack_s_stands(live: Store) -> None:
    real = time.time()
    live.set_clock(NOW - timedelta(days=400))
    claim = market.claimed("A-1", TransactionDate="2025-05-01T12:00:00Z")
    answer = PARTNER.post("/ActionInquiries", claim, Idempotency_Key="k")
    expiries = [
        int(each["expires_at"]["N"])
        for (pk, _), each in stack.everything("requests").items()
        if pk.startswith("K#")
    ]
    assert (answer.status, len(expiries)) == (200, 1)
    assert expiries[0] >= real + timedelta(hours=47).total_seconds()


def test_what_is_delivered_again_changes_nothing(live: Store, stream: Stream) -> None:
    for at in range(30):
        market.file(live, f"A-{at}")
    records = stream.records()
    deliver(*records[:40])
    deliver(*records[10:], *records)
    kept = stack.everything("events")
    deliver(*reversed(records))
    assert stack.everything("events") == kept
    assert [each[0] for each in told(PARTNER)] == [str(number) for number in range(1, 31)]
    assert live.listed_count(StoredList.of_campaign("inquiries", CAMPAIGN)) == 30
    assert live.listed_count(StoredList.of_partner("inquiries", CASHBACK)) == 30
    assert live.listed_count(StoredList.open_inquiries(CAMPAIGN, "UNRESOLVED")) == 30


def test_a_client_resumes_where_it_stopped(live: Store, stream: Stream) -> None:
    for at in range(5):
        market.file(live, f"A-{at}")
    deliver(*stream.records())
    pages, uri = [], "/Events?PageSize=2"
    while uri:
        pages.append(PARTNER.get(uri).body)
        uri = pages[-1]["@nextpageuri"]
    assert [[each["Id"] for each in page["Events"]] for page in pages] == [
        ["1", "2"],
        ["3", "4"],
        ["5"],
    ]
    later = PARTNER.get(f"/Events?After={pages[-1]['LastEventId']}").body
    assert (later["Events"], later["@nextpageuri"], later["LastEventId"]) == ([], "", "5")
    answer = PARTNER.get("/Events?After=x")
    assert (answer.status, answer.faults) == (400, [("After", "not_a_count")])


def test_writers_at_the_same_time_number_one_after_the_other(live: Store, stream: Stream) -> None:
    market.file(live, "A-1")
    first = stream.records()
    market.file(live, "A-2")
    second = stream.records()
    with stack.before_commits(lambda: event_log.record(stack.rival(), second)):
        event_log.record(live, first)
    assert [each.number for each in live.events(SHOPS, 0, 9)] == [1, 2]
    market.file(live, "A-3")
    third = stream.records()
    with stack.refused_commits(*["TransactionConflict"] * 20), pytest.raises(Unavailable):
        event_log.record(live, third)


def test_a_record_that_cannot_be_read_is_named_and_those_before_it_are_told(
    live: Store, stream: Stream
) -> None:
    market.file(live, "A-1")
    good = stream.records()
    market.file(live, "A-2")
    bad = [each for each in stream.records() if each["dynamodb"]["Keys"]["sk"]["S"] == "H"]
    del bad[0]["dynamodb"]["NewImage"]["state"]
    number = bad[0]["dynamodb"]["SequenceNumber"]
    assert deliver(*good, *bad) == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert len(told(PARTNER)) == 1


def test_an_event_that_a_query_missed_is_read_by_its_number(live: Store, stream: Stream) -> None:
    for at in range(4):
        market.file(live, f"A-{at}")
    deliver(*stream.records())
    whole = live._query_events
    for hidden in ({1}, {2}, {1, 3}):
        seen = [each for each in whole("E#", SHOPS, 0, 9) if each.number not in hidden]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(live, "_query_events", lambda *_, seen=seen: seen)
            assert [each.number for each in live.events(SHOPS, 0, 9)] == [1, 2, 3, 4]
