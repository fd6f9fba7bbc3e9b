"""What a client takes: the form of an answer, its compression, and what it has already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

QUALITY = r"(?a)0(?:\.(\d{0,3}))?|1(?:\.0{0,3})?"
TAG = r'(?:W/)?"([^"\x00-\x20\x7f]*)"'

METHOD = "_method"
OVERRIDE = "X-HTTP-Method-Override"
"""What names the method that a POST stands for: in a body or a query, and as a header."""

GZIP = ("gzip", "x-gzip")
JSON = ("application/json", "text/json")
XML = ("application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Accepted:
    """How a client takes an answer: JSON unless `xml`, and plain unless `gzip`."""

    xml: bool = False
    gzip: bool = False


PLAIN_JSON = Accepted()


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers by their names in lower case; one that came more than once is one list."""
    single = {name.lower(): text for name, text in (event.get("headers") or {}).items()}
    many = event.get("multiValueHeaders") or {}
    lists = {name.lower(): ", ".join(texts) for name, texts in many.items() if len(texts) > 1}
    return {**single, **{name: lists[name] for name in lists if name.startswith(("accept", "if-"))}}


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether an answer may be compressed (RFC 9110, 12.5.3), and the gateway will pass it on.

    The gateway looks at `Accept` to see whether a client takes bytes; without that header, bytes
    may go out as the base64 that they travel in.
    """
    weights = _weights(headers.get("accept-encoding", ""))
    named = [weights[each] for each in GZIP if each in weights]
    weight = max(named) if named else weights.get("*", 0)
    return weight > 0 and weight >= weights.get("identity", 0) and bool(headers.get("accept"))


def takes_xml(headers: Mapping[str, str], suffix: str, default: bool) -> bool:
    """Whether an answer is XML: the path's suffix says so, or `Accept`, or else the default."""
    if suffix in ("json", "xml"):
        return suffix == "xml"
    weights = _weights(headers.get("accept", ""))
    json, xml = (any(weights.get(each) for each in kinds) for kinds in (JSON, XML))
    return not json and (xml or default)


def tag_of(body: str | bytes) -> str:
    """The strong tag of an answer: the same only where every byte is the same."""
    whole = body.encode() if isinstance(body, str) else body
    return f'"{sha256(whole).hexdigest()[:32]}"'


def has_already(if_none_match: str, tag: str) -> bool:
    """Whether a client has what has this tag; a list is compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return tag.strip('"') in re.findall(TAG, if_none_match)


def _weights(header: str) -> dict[str, int]:
    """What a list like `gzip, br;q=0.5` names, with weights in thousandths; 0 is not taken."""
    found = {}
    for each in header.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        given = [text.partition("=") for text in parameters]
        weights = [_thousandths(text.strip()) for key, _, text in given if key.strip() == "q"]
        if name:
            found[name] = weights[0] if weights else 1_000
    return found


def _thousandths(quality: str) -> int:
    """A weight from 0 to 1; one that cannot be read takes nothing."""
    read = re.fullmatch(QUALITY, quality)
    if not read:
        return 0
    return 1_000 if quality[0] == "1" else int((read[1] or "").ljust(3, "0"))
