"""Bad weather: a share of all answers on the wire is bad, below botocore's own retries.

Throttles, transaction conflicts, internal errors, answers that come too late, bodies that are cut
off, and batches that are served in part. Whatever the share, each step of a day's work finishes,
or is set aside and visible: a request was answered with 5xx, an event or message went to the dead
letters. Once the weather is fair, what was set aside is done again, as an operator would, and the
day must end as a fair one ends.
"""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from tests.torture import faults

WRITES = ("PutItem", "UpdateItem")
RETRYABLE = "com.amazonaws.dynamodb.v20120810#"


@dataclass(slots=True)
class Weather:
    """So many of a hundred answers are bad, drawn from a seed."""

    percent: int
    random: Random
    met: Counter[str] = field(default_factory=Counter)

    def send(self, request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
        if self.random.random() * 100 >= self.percent:
            return go(request)
        kinds = self._kinds(request)
        kind = self.random.choice(sorted(kinds))
        self.met[kind] += 1
        return kinds[kind](request, go)

    def _kinds(self, request: Any) -> Mapping[str, Callable[..., AWSResponse]]:
        operation = _operation(request)
        kinds: dict[str, Callable[..., AWSResponse]] = {
            "throttled": _throttled,
            "internal error": _failed,
            "internal error, done": _failed_after,
            "too late": _late,
            "cut off": _cut_off,
        }
        if operation == "TransactWriteItems":
            kinds["conflict"] = _cancelled
        elif operation in WRITES:
            kinds["conflict"] = _conflict
        elif operation == "BatchGetItem":
            kinds["in part"] = _in_part
        if request.stream_output or _is_of_dynamodb(request):
            kinds["damaged"] = _damaged
        return kinds


def _target(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", b"")
    return target.decode() if isinstance(target, bytes) else target


def _operation(request: Any) -> str:
    """The operation, of the services that name it in a header."""
    return _target(request).rpartition(".")[2]


def _is_of_dynamodb(request: Any) -> bool:
    return _target(request).startswith("DynamoDB")


class Body:
    """What is left of an answer's body, to be read once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def stream(self, amt: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        yield self.data

    def read(self, amt: int | None = None, decode_content: bool = True) -> bytes:
        size = len(self.data) if amt is None else amt
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def close(self) -> None:
        """Nothing is held."""


def _answer(request: Any, status: int, code: str, **more: Any) -> AWSResponse:
    """An error in the words of the service that was asked."""
    if _operation(request):
        body = json.dumps({"__type": RETRYABLE + code, "message": code, **more})
    else:
        body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    headers = {"x-amzn-requestid": "R", "content-length": str(len(body))}
    return AWSResponse(request.url, status, headers, Body(body.encode()))


def _throttled(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    if _operation(request):
        return _answer(request, 400, "ThrottlingException")
    return _answer(request, 503, "SlowDown")


def _failed(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    return _answer(request, 500, "InternalServerError" if _operation(request) else "InternalError")


def _failed_after(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    _ = go(request).content
    return _failed(request, go)


def _late(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    _ = go(request).content
    raise ReadTimeoutError(endpoint_url=request.url)


def _cut_off(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    """The connection ends in the middle of the body, which is noticed."""
    _ = go(request).content
    raise ConnectionClosedError(endpoint_url=request.url)


def _damaged(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    """Half of a body that passes for a whole one; its checksum or its length say otherwise."""
    answer = go(request)
    whole = answer.raw.read() if request.stream_output else answer.content
    if _is_of_dynamodb(request):
        answer.headers["x-amz-crc32"] = str(zlib.crc32(whole) & 0xFFFFFFFF)
    return AWSResponse(
        request.url, answer.status_code, answer.headers, Body(whole[: len(whole) // 2])
    )


def _cancelled(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    items = len(json.loads(request.body)["TransactItems"])
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * (items - 1)]
    return _answer(request, 400, "TransactionCanceledException", CancellationReasons=reasons)


def _conflict(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    return _answer(request, 400, "TransactionConflictException")


def _in_part(request: Any, go: Callable[[Any], AWSResponse]) -> AWSResponse:
    """The last key of each table is not served this time."""
    asked = json.loads(request.body)["RequestItems"]
    answer = go(request)
    told = json.loads(answer.content)
    told["UnprocessedKeys"] = {}
    for table, wanted in asked.items():
        key = wanted["Keys"][-1]
        kept = told["Responses"].get(table, [])
        told["Responses"][table] = [
            each for each in kept if any(each[name] != key[name] for name in key)
        ]
        told["UnprocessedKeys"][table] = {**wanted, "Keys": [key]}
    body = json.dumps(told).encode()
    return AWSResponse(request.url, 200, {"content-length": str(len(body))}, Body(body))


@contextmanager
def under(weather: Weather) -> Iterator[None]:
    """All that functions send goes through this weather."""
    send = URLLib3Session.send

    def sent(session: URLLib3Session, request: Any) -> AWSResponse:
        if not faults.watching():
            return send(session, request)
        return weather.send(request, lambda each: send(session, each))

    URLLib3Session.send = sent
    try:
        yield
    finally:
        URLLib3Session.send = send
