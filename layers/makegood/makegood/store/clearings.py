"""Sums of what clears: reads an account's, drops empty ones, and keeps the backfill's progress.

Sums are complete only if no action was locked before there were sums. So a new stack begins them
with its first advertiser, before there is an action. A stack that has actions already has them once
the backfill has gone through all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from makegood.domain.actions import Action
from makegood.domain.carried import Carrying
from makegood.domain.clearings import Clearing, Place, moves
from makegood.store.carried import beyond
from makegood.store.connection import Connection
from makegood.store.directory import DirectoryRow, known
from makegood.store.expressions import added, at_version, change_of, compared, within
from makegood.store.indexes import shard_of
from makegood.store.items import Key, Number, Row, read_stamp, stamp
from makegood.store.transactions import WRITES_MAX, Contested, Writes, send

CLEARINGS = "C#"
"""The prefix of the partitions that hold an account's sums of what clears."""

BACKFILL: Key = (DirectoryRow, "BACKFILL", "CLEARINGS")
"""Among the directory's documents, which are read by everybody and written by the operator."""


@dataclass(frozen=True, slots=True)
class Backfill(Carrying):
    """The latest pass over all actions. `position` is where it goes on, None when it is over.

    `seen` counts actions, `mended` those that it brought into the sums or out of them. Sums are
    true once one pass is `complete`, and stay so.
    """

    position: list[str] | None = None
    seen: int = 0
    mended: int = 0
    complete: bool = False
    version: int = 0


class ClearingRow(Row):
    """What clears for an account at one instant and is unpaid; writes only add to it."""

    table = "ledger"

    minor = Number()
    count = Number()


def clearing_key(place: Place) -> Key:
    """The key of a sum; a partner's has a part for each shard, so no two sweeps write one item."""
    shard = shard_of(place.advertiser_id, place.currency)
    at = f"{place.currency}#{stamp(place.clears_at)}#{shard:02d}"
    return ClearingRow, f"{CLEARINGS}{place.owner}", at


def clearing_of(row: ClearingRow) -> Clearing:
    currency, at, _ = row.sk.split("#")
    owner = row.pk.removeprefix(CLEARINGS)
    return Clearing(owner, currency, read_stamp(at), int(row.minor), int(row.count))


def write_clearings(writes: Writes, actions: Iterable[tuple[Action | None, Action]]) -> None:
    """Adds one update for each sum, however many actions move it."""
    moved: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for place, (minor, count) in moves(actions).items():
        moved[clearing_key(place)].update(minor=minor, count=count)
    for (kind, pk, sk), sums in moved.items():
        writes.updates.append(("clearing", kind(pk, sk), added(sums), None))


class Clearings(Connection):
    """All sums of an account are one partition."""

    def clearings(self, owner: str) -> list[Clearing]:
        """All sums of an account like `advertiser:500`, in all currencies, consistently.

        The cost follows the number of clearing instants, not of actions.
        """
        items = self.partition("ledger", f"{CLEARINGS}{owner}")
        return [clearing_of(ClearingRow.from_raw_data(item)) for item in items]

    def clearings_until(
        self, owner: str, currency: str, until: datetime, most: int
    ) -> tuple[list[Clearing], bool]:
        """An account's sums of what clears up to an instant, earliest first, consistently; `most`
        of them at most, and whether that is all.
        """
        low, high = f"{currency}#", f"{currency}#{stamp(until)}#~"
        stretch = within("pk", f"{CLEARINGS}{owner}", "sk", (low, high))
        page = next(self.pages("ledger", stretch, most=most, ConsistentRead=True))
        found = [clearing_of(ClearingRow.from_raw_data(item)) for item in page["Items"]]
        return found, "LastEvaluatedKey" not in page

    def drop_clearings(self, keys: Iterable[Key]) -> None:
        """Deletes sums that are zero, on condition that they still are; others stay."""
        empty = compared(ClearingRow, "minor", "=", 0) & compared(ClearingRow, "count", "=", 0)
        deletes = [("clearing", kind(pk, sk), empty) for kind, pk, sk in keys]
        for start in range(0, len(deletes), WRITES_MAX):
            try:
                send(self, Writes(deletes=deletes[start : start + WRITES_MAX]))
            except Contested:
                continue

    def backfill(self) -> Backfill:
        """The latest; where there never was one, it has not begun."""
        row = self.fetch([BACKFILL]).get(BACKFILL[1:])
        if row is None:
            return Backfill()
        said = known(Backfill, row.document)
        return Backfill(**{**said, "version": int(row.version), "carried": row.document})

    def keep_backfill(self, done: Backfill) -> None:
        """Replaces the one at that version; raises `Contested` if it has moved on."""
        document = {
            "position": done.position,
            "seen": done.seen,
            "mended": done.mended,
            "complete": done.complete,
        }
        document |= beyond(document, done.carried)
        change = change_of(DirectoryRow, {"version": done.version + 1, "document": document})
        as_read = at_version(DirectoryRow, done.version)
        send(self, Writes(updates=[("backfill", DirectoryRow(*BACKFILL[1:]), change, as_read)]))

    def begin_clearings(self) -> None:
        """Sums are true from the start where there is no action yet."""
        done = self.backfill()
        if done.version:
            return
        answer = self.call(
            "scan", TableName=self.tables.actions, Limit=1, Select="COUNT", ConsistentRead=True
        )
        if answer["Count"]:
            return
        try:
            self.keep_backfill(Backfill(complete=True))
        except Contested:
            return
