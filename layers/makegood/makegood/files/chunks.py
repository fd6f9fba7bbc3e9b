"""A file's chunks: stored once when the file is cut, fixed, and sent as messages.

A chunk never changes: cutting the file again stores the same. Rows that act in order are stored
once more, in chunks of their own that are numbered after the others (`ordered_chunks`). A separate
list says which rows these are, and work on other chunks leaves them out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from makegood.domain.problems import Unavailable
from makegood.domain.uploads import Upload
from makegood.files import csv_format, gathering, headers
from makegood.files.columns import Columns
from makegood.files.context import JSON, FileContext
from makegood.files.formats import Chunk, Cutter
from makegood.files.gathering import Record

HANDED_ON_MAX = 100
"""Messages that are sent before that is noted; as many may be sent twice if a worker dies."""

LISTED_TOGETHER = 64
"""Chunks whose rows that act in turn are listed in one object."""


def keep(context: FileContext, upload: Upload, cutter: Cutter, chunk: Chunk) -> None:
    """Stores a chunk with all that reading it needs."""
    document = {"header": cutter.header, **chunk.kept()}
    _write(context, upload, f"{chunk.number:06d}", document)


def keep_apart(
    context: FileContext,
    upload: Upload,
    cutter: Cutter,
    marks: Iterable[int],
    number: int,
    subject_of: Callable[[Sequence[str]], bytes] | None = None,
) -> int:
    """Keeps the rows of a file that are marked in chunks of their own, numbered from `number` on.

    `cutter` cuts the file once more; `marks` has a number for each row. Rows of one subject come
    together, where it is told what that is. Answers with the next number that is free.
    """
    kept = _typed().kept if cutter.typed else _as_they_are
    read = _typed().kept_records if cutter.typed else _records
    apart = _apart(context, upload, cutter, iter(marks))
    groups = (
        ([row] for row in apart)
        if subject_of is None
        else gathering.together(apart, subject_of, kept, read)
    )
    for rows in _filled(groups, cutter):
        _write(context, upload, f"{number:06d}", {"header": cutter.header, **kept(rows)})
        number += 1
    return number


def _as_they_are(rows: Sequence[Record]) -> dict[str, Any]:
    return {"rows": rows}


def _records(document: Mapping[str, Any]) -> Iterator[Record]:
    return ((line, cells) for line, cells, *_ in document["rows"])


def _apart(
    context: FileContext, upload: Upload, cutter: Cutter, marks: Iterator[int]
) -> Iterator[Record]:
    """The marked rows; of each chunk it is listed which of its lines these are."""
    listed: dict[int, list[int]] = {}
    for chunk in cutter:
        rows = [row for row, marked in zip(chunk.records(), marks, strict=False) if marked]
        listed[chunk.number] = [line for line, _ in rows]
        yield from rows
        if chunk.number % LISTED_TOGETHER == 0:
            _write(context, upload, _list_name(chunk.number), listed)
            listed = {}
    if listed:
        _write(context, upload, _list_name(max(listed)), listed)


def _filled(groups: Iterable[list[Record]], cutter: Cutter) -> Iterator[list[Record]]:
    """As many rows together as a chunk holds, and none without its group."""
    held: list[Record] = []
    size = 0
    for rows in groups:
        added = sum(len(cell) for _, cells in rows for cell in cells)
        if held and (len(held) + len(rows) > cutter.rows_max or size + added > cutter.bytes_max):
            yield held
            held, size = [], 0
        held += rows
        size += added
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
    document = _kept(context, upload, f"{number:06d}")
    columns = _columns(upload, document)
    if "text" in document:
        records = csv_format.kept_records(document)
    elif document.get("typed"):
        records = _typed().kept_records(document)
    else:
        records = _records(document)
    if not upload.has_rows_apart or upload.is_ordered(number):
        return columns, list(records)
    lists = _kept(context, upload, _list_name(number))
    apart = set(lists.get(str(number), ()))
    return columns, [record for record in records if record[0] not in apart]


def _kept(context: FileContext, upload: Upload, name: str) -> Any:
    return json.loads(context.working_copy(_key(upload, name)))


def header(context: FileContext, upload: Upload) -> list[str]:
    """The file's header, as every chunk has it."""
    return _kept(context, upload, f"{1:06d}")["header"]


def _columns(upload: Upload, document: Mapping[str, Any]) -> Columns:
    """How cells are read: by what they were typed as, or by their characters alone."""
    typed = bool(document.get("typed"))
    return headers.match(document["header"], upload.place.kind, upload.given, typed)


def _typed() -> ModuleType:
    """What typed cells mean; loaded when the first workbook comes."""
    from makegood.files import typed_columns

    return typed_columns


def fix(
    context: FileContext,
    upload: Upload,
    chunk_count: int,
    row_count: int,
    checksum: str,
    warnings: tuple[str, ...] = (),
    ordered_from: int | None = None,
) -> Upload:
    """The upload with its chunks fixed, once and for all, and what is known of it by then.

    Raises `Unavailable` if they have been fixed meanwhile, by another worker, or by this one in a
    call whose answer was lost: the next delivery goes on from there.
    """
    if not context.store.cut_upload(
        upload.upload_id, chunk_count, row_count, checksum, warnings, ordered_from, upload.given
    ):
        raise Unavailable
    cut = replace(upload, chunk_count=chunk_count, row_count=row_count, checksum=checksum)
    return replace(cut, warnings=warnings, ordered_from=ordered_from)


def drop(context: FileContext, upload: Upload) -> None:
    """Deletes the chunks of a file that is over, and the parts that its result was joined of: they
    hold what the result does. Whoever still reads one comes again, and finds the file over.
    """
    for folder in ("chunks/", "parts/"):
        context.results.erase(upload.place.result_key(folder))


def hand_on(context: FileContext, upload: Upload) -> None:
    """The chunks that have no message yet, and need not wait for others, to whoever is free; it is
    noted how far that has come.

    Raises `Unavailable` where somebody else is at it, too, as `fix` does: what comes again goes on
    from where they came to.
    """
    done, count = upload.handed_on, upload.first_chunks
    while done < count:
        upto = min(done + HANDED_ON_MAX, count)
        messages = map(upload.chunk_message, range(done + 1, upto + 1))
        context.chunks.send_all(messages, upload.place.owner)
        if not context.store.note_handed_on(upload.upload_id, done, upto):
            raise Unavailable
        done = upto
