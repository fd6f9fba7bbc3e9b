"""Reading a page of a list: full unless it is the last, with an exact total.

A list is read along an index of keys that never change, so pages neither miss nor repeat anything
while items arrive. The index itself leaves out most of what was not asked for, and counts the rest.
What it does not know is read, thing by thing, for as long as a request has time: a page may end
early then, and the total is an upper bound that says so.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from makegood.api import pagination
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.pagination import NOTHING, Beside, Cursor, PageRequest, Total
from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.inquiries import Inquiry
from makegood.domain.problems import Fault, Invalid
from makegood.store.indexes import StoredList, Uncounted, id_at, position_at
from makegood.store.lists import Entry
from makegood.store.parties import Roster
from makegood.store.plans import Plan, of_stored
from makegood.store.requests import Walked
from makegood.store.selection import Window
from makegood.store.store import Store

READ_MAX = 500
"""Things that are read at once, to see which of them match."""

SHOWN_MAX = 1_000
"""Things that are shown at once."""

DEPTH_MAX = 1_000_000
"""The most things before a page that is asked for by number, and not as the next of another."""

READ_SECONDS = 10.0
"""How long a request looks for what fills its page, or is counted by reading it."""

SEARCH_SECONDS = 20.0
"""How long it looks for a first thing: a page with none would be taken for the list's end."""

COUNT_SECONDS = 20.0
"""How long an index is counted. DynamoDB counts some 160,000 entries of one owner in a second."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant in positions of things without a date."""

Thing = Inquiry | Action | ActionUpdate
Show = Callable[[list[Any]], list[dict[str, Any]]]
"""Things as the caller may see them."""

Positioned = tuple[str, Any]
"""A thing and its position in the list."""


def clock_of(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have not passed yet, from now on."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


@dataclass(frozen=True, slots=True)
class Page:
    """Some things in a row, the position to read on after, None at the end, and how many there
    are in all, None where nobody counted.
    """

    found: list[Positioned]
    position: str | None
    total: Total | None

    @property
    def positions(self) -> list[str]:
        return [position for position, _ in self.found]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: how the store reads it, and what of it was asked for.

    `tests` hold for all that was asked for. Where the plan chooses, they leave out only what the
    index still has because it follows its table by moments. `things` is the store's method that
    reads things by their ids.
    """

    store: Store
    plan: Plan
    things: str
    tests: tuple[Matches, ...] = ()

    @classmethod
    def of_stored(
        cls, store: Store, stored: StoredList, made: Window, tests: Iterable[Matches] = ()
    ) -> "Listing":
        """What an index has whole, as far as it was made in a span and the tests go."""
        given = tuple(tests)
        plan = of_stored(stored, made)
        return cls(store, replace(plan, chooses=not given), stored.things, given)

    def _entries(self, after: str | None, count: int) -> Iterator[Entry]:
        """Entries behind a position, stretch after stretch."""
        at, inside = pagination.stretch_of(after)
        for number, stretch in enumerate(self.plan.stretches[at:], at):
            for entry in self.store.read_list(stretch, inside if number == at else None, count):
                yield Entry(pagination.in_stretch(number, entry.position), entry.found)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return getattr(self.store, self.things)(ids)

    def _count_entries(self, after: str | None) -> int:
        """How many entries follow a position; raises `Uncounted`."""
        at, inside = pagination.stretch_of(after)
        stretches = [
            stretch.after(inside) if number == at else stretch
            for number, stretch in enumerate(self.plan.stretches[at:], at)
        ]
        return self.store.count_list(stretches, clock_of(COUNT_SECONDS))

    def found(
        self, after: str | None, count: int, has_time: Callable[[], bool]
    ) -> Iterator[tuple[str, Any]]:
        """What matches behind a position, each with its own; and None where so far was read without
        finding anything.
        """
        batch: list[str] = []
        most = count if self.plan.chooses else READ_MAX
        for entry in self._entries(after, most):
            if entry.found:
                batch.append(entry.position)
            if len(batch) >= min(most, READ_MAX) or (batch and not has_time()):
                yield from self._matching(batch)
                batch = []
            elif not entry.found and not batch:
                yield entry.position, None
        yield from self._matching(batch)

    def _matching(self, positions: list[str]) -> Iterator[tuple[str, Any]]:
        if not positions:
            return
        things = self._read([id_at(each) for each in positions])
        for position in positions:
            thing = things.get(id_at(position))
            if thing is not None and all(test(thing) for test in self.tests):
                yield position, thing
        yield positions[-1], None

    def segment(self, after: str | None, size: int) -> tuple[list[Positioned], str | None]:
        """What matches behind a position, as many as a page has room for, and where to read on;
        None at the list's end. It is short of the end only where no index serves and time is up.
        """
        has_time, still = clock_of(READ_SECONDS), clock_of(SEARCH_SECONDS)
        found: list[Positioned] = []
        for position, thing in self.found(after, size + 1, has_time):
            if thing is not None:
                found.append((position, thing))
                if len(found) > size:
                    return found[:size], found[size - 1][0]
            elif found and not has_time():
                return found, position
            elif not still():
                raise Invalid(faults=(too_wide(),))
        return found, None

    def skip(self, count: int) -> tuple[str | None, bool]:
        """The position of the thing before which so many others are, and whether there is one."""
        if not count:
            return None, True
        if count > DEPTH_MAX:
            raise Invalid(faults=(too_deep(),))
        if self.plan.chooses:
            passed = (each.position for each in self._entries(None, count + 1) if each.found)
            position = next(islice(passed, count - 1, None), None)
            return position, position is not None
        has_time = clock_of(SEARCH_SECONDS)
        for position, thing in self.found(None, count, has_time):
            count -= thing is not None
            if not count:
                return position, True
            if not has_time():
                raise Invalid(faults=(too_deep(),))
        return None, False

    def total(self, page: Page, start: int, beginning: str | None) -> Total:
        """How many there are in all, of which a page is known: counted by the index, or by reading
        on behind the page for as long as there is time, and then as many as there may be.
        """
        if page.position is None and (page.found or not start):
            return Total(start + len(page.found))
        if self.plan.chooses:
            try:
                return Total(self._count_entries(None))
            except Uncounted as stopped:
                return self._kept_total(stopped.count)
        has_time, count = clock_of(READ_SECONDS), 0
        count, upto = start + len(page.found), page.position or beginning
        for position, thing in self.found(upto, READ_MAX, has_time):
            count, upto = count + (thing is not None), position
            if thing is None and not has_time():
                try:
                    return Total(count + self._count_entries(upto), is_bound=True)
                except Uncounted as stopped:
                    return replace(self._kept_total(stopped.count), is_bound=True)
        return Total(count)

    def _kept_total(self, counted: int) -> Total:
        """As the lengths of its stored lists are kept, some seconds ago, where it is too long to be
        counted: of a part of them that is an upper bound, taken with a margin.
        """
        kept = sum(map(self.store.listed_count, self.plan.stored))
        if self.plan.is_whole and kept > counted:
            return Total(kept)
        most = kept + kept // 10 if kept > counted else counted * 2
        return Total(most, is_bound=True)

    def page(self, asked: PageRequest, counted: bool = True) -> Page:
        """One page. The total is the cursor's until the last page knows it."""
        if asked.cursor is None:
            known = None
            after, reached = self.skip(asked.start)
        else:
            known = asked.cursor.total
            after, reached = asked.cursor.after, True
        found, position = self.segment(after, asked.size) if reached else ([], None)
        page = Page(found, position, None)
        if not counted:
            return page
        if asked.cursor is not None and position is None:
            return replace(page, total=Total(asked.start + len(found)))
        return replace(page, total=known or self.total(page, asked.start, after))


def too_deep() -> Fault:
    message = (
        "Too many things lie before that page to pass them by; follow @nextpageuri, or narrow "
        "the list by dates"
    )
    return Fault("Page", message, "too_deep")


def too_wide() -> Fault:
    message = (
        "Nothing that matches was found in the time that a request has; narrow the list by dates "
        "or by CampaignId"
    )
    return Fault("StartDate", message, "too_wide")


@dataclass(frozen=True, slots=True)
class MemberListing(Listing):
    """What belongs to somebody and has no day of creation, by id: an account's campaigns, a
    campaign's partners. `read` reads them by their ids.
    """

    roster: Roster = field(kw_only=True)
    read: Callable[[Iterable[str]], Mapping[str, Any]] = field(kw_only=True)

    @classmethod
    def of(
        cls,
        store: Store,
        roster: Roster,
        read: Callable[[Iterable[str]], Mapping[str, Any]],
        tests: Iterable[Matches] = (),
    ) -> "MemberListing":
        """All members of a roster, as far as the tests go."""
        given = tuple(tests)
        plan = Plan((), chooses=not given)
        return cls(store, plan, "", given, roster=roster, read=read)

    def _entries(self, after: str | None, count: int) -> Iterator[Entry]:
        following = id_at(after) if after else None
        while True:
            ids, following = self.store.members(self.roster, following, min(count, READ_MAX))
            for each in ids:
                yield Entry(position_at(BEGINNING, each), found=True)
            if following is None:
                return

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return self.read(ids)

    def _count_entries(self, after: str | None) -> int:
        return self.store.count_members(self.roster)


def reply(
    request: Request,
    key: str,
    listing: Listing,
    show: Show,
    beside: Beside = NOTHING,
    counted: bool = True,
) -> Reply:
    """Answers with the page of a list that the request asks for.

    A page by number begins where the page before it ended, if that one was asked for lately: while
    things arrive, nothing is missed or comes twice, and the total stays what it was. Behind the
    last page, a client that looks for an empty one finds it.
    """
    asked = pagination.page_request(request)
    walk = pagination.walk_of(request)
    if asked.by_number and asked.number > 1:
        walked = listing.store.walked_to(walk, asked.number)
        cursor = Cursor.parse(walked.cursor) if walked.cursor else None
        asked = replace(asked, cursor=cursor).cut_to(walked.size)
    page = listing.page(asked, counted)
    shown = in_batches(page.found, show)
    answer, ends, following, asked = pagination.reply(
        key, shown, request, asked, page.total, page.positions, page.position, beside
    )
    if following is None and (asked.number > 1 or len(page.found) == asked.size) and page.found:
        following = Cursor(page.positions[-1], ends, page.total)
    if asked.by_number and following is not None and request.received_at:
        walked = Walked(following.text(), asked.size if asked.is_cut else 0)
        listing.store.keep_walk(walk, asked.number + 1, walked, request.received_at)
    return answer


def in_batches(found: list[Positioned], show: Show) -> Iterator[dict[str, Any]]:
    """Things as the caller may see them; of a long page only some are shown at once."""
    for start in range(0, len(found), SHOWN_MAX):
        yield from show([thing for _, thing in found[start : start + SHOWN_MAX]])
