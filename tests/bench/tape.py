"""AWS calls on tape: recorded once with what was answered, and answered from it from then on.

The clients do all of their own work when a tape plays: serialising, signing, parsing. What is left
out is the connection alone, so that CPU is compared, and not the emulator.
"""

import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session


class Stream(io.BytesIO):
    """An answer's body, as a connection hands it out."""

    def stream(self, amt: int = 65_536, **_: Any) -> Iterator[bytes]:
        return iter(lambda: self.read(amt), b"")


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked of AWS, and what came back."""

    service: str
    operation: str
    parameters: dict[str, Any]
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The answer, of a service that tells it in JSON."""
        return json.loads(self.body or "{}")

    def answer(self, url: str) -> AWSResponse:
        return AWSResponse(url, self.status, self.headers, Stream(self.body))


Tape = Sequence[Call]


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """All calls that are made meanwhile, by any client, in their order."""
    tape: list[Call] = []
    asked: list[tuple[str, str, dict[str, Any]]] = []
    make, send = BaseClient._make_api_call, URLLib3Session.send

    def made(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        asked.append((service, operation, deepcopy(_at_rest(parameters))))
        return make(client, operation, parameters)

    def sent(session: Any, request: AWSPreparedRequest) -> AWSResponse:
        answer = send(session, request)
        headers = dict(answer.headers)
        if asked[-1][0] == "dynamodb":
            headers["x-amz-crc32"] = str(zlib.crc32(answer.content))
        tape.append(Call(*asked[-1], answer.status_code, headers, answer.content))
        return tape[-1].answer(request.url)

    with _swapped(made, sent):
        yield tape


def _at_rest(parameters: dict[str, Any]) -> dict[str, Any]:
    """The same, with the bytes of a body that is a file."""
    body = parameters.get("Body")
    if not hasattr(body, "seek"):
        return parameters
    held = body.read()
    body.seek(0)
    return {**parameters, "Body": held}


@contextmanager
def playing(tape: Tape) -> Iterator[None]:
    """Every call is answered by the next one of the tape, which begins again at its end."""
    turns = cycle(tape)

    def sent(session: Any, request: AWSPreparedRequest) -> AWSResponse:
        return next(turns).answer(request.url)

    with _swapped(BaseClient._make_api_call, sent):
        yield


@contextmanager
def _swapped(make: Any, send: Any) -> Iterator[None]:
    before = BaseClient._make_api_call, URLLib3Session.send
    BaseClient._make_api_call, URLLib3Session.send = make, send
    try:
        yield
    finally:
        BaseClient._make_api_call, URLLib3Session.send = before


class Floor:
    """The same calls from default clients, with all parameters ready."""

    def __init__(self, tape: Tape) -> None:
        clients = {call.service: boto3.client(call.service) for call in tape}
        self.calls = [
            (getattr(clients[call.service], xform_name(call.operation)), call.parameters)
            for call in tape
        ]

    def run(self) -> None:
        for call, parameters in self.calls:
            answer = call(**parameters)
            if "Body" in answer:
                answer["Body"].read()
