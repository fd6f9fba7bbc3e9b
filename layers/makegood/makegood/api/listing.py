"""Reading a page of a list along an index, at a bounded cost.

A list is read along an index of keys that never change, so pages neither miss nor repeat anything
while items arrive. Filters on what can change are applied item by item. One page looks at a
limited number of items, however large the table is and however few items match.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from makegood.api import pagination
from makegood.api.filters import Matches, Span
from makegood.api.http import Reply, Request
from makegood.api.pagination import PageRequest
from makegood.domain import calendar
from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.inquiries import Inquiry
from makegood.domain.problems import Fault, Invalid
from makegood.store.indexes import Uncounted, id_at, position_at
from makegood.store.parties import Roster
from makegood.store.store import Store

READ_MAX = 500
SHOWN_MAX = 1_000
KEYS_MAX = 5_000
EXAMINED_MAX = 2_000
"""The most things that a request reads to find a page of matches."""

COUNT_MAX = 20_000
"""The most keys that a request counts in a list that it also has to examine."""

EXACT_MAX = 2_000_000
"""Keys that a request counts of a list that its index serves: DynamoDB counts some 160,000 of one
partition in a second, and is given ten seconds.
"""

DEPTH_MAX = 200_000
"""The most keys before a page that is asked for by number."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant in positions of things without a date."""

Thing = Inquiry | Action | ActionUpdate
Show = Callable[[list[Any]], list[dict[str, Any]]]
"""Things as the caller may see them."""

Positioned = tuple[str, Any]
"""A thing and its position in the list."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some things in a row, the position to read on after, None at the end, and how many there
    are in all: exactly where the index serves the whole list, else at most.
    """

    found: list[Positioned]
    position: str | None
    total: int

    @property
    def positions(self) -> list[str]:
        return [position for position, _ in self.found]


@dataclass(frozen=True, slots=True)
class Segment:
    """What matches in a part of a list, and the position read up to; None at the list's end."""

    found: list[Positioned]
    upto: str | None

    def first(self, size: int) -> tuple[list[Positioned], str | None]:
        """As many as fit on a page, and the position to read on after."""
        fits = len(self.found) <= size
        return self.found[:size], self.upto if fits else self.found[size - 1][0]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: from which list of the store, created when, and which of it.

    `tests` choose among what the list has. `checks` choose nothing: they leave out what the list
    still has because it follows its table by moments.

    No request examines more than `EXAMINED_MAX` things and a page, however few match. A page that
    reaches that limit ends early, and the next goes on where it stopped.
    """

    store: Store
    source: Any
    created: Span
    tests: tuple[Matches, ...]
    checks: tuple[Matches, ...] = field(default=(), kw_only=True)

    def _keys(self, after: str | None, limit: int) -> tuple[list[str], str | None]:
        if self.created.is_empty or self._is_past(after):
            return [], None
        created = self.created.low, self._before()
        return self.store.listed(self.source, created, after, limit)

    def _is_past(self, after: str | None) -> bool:
        """Whether a position lies before everything that is asked for."""
        low = self.created.low
        return after is not None and low is not None and after < position_at(low, "")

    def _before(self) -> datetime | None:
        """Index ranges include their end; a span does not."""
        return None if self.created.high is None else self.created.high - calendar.MILLISECOND

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return getattr(self.store, self.source.things)(ids)

    def segment(self, after: str | None, wanted_count: int, examined_max: int) -> Segment:
        """What matches after a position, newest first; stops when enough is found or examined."""
        found: list[Positioned] = []
        left, tests = examined_max, (*self.tests, *self.checks)
        while left > 0 and len(found) < wanted_count:
            keys, after = self._keys(after, min(READ_MAX if self.tests else wanted_count, left))
            things = self._read([id_at(each) for each in keys])
            for each in keys:
                thing = things.get(id_at(each))
                if thing is not None and all(test(thing) for test in tests):
                    found.append((each, thing))
            left -= len(keys)
            if after is None:
                return Segment(found, None)
        return Segment(found, after)

    def _count(self, after: str | None = None) -> int:
        """How many keys follow a position: counted, as far as the limits of that go."""
        if self.created.is_empty or self._is_past(after):
            return 0
        created, most = (self.created.low, self._before()), COUNT_MAX if self.tests else EXACT_MAX
        try:
            count = self.store.count_listed(self.source, created, after, most + 1)
        except Uncounted as stopped:
            return self._stored_count(after, stopped.count)
        return count if count <= most else self._stored_count(after, count)

    def _stored_count(self, after: str | None, counted: int) -> int:
        """The stored length of the list, which may be some seconds old.

        Of a part of a list that is an upper bound, taken with a margin.
        """
        listed = self.store.listed_count(self.source)
        whole = after is None and self.created.is_open and not self.source.has_what_waits
        if whole and listed and not self.tests:
            return max(counted, listed)
        bound = max(counted, listed) + listed // 10 if listed else max(counted, DEPTH_MAX)
        return bound + COUNT_MAX

    def _skip(self, after: str | None, count: int) -> tuple[str | None, bool]:
        """The position after that many keys more, and whether the list reaches as far."""
        if count > DEPTH_MAX:
            message = f"Follow @nextpageuri; by number, a list is {DEPTH_MAX:,} things deep"
            raise Invalid(faults=(Fault("Page", message, "too_deep"),))
        while count:
            keys, after = self._keys(after, min(count, KEYS_MAX))
            count -= len(keys)
            if after is None:
                return None, False
        return after, True

    def page(self, asked: PageRequest, counted: bool = True) -> Page:
        """One page. The total is the cursor's until the last page knows it; without a cursor it
        is counted.
        """
        if asked.cursor is not None:
            found, position = self._segment_after(asked.cursor.after, asked.size).first(asked.size)
            ends_at = asked.start + len(found)
            return Page(found, position, asked.cursor.total if position else ends_at)
        if self.tests:
            return self._page_by_number(asked, counted)
        after, reached = self._skip(None, asked.start)
        segment = self._segment_after(after, asked.size) if reached else Segment([], None)
        return Page(*segment.first(asked.size), self._count() if counted else 0)

    def _segment_after(self, after: str | None, size: int) -> Segment:
        """Reads a page, and one more thing to know whether another page follows."""
        return self.segment(after, size + 1, max(size + 1, EXAMINED_MAX))

    def _page_by_number(self, asked: PageRequest, counted: bool) -> Page:
        """A page by number of what has to be examined.

        What matches among the first `EXAMINED_MAX` fills the first pages. Behind them, a page by
        number is what matches among as many keys as a page has room for: found without examining
        what lies before, and complete from the first page to the last.
        """
        every = counted or asked.number > 1
        head = self.segment(None, EXAMINED_MAX + 1 if every else asked.size + 1, EXAMINED_MAX)
        page_count = max(1, -(-len(head.found) // asked.size))
        total = len(head.found)
        if head.upto is not None:
            total = page_count * asked.size + (self._count(head.upto) if counted else 0)
        if asked.number <= page_count or head.upto is None:
            return Page(*Segment(head.found[asked.start :], head.upto).first(asked.size), total)
        passed_count = (asked.number - page_count - 1) * asked.size
        after, reached = self._skip(head.upto, passed_count)
        window = self.segment(after, asked.size + 1, asked.size) if reached else Segment([], None)
        return Page(window.found, window.upto, total)


@dataclass(frozen=True, slots=True)
class MemberListing(Listing):
    """What belongs to somebody and has no day of creation, by id: an account's campaigns, a
    campaign's partners. `read` reads them by their ids.
    """

    read: Callable[[Iterable[str]], Mapping[str, Any]]

    @classmethod
    def of(
        cls,
        store: Store,
        roster: Roster,
        read: Callable[[Iterable[str]], Mapping[str, Any]],
        tests: Iterable[Matches] = (),
    ) -> "MemberListing":
        """All members of a roster, as far as the tests go."""
        return cls(store, roster, Span(None, None), tuple(tests), read)

    def _keys(self, after: str | None, limit: int) -> tuple[list[str], str | None]:
        after_id = id_at(after) if after else None
        ids, following = self.store.members(self.source, after_id, limit)
        return [self._position(each) for each in ids], following and self._position(following)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return self.read(ids)

    def _position(self, thing_id: str) -> str:
        return position_at(BEGINNING, thing_id)

    def _count(self, after: str | None = None) -> int:
        return self.store.count_members(self.source)


def reply(request: Request, key: str, listing: Listing, show: Show) -> Reply:
    """Answers with the page of a list that the request asks for."""
    asked = pagination.page_request(request)
    page = listing.page(asked)
    shown = in_batches(page.found, show)
    return pagination.reply(key, shown, request, asked, page.total, page.positions, page.position)


def in_batches(found: list[Positioned], show: Show) -> Iterator[dict[str, Any]]:
    """Things as the caller may see them; of a long page only some are shown at once."""
    for start in range(0, len(found), SHOWN_MAX):
        yield from show([thing for _, thing in found[start : start + SHOWN_MAX]])
