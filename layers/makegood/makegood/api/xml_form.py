"""Answers as XML, in the form of the field's API: one rendering for every object and list.

A list is an element with the paging as attributes, and holds an element for each thing: `Actions`
holds `Action`. What nests in an object is written the same way.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from makegood.api.rows import Rows

ROOT = "ImpactRadiusResponse"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped."""

NO_NAME = re.compile(r"^(?![A-Za-z_])|[^A-Za-z0-9_.-]")
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
QUOTED = str.maketrans({**ESCAPED, ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"})

PLURALS = (("ies", "y"), ("sses", "ss"), ("tuses", "tus"), ("xes", "x"), ("ches", "ch"), ("s", ""))
"""Ends of plurals, and what the singulars have instead."""


def pieces(body: Mapping[str, Any], resource: str = "") -> Iterator[str]:
    """A document. An object, which has a resource, is an element of its own within the root."""
    attributes = "".join(
        f' {_name(key[1:])}="{_text(value, QUOTED)}"'
        for key, value in body.items()
        if key.startswith("@") and isinstance(value, str)
    )
    yield f"{DECLARATION}<{ROOT}>"
    if resource:
        yield _element(_object_name(resource), body)
        body = {}
    for key, value in body.items():
        if isinstance(value, Rows):
            yield from _list(_name(key), attributes, value)
        elif attributes and key[:1] != "@" and _is_list_of_things(value):
            yield from _list(_name(key), attributes, Rows([row(each) for each in value]))
        elif not (key.startswith("@") and isinstance(value, str)):
            yield _element(key.removeprefix("@"), value)
    yield f"</{ROOT}>"


def row(thing: Mapping[str, Any]) -> str:
    """The inside of an object's element."""
    return "".join(_element(key, value) for key, value in thing.items())


def singular(name: str) -> str:
    """What one thing of a list is called: `ActionInquiries` are each an `ActionInquiry`."""
    for end, instead in PLURALS:
        if name.endswith(end) and not name.endswith("ss"):
            return name.removesuffix(end) + instead
    return name


def _object_name(resource: str) -> str:
    """What an object of a resource is called: one of `/Actions/<action_id>` is an `Action`."""
    *_, name = (each for each in resource.split("/") if each[:1] != "<")
    return singular(name) if resource.endswith(">") else name


def _list(name: str, attributes: str, rows: Rows) -> Iterator[str]:
    one = singular(name)
    yield f"<{name}{attributes}>"
    if len(rows):
        yield f"<{one}>"
        yield from rows.joined(f"</{one}><{one}>")
        yield f"</{one}>"
    yield f"</{name}>"


def _is_list_of_things(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value)


def _element(key: str, value: Any) -> str:
    name = _name(key)
    if isinstance(value, Mapping):
        inside = row(value)
    elif isinstance(value, list | tuple):
        inside = "".join(_element(singular(key), each) for each in value)
    else:
        inside = _text(value, ESCAPED)
    return f"<{name}>{inside}</{name}>" if inside else f"<{name}/>"


def _name(key: str) -> str:
    """A key as the name of an element: what such a name cannot hold is an underscore."""
    return NO_NAME.sub("_", key)


def _text(value: Any, escaped: Mapping[int, str]) -> str:
    """A value as text; a character that XML forbids is shown as the one that replaces unknowns."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return FORBIDDEN.sub("\ufffd", text).translate(escaped)
