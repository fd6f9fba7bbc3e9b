"""Endpoints whose URL changes while something is on its way, or waits."""

from datetime import timedelta

import pytest
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import PARTNER
from tests.integration.receivers import (
    Clock,
    Receiver,
    enabled,
    look,
    opened,
    publish,
    receiving,
    state,
    work,
)
from tests.integration.streams import Stream


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due later is for the next look."""
    monkeypatch.setattr("makegood.jobs.webhook_work.WAITED_FOR", timedelta(0))


def moves_meanwhile(receiver: Receiver, made: dict[str, str], url: str, status: int) -> None:
    """The next try is answered so, and before that its endpoint gets another URL."""
    take = receiver.take

    def slow(headers: dict[str, str], body: bytes) -> int:
        receiver.take = take  # type: ignore[method-assign]
        assert PARTNER.put(made["Uri"], {"Url": url}).status == 200
        take(headers, body)
        return status

    receiver.take = slow  # type: ignore[method-assign]


def test_a_ping_that_the_old_url_answers_does_not_enable_the_new_one(
    clock: Clock, receiver: Receiver
) -> None:
    with receiving() as other:
        other.statuses = [500] * 9
        made = opened(PARTNER, receiver)
        moves_meanwhile(receiver, made, other.url, 204)
        look()
        assert (receiver.types, other.types) == (["endpoint.ping"], ["endpoint.ping"])
        assert state(PARTNER, made) == "PENDING"
        other.statuses = []
        clock.moved += timedelta(minutes=2)
        look()
        assert state(PARTNER, made) == "ENABLED"


@pytest.mark.parametrize("status", [204, 500, 410])
def test_what_the_old_url_answers_to_an_event_is_not_the_new_one_s(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver, status: int
) -> None:
    with receiving() as other:
        made = enabled(PARTNER, receiver)
        moves_meanwhile(receiver, made, other.url, status)
        market.file(live, "A-1")
        publish(stream)
        work()
        for _ in range(2):
            clock.moved += timedelta(minutes=2)
            look()
        assert state(PARTNER, made) == "ENABLED"
        again = [] if status == 204 else ["inquiry.filed"]
        assert other.types == ["endpoint.ping", *again]


def test_what_waits_is_sent_to_the_new_url_after_it_has_answered_its_ping(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.jobs.webhook_work.DUE_READ", 2)
    with receiving() as other:
        other.statuses = [500]
        made = enabled(PARTNER, receiver)
        receiver.statuses = [500] * 9
        for number in range(3):
            market.file(live, f"A-{number}")
        publish(stream)
        work()
        assert state(PARTNER, made) == "FAILING"
        assert PARTNER.put(made["Uri"], {"Url": other.url}).body["State"] == "PENDING"
        for minutes, types in ((2, 1), (10, 5)):
            clock.moved += timedelta(minutes=minutes)
            look()
            assert len(other.types) == types
        assert other.types == ["endpoint.ping"] * 2 + ["inquiry.filed"] * 3
        assert state(PARTNER, made) == "ENABLED"
