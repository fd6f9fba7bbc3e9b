"""Transactions: committed whole or not at all, on condition that nothing has changed meanwhile.

Every changed item carries the version that the decision saw, and every new one must be new. The
client token is a hash of the content, so a commit whose answer was lost can be sent again.
"""

import marshal
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws.retry import pause
from makegood.domain.problems import Internal, Unavailable
from makegood.store.connection import TRANSIENT, Connection
from makegood.store.expressions import (
    IS_NEW,
    Change,
    Condition,
    at_version,
    change_of,
    changed,
    conditioned,
)
from makegood.store.items import Row

WRITES_MAX = 100
"""Items that one DynamoDB transaction takes."""

MARSHAL_PLAIN = 2
"""The last format of `marshal` in which the same content is always the same bytes."""

ATTEMPTS_MAX = 8
BACKOFF_SECONDS = 0.05
BACKOFF_SECONDS_MAX = 1.0


class Contested(Exception):
    """Something changed between read and commit; `labels` say what. Read and decide again.

    Its text may be logged, so it names kinds only: an order's id is the shop's data.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(", ".join(sorted({each.partition(":")[0] for each in labels})))
        self.labels = labels


@dataclass(slots=True)
class Writes:
    """The writes of a transaction, each with a label for whatever it changes."""

    puts: list[tuple[str, Row, Condition | None]] = field(default_factory=list)
    updates: list[tuple[str, Row, Change, Condition | None]] = field(default_factory=list)
    checks: list[tuple[str, Row, Condition]] = field(default_factory=list)
    moves: list[tuple[str, Row, Row, Condition | None]] = field(default_factory=list)
    """Rows as they were read, and as they become: only what differs is written, so what a newer
    version has added stays.
    """

    deletes: list[tuple[str, Row, Condition]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, (self.puts, self.updates, self.checks, self.moves, self.deletes)))

    def take(self, other: "Writes") -> None:
        """These, and the other's."""
        self.puts += other.puts
        self.updates += other.updates
        self.checks += other.checks
        self.moves += other.moves

    @property
    def labels(self) -> list[str]:
        """In the order in which they are sent."""
        parts = (*self.checks, *self.puts, *self.updates, *self.moves, *self.deletes)
        return [each[0] for each in parts]


def write_rows(
    writes: Writes,
    label: str,
    before: list[Row] | None,
    after: list[Row],
    as_read: Condition | None = None,
) -> None:
    """New rows are put; of a changed row only what changed is written, on condition that the first,
    the hot one, is as it was read: at its version, if nothing else is said.
    """
    hot, *others = after
    if before is None:
        writes.puts.append((label, hot, IS_NEW))
        writes.puts.extend((label, row, None) for row in others)
        return
    was = before[0]
    writes.moves.append((label, was, hot, as_read or at_version(type(was), was.version)))
    known = {row.sk: row for row in before}
    for row in others:
        old = known.get(row.sk)
        if old is None:
            writes.puts.append((label, row, None))
        elif vars(old) != vars(row):
            writes.moves.append((label, old, row, None))


def _moved(before: Row, after: Row) -> Change:
    """What makes the one of the other."""
    was = vars(before)
    moved = {name: value for name, value in vars(after).items() if was.get(name) != value}
    return change_of(type(after), moved)


def send(store: Connection, writes: Writes) -> None:
    """Commits, or raises `Contested`; retries transient errors with jitter."""
    if len(writes) > WRITES_MAX:
        raise ValueError(f"a transaction of {len(writes)} writes is over {WRITES_MAX}")
    if not len(writes):
        return
    items = _items(store, writes)
    token = sha256(marshal.dumps(items, MARSHAL_PLAIN)).hexdigest()[:32]
    for attempt in range(ATTEMPTS_MAX):
        try:
            store.client.transact_write_items(TransactItems=items, ClientRequestToken=token)
            return
        except ClientError as error:
            _raise_unless_transient(error, writes)
        except BotoCoreError:
            pass
        pause(attempt, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX)
    raise Unavailable


def _items(store: Connection, writes: Writes) -> list[dict[str, Any]]:
    """The parts of the transaction, as DynamoDB takes them."""

    def part(row: Row, **said: Any) -> dict[str, Any]:
        return {"TableName": store.name_of(row), **said}

    return [
        *(
            {"ConditionCheck": part(row, Key=row.place, **conditioned(held))}
            for _, row, held in writes.checks
        ),
        *(
            {"Put": part(row, Item=row.serialize(), **conditioned(held))}
            for _, row, held in writes.puts
        ),
        *(
            {"Update": part(row, Key=row.place, **changed(change, held))}
            for _, row, change, held in writes.updates
        ),
        *(
            {"Update": part(row, Key=row.place, **changed(_moved(before, row), held))}
            for _, before, row, held in writes.moves
        ),
        *(
            {"Delete": part(row, Key=row.place, **conditioned(held))}
            for _, row, held in writes.deletes
        ),
    ]


def _raise_unless_transient(error: ClientError, writes: Writes) -> None:
    codes = [each.get("Code", "None") for each in error.response.get("CancellationReasons", ())]
    pairs = zip(writes.labels, codes, strict=False)
    lost = tuple(label for label, code in pairs if code == "ConditionalCheckFailed")
    if lost:
        raise Contested(lost) from error
    named = {code for code in codes if code != "None"} or {error.response["Error"]["Code"]}
    if not named <= TRANSIENT:
        raise Internal(f"The store refused a commit: {', '.join(sorted(named))}") from error
