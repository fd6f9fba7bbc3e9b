"""The one path from a request to a commit, for one request and for a million rows.

A kind of work says what to read for its rows, and how to decide one of them. Rows are decided one
by one on one view of the store, in which each row sees the changes of the rows before it. They are
committed in groups, as many as fit in a transaction. If something of a group has changed since it
was read, the group's rows are read, decided and committed again one by one, so a row's result never
depends on its neighbours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from makegood.aws.retry import pause
from makegood.domain import appeals
from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.inquiries import REJECT_REASONS, Inquiry
from makegood.domain.kept_orders import KeptOrder, Taking
from makegood.domain.outcome import NOTHING, Outcome, together
from makegood.domain.problems import Invalid, Problem, Unavailable
from makegood.store.transactions import WRITES_MAX, Writes
from makegood.store.work_store import Contested, Idempotency, WorkStore
from makegood.usecases.view import Ask, View

TRIES_MAX = 16
PAUSE_SECONDS = 0.02
PAUSE_SECONDS_MAX = 0.25
"""The longest pause between tries: parallel chunks of one advertiser all need its one balance."""


R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done:
    """One row's result: its subject as it is now, and what was changed for it.

    `again`: the same row did it before, in an earlier delivery. `warnings` are sentences about what
    was done and may not be meant. `update` is the record of the row's change of an action, now or
    before. `taking` is what became of a shop's order.
    """

    subject: Inquiry | Action | KeptOrder
    outcome: Outcome = NOTHING
    action: Action | None = None
    again: bool = False
    warnings: tuple[str, ...] = ()
    update: ActionUpdate | None = None
    taking: Taking | None = None

    @property
    def applied(self) -> bool:
        if self.taking is not None:
            return self.taking in (Taking.NEW, Taking.REPLACED)
        return self.again or bool(self.outcome)

    @property
    def is_finished(self) -> bool:
        """Whether nothing has to be committed for it."""
        return not self.outcome


class Work(Protocol[R_contra]):
    """One kind of work on rows, which all make the same request."""

    def load(self, store: WorkStore, rows: Sequence[Ask[R_contra]]) -> View:
        """Reads, in batches, all that these rows are decided on."""

    def decide(self, row: Ask[R_contra], view: View) -> Done:
        """Decides one row, or raises the `Problem` that forbids it."""


def readable(rows: Iterable[R], read: Callable[[R], T]) -> Iterator[T]:
    """The rows that can be read; those with faults get their problem when they are decided."""
    for row in rows:
        try:
            yield read(row)
        except Problem:
            continue


Row = Ask[R] | Problem
"""A row of a file; a problem is one that asks nothing, and is its own result."""


Result = Done | Problem


class Overtaken(Exception):
    """Raised when the check that goes along with a change fails: another worker is ahead."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[R]):
    """Rows of one kind of work, decided and committed in groups.

    `along` is committed with each group, and counts towards the size of its transaction.
    """

    store: WorkStore
    work: Work[R]
    dry: bool
    along: Writes | None

    def results(self, rows: Sequence[Row[R]]) -> list[Result]:
        """A result for every row, in their order."""
        results: list[Result] = []
        while rest := rows[len(results) :]:
            results += self._until_contested(rest)
        return results if self.dry else self._looked_at_again(rows, results)

    def _until_contested(self, rows: Sequence[Row[R]]) -> list[Result]:
        """Results of the first rows, up to the group that met something that moved meanwhile: what
        was read for the rows after it holds no longer.
        """
        results: list[Result] = []
        for group in _groups(self.store, self.work, rows, WRITES_MAX - len(self.along or ())):
            try:
                self._commit(group)
            except Contested:
                decided = zip(rows[len(results) :], group, strict=False)
                alone = [
                    self._alone(row) if isinstance(each, Done) else each for row, each in decided
                ]
                return results + alone
            except Unavailable as problem:
                return results + [problem if isinstance(each, Done) else each for each in group]
            results += group
        return results

    def _commit(self, group: Sequence[Result]) -> None:
        outcome = together(each.outcome for each in group if isinstance(each, Done))
        if outcome and not self.dry:
            _commit(self.store, outcome, self.along)

    def _alone(self, row: Row[R]) -> Result:
        if isinstance(row, Problem):
            return row
        try:
            return one(self.store, self.work, row, along=self.along)
        except Problem as problem:
            return problem

    def _looked_at_again(self, rows: Sequence[Row[R]], results: list[Result]) -> list[Result]:
        """A row that finds itself done, or just so already, was refused on half of what was done
        meanwhile, by another delivery of it or by somebody else.
        """
        refused = {
            at: row
            for at, (row, result) in enumerate(zip(rows, results, strict=True))
            if isinstance(row, Ask) and _may_be_torn(result)
        }
        if not refused:
            return results
        view = _view(self.store, self.work, refused.values())
        again = {at: _result(self.work, row, view) for at, row in refused.items()}
        finished = {
            at: each for at, each in again.items() if isinstance(each, Done) and each.is_finished
        }
        return [finished.get(at, result) for at, result in enumerate(results)]


def many(
    store: WorkStore,
    work: Work[R],
    rows: Sequence[Row[R]],
    dry: bool = False,
    along: Writes | None = None,
) -> list[Result]:
    """Works on the rows of a file: each gets its own result, whatever becomes of the others.

    Raises `Overtaken` when what is to be committed along with them is no longer so.
    """
    return Batch(store, work, dry, along).results(rows)


def in_turn(store: WorkStore, work: Work[R], rows: Sequence[Row[R]], most: int) -> list[Result]:
    """The first of the rows, as many as change `most` items: each is decided on what those before
    it leave. Nothing is committed.

    Where one is refused, all of them are read and decided once more, and that counts.
    """
    results = next(_groups(store, work, rows, most))
    looked_at = zip(rows, results, strict=False)
    if any(isinstance(row, Ask) and _may_be_torn(result) for row, result in looked_at):
        return next(_groups(store, work, rows, most))
    return results


def _groups(
    store: WorkStore, work: Work[R], rows: Sequence[Row[R]], weight_max: int
) -> Iterator[list[Result]]:
    """Results in groups that change at most `weight_max` items each, if a row alone does.

    All are decided on one view, each on what those before it leave. A group is not decided before
    whoever asks for it is done with the one before it.
    """
    view = _view(store, work, rows)
    group: list[Result] = []
    weight = 0
    for row in rows:
        result = _result(work, row, view)
        if isinstance(result, Done):
            added = store.weight(result.outcome)
            if group and weight + added > weight_max:
                yield group
                group, weight = [], 0
            view.apply(result.outcome)
            weight += added
        group.append(result)
    yield group


def _view(store: WorkStore, work: Work[R], rows: Iterable[Row[R]]) -> View:
    """What the rows are decided on, and what the inquiries of that appeal."""
    view = work.load(store, [row for row in rows if isinstance(row, Ask)])
    appealed = {each.claim.appeal_of for each in view.inquiries.values()} - {""}
    if more := sorted(appealed - view.inquiries.keys()):
        view.inquiries |= store.inquiries(more)
    return view


def _decide(work: Work[R], row: Ask[R], view: View) -> Done:
    """Decides one row. A decision that was appealed keeps what became of the appeal."""
    done = work.decide(row, view)
    beside = appeals.followed(done.outcome.inquiries, view.inquiries.get)
    return replace(done, outcome=done.outcome + beside) if beside else done


def _result(work: Work[R], row: Row[R], view: View) -> Result:
    if isinstance(row, Problem):
        return row
    try:
        return _decide(work, row, view)
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


def _may_be_torn(result: Result) -> bool:
    """Whether it is a refusal for what was read, which is no snapshot.

    Reads of several items may see one half of somebody's commit and not the other. What is done on
    such a view is refused by its conditions; what is refused on it meets none.
    """
    return isinstance(result, Problem) and not isinstance(result, Invalid | Unavailable)


def _decided(store: WorkStore, work: Work[R], row: Ask[R]) -> Done:
    """Decides one row; a refusal is looked at again with what is read after it."""
    try:
        return _decide(work, row, _view(store, work, [row]))
    except Problem as problem:
        if not _may_be_torn(problem):
            raise
    return _decide(work, row, _view(store, work, [row]))


def one(
    store: WorkStore,
    work: Work[R],
    row: Ask[R],
    dry: bool = False,
    asked: Idempotency | None = None,
    along: Writes | None = None,
) -> Done:
    """Works on one row: reads and decides again, up to a limit, while others commit first."""
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
    match done.subject:
        case Action() as action:
            return action.action_id
        case KeptOrder() as kept:
            return kept.order_id
        case inquiry:
            return inquiry.inquiry_id


def reply_of(done: Done) -> Mapping[str, Any]:
    """What an idempotency record keeps: enough to give the first answer again."""
    return {"subject_id": subject_id(done), "left": left_by(done)}


def left_by(done: Done) -> dict[str, Any]:
    """The state that a write left, in the domain's words, for its answer; "" is none."""
    subject, reason, action_id, appeal_of = done.subject, "", "", ""
    if isinstance(subject, KeptOrder):
        changes = [(each.field, each.before, each.after) for each in subject.differences]
        return {
            "Result": str(done.taking or ""),
            "Changes": changes,
            "Warnings": list(done.warnings),
        }
    if isinstance(subject, Action):
        action_id = subject.action_id
    else:
        appeal_of = subject.claim.appeal_of
        reason = REJECT_REASONS[subject.reject_reason] if subject.reject_reason else ""
        action_id = subject.action_id or subject.tracked_action_id
    return {
        "State": str(subject.state),
        "RejectReason": reason,
        "ActionId": action_id,
        "AppealOf": appeal_of,
        "Version": str(subject.version),
        "Warnings": list(done.warnings),
    }
