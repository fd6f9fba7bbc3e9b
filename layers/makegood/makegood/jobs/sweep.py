"""The sweep of one shard: lock what is due, or reverse it where it is outside of terms; pay what is
due and funded; apply approval rules.

It reads only what is due. Actions of one advertiser and currency are settled together, as many as
fit in a transaction; where one of them has changed meanwhile, the group is read and decided again,
then halved, so that the others go through. Running it twice, or in two places at once, settles
everything once.

Nothing younger jumps the queue. An account's actions come from the index in the order in which they
clear, `action_lifecycle.pay` pays a group in that order and stops at the first that the cash does
not cover, and from then on the account is `short_of_cash`: this sweep pays nothing more of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from makegood.aws.sqs import Queue
from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, ActionState
from makegood.domain.calendar import Due
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.problems import Unavailable
from makegood.store.indexes import shards
from makegood.store.transactions import WRITES_MAX
from makegood.store.work_store import Contested, WorkStore
from makegood.usecases import unit_of_work
from makegood.usecases.apply_rules import ApprovalWork, DueInquiry
from makegood.usecases.lapse_action import DueAction, LapseWork
from makegood.usecases.unit_of_work import Done, Work
from makegood.usecases.view import Ask

ACCOUNT_WRITES = 2
"""Writes that every settling transaction makes: the entry, and the advertiser's balance."""

LOCKED_EACH, PAID_EACH = 0, 2
"""Writes that each partner adds: none for a lock; a line of the entry and its balance for a pay."""

SUMS_LEAST = 2
"""Writes for sums of what clears, at least: the advertiser's and a partner's, for each instant."""

LOCK_MAX = WRITES_MAX - ACCOUNT_WRITES - LOCKED_EACH - SUMS_LEAST
PAY_MAX = WRITES_MAX - ACCOUNT_WRITES - PAID_EACH - SUMS_LEAST
"""Actions that settle in one transaction, if all clear at one instant for one partner."""

BUFFERED_MAX = 20_000
"""The most due actions that wait in memory for their group to fill."""

TRIES_MAX = 4
ROWS_MAX = 50
"""Things that are read together and decided one by one."""

Account = tuple[str, str]
Decide = Callable[[Sequence[Action]], Outcome]
"""Returns what settles of the actions that are due."""
R = TypeVar("R")


@dataclass(slots=True)
class SweepResult:
    """What a sweep did: one log line, one set of metrics."""

    locked: int = 0
    paid: int = 0
    overdue: int = 0
    approved: int = 0
    lapsed: int = 0
    conflicts: int = 0
    lag_seconds: int = 0
    """Seconds by which the latest lock or payment was late."""

    overdue_seconds: int = 0
    """Seconds that the oldest payment has waited for money."""

    finished: bool = True

    def add(self, other: "SweepResult") -> None:
        self.locked += other.locked
        self.paid += other.paid
        self.overdue += other.overdue
        self.approved += other.approved
        self.lapsed += other.lapsed
        self.conflicts += other.conflicts
        self.lag_seconds = max(self.lag_seconds, other.lag_seconds)
        self.overdue_seconds = max(self.overdue_seconds, other.overdue_seconds)
        self.finished = self.finished and other.finished

    def note_lag(self, seconds: int) -> None:
        self.lag_seconds = max(self.lag_seconds, seconds)

    def note_overdue(self, count: int, seconds: int) -> None:
        self.overdue += count
        self.overdue_seconds = max(self.overdue_seconds, seconds)

    def facts(self) -> dict[str, int]:
        """For one log line and one set of metrics."""
        return {
            "locked": self.locked,
            "paid": self.paid,
            "overdue": self.overdue,
            "approved": self.approved,
            "lapsed": self.lapsed,
            "conflicts": self.conflicts,
            "lag_seconds": self.lag_seconds,
            "overdue_seconds": self.overdue_seconds,
        }


def enqueue_shards(queue: Queue, now: datetime) -> None:
    """Sends a message for every shard; a schedule that fires twice sends them once."""
    for shard in shards():
        once = f"{shard}:{now:%Y%m%dT%H%M}"
        queue.send({"shard": shard, "round": 1, "started": once}, str(shard), once)


def enqueue_next_round(queue: Queue, message: Mapping[str, Any]) -> None:
    """Sends a message for the shard's next round, for what there was no time for."""
    following = {**message, "round": message["round"] + 1}
    once = f"{following['started']}:{following['round']}"
    queue.send(following, str(following["shard"]), once)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was committed of a group, and which actions were due at that decision."""

    outcome: Outcome
    due: Sequence[Action]


@dataclass(slots=True)
class Sweep:
    """Sweeps one shard at one instant; stops between groups once `has_time` says no."""

    store: WorkStore
    shard: int
    now: datetime
    has_time: Callable[[], bool]
    result: SweepResult = field(default_factory=SweepResult)
    short_of_cash: set[Account] = field(default_factory=set)
    """Accounts whose cash did not cover the next payment that is due; nothing younger is paid."""

    def run(self) -> SweepResult:
        """Locks first, so that what clears the moment it locks is paid in the same sweep."""
        self._each_account(Due.LOCK, LOCK_MAX, self._lock)
        self._each_account(Due.PAY, PAY_MAX, self._pay_oldest_first)
        lapsing = self.store.due_actions(Due.LAPSE, self.shard, self.now)
        lapses = (DueAction(each.action_id) for each in lapsing)
        self._one_by_one(lapses, LapseWork(self.now), self._note_lapse)
        awaiting = self.store.due_inquiries(self.shard, self.now)
        approvals = (DueInquiry(each) for each in awaiting)
        self._one_by_one(approvals, ApprovalWork(self.now), self._note_approval)
        return self.result

    def _each_account(
        self, phase: str, group_max: int, settle: Callable[[Account, list[str]], None]
    ) -> None:
        """Feeds groups of due action ids, each of one account and oldest first, to `settle`."""
        waiting: defaultdict[Account, list[str]] = defaultdict(list)
        buffered = 0
        for account, action_id in self.store.due_actions(phase, self.shard, self.now):
            if account in self.short_of_cash:
                self.result.overdue += 1
                continue
            waiting[account].append(action_id)
            buffered += 1
            if len(waiting[account]) == group_max or buffered == BUFFERED_MAX:
                fullest = max(waiting, key=lambda each: len(waiting[each]))
                group = waiting.pop(fullest)
                buffered -= len(group)
                settle(fullest, group)
            if not self.has_time():
                self.result.finished = False
                return
        for account, group in waiting.items():
            if not self.has_time():
                self.result.finished = False
                return
            settle(account, group)

    def _late(self, instants: Iterable[datetime]) -> int:
        """Seconds since the earliest of these."""
        return max((int((self.now - each).total_seconds()) for each in instants), default=0)

    def _lock(self, account: Account, action_ids: list[str]) -> None:
        """Locks a group, in as many transactions as its sums of what clears take."""

        def decide(due: Sequence[Action]) -> Outcome:
            return action_lifecycle.lock(_fitting(due, LOCKED_EACH), self.now)

        locked, _ = self._settle_all(action_ids, ActionState.PENDING, decide)
        self.result.locked += len(locked)
        self.result.note_lag(self._late(each.locks_at for each in locked))

    def _pay_oldest_first(self, account: Account, action_ids: list[str]) -> None:
        """Pays a group in clearing order. Where the account's cash does not cover the next, nothing
        younger jumps the queue: the rest of it waits, and so does all that is due after it.
        """

        def decide(due: Sequence[Action]) -> Outcome:
            cash = self.store.cash([account])[account]
            return action_lifecycle.pay(_fitting(due, PAID_EACH), cash, self.now)

        paid, unpaid = self._settle_all(action_ids, ActionState.LOCKED, decide)
        self.result.paid += len(paid)
        self.result.note_lag(self._late(each.clears_at for each in paid))
        if unpaid:
            self.short_of_cash.add(account)
            self.result.note_overdue(len(unpaid), self._late(each.clears_at for each in unpaid))

    def _settle_all(
        self, action_ids: Sequence[str], state: ActionState, decide: Decide
    ) -> tuple[list[Action], Sequence[Action]]:
        """Settles a group in as many transactions as it takes.

        Answers with what was settled, and with what was due and stayed behind.
        """
        settled: list[Action] = []
        left = action_ids
        while left:
            attempt = self._settle(left, state, decide)
            done = {after.action_id for _, after in attempt.outcome.actions}
            if not done:
                return settled, attempt.due
            settled += [after for _, after in attempt.outcome.actions]
            left = [each for each in left if each not in done]
        return settled, ()

    def _settle(self, action_ids: Sequence[str], state: ActionState, decide: Decide) -> Attempt:
        """Decides and commits what is still due; halves a group that stays contested.

        While something of the older half waits, the younger half does, too. Where it is only the
        balance that keeps moving, smaller groups fare no better: they wait for the next sweep.
        """
        contested: tuple[str, ...] = ()
        for _ in range(TRIES_MAX):
            due = self._still_due(action_ids, state)
            outcome = decide(due) if due else NOTHING
            try:
                self.store.commit(outcome)
            except Contested as error:
                self.result.conflicts += 1
                contested = error.labels
                continue
            return Attempt(outcome, due)
        if all(label.startswith("balance:") for label in contested):
            return Attempt(NOTHING, due)
        if len(action_ids) == 1:
            raise Unavailable(f"Action {action_ids[0]} keeps changing; the next sweep takes it")
        middle = len(action_ids) // 2
        older = self._settle(action_ids[:middle], state, decide)
        if self._still_due(action_ids[:middle], state):
            return older
        younger = self._settle(action_ids[middle:], state, decide)
        return Attempt(older.outcome + younger.outcome, younger.due)

    def _still_due(self, action_ids: Sequence[str], state: ActionState) -> list[Action]:
        found = self.store.actions(action_ids, detail=False).values()
        return [each for each in found if each.state is state and self._is_due(each)]

    def _note_lapse(self, done: Done) -> None:
        self.result.lapsed += done.applied

    def _note_approval(self, done: Done) -> None:
        self.result.approved += done.action is not None

    def _is_due(self, action: Action) -> bool:
        at = action.due_at
        return at is not None and at <= self.now and not action.outside

    def _one_by_one(self, due: Iterator[R], work: Work[R], note: Callable[[Done], None]) -> None:
        """Decides what is due one by one; reads some at a time by their ids."""
        rows: list[Ask[R]] = []
        for each in due:
            rows.append(Ask(each, "sweep"))
            if len(rows) == ROWS_MAX:
                self._decide(work, rows, note)
                rows = []
            if not self.has_time():
                self.result.finished = False
                return
        if rows:
            self._decide(work, rows, note)

    def _decide(self, work: Work[R], rows: list[Ask[R]], note: Callable[[Done], None]) -> None:
        for result in unit_of_work.many(self.store, work, rows):
            if isinstance(result, Done):
                note(result)
            else:
                self.result.conflicts += 1


def _fitting(due: Sequence[Action], partner_writes: int) -> list[Action]:
    """As many, oldest first, as one transaction takes with what they add to it: so many items for
    each partner, and a sum for each instant that they clear at and for each partner of each.
    """
    fitting: list[Action] = []
    partners: set[str] = set()
    sums: set[tuple[str, datetime]] = set()
    for action in sorted(due, key=action_lifecycle.clearing_order):
        partners.add(action.partner_id)
        sums |= {("", action.clears_at), (action.partner_id, action.clears_at)}
        besides = ACCOUNT_WRITES + partner_writes * len(partners) + len(sums)
        if len(fitting) + 1 + besides > WRITES_MAX:
            break
        fitting.append(action)
    return fitting
