"""One outcome, one transaction: whole or not at all, on condition that nothing moved meanwhile.

Every changed item carries the version that the decision saw, every new one must be new, and
balances follow their entries in the same transaction. The client token is a hash of the content,
so a commit whose answer was lost can be sent again.
"""

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from makegood.actions import Action
from makegood.ids import digest
from makegood.inquiries import Inquiry
from makegood.outcome import Outcome
from makegood.problems import Internal, Unavailable
from makegood.store_ledger import entry_row, line_rows
from makegood.store_rows import action_rows, inquiry_rows, order_row
from makegood.store_tables import BalanceRow, RequestRow, Row, SpendRow, balance_key, spend_key
from makegood.store_updates import update_rows
from makegood.store_uses import use_changes

WRITES_MAX = 100
"""Items that one DynamoDB transaction takes."""

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


class Contested(Exception):
    """Something changed between the reading and the commit; `labels` say what. Decide again."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(", ".join(labels))
        self.labels = labels


@dataclass(slots=True)
class Writes:
    """What a transaction will do, each write with a label that says whose it is."""

    puts: list[tuple[str, Row, Condition | None]] = field(default_factory=list)
    updates: list[tuple[str, Row, list[Any], Condition | None]] = field(default_factory=list)
    checks: list[tuple[str, Row, Condition]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.puts) + len(self.updates) + len(self.checks)

    @property
    def labels(self) -> list[str]:
        """In the order in which pynamodb sends them."""
        return [each[0] for each in (*self.checks, *self.puts, *self.updates)]


def writes_of(outcome: Outcome) -> Writes:
    """The outcome as writes: one an item, however often the item changed on the way."""
    writes = Writes()
    for before, after in _folded(outcome.inquiries, lambda each: each.inquiry_id):
        _write_inquiry(writes, before, after)
    for before, after in _folded(outcome.actions, lambda each: each.action_id):
        _write_action(writes, before, after)
    for before, after in _folded(outcome.orders, lambda each: (each.campaign_id, each.order_id)):
        row = order_row(after)
        label = f"order:{after.order_id}"
        writes.puts.append((label, row, _at_version(type(row), before.version)))
    for update in outcome.updates:
        for row in update_rows(update):
            writes.puts.append((f"update:{update.action_id}", row, type(row).pk.does_not_exist()))
    for entry in outcome.entries:
        for row in (entry_row(entry), *line_rows(entry)):
            writes.puts.append((f"entry:{entry.entry_id}", row, type(row).pk.does_not_exist()))
    _write_balances(writes, outcome)
    for before, after in _folded(
        outcome.spends, lambda each: (each.campaign_id, each.partner_id, each.month, each.currency)
    ):
        key = spend_key(after.campaign_id, after.partner_id, after.month, after.currency)[1:]
        spend = SpendRow(*key, version=after.version, granted_minor=after.granted_minor)
        writes.puts.append((f"spend:{key[0]}", spend, _at_version(SpendRow, before.version)))
    for label, row, actions, condition in use_changes(outcome.uses):
        if actions:
            writes.updates.append((label, row, actions, condition))
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


def _at_version(model: type[Row], version: int) -> Condition:
    return model.version == version if version else model.pk.does_not_exist()


def _write_inquiry(writes: Writes, before: Inquiry | None, after: Inquiry) -> None:
    label = f"inquiry:{after.inquiry_id}"
    _write_rows(writes, label, before and inquiry_rows(before), inquiry_rows(after))


def _write_action(writes: Writes, before: Action | None, after: Action) -> None:
    label = f"action:{after.action_id}"
    _write_rows(writes, label, before and action_rows(before), action_rows(after))


def _write_rows(writes: Writes, label: str, before: list[Row] | None, after: list[Row]) -> None:
    """New rows are put; of a changed hot row only what changed is written, on its version."""
    hot, *others = after
    if before is None:
        writes.puts.append((label, hot, type(hot).pk.does_not_exist()))
        writes.puts.extend((label, row, None) for row in others)
        return
    changes = _changes(before[0], hot)
    condition = type(hot).version == before[0].version
    writes.updates.append((label, hot, changes, condition))
    known = {row.sk: row for row in before}
    for row in others:
        old = known.get(row.sk)
        if old is None or old.attribute_values != row.attribute_values:
            writes.puts.append((label, row, None))


def _changes(before: Row, after: Row) -> list[Any]:
    """Update actions that make the one of the other."""
    result = []
    for name in type(after).get_attributes():
        was, becomes = before.attribute_values.get(name), after.attribute_values.get(name)
        if was == becomes:
            continue
        declared = getattr(type(after), name)
        result.append(declared.remove() if becomes is None else declared.set(becomes))
    return result


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
        actions = [getattr(BalanceRow, name).add(minor) for name, minor in change.items()]
        actions.append(BalanceRow.version.add(1))
        condition = conditions.pop((owner, currency), None)
        if change["committed_minor"] < 0:
            covered = BalanceRow.committed_minor >= -change["committed_minor"]
            condition = covered if condition is None else condition & covered
        writes.updates.append((f"balance:{owner}", row, actions, condition))
    for (owner, currency), condition in conditions.items():
        row = BalanceRow(*balance_key(owner, currency)[1:])
        writes.checks.append((f"balance:{owner}", row, condition))


def _balance_conditions(outcome: Outcome) -> dict[tuple[str, str], Condition]:
    """What must be so of each balance; nothing is kept yet of one that never moved."""
    conditions: dict[tuple[str, str], Condition] = {}
    for cash in outcome.relies_on:
        at_version = _at_version(BalanceRow, cash.version)
        conditions[f"advertiser:{cash.advertiser_id}", cash.currency] = at_version
    for floor in outcome.floors:
        owner, attribute = balance_place(floor.account)
        condition = getattr(BalanceRow, attribute) >= floor.minor
        if floor.minor <= 0:
            condition = condition | getattr(BalanceRow, attribute).does_not_exist()
        already = conditions.get((owner, floor.currency))
        conditions[owner, floor.currency] = condition if already is None else already & condition
    return conditions


def send(connection: Connection, writes: Writes) -> None:
    """Commits, or raises `Contested`; what passes by itself is tried again with jitter."""
    if len(writes) > WRITES_MAX:
        raise ValueError(f"a transaction of {len(writes)} writes is over {WRITES_MAX}")
    if not len(writes):
        return
    token = _token(writes)
    for attempt in range(ATTEMPTS_MAX):
        try:
            _send_once(connection, writes, token)
            return
        except TransactWriteError as error:
            _raise_unless_transient(error, writes)
        pause = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2**attempt)
        time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
    raise Unavailable


def _send_once(connection: Connection, writes: Writes, token: str) -> None:
    with TransactWrite(connection=connection, client_request_token=token) as transaction:
        for _, row, condition in writes.checks:
            transaction.condition_check(type(row), row.pk, row.sk, condition=condition)
        for _, row, condition in writes.puts:
            transaction.save(row, condition=condition)
        for _, row, actions, condition in writes.updates:
            transaction.update(row, actions=list(actions), condition=condition)


def _raise_unless_transient(error: TransactWriteError, writes: Writes) -> None:
    reasons = error.cancellation_reasons if error.cause_response_code else []
    labels = writes.labels
    lost = [
        labels[at]
        for at, reason in enumerate(reasons)
        if reason is not None and reason.code == "ConditionalCheckFailed"
    ]
    if lost:
        raise Contested(tuple(lost)) from error
    codes = {reason.code for reason in reasons if reason is not None}
    codes = codes or {error.cause_response_code or "ServiceUnavailable"}
    if not codes <= TRANSIENT:
        raise Internal(f"The store refused a commit: {', '.join(sorted(codes))}") from error


def _token(writes: Writes) -> str:
    """A name for exactly this content, so that sending it twice commits it once."""
    content = [
        [[label, row.serialize(), repr(condition)] for label, row, condition in writes.puts],
        [
            [label, row.pk, row.sk, [repr(action) for action in actions], repr(condition)]
            for label, row, actions, condition in writes.updates
        ],
        [[label, row.pk, row.sk, repr(condition)] for label, row, condition in writes.checks],
    ]
    return digest("commit", json.dumps(content, sort_keys=True))


def request_put(writes: Writes, row: RequestRow) -> None:
    """The record of an idempotency key, in the same transaction as its effect."""
    writes.puts.append(("request", row, RequestRow.pk.does_not_exist()))
