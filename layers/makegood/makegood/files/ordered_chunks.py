"""Rows of one file that touch the same thing act in the file's order, whatever dies or comes twice.

Their chunks are worked on one after the other: the worker that counts one hands on the next. Within
a chunk, rows act group by group. A group's changes are committed together with the chunk's
progress, on condition that nobody else has moved the progress since it was read. So a row acts
once, a refused row is not decided again after later rows have acted, and of two workers on one
chunk only one gets ahead; the other continues from there.

The results so far are an object named by its content, written before the commit that counts it.

A dry run changes nothing, so a row sees what earlier rows would have done only if both are decided
on one view. A few chunks are decided together; rows do not see what lies beyond them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from makegood.aws.retry import pause
from makegood.domain.outcome import together
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import Progress, Upload
from makegood.files import chunks, result_parts, rows
from makegood.files.chunks import Record
from makegood.files.columns import Columns
from makegood.files.context import FileContext
from makegood.files.outcomes import SetAside
from makegood.files.result_parts import Sums
from makegood.store.transactions import WRITES_MAX, Contested
from makegood.usecases import unit_of_work
from makegood.usecases.unit_of_work import Done, Overtaken, Result

GROUP_ROWS_MAX = 50
"""Rows that are read together: a few more than one transaction takes."""

GROWTH_ROWS = 8
"""How many more rows are read than were done the last time."""

DRY_CHUNKS = 10
"""Chunks of a dry run that are decided together."""


@dataclass(slots=True)
class Chunk:
    """An ordered chunk at work: its rows, its progress, and the results so far."""

    context: FileContext
    upload: Upload
    number: int
    columns: Columns
    records: Sequence[Record]
    progress: Progress
    body: bytes = b""

    @classmethod
    def of(cls, context: FileContext, upload: Upload, number: int) -> "Chunk":
        chunk = cls(context, upload, number, *chunks.read(context, upload, number), Progress())
        chunk.look()
        return chunk

    @property
    def left(self) -> Sequence[Record]:
        return self.records[self.progress.rows_done :]

    def look(self) -> None:
        """Reads the chunk's progress, whichever worker made it."""
        self.progress = self.context.store.progress(self.upload.upload_id, self.number)
        part = self.progress.part
        self.body = result_parts.read(self.context, self.upload, part) if part else b""

    def go_on(self, next_results: Callable[[int], Sequence[Result]]) -> None:
        """Takes the rows that are left to their end. `next_results` has those of the first of them,
        of so many at most.

        Where something moved meanwhile, fewer are tried, down to one.
        """
        most, tries = GROUP_ROWS_MAX, 0
        while self.left:
            results = next_results(most)
            try:
                self._step(results)
            except Contested:
                tries += 1
                if tries == unit_of_work.TRIES_MAX:
                    raise Unavailable from None
                pause(tries, unit_of_work.PAUSE_SECONDS, unit_of_work.PAUSE_SECONDS_MAX)
                self._refuse_if_over()
                self.look()
                most = max(1, len(results) // 2)
            else:
                most, tries = min(GROUP_ROWS_MAX, len(results) + GROWTH_ROWS), 0
        done = self.progress
        self.context.store.finish_chunk(
            self.upload.upload_id, self.number, done.part, done.counts, done.noted
        )

    def _refuse_if_over(self) -> None:
        """Raises `Overtaken` if the file has ended meanwhile: then its parts are gone."""
        now = self.context.store.upload(self.upload.upload_id)
        if now is None or now.is_over:
            raise Overtaken

    def _step(self, results: Sequence[Result]) -> None:
        """Commits the changes of the next rows together with the chunk's progress."""
        context, upload, before = self.context, self.upload, self.progress
        told, added = rows.told(upload, self.columns, self.left[: len(results)], results)
        body, sums = self.body + told, Sums(dict(before.counts), dict(before.noted))
        sums.add(added.counts, added.noted)
        part = result_parts.write(context, upload, self.number, body)
        rows_done = before.rows_done + len(results)
        after = Progress(rows_done, part, sums.counts, sums.noted, before.version + 1)
        changed = together(each.outcome for each in results if isinstance(each, Done))
        along = context.store.step(upload.upload_id, self.number, after)
        context.store.commit(changed, along=along)
        self.progress, self.body = after, body


def work(context: FileContext, upload: Upload, number: int) -> None:
    """Works on an ordered chunk to its end. If it was done before, only hands on the next one."""
    if not context.store.chunk_is_done(upload.upload_id, number):
        if upload.dry:
            _try(context, upload, number)
        else:
            _decide(Chunk.of(context, upload, number))
    _hand_on(context, upload, number)


def _decide(chunk: Chunk) -> None:
    work = rows.work_for(chunk.upload)
    asked = rows.asked(chunk.upload, chunk.columns, chunk.records)

    def decided(most: int) -> Sequence[Result]:
        first = chunk.progress.rows_done
        return unit_of_work.in_turn(
            chunk.context.store, work, asked[first : first + most], WRITES_MAX - 1
        )

    chunk.go_on(decided)


def _try(context: FileContext, upload: Upload, number: int) -> None:
    """Decides some chunks of a dry run. The first is counted last: once it is, all of them are."""
    read = {each: chunks.read(context, upload, each) for each in _together(upload, number)}
    asked = [row for each in read.values() for row in rows.asked(upload, *each)]
    decided = iter(unit_of_work.many(context.store, rows.work_for(upload), asked, dry=True))
    results = {each: [next(decided) for _ in records] for each, (_, records) in read.items()}
    for each in reversed(results):
        rows.finish(context, upload, each, *read[each], results[each])


def set_aside(context: FileContext, upload: Upload, number: int) -> bool:
    """Sets aside what is left of a chunk that failed on every delivery, and hands on the next;
    False if nothing is left.
    """
    failed = False
    if not context.store.chunk_is_done(upload.upload_id, number):
        failed = True
        if upload.dry:
            for each in reversed(_together(upload, number)):
                columns, records = chunks.read(context, upload, each)
                rows.finish(context, upload, each, columns, records, [SetAside()] * len(records))
        else:
            chunk = Chunk.of(context, upload, number)
            failed = bool(chunk.left)
            chunk.go_on(lambda _: [SetAside()] * len(chunk.left))
    _hand_on(context, upload, number)
    return failed


def _together(upload: Upload, number: int) -> range:
    """The chunks of a dry run that are decided with this one."""
    return range(number, min(_following(upload, number), (upload.chunk_count or 0) + 1))


def _following(upload: Upload, number: int) -> int:
    return number + (DRY_CHUNKS if upload.dry else 1)


def _hand_on(context: FileContext, upload: Upload, number: int) -> None:
    """Hands on the next chunk; repeats that only if it is not known to have been sent.

    While the first chunks are being handed on, it is theirs to note how far that has come.
    """
    following = _following(upload, number)
    now = context.store.upload(upload.upload_id) or upload
    if following > (now.chunk_count or 0) or now.handed_on > number:
        return
    context.chunks.send_fairly(upload.chunk_message(following), upload.place.owner)
    if now.handed_on >= now.first_chunks:
        context.store.note_handed_on(upload.upload_id, now.handed_on, following)
