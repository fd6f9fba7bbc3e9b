"""The end of a month: every owner whose accounts moved or hold money gets a statement.

Statements are made owner by owner, in the order of the directory. A run continues after the owner
that was done last, however the run before ended. Months are done in order, and none is skipped.
Making a statement twice gives the same result: one that exists is compared, and a difference is a
broken invariant. If one of its tables is missing, they are written again. What was overdue at the
month's end follows from no entry: the statement shows it, but it is not compared.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.domain import ledger
from makegood.domain.ledger import EntryReason
from makegood.domain.problems import RuleForbids
from makegood.domain.statements import (
    Balance,
    Month,
    Overdue,
    Statement,
    details_key,
    differences,
)
from makegood.files.statement_details import computed, details
from makegood.store.store import Contested, Store

SETTLED = timedelta(hours=1)
"""After this long no entry of the month before can still arrive: functions end sooner."""

OVERDUE_TOLD = timedelta(days=93)
"""How long after a month's end what was overdue then is still worked out, from later entries."""

TOGETHER = 100
"""Overdue actions whose payouts are read together."""

Position = list[str]
"""A key in the directory."""


@dataclass(slots=True)
class StatementsResult:
    """What a run did: one log line, one set of metrics."""

    month: str = ""
    made: int = 0
    there: int = 0
    remade: int = 0
    differences: list[str] = field(default_factory=list)
    finished: bool = False

    def facts(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "made": self.made,
            "there": self.there,
            "remade": self.remade,
            "finished": self.finished,
        }


def due(now: datetime) -> Month:
    """The last month that can get no more entries."""
    return Month.before(now - SETTLED)


def scheduled(
    store: Store, bucket: Bucket, now: datetime, has_time: Callable[[], bool]
) -> StatementsResult | None:
    """Makes the next part of the statements that are due; None when all of them are made.

    Progress is stored after each owner, so a run that is cut off loses one owner's work at most. If
    another run has gone on meanwhile, the rest is left to that run.
    """
    begun, done_to, version = store.statements_made()
    following = _following(begun, done_to, due(now))
    if following is None:
        return None
    month, position = following
    made = MonthsStatements(store, bucket, month, now)
    try:
        for reached in made.each_owner(position):
            store.note_statements(str(month), reached, version, now)
            version += 1
            if not has_time():
                return made.result
        store.note_statements(str(month), None, version, now)
    except Contested:
        return made.result
    made.result.finished = True
    return made.result


def _following(begun: str, done_to: Position | None, latest: Month) -> tuple[Month, Any] | None:
    """The next month to make, and the position to continue after; None when all are made."""
    if not begun:
        return latest, None
    month = Month.parse(begun)
    if month.start > latest.start:
        return None
    if done_to is not None:
        return month, done_to
    return None if month == latest else (month.following, None)


def all_of(
    store: Store, bucket: Bucket, month: Month, now: datetime, has_time: Callable[[], bool]
) -> StatementsResult:
    """Makes a month's statements from the beginning, for the operator. The schedule continues what
    there is no time for.
    """
    if month.end + SETTLED > now:
        raise RuleForbids(
            f"{month} is not over; its statements are made from one hour after its end on",
            code="month_not_over",
        )
    made = MonthsStatements(store, bucket, month, now)
    _, _, version = store.statements_made()
    for reached in made.each_owner():
        if not has_time():
            with suppress(Contested):
                store.note_statements(str(month), reached, version, now)
            return made.result
    made.result.finished = True
    return made.result


@dataclass(slots=True)
class MonthsStatements:
    """One month's statements, made owner by owner; `result` says what was done so far."""

    store: Store
    bucket: Bucket
    month: Month
    now: datetime
    result: StatementsResult = field(init=False)

    def __post_init__(self) -> None:
        self.result = StatementsResult(str(self.month))

    def each_owner(self, position: Position | None = None) -> Iterator[Position]:
        """Makes one owner's statements after another's, from a position on; yields each owner's."""
        while True:
            accounts, position = self.store.scan_accounts(position)
            for owner, reached in accounts:
                self._make_or_compare(owner)
                yield reached
            if position is None:
                return

    def _make_or_compare(self, owner: str) -> None:
        """A statement that is there is made again and compared, in every currency."""
        advertiser = owner.startswith("advertiser:")
        account = owner if advertiser else ledger.payable(owner.partition(":")[2])
        for currency in self.store.currencies(account):
            kept = self.store.statement(owner, self.month, currency)
            if kept is not None:
                self._compare(kept)
                continue
            made = computed(self.store, owner, currency, self.month)
            if made.entry_count or made.opening != Balance():
                _write(self.store, self.bucket, made)
                if advertiser and self.now - self.month.end < OVERDUE_TOLD:
                    overdue = overdue_at(self.store, owner, currency, self.month.end)
                    made = replace(made, overdue=overdue)
                self.result.made += self.store.keep_statement(made)

    def _compare(self, kept: Statement) -> None:
        self.result.there += 1
        again = computed(self.store, kept.owner, kept.currency, self.month, kept.layout)
        found = differences(kept, again)
        self.result.differences += found
        if not found:
            self.result.remade += _restored(self.store, self.bucket, kept)


def _restored(store: Store, bucket: Bucket, kept: Statement) -> bool:
    """Writes a statement's tables again if one is missing. The ledger has just given the same
    statement, so the CSV matches the statement's checksum.
    """
    suffixes = (".csv", ".xlsx") if kept.has_workbook else (".csv",)
    if all(bucket.holds(details_key(kept, each)) for each in suffixes):
        return False
    _write(store, bucket, kept)
    return True


def _write(store: Store, bucket: Bucket, made: Statement) -> None:
    """The details as a CSV, and as a workbook where there are not too many."""
    if made.has_workbook:
        from makegood.files import statement_workbook

        statement_workbook.write(store, bucket, made)
    bucket.join(details_key(made), details(store, made), "text/csv; charset=utf-8")


def overdue_at(store: Store, owner: str, currency: str, at: datetime) -> Overdue:
    """An advertiser's actions that had cleared at an instant and were unpaid: those that still wait
    and those paid since, less those locked since.
    """
    account = owner.partition(":")[2], currency
    due = store.unpaid_beside(account, at)
    unpaid = {each.action_id for each in due if each.account == account}
    locked_since: set[str] = set()
    for entry in store.entries_in(owner, at, None):
        if entry.currency == currency and entry.reason is EntryReason.PAY:
            unpaid.update(entry.settles)
        elif entry.currency == currency and entry.reason is EntryReason.LOCK:
            locked_since.update(entry.settles)
    count, minor, ids = 0, 0, iter(sorted(unpaid - locked_since))
    while some := list(islice(ids, TOGETHER)):
        payouts = [
            action.payout.minor
            for action in store.actions(some, detail=False).values()
            if action.clears_at <= at
        ]
        count, minor = count + len(payouts), minor + sum(payouts)
    return Overdue(count, minor)
