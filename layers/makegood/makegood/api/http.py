"""Requests as API Gateway sends them, and answers as it expects them.

Reads an event once into a valid `Request`; writes answers in the envelope of the field's API. Knows
nothing of what the resources mean.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from makegood.api import bodies, negotiation, request_body
from makegood.api.callers import caller_of, context_of
from makegood.api.negotiation import METHOD, OVERRIDE, PLAIN_JSON, Accepted
from makegood.domain.parties import Caller
from makegood.domain.problems import (
    Fault,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    Problem,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from makegood.domain.texts import trimmed

IDEMPOTENCY_KEY = r"[\x20-\x7e]{1,255}"
CONTROL = r"[\x00-\x1f\x7f]"
PROXY = "{proxy+}"
TABLES = {
    "csv": ("ActionInquiries", "Actions", "Entries"),
    "xlsx": ("Entries",),
}
"""The lists that are tables as well, by the suffix that asks for that."""

TEXTS_BEHIND = ("Orders", "Items")
"""What is followed by texts that somebody else gave, which may end in anything."""

OLDER = "/2010-09-01"
"""What paths of the field's older API begin with; it answers in XML unless told otherwise."""

METHODS = frozenset({"PUT", "DELETE"})
IGNORED = "IrVersion"
"""Names the version of the field's API; there is one version here."""

BUSY_SECONDS = 1

HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
CHALLENGE = 'Basic realm="makegood", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests of an account: those of an hour, those left at once, seconds until all are back."""

    limit: int
    remaining: int
    reset_seconds: int
    wait_seconds: int = 0

    def headers(self) -> dict[str, str]:
        """The first three as the field's brand API names them, the others as its partner API."""
        limit, remaining, reset = map(str, (self.limit, self.remaining, self.reset_seconds))
        return {
            "X-RateLimit-Limit": limit,
            "X-RateLimit-Remaining": remaining,
            "X-RateLimit-Reset": reset,
            "X-RateLimit-Limit-hour": limit,
            "X-RateLimit-Remaining-hour": remaining,
            "RateLimit-Reset": reset,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is spelled as it came, without its suffix; `suffix` is "json", "csv",
    "xlsx", "xml" or nothing. `method` is GET for HEAD: the answer to that only leaves out its body.
    `received_at` is when the gateway received it, in seconds since 1970; 0 if it did not say.
    """

    method: str
    path: str
    suffix: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    caller: Caller
    request_id: str
    idempotency_key: str = ""
    accepted: Accepted = PLAIN_JSON
    if_none_match: str = ""
    received_at: int = 0

    def uri(self, **changes: str) -> str:
        """This request's URI relative to the API's base, with some parameters changed."""
        suffix = f".{self.suffix}" if self.suffix else ""
        query = {name: value for name, value in {**self.query, **changes}.items() if value}
        return self.path + suffix + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is an object; or a text of the kind that `headers` name, or else in the
    form that the client takes; or such a text compressed. `resource` is that of an object. A
    `binary` body is no text at all, and is sent as it is.
    """

    body: Mapping[str, Any] | str | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: str = ""
    binary: bool = False

    def written(self, accepted: Accepted) -> "Reply":
        """The same, as it is sent to a client that takes it so."""
        if isinstance(self.body, bytes):
            return self
        return replace(self, body=bodies.written(self.body, accepted, self.resource))

    def render(
        self, more: Mapping[str, str] | None = None, accepted: Accepted = PLAIN_JSON
    ) -> dict[str, Any]:
        """The gateway's form of it."""
        body = self.written(accepted).body
        kind = {"Content-Type": bodies.kind(accepted)}
        is_zipped = isinstance(body, bytes) and not self.binary
        zipped = {"Content-Encoding": "gzip"} if is_zipped else {}
        return {
            "statusCode": self.status,
            "headers": {**HEADERS, **kind, **self.headers, **(more or {}), **zipped},
            "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
            "isBase64Encoded": isinstance(body, bytes),
        }


def path_of(event: Mapping[str, Any]) -> str:
    """The path below the API's base: the event's own begins with where the API is mounted."""
    resource, proxy = event.get("resource") or "", (event.get("pathParameters") or {}).get("proxy")
    if resource.endswith(PROXY) and proxy is not None:
        return resource.removesuffix(PROXY) + proxy
    return event.get("path") or "/"


def split_suffix(path: str) -> tuple[str, str]:
    """A `.json` suffix on any path is the same resource; `.xml` the same as XML, but behind what a
    shop's id may be; `.csv` and `.xlsx` ask for the table of a list that has one. Any other suffix
    is part of an id.
    """
    shorter, _, end = path.rpartition(".")
    suffix = end.lower()
    *_, before, last = ("", *shorter.split("/"))
    is_suffix = (
        suffix == "json"
        or (suffix == "xml" and before not in TEXTS_BEHIND)
        or last in TABLES.get(suffix, ())
    )
    return (shorter, suffix) if is_suffix else (path.rstrip("/"), "")


def accepted_of(event: Mapping[str, Any]) -> Accepted:
    """How the client takes an answer, an error as well. Only a GET's is worth compressing."""
    headers = negotiation.headers_of(event)
    path, suffix = split_suffix(path_of(event))
    xml = negotiation.takes_xml(headers, suffix, default=path.startswith(f"{OLDER}/"))
    return Accepted(xml, event.get("httpMethod") == "GET" and negotiation.takes_gzip(headers))


def read_request(event: Mapping[str, Any]) -> Request:
    """The gateway's event as a request; raises the `Problem` that its form deserves."""
    path, suffix = split_suffix(path_of(event))
    if re.search(CONTROL, path):
        raise unknown_resource()
    headers = negotiation.headers_of(event)
    query = query_of(event)
    fields = request_body.fields_of(event, headers.get("content-type", ""))
    fields.pop(IGNORED, None)
    method = _method(event, headers, query, fields)
    key = headers.get("idempotency-key", "")
    if key and not re.fullmatch(IDEMPOTENCY_KEY, key):
        message = "Up to 255 printable ASCII characters"
        raise request_body.fault("Idempotency-Key", message, "bad_idempotency_key")
    return Request(
        method=method,
        path=path,
        suffix=suffix,
        query=_visible(query),
        fields=fields,
        caller=caller_of(event),
        request_id=context_of(event).get("requestId") or "",
        idempotency_key=key,
        accepted=accepted_of(event),
        if_none_match=headers.get("if-none-match", ""),
        received_at=int(context_of(event).get("requestTimeEpoch") or 0) // 1_000,
    )


def query_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The query's parameters, named as the API names them in whatever case they came; of several
    values the last one counts.

    The names are imported here: the operator's functions answer as the API does, and read no query.
    """
    many = event.get("multiValueQueryStringParameters") or {}
    from makegood.api.parameters import canonical

    return {canonical(name): values[-1] for name, values in many.items() if values}


def _method(
    event: Mapping[str, Any],
    headers: dict[str, str],
    query: dict[str, str],
    fields: dict[str, str],
) -> str:
    """The method that is meant: a POST may name another, in its body, its query or a header."""
    method = (event.get("httpMethod") or "").upper()
    if method != "POST":
        return "GET" if method == "HEAD" else method
    named = [
        (name, given.pop(key).strip().upper())
        for name, given, key in (
            (METHOD, fields, METHOD),
            (METHOD, query, METHOD),
            (OVERRIDE, headers, OVERRIDE.lower()),
        )
        if key in given
    ]
    for name, text in named:
        if text not in METHODS:
            raise request_body.fault(name, "PUT or DELETE", "bad_method")
        if text != named[0][1]:
            raise request_body.fault(name, "Named twice, and differently", "bad_method")
    return named[0][1] if named else method


def _visible(query: dict[str, str]) -> dict[str, str]:
    """Refuses a value of invisible characters: read as blank, it would filter nothing."""
    faults = tuple(
        Fault(name, "Holds nothing that can be seen; leave it out", "bad_characters")
        for name, text in query.items()
        if text.strip() and not trimmed(text)
    )
    if faults:
        raise Invalid(faults=faults)
    return query


def error_reply(problem: Problem, request_id: str) -> Reply:
    """An error in both envelopes at once: that of the field's API, and the generic one.

    Clients look for `Message` or `message`, and print what they find.
    """
    status = HTTPStatus(problem.status)
    headers = {}
    if isinstance(problem, TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after_seconds)
    if isinstance(problem, MethodNotAllowed):
        headers["Allow"] = ", ".join(problem.allowed)
    if isinstance(problem, Unavailable):
        headers["Retry-After"] = str(BUSY_SECONDS)
    if isinstance(problem, Unauthorized):
        headers["WWW-Authenticate"] = CHALLENGE
    body = {
        "Status": "ERROR",
        "Message": problem.message,
        "message": problem.message,
        "Errors": [
            {"Field": each.field, "Message": each.message, "Code": each.code}
            for each in problem.faults
        ],
        "status": int(status),
        "error": status.phrase,
        "code": problem.code,
        "request_id": request_id,
    }
    return Reply(body, int(status), headers)


def unknown_resource() -> Forbidden:
    """The answer for a resource that is not offered; clients that probe for it go on."""
    return Forbidden("There is no such resource in this API", code="resource_unknown")


LEFT = {
    "State": "",
    "RejectReason": "",
    "ActionId": "",
    "ActionUri": "",
    "AppealOf": "",
    "Version": "",
    "Warnings": [],
}
"""What a write's answer tells of the state that it left, where nothing of it is known."""


def write_reply(
    uri: str, left: Mapping[str, Any], preview: Mapping[str, Any] | None = None
) -> Reply:
    """What a write answers; a dry run says what it would do, and made no object to name."""
    told = {**LEFT, **left}
    if preview is None:
        return Reply({"Status": "OK", "Uri": uri, **told})
    dry = {"DryRun": "true", "Preview": dict(preview), "Warnings": told["Warnings"]}
    return Reply({"Status": "OK", "Uri": "", **dry})
