"""Sums that look ahead; the proof of the books makes them, because it reads every action.

A forecast says what an advertiser will have to pay in one currency, day by day for thirty days; a
standing says where a partner's earnings are: what is pending, what is locked, what waits. Such sums
cannot be read from indexes, and say as of when they are.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from makegood.domain.actions import Action

DAYS = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """Minor units. `pending` and `locked` have a sum for each day from that of `as_of` on.

    An action counts once: as overdue when it has cleared at `as_of`, else on the day it clears.
    What clears later than all days counts nowhere.
    """

    advertiser_id: str
    currency: str
    as_of: datetime
    overdue_minor: int = 0
    pending: tuple[int, ...] = (0,) * DAYS
    locked: tuple[int, ...] = (0,) * DAYS

    @property
    def days(self) -> tuple[int, ...]:
        """What clears on each day, pending and locked together."""
        return tuple(map(sum, zip(self.pending, self.locked, strict=True)))

    @property
    def total_minor(self) -> int:
        """What is needed up to the last day, including what is overdue."""
        return self.overdue_minor + sum(self.days)


@dataclass(slots=True)
class Forecasts:
    """Forecasts in the making: what is overdue, the pending days, the locked days."""

    as_of: datetime
    sums: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def know(self, advertiser_id: str, currency: str) -> list[int]:
        """Forecasts something even if it is nothing: what was needed once may be needed no more."""
        return self.sums.setdefault((advertiser_id, currency), [0] * (1 + 2 * DAYS))

    def add(
        self, advertiser_id: str, currency: str, locked: bool, clears_at: datetime, minor: int
    ) -> None:
        """One action that is neither paid nor reversed."""
        sums = self.know(advertiser_id, currency)
        day = (clears_at.astimezone(UTC).date() - self.as_of.astimezone(UTC).date()).days
        if clears_at <= self.as_of:
            sums[0] += minor
        elif day < DAYS:
            sums[1 + DAYS * locked + day] += minor

    def made(self) -> list[Forecast]:
        return [
            Forecast(
                *account, self.as_of, sums[0], tuple(sums[1 : 1 + DAYS]), tuple(sums[1 + DAYS :])
            )
            for account, sums in sorted(self.sums.items())
        ]


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
        if action.state.rules.may_change:
            sums[0] += action.worth.minor
        elif action.state.rules.is_set_aside:
            sums[1] += action.payout.minor
            sums[2] += action.payout.minor if action.is_overdue(self.as_of) else 0

    def made(self) -> list[Standing]:
        return [Standing(*key, self.as_of, *sums) for key, sums in sorted(self.sums.items())]
