"""Files in parts: chunks are handed on, each writes its part, who finishes the last joins them.

Every step may be done twice. A part is named by what it holds, and counting its chunk says which
part counts, so two deliveries that are at work at once leave one result.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood import tabular
from makegood.files import Bucket
from makegood.queues import Queue
from makegood.store_cases import Cases
from makegood.store_files import Files
from makegood.uploads import Count, Upload

CSV = "text/csv; charset=utf-8"
JSON = "application/json"


class FileStore(Cases, Files):
    """What files are worked on from: cases, and the files themselves."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What files are worked on with. `now` is only read where something starts or ends."""

    store: FileStore
    inbox: Bucket
    results: Bucket
    chunks: Queue
    clock: Callable[[], datetime]


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """A whole CSV; without its mark, a spreadsheet would not take it for UTF-8."""
    return tabular.BOM + tabular.render(rows)


def hand_on(desk: Desk, upload_id: str, chunk_count: int) -> None:
    """All chunks of a file to whoever is free."""
    desk.chunks.send_all(
        {"upload_id": upload_id, "chunk": number} for number in range(1, chunk_count + 1)
    )


def add(desk: Desk, upload: Upload, number: int, body: bytes, counts: Mapping[str, Count]) -> None:
    """Writes a chunk's part and counts the chunk, both once."""
    part = f"{number:06d}-{hashlib.sha256(body).hexdigest()[:16]}"
    desk.results.write(_key(upload, part), body, CSV)
    desk.store.finish_chunk(upload.upload_id, number, part, counts)


def join(desk: Desk, upload: Upload, head: bytes) -> dict[str, Count]:
    """Writes the result: its head, then all parts in their order. What they add up to."""
    counts: dict[str, Count] = {}
    pieces = _pieces(desk, upload, head, counts)
    desk.results.join(upload.place.result_key("result.csv"), pieces, CSV)
    return counts


def _pieces(desk: Desk, upload: Upload, head: bytes, counts: dict[str, Count]) -> Iterator[bytes]:
    """The result, a part at a time; `counts` holds what they add up to once all have gone by."""
    yield head
    for part, counted in desk.store.finished_chunks(upload.upload_id, upload.chunk_count or 0):
        for name, count in counted.items():
            counts[name] = counts.get(name, Count()).plus(count.rows, count.money)
        yield desk.results.read(_key(upload, part))


def _key(upload: Upload, part: str) -> str:
    return upload.place.result_key(f"parts/{part}.csv")
