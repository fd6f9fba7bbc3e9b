"""Bodies of requests: the fields of a form or of a flat JSON object, as texts.

A gateway that passes bytes hands every body over as base64: it is decoded here, and nowhere else.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from makegood.domain.amounts import JsonNumber
from makegood.domain.problems import Fault, Invalid, TooLarge, UnsupportedMedia

BODY_BYTES_MAX = 262_144
FIELDS_MAX = 1_000
SURROGATE = r"[\ud800-\udfff]"
TWICE = "Given twice with different values; give it once"

NESTED = frozenset({"Rules", "Breaker"})
"""Fields that may hold lists and objects: those of policies."""

WHOLE = r"(?a)-?\d{1,15}"

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LOOKS_LIKE_FORM = r"(?a)[\w.~*%+-]+=[^\s<>{}\"]*"
"""A form begins with a name and an equals sign, and has neither blanks nor brackets."""


def fault(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


def fields_of(event: Mapping[str, Any], content_type: str) -> dict[str, str]:
    """The body's fields, from a form or from JSON; none without a body. A body without a type is
    read as a form if it is nothing else.
    """
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
        raise fault("body", "Not UTF-8", "malformed_body") from error
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM or (not kind and re.fullmatch(LOOKS_LIKE_FORM, text.strip())):
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
        raise fault("body", "Not base64", "malformed_body") from error


def _form(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise fault("body", "Not a form that can be read", "malformed_body") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return _once(fields)


def _once(fields: Mapping[str, list[str]]) -> dict[str, str]:
    """Identical duplicates count once; different ones are refused."""
    faults = tuple(
        Fault(name, TWICE, "duplicate_parameter")
        for name, values in fields.items()
        if len(set(values)) > 1
    )
    if faults:
        raise Invalid(faults=faults)
    return {name: values[0] for name, values in fields.items()}


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
        raise fault("body", "Not JSON that can be read", "malformed_body") from error
    if not isinstance(document, dict) or len(document) > FIELDS_MAX:
        raise fault("body", "A flat object of fields", "malformed_body")
    return {name: _text(name, value) for name, value in document.items() if value is not None}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """As in a form: a name may be given twice, but not with two values. Of a number and the same
    as a text, the text is kept: it is read with more care.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        _check_whole(name)
        kept = found.setdefault(name, value)
        if kept != value:
            raise fault(name, TWICE, "duplicate_parameter")
        if isinstance(kept, JsonNumber):
            found[name] = value
    return found


def _text(name: str, value: Any) -> str:
    """A field's text; of one that holds a list or an object, the JSON that a form would have."""
    if name in NESTED and isinstance(value, list | dict):
        return json.dumps(_plain(value), ensure_ascii=False)
    return _scalar(name, value)


def _plain(value: Any) -> Any:
    """The same with whole numbers as numbers, and others in the digits that they came in."""
    if isinstance(value, JsonNumber):
        return int(value) if re.fullmatch(WHOLE, value) else str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, str):
        _check_whole(value)
    return value


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise fault(name, "A text, number or true/false; not a list or object", "nested")
    _check_whole(value)
    return value


def _check_whole(text: str) -> None:
    if re.search(SURROGATE, text):
        raise fault("body", "Half of a surrogate pair; send whole characters", "malformed_body")


def _no_constant(name: str) -> str:
    raise ValueError(name)
