"""Functions, called as the platform calls them, and called again as it does when they fail.

A client repeats a request with its Idempotency-Key, Lambda repeats an event twice, SQS delivers a
message as often as its queue says, people repeat a command. Every repetition comes a minute later.
"""

import io
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import urlencode

from makegood.operator.commands import function_of
from makegood.runtime import telemetry

from infra.local import function_url
from tests.integration.gateway import ARN, FORM, FUNCTIONS, Answer, Client, Context, basic, batch
from tests.torture import faults
from tests.torture.faults import Gone, Plan
from tests.torture.world import QUEUES, World

T = TypeVar("T")

REQUESTS_MAX = 4
EVENTS_MAX = 3
NAMES = {"ingest": QUEUES["Chunks"], "sweep": QUEUES["Sweeps"]}
CHANGES_MAX = 20
"""`MaximumRetryAttempts` of the streams."""

RECEIVES_MAX = {"ingest": 8, "sweep": 5}
"""`maxReceiveCount` of their queues."""

DEAD_CHUNKS = "torture-chunks-dead"

HANDLER = re.compile(r"functions\.\w+\.handler")
PAUSE = timedelta(seconds=61)
OWN = {"request_id", "Upload"}
"""Fields of an answer that are of one request only, as a form is that is signed for a while."""


class GaveUp(Exception):
    """The platform does not try again; what was asked is set aside."""


class Failed(Exception):
    """One delivery failed, as the platform sees it."""


_clients: defaultdict[str, set[Any]] = defaultdict(set)
"""The clients that each function's process has called with."""


def module(function: str) -> Any:
    """A function's process, kept warm until it is gone."""
    with redirect_stdout(io.StringIO()):
        return import_module(f"functions.{function}.handler")


def lose(function: str) -> None:
    """Its process is gone, with all that was in it, and its connections."""
    for client in _clients.pop(function, ()):
        client.close()
    sys.modules.pop(f"functions.{function}.handler", None)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Pauses take no time: what they are for does not happen in one process."""
    with patch.object(time, "sleep", lambda seconds: None):
        yield


@contextmanager
def with_known_ids() -> Iterator[None]:
    """What functions name at random has the same name each time; a second thing of that name is
    refused where it is kept. Secrets differ as ever.
    """
    with patch.object(telemetry, "new_id", lambda: "made-1"):
        yield


class Hurried(Context):
    """Has time when it is first asked for it, and none after."""

    def get_remaining_time_in_millis(self) -> int:
        left, self.milliseconds = self.milliseconds, 0
        return left


def lose_all() -> None:
    """No process is kept warm any longer, whoever began it and whatever it calls."""
    for function in list(_clients):
        lose(function)
    for name in [each for each in sys.modules if HANDLER.fullmatch(each)]:
        del sys.modules[name]


@dataclass(slots=True)
class Delivery:
    """One cell's calls of functions, from `now` on, under its plan of faults."""

    world: World
    plan: Plan
    now: datetime
    answers: list[Any] = field(default_factory=list)
    retries: int = 0
    pause: timedelta = PAUSE
    context: Callable[[], Context] = Context
    wrong: list[str] = field(default_factory=list)
    """What was looked at on the way, and is not as it must be."""

    skew: Mapping[str, timedelta] = field(default_factory=dict)
    """By how much each function's clock is wrong."""

    def __post_init__(self) -> None:
        self.world.store.set_clock(self.now)

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """One invocation; `Gone` when its process was stopped in it."""
        handler, gone = module(function).handler, False
        if self.skew:
            self.world.store.set_clock(self.now + self.skew.get(function, timedelta()))
        try:
            with faults.in_force(self.plan), redirect_stdout(io.StringIO()):
                return handler(event, self.context())
        except Gone:
            gone = True
            raise
        finally:
            _clients[function] |= self.plan.clients
            self.plan.clients.clear()
            if gone:
                lose(function)

    def _tried(self, attempts_max: int, what: str, once: Callable[[], T]) -> T:
        for _ in range(attempts_max):
            try:
                return once()
            except Gone:
                pass
            except Failed:
                pass
            self.retries += 1
            self.wait()
        raise GaveUp(f"{what} after {attempts_max} attempts")

    def wait(self) -> None:
        """As long as whoever tries again does."""
        self.now += self.pause
        self.world.store.set_clock(self.now)

    def request(
        self, client: Client, method: str, path: str, fields: Mapping[str, str], key: str = "key-1"
    ) -> Answer:
        """A request of a client that repeats what was not answered, or with 5xx.

        Without a key, a repetition may be told that it is done already: its answer does not count.
        """
        headers = {"Content-Type": FORM, **({"Idempotency-Key": key} if key else {})}
        event = client.event(method, path, urlencode(fields), headers)

        def once() -> Answer:
            answer = self.invoke(FUNCTIONS[client.role], event)
            if answer["statusCode"] >= 500:
                raise Failed
            return Answer(answer["statusCode"], answer["headers"], answer["body"])

        answer = self._tried(REQUESTS_MAX, f"{method} {path}", once)
        if not key:
            return answer
        shown = {name: value for name, value in answer.body.items() if name not in OWN}
        self.answers.append((answer.status, shown))
        return answer

    def message(self, function: str, message: Mapping[str, Any], queue: str = "") -> None:
        """A message of the function's queue, until it is worked on."""
        group = str(message.get("shard", ""))
        event = batch(queue or NAMES[function], message, group=group)

        def once() -> None:
            try:
                answer = self.invoke(function, event)
            except Exception as error:
                raise Failed from error
            if answer["batchItemFailures"]:
                raise Failed

        self._tried(RECEIVES_MAX[function], f"message of {function}", once)

    def event(self, function: str, event: dict[str, Any]) -> None:
        """An event that Lambda keeps for the function: thrice at most."""

        def once() -> None:
            try:
                self.invoke(function, event)
            except Exception as error:
                raise Failed from error

        self._tried(EVENTS_MAX, f"event of {function}", once)

    def arrival(self, event: Mapping[str, Any]) -> None:
        """An event of the inbox, until it is received."""
        self.message("ingest", event, QUEUES["Arrivals"])

    def dead_letter(self, function: str, message: Mapping[str, Any]) -> None:
        """A chunk that failed on every delivery, from the queue where such are set aside."""
        self.message(function, message, DEAD_CHUNKS)

    def changes(self, records: list[dict[str, Any]]) -> None:
        """A batch of a stream's records, until all of it is written down.

        Where the function fails, the batch is halved; where it names a record, that comes again
        with all that follow it.
        """
        waiting = [records]

        def once() -> None:
            while waiting:
                batch, *later = waiting
                waiting[:] = [*_halves(batch), *later]
                try:
                    answer = self.invoke("events", {"Records": batch})
                except Exception as error:
                    raise Failed from error
                left = _from_failed(batch, answer["batchItemFailures"])
                waiting[:] = [left, *later] if left else later
                if left:
                    raise Failed

        self._tried(CHANGES_MAX, "changes", once)

    def messages(self) -> None:
        """All messages that wait, those that were set aside before, and those that come of them.

        One that is set aside does not keep the others; it is told of in the end.
        """
        waiting, self.world.dead = self.world.dead, []
        while waiting := waiting + self.waiting():
            for function, message in waiting:
                try:
                    self.message(function, message)
                except GaveUp:
                    self.world.dead.append((function, message))
            waiting = []
        if self.world.dead:
            raise GaveUp(f"{len(self.world.dead)} messages")

    def waiting(self) -> list[tuple[str, dict[str, Any]]]:
        """Takes all messages off their queues, each with the function that they are for."""
        queues = self.world.queues.items()
        return [(function, each) for function, url in queues for each in self.world.waiting(url)]

    def command(self, caller: str = function_url.CALLER, **command: Any) -> dict[str, Any]:
        """An operator's command, given again until it is answered."""

        def once() -> dict[str, Any]:
            try:
                name = function_of(str(command["command"]))
                answer = function_url.answer(self.invoke(name, function_url.event(command, caller)))
            except Exception as error:
                raise Failed from error
            if answer.get("status", 0) >= 500:
                raise Failed
            return answer

        return self._tried(REQUESTS_MAX, str(command["command"]), once)

    def sign_in(self, sid: str, token: str) -> Any:
        """What the gateway is told when it asks who this is; a client is told to try again where
        that fails.
        """
        event = {"methodArn": ARN, "headers": {"Authorization": basic(sid, token)}}

        def once() -> Any:
            try:
                return self.invoke("authorizer", event)
            except Exception as error:
                raise Failed from error

        return self._tried(REQUESTS_MAX, "authorizer", once)

    def must(self, holds: bool, what: str) -> None:
        """Notes what does not hold."""
        if not holds:
            self.wrong.append(what)


def _halves(batch: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What is delivered of a batch after its function failed; one record stays as it is."""
    middle = len(batch) // 2
    return [each for each in (batch[:middle], batch[middle:]) if each]


def _from_failed(
    batch: list[dict[str, Any]], failures: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """The first record that is named and all that follow it; all of them for one that is not
    there.
    """
    named = {each["itemIdentifier"] for each in failures}
    numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
    if not named <= set(numbers):
        return batch
    return batch[min(map(numbers.index, named), default=len(batch)) :]
