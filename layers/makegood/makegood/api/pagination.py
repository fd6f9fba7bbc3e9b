"""Pages of a list: the cursor to the next page, and the envelope around a page.

A page's cost does not grow with its number: the next page's URI carries a cursor, which holds the
position after the last item, the total that was counted once, and where earlier pages began.

An answer has room for so many bytes. A client that asks for pages by their numbers relies on every
page having the same size: where the first page has no room for the size that was asked for, a
smaller one holds for the whole list, and `@pagesize`, `@numpages` and all URIs say it.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any, NamedTuple

from makegood.api import bodies, filters
from makegood.api.bodies import ANSWER_BYTES_MAX
from makegood.api.http import Reply, Request
from makegood.api.rows import Rows
from makegood.domain.ids import digest
from makegood.domain.problems import Fault, Invalid

PAGE_SIZE = 1_000
PAGE_SIZE_MAX = 20_000
DIGITS_MAX = 18
ROOM_LEFT = 16
"""Which part of an answer is left free where its weight decides how many things a page has."""

TRAIL_MAX = 50
"""The most earlier pages whose beginnings a cursor remembers."""

ALSO = {"MediaPartners": "Partners", "ActionItems": "Items"}
"""Lists that clients of the field's API know by two keys: they are in an answer twice."""

POSITION = r"(?a)(?:\d~)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9._-]{1,64}"
"""An instant and an id, as the store's indexes are sorted by; before it the number of the stretch
of a list, if it is not the first.
"""


Beginning = tuple[str, int]
"""The position that a page begins after, and how many things lie before it."""


def in_stretch(number: int, position: str) -> str:
    return f"{number}~{position}" if number else position


def stretch_of(position: str | None) -> tuple[int, str | None]:
    """The number of the stretch that a position is in, and where in it; the beginning of all."""
    if position is None:
        return 0, None
    number, mark, inside = position.partition("~")
    return (int(number), inside) if mark else (0, position)


class Total(NamedTuple):
    """How many things a list has; or, as a bound, how many there are at most."""

    count: int
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins, the list's total, and where the pages before it began (oldest first).

    Page 1 begins at the beginning, and is in no trail. The total is None where nobody counted.
    """

    after: str
    start: int
    total: Total | None
    trail: tuple[Beginning, ...] = ()

    def text(self) -> str:
        count = self.total.count if self.total else None
        document = [self.after, self.start, count, self.trail]
        document += [True] if self.total and self.total.is_bound else []
        raw = json.dumps(document, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Takes only what `text` can have written; raises `Invalid`."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            after, start, total, trail, *bound = json.loads(raw)
            beginnings = tuple((before, at) for before, at in trail)
        except (ValueError, TypeError, RecursionError) as error:
            raise _bad_cursor() from error
        pages = (*beginnings, (after, start))
        is_total = total is None or _is_count(total)
        if not is_total or len(trail) > TRAIL_MAX or not all(map(_is_beginning, pages)):
            raise _bad_cursor()
        if bound not in ([], [True]):
            raise _bad_cursor()
        return cls(after, start, None if total is None else Total(total, bool(bound)), beginnings)


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
    """Which page is asked for: `by_number`, or as a link of another page gave it.

    `is_cut` says that its size is smaller than what was asked for, to fit into an answer.
    """

    number: int
    size: int
    cursor: Cursor | None
    by_number: bool = True
    is_cut: bool = False

    @property
    def start(self) -> int:
        """How many things lie before the page."""
        return self.cursor.start if self.cursor else (self.number - 1) * self.size

    def cut_to(self, size: int) -> "PageRequest":
        """The same with a smaller size; 0 leaves it as it is."""
        return replace(self, size=size, is_cut=True) if 0 < size < self.size else self

    def linked(self, request: Request) -> Request:
        """The request as links to other pages repeat it: with the size that pages have."""
        if not self.is_cut:
            return request
        return replace(request, query={**request.query, "PageSize": str(self.size)})


def page_request(request: Request, most: int = PAGE_SIZE_MAX) -> PageRequest:
    """Page from 1, PageSize clamped to `most`, and the cursor if there is one."""
    number = _positive_count(request, "Page", 1)
    size = min(most, _positive_count(request, "PageSize", PAGE_SIZE))
    text = request.query.get("Cursor", "")
    cursor = Cursor.parse(text) if text and number > 1 else None
    return PageRequest(number, size, cursor, by_number=cursor is None)


def _positive_count(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and int(text) > 0):
        raise _invalid(name, "A whole number from 1 on", "not_a_count")
    return int(text)


class Beside(NamedTuple):
    """What stands in an envelope besides its page, and what `Warnings` say of that."""

    fields: Mapping[str, Any] = {}
    warning: str = ""


NOTHING = Beside()


def envelope(
    key: str,
    shown: Sequence[Mapping[str, Any]] | Rows,
    request: Request,
    page: PageRequest,
    total: Total | None,
    following: Cursor | None,
    beside: Beside = NOTHING,
) -> dict[str, Any]:
    """The envelope of a page; `following` is None if it is the last.

    A page may end early that was reached by links, or whose time was up: its size is the one that
    it has, how many more there are is guessed from that, and none of them has a number to go by.
    What follows from a total is blank where there is none.
    """
    ends_early = following is not None and len(shown) < page.size
    size = len(shown) if ends_early else page.size
    page_count = _page_count(page, size, total.count, ends_early) if total else None
    at_most = AT_MOST if total and total.is_bound else ""
    linked = page.linked(request)
    return {
        "@page": str(page.number),
        "@numpages": str(page_count or ""),
        "@pagesize": str(size),
        "@total": str(total.count) if total else "",
        "@start": str(page.start),
        "@end": str(page.start + max(0, len(shown) - 1)),
        "@uri": request.uri(),
        "@firstpageuri": _uri(linked, 1, None),
        "@previouspageuri": _previous(linked, page, total),
        "@nextpageuri": _uri(linked, page.number + 1, following) if following else "",
        "@lastpageuri": _uri(linked, page_count, None) if page_count and not ends_early else "",
        **beside.fields,
        key: shown,
        **({ALSO[key]: shown} if key in ALSO else {}),
        **warnings_beside(request, key, at_most, beside.warning),
    }


def _page_count(page: PageRequest, size: int, count: int, ends_early: bool) -> int:
    """How many pages there are, where this one has `size` things; at least 1."""
    if not ends_early:
        return max(1, -(-count // size))
    left = max(0, count - page.start - size)
    return page.number + max(1, -(-left // max(1, size)))


AT_MOST = (
    "@total and @numpages are upper bounds: there is more than can be counted in one request; "
    "narrow the list by dates for an exact total"
)


def single_page(request: Request, key: str, shown: Sequence[Mapping[str, Any]]) -> Reply:
    """Answers with a list that always fits on one page."""
    page = PageRequest(1, PAGE_SIZE, None)
    return Reply(envelope(key, shown, request, page, Total(len(shown)), None))


def warnings_beside(request: Request, key: str, *more: str) -> dict[str, list[str]]:
    """`Warnings` beside a list, only where there are any: clients know the envelope without it."""
    told = filters.warnings(request.caller.role, key, request.query)
    told += [each for each in more if each]
    return {"Warnings": told} if told else {}


class Answer(NamedTuple):
    """An answered page, how many things lie before its end, where the next page begins, and the
    page as it was answered.
    """

    reply: Reply
    ends: int
    following: Cursor | None
    page: PageRequest


def reply(
    key: str,
    shown: Iterable[Mapping[str, Any]],
    request: Request,
    page: PageRequest,
    total: Total | None,
    positions: Sequence[str],
    position: str | None,
    beside: Beside = NOTHING,
) -> Answer:
    """The page in the form that the client takes; what does not fit into one answer is left to the
    next page. Raises `Invalid` where the next page, by its number, would not begin with that.

    `positions` are those of what is shown, `position` the one to read on after; None at the end.
    """
    rows = bodies.rows(shown, request.accepted)
    while True:
        if len(rows) < len(positions):
            position = positions[len(rows) - 1]
        following = _following(page, total, len(rows), position)
        said = envelope(key, rows, request, page, total, following, beside)
        body = bodies.written(said, request.accepted)
        weight = bodies.weight(body)
        if weight > ANSWER_BYTES_MAX and len(rows) > 1:
            rows = rows.first(max(1, min(len(rows) - 1, len(rows) * ANSWER_BYTES_MAX // weight)))
        elif page.by_number and len(rows) < min(len(positions), page.size):
            page = _cut(page, len(rows))
            rows = rows.first(page.size)
        else:
            kind = {"Content-Type": bodies.kind(request.accepted)}
            answer = Reply(body, headers=kind)
            return Answer(answer, page.start + len(rows), following, page)


def _cut(page: PageRequest, room: int) -> PageRequest:
    """A first page with the size that all pages have, where an answer has room for so many things:
    fewer, since others may be heavier, and few things differ more from page to page than many.
    Raises `Invalid` for a later page.
    """
    size = max(1, room - room // ROOM_LEFT - isqrt(room))
    if page.number > 1:
        raise _invalid(
            "PageSize",
            f"Page {page.number} is too heavy for one answer; ask for PageSize={size}, or follow "
            "@nextpageuri from the first page",
            "too_heavy",
        )
    return page.cut_to(size)


def _uri(request: Request, number: int, cursor: Cursor | None) -> str:
    return request.uri(Page=str(number), Cursor=cursor.text() if cursor else "")


def next_uri(
    request: Request, page: PageRequest, shown_count: int, last_position: str | None
) -> str:
    """The next page's URI of a list that is not counted; empty if nothing follows."""
    following = _following(page, None, shown_count, last_position)
    return _uri(request, page.number + 1, following) if following else ""


def _following(
    page: PageRequest, total: Total | None, shown_count: int, last_position: str | None
) -> Cursor | None:
    """Where the next page begins; None if nothing follows."""
    if last_position is None:
        return None
    trail: tuple[Beginning, ...] = ()
    if page.cursor is not None:
        trail = (*page.cursor.trail, (page.cursor.after, page.cursor.start))[-TRAIL_MAX:]
    return Cursor(last_position, page.start + shown_count, total, trail)


def walk_of(request: Request) -> str:
    """What pages of one list have in common that a caller asks for one after the other: all but
    which page it is. The form of the answer is in it, because that decides where pages end.
    """
    asked = sorted(
        (name, text) for name, text in request.query.items() if name not in ("Page", "Cursor")
    )
    form = f"{request.accepted.xml:d}{request.accepted.gzip:d}"
    return digest("walk", request.caller.account_sid, request.path, form, json.dumps(asked))


def _previous(request: Request, page: PageRequest, total: Total | None) -> str:
    """The previous page's URI, at its remembered beginning, or else by its number."""
    if page.number == 1:
        return ""
    if page.cursor is None or not page.cursor.trail:
        return _uri(request, page.number - 1, None)
    *trail, (after, start) = page.cursor.trail
    return _uri(request, page.number - 1, Cursor(after, start, total, tuple(trail)))
