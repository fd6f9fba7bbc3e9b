"""Amounts as people write them: one reading is read, two are refused with both named."""

import pytest
from makegood.domain.amounts import decimal_mark, read_amount
from makegood.domain.money import Money
from makegood.domain.problems import Malformed

ONE_READING = [
    ("14.70", "USD", 1470),
    ("14.7", "USD", 1470),
    ("14.", "USD", 1400),
    ("14,", "USD", 1400),
    ("14", "USD", 1400),
    ("007.50", "USD", 750),
    ("-14,70", "USD", -1470),
    ("12,30", "EUR", 1230),
    (",50", "EUR", 50),
    (".5", "EUR", 50),
    ("1.234,50", "EUR", 123_450),
    ("1,234.50", "EUR", 123_450),
    ("1 234,50", "EUR", 123_450),
    ("1\xa0234,50", "EUR", 123_450),
    ("1\u202f234,50", "EUR", 123_450),
    ("1\u2009234,50", "EUR", 123_450),
    ("1 234\xa0567", "EUR", 123_456_700),
    ("1'234.50", "CHF", 123_450),
    ("1\u2019234.50", "CHF", 123_450),
    ("1'234'567,5", "CHF", 123_456_750),
    ("1 234,500", "EUR", 123_450),
    ("1.234.567", "EUR", 123_456_700),
    ("1,234,567", "EUR", 123_456_700),
    ("1.234.567,890", "EUR", 123_456_789),
    ("1,23,456.50", "INR", 12_345_650),
    ("1,23,456", "INR", 12_345_600),
    ("12,34,56,789", "INR", 12_345_678_900),
    ("0.500", "EUR", 50),
    ("0,500", "EUR", 50),
    ("007.500", "EUR", 750),
    ("1234.500", "EUR", 123_450),
    ("1234,500", "EUR", 123_450),
    ("14.7000", "EUR", 1470),
    ("14.7000000000", "USD", 1470),
    ("1.500", "KWD", 1500),
    ("1,500", "KWD", 1500),
    ("1.234,5", "KWD", 1_234_500),
    ("15000", "CLP", 15_000),
    ("15.000,00", "CLP", 15_000),
    ("15,0", "JPY", 15),
    ("999999999999999.99", "USD", 99_999_999_999_999_999),
]


@pytest.mark.parametrize(("text", "currency", "minor"), ONE_READING)
def test_what_has_one_reading_is_read(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == Money(minor, currency)
    assert read_amount(f" {text}\n", currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "readings"),
    [
        ("1.500", "EUR", ("1.50 EUR", "1500.00 EUR", "write 1.50 or 1500.00")),
        ("12,000", "EUR", ("12.00 EUR", "12000.00 EUR", "write 12.00 or 12000.00")),
        ("-1.500", "EUR", ("-1.50 EUR", "-1500.00 EUR")),
        ("15.000", "CLP", ("15 CLP", "15000 CLP", "write 15 or 15000")),
        ("1.234", "EUR", ("1.234 EUR", "1234.00 EUR", "write 1234.00", "2 decimals")),
        ("1,234", "JPY", ("1.234 JPY", "1234 JPY", "write 1234", "0 decimals")),
    ],
)
def test_what_has_two_readings_is_refused_with_both(
    text: str, currency: str, readings: tuple[str, ...]
) -> None:
    with pytest.raises(Malformed) as refused:
        read_amount(text, currency)
    assert refused.value.code == "ambiguous_amount"
    assert [each for each in (text, *readings) if each not in refused.value.message] == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", ".", ",", "-.", "$5", "5 USD", "\u20ac 5", "1e3", "0x10", "NaN", "Infinity",
     "--1", "+1", "5-", "(5)", "1_000", "\uff11\uff14", "\u0661\u0664", "1.2.3", "1,2,3",
     "12.34.567", "1.23.456", "1.23.456,50", "1.2345.678", "1.234.56", "1,234.567.890",
     "1.234,567.89", "1.234,567,890", "1,234,567.890.1", "0.123.456", "012,345.60", "0 500", "1 23",
     "1 2345", "12 34 567", "1  234", "1 234'567", "1 234.567,89", "1 234,567.89", "1,234 567",
     "1.5 000", "1..5", "1,,5", "'5", "5'", "1''234", "1 ,5"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Malformed, match=r"14\.70") as refused:
        read_amount(text, "USD")
    assert refused.value.code == "not_a_number"


@pytest.mark.parametrize(
    ("text", "currency"), [("1,005.001", "USD"), ("1.0000001", "USD"), ("1,5", "JPY")]
)
def test_what_is_finer_than_its_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Malformed, match=currency) as refused:
        read_amount(text, currency)
    assert refused.value.code == "too_precise"


@pytest.mark.parametrize("text", ["1000000000000000", "1.000.000.000.000.000,00", "9" * 5000])
def test_more_digits_than_any_amount_has_are_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_amount(text, "USD")
    assert refused.value.code == "amount_too_large"


@pytest.mark.parametrize(
    ("text", "mark"),
    [("12,30", ","), ("1.234,50", ","), ("1.234.567", ","), (",50", ","), ("1 234,500", ","),
     ("14.70", "."), ("1,234.50", "."), ("1,234,567", "."), ("1,23,456", "."), ("0.500", "."),
     ("14", ""), ("1 234", ""), ("1'234", ""), ("1.500", ""), ("1,500", ""), ("none", ""),
     ("1.2.3", ""), ("", "")],
)  # fmt: skip
def test_an_amount_tells_the_decimal_mark_that_it_can_only_have(text: str, mark: str) -> None:
    assert decimal_mark(text, "EUR") == decimal_mark(text) == mark


def test_three_decimals_tell_the_mark_of_three_digits() -> None:
    assert (decimal_mark("1.500", "KWD"), decimal_mark("1,500", "KWD")) == (".", ",")
