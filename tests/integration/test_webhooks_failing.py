"""Receivers that fail, ask for a pause, or take long: what waits for them, and who does not."""

from datetime import timedelta

from makegood.domain.events import Owner
from makegood.domain.webhooks import Wake
from makegood.jobs.webhook_work import TURN
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import PARTNER, function
from tests.integration.receivers import (
    Clock,
    Receiver,
    delivered,
    enabled,
    look,
    opened,
    publish,
    state,
    work,
)
from tests.integration.streams import Stream


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


def test_retry_after_is_honoured_for_all_that_waits(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    receiver.statuses, receiver.headers = [429], {"Retry-After": "3600"}
    for number in range(5):
        market.file(live, f"A-{number}")
    publish(stream)
    work()
    for minutes, tries in ((6, 1), (53, 1), (2, 6)):
        clock.moved += timedelta(minutes=minutes)
        look()
        assert len(receiver.got) == tries
    assert state(PARTNER, made) == "ENABLED"


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


def test_a_worker_goes_after_its_turn_and_has_the_rest_done_by_the_next(
    live: Store, clock: Clock, stream: Stream, receiver: Receiver
) -> None:
    made = enabled(PARTNER, receiver)
    take = receiver.take

    def slowly(headers: dict[str, str], body: bytes) -> int:
        clock.moved += TURN
        return take(headers, body)

    receiver.take = slowly  # type: ignore[method-assign]
    for number in range(3):
        market.file(live, f"A-{number}")
    publish(stream)
    stack.client("sqs").purge_queue(QueueUrl=stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"])
    wake = Wake(Owner(PARTNER.role, PARTNER.account_id), made["Id"])
    function("webhooks").WAKES.send_fairly(wake.message, wake.endpoint_id)
    assert work() == 4
    assert receiver.types == ["inquiry.filed"] * 3
