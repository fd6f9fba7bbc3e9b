"""Webhooks from the request that makes an endpoint to what a receiver of this machine is sent."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from makegood.domain.webhook_signatures import secret_bytes, signature
from makegood.domain.webhooks import FAILING_FOR
from makegood.runtime import settings, telemetry
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Client, Context, function
from tests.integration.receivers import Receiver, look, publish, receiving, work
from tests.integration.streams import Stream


@dataclass
class Clock:
    """The real clock, as far as it has been moved on."""

    moved: timedelta = timedelta(0)

    def __call__(self) -> Any:
        return settings.wall_now() + self.moved


@pytest.fixture
def clock(live: Store, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(telemetry, "wall_now", made)
    monkeypatch.setattr(function("webhooks").time, "sleep", lambda _: None)
    return made


@pytest.fixture
def stream(live: Store) -> Stream:
    return Stream(lambda: {**stack.everything("inquiries"), **stack.everything("actions")})


def opened(client: Client, receiver: Receiver, **fields: str) -> dict[str, Any]:
    answer = client.post("/Webhooks", {"Url": receiver.url, **fields})
    assert answer.status == 200, answer.text
    return answer.body


def enabled(client: Client, receiver: Receiver, **fields: str) -> dict[str, Any]:
    made = opened(client, receiver, **fields)
    look()
    assert receiver.types.pop() == "endpoint.ping"
    receiver.got.clear()
    return made


def state(client: Client, made: dict[str, Any]) -> str:
    return client.get(made["Uri"]).body["State"]


def delivered(client: Client, made: dict[str, Any]) -> list[dict[str, Any]]:
    return client.get(made["DeliveriesUri"]).body["Deliveries"]


def verified(got: tuple[dict[str, str], bytes], secret: str) -> bool:
    headers, body = got
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = signature(secret_bytes(secret), headers["webhook-id"], at, body)
    return expected in headers["webhook-signature"].split(" ")


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


def test_a_failure_is_tried_again_with_the_same_id_and_another_time(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses = [500, 503, 204]
    market.file(live, "A-1")
    publish(stream)
    work()
    assert state(PARTNER, made) == "FAILING"
    for minutes in (2, 10):
        clock.moved += timedelta(minutes=minutes)
        look()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert len({body for _, body in receiver.got}) == 1
    (one,) = [each for each in delivered(PARTNER, made) if each["EventId"]]
    assert one["State"] == "DELIVERED"
    assert [each["Status"] for each in one["Tries"]] == ["500", "503", "204"]
    assert state(PARTNER, made) == "ENABLED"


def test_retry_after_is_honoured(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    enabled(PARTNER, receiver)
    receiver.statuses, receiver.headers = [503], {"Retry-After": "3600"}
    market.file(live, "A-1")
    publish(stream)
    work()
    for minutes, tries in ((30, 1), (35, 2)):
        clock.moved += timedelta(minutes=minutes)
        look()
        assert len(receiver.got) == tries


def test_gone_disables_and_its_owner_turns_it_on_again_and_misses_nothing(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses = [410]
    market.file(live, "A-1")
    publish(stream)
    work()
    shown = PARTNER.get(made["Uri"]).body
    assert (shown["State"], shown["Reason"]) == ("DISABLED", "It answered 410 Gone")
    market.file(live, "A-2")
    publish(stream)
    clock.moved += timedelta(hours=1)
    assert look() == 0
    assert len(receiver.got) == 1
    assert PARTNER.put(made["Uri"], {"Enabled": "true"}).body["State"] == "PENDING"
    for _ in range(3):
        clock.moved += timedelta(minutes=1)
        look()
    missed = ["endpoint.ping", "inquiry.filed", "inquiry.filed", "webhook.disabled"]
    assert sorted(receiver.types[1:]) == missed
    assert state(PARTNER, made) == "ENABLED"


def test_five_days_of_failures_disable(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses = [500] * 1_000
    began = clock.moved
    number = 0
    while state(PARTNER, made) != "DISABLED":
        number += 1
        market.file(live, f"A-{number}")
        publish(stream)
        work()
        clock.moved += timedelta(hours=20)
        look()
        assert clock.moved - began < FAILING_FOR + timedelta(hours=21)
    assert clock.moved - began >= FAILING_FOR
    assert PARTNER.get(made["Uri"]).body["Reason"] == "It failed for 5 days"


def test_that_an_endpoint_was_given_up_is_told_once_in_the_feed_and_to_the_others(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    with receiving() as other:
        gone, stays = enabled(PARTNER, receiver), enabled(PARTNER, other)
        receiver.statuses = [410]
        market.file(live, "A-1")
        publish(stream)
        work()
        look()
        assert other.types == ["inquiry.filed", "webhook.disabled"]
        assert verified(other.got[1], stays["Secret"])
        assert PARTNER.put(gone["Uri"], {"Description": "Ours"}).status == 200
        for _ in range(3):
            clock.moved += timedelta(minutes=1)
            look()
        told = json.loads(other.got[1][1])["data"]
        shown = PARTNER.get(gone["Uri"]).body
        assert told["Object"] == {**shown, "Description": ""}
        (event,) = [
            each
            for each in PARTNER.get("/Events").body["Events"]
            if each["EventType"] == "webhook.disabled"
        ]
        assert told == {**event, "Object": told["Object"]}
        assert (event["Type"], event["Uri"], event["State"]) == ("Webhook", gone["Uri"], "DISABLED")
        assert ADVERTISER.get("/Events").body["Events"][1:] == []


def test_an_endpoint_that_its_owner_turns_off_is_not_told_of(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses = [500] * 9
    market.file(live, "A-1")
    publish(stream)
    work()
    assert state(PARTNER, made) == "FAILING"
    assert PARTNER.put(made["Uri"], {"Enabled": "false"}).body["FailingSince"] == ""
    look()
    assert len(PARTNER.get("/Events").body["Events"]) == 1


def test_one_try_at_a_time_while_an_endpoint_fails_and_the_others_wait(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses = [500] * 100
    for at in range(12):
        market.file(live, f"A-{at}")
    publish(stream)
    work()
    clock.moved += timedelta(minutes=6)
    first = len(receiver.got)
    look()
    assert len(receiver.got) == first + 1
    receiver.statuses = []
    for _ in range(3):
        clock.moved += timedelta(minutes=6)
        look()
    done = [each["State"] for each in delivered(PARTNER, made) if each["EventId"]]
    assert done == ["DELIVERED"] * 12


def test_a_failing_endpoint_delays_no_other(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    down = opened(PARTNER, Receiver(url="http://127.0.0.1:1/"))
    enabled(PARTNER, receiver)
    assert state(PARTNER, down) == "PENDING"
    market.file(live, "A-1")
    publish(stream)
    work()
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


def test_an_account_without_endpoints_has_no_bodies(
    live: Store, clock: Clock, stream: Stream
) -> None:
    market.file(live, "A-1")
    publish(stream)
    assert not [pk for pk, _ in stack.everything("events") if pk.startswith("B#")]
