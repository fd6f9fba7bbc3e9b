"""What holds for every amount and every rate."""

from contextlib import suppress
from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.money import DECIMALS, MILLIONTHS, Money, Rate, parse_currency, total
from makegood.domain.problems import Malformed

currencies = st.sampled_from(sorted(DECIMALS))
minors = st.integers(-(10**15) + 1, 10**15 - 1)
rates = st.builds(Rate, st.integers(0, MILLIONTHS))


@given(minors, currencies)
def test_an_amount_survives_its_text(minor: int, currency: str) -> None:
    assert Money.parse(str(Money(minor, currency)), currency) == Money(minor, currency)


@given(minors, currencies)
def test_an_amounts_text_is_its_decimal_value(minor: int, currency: str) -> None:
    assert Decimal(str(Money(minor, currency))) == Decimal(minor).scaleb(-DECIMALS[currency])


@given(st.text() | st.decimals(allow_nan=False).map(str), currencies)
def test_any_text_is_that_exact_amount_or_malformed(text: str, currency: str) -> None:
    with suppress(Malformed):
        assert Decimal(str(Money.parse(text, currency))) == Decimal(text)


@given(minors, minors, currencies)
def test_sums_and_differences_undo_each_other(one: int, other: int, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert a + b - b == a
    assert a - b == -(b - a)
    assert total([a, b], currency) == b + a


@given(minors, minors, currencies)
def test_order_is_that_of_the_minor_units(one: int, other: int, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert (a < b, a <= b, a > b, a >= b) == (one < other, one <= other, one > other, one >= other)


@given(rates)
def test_a_rate_survives_its_text(rate: Rate) -> None:
    assert Rate.parse_percent(rate.percent()) == rate


@given(rates, minors, currencies)
def test_a_share_is_the_exact_one_rounded_half_to_even(
    rate: Rate, minor: int, currency: str
) -> None:
    exact = Decimal(minor) * rate.millionths / MILLIONTHS
    assert rate.of(Money(minor, currency)).minor == exact.quantize(Decimal(1), ROUND_HALF_EVEN)


@given(rates, st.integers(-10_000, 10_000))
def test_a_share_never_exceeds_the_whole_and_mirrors_around_zero(rate: Rate, minor: int) -> None:
    share = rate.of(Money(minor, "USD"))
    assert abs(share.minor) <= abs(minor)
    assert rate.of(Money(-minor, "USD")) == -share


@given(st.text())
def test_any_text_is_a_currency_or_malformed(text: str) -> None:
    with suppress(Malformed):
        assert parse_currency(text) in DECIMALS
