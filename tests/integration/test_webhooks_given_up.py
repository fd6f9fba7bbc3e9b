"""Endpoints that are given up: when, who is told of it, and how they come back."""

import json
from datetime import timedelta

from makegood.domain.webhook_answers import FAILING_FOR
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.receivers import (
    Clock,
    Receiver,
    enabled,
    look,
    publish,
    receiving,
    state,
    verified,
    work,
)
from tests.integration.streams import Stream


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
