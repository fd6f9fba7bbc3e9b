"""The parts of a result: each chunk writes its own, and they are joined at the end.

Every step may be done twice. A part is named by a hash of its content, and counting the chunk says
which part counts, so two deliveries at work at once leave one result.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from operator import itemgetter

from makegood.domain.uploads import Count, Kind, Upload
from makegood.files import csv_format, csv_writing, gathering
from makegood.files.context import CSV, FileContext


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """A whole CSV, with the mark by which spreadsheets recognise UTF-8."""
    return csv_writing.BOM + csv_writing.render(rows)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums over a file's chunks; `noted` has the file's first line of each kind."""

    counts: dict[str, Count] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, Count], noted: Mapping[str, int]) -> None:
        """Adds another chunk."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, Count()).plus(count.rows, count.money)
        for name, line in noted.items():
            self.noted[name] = min(line, self.noted.get(name, line))


def add(
    context: FileContext,
    upload: Upload,
    number: int,
    body: bytes,
    counts: Mapping[str, Count],
    noted: Mapping[str, int] | None = None,
) -> None:
    """Writes a chunk's part and counts the chunk, both once."""
    part = write(context, upload, number, body)
    context.store.finish_chunk(upload.upload_id, number, part, counts, noted)


def write(context: FileContext, upload: Upload, number: int, body: bytes) -> str:
    """Writes a chunk's part, or its beginning; returns its name, a hash of its content."""
    part = f"{number:06d}-{hashlib.sha256(body).hexdigest()[:16]}"
    context.results.write(_key(upload, part), body, CSV)
    return part


def read(context: FileContext, upload: Upload, part: str) -> bytes:
    return context.working_copy(_key(upload, part))


def join(context: FileContext, upload: Upload, head: bytes, width: int) -> Sums:
    """Writes the result: its head, then all rows in the input's order, whose cells come first and
    are `width`. What the parts add up to.
    """
    sums = Sums()
    pieces = _pieces(context, upload, head, width, sums)
    context.results.join(upload.place.result_key("result.csv"), pieces, CSV)
    return sums


def rows(context: FileContext, upload: Upload, width: int) -> Iterator[list[str]]:
    """All rows of a result, in the input's order."""
    return csv_format.table_rows(_pieces(context, upload, b"", width, Sums()))


def _pieces(
    context: FileContext, upload: Upload, head: bytes, width: int, sums: Sums
) -> Iterator[bytes]:
    """The result, a part at a time, or row by row where those that acted in turn are in parts of
    their own. `sums` holds what the parts add up to once all have gone by.
    """
    yield head
    first, last = upload.ordered_from or 1, upload.chunk_count or 0
    in_turn = _parts(context, upload, first, last, sums)
    if not upload.has_rows_apart:
        yield from in_turn
        return
    others = _parts(context, upload, 1, first - 1, sums)
    numbered = gathering.in_order if upload.place.kind is Kind.ORDERS else csv_format.numbered
    both = csv_format.numbered(others, width), numbered(in_turn, width)
    for _, row in merge(*both, key=itemgetter(0)):
        yield row


def _parts(
    context: FileContext, upload: Upload, first: int, last: int, sums: Sums
) -> Iterator[bytes]:
    """The parts of these chunks, one at a time."""
    for part, *told in context.store.finished_chunks(upload.upload_id, last, first):
        sums.add(*told)
        yield read(context, upload, part)


def _key(upload: Upload, part: str) -> str:
    return upload.place.result_key(f"parts/{part}.csv")
