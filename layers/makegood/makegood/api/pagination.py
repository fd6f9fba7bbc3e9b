"""Pages of a list: the cursor to the next page, and the envelope around a page.

A page's cost does not grow with its number: the next page's URI carries a cursor, which holds the
position after the last item, the total that was counted once, and where earlier pages began.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from makegood.api import bodies, filters
from makegood.api.bodies import ANSWER_BYTES_MAX
from makegood.api.http import Reply, Request
from makegood.api.rows import Rows
from makegood.domain.problems import Fault, Invalid

PAGE_SIZE = 1_000
PAGE_SIZE_MAX = 20_000
DIGITS_MAX = 18
TRAIL_MAX = 50
"""The most earlier pages whose beginnings a cursor remembers."""

ALSO = {"MediaPartners": "Partners", "ActionItems": "Items"}
"""Lists that clients of the field's API know by two keys: they are in an answer twice."""

POSITION = r"(?a)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9._-]{1,64}"
"""An instant and an id, as the store's indexes are sorted by."""


Beginning = tuple[str, int]
"""The position that a page begins after, and how many things lie before it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins, the list's total, and where the pages before it began (oldest first).

    Page 1 begins at the beginning, and is in no trail.
    """

    after: str
    start: int
    total: int
    trail: tuple[Beginning, ...] = ()

    def text(self) -> str:
        document = [self.after, self.start, self.total, self.trail]
        raw = json.dumps(document, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Takes only what `text` can have written; raises `Invalid`."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            after, start, total, trail = json.loads(raw)
            beginnings = tuple((before, at) for before, at in trail)
        except (ValueError, TypeError, RecursionError) as error:
            raise _bad_cursor() from error
        pages = (*beginnings, (after, start))
        if not _is_count(total) or len(trail) > TRAIL_MAX or not all(map(_is_beginning, pages)):
            raise _bad_cursor()
        return cls(after, start, total, beginnings)


def _is_beginning(page: tuple[Any, Any]) -> bool:
    after, start = page
    return isinstance(after, str) and re.fullmatch(POSITION, after) is not None and _is_count(start)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**DIGITS_MAX


def _bad_cursor() -> Invalid:
    return _invalid("Cursor", "Use the URI as the list gave it", "bad_cursor")


def _invalid(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    number: int
    size: int
    cursor: Cursor | None

    @property
    def start(self) -> int:
        """How many things lie before the page."""
        return self.cursor.start if self.cursor else (self.number - 1) * self.size


def page_request(request: Request, most: int = PAGE_SIZE_MAX) -> PageRequest:
    """Page from 1, PageSize clamped to `most`, and the cursor if there is one."""
    number = _positive_count(request, "Page", 1)
    size = min(most, _positive_count(request, "PageSize", PAGE_SIZE))
    text = request.query.get("Cursor", "")
    return PageRequest(number, size, Cursor.parse(text) if text and number > 1 else None)


def _positive_count(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and int(text) > 0):
        raise _invalid(name, "A whole number from 1 on", "not_a_count")
    return int(text)


def envelope(
    key: str,
    shown: Sequence[Mapping[str, Any]] | Rows,
    request: Request,
    page: PageRequest,
    total: int,
    last_position: str | None,
) -> dict[str, Any]:
    """The envelope of a page; `last_position` is None if nothing follows.

    The size of a page that an answer had no room for is the size that it has.
    """
    page_count = max(1, -(-total // page.size))
    return {
        "@page": str(page.number),
        "@numpages": str(page_count),
        "@pagesize": str(page.size if last_position is None else len(shown)),
        "@total": str(total),
        "@start": str(page.start),
        "@end": str(page.start + max(0, len(shown) - 1)),
        "@uri": request.uri(),
        "@firstpageuri": _uri(request, 1, None),
        "@previouspageuri": _previous(request, page, total),
        "@nextpageuri": next_uri(request, page, total, len(shown), last_position),
        "@lastpageuri": _uri(request, page_count, None),
        key: shown,
        **({ALSO[key]: shown} if key in ALSO else {}),
        **warnings_beside(request, key),
    }


def warnings_beside(request: Request, key: str) -> dict[str, list[str]]:
    """`Warnings` beside a list, only where there are any: clients know the envelope without it."""
    told = filters.warnings(request.caller.role, key, request.query)
    return {"Warnings": told} if told else {}


def reply(
    key: str,
    shown: Iterable[Mapping[str, Any]],
    request: Request,
    page: PageRequest,
    total: int,
    positions: Sequence[str],
    position: str | None,
) -> Reply:
    """The page in the form that the client takes; what does not fit into one answer is left to the
    next page.

    `positions` are those of what is shown, `position` the one to read on after; None at the end.
    """
    rows = bodies.rows(shown, request.accepted)
    while True:
        if len(rows) < len(positions):
            position = positions[len(rows) - 1]
        body = bodies.written(envelope(key, rows, request, page, total, position), request.accepted)
        weight = bodies.weight(body)
        if weight <= ANSWER_BYTES_MAX or len(rows) < 2:
            return Reply(body, headers={"Content-Type": bodies.kind(request.accepted)})
        rows = rows.first(max(1, min(len(rows) - 1, len(rows) * ANSWER_BYTES_MAX // weight)))


def _uri(request: Request, number: int, cursor: Cursor | None) -> str:
    return request.uri(Page=str(number), Cursor=cursor.text() if cursor else "")


def next_uri(
    request: Request, page: PageRequest, total: int, shown_count: int, last_position: str | None
) -> str:
    """The next page's URI, from the last thing shown on; empty if nothing follows."""
    if last_position is None:
        return ""
    trail: tuple[Beginning, ...] = ()
    if page.cursor is not None:
        trail = (*page.cursor.trail, (page.cursor.after, page.cursor.start))[-TRAIL_MAX:]
    cursor = Cursor(last_position, page.start + shown_count, total, trail)
    return _uri(request, page.number + 1, cursor)


def _previous(request: Request, page: PageRequest, total: int) -> str:
    """The previous page's URI, at its remembered beginning, or else by its number."""
    if page.number == 1:
        return ""
    if page.cursor is None or not page.cursor.trail:
        return _uri(request, page.number - 1, None)
    *trail, (after, start) = page.cursor.trail
    return _uri(request, page.number - 1, Cursor(after, start, total, tuple(trail)))
