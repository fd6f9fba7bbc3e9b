"""Uploads in the store: their state, their progress, and which of their chunks are done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.domain.account_caps import MONTH_BYTES_MAX
from makegood.domain.uploads import Count, Progress, Upload, UploadState, place_of
from makegood.store.carried import longer
from makegood.store.connection import BATCH_MAX, Connection
from makegood.store.expressions import (
    IS_NEW,
    Change,
    Condition,
    added,
    at_version,
    change_of,
    compared,
    is_missing,
)
from makegood.store.indexes import position_at, uploads_owner
from makegood.store.items import Compact, Flag, Instant, Number, Row, Text
from makegood.store.transactions import Contested, Writes, send

MONTHS = timedelta(days=62)


class UploadRow(Row):
    table = "files"

    owner_key = Text()
    created_key = Text()
    key = Text()
    created_at = Instant()
    size = Number()
    dry = Flag()
    state = Text()
    object_version = Text(null=True)
    started_at = Instant(null=True)
    finished_at = Instant(null=True)
    checksum = Text(null=True)
    chunk_count = Number(null=True)
    handed_on = Number(null=True)
    chunks_done = Number(default=0)
    row_count = Number(default=0)
    rows_done = Number(default=0)
    fault = Text(null=True)
    given = Compact(null=True)
    warnings = Compact(null=True)
    ordered_from = Number(null=True)
    sent_by = Text(null=True)


class ChunkRow(Row):
    table = "files"

    part = Text()
    counts = Compact()
    noted = Compact(null=True)


class ProgressRow(Row):
    """The progress of an ordered chunk."""

    table = "files"

    part = Text()
    counts = Compact()
    noted = Compact(null=True)
    rows_done = Number()


def upload_of(row: UploadRow) -> Upload:
    return Upload(
        place=place_of(row.key),
        created_at=row.created_at,
        size=int(row.size),
        dry=row.dry,
        state=UploadState(row.state),
        object_version=row.object_version or "",
        started_at=row.started_at,
        finished_at=row.finished_at,
        checksum=row.checksum or "",
        chunk_count=None if row.chunk_count is None else int(row.chunk_count),
        handed_on=int(row.handed_on or 0),
        chunks_done=int(row.chunks_done),
        row_count=int(row.row_count),
        rows_done=int(row.rows_done),
        fault=row.fault or "",
        given=row.given or {},
        warnings=tuple(row.warnings or ()),
        ordered_from=None if row.ordered_from is None else int(row.ordered_from),
        sent_by=row.sent_by or "",
    )


def _row(upload_id: str) -> UploadRow:
    return UploadRow(f"F#{upload_id}", "FILE")


def _is_in(state: UploadState) -> Condition:
    return compared(UploadRow, "state", "=", state.value)


def _chunk_key(upload_id: str, number: int) -> tuple[str, str]:
    return f"F#{upload_id}", f"CHUNK#{number:06d}"


def _progress_key(upload_id: str, number: int) -> tuple[str, str]:
    return f"F#{upload_id}", f"PROGRESS#{number:06d}"


def _kept(counts: Mapping[str, Count]) -> dict[str, Any]:
    return {name: longer((each.rows, each.money), each.carried) for name, each in counts.items()}


def _counts(document: Mapping[str, Any]) -> dict[str, Count]:
    return {name: Count.kept(each) for name, each in document.items()}


BYTES = "bytes of a month"
"""Names what a month has no room for, where a commit is contested."""


class BytesRow(Row):
    """How many bytes an account has announced in a month; they are forgotten after the next."""

    table = "requests"

    announced = Number()
    expires_at = Number()


def count_bytes(writes: Writes, upload: Upload) -> None:
    """Counts the bytes of an announcement, along with it."""
    at = upload.created_at.astimezone(UTC)
    row = BytesRow(f"BYTES#{upload.place.owner}", f"{at:%Y-%m}")
    expires = change_of(BytesRow, {"expires_at": int((at + MONTHS).timestamp())})
    change = Change(sets=expires.sets, adds=added({"announced": upload.size}).adds)
    room = compared(BytesRow, "announced", "<=", MONTH_BYTES_MAX - upload.size)
    writes.updates.append((BYTES, row, change, is_missing("announced") | room))


def opening(upload: Upload) -> Writes:
    """The writing of an upload that must be new."""
    place = upload.place
    row = _row(upload.upload_id)
    for name, value in {
        "owner_key": uploads_owner(place.role, place.account_id),
        "created_key": position_at(upload.created_at, upload.upload_id),
        "key": place.key,
        "created_at": upload.created_at,
        "size": upload.size,
        "dry": upload.dry,
        "state": upload.state.value,
        "object_version": upload.object_version or None,
        "started_at": upload.started_at,
        "given": upload.given or None,
        "sent_by": upload.sent_by or None,
    }.items():
        setattr(row, name, value)
    return Writes(puts=[("file", row, IS_NEW)])


class Uploads(Connection):
    """Each step is conditional on the one before, so events may come twice and out of order."""

    def upload(self, upload_id: str) -> Upload | None:
        row = self.fetch([(UploadRow, f"F#{upload_id}", "FILE")]).get((f"F#{upload_id}", "FILE"))
        return None if row is None else upload_of(row)

    def uploads(self, upload_ids: Iterable[str]) -> dict[str, Upload]:
        """Uploads by id; missing ones are left out."""
        rows = self.fetch((UploadRow, f"F#{each}", "FILE") for each in dict.fromkeys(upload_ids))
        found = [upload_of(row) for row in rows.values()]
        return {each.upload_id: each for each in found}

    def open_upload(self, upload: Upload) -> None:
        """Records an upload that has just arrived; does nothing if it is recorded already."""
        self._sent(opening(upload))

    def _sent(self, writes: Writes) -> bool:
        try:
            send(self, writes)
        except Contested:
            return False
        return True

    def start_upload(self, upload_id: str, object_version: str, at: datetime) -> None:
        """AWAITED becomes RUNNING, once; `at` is the instant that its rows are decided at."""
        self._change(
            upload_id,
            _is_in(UploadState.AWAITED),
            state=UploadState.RUNNING.value,
            object_version=object_version,
            started_at=at,
        )

    def cut_upload(
        self,
        upload_id: str,
        chunk_count: int,
        row_count: int,
        checksum: str,
        warnings: Sequence[str] = (),
        ordered_from: int | None = None,
        given: Mapping[str, str] | None = None,
    ) -> bool:
        """The whole object was read: from here on it is known how many chunks there are, and what
        more than was `given` with it its rows are read by.

        False when that was known before.
        """
        return self._change(
            upload_id,
            is_missing("chunk_count"),
            chunk_count=chunk_count,
            row_count=row_count,
            checksum=checksum,
            warnings=warnings or None,
            ordered_from=ordered_from,
            given=given or None,
        )

    def note_handed_on(self, upload_id: str, before: int, now: int) -> bool:
        """Of the chunks, the first so many have their messages; False when `before` is not so."""
        so_far = compared(UploadRow, "handed_on", "=", before)
        condition = so_far if before else is_missing("handed_on")
        return self._change(upload_id, condition, handed_on=now)

    def finish_upload(
        self,
        upload_id: str,
        state: UploadState,
        at: datetime,
        fault: str,
        warnings: Sequence[str] = (),
    ) -> None:
        """RUNNING becomes DONE or FAILED; a repeat changes nothing. `warnings` are all of them."""
        self._change(
            upload_id,
            _is_in(UploadState.RUNNING),
            state=state.value,
            finished_at=at,
            fault=fault or None,
            warnings=warnings or None,
        )

    def _change(self, upload_id: str, condition: Condition, **values: Any) -> bool:
        said = {name: value for name, value in values.items() if value is not None}
        change = change_of(UploadRow, said)
        return self._sent(Writes(updates=[("file", _row(upload_id), change, condition)]))

    def finish_chunk(
        self,
        upload_id: str,
        number: int,
        part: str,
        counts: Mapping[str, Count],
        noted: Mapping[str, int] | None = None,
    ) -> bool:
        """A chunk is counted once, however often it is delivered; False when it was before.

        `part` names the object that holds the results which are counted; `noted` has the first
        line of each kind of thing that the file may be warned of.
        """
        rows = sum(each.rows for each in counts.values())
        chunk = ChunkRow(*_chunk_key(upload_id, number), part=part, counts=_kept(counts))
        chunk.noted = noted or None
        progress = added({"chunks_done": 1, "rows_done": rows})
        return self._sent(
            Writes(
                puts=[("chunk", chunk, IS_NEW)],
                updates=[("file", _row(upload_id), progress, None)],
            )
        )

    def chunk_is_done(self, upload_id: str, number: int) -> bool:
        return bool(self.fetch([(ChunkRow, *_chunk_key(upload_id, number))]))

    def uncounted(self, upload_id: str, number: int) -> Writes:
        """A check to commit along with the changes of rows: the chunk is not counted yet."""
        return Writes(checks=[("chunk", ChunkRow(*_chunk_key(upload_id, number)), IS_NEW)])

    def progress(self, upload_id: str, number: int) -> Progress:
        """The progress of an ordered chunk."""
        key = _progress_key(upload_id, number)
        row = self.fetch([(ProgressRow, *key)]).get(key)
        if row is None:
            return Progress()
        counts, noted = _counts(row.counts), row.noted or {}
        return Progress(int(row.rows_done), row.part, counts, noted, int(row.version))

    def step(self, upload_id: str, number: int, after: Progress) -> Writes:
        """To be committed along with what its rows change: the chunk has come that far, from the
        version before.
        """
        row = ProgressRow(*_progress_key(upload_id, number))
        said = {
            "version": after.version,
            "rows_done": after.rows_done,
            "part": after.part,
            "counts": _kept(after.counts),
            "noted": after.noted or None,
        }
        before = at_version(ProgressRow, after.version - 1)
        return Writes(updates=[("progress", row, change_of(ProgressRow, said), before)])

    def finished_chunks(
        self, upload_id: str, last: int, first: int = 1
    ) -> Iterator[tuple[str, dict[str, Count], dict[str, int]]]:
        """The part of each chunk, its counts and what was noted of it, in the order of their
        numbers, a batch at a time.
        """
        for start in range(first, last + 1, BATCH_MAX):
            numbers = range(start, min(start + BATCH_MAX, last + 1))
            keys = [_chunk_key(upload_id, number) for number in numbers]
            rows = self.fetch((ChunkRow, *key) for key in keys)
            for key in keys:
                row = rows[key]
                yield row.part, _counts(row.counts), row.noted or {}
