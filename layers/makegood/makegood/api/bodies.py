"""Bodies of answers, written in pieces: as JSON or XML, compressed where a client takes that.

A long list is never one text in memory: its things are written one by one, and go into the
compressor in batches.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from makegood.api.negotiation import Accepted
from makegood.api.rows import Rows

ANSWER_BYTES_MAX = 6_000_000
"""The most bytes of a body: a function may answer 6 MiB (6,291,456), headers and all."""

WRITTEN_MAX = 64_000_000
"""The most characters of a list that are written to be compressed: more would not fit anyway."""

ZIPPED_FROM = 1_400
"""Characters from which compressing pays: fewer go in one packet as they are."""

LEVEL = 1
"""Fast: level 6 would take twice the time to save a quarter."""

GZIP_WINDOW = 31
"""What tells `zlib` to write gzip's header and checksum."""


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rows(shown: Iterable[Mapping[str, Any]], accepted: Accepted) -> Rows:
    """Things, written as far as an answer may have room for them; the first one in any case."""
    write = _xml().row if accepted.xml else compact
    texts: list[str] = []
    left = WRITTEN_MAX if accepted.gzip else ANSWER_BYTES_MAX
    for each in shown:
        text = write(each)
        left -= len(text)
        if left < 0 and texts:
            break
        texts.append(text)
    return Rows(texts)


def written(body: Mapping[str, Any] | str, accepted: Accepted, resource: str = "") -> str | bytes:
    """A body as a text, or compressed; `resource` is that of an object which it shows."""
    if isinstance(body, str):
        pieces = iter([body])
    else:
        pieces = _xml().pieces(body, resource) if accepted.xml else _json_pieces(body)
    return _zipped(pieces) if accepted.gzip else "".join(pieces)


def kind(accepted: Accepted) -> str:
    """The content type of an object or a list."""
    return f"application/{'xml' if accepted.xml else 'json'}; charset=utf-8"


def weight(body: str | bytes) -> int:
    """What a body weighs in a function's answer: it travels as a JSON string in JSON, and bytes
    as base64.
    """
    if isinstance(body, bytes):
        return -(-len(body) // 3) * 4
    return len(body.encode()) + body.count('"') + body.count("\\") + body.count("\n")


def _json_pieces(body: Mapping[str, Any]) -> Iterator[str]:
    before = "{"
    for name, value in body.items():
        yield f"{before}{compact(name)}:"
        if isinstance(value, Rows):
            yield from chain("[", value.joined(","), "]")
        else:
            yield compact(value)
        before = ","
    yield "}" if body else "{}"


def _zipped(pieces: Iterator[str]) -> str | bytes:
    """Compressed, unless it is short."""
    held = ""
    for piece in pieces:
        held += piece
        if len(held) >= ZIPPED_FROM:
            break
    else:
        return held
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    zipped = [compressor.compress(each.encode()) for each in chain([held], pieces)]
    return b"".join([*zipped, compressor.flush()])


def _xml() -> Any:
    """Few processes ever write XML, and all would load it."""
    from makegood.api import xml_form

    return xml_form
