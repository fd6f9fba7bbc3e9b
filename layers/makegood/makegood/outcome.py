"""What a decision changes, before anything is stored.

A decision is a pure function that answers with an `Outcome`; the store commits an outcome whole or
not at all, on condition that everything still is as the decision saw it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from makegood.actions import Action, ActionUpdate, OrderCredits
from makegood.inquiries import Inquiry
from makegood.ledger import Cash, Entry


@dataclass(frozen=True, slots=True)
class RuleSpend:
    """What one approval rule has granted in one calendar month of the campaign, in minor units."""

    campaign_id: str
    partner_id: str
    month: str
    currency: str
    granted_minor: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pairs are (as the decision saw it, as it becomes); None where there was nothing.

    `relies_on` names balances that must not have moved since they were read; all other balances
    just follow the entries.
    """

    inquiries: tuple[tuple[Inquiry | None, Inquiry], ...] = ()
    actions: tuple[tuple[Action | None, Action], ...] = ()
    orders: tuple[tuple[OrderCredits, OrderCredits], ...] = ()
    updates: tuple[ActionUpdate, ...] = ()
    entries: tuple[Entry, ...] = ()
    relies_on: tuple[Cash, ...] = ()
    spends: tuple[tuple[RuleSpend, RuleSpend], ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both, in this order; used where one decision is made of smaller ones."""
        return Outcome(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


NOTHING = Outcome()


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several independent outcomes as one."""
    result = NOTHING
    for outcome in outcomes:
        result = result + outcome
    return result
