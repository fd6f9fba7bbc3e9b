"""A file of many rows: cut into chunks from the start, decided row by row, one result for each row.

The object is streamed and cut at record boundaries, and its chunks become messages. Each chunk is
decided, and its part of the result is written (`result_parts`). The worker that finishes the last
chunk joins the parts, in the input's order. A small file is one chunk, and takes the same way.
Events and messages may come twice, late or out of order: a row names itself in what it changes, so
a second try finds the row's work done.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import IO, Any

from makegood.aws import s3
from makegood.domain.ids import digest
from makegood.domain.problems import Fault, Invalid, Problem, Unavailable
from makegood.domain.uploads import (
    WORKBOOK_ROWS_MAX,
    Place,
    Upload,
    UploadState,
    uploaded_to,
)
from makegood.files import (
    chunks,
    csv_format,
    exports,
    formats,
    headers,
    order_files,
    ordered_chunks,
    result_parts,
    results,
    rows,
)
from makegood.files.context import CSV, JSON, FileContext
from makegood.files.formats import ChunkSize, Cutter
from makegood.files.kinds import kind_of
from makegood.files.layouts import RESULT_COLUMNS
from makegood.files.outcomes import SetAside
from makegood.files.result_parts import Sums
from makegood.files.results import REJECTED
from makegood.files.subjects import Hashes, OrderSubjects
from makegood.usecases import unit_of_work
from makegood.usecases.unit_of_work import Overtaken, Result

CHUNK_ROWS_MAX = 500
CHUNK_BYTES_MAX = 512 * 1024
EXPANDED_BYTES_MAX = 1024 * 1024 * 1024


@dataclass(slots=True)
class Measured:
    """Blocks of a stream, counted and hashed on their way through."""

    blocks: Iterable[bytes]
    sha256: Any = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            self.sha256.update(block)
            yield block


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object as an event names it: its key and, if given, its version and ETag."""

    key: str
    version: str = ""
    etag: str = ""


def receive(context: FileContext, arrival: Arrival) -> Upload | None:
    """An object has arrived: it is read whole and cut, before any row of it is touched; then its
    chunks are handed on.

    What was cut before is not cut again, for chunks that are at work must not change under it; and
    of what was handed on before, nothing is handed on again.
    """
    try:
        place = uploaded_to(arrival.key)
    except Invalid as problem:
        return _refuse(context, arrival.key, problem)
    version = _version_of(context, place, arrival)
    if not version:
        return _refuse_second(context, place, arrival.etag)
    upload = _started(context, place, version)
    if upload.object_version not in ("", version):
        return _refuse_second(context, place, version)
    if upload.is_over:
        return None
    if upload.chunk_count is None:
        measured = Measured(context.inbox.blocks(place.key, upload.object_version))
        try:
            upload = order_files.prepared(context, upload)
            cut = _cut(context, upload, measured)
        except Invalid as problem:
            return _fail(context, upload, problem)
        checksum = measured.sha256.hexdigest()
        upload = chunks.fix(
            context,
            upload,
            cut.chunk_count,
            cut.row_count,
            checksum,
            cut.warnings,
            cut.ordered_from,
        )
    chunks.hand_on(context, upload)
    return _join_when_complete(context, upload.upload_id)


def _version_of(context: FileContext, place: Place, arrival: Arrival) -> str:
    """Which object under the key the event is about: the one at work, the newest, or neither.

    An event that tells no version tells by its tag. Blank when another object took the place of
    its own before that was read.
    """
    if arrival.version:
        return arrival.version
    upload = context.store.upload(place.upload_id)
    at_work = upload.object_version if upload else ""
    for version in dict.fromkeys((at_work, "")):
        stored = context.inbox.stored(place.key, version)
        if arrival.etag in ("", stored.etag):
            return stored.version
    return ""


def _refuse(context: FileContext, key: str, problem: Problem) -> None:
    """An object that nobody can be told about still gets a result that says why."""
    table = (["Key", "Code", "Message"], [key, problem.reason_code(), problem.explain()])
    context.results.write(f"refused/{digest('key', key)}.csv", result_parts.table(table), CSV)


def _refuse_second(context: FileContext, place: Place, version: str) -> None:
    """A form is for one object; a second object sent with it gets a result of its own."""
    message = "Another file was sent with this form, and that one counts; announce each file"
    table = (["Row", "Result", "Code", "Message"], ["", REJECTED, "upload_used", message])
    name = f"refused-{digest('version', version)[:12]}.csv"
    context.results.write(place.result_key(name), result_parts.table(table), CSV)


def _started(context: FileContext, place: Place, object_version: str) -> Upload:
    """The upload's record, opened if nobody announced it; its start is set once."""
    now = context.clock()
    context.store.open_upload(Upload(place, now))
    context.store.start_upload(place.upload_id, object_version, now)
    upload = context.store.upload(place.upload_id)
    if upload is None:
        raise Unavailable
    return upload


@dataclass(frozen=True, slots=True)
class Cut:
    """A whole file, cut: all its chunks are kept. `warnings` are of the whole file. Chunks from
    `ordered_from` on are worked on one after the other.
    """

    chunk_count: int
    row_count: int
    warnings: tuple[str, ...]
    ordered_from: int | None = None


def _opened(upload: Upload, blocks: Iterable[bytes]) -> AbstractContextManager[Cutter]:
    """The file in whichever format it is; closing it deletes what it needed on disk."""
    expanded = csv_format.decompressed(blocks, EXPANDED_BYTES_MAX)
    sizes = ChunkSize(CHUNK_BYTES_MAX, CHUNK_ROWS_MAX)
    return formats.opened(expanded, sizes, upload.place.kind, upload.given)


def _again(context: FileContext, upload: Upload) -> AbstractContextManager[Cutter]:
    """Reads the file once more, from its beginning."""
    return _opened(upload, context.inbox.blocks(upload.place.key, upload.object_version))


def _cut(context: FileContext, upload: Upload, blocks: Iterable[bytes]) -> Cut:
    """Cuts the stream; every chunk is kept, with what it takes to read it.

    Rows that are about the same thing act in turn. Where that is most of them, all do. Lines of an
    order are read together, from a chunk that holds all of them.
    """
    with s3.scratch() as scratch, _opened(upload, blocks) as cutter:
        return _cut_on(context, upload, cutter, scratch)


def _cut_on(context: FileContext, upload: Upload, cutter: Cutter, scratch: IO[bytes]) -> Cut:
    """The same, with room on disk for what is to be known of all rows."""
    columns = headers.match(cutter.header, upload.place.kind, upload.given)
    warnings = columns.check_spelling(upload.place.kind)
    subjects = kind_of(upload.place.kind).subjects(columns, Hashes(scratch))
    chunk_count = row_count = 0
    for chunk in cutter:
        chunks.keep(context, upload, cutter, chunk)
        subjects.next_chunk()
        for _, cells in chunk.records():
            subjects.note(cells)
        chunk_count += 1
        row_count += chunk.row_count
    if not chunk_count:
        raise Invalid(faults=(Fault("file", "There is no row below the header", "no_rows"),))
    warnings += cutter.warnings
    repeated = subjects.repeated()
    if not any(repeated):
        return Cut(chunk_count, row_count, warnings)
    gathered = subjects.subject_of if isinstance(subjects, OrderSubjects) else None
    if gathered is None and (chunk_count == 1 or 2 * sum(repeated) > row_count):
        return Cut(chunk_count, row_count, warnings, 1)
    following = chunk_count + 1
    with _again(context, upload) as again:
        free = chunks.keep_apart(context, upload, again, repeated, following, gathered)
    return Cut(free - 1, row_count, warnings, following)


def work_chunk(context: FileContext, upload_id: str, number: int) -> None:
    """One chunk of a file or a sheet; one that was done before is only looked at for the joining.

    Raises `Unavailable` when the store was too busy for some rows: the queue delivers it again.
    """
    upload = context.store.upload(upload_id)
    if upload is None:
        return
    if upload.is_over:
        chunks.drop(context, upload)
        return
    try:
        if exports.is_sheet(upload):
            exports.work(context, upload, number)
        elif upload.is_ordered(number):
            ordered_chunks.work(context, upload, number)
        elif not context.store.chunk_is_done(upload_id, number):
            _work(context, upload, number)
    except Overtaken:
        pass  # who comes so late that it was counted meanwhile changes nothing any more
    _join_when_complete(context, upload_id)


def set_aside(context: FileContext, upload_id: str, number: int) -> str:
    """A chunk that failed on every delivery: its rows say so, and the file goes on to its end. A
    sheet ends there: one that lacks rows is none.

    Answers with the key of the file, or with nothing when the chunk was done after all.
    """
    upload = context.store.upload(upload_id)
    if upload is None or upload.is_over:
        return ""
    failed = not context.store.chunk_is_done(upload_id, number)
    if failed and exports.is_sheet(upload):
        exports.begin(context, upload)
        _fail(context, upload, exports.NotMade())
    elif upload.is_ordered(number):
        failed = ordered_chunks.set_aside(context, upload, number)
    elif failed:
        columns, records = chunks.read(context, upload, number)
        rows.finish(context, upload, number, columns, records, [SetAside()] * len(records))
    _join_when_complete(context, upload_id)
    return upload.place.key if failed else ""


def _work(context: FileContext, upload: Upload, number: int) -> None:
    """Decides the chunk's rows, writes their part of the result, counts the chunk as done.

    Raises `Overtaken` if it was counted meanwhile.
    """
    columns, records = chunks.read(context, upload, number)
    asked = rows.asked(upload, columns, records)
    along = context.store.uncounted(upload.upload_id, number)
    came = unit_of_work.many(context.store, rows.work_for(upload), asked, upload.dry, along)
    _refuse_busy(came)
    rows.finish(context, upload, number, columns, records, came)


def _refuse_busy(came: Iterable[Result]) -> None:
    """Raises if the store was too busy for a row: the whole chunk comes again."""
    for result in came:
        if isinstance(result, Unavailable):
            raise result


def _join_when_complete(context: FileContext, upload_id: str) -> Upload | None:
    """Joins the parts once every chunk is done; a later worker finds them joined."""
    upload = context.store.upload(upload_id)
    if upload is None or upload.is_over or not upload.all_chunks_done:
        return upload
    header, width = _header_of(context, upload)
    sums = result_parts.join(context, upload, result_parts.table([header]), width)
    told = order_files.end(context, upload, sums)
    told += _write_workbook(context, upload, header, width)
    finished = replace(
        upload,
        finished_at=context.clock(),
        state=UploadState.DONE,
        warnings=(*upload.warnings, *results.warnings(sums.noted), *told),
    )
    _write_summary(context, finished, sums)
    context.store.finish_upload(upload_id, UploadState.DONE, context.clock(), "", finished.warnings)
    chunks.drop(context, finished)
    return context.store.upload(upload_id)


def _header_of(context: FileContext, upload: Upload) -> tuple[Sequence[str], int]:
    """The result's header, the input's own and ours, and how wide the input's own is."""
    if exports.is_sheet(upload):
        return exports.header_of(upload), 0
    header = chunks.header(context, upload)
    return [*header, *RESULT_COLUMNS], len(header)


def _write_workbook(
    context: FileContext, upload: Upload, header: Sequence[str], width: int
) -> tuple[str, ...]:
    """Writes the result as a workbook besides, where one is wanted; a warning if it is too long.

    What writes workbooks is loaded when the first one is.
    """
    if not upload.wants_workbook:
        return ()
    if upload.row_count > WORKBOOK_ROWS_MAX:
        return (f"More than {WORKBOOK_ROWS_MAX:,} rows: the result is there as CSV alone",)
    from makegood.files import workbook_results

    rows = result_parts.rows(context, upload, width)
    workbook_results.write(context, upload, header, rows)
    return ()


def _fail(context: FileContext, upload: Upload, problem: Problem) -> Upload | None:
    """A file that cannot be read gets a result that says why, and no row of it was touched."""
    refusals = [
        ["", REJECTED, fault.code, f"{fault.field}: {fault.message}", ""]
        for fault in problem.faults
    ] or [["", REJECTED, problem.code, problem.message, ""]]
    body = result_parts.table([list(RESULT_COLUMNS), *refusals])
    context.results.write(upload.place.result_key("result.csv"), body, CSV)
    at = context.clock()
    failed = replace(upload, state=UploadState.FAILED, finished_at=at, fault=problem.explain())
    _write_summary(context, failed, Sums())
    context.store.finish_upload(upload.upload_id, UploadState.FAILED, at, problem.explain())
    chunks.drop(context, failed)
    return context.store.upload(upload.upload_id)


def _write_summary(context: FileContext, upload: Upload, sums: Sums) -> None:
    if exports.is_sheet(upload):
        told = exports.summary(upload, sums)
    else:
        told = results.summary(upload, sums.counts)
    body = json.dumps(told, indent=2).encode()
    context.results.write(upload.place.result_key("summary.json"), body, JSON)
