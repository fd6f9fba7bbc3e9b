"""Faults of AWS calls, each at one chosen call, with the outcome that the function's code sees.

Every call of every client passes one place in botocore, above its own retries. What is made to
fail here has failed for good, as far as botocore is concerned: whatever is tried again is tried by
our code, or by the platform.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from makegood.domain.ids import digest


class Mode(StrEnum):
    """What happens at the chosen call."""

    REFUSED = "refused"
    LOST = "answer lost"
    OUTAGE = "outage"
    GONE_BEFORE = "gone before"
    GONE_AFTER = "gone after"
    GONE_AGAIN = "gone again"


MEANING = {
    Mode.REFUSED: "an error of the service's, nothing was done",
    Mode.LOST: "it was done, but no answer comes",
    Mode.OUTAGE: "it was done, no answer comes, and none to any call until the function gives up",
    Mode.GONE_BEFORE: "the process is gone just before it",
    Mode.GONE_AFTER: "the process is gone just after it",
    Mode.GONE_AGAIN: "the same, and the next process after its first call of that kind",
}

REFUSALS = {"dynamodb": "InternalServerError", "s3": "SlowDown", "sqs": "ServiceUnavailable"}
"""How each service says that it cannot now."""


class Gone(BaseException):
    """The process was stopped in the middle; nothing in it may catch this."""


@dataclass(slots=True)
class Plan:
    """What befalls the calls of one cell: nothing, unless `at` names one of them, from 1."""

    at: int = 0
    mode: Mode | None = None
    calls: list[str] = field(default_factory=list)
    clients: set[Any] = field(default_factory=set)
    out: bool = False

    again: str = ""
    """The call that the next process is gone after, too."""

    def begin(self) -> None:
        """A new invocation: what was out of reach is there again."""
        self.out = False

    def call(self, client: Any, operation: str, go: Callable[[], Any]) -> Any:
        service = client.meta.service_model.service_name
        self.clients.add(client)
        self.calls.append(f"{service}.{operation}")
        if self.out:
            raise refusal(client, operation)
        if self.calls[-1] == self.again:
            self.again = ""
            with suppress(ClientError):
                go()
            raise Gone
        if len(self.calls) != self.at:
            return go()
        if self.mode is Mode.REFUSED:
            raise refusal(client, operation)
        if self.mode is Mode.GONE_BEFORE:
            raise Gone
        with suppress(ClientError):
            go()
        if self.mode is Mode.GONE_AGAIN:
            self.again = self.calls[-1]
        if self.mode in (Mode.GONE_AFTER, Mode.GONE_AGAIN):
            raise Gone
        self.out = self.mode is Mode.OUTAGE
        raise ReadTimeoutError(endpoint_url=client.meta.endpoint_url)


def refusal(client: Any, operation: str) -> Exception:
    """The service's own error, as botocore raises it after its retries."""
    code = REFUSALS[client.meta.service_model.service_name]
    metadata = {"RequestId": "R", "HTTPStatusCode": 500, "HTTPHeaders": {}}
    response = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}
    return client.exceptions.from_code(code)(response, operation)


_epochs = count()
_epoch = ""
_plan: Plan | None = None


def forget() -> None:
    """What DynamoDB and SQS remember of tokens is forgotten: the same commit is a new one.

    Both remember for minutes; cells that do the same thing follow each other in milliseconds.
    """
    global _epoch
    _epoch = str(next(_epochs))


def epoch() -> str:
    """Since when things are remembered, to tell another process."""
    return _epoch


def take_epoch(told: str) -> None:
    """The same, as another process tells it."""
    global _epoch
    _epoch = told


def _renamed(parameters: dict[str, Any]) -> dict[str, Any]:
    for name in ("ClientRequestToken", "MessageDeduplicationId"):
        if name in parameters:
            parameters = {**parameters, name: digest(_epoch, parameters[name])[:36]}
    return parameters


@contextmanager
def installed() -> Iterator[None]:
    """From here on, calls pass through the plan that is in force."""
    make = BaseClient._make_api_call

    def made(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        renamed = _renamed(parameters)
        if _plan is None:
            return make(client, operation, renamed)
        return _plan.call(client, operation, lambda: make(client, operation, renamed))

    BaseClient._make_api_call = made
    try:
        yield
    finally:
        BaseClient._make_api_call = make


@contextmanager
def in_force(plan: Plan) -> Iterator[None]:
    """The plan's faults happen to the calls in here: one invocation of a function."""
    global _plan
    plan.begin()
    _plan = plan
    try:
        yield
    finally:
        _plan = None


def watching() -> bool:
    """Whether a function is being called just now."""
    return _plan is not None
