"""Reading lists of inquiries and actions, stretch by stretch, and counting them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from typing import Any, NamedTuple

from makegood.domain.calendar import LockRule
from makegood.store.connection import KEY_CHARS_MAX
from makegood.store.expressions import within
from makegood.store.indexes import Uncounted
from makegood.store.lock_rules import LockRules
from makegood.store.migration_passes import Migrations
from makegood.store.plans import RULES_ALL, Plan, Stretch, by_deadline, by_keys, by_owner, plan
from makegood.store.selection import Selection

ENTRIES_FIRST_MIN = 100
THREADS = 8


class Entry(NamedTuple):
    """A thing at a position of a list; or, where there is no thing, how far was read."""

    position: str
    found: bool


QUEUE = ("inquiries_by_date", "inquiries_by_deadline")
"""What completes the index of deadlines, and the dates that its entries have."""

MIGRATION = {"inquiries": "inquiries_by_date", "actions": "actions_by_date"}
"""What completes the indexes of dates of each kind of thing."""


class Sums(NamedTuple):
    """How many inquiries of a currency there are, and what they add up to."""

    count: int = 0
    amount_minor: int = 0
    expected_minor: int = 0

    def plus(self, count: int, amount_minor: int, expected_minor: int) -> "Sums":
        return Sums(
            self.count + count,
            self.amount_minor + amount_minor,
            self.expected_minor + expected_minor,
        )


class Lists(LockRules, Migrations):
    """Reading lists. Every method costs what it passes by in its stretch, and nothing besides."""

    def list_plan(self, selection: Selection) -> Plan:
        """How a selection is read: by the indexes of dates, once they have what was there before
        they were.
        """
        if selection.awaiting and selection.state and not selection.state.rules.may_change:
            return Plan(())
        if selection.by_deadline:
            return replace(by_deadline(selection), chooses=not selection.more)
        found = by_keys(selection)
        if found is None and self.migrated(MIGRATION[selection.things]):
            rules = RULES_ALL if selection.locking.is_open else self._rules(selection)
            found = plan(selection, rules)
        if found is None:
            found = by_owner(selection)
        return replace(found, chooses=found.chooses and not selection.more)

    def has_deadlines(self) -> bool:
        """Whether lists may be read by deadlines: their index has what was there before it was."""
        return all(map(self.migrated, QUEUE))

    def _rules(self, selection: Selection) -> frozenset[LockRule]:
        """The rules by which anything of these owners can lock."""
        if not self.migrated("lock_rules"):
            return RULES_ALL
        side = "PARTNER" if selection.partner else "CAMPAIGN"
        owners = [f"{side}#{each}" for each in selection.owners]
        found = _side_by_side([lambda each=each: self.lock_rules(each) for each in owners])
        return frozenset().union(*found) or RULES_ALL

    def read_list(self, stretch: Stretch, after: str | None, count: int) -> Iterator[Entry]:
        """Entries behind a position, in order; about `count` of them will be used.

        Where a part of the index has nothing that matches, an entry without a thing says how far
        was read.
        """
        stretch = stretch.after(after)
        if stretch.high < stretch.low:
            return iter(())
        owners = [each for each in stretch.owners if len(each) <= KEY_CHARS_MAX]
        share = count // max(1, len(owners)) + 1
        pages = [self._pages(stretch, each, share) for each in owners]
        firsts = _side_by_side([lambda each=each: next(each, None) for each in pages])
        sources = [
            _chain(first, rest, stretch.range_name, after)
            for first, rest in zip(firsts, pages, strict=True)
            if first is not None
        ]
        if len(sources) == 1:
            return sources[0]
        return merge(*sources, reverse=not stretch.oldest_first)

    def _pages(self, stretch: Stretch, owner: str, count: int) -> Iterator[dict[str, Any]]:
        """The pages of one owner, each twice as long as the one before: where few entries match,
        many have to be passed by.
        """
        asked = max(count, ENTRIES_FIRST_MIN) if stretch.only else count
        yield from self.pages(
            stretch.table,
            within(stretch.hash_name, owner, stretch.range_name, (stretch.low, stretch.high)),
            stretch.index,
            only=stretch.only,
            growing=asked,
            ScanIndexForward=stretch.oldest_first,
            ProjectionExpression=f"#{stretch.range_name}",
        )

    def count_list(self, stretches: Iterable[Stretch], has_time: Callable[[], bool]) -> int:
        """How many entries there are in all; raises `Uncounted` when the time for it ends."""
        parts = [
            (each, owner)
            for each in stretches
            if each.low <= each.high
            for owner in each.owners
            if len(owner) <= KEY_CHARS_MAX
        ]
        counts = _side_by_side([lambda part=part: self._count(*part, has_time) for part in parts])
        total = sum(count for count, _ in counts)
        if not all(done for _, done in counts):
            raise Uncounted(total)
        return total

    def sum_open(
        self, selection: Selection, has_time: Callable[[], bool]
    ) -> tuple[dict[str, Sums], bool]:
        """What inquiries that somebody has to decide add up to by currency, as the index of
        deadlines has their amounts; and whether these are all.
        """
        sums: dict[str, Sums] = {}
        for stretch in by_deadline(selection).stretches:
            for owner in stretch.owners:
                for page in self.pages(
                    stretch.table,
                    within(stretch.hash_name, owner),
                    stretch.index,
                    only=stretch.only,
                    ProjectionExpression="currency, amount_minor, expected_minor",
                ):
                    for item in page["Items"]:
                        currency, expected = item["currency"]["S"], item.get("expected_minor")
                        sums[currency] = sums.get(currency, Sums()).plus(
                            1, int(item["amount_minor"]["N"]), int(expected["N"]) if expected else 0
                        )
                    if "LastEvaluatedKey" in page and not has_time():
                        return sums, False
        return sums, True

    def _count(
        self, stretch: Stretch, owner: str, has_time: Callable[[], bool]
    ) -> tuple[int, bool]:
        """How many entries one owner has, and whether that is all of them."""
        key = within(stretch.hash_name, owner, stretch.range_name, (stretch.low, stretch.high))
        total = 0
        for page in self.pages(
            stretch.table, key, stretch.index, only=stretch.only, Select="COUNT"
        ):
            total += page["Count"]
            if "LastEvaluatedKey" in page and not has_time():
                return total, False
        return total, True


def _chain(
    first: dict[str, Any], rest: Iterator[dict[str, Any]], name: str, after: str | None
) -> Iterator[Entry]:
    page: dict[str, Any] | None = first
    while page is not None:
        position = ""
        for item in page["Items"]:
            position = item[name]["S"]
            if position != after:
                yield Entry(position, found=True)
        last = page.get("LastEvaluatedKey")
        if last is not None and last[name]["S"] not in (position, after):
            yield Entry(last[name]["S"], found=False)
        page = next(rest, None)


def _side_by_side(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls answer, several at a time; in this thread where there is one.

    Threads are imported here: few requests need them, and every start would load them.
    """
    if len(calls) < 2:
        return [each() for each in calls]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(THREADS, len(calls))) as threads:
        return list(threads.map(lambda each: each(), calls))
