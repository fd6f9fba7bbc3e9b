"""Numbers and dates as a workbook stores them, in exact digits.

A number is stored as a double. A spreadsheet shows and compares fifteen digits of it, so these are
the number: 0.1+0.2 is stored as 0.30000000000000004, and is 0.3.

A date is a number of days: since 1899-12-30 in the system of 1900, which counts a day that never
was before March of that year, and since 1904-01-01 in that of 1904.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, isfinite

from makegood.workbooks.cells import CellError, Moment, Number, Percentage
from makegood.workbooks.refusals import damaged
from makegood.workbooks.styles import Shown, Style

DIGITS_KEPT = 15
"""Digits of a number that a spreadsheet keeps."""

SURE_BELOW = 10.0**10
"""Numbers below have five decimals or more among their fifteen digits: more than any currency."""

_PLAIN = r"-?\d{1,14}(?:\.\d{1,14})?"
_STORED = r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[Ee][+-]?\d{1,4})?"
_DAYS_1900, _DAYS_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001
_FIRST_SURE, _END = 61.0, 2_957_004.0
"""The first of March of 1900, and a day in 9995, in days of either system."""

_DAY_MILLISECONDS = 86_400_000


def exact(value: str) -> str:
    """The decimal that a stored number stands for; with an exponent beyond fifteen digits."""
    if len(value) <= DIGITS_KEPT and re.fullmatch(_PLAIN, value, re.ASCII):
        return _short(value)
    number = float(value) if re.fullmatch(_STORED, value.strip(), re.ASCII) else inf
    if not isfinite(number):
        raise damaged("a number in it is none")
    text = format(number, f".{DIGITS_KEPT}g")
    if float(text) != number and abs(number) >= SURE_BELOW:
        text = repr(number)
    decimal = Decimal(text)
    if -DIGITS_KEPT <= decimal.adjusted() < DIGITS_KEPT:
        return _short(format(decimal, "f"))
    return f"{decimal.normalize():E}" if decimal else "0"


def _short(digits: str) -> str:
    """Plain digits without zeros that say nothing."""
    sign = "-" if digits.startswith("-") else ""
    whole, _, fraction = digits.removeprefix("-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text if text == "0" else sign + text


def shown(value: str, style: Style, since_1904: bool) -> str:
    """A stored number as its style shows it: a number, a percentage, a date, or an id."""
    text = exact(value)
    if style is Shown.NUMBER:
        return Number(text)
    if style is Shown.DATE:
        return moment(float(value), since_1904) or Number(text)
    if style is Shown.PERCENTAGE:
        return Percentage(f"{_short(format(Decimal(text) * 100, 'f'))}%")
    if isinstance(style, int) and text.isdecimal():
        return text.zfill(style)
    return Number(text)


def moment(days: float, since_1904: bool) -> Moment | None:
    """The date, and the time if it has one, to the millisecond; None for a time without a date."""
    if not (1.0 if since_1904 else _FIRST_SURE) <= days < _END:
        return None
    start = _DAYS_1904 if since_1904 else _DAYS_1900
    at = start + timedelta(milliseconds=round(days * _DAY_MILLISECONDS))
    if at.time() == at.min.time():
        return Moment(at.date().isoformat())
    precision = "milliseconds" if at.microsecond else "seconds"
    return Moment(at.isoformat(timespec=precision))


def error_of(value: str) -> CellError:
    """The error that a cell shows."""
    return CellError(value.strip() or "#N/A")
