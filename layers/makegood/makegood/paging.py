"""Pages of a list: where the next one begins, and the envelope that says so.

A page's cost does not grow with its number: the next page's URI carries a cursor, which holds the
position after the last item, the total that was counted once, and where earlier pages began.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from makegood.problems import Fault, Invalid
from makegood.wire import Request

PAGE_SIZE = 1_000
PAGE_SIZE_MAX = 1_000
TRAIL_MAX = 50
"""Earlier pages that a cursor remembers the beginnings of."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`after` is the position that a page begins after; `trail` those of the pages before it."""

    after: str
    total: int
    trail: tuple[str, ...] = ()

    def text(self) -> str:
        document = [self.after, self.total, list(self.trail)]
        raw = json.dumps(document, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            after, total, trail = json.loads(raw)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise _refused("Cursor", "Use the URI as the list gave it", "bad_cursor") from error
        known = isinstance(after, str) and type(total) is int and isinstance(trail, list)
        if not known or not all(isinstance(each, str) for each in trail):
            raise _refused("Cursor", "Use the URI as the list gave it", "bad_cursor")
        return cls(after, total, tuple(trail))


def _refused(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for."""

    number: int
    size: int
    cursor: Cursor | None

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size


def asked(request: Request) -> Asked:
    """Page from 1, PageSize clamped to ours, and the cursor if there is one."""
    number = _whole(request, "Page", 1)
    size = min(PAGE_SIZE_MAX, _whole(request, "PageSize", PAGE_SIZE))
    text = request.query.get("Cursor", "")
    return Asked(number, size, Cursor.parse(text) if text and number > 1 else None)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise _refused(name, "A whole number from 1 on", "not_a_count")
    return int(text)


def envelope(
    key: str,
    shown: Sequence[Mapping[str, Any]],
    request: Request,
    page: Asked,
    total: int,
    last_position: str | None,
) -> dict[str, Any]:
    """The list with everything around it; `last_position` is None when nothing follows."""
    page_count = max(1, -(-total // page.size))
    return {
        "@page": str(page.number),
        "@numpages": str(page_count),
        "@pagesize": str(page.size),
        "@total": str(total),
        "@start": str(page.start),
        "@end": str(page.start + len(shown) - 1) if shown else str(page.start),
        "@uri": request.uri(),
        "@firstpageuri": _uri(request, 1, None),
        "@previouspageuri": _previous(request, page, total),
        "@nextpageuri": _next(request, page, total, last_position),
        "@lastpageuri": _uri(request, page_count, None),
        key: list(shown),
    }


def _uri(request: Request, number: int, cursor: Cursor | None) -> str:
    return request.uri(Page=str(number), Cursor=cursor.text() if cursor else "")


def _next(request: Request, page: Asked, total: int, last_position: str | None) -> str:
    if last_position is None:
        return ""
    trail: tuple[str, ...] = ()
    if page.cursor is not None:
        trail = (*page.cursor.trail, page.cursor.after)[-TRAIL_MAX:]
    return _uri(request, page.number + 1, Cursor(last_position, total, trail))


def _previous(request: Request, page: Asked, total: int) -> str:
    """The page before, at its remembered beginning; by its number where that is forgotten."""
    if page.number == 1:
        return ""
    if page.cursor is None or not page.cursor.trail:
        return _uri(request, page.number - 1, None)
    *trail, after = page.cursor.trail
    return _uri(request, page.number - 1, Cursor(after, total, tuple(trail)))
