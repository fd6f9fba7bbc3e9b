"""Service levels as items: one for each day of a scope, and one for each instant from which
something is overdue; each is a handful of counters.

A stream tells a change again, and sometimes out of order. So each inquiry and action has an item
that says which version of it is counted, and what that added. A transaction moves this item on, on
condition that it still is as it was read, and adds to the counters what differs. What is counted
already, or older, changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from makegood.aws.retry import pause
from makegood.domain.problems import Unavailable
from makegood.store.connection import Connection
from makegood.store.expressions import added, change_of, compared, is_missing, within
from makegood.store.items import Compact, Key, RawItem, Row, Text, read_stamp, stamp
from makegood.store.transactions import (
    ATTEMPTS_MAX,
    BACKOFF_SECONDS,
    BACKOFF_SECONDS_MAX,
    WRITES_MAX,
    Contested,
    Writes,
    send,
)

if TYPE_CHECKING:
    from makegood.domain.service_levels import Added, Name, Parties, Slot

COUNTED_TOGETHER = 24
"""Objects that are counted in one transaction, if their counters have room in it."""

DAY, DUE = "D#", "O#"
"""What the sort keys of days, and of what is overdue, begin with."""

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """What an inquiry or action adds to whose levels, in a version of it.

    `number` tells apart what is new without a new version, as an inquiry's verdict is.
    """

    object_id: str
    version: int
    number: int
    parties: "Parties"
    added: "Added"

    @property
    def order(self) -> str:
        """Sorts as the versions do."""
        return f"{self.version:0{DIGITS}d}.{self.number:0{DIGITS}d}"


class LevelRow(Row):
    """The counters of a day, or of what is overdue from an instant on; each an attribute."""

    table = "events"


class CountedRow(Row):
    """What is counted of an inquiry or action: as of which version, and where."""

    table = "events"

    upto = Text()
    counted = Compact()


class ServiceLevels(Connection):
    """Counts, and reads what was counted. What is read costs as many items as it has days."""

    def count_levels(self, standings: Sequence[Standing]) -> int:
        """Counts each object in the latest version that is told of; returns how many changed."""
        latest: dict[str, Standing] = {}
        for each in standings:
            known = latest.get(each.object_id)
            if known is None or known.order < each.order:
                latest[each.object_id] = each
        unique = list(latest.values())
        return sum(
            self._count_together(unique[at : at + COUNTED_TOGETHER])
            for at in range(0, len(unique), COUNTED_TOGETHER)
        )

    def _count_together(self, standings: Sequence[Standing]) -> int:
        keys = {_counted_key(each.object_id): each for each in standings}
        for attempt in range(ATTEMPTS_MAX):
            known = self.fetch(keys)
            moved = [
                (each, row)
                for key, each in keys.items()
                if (row := known.get(key[1:])) is None or row.upto < each.order
            ]
            writes = _writes(moved)
            if len(writes) > WRITES_MAX:
                half = len(standings) // 2
                return sum(map(self._count_together, (standings[:half], standings[half:])))
            try:
                send(self, writes)
            except Contested:
                pause(attempt, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX)
            else:
                return len(moved)
        raise Unavailable

    def level_days(self, scope: str, first: date, last: date) -> dict[date, dict[str, int]]:
        """What was counted on each day of a span that has something."""
        between = f"{DAY}{first.isoformat()}", f"{DAY}{last.isoformat()}"
        return {
            date.fromisoformat(sk.removeprefix(DAY)): counts
            for sk, counts in self._counters(scope, between)
        }

    def overdue_levels(self, scope: str, now: datetime) -> dict[datetime, dict[str, int]]:
        """What is overdue, by the instant from which it is."""
        between = DUE, f"{DUE}{stamp(now)}"
        found = {
            read_stamp(sk.removeprefix(DUE)): {name: each for name, each in counts.items() if each}
            for sk, counts in self._counters(scope, between)
        }
        return {at: counts for at, counts in found.items() if counts}

    def _counters(
        self, scope: str, between: tuple[str, str]
    ) -> Iterator[tuple[str, dict[str, int]]]:
        for page in self.pages("events", within("pk", _pk(scope), "sk", between)):
            for item in page["Items"]:
                yield item["sk"]["S"], _counts_in(item)


def _writes(moved: Sequence[tuple[Standing, Any]]) -> Writes:
    writes, differences = Writes(), Counter[tuple[str, "Name"]]()
    for standing, row in moved:
        before = _added_in(row.counted) if row else {}
        for scope in standing.parties.scopes:
            differences.update({(scope, name): each for name, each in standing.added.items()})
            differences.subtract({(scope, name): each for name, each in before.items()})
        key = _counted_key(standing.object_id)
        values = {"upto": standing.order, "counted": _document(standing.added)}
        as_read = compared(CountedRow, "upto", "=", row.upto) if row else is_missing("upto")
        change = change_of(CountedRow, values)
        writes.updates.append(("counted", CountedRow(*key[1:]), change, as_read))
    items: dict[tuple[str, str], dict[str, int]] = {}
    for (scope, name), count in differences.items():
        if count:
            items.setdefault((_pk(scope), _sk(name.slot)), {})[name.count] = count
    writes.updates += [
        ("level", LevelRow(*place), added(counts), None) for place, counts in items.items()
    ]
    return writes


def _counted_key(object_id: str) -> Key:
    return CountedRow, f"V#{object_id}", "V"


def _pk(scope: str) -> str:
    return f"S#{scope}"


def _sk(slot: "Slot") -> str:
    return f"{DUE}{stamp(slot.due)}" if slot.due else f"{DAY}{slot.day}"


def _slot(sk: str) -> "Slot":
    from makegood.domain.service_levels import Slot

    if sk.startswith(DUE):
        return Slot(due=read_stamp(sk.removeprefix(DUE)))
    return Slot(day=date.fromisoformat(sk.removeprefix(DAY)))


def _document(what: "Added") -> dict[str, dict[str, int]]:
    document: dict[str, dict[str, int]] = {}
    for name, count in what.items():
        document.setdefault(_sk(name.slot), {})[name.count] = count
    return document


def _added_in(document: Mapping[str, Mapping[str, int]]) -> "Added":
    from makegood.domain.service_levels import Name

    return {
        Name(_slot(sk), name): count
        for sk, counts in document.items()
        for name, count in counts.items()
    }


def _counts_in(item: RawItem) -> dict[str, int]:
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}
