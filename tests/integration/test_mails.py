"""E-mails from the schedule and the stream to SES: who is told, once, and what fails."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from makegood.domain.account_people import PersonRole
from makegood.domain.mails import QUIET
from makegood.domain.parties import Role
from makegood.jobs import migrations
from makegood.store.indexes import position_at, queue_name
from makegood.store.lists import QUEUE
from makegood.store.store import Store

from tests.integration import mailing, market, stack
from tests.integration.gateway import Context, function
from tests.integration.market import CAMPAIGN, NOW, SHOP
from tests.integration.receivers import Clock

ANNA, BEN = "sub-anna@shop.example", "sub-ben@shop.example"


@pytest.fixture(autouse=True)
def _people(live: Store) -> None:
    mailing.anybody(live, "sub-anna")
    mailing.anybody(live, "sub-ben", PersonRole.ADMIN)
    mailing.anybody(live, "sub-vera", PersonRole.VIEWER)


@pytest.fixture
def _migrated(live: Store) -> None:
    """The index of deadlines has all that is there."""
    for name in QUEUE:
        assert migrations.run(live, name, lambda: True).complete
    live.forget_migrations()
    function("mails").STORE.forget_migrations()


def due_at(store: Store, order_id: str, days: int) -> None:
    """An inquiry whose deadline is so many days from NOW."""
    inquiry = market.file(store, order_id)
    at = NOW + timedelta(days=days)
    stack.client("dynamodb").update_item(
        TableName="test-inquiries",
        Key={"pk": {"S": f"I#{inquiry.inquiry_id}"}, "sk": {"S": "H"}},
        UpdateExpression="SET queue_key = :queue, queued_at = :at",
        ExpressionAttributeValues={
            ":queue": {"S": queue_name(CAMPAIGN, "UNRESOLVED", dated=True)},
            ":at": {"S": position_at(at, inquiry.inquiry_id)},
        },
    )


@pytest.mark.usefixtures("_migrated")
def test_each_person_gets_one_digest_a_day_and_none_where_nothing_is_due(
    live: Store, clock: Clock
) -> None:
    mailing.morning()
    assert mailing.worked() == 0
    assert mailing.sent() == []
    due_at(live, "A-1", -1)
    due_at(live, "A-2", -2)
    due_at(live, "A-3", 0)
    due_at(live, "A-4", 3)
    for _ in range(2):
        mailing.morning()
        assert mailing.worked() == 0
    assert sorted(to for to, _ in mailing.sent()) == [ANNA, BEN]
    assert "(1000): 2 overdue, 1 due" in mailing.sent()[0][1]
    live.set_clock(NOW + timedelta(days=1))
    mailing.morning()
    mailing.worked()
    assert sorted(to for to, _ in mailing.sent()) == [ANNA, ANNA, BEN, BEN]


@pytest.mark.usefixtures("_migrated")
def test_who_turned_mails_off_gets_none(live: Store, clock: Clock) -> None:
    shop = live.people(Role.ADVERTISER, SHOP)
    live.put_people(shop.preferring("sub-anna", mails=False))
    due_at(live, "A-1", -1)
    mailing.morning()
    mailing.waits_for_second(live, "A-2", by="sub-else")
    mailing.worked()
    assert [to for to, _ in mailing.sent()] == [BEN, BEN]


def test_a_burst_is_one_mail_at_once_and_one_after_a_while(live: Store, clock: Clock) -> None:
    first = mailing.waits_for_second(live, "A-1", by="sub-anna")
    mailing.worked()
    told = mailing.sent()
    assert [to for to, _ in told] == [BEN], "the first person is not told of their own"
    assert f"- inquiry {first}" in told[0][1]
    others = [mailing.waits_for_second(live, f"B-{each}", by="sub-anna") for each in range(5)]
    market.resolve(live, market.declined(others[0]))
    mailing.worked()
    assert mailing.sent() == told
    clock.moved += QUIET
    mailing.worked()
    mailing.worked()
    (later,) = mailing.sent()[1:]
    assert later[0] == BEN
    assert [each in later[1] for each in (first, *others)] == [False, False] + [True] * 4


def test_one_address_that_ses_refuses_keeps_nobody_else_from_theirs(
    live: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = function("mails").MAILBOX
    send = mailbox.client.send_email

    def busy(**asked: Any) -> Any:
        if asked["Destination"] == {"ToAddresses": [ANNA]}:
            told = {"Code": "TooManyRequestsException", "Message": f"not to {ANNA}"}
            raise ClientError({"Error": told}, "SendEmail")
        return send(**asked)

    mailing.waits_for_second(live, "A-1", by="sub-else")
    with monkeypatch.context() as patch:
        patch.setattr(mailbox.client, "send_email", busy)
        assert mailing.worked() == 2, "the stream told it twice"
    assert [to for to, _ in mailing.sent()] == [BEN]
    assert mailing.worked() == 0
    assert [to for to, _ in mailing.sent()] == [BEN, ANNA]
    assert "@shop.example" not in capsys.readouterr().out


def test_the_stream_and_the_schedule_only_hand_on(live: Store) -> None:
    """Neither waits for SES, which nobody has verified a sender with here."""
    mailing.waits_for_second(live, "A-1", by="sub-anna")
    assert function("mails").handler({}, Context()) == {}
    received = stack.client("sqs").receive_message(QueueUrl=mailing.URL, MaxNumberOfMessages=10)
    kinds = [set(json.loads(each["Body"])) for each in received["Messages"]]
    assert kinds == [{"second", "inquiries"}] * 2 + [{"digests", "after"}]
