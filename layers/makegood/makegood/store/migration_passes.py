"""Passes of migrations over their tables, and which migrations are complete.

A pass reads its whole table by segments, page by page. After each page it keeps the segment's
position, so it may stop anywhere, run twice, or run in several workers at once. Reading what is
right already costs no write.

A list may use a new index or attribute once `migrated` says that the migration is complete.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from makegood.aws.retry import pause
from makegood.domain.problems import Unavailable, VersionConflict
from makegood.store.connection import Connection, ScanPosition, Tables, refused
from makegood.store.expressions import IS_NEW, at_version, change_of
from makegood.store.items import Compact, Flag, Key, Number, RawItem, Row
from makegood.store.migration import Lacking, Migration, Unreadable, reading
from makegood.store.migrations import MIGRATIONS
from makegood.store.transactions import Contested, Writes, send

SEGMENTS = 8
"""Parts of a table that are read one beside the other; a pass that has begun keeps its own."""

PAGE_MAX = 200
"""Items of a page: a function has time for as many writes before its time is up."""

REFUSED_MAX = 10
"""Items of a segment that are named because they could not be read."""

TRIES_MAX = 8
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.02, 0.25

NOT_THERE = ("CREATING", "DELETING")
"""What an index is while it cannot be read."""

CHECKED_SECONDS = 60
"""How long a process believes what it has read about a migration."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a pass: where it goes on, and how many items it has `seen` and `changed`.

    `refused` names items that could not be read. `version` is 0 before its first page.
    """

    number: int
    position: ScanPosition | None = None
    seen: int = 0
    changed: int = 0
    refused: tuple[str, ...] = ()
    done: bool = False
    version: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """What is kept of it besides its number and version."""
        return {
            "position": self.position,
            "seen": self.seen,
            "changed": self.changed,
            "refused": list(self.refused),
            "done": self.done,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the latest pass of a migration is; `turn` counts the passes."""

    name: str
    turn: int
    complete: bool
    version: int
    segments: tuple[Segment, ...]

    @property
    def seen(self) -> int:
        return sum(each.seen for each in self.segments)

    @property
    def changed(self) -> int:
        return sum(each.changed for each in self.segments)

    @property
    def refused(self) -> list[str]:
        return [name for each in self.segments for name in each.refused]

    @property
    def done_count(self) -> int:
        return sum(each.done for each in self.segments)

    @property
    def is_read(self) -> bool:
        """Whether the pass has come to the end of every segment."""
        return self.turn > 0 and self.done_count == len(self.segments)


class MigrationRow(Row):
    """A migration's latest pass. Everybody reads it, so it lies among the directory's items."""

    table = "directory"

    turn = Number()
    segments = Number()
    complete = Flag()


class SegmentRow(Row):
    table = "directory"

    position = Compact(null=True)
    seen = Number()
    changed = Number()
    refused = Compact()
    done = Flag()


def head_key(name: str) -> Key:
    return MigrationRow, f"MIGRATION#{name}", "HEAD"


def _segment_key(name: str, turn: int, number: int) -> Key:
    """A pass has segments of its own, so a worker of the pass before cannot move them."""
    return SegmentRow, f"MIGRATION#{name}", f"{turn:04d}#{number:04d}"


class Migrations(Connection):
    """Runs migrations a page at a time, and knows which are complete."""

    def __init__(self, tables: Tables, region: str | None = None, client: Any = None) -> None:
        super().__init__(tables, region, client)
        self._believed: dict[str, tuple[bool, float]] = {}

    def migrated(self, name: str) -> bool:
        """Whether a migration is complete, as of a minute ago at most; raises `KeyError` where
        there is none of that name.
        """
        if name not in MIGRATIONS:
            raise KeyError(name)
        known, until = self._believed.get(name, (False, 0.0))
        if time.monotonic() < until:
            return known
        key = head_key(name)
        head = self.fetch([key]).get(key[1:])
        return self._believe(name, head is not None and head.complete)

    def _believe(self, name: str, complete: bool) -> bool:
        self._believed[name] = complete, time.monotonic() + CHECKED_SECONDS
        return complete

    def forget_migrations(self) -> None:
        """Believes nothing any more, like a process that has just started."""
        self._believed.clear()

    def migration_progress(self, name: str) -> Progress:
        """How far a migration is; turn 0 where it never ran."""
        key = head_key(name)
        head = self.fetch([key]).get(key[1:])
        if head is None:
            return Progress(name, 0, False, 0, ())
        turn, count = int(head.turn), int(head.segments)
        keys = [_segment_key(name, turn, number) for number in range(count)]
        rows = self.fetch(keys)
        segments = tuple(_segment_of(number, rows.get(key[1:])) for number, key in enumerate(keys))
        return Progress(name, turn, bool(head.complete), int(head.version), segments)

    def begin_migration(self, progress: Progress) -> None:
        """Begins another pass, from the start; until that is over the migration is not complete.

        Raises `Contested` if somebody else has moved it on.
        """
        self._keep_head(progress, progress.turn + 1, SEGMENTS, complete=False)

    def complete_migration(self, progress: Progress) -> bool:
        """Notes that a migration is complete, if its pass is over, could read every item, and its
        index is active; tells whether it is. Raises `Contested` if somebody else has moved it on.
        """
        if not progress.is_read or progress.refused or not self.has_index_of(progress.name):
            return False
        self._keep_head(progress, progress.turn, len(progress.segments), complete=True)
        return True

    def has_index_of(self, name: str) -> bool:
        """Whether the index that a migration needs is active, or it needs none."""
        migration = MIGRATIONS[name]
        if not migration.index:
            return True
        table = self.call("describe_table", TableName=self.name_of(migration.kind))["Table"]
        indexes = table.get("GlobalSecondaryIndexes", ())
        usable = [each for each in indexes if each.get("IndexStatus") not in NOT_THERE]
        return migration.index in [each["IndexName"] for each in usable]

    def _keep_head(self, progress: Progress, turn: int, count: int, complete: bool) -> None:
        values = {"turn": turn, "segments": count, "complete": complete}
        self._keep_values(head_key(progress.name), progress.version, values)
        self._believe(progress.name, complete)

    def _keep_values(self, key: Key, version: int, values: dict[str, Any]) -> None:
        """Changes these values of the item that is at a version, and takes it to the next."""
        kind, pk, sk = key
        change, held = (
            change_of(kind, {**values, "version": version + 1}),
            at_version(kind, version),
        )
        send(self, Writes(updates=[("migration", kind(pk, sk), change, held)]))

    def migrate_page(self, progress: Progress, segment: Segment) -> Segment:
        """Reads a segment's next page, writes what its items lack, and keeps the position.

        Raises `Contested` if another worker has read the same page: what is written is the same.
        """
        migration, total = MIGRATIONS[progress.name], len(progress.segments)
        items, position = self.scan(
            migration.kind.table,
            segment.position,
            Segment=segment.number,
            TotalSegments=total,
            Limit=PAGE_MAX,
        )
        changed, unread = 0, list(segment.refused)
        for item in items:
            try:
                changed += self._mend(migration, item)
            except Unreadable as error:
                unread.append(str(error))
        onward = Segment(
            number=segment.number,
            position=position,
            seen=segment.seen + len(items),
            changed=segment.changed + changed,
            refused=tuple(unread[:REFUSED_MAX]),
            done=position is None,
            version=segment.version + 1,
        )
        key = _segment_key(progress.name, progress.turn, segment.number)
        self._keep_values(key, segment.version, onward.values)
        return onward

    def _mend(self, migration: Migration, item: RawItem) -> bool:
        """Writes what an item lacks; whether it lacked anything. If it has changed since it was
        read, it is read again: by then it may lack nothing, or something else.
        """
        if migration.move:
            return self._move(migration.move, item)
        found: RawItem | None = item
        for attempt in range(TRIES_MAX):
            lacking = found and migration.lacking(found)
            if not lacking:
                return False
            try:
                self._write_lacking(migration.kind, item, lacking)
            except Contested:
                pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
                found = self.raw(migration.kind.table, item)
            else:
                return True
        raise Unavailable

    def _move(self, move: Callable[[Any, RawItem], bool], item: RawItem) -> bool:
        """Has a migration move an item, and again if somebody changes meanwhile what it read."""
        for attempt in range(TRIES_MAX):
            try:
                with reading(item):
                    return move(self, item)
            except VersionConflict:
                pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
        raise Unavailable

    def _write_lacking(self, kind: type[Row], item: RawItem, lacking: Lacking) -> None:
        """Commits, or raises `Contested`. One item alone is written by an update, which costs half
        of a transaction.
        """
        row = kind(item["pk"]["S"], item["sk"]["S"])
        there = self.fetch((type(each), each.pk, each.sk) for each in lacking.new)
        puts = [("new", each, IS_NEW) for each in lacking.new if (each.pk, each.sk) not in there]
        if puts:
            update = "item", row, lacking.change, lacking.as_read
            send(self, Writes(puts=puts, updates=[update]))
            return
        try:
            self.update(row, lacking.change, lacking.as_read)
        except ClientError as error:
            if not refused(error):
                raise
            raise Contested(("item",)) from error


def _segment_of(number: int, row: SegmentRow | None) -> Segment:
    if row is None:
        return Segment(number)
    seen, changed = int(row.seen), int(row.changed)
    refused_items = tuple(row.refused)
    version = int(row.version)
    return Segment(number, row.position, seen, changed, refused_items, bool(row.done), version)
