"""A file of many rows: cut into chunks from the start, decided row by row, one result for each row.

The object is streamed and cut at record boundaries; each chunk is decided and writes its part of
the result; whoever finishes the last chunk joins the parts, in the input's order. A small file is
one chunk and done at once. Events and messages may come twice, late or out of order: a row names
itself in what it changes, so that working on it again finds its own work done.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any

from makegood import casework, tabular
from makegood.actions import Action, ActionState
from makegood.case_actions import ChangeWork
from makegood.case_claims import ClaimWork
from makegood.case_conversions import ConversionWork
from makegood.case_resolutions import ResolutionWork
from makegood.casework import Asked, Done, Work
from makegood.directory import Role, account_sid
from makegood.files import Bucket
from makegood.ids import digest
from makegood.inquiries import REJECT_REASONS
from makegood.money import Money
from makegood.problems import Fault, Invalid, Problem, Unavailable
from makegood.queues import Queue
from makegood.store import Store
from makegood.tabular import Chunk, Columns, Kind, Layout
from makegood.uploads import Count, Place, Upload, UploadState, place_of

CHUNK_ROWS_MAX = 500
CHUNK_BYTES_MAX = 512 * 1024
EXPANDED_BYTES_MAX = 4 * 1024 * 1024 * 1024

RESULT_COLUMNS = ("Row", "Result", "Code", "Message", "Uri")
APPLIED, UNCHANGED, REJECTED = "APPLIED", "UNCHANGED", "REJECTED"
CSV = "text/csv; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Desk:
    """What files are worked on with. `now` is only read where something starts or ends."""

    store: Store
    inbox: Bucket
    results: Bucket
    chunks: Queue
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Measured:
    """Blocks on their way through, counted and summed."""

    blocks: Iterable[bytes]
    sha256: Any = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            self.sha256.update(block)
            yield block


def receive(desk: Desk, key: str, object_version: str) -> Upload | None:
    """An object has arrived: it is read whole and cut, before any row of it is touched.

    A lone chunk is done here and now, more of them are handed to the queue.
    """
    try:
        place = place_of(key)
    except Invalid as problem:
        return _refuse(desk, key, problem)
    upload = _started(desk, place, object_version)
    if upload.object_version != object_version:
        return _refuse_second(desk, upload, object_version)
    if upload.is_over:
        return None
    measured = Measured(desk.inbox.blocks(key, object_version))
    try:
        cut = _cut(desk, upload, measured)
    except Invalid as problem:
        return _fail(desk, upload, problem)
    checksum = measured.sha256.hexdigest()
    desk.store.cut_upload(upload.upload_id, cut.chunk_count, cut.row_count, checksum)
    if cut.lone is not None:
        _work(desk, upload, cut.header, cut.layout, cut.lone)
    for number in range(1, cut.chunk_count + 1) if cut.lone is None else ():
        desk.chunks.send({"upload_id": upload.upload_id, "chunk": number})
    return _join_when_complete(desk, upload.upload_id)


def _refuse(desk: Desk, key: str, problem: Problem) -> None:
    """An object that nobody can be told about still gets a result that says why."""
    rows = (["Key", "Code", "Message"], [key, problem.reason_code(), problem.explain()])
    desk.results.write(f"refused/{digest('key', key)}.csv", tabular.render(rows), CSV)


def _refuse_second(desk: Desk, upload: Upload, object_version: str) -> None:
    """A form is for one object; another one sent with it gets a result of its own."""
    message = "This upload has its file already; announce a new upload for another one"
    rows = (["Row", "Result", "Code", "Message"], ["", REJECTED, "upload_used", message])
    name = f"refused-{digest('version', object_version)[:12]}.csv"
    desk.results.write(upload.place.result_key(name), tabular.render(rows), CSV)


def _started(desk: Desk, place: Place, object_version: str) -> Upload:
    """The upload's record, opened if nobody announced it; its start is fixed once."""
    now = desk.clock()
    desk.store.open_upload(Upload(place, now))
    desk.store.start_upload(place.upload_id, object_version, now)
    upload = desk.store.upload(place.upload_id)
    if upload is None:
        raise Unavailable
    return upload


@dataclass(frozen=True, slots=True)
class Cut:
    """A whole file, cut: its chunks are stored, except a lone one, which is at hand."""

    header: list[str]
    layout: Layout
    chunk_count: int
    row_count: int
    lone: Chunk | None


def _cut(desk: Desk, upload: Upload, blocks: Iterable[bytes]) -> Cut:
    """Cuts the stream; every chunk but a lone one is stored, with what it takes to read it."""
    expanded = tabular.decompressed(blocks, EXPANDED_BYTES_MAX)
    cutter = tabular.Cutter(expanded, CHUNK_BYTES_MAX, CHUNK_ROWS_MAX)
    Columns.match(cutter.header, upload.place.kind)
    held: Chunk | None = None
    chunk_count = row_count = 0
    for chunk in cutter:
        if held is not None:
            _store_chunk(desk, upload, cutter.header, cutter.layout, held)
        held = chunk
        chunk_count += 1
        row_count += chunk.row_count
    if held is None:
        raise Invalid(faults=(Fault("file", "There is no row below the header", "no_rows"),))
    if chunk_count > 1:
        _store_chunk(desk, upload, cutter.header, cutter.layout, held)
    lone = held if chunk_count == 1 else None
    return Cut(cutter.header, cutter.layout, chunk_count, row_count, lone)


def _chunk_key(upload: Upload, number: int) -> str:
    return upload.place.result_key(f"chunks/{number:06d}.json")


def _part_key(upload: Upload, number: int) -> str:
    return upload.place.result_key(f"parts/{number:06d}.csv")


def _store_chunk(
    desk: Desk, upload: Upload, header: list[str], layout: Layout, chunk: Chunk
) -> None:
    document = {
        "header": header,
        "separator": layout.separator,
        "first_line": chunk.first_line,
        "row_count": chunk.row_count,
        "text": chunk.data.decode(),
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    desk.results.write(_chunk_key(upload, chunk.number), body, JSON)


def work_chunk(desk: Desk, upload_id: str, number: int) -> None:
    """One chunk from the queue; one that was done before is only looked at again for the joining.

    Raises `Unavailable` when the store was too busy for some rows: the queue delivers it again.
    """
    upload = desk.store.upload(upload_id)
    if upload is None or upload.is_over:
        return
    if not desk.store.chunk_is_done(upload_id, number):
        document = json.loads(desk.results.read(_chunk_key(upload, number)))
        chunk = Chunk(
            number, document["first_line"], document["row_count"], document["text"].encode()
        )
        layout = Layout(separator=document["separator"])
        _work(desk, upload, document["header"], layout, chunk)
    _join_when_complete(desk, upload_id)


def _work(desk: Desk, upload: Upload, header: list[str], layout: Layout, chunk: Chunk) -> None:
    """Decides the chunk's rows, writes their part of the result, counts the chunk as done."""
    columns = Columns.match(header, upload.place.kind)
    records = list(tabular.records(chunk.data, layout, chunk.first_line))
    asked: list[tuple[int, Asked]] = []
    results: list[Done | Problem | None] = [None] * len(records)
    for at, (line, cells) in enumerate(records):
        faults = columns.faults(cells)
        if faults:
            results[at] = Invalid(faults=faults)
            continue
        source = f"file:{upload.upload_id}:{line}"
        asked.append((at, Asked(columns.fields(cells), source)))
    rows = [row for _, row in asked]
    decided = casework.many(desk.store, _work_for(upload), rows, upload.dry)
    for (at, _), result in zip(asked, decided, strict=True):
        results[at] = result
    _refuse_busy(results)
    written = [
        _result(upload, columns, line, cells, result)
        for (line, cells), result in zip(records, results, strict=True)
    ]
    part = tabular.render(line for line, _ in written)
    desk.results.write(_part_key(upload, chunk.number), part, CSV)
    desk.store.finish_chunk(upload.upload_id, chunk.number, _counted(count for _, count in written))


def _refuse_busy(results: Iterable[Done | Problem | None]) -> None:
    """A row that the store had no time for is no result; the whole chunk comes again."""
    for result in results:
        if isinstance(result, Unavailable):
            raise result


def _work_for(upload: Upload) -> Work:
    place, now = upload.place, upload.started_at
    if now is None:
        raise Unavailable
    if place.kind is Kind.INQUIRIES:
        return ClaimWork(place.account_id, now)
    if place.kind is Kind.CONVERSIONS:
        return ConversionWork(place.account_id, now)
    if place.kind is Kind.ACTIONS:
        return ChangeWork(place.account_id, now, in_file=True)
    return ResolutionWork(place.account_id, now, date_required=True, repeatable=True)


Counted = tuple[str, Money | None]


def _result(
    upload: Upload, columns: Columns, line: int, cells: list[str], result: Done | Problem | None
) -> tuple[list[str], Counted]:
    """The row as it came, with its result, and what it adds to the summary."""
    width = len(columns.header)
    kept = cells[:width] + [""] * (width - len(cells))
    if isinstance(result, Done):
        name = APPLIED if result.applied else UNCHANGED
        told = _told_of_change if upload.place.kind is Kind.ACTIONS else _told
        money, code, message = told(result)
        uri = _uri(upload, result)
        return [*kept, str(line), name, code, message, uri], (name, money)
    if result is None:
        raise ValueError("a row has no result")
    message = _in_columns(columns, result)
    return [*kept, str(line), REJECTED, result.reason_code(), message, ""], (REJECTED, None)


def _told(done: Done) -> tuple[Money, str, str]:
    """The money in a row, a code for what it came to, and a sentence for people."""
    subject = done.subject
    if isinstance(subject, Action):
        same = "" if done.applied else "The same conversion was there already; nothing changed"
        return subject.payout, "tracked" if done.applied else "same_conversion", same
    money = subject.final_payout or subject.claim.order_amount
    if not done.applied:
        message = f"Inquiry {subject.inquiry_id} was there already just so; nothing changed"
        return money, f"same_{subject.state.lower()}", message
    reason = REJECT_REASONS[subject.reject_reason] if subject.reject_reason else ""
    return money, subject.state.lower(), _came_of(done.action) if done.action else reason


CHANGES = {ActionState.PENDING: "modified", ActionState.REVERSED: "reversed"}


def _told_of_change(done: Done) -> tuple[Money, str, str]:
    """As `_told`, for a row that changes an action."""
    action = done.subject
    if not isinstance(action, Action):
        raise ValueError("a change is about an action")
    if not done.applied:
        message = f"Action {action.action_id} was just so already; nothing changed"
        return action.payout, "same_action", message
    return action.payout, CHANGES.get(action.state, "approved"), ""


def _came_of(action: Action) -> str:
    """How far an accepted inquiry's action has come, for the reviewer."""
    if action.state is ActionState.PAID:
        return f"Action {action.action_id} locked and was paid at once"
    if action.state is ActionState.LOCKED:
        return f"Action {action.action_id} locked at once; it is paid when it clears, from funds"
    return f"Action {action.action_id} is pending until it locks"


def _in_columns(columns: Columns, problem: Problem) -> str:
    """The problem's message, in the words of the file's own header."""
    if not problem.faults:
        return problem.message
    return "; ".join(
        f"{columns.header_of(fault.field)}: {fault.message}" for fault in problem.faults
    )


def _uri(upload: Upload, done: Done) -> str:
    role = upload.place.role
    audience = "Advertisers" if role is Role.ADVERTISER else "Mediapartners"
    account = f"/{audience}/{account_sid(role, upload.place.account_id)}"
    subject = done.subject
    if isinstance(subject, Action):
        return f"{account}/Actions/{subject.action_id}"
    return f"{account}/ActionInquiries/{subject.inquiry_id}"


def _counted(counted: Iterable[Counted]) -> dict[str, Count]:
    result: dict[str, Count] = {}
    for name, money in counted:
        moved = {} if money is None else {money.currency: money.minor}
        result[name] = result.get(name, Count()).plus(1, moved)
    return result


def _join_when_complete(desk: Desk, upload_id: str) -> Upload | None:
    """Joins the parts once every chunk is done; who comes later finds it joined."""
    upload = desk.store.upload(upload_id)
    if upload is None or upload.is_over or not upload.all_chunks_done:
        return upload
    header = _header_of(desk, upload)
    numbers = range(1, (upload.chunk_count or 0) + 1)
    pieces = (desk.results.read(_part_key(upload, number)) for number in numbers)
    desk.results.join(upload.place.result_key("result.csv"), chain([header], pieces), CSV)
    counts = desk.store.counts(upload_id, upload.chunk_count or 0)
    finished = replace(upload, finished_at=desk.clock(), state=UploadState.DONE)
    _write_summary(desk, finished, counts)
    desk.store.finish_upload(upload_id, UploadState.DONE, desk.clock(), "")
    return desk.store.upload(upload_id)


def _header_of(desk: Desk, upload: Upload) -> bytes:
    """The result's header: the input's own, and ours."""
    head = tabular.decompressed(
        desk.inbox.blocks(upload.place.key, upload.object_version), EXPANDED_BYTES_MAX
    )
    cutter = tabular.Cutter(head, CHUNK_BYTES_MAX, CHUNK_ROWS_MAX)
    return tabular.render([[*cutter.header, *RESULT_COLUMNS]])


def _fail(desk: Desk, upload: Upload, problem: Problem) -> Upload | None:
    """A file that cannot be read gets a result that says why, and no row of it was touched."""
    rows = [
        ["", REJECTED, fault.code, f"{fault.field}: {fault.message}", ""]
        for fault in problem.faults
    ] or [["", REJECTED, problem.code, problem.message, ""]]
    body = tabular.render([list(RESULT_COLUMNS), *rows])
    desk.results.write(upload.place.result_key("result.csv"), body, CSV)
    at = desk.clock()
    failed = replace(upload, state=UploadState.FAILED, finished_at=at, fault=problem.explain())
    _write_summary(desk, failed, {})
    desk.store.finish_upload(upload.upload_id, UploadState.FAILED, at, problem.explain())
    return desk.store.upload(upload.upload_id)


def _write_summary(desk: Desk, upload: Upload, counts: Mapping[str, Count]) -> None:
    """Counts and money per result, the input's checksum, started, finished."""
    document = {
        "upload_id": upload.upload_id,
        "kind": upload.place.kind,
        "name": upload.place.name,
        "dry_run": upload.dry,
        "state": upload.state,
        "fault": upload.fault,
        "rows": upload.row_count,
        "sha256": upload.checksum,
        "started": upload.started_at and upload.started_at.isoformat(),
        "finished": upload.finished_at and upload.finished_at.isoformat(),
        "results": {
            name: {
                "rows": counts.get(name, Count()).rows,
                "money": {
                    currency: str(Money(minor, currency))
                    for currency, minor in counts.get(name, Count()).money.items()
                },
            }
            for name in (APPLIED, UNCHANGED, REJECTED)
        },
    }
    body = json.dumps(document, indent=2).encode()
    desk.results.write(upload.place.result_key("summary.json"), body, JSON)
