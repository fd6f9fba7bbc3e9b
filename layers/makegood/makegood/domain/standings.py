"""Where a partner's earnings stand in one currency: what is pending, what is locked, what waits.

Such sums cannot be read from indexes: they are made by whoever reads every action anyway, are as
old as that reading, and say so.
"""

from dataclasses import dataclass, field
from datetime import datetime

from makegood.domain.actions import Action, ActionState


@dataclass(frozen=True, slots=True)
class Standing:
    """Minor units, as they were at `as_of`.

    `locked_minor` is all that is locked and not paid; `overdue_minor` is the part of it that had
    cleared by then.
    """

    partner_id: str
    currency: str
    as_of: datetime
    pending_minor: int = 0
    locked_minor: int = 0
    overdue_minor: int = 0


@dataclass(slots=True)
class Standings:
    """Standings in the making, fed action by action: pending, locked, overdue."""

    as_of: datetime
    sums: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def know(self, partner_id: str, currency: str) -> list[int]:
        """Has a standing even if it is nothing: what waited once may wait no more."""
        return self.sums.setdefault((partner_id, currency), [0, 0, 0])

    def add(self, action: Action) -> None:
        """One action; one that is paid or reversed waits for nothing."""
        sums = self.know(action.partner_id, action.payout.currency)
        if action.state is ActionState.PENDING:
            sums[0] += action.worth.minor
        elif action.state is ActionState.LOCKED:
            sums[1] += action.payout.minor
            sums[2] += action.payout.minor if action.clears_at <= self.as_of else 0

    def made(self) -> list[Standing]:
        return [Standing(*key, self.as_of, *sums) for key, sums in sorted(self.sums.items())]
