"""The one path from something asked to something kept, for one request and for a million rows.

A kind of work says what to read for its rows and how to decide one of them. Decisions are made row
by row on one view of the store, in which each row sees what the rows before it changed, and are
committed in groups, as many as fit in a transaction. Where a group meets something that moved
meanwhile, its rows are read, decided and committed again one by one, so that a row's fate never
depends on its neighbours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from makegood.aws.retry import pause
from makegood.domain.actions import Action, ActionUpdate, wire_state
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.contracts import Contract
from makegood.domain.inquiries import REJECT_REASONS, Inquiry
from makegood.domain.ledger import Cash, Entry, committed, funds
from makegood.domain.limits import Meter
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import NOTHING, Outcome, RuleSpend, together
from makegood.domain.parties import Campaign, Partner
from makegood.domain.problems import Invalid, Problem, Unavailable
from makegood.store.transactions import WRITES_MAX, Writes
from makegood.store.work_store import Contested, Idempotency, WorkStore

TRIES_MAX = 16
PAUSE_SECONDS = 0.02
PAUSE_SECONDS_MAX = 0.25
"""Between tries: chunks of one advertiser at work side by side all want its one balance."""


R = TypeVar("R")
T = TypeVar("T")


@dataclass(slots=True)
class View:
    """What was read for some rows, kept up with what was decided since."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    contracts: dict[tuple[str, str], Contract] = field(default_factory=dict)
    rules: dict[tuple[str, str], ApprovalRule] = field(default_factory=dict)
    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    orders: dict[tuple[str, str], OrderCredits] = field(default_factory=dict)
    cash: dict[tuple[str, str], Cash] = field(default_factory=dict)
    spends: dict[tuple[str, str, str, str], RuleSpend] = field(default_factory=dict)
    uses: dict[Meter, int] = field(default_factory=dict)
    worked_on: dict[tuple[str, str], ActionUpdate] = field(default_factory=dict)

    disputed: set[str] = field(default_factory=set)
    """Inquiries whose order another live inquiry is about, too."""

    asked: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """Rows by their identity, each with what it asks: reading a form costs as much as deciding on
    it. The row is held here, so its identity is not given to another one.
    """

    def once(self, row: "Asked", read: Callable[["Asked", "View"], T]) -> T:
        """What a row asks, read once for this view; raises what keeps it from being read."""
        held = self.asked.get(id(row))
        if held is None:
            held = self.asked[id(row)] = row, read(row, self)
        return held[1]

    def apply(self, outcome: Outcome) -> None:
        """From here on, rows see this as done."""
        for _, inquiry in outcome.inquiries:
            self.inquiries[inquiry.inquiry_id] = inquiry
        for _, action in outcome.actions:
            self.actions[action.action_id] = action
        for _, order in outcome.orders:
            self.orders[order.campaign_id, order.order_id] = order
        for _, spend in outcome.spends:
            key = spend.campaign_id, spend.partner_id, spend.month, spend.currency
            self.spends[key] = spend
        for change in outcome.uses:
            self.uses[change.meter] = self.uses.get(change.meter, 0) + change.delta
        self.worked_on |= {
            (each.action_id, each.once): each for each in outcome.updates if each.once
        }
        for entry in outcome.entries:
            self._move(entry)

    def _move(self, entry: Entry) -> None:
        """Balances follow entries; the version stays the one that was read."""
        deltas = entry.deltas()
        for (advertiser_id, currency), cash in self.cash.items():
            if currency == entry.currency:
                self.cash[advertiser_id, currency] = replace(
                    cash,
                    funds_minor=cash.funds_minor + deltas.get(funds(advertiser_id), 0),
                    committed_minor=cash.committed_minor + deltas.get(committed(advertiser_id), 0),
                )


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked: its fields by wire name, and where it came from.

    `source` names the request or the file's row for good, so that a row that is worked on twice is
    known to be the same row. `once`: nothing else has this source, so whatever carries it is this
    row's own work.
    """

    fields: Mapping[str, str]
    source: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One row's result: what it is about now, and what changed for it.

    `again` says that this very row brought it about before, in an earlier delivery. `warnings` are
    sentences for whoever asked, about what was done and may not be meant. `update` is the record of
    what a row changed of an action, now or then.
    """

    subject: Inquiry | Action
    outcome: Outcome = NOTHING
    action: Action | None = None
    again: bool = False
    warnings: tuple[str, ...] = ()
    update: ActionUpdate | None = None

    @property
    def applied(self) -> bool:
        return self.again or bool(self.outcome)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be committed for it."""
        return not self.outcome


class Work(Protocol):
    """One kind of work on rows."""

    def load(self, store: WorkStore, rows: Sequence[Asked]) -> View:
        """Reads, in batches, all that these rows are decided on."""

    def decide(self, row: Asked, view: View) -> Done:
        """Decides one row, or raises the `Problem` that forbids it."""


def readable(rows: Iterable[R], read: Callable[[R], T]) -> Iterator[T]:
    """What can be read of the rows; those with faults get theirs when they are decided."""
    for row in rows:
        try:
            yield read(row)
        except Problem:
            continue


Row = Asked | Problem
"""A row of a file; a problem is one that asks nothing, and is its own result."""


class Overtaken(Exception):
    """What was to be committed along with a change is no longer so: somebody else is ahead."""


@dataclass(slots=True)
class Run:
    """Some rows of one kind of work, on their way through the store.

    `along` is committed with everything that they change, and takes its share of a transaction.
    """

    store: WorkStore
    work: Work
    rows: Sequence[Row]
    dry: bool = False
    along: Writes | None = None
    results: dict[int, Done | Problem] = field(default_factory=dict)
    group: dict[int, Done] = field(default_factory=dict)
    weight: int = 0

    def go(self) -> list[Done | Problem]:
        """A result for every row, in their order."""
        view = _view(self.store, self.work, self.rows)
        most = WRITES_MAX - len(self.along or ())
        for at, row in enumerate(self.rows):
            done, weight = self._decided(row, view, at)
            if done is not None and self.weight + weight > most and not self._flush():
                view = _view(self.store, self.work, self.rows[at:])
                done, weight = self._decided(row, view, at)
            if done is None:
                continue
            view.apply(done.outcome)
            self.group[at] = done
            self.weight += weight
        self._flush()
        self._look_again()
        return [self.results[at] for at in range(len(self.rows))]

    def _decided(self, row: Row, view: View, at: int) -> tuple[Done | None, int]:
        """The row and how many items it changes; None where it is refused."""
        result = _result(self.work, row, view)
        if isinstance(result, Problem):
            self.results[at] = result
            return None, 0
        return result, self.store.weight(result.outcome)

    def _flush(self) -> bool:
        """Commits the group; False when it was contested and its rows went one by one."""
        group, self.group, self.weight = self.group, {}, 0
        outcome = together(done.outcome for done in group.values())
        if self.dry or not outcome:
            self.results.update(group)
            return True
        try:
            _commit(self.store, outcome, self.along)
        except Contested:
            pass
        except Unavailable as problem:
            self.results.update(dict.fromkeys(group, problem))
            return False
        else:
            self.results.update(group)
            return True
        for at in group:
            self.results[at] = self._alone(at)
        return False

    def _look_again(self) -> None:
        """A row that finds itself done, or just so already, was refused on half of what was done
        meanwhile, by another delivery of it or by somebody else.
        """
        refused = {
            at: row
            for at, row in enumerate(self.rows)
            if isinstance(row, Asked) and _may_be_torn(self.results[at])
        }
        if self.dry or not refused:
            return
        view = self.work.load(self.store, list(refused.values()))
        for at, row in refused.items():
            result = _result(self.work, row, view)
            if isinstance(result, Done) and result.is_finished:
                self.results[at] = result

    def _alone(self, at: int) -> Done | Problem:
        row = self.rows[at]
        if isinstance(row, Problem):
            return row
        try:
            return one(self.store, self.work, row, along=self.along)
        except Problem as problem:
            return problem


def many(
    store: WorkStore,
    work: Work,
    rows: Sequence[Row],
    dry: bool = False,
    along: Writes | None = None,
) -> list[Done | Problem]:
    """Rows of a file: every one gets its result, and a fault of one is no fault of another.

    Raises `Overtaken` when what is to be committed along with them is no longer so.
    """
    return Run(store, work, rows, dry, along).go()


def in_turn(store: WorkStore, work: Work, rows: Sequence[Row], most: int) -> list[Done | Problem]:
    """The first of the rows, as many as change `most` items: each is decided on what those before
    it leave. Nothing is committed.

    Where one is refused, all of them are read and decided once more, and that counts.
    """
    results = _first(store, work, rows, most)
    looked_at = zip(rows, results, strict=False)
    if any(isinstance(row, Asked) and _may_be_torn(result) for row, result in looked_at):
        return _first(store, work, rows, most)
    return results


def _first(store: WorkStore, work: Work, rows: Sequence[Row], most: int) -> list[Done | Problem]:
    view = _view(store, work, rows)
    results: list[Done | Problem] = []
    weight = 0
    for row in rows:
        result = _result(work, row, view)
        if isinstance(result, Done):
            weight += store.weight(result.outcome)
            if weight > most and results:
                break
            view.apply(result.outcome)
        results.append(result)
    return results


def _view(store: WorkStore, work: Work, rows: Iterable[Row]) -> View:
    return work.load(store, [row for row in rows if isinstance(row, Asked)])


def _result(work: Work, row: Row, view: View) -> Done | Problem:
    if isinstance(row, Problem):
        return row
    try:
        return work.decide(row, view)
    except Problem as problem:
        return problem


def _commit(
    store: WorkStore, outcome: Outcome, along: Writes | None, asked: Idempotency | None = None
) -> None:
    try:
        store.commit(outcome, asked, along)
    except Contested as contested:
        if along is not None and not set(along.labels).isdisjoint(contested.labels):
            raise Overtaken from contested
        raise


def _may_be_torn(result: Done | Problem) -> bool:
    """Whether it is a refusal for what was read, which is no snapshot.

    Reads of several items may see one half of somebody's commit and not the other. What is done on
    such a view is refused by its conditions; what is refused on it meets none.
    """
    return isinstance(result, Problem) and not isinstance(result, Invalid | Unavailable)


def _decided(store: WorkStore, work: Work, row: Asked) -> Done:
    """Decides one row; a refusal is looked at again with what is read after it."""
    try:
        return work.decide(row, work.load(store, [row]))
    except Problem as problem:
        if not _may_be_torn(problem):
            raise
    return work.decide(row, work.load(store, [row]))


def one(
    store: WorkStore,
    work: Work,
    row: Asked,
    dry: bool = False,
    asked: Idempotency | None = None,
    along: Writes | None = None,
) -> Done:
    """One row alone, read anew and decided again as long as others are faster; bounded."""
    for attempt in range(TRIES_MAX):
        if attempt:
            pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
        done = _decided(store, work, row)
        if dry or not (done.outcome or asked):
            return done
        try:
            _commit(store, done.outcome, along, asked and replace(asked, reply=reply_of(done)))
        except Contested as contested:
            if asked is not None and "request" in contested.labels:
                raise
            continue
        return done
    raise Unavailable


def subject_id(done: Done) -> str:
    subject = done.subject
    return subject.action_id if isinstance(subject, Action) else subject.inquiry_id


def reply_of(done: Done) -> Mapping[str, Any]:
    """What an idempotency record keeps: enough to answer as the first time."""
    return {"subject_id": subject_id(done), "left": left_by(done)}


def left_by(done: Done) -> dict[str, Any]:
    """What a write's answer tells of the state that it left; "" is what there is nothing of."""
    subject, reason, action_id, appeal_of = done.subject, "", "", ""
    if isinstance(subject, Action):
        state, action_id = wire_state(subject.state), subject.action_id
    else:
        state, appeal_of = str(subject.state), subject.claim.appeal_of
        reason = REJECT_REASONS[subject.reject_reason] if subject.reject_reason else ""
        action_id = subject.action_id or subject.tracked_action_id
    return {
        "State": state,
        "RejectReason": reason,
        "ActionId": action_id,
        "AppealOf": appeal_of,
        "Version": str(subject.version),
        "Warnings": list(done.warnings),
    }
