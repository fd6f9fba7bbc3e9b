"""How often an account may ask: what is left of its bucket, and how long to wait."""

import pytest
from makegood.domain.rate_limit import Allowance

SECOND = 1_000_000
NOW = 1_780_000_000 * SECOND


def ask(allowance: Allowance, times: int, apart: int) -> list[bool]:
    """Whether each of so many requests is granted, so many microseconds apart."""
    full_at, granted = 0, []
    for at in range(NOW, NOW + times * apart, apart):
        granted.append(full_at <= allowance.latest(at))
        full_at = max(full_at, at) + allowance.step * granted[-1]
    return granted


def test_a_thousand_come_at_once_and_then_one_a_second() -> None:
    assert sum(ask(Allowance(), times=1_010, apart=1)) == 1_000
    assert all(ask(Allowance(), times=100, apart=SECOND))


def test_an_hour_holds_its_requests_and_the_first_burst() -> None:
    granted = ask(Allowance(per_hour=60, burst=5), times=3_600, apart=SECOND)
    assert sum(granted) == 60 + 5 - 1


@pytest.mark.parametrize(
    ("ahead", "left", "wait", "reset"),
    [
        (-5, 50, 0, 0),
        (0, 50, 0, 0),
        (1, 49, 0, 1),
        (49, 1, 0, 49),
        (49.5, 0, 1, 50),
        (52, 0, 3, 52),
    ],
)
def test_a_bucket_says_what_is_left_and_how_long_it_takes(
    ahead: float, left: int, wait: int, reset: int
) -> None:
    full_at = NOW + int(ahead * SECOND)
    allowance = Allowance(burst=50)
    assert allowance.remaining(full_at, NOW) == left
    assert allowance.wait_seconds(full_at, NOW) == wait
    assert allowance.reset_seconds(full_at, NOW) == reset
