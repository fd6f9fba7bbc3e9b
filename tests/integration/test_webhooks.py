"""Webhooks from the request that makes an endpoint to what a receiver of this machine is sent."""

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
from makegood.domain.events import Owner
from makegood.jobs.webhook_fanout import YOUNG
from makegood.store.deliveries import DeliveryStore
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function
from tests.integration.receivers import (
    Clock,
    Receiver,
    delivered,
    enabled,
    look,
    opened,
    publish,
    state,
    verified,
    work,
)
from tests.integration.streams import Stream


def test_a_new_endpoint_is_pinged_and_enabled_when_that_is_answered(
    clock: Clock, receiver: Receiver
) -> None:
    made = opened(PARTNER, receiver, Description="Ours")
    assert (made["State"], made["Description"], made["EventTypes"]) == ("PENDING", "Ours", [])
    assert made["Secret"].startswith("whsec_")
    assert receiver.got == []
    assert look() == 1
    assert receiver.types == ["endpoint.ping"]
    assert verified(receiver.got[0], made["Secret"])
    assert state(PARTNER, made) == "ENABLED"
    shown = PARTNER.get(made["Uri"]).body
    assert "Secret" not in shown
    assert PARTNER.get("/Webhooks").body["Webhooks"] == [shown]
    assert [each["State"] for each in delivered(PARTNER, made)] == ["DELIVERED"]


def test_the_secret_is_kept_encrypted_and_shown_once(
    clock: Clock, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    made = enabled(PARTNER, receiver)
    rotated = PARTNER.post(f"{made['Uri']}/Rotate", {}).body
    look()
    kept = json.dumps(
        [*stack.everything("webhooks").values(), *stack.everything("requests").values()]
    )
    logged = capsys.readouterr()
    for secret in (made["Secret"], rotated["Secret"]):
        bare = secret.removeprefix("whsec_")
        assert bare not in kept
        assert bare not in logged.out + logged.err
    assert made["Secret"] != rotated["Secret"]


def test_both_sides_are_sent_what_happens_as_each_may_see_it(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    theirs = enabled(PARTNER, receiver)
    ours = enabled(ADVERTISER, receiver)
    inquiry = market.file(live, "A-1")
    publish(stream)
    assert work() == 2
    assert receiver.types == ["inquiry.filed"] * 2
    by_secret = {
        side: next(each for each in receiver.got if verified(each, made["Secret"]))
        for side, made in {"partner": theirs, "shop": ours}.items()
    }
    for side, client in {"partner": PARTNER, "shop": ADVERTISER}.items():
        headers, body = by_secret[side]
        told = json.loads(body)
        (event,) = client.get("/Events").body["Events"]
        seen = client.get(f"/ActionInquiries/{inquiry.inquiry_id}").body
        assert told["data"] == {**event, "Object": seen}
        assert headers["webhook-id"].endswith("_1")
        assert len(body) < 20_000
    assert "DecidedBy" in json.loads(by_secret["shop"][1])["data"]["Object"]


def test_an_object_is_sent_as_it_was_at_its_version(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    enabled(PARTNER, receiver)
    inquiry_id = market.file(live, "A-1").inquiry_id
    filed = stream.records()
    market.resolve(live, market.declined(inquiry_id))
    function("events").handler({"Records": filed}, Context())
    publish(stream)
    work()
    seen = [json.loads(body)["data"]["Object"] for _, body in receiver.got]
    assert sorted((each["Version"], each["ResolutionStatus"]) for each in seen) == [
        ("1", "UNRESOLVED"),
        ("2", "DECLINED"),
    ]


def test_what_would_be_too_long_is_sent_without_its_object(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    enabled(PARTNER, receiver)
    long = market.file(live, "A-1", InquiryNotes="\U0001f6d2" * 2_000).inquiry_id
    for at in range(3):
        comment = {"Comment": f"{at}" + "\U0001f6d2" * 1_900}
        assert PARTNER.post(f"/ActionInquiries/{long}/Comments", comment).status == 200
    publish(stream)
    work()
    (event,) = PARTNER.get("/Events").body["Events"]
    (told,) = [json.loads(body) for _, body in receiver.got]
    assert told["data"] == {**event, "Object": None}


def test_deliveries_are_kept_for_thirty_days(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    enabled(PARTNER, receiver)
    kept = [each for each in stack.everything("webhooks").values() if "event_name" in each]
    (until,) = [int(each["expires_at"]["N"]) for each in kept]
    assert (
        timedelta(days=29.9) < timedelta(seconds=until - clock().timestamp()) <= timedelta(days=30)
    )


def test_only_the_types_that_were_chosen_are_sent(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver, EventTypes="inquiry.declined, action.paid")
    inquiry_id = market.file(live, "A-1").inquiry_id
    market.track(live, "A-2")
    publish(stream)
    market.resolve(live, market.declined(inquiry_id))
    publish(stream)
    work()
    assert receiver.types == ["inquiry.declined"]
    assert made["EventTypes"] == ["inquiry.declined", "action.paid"]


def test_an_event_is_delivered_once_however_often_it_is_told(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    enabled(PARTNER, receiver)
    market.file(live, "A-1")
    records = {"Records": stream.records()}
    for _ in range(3):
        function("events").handler(records, Context())
        work()
    look()
    assert receiver.types == ["inquiry.filed"]


def test_what_was_cut_off_after_the_events_were_written_is_sent_at_the_next_look(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    enabled(PARTNER, receiver)
    market.file(live, "A-1")
    records = {"Records": stream.records()}
    events = function("events")

    def lost(*_: object) -> int:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(events.webhook_fanout, "tell", lost)
        assert events.handler(records, Context())["batchItemFailures"]
    assert receiver.got == []
    events.handler(records, Context())
    stack.client("sqs").purge_queue(QueueUrl=stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"])
    assert look() >= 1
    assert receiver.types == ["inquiry.filed"]


def test_after_a_rotation_both_secrets_verify_for_a_day(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    rotated = PARTNER.post(f"{made['Uri']}/Rotate", {}).body
    for number, hours in ((1, 0), (2, 25)):
        clock.moved += timedelta(hours=hours)
        market.file(live, f"A-{number}")
        publish(stream)
        work()
        assert verified(receiver.got[-1], rotated["Secret"])
        assert verified(receiver.got[-1], made["Secret"]) is (hours == 0)


def test_a_delivery_and_a_range_are_sent_anew(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    for number in (1, 2, 3):
        market.file(live, f"A-{number}")
    publish(stream)
    work()
    one = next(each for each in delivered(PARTNER, made) if each["EventId"] == "2")
    assert PARTNER.post(one["ReplayUri"], {}).status == 200
    clock.moved += timedelta(minutes=1)
    look()
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids[3:] == [next(each for each in ids if each.endswith("_2"))]
    assert PARTNER.post(f"{made['Uri']}/Replay?After=1", {}).status == 200
    clock.moved += timedelta(minutes=2)
    look()
    ids = [headers["webhook-id"][-2:] for headers, _ in receiver.got]
    assert sorted(ids[4:]) == ["_2", "_3"]
    tried = {each["EventId"]: len(each["Tries"]) for each in delivered(PARTNER, made)}
    assert tried == {"": 1, "1": 1, "2": 3, "3": 2}
    refused = PARTNER.post(f"{made['Uri']}/Replay", {"After": "x"})
    assert (refused.status, refused.faults) == (400, [("After", "not_a_count")])


def test_a_deleted_endpoint_gets_nothing(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    market.file(live, "A-1")
    publish(stream)
    assert PARTNER.delete(made["Uri"]).status == 200
    work()
    clock.moved += timedelta(hours=1)
    look()
    assert receiver.got == []


def test_an_event_that_is_written_while_the_first_endpoint_is_made_is_sent(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, made = DeliveryStore.having_webhooks, []

    def having(store: DeliveryStore, owners: Iterable[Owner]) -> set[Owner]:
        found = whole(store, owners)
        made.append(opened(PARTNER, receiver))
        return found

    market.file(live, "A-1")
    with monkeypatch.context() as patch:
        patch.setattr(DeliveryStore, "having_webhooks", having)
        publish(stream)
    for _ in range(3):
        clock.moved += timedelta(minutes=1)
        look()
    assert receiver.types == ["endpoint.ping", "inquiry.filed"]
    (event,) = PARTNER.get("/Events").body["Events"]
    assert json.loads(receiver.got[1][1])["data"] == {**event, "Object": None}


def test_events_of_before_the_first_endpoint_can_be_sent_anew(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    market.file(live, "A-1")
    publish(stream)
    made = enabled(PARTNER, receiver)
    clock.moved += YOUNG
    assert PARTNER.post(f"{made['Uri']}/Replay", {"After": "0"}).status == 200
    look()
    assert receiver.types == ["inquiry.filed"]


def test_an_account_without_endpoints_has_no_bodies(
    live: Store, clock: Clock, stream: Stream
) -> None:
    market.file(live, "A-1")
    publish(stream)
    assert not [pk for pk, _ in stack.everything("events") if pk.startswith("B#")]


def test_a_type_that_only_a_newer_version_knows_is_kept_and_stops_nothing(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver, EventTypes="inquiry.filed")
    names = ["inquiry.filed", "inquiry.escalated"]
    _amend(made["Id"], "event_names", json.dumps(names))
    assert PARTNER.put(made["Uri"], {"Description": "Ours"}).body["EventTypes"] == names
    market.file(live, "A-1")
    publish(stream)
    work()
    assert receiver.types == ["inquiry.filed"]
    assert PARTNER.get("/Webhooks").body["Webhooks"][0]["EventTypes"] == names


def test_an_endpoint_that_cannot_be_read_delays_nobody_else(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    bad = enabled(ADVERTISER, receiver)
    enabled(PARTNER, receiver)
    _amend(bad["Id"], "state", "UNHEARD_OF")
    market.file(live, "A-1")
    answer = function("events").handler({"Records": stream.records()}, Context())
    assert answer["batchItemFailures"]
    work()
    assert receiver.types == ["inquiry.filed"]
    opened(PARTNER, receiver)
    clock.moved += timedelta(minutes=2)
    with pytest.raises(ValueError, match="UNHEARD_OF") as raised:
        function("events").handler({}, Context())
    assert raised.value.__notes__ == [f"with {bad['Id']}"]
    work()
    assert receiver.types[1:] == ["endpoint.ping"]


def _amend(webhook_id: str, attribute: str, text: str) -> None:
    """Has an endpoint's item say something else."""
    (key,) = [each for each in stack.everything("webhooks") if each[1] == f"E#{webhook_id}"]
    stack.client("dynamodb").update_item(
        TableName=stack.TABLES.webhooks,
        Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}},
        UpdateExpression="SET #name = :text",
        ExpressionAttributeNames={"#name": attribute},
        ExpressionAttributeValues={":text": {"S": text}},
    )
