"""Sums of what clears: one for each account, currency and clearing instant.

A sum includes an action from its lock until it is paid: once for the advertiser that owes it, and
once for the partner that earns it. What is overdue in an account is the total of its sums up to
now, however many actions are behind them. Sums follow from the steps of actions, so no decision
needs to know them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from makegood.domain.actions import Action
from makegood.domain.outcome import Outcome, together


class Place(NamedTuple):
    """Where an action is added up: `owner` is an account's, like `advertiser:500`."""

    owner: str
    advertiser_id: str
    currency: str
    clears_at: datetime


@dataclass(frozen=True, slots=True)
class Clearing:
    """What of an account clears at one instant and is not paid; `minor` in minor units.

    A partner's sum of one instant may be in several parts, which are added up.
    """

    owner: str
    currency: str
    clears_at: datetime
    minor: int
    count: int

    @property
    def name(self) -> str:
        """All that its parts share."""
        return f"{self.owner} {self.currency} {self.clears_at.isoformat()}"


@dataclass(slots=True)
class Totals:
    """An account's totals in one currency: all that is locked and unpaid, and what has cleared."""

    locked_minor: int = 0
    overdue_minor: int = 0
    overdue_count: int = 0


def places(action: Action) -> tuple[Place, Place]:
    """The advertiser's, and the partner's."""
    rest = action.advertiser_id, action.payout.currency, action.clears_at
    return (
        Place(f"advertiser:{action.advertiser_id}", *rest),
        Place(f"partner:{action.partner_id}", *rest),
    )


def moves(pairs: Iterable[tuple[Action | None, Action]]) -> dict[Place, tuple[int, int]]:
    """What steps of actions add to sums: minor units and a count, negative where they are paid.

    An action that is locked and paid in one step moves none.
    """
    moved: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
    for before, after in pairs:
        was = before is not None and before.is_summed
        if was == after.is_summed:
            continue
        action, sign = (after, 1) if after.is_summed else (before or after, -1)
        for place in places(action):
            moved[place][0] += sign * action.payout.minor
            moved[place][1] += sign
    return {place: (minor, count) for place, (minor, count) in moved.items() if minor or count}


def totals(clearings: Iterable[Clearing], now: datetime) -> dict[str, Totals]:
    """An account's sums, by currency."""
    found: defaultdict[str, Totals] = defaultdict(Totals)
    for each in clearings:
        total = found[each.currency]
        total.locked_minor += each.minor
        if each.clears_at <= now:
            total.overdue_minor += each.minor
            total.overdue_count += each.count
    return dict(found)


def mended(actions: Iterable[Action]) -> Outcome:
    """Strays are brought into the sums, or out of them, as their states say."""
    return together(
        Outcome(actions=((each, replace(each, stray=False)),)) for each in actions if each.stray
    )
