"""Every type of event is told, to whom it concerns and to nobody else, once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from makegood.aws.s3 import Bucket
from makegood.domain.event_names import MEANINGS, EventName
from makegood.domain.parties import Role
from makegood.domain.statements import Month
from makegood.domain.uploads import Kind
from makegood.jobs import reconciliation, statements
from makegood.runtime import telemetry
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
from tests.integration.ingest import Ingest, table
from tests.integration.market import NOW, RECENT_CLEARS_AT, RECENT_LOCKS_AT, accepted, claimed
from tests.integration.streams import Stream

TABLES = ("inquiries", "actions", "ledger", "files")
OVER = RECENT_CLEARS_AT + timedelta(days=40)

Publish = Callable[[], None]


@pytest.fixture
def publish(live: Store) -> Publish:
    """Tells the events function what the streams have since the last time."""
    stream = Stream(
        lambda: {key: each for name in TABLES for key, each in stack.everything(name).items()}
    )

    def tell() -> None:
        answer = function("events").handler({"Records": stream.records()}, Context())
        assert answer == {"batchItemFailures": []}

    return tell


def told(client: Client) -> list[dict[str, str]]:
    return client.get("/Events").body["Events"]


def names(client: Client) -> list[str]:
    return [each["EventType"] for each in told(client) if each["EventType"]]


def test_an_inquiry_s_life_is_told_by_name(live: Store, publish: Publish) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    path = f"/ActionInquiries/{inquiry_id}"
    asked = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    steps: list[Callable[[], Any]] = [
        lambda: ADVERTISER.put("/ActionInquiries", asked),
        lambda: PARTNER.put(path, {"InquiryNotes": "The shoes"}),
        lambda: PARTNER.post("/ActionInquiries", claimed("A-1", InquiryNotes="Of May")),
        lambda: market.resolve(live, market.declined(inquiry_id)),
        lambda: PARTNER.post(
            "/ActionInquiries", claimed("A-1", AppealOf=inquiry_id, InquiryNotes="The receipt")
        ),
    ]
    publish()
    for minute, step in enumerate(steps, 1):
        live.set_clock(NOW + timedelta(minutes=minute))
        step()
        publish()
    expected = ["filed", "incomplete", "answered", "answered", "declined", "appealed"]
    for client in (ADVERTISER, PARTNER):
        assert names(client) == [f"inquiry.{each}" for each in expected]


def test_notes_on_an_inquiry_that_waits_for_an_answer_ask_nothing(
    live: Store, publish: Publish
) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    asked = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    assert ADVERTISER.put("/ActionInquiries", asked).status == 200
    publish()
    live.set_clock(NOW + timedelta(minutes=1))
    again = PARTNER.post("/ActionInquiries", claimed("A-1", InquiryNotes="Of May"))
    assert (again.status, again.body["State"]) == (200, "INCOMPLETE")
    publish()
    assert names(PARTNER)[-1] == "inquiry.answered"


def _live_through_all(live: Store, publish: Publish) -> None:
    ingest = Ingest(live)
    market.deposit(live, "1.00")
    market.track(live, "A-1")
    returned = {"OrderId": "A-2", "ActionTrackerId": market.SALE, "Reason": "ITEM_RETURNED"}
    market.track(live, "A-2")
    publish()
    assert ADVERTISER.put("/Actions", {**returned, "Amount": "1.00"}).status == 200
    publish()
    assert (
        ADVERTISER.delete(
            f"/Actions?{urlencode({**returned, 'DispositionCode': 'ITEM_RETURNED'})}"
        ).status
        == 200
    )
    for order_id in ("B-1", "B-2", "B-3"):
        market.file(live, order_id)
    publish()
    accepting = market.file(live, "B-1").inquiry_id
    assert ADVERTISER.put("/ActionInquiries", accepted(accepting)).status == 200
    withdrawn = market.file(live, "B-2").inquiry_id
    assert PARTNER.delete(f"/ActionInquiries/{withdrawn}").status == 200
    header = ("Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type")
    ingest.upload(Kind.INQUIRIES, b"\xff\xfe\x00")
    ingest.upload(
        Kind.INQUIRIES, table(header, (market.CAMPAIGN, "Z-1", market.RECENT, "20.00", "UNTRACKED"))
    )
    publish()
    market.sweep(live, RECENT_LOCKS_AT)
    publish()
    reconciliation.daily(live, RECENT_LOCKS_AT, lambda: True)
    publish()
    reconciliation.daily(live, RECENT_CLEARS_AT + timedelta(days=1), lambda: True)
    publish()
    market.deposit(live, "100.00", "second")
    market.sweep(live, RECENT_CLEARS_AT)
    bucket = Bucket(telemetry.settings().statements)
    statements.all_of(live, bucket, Month.before(OVER), OVER, lambda: True)
    publish()


def test_both_sides_have_what_concerns_them_and_nobody_else_has_anything(
    live: Store, publish: Publish
) -> None:
    _live_through_all(live, publish)
    by_role = {Role.ADVERTISER: ADVERTISER, Role.PARTNER: PARTNER}
    seen = {role: set(names(client)) for role, client in by_role.items()}
    for name, meaning in MEANINGS.items():
        for role in Role:
            if role not in meaning.roles:
                assert name not in seen[role]
    assert {n for n in EventName if n.startswith("funds.")} <= seen[Role.ADVERTISER]
    assert {"file.finished", "file.failed", "statement.made"} <= seen[Role.PARTNER]
    assert not {"file.finished", "file.failed"} & seen[Role.ADVERTISER]
    for client in (OTHER_ADVERTISER, OTHER_PARTNER):
        assert told(client) == []
    for client in by_role.values():
        for each in told(client):
            answer = client.get(each["Uri"])
            assert answer.status == 200
            assert each["EventType"] == "" or (
                MEANINGS[EventName(each["EventType"])].event_type == each["Type"]
            )
