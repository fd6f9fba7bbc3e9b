"""Amounts are exact, rates round once, and currencies do not mix."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from makegood.domain.money import DECIMALS, ENDED, Money, Rate, parse_currency, parse_current, total
from makegood.domain.problems import Malformed


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("14.70", "USD", 1470),
        ("14.7", "USD", 1470),
        ("14", "USD", 1400),
        ("14.", "USD", 1400),
        ("0", "USD", 0),
        ("-0", "USD", 0),
        ("0.01", "USD", 1),
        ("-0.01", "USD", -1),
        ("007.50", "USD", 750),
        ("14.7000000000", "USD", 1470),
        (" 14.70\n", "USD", 1470),
        ("1500", "JPY", 1500),
        ("1500.00", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200),
        ("5000000", "USD", 500_000_000),
        ("999999999999999.999", "KWD", 999_999_999_999_999_999),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", ".", ".5", "1,50", "1.000,50", "1,000.50", "$5", "5 USD", "1e3", "0x10", "NaN",
     "Infinity", "--1", "+1", "1 000", "1.2.3", "\uff11\uff14", "1_000", "1000000000000000",
     "9" * 5000],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match=r"14\.70") as caught:
        Money.parse(text, "USD")
    assert caught.value.code == "not_a_number"


@pytest.mark.parametrize(
    ("text", "currency"),
    [("1.005", "USD"), ("1.0000001", "USD"), ("1.5", "JPY"), ("1.2345", "KWD")],
)
def test_an_amount_finer_than_its_currency_is_refused_and_not_rounded(
    text: str, currency: str
) -> None:
    with pytest.raises(Malformed, match=currency) as caught:
        Money.parse(text, currency)
    assert caught.value.code == "too_precise"


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1470, "USD"), "14.70"),
        (Money(0, "USD"), "0.00"),
        (Money(5, "USD"), "0.05"),
        (Money(-5, "USD"), "-0.05"),
        (Money(-123456, "USD"), "-1234.56"),
        (Money(0, "JPY"), "0"),
        (Money(-1500, "JPY"), "-1500"),
        (Money(7, "KWD"), "0.007"),
        (Money(1234, "KWD"), "1.234"),
    ],
)
def test_an_amount_is_written_with_its_currencys_decimals(money: Money, text: str) -> None:
    assert str(money) == text


def test_money_is_never_built_from_a_float_a_decimal_or_a_bool() -> None:
    for minor in (14.0, Decimal(14), True, "14"):
        with pytest.raises(TypeError, match="whole minor units"):
            Money(minor, "USD")  # type: ignore[arg-type]


def test_money_has_a_known_currency() -> None:
    with pytest.raises(ValueError, match="XXX"):
        Money(1, "XXX")


def test_currencies_do_not_mix() -> None:
    dollars, euros = Money(100, "USD"), Money(100, "EUR")
    for mix in (
        lambda: dollars + euros,
        lambda: dollars - euros,
        lambda: dollars < euros,
        lambda: dollars <= euros,
        lambda: dollars > euros,
        lambda: dollars >= euros,
        lambda: total([dollars, euros], "USD"),
        lambda: total([euros], "USD"),
    ):
        with pytest.raises(ValueError, match="do not mix"):
            mix()
    assert dollars != euros


def test_an_amount_of_zero_does_not_pass_for_a_missing_one() -> None:
    assert (Money.zero("USD") or Money(1, "USD")) == Money(0, "USD")


def test_no_amounts_sum_to_zero_of_the_currency() -> None:
    assert total([], "JPY") == Money(0, "JPY")
    assert total((Money(1, "JPY"), Money(2, "JPY")), "JPY") == Money(3, "JPY")


@pytest.mark.parametrize(("text", "currency"), [("USD", "USD"), (" usd ", "USD"), ("Jpy", "JPY")])
def test_a_currency_is_read_in_any_case(text: str, currency: str) -> None:
    assert parse_currency(text) == currency


@pytest.mark.parametrize("text", ["", "US", "USDT", "XXX", "XTS", "$", "BTC", "U\u015aD"])
def test_what_is_no_currency_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match="USD") as caught:
        parse_currency(text)
    assert caught.value.code == "unknown_currency"


def test_a_currency_that_has_ended_names_one_in_use_and_its_last_day() -> None:
    for currency, ended in ENDED.items():
        assert ended.successor in DECIMALS.keys() - ENDED.keys()
        last = date.fromisoformat(ended.last_day)
        assert parse_current(currency, last) == currency
        with pytest.raises(Malformed, match=ended.successor) as refused:
            parse_current(currency, last + timedelta(days=1))
        assert refused.value.code == "currency_ended"
    assert (ENDED["HRK"].last_day, ENDED["BGN"].last_day) == ("2022-12-31", "2025-12-31")


def test_a_currency_in_use_has_no_end() -> None:
    assert parse_current("eur", date(2200, 1, 1)) == "EUR"
    assert parse_currency("HRK") == "HRK"
    with pytest.raises(Malformed):
        parse_currency("u\u017fd")


def test_decimals_are_those_of_iso_4217() -> None:
    known = {"USD": 2, "EUR": 2, "GBP": 2, "XCG": 2, "JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0,
             "XOF": 0, "KWD": 3, "BHD": 3, "TND": 3}  # fmt: skip
    assert known.items() <= DECIMALS.items()
    assert all(len(code) == 3 and code.isupper() and code.isascii() for code in DECIMALS)


@pytest.mark.parametrize(
    ("text", "millionths"),
    [("5", 50_000), ("2.5", 25_000), ("0", 0), ("100", 1_000_000), ("100.0000", 1_000_000),
     ("0.0001", 1), ("07.10", 71_000), (" 5 ", 50_000), ("12.3456", 123_456)],
)  # fmt: skip
def test_a_percentage_is_read_exactly(text: str, millionths: int) -> None:
    assert Rate.parse_percent(text) == Rate(millionths)


@pytest.mark.parametrize(
    "text", ["", "100.0001", "101", "999", "-1", "+5", "5%", "2,5", ".5", "5.", "1.23456", "\u0665"]
)
def test_what_is_no_percentage_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match=r"0 to 100") as caught:
        Rate.parse_percent(text)
    assert caught.value.code == "not_a_percentage"


@pytest.mark.parametrize(
    ("millionths", "text"),
    [(50_000, "5"), (25_000, "2.5"), (0, "0"), (1_000_000, "100"), (100_000, "10"), (1, "0.0001"),
     (123_456, "12.3456"), (10_500, "1.05")],
)  # fmt: skip
def test_a_rate_is_written_without_needless_zeros(millionths: int, text: str) -> None:
    assert Rate(millionths).percent() == text


@pytest.mark.parametrize(
    ("minor", "percent", "share"),
    [
        (1470, "5", 74),  # 73.5 lies between 73 and 74: to the even one
        (1450, "5", 72),  # 72.5 to the even 72
        (1490, "5", 74),  # 74.5 to the even 74
        (1451, "5", 73),  # 72.55
        (1449, "5", 72),  # 72.45
        (10, "5", 0),  # 0.5 to the even 0
        (30, "5", 2),  # 1.5 to the even 2
        (-10, "5", 0),
        (-30, "5", -2),
        (-50, "5", -2),
        (-1451, "5", -73),
        (1, "100", 1),
        (999, "0", 0),
        (500_000_000, "0.0001", 500),
    ],
)
def test_a_share_is_rounded_once_and_half_to_even(minor: int, percent: str, share: int) -> None:
    assert Rate.parse_percent(percent).of(Money(minor, "USD")) == Money(share, "USD")
