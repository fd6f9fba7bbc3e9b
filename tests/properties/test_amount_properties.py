"""Amounts in every style are read as what was meant, or refused with both readings; none is read
as two.
"""

import re
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from makegood.domain.amounts import decimal_mark, read_amount
from makegood.domain.money import DECIMALS, DIGITS_MAX, Money
from makegood.domain.problems import Malformed

GROUPS = ("", ",", ".", " ", "\xa0", "\u2007", "\u2009", "\u202f", "'", "\u2019")
STYLES = [(mark, group) for mark, group in product(".,", GROUPS) if mark != group]
"""Decimal marks, and what groups digits beside them."""

currencies = st.sampled_from(["USD", "EUR", "JPY", "CLP", "KWD", "INR"])


def in_threes(digits: str, group: str) -> str:
    parts = [digits[max(0, at - 3) : at] for at in range(len(digits), 0, -3)]
    return group.join(reversed(parts))


def as_india_does(digits: str) -> str:
    head, tail = digits[:-3], digits[-3:]
    parts = [head[max(0, at - 2) : at] for at in range(len(head), 0, -2)]
    return ",".join([*reversed(parts), tail])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str, str]:
    """A decimal number, a currency that is fine enough for it, and a way to write it."""
    currency = draw(currencies)
    whole = str(draw(st.integers(0, 10**9)))
    fraction = draw(st.text("0123456789", max_size=DECIMALS[currency]))
    fraction += "0" * draw(st.integers(0, 4))
    mark, group = draw(st.sampled_from(STYLES))
    lakhs = group == "," and draw(st.booleans())
    grouped = as_india_does(whole) if lakhs else in_threes(whole, group)
    text = grouped + (mark + fraction if fraction else "")
    if whole == "0" and fraction and draw(st.booleans()):
        text = mark + fraction
    sign = draw(st.sampled_from(["", "-"]))
    return f"{sign}{whole}.{fraction or '0'}", currency, sign + text


def outcome(text: str, currency: str) -> tuple[Money | None, str, str]:
    """What a text is read as, or the code and the message that it is refused with."""
    try:
        return read_amount(text, currency), "", ""
    except Malformed as refused:
        return None, refused.code, refused.message


@given(written())
@example(("1500.0", "EUR", "1.500"))
@example(("1.500", "EUR", "1.500"))
def test_an_amount_in_any_style_is_read_as_meant_or_refused_with_both(
    case: tuple[str, str, str],
) -> None:
    number, currency, text = case
    meant = Money.parse(number, currency)
    read, code, message = outcome(text, currency)
    if read is None:
        told = {Decimal(each) for each in re.findall(r"(-?[\d.]+) [A-Z]{3}", message)}
        assert (code, told) == ("ambiguous_amount", readings(text))
        assert f"{meant} {currency}" in message
    elif DECIMALS[currency] == 3 and len(readings(text)) == 2:
        assert Decimal(str(read)) in readings(text)
    else:
        assert read == meant


def readings(text: str) -> set[Decimal]:
    """What a text may be, in every style that it fits: written without the reader's own code."""
    found = set()
    for mark, group in [*STYLES, (".", "in"), (",", "none")]:
        whole = r"\d+" if group in ("", "none") else rf"(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)"
        if group == "in":
            whole = r"[1-9]\d?(?:,\d\d)+,\d{3}"
        elif group == ".":
            whole = whole.replace("(?:.", r"(?:\.")
        pattern = rf"(-?)(?:({whole})(?:\{mark}(\d*))?|\{mark}(\d+))"
        match = re.fullmatch(pattern, text, re.ASCII)
        if match:
            sign, digits, fraction, only = match.groups()
            plain = re.sub(r"\D", "", digits or "0")
            found.add(Decimal(f"{sign}{plain}.{fraction or only or '0'}"))
    return found


@given(
    st.text("0123456789", min_size=1, max_size=4).flatmap(
        lambda head: st.lists(
            st.tuples(st.sampled_from(["", ".", ",", " ", "'"]), st.text("0159", max_size=4)),
            max_size=4,
        ).map(lambda rest: head + "".join(mark + digits for mark, digits in rest))
    ),
    currencies,
)
@example("1,23,456", "INR")
@example("1.234.567,890", "EUR")
@example(",50", "EUR")
def test_no_text_is_read_as_two_amounts(text: str, currency: str) -> None:
    values = readings(text.strip())
    read, code, _ = outcome(text, currency)
    if len(values) == 2 and DECIMALS[currency] == 3:
        values = {min(values)}
    if read is not None:
        assert {Decimal(str(read))} == values
    elif len(values) == 1:
        long = len(re.sub(r"\D", "", text)) > DIGITS_MAX
        assert code == "too_precise" or (code == "amount_too_large" and long)
    else:
        assert code == ("ambiguous_amount" if values else "not_a_number")


@given(st.text("0123456789.,' -\xa0", max_size=12))
def test_a_text_that_tells_its_decimal_mark_is_read_by_it(text: str) -> None:
    mark = decimal_mark(text, "EUR")
    _, code, _ = outcome(text, "EUR")
    assert not mark or code in ("", "too_precise", "amount_too_large")
    if mark:
        other = {".": ",", ",": "."}[mark]
        swapped = text.replace(mark, "\0").replace(other, mark).replace("\0", other)
        assert decimal_mark(swapped, "EUR") in (other, "")


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(sorted(DECIMALS)))
def test_what_we_write_ourselves_has_one_reading(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert read_amount(str(money), currency) == Money.parse(str(money), currency) == money


@pytest.mark.parametrize("text", ["1.500", "12,000", "999.999"])
def test_the_oracle_sees_two_readings_where_there_are_two(text: str) -> None:
    assert len(readings(text)) == 2
