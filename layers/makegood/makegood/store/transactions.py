"""One outcome, one transaction: whole or not at all, on condition that nothing moved meanwhile.

Every changed item carries the version that the decision saw, every new one must be new, and
balances follow their entries in the same transaction. The client token is a hash of the content,
so a commit whose answer was lost can be sent again.
"""

import marshal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws.retry import pause
from makegood.domain import clearings
from makegood.domain.actions import Action, ActionState
from makegood.domain.inquiries import Inquiry
from makegood.domain.outcome import Outcome
from makegood.domain.problems import Internal, Unavailable
from makegood.store.action_updates import update_rows
from makegood.store.expressions import (
    IS_NEW,
    Change,
    Condition,
    at_version,
    change_of,
    changed,
    compared,
    conditioned,
    is_missing,
)
from makegood.store.items import Row
from makegood.store.ledger import entry_row, line_rows
from makegood.store.limit_usage import use_changes
from makegood.store.rows import action_rows, inquiry_rows, order_row
from makegood.store.tables import (
    ActionRow,
    BalanceRow,
    Key,
    RequestRow,
    SpendRow,
    balance_key,
    clearing_key,
    spend_key,
)

T = TypeVar("T")

WRITES_MAX = 100
"""Items that one DynamoDB transaction takes."""

REMEMBERED_MAX = 4 * WRITES_MAX

MARSHAL_PLAIN = 2
"""The last format of `marshal` in which the same content is always the same bytes."""

ATTEMPTS_MAX = 8
BACKOFF_SECONDS = 0.05
BACKOFF_SECONDS_MAX = 1.0

TRANSIENT = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
        "InternalServerError",
        "ServiceUnavailable",
    }
)


class Remembered(Generic[T]):
    """Rows of values, made once for each value that is still in hand.

    A value is weighed before it is committed, and is what the next change of it begins with.
    """

    def __init__(self, make: Callable[[T], list[Row]]) -> None:
        self.make = make
        self.held: dict[int, tuple[T, list[Row]]] = {}

    def __call__(self, value: T) -> list[Row]:
        held = self.held.get(id(value))
        if held is not None and held[0] is value:
            return held[1]
        if len(self.held) >= REMEMBERED_MAX:
            self.forget()
        rows = self.make(value)
        self.held[id(value)] = value, rows
        return rows

    def forget(self) -> None:
        self.held.clear()


INQUIRY_ROWS = Remembered(inquiry_rows)
ACTION_ROWS = Remembered(action_rows)


class Contested(Exception):
    """Something changed between the reading and the commit; `labels` say what. Decide again.

    Its text, which may come into a log, says of what kinds: an order's id is the shop's.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(", ".join(sorted({each.partition(":")[0] for each in labels})))
        self.labels = labels


@dataclass(slots=True)
class Writes:
    """What a transaction will do, each write with a label that says whose it is."""

    puts: list[tuple[str, Row, Condition | None]] = field(default_factory=list)
    updates: list[tuple[str, Row, Change, Condition | None]] = field(default_factory=list)
    checks: list[tuple[str, Row, Condition]] = field(default_factory=list)
    moves: list[tuple[str, Row, Row]] = field(default_factory=list)
    """Rows as they were read, and as they become: only what differs is written."""

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


def writes_of(outcome: Outcome) -> Writes:
    """The outcome as writes: one an item, however often the item changed on the way."""
    writes = Writes()
    for before, after in _folded(outcome.inquiries, lambda each: each.inquiry_id):
        _write_inquiry(writes, before, after)
    actions = _folded(outcome.actions, lambda each: each.action_id)
    for before, after in actions:
        _write_action(writes, before, after)
    for before, after in _folded(outcome.orders, lambda each: (each.campaign_id, each.order_id)):
        row = order_row(after)
        label = f"order:{after.order_id}"
        writes.puts.append((label, row, at_version(type(row), before.version)))
    for update in outcome.updates:
        for row in update_rows(update):
            writes.puts.append((f"update:{update.action_id}", row, IS_NEW))
    for entry in outcome.entries:
        for row in (entry_row(entry), *line_rows(entry)):
            writes.puts.append((f"entry:{entry.entry_id}", row, IS_NEW))
    _write_balances(writes, outcome)
    _write_clearings(writes, actions)
    for before, after in _folded(
        outcome.spends, lambda each: (each.campaign_id, each.partner_id, each.month, each.currency)
    ):
        key = spend_key(after.campaign_id, after.partner_id, after.month, after.currency)[1:]
        spend = SpendRow(*key, version=after.version, granted_minor=after.granted_minor)
        writes.puts.append((f"spend:{key[0]}", spend, at_version(SpendRow, before.version)))
    for label, row, change, condition in use_changes(outcome.uses):
        if change:
            writes.updates.append((label, row, change, condition))
        elif condition is not None:
            writes.checks.append((label, row, condition))
    return writes


def _folded(pairs: Iterable[tuple[Any, Any]], key: Callable[[Any], Any]) -> list[tuple[Any, Any]]:
    """The first before and the last after of each thing, in the order of first appearance."""
    result: dict[Any, tuple[Any, Any]] = {}
    for before, after in pairs:
        identity = key(after)
        result[identity] = (result[identity][0] if identity in result else before, after)
    return list(result.values())


def _write_inquiry(writes: Writes, before: Inquiry | None, after: Inquiry) -> None:
    label = f"inquiry:{after.inquiry_id}"
    _write_rows(writes, label, before and INQUIRY_ROWS(before), INQUIRY_ROWS(after))


def _write_action(writes: Writes, before: Action | None, after: Action) -> None:
    label = f"action:{after.action_id}"
    _write_rows(writes, label, before and ACTION_ROWS(before), ACTION_ROWS(after))


def _write_rows(writes: Writes, label: str, before: list[Row] | None, after: list[Row]) -> None:
    """New rows are put; of a changed hot row only what changed is written, on its version."""
    hot, *others = after
    if before is None:
        writes.puts.append((label, hot, IS_NEW))
        writes.puts.extend((label, row, None) for row in others)
        return
    writes.moves.append((label, before[0], hot))
    known = {row.sk: row for row in before}
    for row in others:
        old = known.get(row.sk)
        if old is None or vars(old) != vars(row):
            writes.puts.append((label, row, None))


def _moved(before: Row, after: Row) -> dict[str, Any]:
    """What makes the one of the other, on condition that nobody has changed it meanwhile."""
    was, becomes = vars(before), vars(after)
    moved = {name: value for name, value in becomes.items() if was.get(name) != value}
    kind = type(after)
    return changed(change_of(kind, moved), _as_read(before))


def _as_read(before: Row) -> Condition:
    """At its version; a stray also by its mark, which is mended without a new version."""
    condition = at_version(type(before), before.version)
    if not isinstance(before, ActionRow):
        return condition
    if before.summed and before.state != ActionState.LOCKED:
        return condition & compared(ActionRow, "summed", "=", value=True)
    if before.state == ActionState.LOCKED and not before.summed:
        return condition & is_missing("summed")
    return condition


def balance_place(account: str) -> tuple[str, str]:
    """The item and the attribute that keep an account: an advertiser's two are one item."""
    owner, _, kind = account.rpartition(":")
    if account.startswith("advertiser:"):
        return owner, "committed_minor" if kind == "committed" else "minor"
    return account, "minor"


def _write_balances(writes: Writes, outcome: Outcome) -> None:
    """One update a balance, on the conditions that the outcome sets to it."""
    deltas: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry in outcome.entries:
        for account, minor in entry.deltas().items():
            owner, attribute = balance_place(account)
            deltas[owner, entry.currency][attribute] += minor
    conditions = _balance_conditions(outcome)
    for (owner, currency), change in deltas.items():
        row = BalanceRow(*balance_key(owner, currency)[1:])
        moves = Change(adds=(*change.items(), ("version", 1)))
        condition = conditions.pop((owner, currency), None)
        if change["committed_minor"] < 0:
            needed = -change["committed_minor"]
            covered = compared(BalanceRow, "committed_minor", ">=", needed)
            condition = covered if condition is None else condition & covered
        writes.updates.append((f"balance:{owner}", row, moves, condition))
    for (owner, currency), condition in conditions.items():
        row = BalanceRow(*balance_key(owner, currency)[1:])
        writes.checks.append((f"balance:{owner}", row, condition))


def _write_clearings(writes: Writes, actions: Iterable[tuple[Action | None, Action]]) -> None:
    """One update a sum of what clears, however many actions move it."""
    added: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for place, (minor, count) in clearings.moves(actions).items():
        added[clearing_key(place)].update(minor=minor, count=count)
    for (kind, pk, sk), sums in added.items():
        writes.updates.append(("clearing", kind(pk, sk), Change(adds=(*sums.items(),)), None))


def _balance_conditions(outcome: Outcome) -> dict[tuple[str, str], Condition]:
    """What must be so of each balance; nothing is kept yet of one that never moved."""
    conditions: dict[tuple[str, str], Condition] = {}
    for cash in outcome.relies_on:
        owner = f"advertiser:{cash.advertiser_id}"
        conditions[owner, cash.currency] = at_version(BalanceRow, cash.version)
    for floor in outcome.floors:
        owner, attribute = balance_place(floor.account)
        condition = compared(BalanceRow, attribute, ">=", floor.minor)
        if floor.minor <= 0:
            condition = condition | is_missing(attribute)
        already = conditions.get((owner, floor.currency))
        conditions[owner, floor.currency] = condition if already is None else already & condition
    return conditions


def send(client: Any, writes: Writes) -> None:
    """Commits, or raises `Contested`; what passes by itself is tried again with jitter."""
    if len(writes) > WRITES_MAX:
        raise ValueError(f"a transaction of {len(writes)} writes is over {WRITES_MAX}")
    if not len(writes):
        return
    items = _items(writes)
    token = sha256(marshal.dumps(items, MARSHAL_PLAIN)).hexdigest()[:32]
    for attempt in range(ATTEMPTS_MAX):
        try:
            client.transact_write_items(TransactItems=items, ClientRequestToken=token)
            return
        except ClientError as error:
            _raise_unless_transient(error, writes)
        except BotoCoreError:
            pass
        pause(attempt, BACKOFF_SECONDS, BACKOFF_SECONDS_MAX)
    raise Unavailable


def _items(writes: Writes) -> list[dict[str, Any]]:
    """The parts of the transaction, as DynamoDB takes them."""
    checks = (
        {"ConditionCheck": {"TableName": row.table_name, "Key": row.place, **conditioned(held)}}
        for _, row, held in writes.checks
    )
    puts = (
        {"Put": {"TableName": row.table_name, "Item": row.serialize(), **conditioned(held)}}
        for _, row, held in writes.puts
    )
    updates = (
        {"Update": {"TableName": row.table_name, "Key": row.place, **changed(change, held)}}
        for _, row, change, held in writes.updates
    )
    moves = (
        {"Update": {"TableName": row.table_name, "Key": row.place, **_moved(before, row)}}
        for _, before, row in writes.moves
    )
    deletes = (
        {"Delete": {"TableName": row.table_name, "Key": row.place, **conditioned(held)}}
        for _, row, held in writes.deletes
    )
    return [*checks, *puts, *updates, *moves, *deletes]


def _raise_unless_transient(error: ClientError, writes: Writes) -> None:
    codes = [each.get("Code", "None") for each in error.response.get("CancellationReasons", ())]
    pairs = zip(writes.labels, codes, strict=False)
    lost = tuple(label for label, code in pairs if code == "ConditionalCheckFailed")
    if lost:
        raise Contested(lost) from error
    named = {code for code in codes if code != "None"} or {error.response["Error"]["Code"]}
    if not named <= TRANSIENT:
        raise Internal(f"The store refused a commit: {', '.join(sorted(named))}") from error


def request_put(writes: Writes, row: RequestRow) -> None:
    """The record of an idempotency key, in the same transaction as its effect."""
    writes.puts.append(("request", row, IS_NEW))
