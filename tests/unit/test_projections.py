"""What clears when, in sums: overdue, then thirty days, by UTC date."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from makegood.domain.projections import DAYS, Forecasts

AS_OF = datetime(2026, 6, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 11, tzinfo=UTC)


def place_of(clears_at: datetime) -> tuple[int, dict[int, int]]:
    """Where one locked action of 100 stands: in what is overdue, and by day."""
    forecasts = Forecasts(AS_OF)
    forecasts.add("500", "USD", True, clears_at, 100)
    (made,) = forecasts.made()
    assert made.pending == (0,) * DAYS
    assert made.days == made.locked
    assert made.total_minor == made.overdue_minor + sum(made.days)
    return made.overdue_minor, {day: minor for day, minor in enumerate(made.days) if minor}


@pytest.mark.parametrize(
    ("clears_at", "place"),
    [
        (AS_OF - timedelta(days=90), (100, {})),
        (AS_OF, (100, {})),
        (AS_OF + timedelta(seconds=1), (0, {0: 100})),
        (MIDNIGHT - timedelta(seconds=1), (0, {0: 100})),
        (MIDNIGHT, (0, {1: 100})),
        (MIDNIGHT.astimezone(timezone(timedelta(hours=-7))), (0, {1: 100})),
        (MIDNIGHT + timedelta(days=DAYS - 1, seconds=-1), (0, {DAYS - 1: 100})),
        (MIDNIGHT + timedelta(days=DAYS - 1), (0, {})),
    ],
)
def test_an_action_counts_once_on_the_day_that_it_clears(
    clears_at: datetime, place: tuple[int, dict[int, int]]
) -> None:
    assert place_of(clears_at) == place


def test_accounts_are_summed_apart_and_pending_apart_from_locked() -> None:
    forecasts = Forecasts(AS_OF)
    for account, locked, minor in (
        (("500", "USD"), True, 1),
        (("500", "USD"), False, 20),
        (("500", "USD"), False, 300),
        (("500", "EUR"), False, 4000),
    ):
        forecasts.add(*account, locked, MIDNIGHT, minor)
    forecasts.know("501", "USD")
    made = {(each.advertiser_id, each.currency): each for each in forecasts.made()}
    usd = made["500", "USD"]
    assert (usd.locked[1], usd.pending[1], usd.days[1], usd.total_minor) == (1, 320, 321, 321)
    assert (made["500", "EUR"].total_minor, made["501", "USD"].total_minor) == (4000, 0)
