"""A workbook's sheets, and their rows while they stream (ECMA-376, part 1, 18.2 and 18.3).

Rows come in the order of the sheet, with the numbers that a person sees beside them. A formula is
never worked out: the value that was saved with it is the cell's. `hidden` and `merged` tell what
the eye would have missed; whether that matters is not decided here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from makegood.workbooks import elements, numbers
from makegood.workbooks.cells import UNCALCULATED, Moment
from makegood.workbooks.package import Package
from makegood.workbooks.places import column_of, letters_of
from makegood.workbooks.refusals import damaged, refused
from makegood.workbooks.strings import SharedStrings, TextReader, unescaped
from makegood.workbooks.styles import Styles

ROWS_MAX = 1_048_576
COLUMNS_MAX = 500
ROW_CHARS_MAX = 64 * 1024
SHEETS_MAX = 200
MERGED_MAX = 100_000

_CELL = r"([A-Z]{1,3})([1-9]\d{0,6})"
_TRUE = ("1", "true")


class Row(NamedTuple):
    """A row in which something is: its number, its cells, and which of them are formulas."""

    number: int
    cells: list[str]
    hidden: bool
    formulas: tuple[int, ...]


class Area(NamedTuple):
    """Cells that are merged into one: its rows from 1, its columns from 0, both ends inside."""

    top: int
    left: int
    bottom: int
    right: int
    name: str


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str
    hidden: bool


class Workbook:
    """An open workbook. Closing it deletes what was put on disk for it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.package = Package.open(file)
        main = self.package.main()
        listed = _Sheets()
        elements.drain(self.package.stream(main), listed)
        self.since_1904 = listed.since_1904
        parts = self.package.related(main)
        kinds = {kind: target for target, kind in parts.values()}
        self.sheets = [
            Sheet(name, parts[reference][0], hidden)
            for name, reference, hidden in listed.found
            if parts.get(reference, ("", ""))[1] == "worksheet"
        ]
        self.styles = Styles()
        if "styles" in kinds:
            elements.drain(self.package.stream(kinds["styles"]), self.styles)
        self.strings: SharedStrings | None = None
        if "sharedStrings" in kinds:
            self.strings = SharedStrings(self.package.stream(kinds["sharedStrings"]))

    def close(self) -> None:
        if self.strings is not None:
            self.strings.close()

    def rows(self, sheet: Sheet) -> "Rows":
        return Rows(self, sheet)

    def text_at(self, number: str) -> str:
        if self.strings is None:
            raise damaged("a cell refers to a text that is not there")
        return self.strings.at(number)


class _Sheets(elements.Reader):
    """The names of the sheets in their order, how each is found, and whether it is hidden."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, bool]] = []
        self.since_1904 = False
        self.starts = {"sheet": self._sheet, "workbookPr": self._properties}

    def _sheet(self, attributes: Mapping[str, str]) -> None:
        if len(self.found) == SHEETS_MAX:
            raise refused(f"The workbook has more than {SHEETS_MAX} sheets", "too_many_sheets")
        named = (each for name, each in attributes.items() if name.rpartition(":")[2] == "id")
        state = attributes.get("state", "visible")
        self.found.append((attributes.get("name", ""), next(named, ""), state != "visible"))

    def _properties(self, attributes: Mapping[str, str]) -> None:
        self.since_1904 = attributes.get("date1904") in _TRUE


@dataclass
class Rows(TextReader):
    """The rows of one sheet, once. `hidden` columns are known with the first row, and the `merged`
    areas with the last.
    """

    workbook: Workbook
    sheet: Sheet
    hidden: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._ready: list[Row] = []
        self._columns: dict[str, int] = {}
        self._number, self._is_hidden, self._row_size = 0, False, 0
        self._cells: list[str] = []
        self._formulas: list[int] = []
        self._column, self._type, self._style = -1, "n", None
        self._is_formula, self._has_value = False, False
        self.starts |= {
            "row": self._start_row,
            "c": self._start_cell,
            "v": self._start_value,
            "f": self._start_formula,
            "col": self._column_style,
            "mergeCell": self._merge,
        }
        self.ends |= {"row": self._end_row, "c": self._end_cell, "v": self._leave}

    def __iter__(self) -> Iterator[Row]:
        for _ in elements.steps(self.workbook.package.stream(self.sheet.part), self):
            yield from self._ready
            self._ready.clear()

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        written = attributes.get("r")
        if written is not None and not re.fullmatch(r"[1-9]\d{0,6}", written, re.ASCII):
            raise damaged("a row has no number")
        number = self._number + 1 if written is None else int(written)
        if number <= self._number:
            raise damaged(f"row {number} comes after row {self._number}")
        if number > ROWS_MAX:
            raise refused(f"More than {ROWS_MAX:,} rows; split the file", "too_many_rows")
        self._number, self._column, self._row_size = number, -1, 0
        self._is_hidden = attributes.get("hidden") in _TRUE
        self._cells, self._formulas = [], []

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        written = attributes.get("r")
        if written is None:
            column = self._column + 1
        else:
            letters = written.rstrip("0123456789")
            column = self._columns.get(letters, -1)
            if column < 0:
                column = self._columns[letters] = self._place_of(written)
            if column <= self._column:
                raise damaged(f"cell {written[:20]} is twice in its row, or in the wrong place")
        self._column = column
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s")
        self._is_formula = self._has_value = False

    def _place_of(self, written: str) -> int:
        match = re.fullmatch(_CELL, written, re.ASCII)
        if match is None:
            raise damaged("a cell has no place")
        return column_of(match[1])

    def _start_value(self, _: Mapping[str, str]) -> None:
        self._taking = self._has_value = True

    def _start_formula(self, _: Mapping[str, str]) -> None:
        self._is_formula = True

    def _end_cell(self) -> None:
        written = self.taken()
        text = self._read(written) if written or self._is_formula else ""
        if self._is_formula:
            self._formulas.append(self._column)
        if not text and text is not UNCALCULATED:
            return
        if self._column >= COLUMNS_MAX:
            cell = f"{letters_of(self._column)}{self._number}"
            message = f"More than {COLUMNS_MAX} columns: {cell} holds something; leave some out"
            raise refused(message, "too_many_columns")
        self._row_size += len(text)
        if self._row_size > ROW_CHARS_MAX:
            message = f"Row {self._number} has more than {ROW_CHARS_MAX:,} characters; shorten it"
            raise refused(message, "record_too_long")
        cells = self._cells
        if len(cells) < self._column:
            cells += [""] * (self._column - len(cells))
        cells.append(text)

    def _read(self, written: str) -> str:
        """What the cell holds, by the type that it says of itself."""
        kind = self._type
        if self._is_formula and not written:
            return "" if self._has_value and kind == "str" else UNCALCULATED
        if kind == "s":
            return self.workbook.text_at(written)
        if kind == "n":
            styles = self.workbook.styles
            return numbers.shown(written, styles.of(self._style), self.workbook.since_1904)
        if kind == "b":
            return "TRUE" if written.strip() in _TRUE else "FALSE"
        if kind == "e":
            return numbers.error_of(written)
        if kind == "d":
            return Moment(written.strip())
        return unescaped(written)

    def _end_row(self) -> None:
        if self._cells or self._formulas:
            formulas = tuple(self._formulas)
            self._ready.append(Row(self._number, self._cells, self._is_hidden, formulas))
        self._cells, self._formulas = [], []

    def _column_style(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("hidden") in _TRUE and len(self.hidden) < COLUMNS_MAX:
            first, last = (_whole(attributes.get(each, "")) for each in ("min", "max"))
            self.hidden.append((first - 1, last - 1))

    def _merge(self, attributes: Mapping[str, str]) -> None:
        if len(self.merged) == MERGED_MAX:
            raise refused("The sheet has too many merged cells; unmerge them", "merged_cells")
        name = attributes.get("ref", "")
        match = re.fullmatch(f"{_CELL}:{_CELL}", name, re.ASCII)
        if match is None:
            raise damaged("merged cells have no place")
        left, top, right, bottom = match.groups()
        self.merged.append(Area(int(top), column_of(left), int(bottom), column_of(right), name))


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0
