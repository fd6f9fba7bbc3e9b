"""A file's chunks as they are stored, and their rows as requests.

A chunk is stored when the file is cut, and never changes: cutting the file again stores the same.
Rows that act in order are stored once more, in chunks of their own that are numbered after the
others (`ordered_chunks`). A separate list says which rows these are, and work on other chunks
leaves them out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from makegood.domain.problems import Invalid, Problem, Unavailable
from makegood.domain.uploads import Kind, Upload
from makegood.files import csv_format, csv_writing, parts
from makegood.files import results as row_results
from makegood.files.csv_format import Chunk, Columns, Cutter, Layout
from makegood.files.layouts import is_undecided, with_whole_id
from makegood.files.parts import JSON, FileContext, Sums
from makegood.files.results import NotDecided
from makegood.forms.changes import ChangeRow
from makegood.forms.claims import ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.reading import Fields
from makegood.forms.resolutions import ResolutionRequest
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.unit_of_work import Done, Row, Work
from makegood.usecases.view import Ask

LISTED_TOGETHER = 64
"""Chunks whose rows that act in turn are listed in one object."""

Record = tuple[int, list[str]]
"""A row: the line that it begins in, and its cells."""

Result = Done | Problem


def keep(context: FileContext, upload: Upload, cutter: Cutter, chunk: Chunk) -> None:
    """Keeps a chunk with what it takes to read it."""
    document = {
        "header": cutter.header,
        "separator": cutter.layout.separator,
        "first_line": chunk.first_line,
        "row_count": chunk.row_count,
        "text": chunk.data.decode(),
    }
    _write(context, upload, f"{chunk.number:06d}", document)


def keep_apart(
    context: FileContext, upload: Upload, cutter: Cutter, marks: Iterable[int], number: int
) -> int:
    """Keeps the rows of a file that are marked in chunks of their own, numbered from `number` on.

    `cutter` cuts the file once more; `marks` has a number for each row. Answers with the next
    number that is free.
    """
    for rows in _filled(_apart(context, upload, cutter, iter(marks)), cutter):
        _write(context, upload, f"{number:06d}", {"header": cutter.header, "rows": rows})
        number += 1
    return number


def _apart(
    context: FileContext, upload: Upload, cutter: Cutter, marks: Iterator[int]
) -> Iterator[Record]:
    """The marked rows; of each chunk it is listed which of its lines these are."""
    listed: dict[int, list[int]] = {}
    for chunk in cutter:
        records = csv_format.records(chunk.data, cutter.layout, chunk.first_line)
        rows = [row for row, marked in zip(records, marks, strict=False) if marked]
        listed[chunk.number] = [line for line, _ in rows]
        yield from rows
        if chunk.number % LISTED_TOGETHER == 0:
            _write(context, upload, _list_name(chunk.number), listed)
            listed = {}
    if listed:
        _write(context, upload, _list_name(max(listed)), listed)


def _filled(rows: Iterable[Record], cutter: Cutter) -> Iterator[list[Record]]:
    """As many rows together as a chunk holds."""
    held: list[Record] = []
    size = 0
    for line, cells in rows:
        row_size = sum(map(len, cells))
        if held and (len(held) == cutter.rows_max or size + row_size > cutter.bytes_max):
            yield held
            held, size = [], 0
        held.append((line, cells))
        size += row_size
    if held:
        yield held


def _list_name(number: int) -> str:
    return f"apart-{(number - 1) // LISTED_TOGETHER:05d}"


def _key(upload: Upload, name: str) -> str:
    return upload.place.result_key(f"chunks/{name}.json")


def _write(context: FileContext, upload: Upload, name: str, document: Any) -> None:
    body = json.dumps(document, ensure_ascii=False).encode()
    context.results.write(_key(upload, name), body, JSON)


def read(context: FileContext, upload: Upload, number: int) -> tuple[Columns, list[Record]]:
    """The chunk's rows, and how they are read."""
    document = json.loads(context.results.read(_key(upload, f"{number:06d}")))
    columns = Columns.match(document["header"], upload.place.kind, upload.given)
    if "rows" in document:
        return columns, [(line, cells) for line, cells in document["rows"]]
    layout = Layout(separator=document["separator"])
    records = csv_format.records(document["text"].encode(), layout, document["first_line"])
    apart: set[int] = set()
    if upload.has_rows_apart:
        lists = json.loads(context.results.read(_key(upload, _list_name(number))))
        apart = set(lists.get(str(number), ()))
    return columns, [record for record in records if record[0] not in apart]


def asked(upload: Upload, columns: Columns, records: Iterable[Record]) -> list[Row[Any]]:
    """The rows' requests; for a row that cannot be read, its problem."""
    result: list[Row[Any]] = []
    for line, cells in records:
        try:
            request = request_of(upload.place.kind, _fields(columns, upload.place.kind, cells))
            result.append(Ask(request, f"file:{upload.upload_id}:{line}", once=True))
        except (Invalid, NotDecided) as problem:
            result.append(problem)
    return result


def _fields(columns: Columns, kind: Kind, cells: list[str]) -> dict[str, str]:
    """What a row asks, by the API's names; raises what keeps it from being asked."""
    faults = columns.faults(cells)
    if faults:
        raise Invalid(faults=faults)
    fields = with_whole_id(kind, columns.fields(cells))
    if is_undecided(kind, fields):
        raise NotDecided
    damages = columns.damages(cells)
    if damages:
        raise Invalid(faults=damages)
    return fields


@dataclass(frozen=True, slots=True)
class RowKind:
    """How the rows of one kind of file are read, and what decides them: the work of an account, at
    an instant.
    """

    read: Callable[[Fields], Any]
    work: Callable[[str, datetime], Work[Any]]


ROW_KINDS: Mapping[Kind, RowKind] = {
    Kind.INQUIRIES: RowKind(ClaimRequest.read, ClaimWork),
    Kind.RESOLUTIONS: RowKind(
        partial(ResolutionRequest.read, date_required=True),
        partial(ResolutionWork, repeatable=True),
    ),
    Kind.CONVERSIONS: RowKind(ConversionRequest.read, ConversionWork),
    Kind.ACTIONS: RowKind(ChangeRow.read, partial(ChangeWork, in_file=True)),
}
"""How rows of each kind are read and decided; every kind has an entry, and there is no default."""


def request_of(kind: Kind, fields: Fields) -> Any:
    """What a row of this kind asks, by the API's names of its fields."""
    return ROW_KINDS[kind].read(fields)


def work_for(upload: Upload) -> Work[Any]:
    """How rows of the upload's kind are decided, at the instant that the file was started."""
    if upload.started_at is None:
        raise Unavailable
    return ROW_KINDS[upload.place.kind].work(upload.place.account_id, upload.started_at)


def told(
    upload: Upload, columns: Columns, records: Sequence[Record], results: Sequence[Result]
) -> tuple[bytes, Sums]:
    """The rows' part of the result, and its part of the summary."""
    written = [
        row_results.result_of(upload, columns, line, cells, result)
        for (line, cells), result in zip(records, results, strict=True)
    ]
    body = csv_writing.render(line for line, _ in written)
    noted = row_results.noted(
        columns, ((*record, result) for record, result in zip(records, results, strict=True))
    )
    return body, Sums(row_results.counted(count for _, count in written), noted)


def finish(
    context: FileContext,
    upload: Upload,
    number: int,
    columns: Columns,
    records: Sequence[Record],
    results: Sequence[Result],
) -> None:
    """Writes the rows' part of the result and counts the chunk, both once."""
    body, sums = told(upload, columns, records, results)
    part = parts.write(context, upload, number, body)
    context.store.finish_chunk(upload.upload_id, number, part, sums.counts, sums.noted)
