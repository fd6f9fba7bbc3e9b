"""What two sides of the books must agree on, and how a difference between them is judged.

Each judge is given all that both sides tell of one id, and says what is wrong, if anything is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from makegood.domain.actions import ActionState
from makegood.domain.inquiries import ACCEPTED
from makegood.domain.ledger import EntryReason

Finding = tuple[str, str]
"""An invariant, and what breaks it."""

Told = list[Any]

SETTLED_BY = {
    EntryReason.LOCK: frozenset(each for each in ActionState if each.rules.is_locked),
    EntryReason.PAY: frozenset(each for each in ActionState if each.rules.is_paid),
}
"""Which states of an action an entry must stand for."""

CREDIT, INQUIRY, FILE, LINE, CLEARING = "CREDIT", "INQUIRY", "FILE", "LINE", "CLEARING"


def _settled(reason: str) -> Callable[[Told, Told], Iterable[Finding]]:
    def judge(entries: Told, actions: Told) -> Iterable[Finding]:
        if len(entries) > 1:
            yield f"an action has at most one {reason} entry", f"has {len(entries)}"
        if not actions:
            yield "an entry settles actions that exist", f"has a {reason} entry and is missing"
        for state, due in actions:
            if sum(entries) != due:
                name = f"an action's {reason} entry is its payout, once it is due and not before"
                yield name, f"is {state}: {sum(entries)}, not {due}"

    return judge


def _credited(held: Told, actions: Told) -> Iterable[Finding]:
    if not actions:
        yield "a credit names an action that exists", f"in order {held[0][1]}"
    for state, place in actions:
        if held != ([] if ActionState(state).rules.is_undone else [place]):
            name = "an action holds its order's credit until it is reversed"
            yield name, f"is {state} and credited {len(held)} times"


def _answered(inquiries: Told, actions: Told) -> Iterable[Finding]:
    if len(actions) > 1:
        yield "an inquiry has at most one action", f"has {', '.join(sorted(actions))}"
    for state, names in inquiries or [["missing", ""]]:
        if (state == ACCEPTED) != bool(actions):
            yield "an accepted inquiry has exactly one action", f"is {state}"
        if names not in (actions or [""]):
            yield "an inquiry and its action name each other", f"names {names or 'none'}"


def _resulted(chunks: Told, files: Told) -> Iterable[Finding]:
    if sum(chunks) != sum(files):
        name = "every row of a file has exactly one result"
        yield name, f"has {sum(chunks)} results in chunks, {sum(files)} counted"


def _listed(owners: Told, lines: Told) -> Iterable[Finding]:
    if len(owners) != len(lines):
        what = "touches an account and has no line" if owners else "is a line of nothing"
        yield "an entry is listed under everybody whose accounts it touches", what


@dataclass(frozen=True, slots=True)
class Relation:
    """What is compared: `left` and `right` say what each side tells of one id. `judge` says what is
    wrong with that; sums of what clears have none, since they are judged as they are added up.
    """

    left: str
    right: str
    judge: Callable[[Told, Told], Iterable[Finding]] | None = None


RELATIONS: dict[str, Relation] = {
    **{
        str(reason): Relation(
            f"what {reason} entries settle of an action",
            "its payout, once it is due",
            _settled(reason),
        )
        for reason in SETTLED_BY
    },
    CREDIT: Relation("credits of orders", "the actions that hold them", _credited),
    INQUIRY: Relation("inquiries and their states", "the actions that they made", _answered),
    FILE: Relation("rows that chunks of a file have results of", "rows that it counts", _resulted),
    LINE: Relation("those whose accounts an entry touches", "lines that list it", _listed),
    CLEARING: Relation("sums of what clears", "actions that are locked"),
}
"""Each pair of sides that has to agree, by the name that it is kept under."""
