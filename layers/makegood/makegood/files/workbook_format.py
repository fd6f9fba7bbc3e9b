"""Reads a workbook: which of its sheets is meant, its header, and its rows in chunks.

The sheet is the one whose first row is a header of ours, by the rules of CSV. Rows have the numbers
that stand beside them in the sheet.

    several sheets of ours     the file is refused: nobody can say which one counts
    a hidden sheet             it is not looked for; if it is the only one of ours, that is told
    merged cells               the file is refused, for a cell below or beside the first is blank
    hidden rows and columns    they count like all others, and that is told
    formulas                   the values that were saved with them count, and that is told
    the header once more       that row is refused: a second table begins there
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar

from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import headers, typed_columns
from makegood.files.csv_format import STRETCH
from makegood.files.layouts import suits
from makegood.files.typed_columns import Reason, Refused, settled
from makegood.workbooks.cells import Uncalculated
from makegood.workbooks.package import PACKED_BYTES_MAX, UNPACKED_BYTES_MAX, NotAWorkbook
from makegood.workbooks.places import letters_of
from makegood.workbooks.refusals import refused
from makegood.workbooks.sheets import Row, Rows, Sheet, Workbook

COLUMNS_TOLD_MAX = 20
"""The most hidden columns that are told."""

_SECOND = Reason("second_header", "The header once more: put a second table in a file of its own")


def spool(blocks: Iterable[bytes], file: IO[bytes]) -> None:
    """Writes a workbook to disk, if it is not too long."""
    size = 0
    for block in blocks:
        size += len(block)
        if size > PACKED_BYTES_MAX:
            message = f"A workbook of more than {PACKED_BYTES_MAX:,} bytes; split it, or send CSV"
            raise refused(message, "workbook_too_large")
        file.write(block)


def workbook_in(file: IO[bytes]) -> Workbook | None:
    """The workbook in a file; None if it is another zip."""
    try:
        return Workbook(file)
    except NotAWorkbook:
        return None


@dataclass(frozen=True, slots=True)
class SheetChunk:
    """Some rows of a sheet."""

    number: int
    rows: list[tuple[int, list[str]]]

    @property
    def row_count(self) -> int:
        return len(self.rows)

    def records(self) -> Iterable[tuple[int, list[str]]]:
        return self.rows

    def kept(self) -> dict[str, Any]:
        return typed_columns.kept(self.rows)


@dataclass(slots=True)
class Noticed:
    """What the eye would have missed in a sheet: how many, and where the first is."""

    what: str
    count: int = 0
    first: str = ""

    def note(self, where: str) -> None:
        self.first = self.first or where
        self.count += 1

    def told(self) -> Iterator[str]:
        if self.count:
            yield f"{self.what}: {self.count:,}, the first is {self.first}"


@dataclass(slots=True)
class SheetCutter:
    """The sheet of a workbook that is meant; read as `csv_format.Cutter` reads a CSV."""

    workbook: Workbook
    bytes_max: int
    rows_max: int
    kind: Kind
    given: Mapping[str, str] = field(default_factory=dict)
    typed: ClassVar[bool] = True
    header: list[str] = field(init=False)
    _sheet: Rows = field(init=False)
    _rows: Iterator[Row] = field(init=False)
    _top: Row = field(init=False)
    _hidden: Noticed = field(init=False)
    _formulas: Noticed = field(init=False)

    def __post_init__(self) -> None:
        self._sheet = self.workbook.rows(_meant(self.workbook, self.kind, self.given))
        self._rows = _seen(self._sheet)
        self._top = next(self._rows)
        self.header = _heading(self._top)
        if any(isinstance(each, Uncalculated) for each in self._top.cells):
            message = f"Row {self._top.number} names the columns, and has a formula without a value"
            raise refused(message, "formula_without_value")
        self._hidden = Noticed("Hidden rows, which count like all others")
        self._formulas = Noticed("Formulas, of which the values saved with them count")

    def __iter__(self) -> Iterator[SheetChunk]:
        wires = headers.match(self.header, self.kind, self.given, typed=True).places
        goes_on = headers.goes_on(self.header, self.kind, self.given)
        by_place = dict(wires)
        number, size, total = 1, 0, 0
        held: list[tuple[int, list[str]]] = []
        self._note(self._top)
        for row in self._rows:
            self._note(row)
            cells = self._settled(row, by_place)
            row_size = sum(map(len, cells))
            total += row_size
            if total > UNPACKED_BYTES_MAX:
                message = f"The sheet has more than {UNPACKED_BYTES_MAX:,} characters; split it"
                raise refused(message, "too_large_decompressed")
            full = len(held) >= self.rows_max or size + row_size > self.bytes_max
            if (
                held
                and full
                and not (len(held) < STRETCH * self.rows_max and goes_on(held[-1][1], cells))
            ):
                yield SheetChunk(number, held)
                number, size, held = number + 1, 0, []
            held.append((row.number, cells))
            size += row_size
        self._check_merged()
        if held:
            yield SheetChunk(number, held)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the eye would have missed; known once the sheet has been read."""
        columns = [
            f'Column "{title}" is hidden, and counts like all others'
            for at, title in enumerate(self.header)
            if any(first <= at <= last for first, last in self._sheet.hidden)
        ]
        return (*columns[:COLUMNS_TOLD_MAX], *self._hidden.told(), *self._formulas.told())

    def _note(self, row: Row) -> None:
        if row.hidden:
            self._hidden.note(f"row {row.number}")
        for at in row.formulas:
            if at < len(self.header):
                self._formulas.note(f"{letters_of(at)}{row.number}")

    def _settled(self, row: Row, wires: Mapping[int, str]) -> list[str]:
        cells = [settled(cell, wires.get(at)) for at, cell in enumerate(row.cells)]
        if _heading(row) == self.header:
            cells[0] = Refused.of(cells[0], _SECOND)
        return cells

    def _check_merged(self) -> None:
        """Merged cells leave others blank that look as if they had the same value."""
        top, width = self._top.number, len(self.header)
        for area in self._sheet.merged:
            if area.bottom < top or area.left >= width:
                continue
            where = "header" if area.top <= top else "table"
            message = f"Cells {area.name} of the {where} are merged; unmerge them, and fill in each"
            raise refused(message, f"merged_{where}")


def _meant(workbook: Workbook, kind: Kind, given: Mapping[str, str]) -> Sheet:
    """The sheet whose first row is a header of ours; the likeliest one if none is."""
    tops = {sheet: next(_seen(workbook.rows(sheet)), None) for sheet in workbook.sheets}
    headings = {sheet: _heading(top) for sheet, top in tops.items() if top}
    ranks = {sheet: suits(heading, kind, given) for sheet, heading in headings.items()}
    ours = [sheet for sheet, heading in headings.items() if headers.is_ours(heading, kind, given)]
    seen = [sheet for sheet in ours if not sheet.hidden]
    if len(seen) > 1:
        names = ", ".join(f'"{each.name}"' for each in seen)
        message = f"Sheets {names} all have the columns of such a file; leave one of them in it"
        raise refused(message, "several_sheets")
    if ours and not seen:
        message = f'The sheet "{ours[0].name}" is hidden; show it, or leave it out'
        raise refused(message, "hidden_sheet")
    left = seen or [sheet for sheet in ranks if not sheet.hidden]
    if not left:
        raise refused("The workbook is empty; the first row names the columns", "empty_file")
    return max(left, key=lambda sheet: ranks[sheet])


def _seen(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows in which something can be seen, or could not be worked out."""
    for row in rows:
        if any(trimmed(cell) or isinstance(cell, Uncalculated) for cell in row.cells):
            yield row


def _heading(row: Row) -> list[str]:
    """The cells of a header; blank ones at its end are none."""
    header = [cell.strip() for cell in row.cells]
    while header and not trimmed(header[-1]):
        header.pop()
    return header
