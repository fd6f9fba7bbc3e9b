"""A chunk's rows: their requests, the use case that decides them, and their results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from makegood.domain.account_people import file_source
from makegood.domain.problems import Invalid, Problem, Unavailable
from makegood.domain.uploads import Upload
from makegood.files import csv_writing, result_parts, results
from makegood.files.chunks import Record
from makegood.files.columns import Columns
from makegood.files.context import FileContext
from makegood.files.kinds import FileKind, kind_of
from makegood.files.outcomes import NotDecided
from makegood.files.result_parts import Sums
from makegood.forms.reading import Fields
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.unit_of_work import Result, Row, Work
from makegood.usecases.view import Ask


def asked(upload: Upload, columns: Columns, records: Sequence[Record]) -> list[Row[Any]]:
    """The rows' requests; for a row that cannot be read, its problem."""
    kind = kind_of(upload.place.kind)
    result: list[Row[Any]] = []
    requests = kind.gathered(
        columns, records, [_request(kind, columns, cells) for _, cells in records]
    )
    for (line, _), request in zip(records, requests, strict=True):
        asks_nothing = isinstance(request, Problem)
        source = file_source(upload.upload_id, line, upload.sent_by)
        result.append(request if asks_nothing else Ask(request, source, once=True))
    return result


def _request(kind: FileKind, columns: Columns, cells: list[str]) -> Any:
    """A row's request, or the problem of one that cannot be read."""
    try:
        return kind.request(_fields(kind, columns, cells))
    except (Invalid, NotDecided) as problem:
        return problem


def _fields(kind: FileKind, columns: Columns, cells: list[str]) -> Fields:
    """A row's fields by the API's names; raises the problem of a row that cannot be read."""
    faults = columns.faults(cells)
    if faults:
        raise Invalid(faults=faults)
    fields = kind.fields(columns.fields(cells))
    damages = columns.damages(cells)
    if damages:
        raise Invalid(faults=damages)
    return fields


def work_for(upload: Upload) -> Work[Any]:
    """The use case for rows of the upload, at the instant when the file was started."""
    place, now = upload.place, upload.started_at
    if now is None:
        raise Unavailable
    work = kind_of(place.kind).work(place.account_id, now)
    return replace(work, foresees=True) if upload.dry and isinstance(work, ClaimWork) else work


def told(
    upload: Upload, columns: Columns, records: Sequence[Record], came: Sequence[Result]
) -> tuple[bytes, Sums]:
    """The rows' part of the result, and its part of the summary."""
    written = [
        results.result_of(upload, columns, line, cells, result)
        for (line, cells), result in zip(records, came, strict=True)
    ]
    body = csv_writing.render(line for line, _ in written)
    noted = results.noted(
        columns, ((*record, result) for record, result in zip(records, came, strict=True))
    )
    return body, Sums(results.counted(count for _, count in written), noted)


def finish(
    context: FileContext,
    upload: Upload,
    number: int,
    columns: Columns,
    records: Sequence[Record],
    came: Sequence[Result],
) -> None:
    """Writes the rows' part of the result and counts the chunk, both once."""
    body, sums = told(upload, columns, records, came)
    result_parts.add(context, upload, number, body, sums.counts, sums.noted)
