"""Each step of a delivery fails once, in each way: an event is sent at least once, and marked once.

A call of AWS is throttled, refused, not reached, or answered to nobody; or the process dies before
it or after it. A step of the network is not answered, answered too late, cut off, or refused. Then
the clock goes on, and the look of each minute finds what is left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from makegood.domain.webhooks import Answer
from makegood.jobs.webhook_sender import Sender
from makegood.runtime import settings, telemetry
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import PARTNER, Context, function
from tests.integration.receivers import Receiver, look, publish, work
from tests.integration.streams import Stream

WAYS = ("throttled", "refused", "unreached", "answer lost", "dies before", "dies after")
SERVICES = ("dynamodb", "kms", "sqs")
CALLS_MAX = 60


class Died(BaseException):
    """The process is gone."""


def _error(way: str, operation: str) -> BaseException:
    codes = {"throttled": "ThrottlingException", "refused": "InternalServerError"}
    if way in codes:
        return ClientError({"Error": {"Code": codes[way]}}, operation)
    if way.startswith("dies"):
        return Died()
    return EndpointConnectionError(endpoint_url="https://aws")


@contextmanager
def failing(number: int, way: str) -> Iterator[list[str]]:
    """The call of that number fails in that way; all calls that were made, by name."""
    made: list[str] = []
    whole = BaseClient._make_api_call

    def call(client: Any, operation: str, asked: Any) -> Any:
        if client.meta.service_model.service_name not in SERVICES:
            return whole(client, operation, asked)
        made.append(operation)
        if len(made) != number:
            return whole(client, operation, asked)
        if way in ("answer lost", "dies after"):
            whole(client, operation, asked)
        raise _error(way, operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield made


class World:
    """An endpoint that is enabled, and a clock that goes on."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        self.store, self.receiver = store, receiver
        self.stream = Stream(lambda: stack.everything("inquiries"))
        self.moved, self.filed = timedelta(0), 0

    def now(self) -> Any:
        return settings.wall_now() + self.moved

    def happen(self) -> list[Any]:
        """One thing; what the stream tells of it."""
        self.filed += 1
        market.file(self.store, f"F-{self.filed}")
        self.receiver.got.clear()
        return self.stream.records()

    def recover(self) -> None:
        for _ in range(3):
            self.moved += timedelta(minutes=6)
            look()

    def check(self) -> None:
        """What happened last was sent at least once, with one id, and marked once."""
        sent = self.receiver.got
        assert sent
        assert len({headers["webhook-id"] for headers, _ in sent}) == 1
        assert len({body for _, body in sent}) == 1
        (made,) = PARTNER.get("/Webhooks").body["Webhooks"]
        assert (made["State"], made["LastEventId"]) == ("ENABLED", str(self.filed))
        marked = PARTNER.get(made["DeliveriesUri"]).body["Deliveries"]
        events = [each for each in marked if each["EventId"]]
        assert [int(each["EventId"]) for each in events] == [*range(self.filed, 0, -1)]
        assert {each["State"] for each in events} == {"DELIVERED"}
        succeeded = [each for each in events[0]["Tries"] if each["Status"] == "204"]
        assert len(succeeded) == 1
        assert len(events[0]["Tries"]) <= len(sent) + 1


@pytest.fixture
def world(live: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(live, receiver)
    monkeypatch.setattr(telemetry, "wall_now", made.now)
    monkeypatch.setattr(function("webhooks").time, "sleep", lambda _: None)
    for module in ("connection", "transactions"):
        monkeypatch.setattr(f"makegood.store.{module}.pause", lambda *_: None)
    PARTNER.post("/Webhooks", {"Url": receiver.url})
    look()
    return made


def until_none_is_left(run: Callable[[int], bool]) -> int:
    """Runs with each call failing in turn; returns how many there are."""
    for number in range(1, CALLS_MAX):
        if not run(number):
            return number - 1
    raise AssertionError("there is no end of calls")


@pytest.mark.parametrize("way", WAYS)
def test_a_call_of_a_worker_may_fail(world: World, way: str) -> None:
    wakes = {"QueueUrl": stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"]}

    def run(number: int) -> bool:
        publish(world.stream, world.happen())
        (message,) = stack.client("sqs").receive_message(**wakes)["Messages"]
        stack.client("sqs").delete_message(**wakes, ReceiptHandle=message["ReceiptHandle"])
        record = {
            "messageId": "m",
            "receiptHandle": "r",
            "body": message["Body"],
            "attributes": {},
        }
        with failing(number, way) as made, suppress(Died, BatchFailed):
            function("webhooks").handler({"Records": [record]}, Context())
        world.recover()
        world.check()
        return len(made) >= number

    assert until_none_is_left(run) >= 10


@pytest.mark.parametrize("way", WAYS)
def test_a_call_of_the_stream_s_function_may_fail(world: World, way: str) -> None:
    def run(number: int) -> bool:
        records = {"Records": world.happen()}
        with failing(number, way) as made, suppress(Died, Exception):
            function("events").handler(records, Context())
        while function("events").handler(records, Context())["batchItemFailures"]:
            continue
        work()
        world.recover()
        world.check()
        return len(made) >= number

    assert until_none_is_left(run) >= 8


FAULTS: dict[str, Callable[[Sender, tuple[Any, ...]], Answer]] = {
    "the name has no address": lambda *_: Answer(fault="unresolved"),
    "nobody is there": lambda *_: Answer(fault="unreachable"),
    "the answer is too late": lambda sender, asked: (
        Answer(fault="timeout") if sender.send(*asked) else Answer()
    ),
    "the answer is cut off": lambda sender, asked: (
        Answer(fault="closed") if sender.send(*asked) else Answer()
    ),
    "it is refused": lambda *_: Answer(500),
}


@pytest.mark.parametrize("fault", [*FAULTS, "dies before", "dies after"])
def test_a_step_of_the_network_may_fail(
    world: World, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, tries = Sender(loopback=True), []

    class Once:
        def send(self, *asked: Any) -> Answer:
            tries.append(asked)
            if len(tries) > 1:
                return whole.send(*asked)
            if fault == "dies after":
                whole.send(*asked)
            if fault.startswith("dies"):
                raise Died
            return FAULTS[fault](whole, asked)

    monkeypatch.setattr(function("webhooks"), "SENDER", Once())
    publish(world.stream, world.happen())
    try:
        work()
    except Died:
        stack.client("sqs").purge_queue(QueueUrl=stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"])
    world.recover()
    world.check()
    assert len(tries) >= 2
