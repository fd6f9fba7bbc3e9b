"""Writes a workbook row by row, in bounded memory: one table to fill in or to read, and notes.

Cells are typed by their column. A text is always written as a text, so nothing in a table can run.
What is not to be changed is locked, without a password: it prevents slips, not people.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import IO, Any

from makegood.workbooks.places import letters_of

BLOCK_BYTES = 256 * 1024
CELL_CHARS_MAX = 32_767
_CUT = "\u2026"
_NOT_IN_XML = "[\ufffe\uffff\ud800-\udfff]"
_PLAIN = r"-?\d{1,10}(?:\.\d{1,4})?"
"""Amounts of fifteen digits at most, all of which a spreadsheet keeps."""

_START = datetime(1899, 12, 30)  # noqa: DTZ001
_HEAD_COLOR, _OPEN_COLOR, _LATE_COLOR, _SOON_COLOR = "#1F4E5F", "#FFF8DC", "#F4B6B6", "#FBE3A6"
_SOON_DAYS = 3
_MARKED_PERCENT = 10


class Holds(Enum):
    """What a column holds."""

    TEXT = 1
    AMOUNT = 2
    MOMENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. Cells that are `open` may be changed; the others are locked.

    `choices` are all values that an open cell takes; `least` and `most` are those of an amount;
    `chars_max` is the length of a text. `width` is in characters. `marked` says that the largest
    amounts, or the dates that are near or past, stand out.
    """

    title: str
    holds: Holds = Holds.TEXT
    width: int = 16
    open: bool = False
    choices: tuple[str, ...] = ()
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    decimals: int | None = None
    chars_max: int = CELL_CHARS_MAX
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """The second page: paragraphs, and lists that people choose from, each under its title.

    Each value of a list has its meaning, which may be blank.
    """

    title: str
    paragraphs: tuple[str, ...]
    lists: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


class TableWriter:
    """A workbook with one table, written into a file; `close` finishes it.

    `locked`: cells of columns that are not open cannot be changed.
    """

    def __init__(
        self,
        file: IO[bytes],
        name: str,
        columns: Sequence[Column],
        notes: Notes | None,
        made_at: datetime,
    ) -> None:
        import xlsxwriter

        options = {"constant_memory": True, "strings_to_urls": False}
        self.columns = columns
        self._notes = notes
        self._book: Any = xlsxwriter.Workbook(file, options)
        self._book.set_properties({"created": made_at.replace(tzinfo=None)})
        self._table = self._book.add_worksheet(name)
        self._page = self._book.add_worksheet(notes.title) if notes else None
        self._row = 0
        self._formats: dict[int | None, list[Any]] = {}
        self._head()

    def add(self, cells: Sequence[Any], decimals: int | None = None) -> None:
        """A row: texts, `Decimal` amounts and naive `datetime`s; blank ones are left out.

        `decimals` are those of its amounts, where they differ from their columns'.
        """
        self._row += 1
        for at, (cell, shown) in enumerate(zip(cells, self._shown(decimals), strict=True)):
            if isinstance(cell, Decimal):
                self._table.write_number(self._row, at, float(cell), shown)
            elif isinstance(cell, datetime):
                self._table.write_number(self._row, at, _serial(cell), shown)
            elif cell:
                self._table.write_string(self._row, at, _text(cell), shown)

    def close(self) -> None:
        """Filters, colours and rules for all rows; then the notes."""
        last = max(self._row, 1)
        shown = {"format": self._book.add_format({"bg_color": _OPEN_COLOR})}
        self._table.autofilter(0, 0, last, len(self.columns) - 1)
        for at, column in enumerate(self.columns):
            if column.marked:
                self._mark(column, at, last)
            if column.open:
                self._table.data_validation(1, at, last, at, self._rule(column))
                self._table.conditional_format(1, at, last, at, {"type": "no_errors", **shown})
        if self._page is not None and self._notes is not None:
            self._write_notes(self._notes)
        self._book.close()

    def _shown(self, decimals: int | None) -> list[Any]:
        """The formats of a row's cells."""
        if decimals not in self._formats:
            self._formats[decimals] = [
                self._format_of(each if decimals is None else replace(each, decimals=decimals))
                for each in self.columns
            ]
        return self._formats[decimals]

    def _format_of(self, column: Column) -> Any:
        shown: dict[str, Any] = {"valign": "top", "locked": not column.open}
        if column.holds is Holds.AMOUNT:
            shown["num_format"] = _amounts(column.decimals)
        elif column.holds is Holds.MOMENT:
            shown["num_format"] = "yyyy-mm-dd hh:mm:ss"
        else:
            shown["num_format"] = "@"
        return self._book.add_format(shown)

    def _head(self) -> None:
        head = self._book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": _HEAD_COLOR, "valign": "top"}
        )
        for at, (column, shown) in enumerate(zip(self.columns, self._shown(None), strict=True)):
            self._table.set_column(at, at, column.width, shown)
            self._table.write_string(0, at, column.title, head)
        self._table.freeze_panes(1, 1)
        if any(each.open for each in self.columns):
            allowed = ("sort", "autofilter", "format_columns", "format_rows")
            self._table.protect("", dict.fromkeys(allowed, True))

    def _rule(self, column: Column) -> dict[str, Any]:
        """What an open cell takes; what it does not take is refused where it is typed."""
        told = {"error_title": column.title, "ignore_blank": True}
        if column.choices:
            listed = self._place_of(column.choices)
            message = "Choose one of the list; the second page says what each means."
            return {"validate": "list", "source": listed, "error_message": message, **told}
        if column.holds is Holds.AMOUNT:
            message = f"An amount from {column.least} to {column.most}, or blank."
            limits = {"minimum": float(column.least), "maximum": float(column.most or 10**9)}
            rule = {"validate": "decimal", "criteria": "between", **limits}
        elif column.holds is Holds.MOMENT:
            message = "A date, like 2026-01-31 14:05:00."
            first = datetime(1970, 1, 1)  # noqa: DTZ001 - a spreadsheet's dates have no zone
            rule = {"validate": "date", "criteria": ">=", "value": first}
        else:
            message = f"A text of at most {column.chars_max} characters."
            rule = {"validate": "length", "criteria": "<=", "value": column.chars_max}
        return {**rule, "error_message": message, **told}

    def _place_of(self, choices: tuple[str, ...]) -> Any:
        """The list of the choices on the second page; a list in the rule itself has little room."""
        first = self._first_list_row()
        for at, (_, listed) in enumerate(self._notes.lists if self._notes else ()):
            if tuple(value for value, _ in listed) == choices:
                column = chr(ord("A") + 2 * at)
                title = self._notes.title if self._notes else ""
                return f"='{title}'!${column}${first + 1}:${column}${first + len(choices)}"
        return list(choices)

    def _first_list_row(self) -> int:
        """The row, from 0, below the titles of the lists."""
        return len(self._notes.paragraphs) + 4 if self._notes else 0

    def _mark(self, column: Column, at: int, last: int) -> None:
        late = self._book.add_format({"bg_color": _LATE_COLOR})
        soon = self._book.add_format({"bg_color": _SOON_COLOR})
        if column.holds is Holds.AMOUNT:
            rule = {"type": "top", "value": _MARKED_PERCENT, "criteria": "%", "format": soon}
            self._table.conditional_format(1, at, last, at, rule)
            return
        cell = f"${letters_of(at)}2"
        for condition, shown in (
            (f'=AND({cell}<>"",{cell}<NOW())', late),
            (f'=AND({cell}<>"",{cell}<NOW()+{_SOON_DAYS})', soon),
        ):
            rule = {"type": "formula", "criteria": condition, "format": shown, "stop_if_true": True}
            self._table.conditional_format(1, at, last, at, rule)

    def _write_notes(self, notes: Notes) -> None:
        head = self._book.add_format({"bold": True, "font_size": 14})
        bold = self._book.add_format({"bold": True})
        self._page.set_column(0, 2 * len(notes.lists), 30)
        self._page.write_string(0, 0, notes.title, head)
        for at, paragraph in enumerate(notes.paragraphs):
            self._page.write_string(at + 2, 0, paragraph)
        first = self._first_list_row()
        for at, (title, _) in enumerate(notes.lists):
            self._page.write_string(first - 1, 2 * at, title, bold)
        longest = max((len(listed) for _, listed in notes.lists), default=0)
        for row in range(longest):
            for at, (_, listed) in enumerate(notes.lists):
                if row < len(listed):
                    value, meaning = listed[row]
                    self._page.write_string(first + row, 2 * at, value)
                    if meaning:
                        self._page.write_string(first + row, 2 * at + 1, meaning)
        self._page.protect()


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """What was written, from its beginning."""
    file.seek(0)
    return iter(lambda: file.read(BLOCK_BYTES), b"")


def _amounts(decimals: int | None) -> str:
    """The format of amounts with so many decimals; None: as many as each has."""
    if decimals is None:
        return "General"
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def amount(text: str) -> Any:
    """A cell of a column of amounts: a number, where a spreadsheet keeps all of its digits."""
    if not re.fullmatch(_PLAIN, text, re.ASCII):
        return text
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _serial(moment: datetime) -> float:
    return (moment - _START) / timedelta(days=1)


def _text(text: str) -> str:
    """A text as XML holds it, cut to what a cell holds."""
    text = re.sub(_NOT_IN_XML, "\ufffd", text)
    return text if len(text) <= CELL_CHARS_MAX else text[: CELL_CHARS_MAX - 1] + _CUT
