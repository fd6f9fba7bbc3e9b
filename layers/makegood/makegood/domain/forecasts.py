"""What an advertiser will have to pay in one currency, day by day for thirty days.

Only sums are kept: for each day (UTC) that actions clear on, the payouts of those that are pending
and of those that are locked; and of all that has cleared and is not paid.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

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
        """What clears on each day, pending or locked."""
        return tuple(map(sum, zip(self.pending, self.locked, strict=True)))

    @property
    def total_minor(self) -> int:
        """What is needed until the last day, with what is overdue."""
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
