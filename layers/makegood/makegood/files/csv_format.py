"""Reads CSV as spreadsheets write it.

UTF-8 with or without byte order marks, commas, semicolons or tabs, CRLF or LF; quoted cells may
hold separators, quotes and line breaks. A stream is cut at record boundaries only (`framing`), so
that memory is bounded by a chunk. Rows and cells in which nothing can be seen are none: a
spreadsheet leaves them behind where something was deleted.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from makegood.domain import calendar, spreadsheet_damage
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import near_headings
from makegood.files.csv_injection import any_formula, bare, is_formula, understood
from makegood.files.csv_writing import BOM
from makegood.files.framing import (
    SEPARATORS,
    check_quotes,
    checked,
    fault,
    framed,
    primed,
    refused,
    unmarked,
)
from makegood.files.layouts import (
    DATES,
    LAYOUTS,
    NOTES,
    alias_of,
    field_of,
    suits,
    title_of,
)
from makegood.files.unpacking import GZIP, inflated, unpacked
from makegood.forms.fields import is_id

RECORDS_MAX = 2_000_000
"""Rows of one file, blank ones and the header too: a bomb may be of line breaks alone."""

RECORD_BYTES_MAX = 64 * 1024
CELL_CHARS_MAX = 8_000
COLUMNS_MAX = 500
COLUMNS_NAMED_MAX = 30

_FULL = re.compile(rb'[ \t\r\n",;]*+[!-~]')
"""What a record begins with in which something can be seen; others are looked at as cells."""

_SAID = r"""\s*"?(?i:sep)=("?)(\\t|.)\1"?[ ,;\t]*\s*"""
"""The line by which a file tells a spreadsheet its separator."""


def decompressed(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The blocks themselves, or what they hold when they are gzip; stops at `limit` bytes."""
    head, rest = primed(blocks, len(GZIP))
    stream = chain((head,), rest)
    total = 0
    for block in inflated(stream) if head.startswith(GZIP) else stream:
        total += len(block)
        if total > limit:
            message = f"Holds more than {limit:,} bytes when unpacked; split it"
            raise refused(message, "too_large_decompressed")
        yield block


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file separates its cells."""

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

    The separator is the one that a first line `sep=;` says, else the one under which the header
    has most of the columns that its `kind` needs. Raises `Invalid` at the first thing that makes
    the file unreadable, and names its line.
    """

    blocks: Iterable[bytes]
    bytes_max: int
    rows_max: int
    kind: Kind | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    header: list[str] = field(init=False)
    layout: Layout = field(init=False)
    _records: Iterator[tuple[int, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self._records = framed(unmarked(unpacked(self.blocks)), RECORDS_MAX, RECORD_BYTES_MAX)
        line, text, said = self._head()
        self.layout = Layout(said or self._separator_of(text))
        check_quotes(text, self.layout.separator, line)
        self.header = _heading(text, self.layout)
        if len(self.header) > COLUMNS_MAX:
            raise refused(f"More than {COLUMNS_MAX} columns; leave some out", "too_many_columns")

    def _head(self) -> tuple[int, str, str]:
        """The first record in which something can be seen, its line, and the separator if said."""
        said = ""
        for line, record in self._records:
            text = checked(record, line).lstrip(BOM.decode())
            if not trimmed(re.sub('[",;\t]', "", text)):
                continue
            match = re.fullmatch(_SAID, text)
            if match is None or said:
                return line, text, said
            said = match.group(2).replace("\\t", "\t")
            if said not in SEPARATORS:
                message = f'Line {line} says "sep={said}"; save with commas, semicolons or tabs'
                raise refused(message, "bad_separator")
        raise refused("The file is empty; its first line names the columns", "empty_file")

    def _separator_of(self, text: str) -> str:
        outside = re.sub('"[^"]*"', "", text)
        regular = [each for each in SEPARATORS if fault(text, each) is None]

        def rank(separator: str) -> tuple[int, int, int]:
            header = _heading(text, Layout(separator))
            return *suits(header, self.kind, self.given), outside.count(separator)

        return max(regular, key=rank) if regular else max(SEPARATORS, key=outside.count)

    def __iter__(self) -> Iterator[Chunk]:
        number, first_line, row_count, size = 1, 0, 0, 0
        held: list[bytes] = []
        for line, record in self._records:
            blank = not _FULL.match(record) and _is_blank(record, self.layout)
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
        check_quotes(checked(data, first_line), self.layout.separator, first_line)
        return Chunk(number, first_line, row_count, data)


def _heading(text: str, layout: Layout) -> list[str]:
    """The cells of a header; blank ones at its end are none."""
    header = [name.strip() for name in next(_cells(text, layout))]
    while header and not trimmed(header[-1]):
        header.pop()
    return header


def _is_blank(record: bytes, layout: Layout) -> bool:
    """Whether nothing can be seen in a record; one that will be refused is none of these."""
    text = record.decode(errors="replace")
    if "\0" in text or fault(text, layout.separator):
        return False
    return not any(map(trimmed, next(_cells(text, layout))))


def _cells(text: str, layout: Layout) -> Any:
    return csv.reader(io.StringIO(text, newline="\n"), delimiter=layout.separator)


def records(data: bytes, layout: Layout, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a chunk, each with the line that it begins in; blank ones are skipped."""
    reader = _cells(data.decode(), layout)
    line = first_line
    for cells in reader:
        if cells and ("!" <= cells[0][:1] <= "~" or any(map(trimmed, cells))):
            yield line, cells
        line = first_line + reader.line_num


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header: the place of each field, and the file's name for it.

    `given` came with the upload, and holds for rows that do not say it. `foreign`: the file is
    another network's; `unplaced`: and nobody said in which time zone its dates are. `ids` are the
    places of ids, codes and references, `beside` those and the places that nobody knows.
    """

    header: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    names: dict[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False
    unplaced: bool = False
    ids: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()

    @classmethod
    def match(
        cls, header: Sequence[str], kind: Kind, given: Mapping[str, str] | None = None
    ) -> "Columns":
        """Refuses a header that lacks a required column, or has one twice; keeps unknown ones."""
        given = given or {}
        wires, foreign = _recognised(header, kind)
        names, faults = _named(header, wires)
        needed = [*_required(kind), "Currency"] if foreign else _required(kind)
        missing = [each for each in needed if each not in names | given]
        faults += _lacking(header, kind, missing, foreign)
        if faults:
            raise Invalid(faults=tuple(faults))
        places = tuple((at, wire) for at, wire in enumerate(wires) if wire is not None)
        return cls(
            header=tuple(header),
            places=places,
            names=names,
            given=given,
            foreign=foreign,
            unplaced=foreign and "TimeZone" not in given,
            ids=tuple(at for at, wire in places if is_id(wire)),
            beside=tuple(at for at, wire in enumerate(wires) if wire is None or is_id(wire)),
        )

    def check_spelling(self, kind: Kind) -> tuple[str, ...]:
        """Warnings of headings that are nearly ours; refuses those of money and keys."""
        return near_headings.check(self.header, kind, self.foreign)

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's cells by the API's names; blank ones get what was given with the upload."""
        width = len(cells)
        found = dict(self.given)
        for at, wire in self.places:
            text = cells[at].strip() if at < width else ""
            if not (text.isascii() and text.isprintable()):
                seen = trimmed(text)
                text = text if seen and wire in NOTES else seen
            if text:
                if "'" in text:
                    text = bare(text) if at in self.ids else understood(text)
                found[wire] = text
        return found

    def header_of(self, wire: str) -> str:
        """What this file calls a field; what its own column would be called, if it has none."""
        return self.names.get(wire) or title_of(wire)

    def faults(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """What is wrong with a row before it is read: its shape, and cells that would run.

        One with fewer cells than the header has no fault: those that it lacks are blank. Nor has
        one with more, if they are blank.
        """
        if extra := extra_cells(cells, len(self.header)):
            count = len(self.header) + len(extra)
            message = (
                f'The row has {count} cells, the header {len(self.header)}: "{extra[-1].strip()}" '
                "has no heading; put cells that hold the separator in quotes"
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

    def damages(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """Errors of a spreadsheet in whatever is read, and ids that it has damaged.

        `Id` is read elsewhere: beside it, another column may have it whole.
        """
        if not spreadsheet_damage.is_suspect(cells, self.ids):
            return ()
        faults: list[Fault] = []
        for at, wire in self.places:
            if at >= len(cells) or wire in NOTES:
                continue
            try:
                check = (
                    spreadsheet_damage.check
                    if at in self.ids and wire != "Id"
                    else spreadsheet_damage.check_error
                )
                check(trimmed(cells[at]))
            except Malformed as malformed:
                faults.append(malformed.at(wire))
        lost = spreadsheet_damage.lost_zeros(cells, self.ids, self.beside)
        return (*faults, *(spreadsheet_damage.zeros_lost().at(self._field(at)) for at in lost))

    def _unplaced(self, cells: Sequence[str]) -> Iterator[Fault]:
        """Dates of another network's file that could be any time zone's."""
        for at, wire in self.places:
            if wire in DATES and at < len(cells) and calendar.lacks_offset(cells[at]):
                message = "Says no time zone; give TimeZone with the upload, or add an offset to it"
                yield Fault(wire, message, "no_time_zone")

    def _field(self, at: int) -> str:
        return next((wire for place, wire in self.places if place == at), self.header[at])


def _required(kind: Kind) -> list[str]:
    """The fields of the columns that every file of the kind must have."""
    layout = LAYOUTS[kind]
    return [layout.columns[title] for title in layout.required]


def _recognised(header: Sequence[str], kind: Kind) -> tuple[list[str | None], bool]:
    """The field that each column holds, None where nobody knows; and whether the file is another
    network's: a required column is there in its words alone.
    """
    wires = [field_of(written, kind) for written in header]
    required = _required(kind)
    if set(required) <= set(wires):
        return wires, False
    aliases = [alias_of(written, kind) for written in header]
    meant = [None if alias in wires else alias for alias in aliases]
    foreign = any(each in required for each in meant)
    return [wire or alias for wire, alias in zip(wires, meant, strict=True)], foreign


def _named(
    header: Sequence[str], wires: Sequence[str | None]
) -> tuple[dict[str, str], list[Fault]]:
    """What the file calls each field, and the columns that mean the same as one before them."""
    names: dict[str, str] = {}
    faults: list[Fault] = []
    for written, wire in zip(header, wires, strict=True):
        if wire in names:
            message = f'Columns "{names[wire]}" and "{written}" mean the same; keep one'
            faults.append(Fault(written, message, "duplicate_column"))
        elif wire is not None:
            names[wire] = written
    return names, faults


def extra_cells(cells: Sequence[str], width: int) -> Sequence[str]:
    """What stands beyond the header, up to the last cell in which something can be seen."""
    while len(cells) > width and not trimmed(cells[-1]):
        cells = cells[:-1]
    return cells[width:]


def _lacking(
    header: Sequence[str], kind: Kind, wires: Iterable[str], foreign: bool
) -> Iterator[Fault]:
    """What neither the header has nor the upload gives, and what was probably meant by it."""
    listed = ", ".join(header[:COLUMNS_NAMED_MAX])
    for wire in wires:
        mend = (
            f"add it, or give {wire} with the upload" if wire in LAYOUTS[kind].given else "add it"
        )
        if near := near_headings.meant(header, kind, wire, foreign):
            mend = f'name "{near}" so, if it is meant'
        yield Fault(
            title_of(wire),
            f"This column is missing, {mend}; the file has {listed}",
            "missing_column",
        )


def numbered(tables: Iterable[bytes], at: int) -> Iterator[tuple[int, bytes]]:
    """The rows of our own tables without headers, as they are, each with the number in its cell
    `at`.
    """
    for table in tables:
        lines: list[str] = []
        source = io.StringIO(table.decode(), newline="")
        for cells in csv.reader(_kept_in(lines, source)):
            yield int(cells[at]), "".join(lines).encode()
            lines.clear()


def _kept_in(held: list[str], lines: Iterable[str]) -> Iterator[str]:
    """The lines, each held as well."""
    for line in lines:
        held.append(line)
        yield line
