"""Events as items: numbered for each account, written once, read in order; and counts of lists.

The tables' streams say what changed (`store.event_images`). A transaction moves the account's
counter on, and writes the events with a mark for each. So a change that is delivered again is known
by its mark, and an event cannot appear below a number that was handed out. The same transaction
counts each new thing of a list, once.

A reader that meets a type of event which it does not know must pass over it. Version 0.1.0 fails
there, so what it does not know lies in a partition beside the one that it reads; both have their
numbers from one counter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from makegood.aws.retry import pause
from makegood.domain.events import Change, Event, EventType, Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.store.connection import Connection
from makegood.store.event_bodies import Body, BodyRow, body_key
from makegood.store.expressions import IS_NEW, added, change_of, compared, is_missing, within
from makegood.store.indexes import StoredList
from makegood.store.items import Key, Number, Row, Text
from makegood.store.transactions import (
    ATTEMPTS_MAX,
    BACKOFF_SECONDS,
    BACKOFF_SECONDS_MAX,
    Contested,
    Writes,
    send,
)

EVENTS_IN_COMMIT_MAX = 24
"""With a mark, a body and a count each, and the counter, within the 100 writes of a transaction."""

COMMITTED_ONCE = 25
"""The most events that any version has written in one transaction."""

BodyOf = Callable[[Owner, Change], Body]

EVENT_DAYS = 90
DIGITS = 15
KINDS = {
    EventType.INQUIRY: "inquiries",
    EventType.ACTION: "actions",
    EventType.UPDATE: "updates",
}
"""What is counted as its lists grow; lists of other things are short."""

EVENT_TYPES = frozenset(EventType)

COUNTERS = "N#"
"""What the keys begin with of the numbers of accounts' last events."""

FIRST, LATER = "E#", "L#"
"""What the partitions of an account's events begin with: of the first types, and of all others."""

FIRST_TYPES = frozenset({EventType.INQUIRY, EventType.ACTION, EventType.UPDATE})
"""What version 0.1.0 reads. It grows no more: a type that is new belongs to the others."""

LISTS = {Role.ADVERTISER: StoredList.of_campaign, Role.PARTNER: StoredList.of_partner}


class CounterRow(Row):
    """The number of an account's last event."""

    table = "events"

    last = Number()


class EventRow(Row):
    table = "events"

    event_type = Text()
    object_id = Text()
    state = Text()
    made_at = Text()
    event_name = Text(null=True)
    expires_at = Number()


class MarkRow(Row):
    """A mark: this change has its event."""

    table = "events"

    expires_at = Number()


class CountRow(Row):
    """The number of things that a list has had."""

    table = "events"

    count = Number()


class Events(Connection):
    """The table of events."""

    def add_events(
        self, owner: Owner, changes: Sequence[Change], body: BodyOf | None = None
    ) -> list[Change]:
        """Writes an event of each change that has none yet, in this order, and returns these;
        `body` makes the bodies that webhooks have of them.
        """
        unique = list({each.name: each for each in changes}.values())
        written: list[Change] = []
        for start in range(0, len(unique), EVENTS_IN_COMMIT_MAX):
            written += self._add(owner, unique[start : start + EVENTS_IN_COMMIT_MAX], body)
        return written

    def _add(self, owner: Owner, changes: list[Change], body: BodyOf | None) -> list[Change]:
        counter, marks = _counter_key(owner), {_mark_key(owner, each): each for each in changes}
        for attempt in range(ATTEMPTS_MAX):
            known = self.fetch([counter, *marks])
            last = int(known[counter[1:]].last) if counter[1:] in known else 0
            fresh = [change for mark, change in marks.items() if mark[1:] not in known]
            if not fresh:
                return []
            bodies = [body(owner, each) if body and each.event_name else None for each in fresh]
            try:
                send(self, _writes(owner, last, fresh, bodies))
            except Contested:
                pause(attempt, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX)
            else:
                return fresh
        raise Unavailable

    def last_number(self, owner: Owner) -> int:
        """The number of an account's last event; 0 if it has none."""
        key = _counter_key(owner)
        row = self.fetch([key]).get(key[1:])
        return int(row.last) if row else 0

    def events(self, owner: Owner, after: int, limit: int) -> list[Event]:
        """The events after a number, oldest first; those of a type that only a newer version knows
        are left out.

        A query may see a part of a transaction; numbers that are missing are read by key, which
        sees it whole. What is missing still has expired, is left out, or was never handed out: a
        restore has numbers go on far above the last.
        """
        found = {
            each.number: each
            for partition in (FIRST, LATER)
            for each in self._query_events(partition, owner, after, limit)
        }
        if found:
            numbers = sorted(found)[:limit]
            missing = islice(_holes(after, numbers), limit + 2 * COMMITTED_ONCE)
            keys = [
                _event_key(partition, owner, number)
                for number in missing
                for partition in (FIRST, LATER)
            ]
            found.update({each.number: each for each in _known(self.fetch(keys).values())})
        return [found[number] for number in sorted(found)[:limit]]

    def _query_events(
        self, partition: str, owner: Owner, after: int, limit: int
    ) -> Iterable[Event]:
        _, pk, low = _event_key(partition, owner, after + 1)
        stretch = within("pk", pk, "sk", (low, "9" * DIGITS))
        pages = self.pages("events", stretch, ConsistentRead=True, Limit=limit)
        rows = (EventRow.from_raw_data(item) for page in pages for item in page["Items"])
        return islice(_known(rows), limit)

    def listed_count(self, stored: StoredList) -> int:
        """How many things a list has had so far, as of some seconds ago.

        For a list of what waits, the count of its campaign's whole list: it is never longer.
        """
        key = _count_key(stored.counted)
        row = self.fetch([key]).get(key[1:])
        return int(row.count) if row else 0


def _writes(
    owner: Owner, last: int, changes: list[Change], bodies: Sequence[Body | None]
) -> Writes:
    """Takes the counter on from `last`; an event, a mark and perhaps a body for each change; and
    the counts.
    """
    counter = CounterRow(*_counter_key(owner)[1:])
    onward = change_of(CounterRow, {"last": last + len(changes)})
    seen = compared(CounterRow, "last", "=", last) if last else is_missing("last")
    writes = Writes(updates=[("counter", counter, onward, seen)])
    for number, (change, body) in enumerate(zip(changes, bodies, strict=True), last + 1):
        expires_at = int((change.stored_at + timedelta(days=EVENT_DAYS)).timestamp())
        mark = MarkRow(*_mark_key(owner, change)[1:], expires_at=expires_at)
        event = EventRow(
            *_event_key(_partition(change.event_type), owner, number)[1:],
            event_type=change.event_type,
            object_id=change.object_id,
            version=change.version,
            state=change.state,
            made_at=change.made_at.isoformat(),
            event_name=change.event_name or None,
            expires_at=expires_at,
        )
        writes.puts += [("event", mark, IS_NEW), ("event", event, IS_NEW)]
        if body is not None:
            text = BodyRow(*body_key(owner, number)[1:], body=body(number), expires_at=expires_at)
            writes.puts.append(("event", text, IS_NEW))
    counted = (each for each in changes if each.is_new and each.event_type in KINDS)
    counts = Counter(_count_key(_list_of(owner, each)) for each in counted)
    for key, count in counts.items():
        writes.updates.append(("count", CountRow(*key[1:]), added({"count": count}), None))
    return writes


def _counter_key(owner: Owner) -> Key:
    return CounterRow, f"{COUNTERS}{owner.name}", "N"


def _partition(event_type: EventType) -> str:
    return FIRST if event_type in FIRST_TYPES else LATER


def _event_key(partition: str, owner: Owner, number: int) -> Key:
    return EventRow, f"{partition}{owner.name}", f"{number:0{DIGITS}d}"


def _mark_key(owner: Owner, change: Change) -> Key:
    return MarkRow, f"M#{owner.name}#{change.object_id}", change.name


def _count_key(stored: StoredList) -> Key:
    return CountRow, f"C#{stored.index}#{stored.owner}", stored.things


def _holes(after: int, numbers: Sequence[int]) -> Iterator[int]:
    """The numbers missing between these that may be of a transaction with one of them."""
    before = max(after, numbers[0] - COMMITTED_ONCE - 1)
    for number in numbers:
        reached, begun = before + COMMITTED_ONCE, number - COMMITTED_ONCE
        yield from range(before + 1, min(number, reached + 1))
        yield from range(max(reached + 1, begun), number)
        before = number


def _list_of(owner: Owner, change: Change) -> StoredList:
    """The owner's list that a new thing is counted in."""
    return LISTS[owner.role](KINDS[change.event_type], change.listed_under(owner))


def _known(rows: Iterable[EventRow]) -> Iterator[Event]:
    """The events of types that this version knows."""
    return (_event_of(row) for row in rows if row.event_type in EVENT_TYPES)


def _event_of(row: EventRow) -> Event:
    return Event(
        int(row.sk),
        EventType(row.event_type),
        row.object_id,
        int(row.version),
        row.state,
        datetime.fromisoformat(row.made_at),
        row.event_name or "",
    )
