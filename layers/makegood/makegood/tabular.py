"""CSV as spreadsheets write it, and as they may read it without running anything.

UTF-8 with or without a byte order mark, comma or semicolon, CRLF or LF; quoted cells may hold
separators, quotes and line breaks. A stream is cut at record boundaries only, by counting quotes,
so that memory is bounded by a chunk. Headers match whatever their case, spaces and underscores.
"""

import csv
import io
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from makegood import calendar
from makegood.columns import (
    COLUMNS,
    DATES,
    GIVEN,
    REQUIRED,
    Kind,
    alias_of,
    field_of,
    title_of,
)
from makegood.formulas import any_formula, defused, is_formula, understood
from makegood.problems import Fault, Invalid
from makegood.unpacking import GZIP, inflated

RECORDS_MAX = 2_000_000
"""Rows of one file, blank ones and the header too: a bomb may be of line breaks alone."""

RECORD_BYTES_MAX = 64 * 1024
CELL_CHARS_MAX = 8_000
COLUMNS_MAX = 500
COLUMNS_NAMED_MAX = 30
BOM = b"\xef\xbb\xbf"
ZIP = b"PK\x03\x04"

_SPACES = " \t\r\n"
_RECORD = re.compile(
    rb'(?:(?P<blank>(?:[ \t]*+|"[ \t\r\n]*+")\r?\n)'
    rb'|[^"\n]*+(?:"[^"]*+"[^"\n]*+)*\n)'
)
_QUOTED = re.compile(r'"[^"]*"')
_IRREGULAR = {
    separator: re.compile(
        rf'["\r](?:(?<![^{separator}\n]")(?<=")[^"]*+(?:""[^"]*+)*+"(?=[{separator}\n]|\Z)'
        r"|(?P<fault>))"
    )
    for separator in (",", ";", ",;")
}
"""Finds whole quoted cells, and as `fault` the first quote or CR that has no place."""


def _refused(message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, code),))


def _primed(blocks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, `size` of them if there are as many, and the blocks after them."""
    head, rest = b"", iter(blocks)
    while len(head) < size and (block := next(rest, None)) is not None:
        head += block
    return head, rest


def decompressed(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The blocks themselves, or what they hold when they are gzip; stops at `limit` bytes."""
    head, rest = _primed(blocks, len(GZIP))
    stream = chain((head,), rest)
    total = 0
    for block in inflated(stream) if head.startswith(GZIP) else stream:
        total += len(block)
        if total > limit:
            message = f"Holds more than {limit:,} bytes when unpacked; split it"
            raise _refused(message, "too_large_decompressed")
        yield block


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file's cells are told apart."""

    separator: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole records: `data` as it came, `first_line` its line in the input, from 1."""

    number: int
    first_line: int
    row_count: int
    data: bytes


@dataclass(slots=True)
class Cutter:
    """A stream of CSV: its header at once, and its records in chunks while it is iterated.

    Raises `Invalid` at the first thing that makes the file unreadable, and names its line.
    """

    blocks: Iterable[bytes]
    bytes_max: int
    rows_max: int
    header: list[str] = field(init=False)
    layout: Layout = field(init=False)
    _records: Iterator[tuple[int, bytes, bool]] = field(init=False)

    def __post_init__(self) -> None:
        head, rest = _primed(self.blocks, len(ZIP))
        if head.startswith(ZIP):
            raise _refused("A workbook, not a CSV file; save the sheet as CSV UTF-8", "not_csv")
        self._records = _records(chain((head.removeprefix(BOM),), rest))
        found = next((each for each in self._records if not each[2]), None)
        if found is None:
            raise _refused("The file is empty; its first line names the columns", "empty_file")
        line, head, _ = found
        text = _checked(head, line)
        outside = _QUOTED.sub("", text)
        self.layout = Layout(";" if outside.count(";") > outside.count(",") else ",")
        _check_quotes(text, self.layout.separator, line)
        self.header = [name.strip() for name in next(records(head, self.layout, line))[1]]
        if len(self.header) > COLUMNS_MAX:
            raise _refused(f"More than {COLUMNS_MAX} columns; leave some out", "too_many_columns")

    def __iter__(self) -> Iterator[Chunk]:
        number, first_line, row_count, size = 1, 0, 0, 0
        held: list[bytes] = []
        for line, record, blank in self._records:
            if row_count and (row_count == self.rows_max or size + len(record) > self.bytes_max):
                yield self._chunk(number, first_line, row_count, held)
                number, row_count, size, held = number + 1, 0, 0, []
            if not row_count:
                if blank:
                    continue
                first_line = line
            held.append(record)
            size += len(record)
            row_count += not blank
        if row_count:
            yield self._chunk(number, first_line, row_count, held)

    def _chunk(self, number: int, first_line: int, row_count: int, held: list[bytes]) -> Chunk:
        data = b"".join(held)
        _check_quotes(_checked(data, first_line), self.layout.separator, first_line)
        return Chunk(number, first_line, row_count, data)


def _records(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Whole records, blank ones too, with the line each begins in and whether it is blank.

    A record ends at a line break outside quotes, and a cell's quotes are always paired, so a line
    break ends a record exactly when the quotes before it are even. Quotes that stand elsewhere
    would upset the count; `_check_quotes` refuses them before a record is handed out.
    """
    line, rest, left = 1, b"", RECORDS_MAX
    for block in blocks:
        data = rest + block
        start = 0
        while match := _RECORD.match(data, start):
            record = match.group()
            if len(record) > RECORD_BYTES_MAX:
                raise _too_long(record, line)
            if not left:
                message = f"More than {RECORDS_MAX:,} rows; split the file"
                raise _refused(message, "too_many_rows")
            yield line, record, match.lastgroup is not None
            left -= 1
            line += record.count(b"\n")
            start = match.end()
        rest = data[start:]
        if len(rest) > RECORD_BYTES_MAX:
            raise _too_long(rest, line)
    if not rest:
        return
    match = _RECORD.fullmatch(rest + b"\n")
    if match is None:
        breaks, _ = _fault(_checked(rest, line), ",;") or (0, "")
        message = (
            f"The quote in line {line + breaks} is never closed; write a quote in a cell twice"
        )
        raise _refused(message, "unclosed_quote")
    yield line, rest, match.lastgroup is not None


def _too_long(record: bytes, line: int) -> Invalid:
    text = _checked(record, line, whole=False)
    if "\n" not in text and "\r" in text:
        return _lone_cr(line)
    what = "is a quote not closed?" if text.count('"') % 2 else "shorten it"
    message = f"The row in line {line} is longer than {RECORD_BYTES_MAX:,} bytes; {what}"
    return _refused(message, "record_too_long")


def _checked(data: bytes, first_line: int, whole: bool = True) -> str:
    """The text of some records; when they are not `whole`, the last character may be cut."""
    try:
        text = getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        message = f"Line {line} is not UTF-8; save the sheet as CSV UTF-8"
        raise _refused(message, "not_utf8") from error
    if "\x00" in text:
        line = first_line + text.count("\n", 0, text.index("\x00"))
        message = f"Not a CSV file, line {line} holds NUL; save the sheet as CSV UTF-8"
        raise _refused(message, "not_csv")
    return text


def _fault(text: str, separators: str) -> tuple[int, str] | None:
    """The first quote or CR that has no place where it stands, and the line breaks before it."""
    text = text.replace("\r\n", "\n")
    if '"' not in text and "\r" not in text:
        return None
    for match in _IRREGULAR[separators].finditer(text):
        if match.lastgroup:
            return text.count("\n", 0, match.start()), match.group()
    return None


def _check_quotes(text: str, separator: str, first_line: int) -> None:
    fault = _fault(text, separator)
    if fault is None:
        return
    breaks, what = fault
    if what == "\r":
        raise _lone_cr(first_line + breaks)
    message = (
        f"A quote in line {first_line + breaks} stands where a cell neither begins nor ends; "
        "put the whole cell in quotes, and write a quote in it twice"
    )
    raise _refused(message, "stray_quote")


def _lone_cr(line: int) -> Invalid:
    message = f"Line {line} has a line break of CR alone; save the sheet with CRLF or LF"
    return _refused(message, "bad_line_break")


def records(data: bytes, layout: Layout, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a chunk, each with the line that it begins in; blank lines are skipped."""
    lines = io.StringIO(data.decode(), newline="\n")
    reader = csv.reader(lines, delimiter=layout.separator)
    line = first_line
    for cells in reader:
        if len(cells) > 1 or (cells and cells[0].strip(_SPACES)):
            yield line, cells
        line = first_line + reader.line_num


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header, read: where each field stands, and what the file calls it.

    `given` came with the upload, and holds for rows that do not say it. `unplaced`: the file is
    another network's, and nobody said in which time zone its dates are.
    """

    header: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    names: dict[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    unplaced: bool = False

    @classmethod
    def match(
        cls, header: Sequence[str], kind: Kind, given: Mapping[str, str] | None = None
    ) -> "Columns":
        """Refuses a header that lacks a required column, or has one twice; keeps unknown ones."""
        given = given or {}
        wires = [field_of(written, kind) for written in header]
        required = {COLUMNS[kind][title]: title for title in REQUIRED[kind]}
        foreign = False
        if not set(required) <= set(wires):
            meant = [alias_of(each, kind) for each in header]
            meant = [None if each in wires else each for each in meant]
            foreign = any(each in required for each in meant)
            wires = [wire or alias for wire, alias in zip(wires, meant, strict=True)]
        names: dict[str, str] = {}
        faults: list[Fault] = []
        for written, wire in zip(header, wires, strict=True):
            if wire in names:
                message = f'Columns "{names[wire]}" and "{written}" mean the same; keep one'
                faults.append(Fault(written, message, "duplicate_column"))
            elif wire is not None:
                names[wire] = written
        if foreign:
            required["Currency"] = "Currency"
        faults += _lacking(header, kind, [each for each in required if each not in names | given])
        if faults:
            raise Invalid(faults=tuple(faults))
        places = tuple((at, wire) for at, wire in enumerate(wires) if wire is not None)
        return cls(tuple(header), places, names, given, foreign and "TimeZone" not in given)

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """Known cells by the API's names; of blank ones, what was given with the upload."""
        width = len(cells)
        found = dict(self.given)
        for at, wire in self.places:
            if at < width and (text := cells[at].strip()):
                found[wire] = understood(text) if "'" in text else text
        return found

    def header_of(self, wire: str) -> str:
        """What this file calls a field; what its own column would be called, if it has none."""
        return self.names.get(wire) or title_of(wire)

    def faults(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """What is wrong with a row before it is read: its shape, and cells that would run.

        A row with fewer cells than the header is none: those that it lacks are blank.
        """
        if len(cells) > len(self.header):
            message = (
                f"The row has {len(cells)} cells, the header {len(self.header)}; "
                "put cells that hold the separator in quotes"
            )
            return (Fault("row", message, "too_many_cells"),)
        faults = [*self._unplaced(cells)] if self.unplaced else []
        if not any_formula(cells) and max(map(len, cells), default=0) <= CELL_CHARS_MAX:
            return tuple(faults)
        for at, cell in enumerate(cells):
            if is_formula(cell):
                message = "Begins like a formula; send its value, or put an apostrophe before it"
                faults.append(Fault(self._field(at), message, "formula"))
            elif len(cell) > CELL_CHARS_MAX:
                message = f"Has more than {CELL_CHARS_MAX:,} characters; shorten it"
                faults.append(Fault(self._field(at), message, "too_long"))
        return tuple(faults)

    def _unplaced(self, cells: Sequence[str]) -> Iterator[Fault]:
        """Dates of another network's file that could be any time zone's."""
        for at, wire in self.places:
            if wire in DATES and at < len(cells) and calendar.lacks_offset(cells[at]):
                message = "Says no time zone; give TimeZone with the upload, or add an offset to it"
                yield Fault(wire, message, "no_time_zone")

    def _field(self, at: int) -> str:
        return next((wire for place, wire in self.places if place == at), self.header[at])


def _lacking(header: Sequence[str], kind: Kind, wires: Iterable[str]) -> Iterator[Fault]:
    """What neither the header has nor the upload gives."""
    listed = ", ".join(header[:COLUMNS_NAMED_MAX])
    for wire in wires:
        mend = f"add it, or give {wire} with the upload" if wire in GIVEN[kind] else "add it"
        yield Fault(
            title_of(wire),
            f"This column is missing, {mend}; the file has {listed}",
            "missing_column",
        )


def render(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with commas and CRLF, in which no cell can run: what would is led by an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(map(defused, rows))
    return out.getvalue().encode(errors="replace")
