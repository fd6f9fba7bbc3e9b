"""What a cell of a workbook holds, as text that tells what it was.

A text is a plain `str`. The others are texts of a type of their own, because the same characters
mean something else when they were typed as a number or a date. What a column makes of each is not
decided here.
"""


class Number(str):
    """A number, in decimal digits: `14.7`, `-3`; with an exponent where it has more digits than a
    spreadsheet keeps: `2.71345E+15`.
    """

    __slots__ = ()


class Percentage(str):
    """A number that is shown as a percentage: `12.5%`."""

    __slots__ = ()


class Moment(str):
    """A date, or a date with a time, in no zone: `2026-03-05`, `2026-03-05T10:22:13`."""

    __slots__ = ()


class CellError(str):
    """The error that a formula came to: `#N/A`."""

    __slots__ = ()


class Uncalculated(str):
    """A formula that was saved without its value; the text is blank."""

    __slots__ = ()


UNCALCULATED = Uncalculated()
