"""Requests as API Gateway sends them, and answers as it expects them.

Reads an event once into a valid `Request`; writes answers in the envelope of the field's API. Knows
nothing of what the resources mean.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from makegood.domain.amounts import JsonNumber
from makegood.domain.parties import EVERYTHING, Caller, Role
from makegood.domain.problems import (
    Fault,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)
from makegood.domain.rate_limit import BURST, DEFAULT, PER_HOUR, Allowance
from makegood.domain.texts import trimmed

BODY_BYTES_MAX = 262_144
FIELDS_MAX = 1_000
IDEMPOTENCY_KEY = r"[\x20-\x7e]{1,255}"
SURROGATE = r"[\ud800-\udfff]"
CONTROL = r"[\x00-\x1f\x7f]"
PROXY = "{proxy+}"
SUFFIXES = ("json", "csv")
METHODS = frozenset({"PUT", "DELETE"})
IGNORED = "IrVersion"
"""Names the version of the field's API; there is one version here."""

BUSY_SECONDS = 1
TWICE = "Given twice with different values; give it once"

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
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
    """One request. `path` has no suffix; `suffix` is "json", "csv" or nothing."""

    method: str
    path: str
    suffix: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    caller: Caller
    request_id: str
    idempotency_key: str = ""

    def uri(self, **changes: str) -> str:
        """This request's URI relative to the API's base, with some parameters changed."""
        suffix = f".{self.suffix}" if self.suffix else ""
        query = {name: value for name, value in {**self.query, **changes}.items() if value}
        return self.path + suffix + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is an object, its JSON, or text of another type that `headers` name."""

    body: Mapping[str, Any] | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def render(self, more: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The gateway's form of it."""
        body = self.body if isinstance(self.body, str) else compact(self.body)
        kind = {"Content-Type": f"{JSON}; charset=utf-8"}
        return {
            "statusCode": self.status,
            "headers": {**HEADERS, **kind, **self.headers, **(more or {})},
            "body": body,
        }


def compact(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def sent_bytes(text: str) -> int:
    """What a body weighs in a function's answer: it travels as a JSON string in JSON."""
    return len(text.encode()) + text.count('"') + text.count("\\")


def context_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event.get("requestContext") or {}


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller, as the authorizer found it."""
    found = context_of(event).get("authorizer") or {}
    try:
        return Caller(
            account_sid=found["accountSid"],
            role=Role(found["role"]),
            account_id=found["accountId"],
            read_only=found["readOnly"] == "true",
            scopes=tuple(found.get("scopes", EVERYTHING).split(",")),
            allowance=Allowance(
                int(found.get("perHour", PER_HOUR)), int(found.get("burst", BURST))
            ),
        )
    except (KeyError, ValueError) as error:
        raise Unauthorized from error


def context_for(caller: Caller) -> dict[str, str]:
    """What the authorizer passes on to the functions; defaults are left out."""
    told = {
        "accountSid": caller.account_sid,
        "role": caller.role.value,
        "accountId": caller.account_id,
        "readOnly": str(caller.read_only).lower(),
    }
    if EVERYTHING not in caller.scopes:
        told["scopes"] = ",".join(caller.scopes)
    if caller.allowance != DEFAULT:
        told["perHour"] = str(caller.allowance.per_hour)
        told["burst"] = str(caller.allowance.burst)
    return told


def path_of(event: Mapping[str, Any]) -> str:
    """The path below the API's base: the event's own begins with where the API is mounted."""
    resource, proxy = event.get("resource") or "", (event.get("pathParameters") or {}).get("proxy")
    if resource.endswith(PROXY) and proxy is not None:
        return resource.removesuffix(PROXY) + proxy
    return event.get("path") or "/"


def split_suffix(path: str) -> tuple[str, str]:
    """A `.json` suffix on any path is the same resource; `.csv` asks for a table."""
    for suffix in SUFFIXES:
        if path.lower().endswith("." + suffix):
            return path[: -len(suffix) - 1], suffix
    return path.rstrip("/"), ""


def read_request(event: Mapping[str, Any]) -> Request:
    """The gateway's event as a request; raises the `Problem` that its form deserves."""
    path, suffix = split_suffix(path_of(event))
    if re.search(CONTROL, path):
        raise unknown_resource()
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    fields = _fields(event, headers.get("content-type", ""))
    fields.pop(IGNORED, None)
    method = (event.get("httpMethod") or "").upper()
    if method == "POST" and "_method" in fields:
        method = fields.pop("_method").upper()
        if method not in METHODS:
            raise _invalid("_method", "PUT or DELETE", "bad_method")
    key = headers.get("idempotency-key", "")
    if key and not re.fullmatch(IDEMPOTENCY_KEY, key):
        message = "Up to 255 printable ASCII characters"
        raise _invalid("Idempotency-Key", message, "bad_idempotency_key")
    return Request(
        method=method,
        path=path,
        suffix=suffix,
        query=_visible(_query(event.get("multiValueQueryStringParameters") or {})),
        fields=fields,
        caller=caller_of(event),
        request_id=context_of(event).get("requestId") or "",
        idempotency_key=key,
    )


def _invalid(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


def _query(parameters: Mapping[str, list[str]]) -> dict[str, str]:
    """The query's parameters. Identical duplicates count once; different ones are refused."""
    faults = tuple(
        Fault(name, TWICE, "duplicate_parameter")
        for name, values in parameters.items()
        if len(set(values)) > 1
    )
    if faults:
        raise Invalid(faults=faults)
    return {name: values[0] for name, values in parameters.items() if values}


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


def _fields(event: Mapping[str, Any], content_type: str) -> dict[str, str]:
    """The body's fields, from a form or from JSON; none without a body."""
    body = event.get("body") or ""
    if len(body) > 2 * BODY_BYTES_MAX:
        raise TooLarge
    raw = _raw(body, bool(event.get("isBase64Encoded")))
    if len(raw) > BODY_BYTES_MAX:
        raise TooLarge
    if not raw.strip():
        return {}
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise _invalid("body", "Not UTF-8", "malformed_body") from error
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return _form(text)
    if kind == JSON:
        return _json(text)
    raise UnsupportedMedia


def _raw(body: str, encoded: bool) -> bytes:
    if not encoded:
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise _invalid("body", "Not base64", "malformed_body") from error


def _form(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise _invalid("body", "Not a form that can be read", "malformed_body") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return _query(fields)


def _json(text: str) -> dict[str, str]:
    """A flat object; numbers keep the digits that they were written with, and that they are
    numbers. A byte order mark before it says nothing.
    """
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise _invalid("body", "Not JSON that can be read", "malformed_body") from error
    if not isinstance(document, dict) or len(document) > FIELDS_MAX:
        raise _invalid("body", "A flat object of fields", "malformed_body")
    return {name: _scalar(name, value) for name, value in document.items() if value is not None}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """As in a form: a name may be given twice, but not with two values. Of a number and the same
    as a text, the text is kept: it is read with more care.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        _check_whole(name)
        kept = found.setdefault(name, value)
        if kept != value:
            raise _invalid(name, TWICE, "duplicate_parameter")
        if isinstance(kept, JsonNumber):
            found[name] = value
    return found


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise _invalid(name, "A text, number or true/false; not a list or object", "nested")
    _check_whole(value)
    return value


def _check_whole(text: str) -> None:
    if re.search(SURROGATE, text):
        raise _invalid("body", "Half of a surrogate pair; send whole characters", "malformed_body")


def _no_constant(name: str) -> str:
    raise ValueError(name)


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
    uri: str, left: Mapping[str, Any], preview: Mapping[str, str] | None = None
) -> Reply:
    """What a write answers; a dry run says what it would do, and made no object to name."""
    told = {**LEFT, **left}
    if preview is None:
        return Reply({"Status": "OK", "Uri": uri, **told})
    dry = {"DryRun": "true", "Preview": dict(preview), "Warnings": told["Warnings"]}
    return Reply({"Status": "OK", "Uri": "", **dry})
