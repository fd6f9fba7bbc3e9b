"""Amounts as people and spreadsheets write them: what has one reading is read, what has two is not.

    1234.50   1,234.50   1.234,50   1 234,50   1'234.50   1,23,456.50   12,30   ,50      one reading
    1.500     12,000                                                                     two

Where both marks stand, the last is the decimal mark and the other groups digits in threes, or as
India does. One mark that comes several times groups; so do spaces and apostrophes. A lone point or
comma is the decimal mark, unless just three digits stand behind it and one to three, the first of
them no zero, before it: that may be thousands as well, except where a currency has three decimals.

What we wrote ourselves and numbers of JSON know the decimal point alone, as `Money.parse` does.
"""

import re
from typing import NamedTuple

from makegood.domain.money import DECIMALS, DIGITS_MAX, Money
from makegood.domain.problems import Malformed

AMOUNT_MAX = 5_000_000
"""Major units of an order or a payout, in any currency."""

_SPACES = " \xa0\u2007\u2009\u202f"
_APOSTROPHES = "'\u2019"
_PLAIN = r"-?\d+(?:\.(?:\d{0,2}|\d{4,}))?"
"""What is read as it is in every currency; most amounts are so."""

_PARTS = rf"(-?)([\d.,{_APOSTROPHES}{_SPACES}]*)"
_THREES = r"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
_LAKHS = r"[1-9]\d?(?:,\d\d)+,\d{3}"
_EXAMPLE = "write it like 14.70"


class Written(NamedTuple):
    """An amount taken apart: its whole digits, what stands behind `mark`, and the mark itself.

    `grouped`: a lone mark that may as well group thousands.
    """

    sign: str
    whole: str
    fraction: str
    mark: str
    grouped: bool = False


class JsonNumber(str):
    """A number of JSON, in the digits that it was written with: its point is a decimal point."""

    __slots__ = ()


def read_amount(text: str, currency: str) -> Money:
    """The amount that somebody wrote; exact, or `Malformed` with what to mend.

    What has two readings is told with both.
    """
    if isinstance(text, JsonNumber):
        return Money.parse(text, currency)
    text = text.strip()
    if re.fullmatch(_PLAIN, text, re.ASCII):
        return _exact(text, currency)
    written = _apart(text)
    if written is None:
        raise Malformed("not_a_number", f"Not a number; {_EXAMPLE}")
    if written.grouped and DECIMALS[currency] != 3:
        raise _ambiguous(written, currency)
    return _exact(f"{written.sign}{written.whole}.{written.fraction}", currency)


def read_bounded(text: str, currency: str, least: int) -> Money:
    """As `read_amount`, from so many minor units (0 or 1) to `AMOUNT_MAX`."""
    money = read_amount(text, currency)
    if money.minor < least:
        message = "Not above zero; give the amount" if least else "Below zero; give 0 or more"
        raise Malformed("not_positive", message)
    if money.minor > AMOUNT_MAX * 10 ** DECIMALS[currency]:
        message = f"Over the limit; give at most {AMOUNT_MAX:,} {currency}"
        raise Malformed("amount_too_large", message)
    return money


def read_whole(text: str) -> int:
    """A whole number as people and spreadsheets write it, like `2`, `1 200` or `1.0000`.

    Fractions are refused, and so is what could be thousands as well, like `1.000`.
    """
    written = _apart(text.strip())
    if written is None or written.sign or written.fraction.strip("0"):
        raise Malformed("not_a_count", "Not a whole number; write it like 2")
    _, whole, fraction, mark, grouped = written
    if grouped and not isinstance(text, JsonNumber):
        message = f"{whole}{mark}{fraction} may be {whole} or {whole}{fraction}; write one of them"
        raise Malformed("ambiguous_count", message)
    if len(whole) > DIGITS_MAX:
        raise Malformed("not_a_count", f"More than {DIGITS_MAX} digits; write it like 2")
    return int(whole)


def decimal_mark(text: str, currency: str = "") -> str:
    """The decimal mark that an amount can only have, a point or a comma; "" where it tells none.

    `1.234.567` tells a comma: its points can only group. Without a currency, what that would
    decide is left open.
    """
    text = text.strip()
    if re.fullmatch(_PLAIN, text, re.ASCII):
        return "." if "." in text else ""
    written = _apart(text)
    if written is None or (written.grouped and DECIMALS.get(currency) != 3):
        return ""
    return written.mark


def _apart(text: str) -> Written | None:
    """The parts of what is written; None where it is no amount."""
    match = re.fullmatch(_PARTS, text, re.ASCII)
    if match is None:
        return None
    sign, body = match.groups()
    for kind in (_SPACES, _APOSTROPHES):
        body = re.sub(f"[{kind}]", kind[0], body)
    for mark, other in (".,", ",."):
        if mark in body and body.rfind(mark) > body.rfind(other):
            return _marked(sign, body, mark, other)
    whole = _ungrouped(body, (" ", "'"))
    return None if whole is None else Written(sign, whole, "", "")


def _marked(sign: str, body: str, mark: str, other: str) -> Written | None:
    """What has a mark, and perhaps the other one before it."""
    if body.count(mark) > 1:
        whole = None if other in body else _ungrouped(body, (mark,))
        return None if whole is None else Written(sign, whole, "", other)
    before, _, fraction = body.partition(mark)
    whole = _ungrouped(before, (other, " ", "'")) if before else "0"
    if whole is None or not (fraction.isdecimal() or (before and not fraction)):
        return None
    lone = re.fullmatch(r"[1-9]\d{0,2}", before, re.ASCII) is not None and len(fraction) == 3
    return Written(sign, whole, fraction, mark, lone)


def _ungrouped(digits: str, marks: tuple[str, ...]) -> str | None:
    """Whole digits, with at most one of these marks between their groups; None where they are
    grouped in another way.
    """
    if digits.isdecimal():
        return digits
    for mark in marks:
        pattern = _THREES.format(mark=re.escape(mark))
        if re.fullmatch(f"{pattern}|{_LAKHS}" if mark == "," else pattern, digits, re.ASCII):
            return digits.replace(mark, "")
    return None


def _exact(text: str, currency: str) -> Money:
    whole = text.lstrip("-").partition(".")[0]
    if len(whole) > DIGITS_MAX:
        message = f"More than {DIGITS_MAX} digits, which no amount has; {_EXAMPLE}"
        raise Malformed("amount_too_large", message)
    return Money.parse(text, currency)


def _ambiguous(written: Written, currency: str) -> Malformed:
    """Both readings, and how to write each."""
    sign, whole, fraction, mark, _ = written
    thousands = Money.parse(f"{sign}{whole}{fraction}", currency)
    told = f"{sign}{whole}{mark}{fraction} may be"
    try:
        decimal = str(Money.parse(f"{sign}{whole}.{fraction}", currency))
    except Malformed:
        decimal = f"{sign}{whole}.{fraction}"
        fine = DECIMALS[currency]
        mend = f"write {thousands} for that, or round the other: {currency} has {fine} decimals"
        return Malformed(
            "ambiguous_amount", f"{told} {thousands} {currency} or {decimal} {currency}; {mend}"
        )
    return Malformed(
        "ambiguous_amount",
        f"{told} {decimal} {currency} or {thousands} {currency}; write {decimal} or {thousands}",
    )
