"""Brings together what is scattered over a file, on disk.

Lines of one order may lie in several chunks. Such rows are kept apart from the others, order after
order, so that whoever reads one of them has them all. Their results then are out of the input's
order, and are put back into it when the parts are joined.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

from makegood.aws import s3
from makegood.domain.problems import Fault, Invalid
from makegood.files import csv_format

Record = tuple[int, list[str]]
"""A row: the line that it begins in, and its cells."""

LINES_MAX = 500
"""Lines of one order, at most: a chunk holds them all."""

_HASH_BITS, _LINE_BITS = 56, 16
"""Ranks that have these lower bits alone in common are sorted together, in memory."""


class Spool:
    """Pieces on disk, each with a rank; read again by rank, those of one rank as they came."""

    def __init__(self, scratch: IO[bytes], bits: int) -> None:
        self.scratch, self.bits = scratch, bits
        self._kept: dict[int, tuple[array[int], array[int], array[int]]] = {}

    def add(self, rank: int, piece: bytes) -> None:
        new = array("Q"), array("Q"), array("L")
        ranks, places, sizes = self._kept.setdefault(rank >> self.bits, new)
        ranks.append(rank)
        places.append(self.scratch.tell())
        sizes.append(len(piece))
        self.scratch.write(piece)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for _, (ranks, places, sizes) in sorted(self._kept.items()):
            for at in sorted(range(len(ranks)), key=ranks.__getitem__):
                self.scratch.seek(places[at])
                yield ranks[at], self.scratch.read(sizes[at])


def together(
    rows: Iterable[Record],
    subject_of: Callable[[Sequence[str]], bytes],
    kept: Callable[[Sequence[Record]], Any],
    read: Callable[[Any], Iterable[Record]],
) -> Iterator[list[Record]]:
    """The rows of each subject; `kept` makes of rows a document, and `read` makes rows of that.

    Raises `Invalid` for a subject of more rows than can be read together.
    """
    with s3.scratch() as scratch:
        spool = Spool(scratch, _HASH_BITS)
        for row in rows:
            piece = json.dumps(kept([row]), ensure_ascii=False).encode()
            spool.add(int.from_bytes(subject_of(row[1])), piece)
        before, group = None, list[Record]()
        for rank, piece in spool:
            if rank != before and group:
                yield group
                group = []
            before = rank
            group += read(json.loads(piece))
            if len(group) > LINES_MAX:
                raise _too_long(group)
        if group:
            yield group


def in_order(tables: Iterable[bytes], at: int) -> Iterator[tuple[int, bytes]]:
    """The rows of our own tables by the number in their cell `at`, as `csv_format.numbered`."""
    with s3.scratch() as scratch:
        spool = Spool(scratch, _LINE_BITS)
        for line, row in csv_format.numbered(tables, at):
            spool.add(line, row)
        yield from spool


def _too_long(group: Sequence[Record]) -> Invalid:
    message = (
        f"The order of row {group[0][0]} has more than {LINES_MAX} rows; send one row with its sums"
    )
    return Invalid(faults=(Fault("file", message, "too_many_lines"),))
