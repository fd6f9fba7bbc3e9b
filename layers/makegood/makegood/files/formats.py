"""Which format a file is in, and who cuts it: CSV (`csv_format`) or a workbook (`workbook_format`).

Both tell the same of a file, so nothing that comes after needs to know. What reads workbooks is
loaded when the first one comes.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import chain
from typing import IO, Any, NamedTuple, Protocol

from makegood.aws import s3
from makegood.domain.uploads import Kind
from makegood.files import csv_format
from makegood.files.framing import primed
from makegood.files.unpacking import ZIP

BLOCK_BYTES = 256 * 1024


class ChunkSize(NamedTuple):
    """The most bytes and rows of a chunk."""

    bytes_max: int
    rows_max: int


class Chunk(Protocol):
    """Some whole rows, numbered from 1, and what makes the same rows of them again."""

    @property
    def number(self) -> int: ...
    @property
    def row_count(self) -> int: ...
    def records(self) -> Iterable[tuple[int, list[str]]]: ...
    def kept(self) -> dict[str, Any]: ...


class Cutter(Protocol):
    """A file: its header at once, its rows in chunks, and warnings once it has been read whole.

    `typed`: its cells tell what they were typed as.
    """

    header: list[str]
    bytes_max: int
    rows_max: int

    @property
    def typed(self) -> bool: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def __iter__(self) -> Iterator[Chunk]: ...


@contextmanager
def opened(
    blocks: Iterable[bytes], size: ChunkSize, kind: Kind, given: Mapping[str, str]
) -> Iterator[Cutter]:
    """The file that unpacked blocks hold; a zip that is no workbook is refused as CSV that is none.

    A workbook is on disk meanwhile: what is where is told at its end.
    """
    head, rest = primed(blocks, len(ZIP))
    stream: Iterable[bytes] = chain((head,), rest)
    if not head.startswith(ZIP):
        yield csv_format.Cutter(stream, *size, kind, given)
        return
    from makegood.files import workbook_format

    with s3.scratch() as file:
        workbook_format.spool(stream, file)
        workbook = workbook_format.workbook_in(file)
        if workbook is None:
            yield csv_format.Cutter(_blocks_of(file), *size, kind, given)
            return
        with closing(workbook):
            yield workbook_format.SheetCutter(workbook, *size, kind, given)


def _blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(BLOCK_BYTES), b"")
