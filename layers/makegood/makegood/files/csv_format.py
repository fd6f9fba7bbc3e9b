"""Reads CSV as spreadsheets write it: its separator, its header's cells, its records in chunks.

UTF-8 with or without byte order marks, commas, semicolons or tabs, CRLF or LF; quoted cells may
hold separators, quotes and line breaks. A stream is cut at record boundaries only (`framing`), so
that memory is bounded by a chunk. Rows and cells in which nothing can be seen are none: a
spreadsheet leaves them behind where something was deleted. What the columns mean is `columns`'.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import headers
from makegood.files.csv_injection import understood
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
from makegood.files.layouts import suits
from makegood.files.unpacking import GZIP, inflated, unpacked

RECORDS_MAX = 2_000_000
"""Rows of one file, blank ones and the header too: a bomb may be of line breaks alone."""

RECORD_BYTES_MAX = 64 * 1024
COLUMNS_MAX = 500

STRETCH = 2
"""How many times its size a chunk may have, so that lines of one order are not cut apart."""

GoesOn = Callable[[Sequence[str], Sequence[str]], bool]

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
    layout: Layout

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Its rows, each with the line that it begins in."""
        return records(self.data, self.layout, self.first_line)

    def kept(self) -> dict[str, Any]:
        """What `kept_records` makes the rows of again."""
        return {
            "separator": self.layout.separator,
            "first_line": self.first_line,
            "row_count": self.row_count,
            "text": self.data.decode(),
        }


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
    typed: ClassVar[bool] = False
    warnings: ClassVar[tuple[str, ...]] = ()
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
        goes_on = headers.goes_on(self.header, self.kind, self.given)
        for line, record in self._records:
            blank = not _FULL.match(record) and _is_blank(record, self.layout)
            full = row_count >= self.rows_max or size + len(record) > self.bytes_max
            if row_count and full and not self._is_one(held, record, row_count, goes_on):
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

    def _is_one(self, held: list[bytes], record: bytes, row_count: int, goes_on: GoesOn) -> bool:
        """Whether a full chunk takes a record more, that belongs with its last one; up to a limit,
        beyond which what belongs together is brought together later.
        """
        if row_count >= STRETCH * self.rows_max or sum(map(len, held)) >= STRETCH * self.bytes_max:
            return False
        last, following = (each.decode(errors="replace") for each in (held[-1], record))
        if any(fault(each, self.layout.separator) for each in (last, following)):
            return False
        return goes_on(next(_cells(last, self.layout)), next(_cells(following, self.layout)))

    def _chunk(self, number: int, first_line: int, row_count: int, held: list[bytes]) -> Chunk:
        data = b"".join(held)
        check_quotes(checked(data, first_line), self.layout.separator, first_line)
        return Chunk(number, first_line, row_count, data, self.layout)


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


def kept_records(document: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a chunk that was kept."""
    layout = Layout(separator=document["separator"])
    return records(document["text"].encode(), layout, document["first_line"])


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


def table_rows(tables: Iterable[bytes]) -> Iterator[list[str]]:
    """The rows of our own tables without headers, their cells as they were before they were
    written as CSV.
    """
    for table in tables:
        source = io.StringIO(table.decode(), newline="")
        for cells in csv.reader(source):
            yield [_undone(cell) for cell in cells]


def streamed_rows(blocks: Iterable[bytes]) -> Iterator[list[str]]:
    """The rows of one of our own tables, however long it is, with their cells as they stand."""
    return csv.reader(_lines(blocks))


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    left = ""
    for text in codecs.iterdecode(blocks, "utf-8-sig"):
        *lines, left = (left + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    yield left


def _undone(cell: str) -> str:
    """A cell without the apostrophe of `defused`; one that would lose another one keeps it."""
    text = understood(cell)
    return text if understood(text) == text else cell


def _kept_in(held: list[str], lines: Iterable[str]) -> Iterator[str]:
    """The lines, each held as well."""
    for line in lines:
        held.append(line)
        yield line
