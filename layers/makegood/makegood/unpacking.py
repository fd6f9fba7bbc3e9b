"""Gzip as it streams by, unpacked a bounded piece at a time."""

import zlib
from collections.abc import Iterable, Iterator

from makegood.problems import Fault, Invalid

GZIP = b"\x1f\x8b"
PIECE_BYTES_MAX = 64 * 1024
PORTION_BYTES_MAX = 16 * 1024
"""What is unpacked at once: the end of each member copies what is left of it."""


def inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What all members of a gzip stream hold; zeros between and after them are padding."""
    inflater = zlib.decompressobj(wbits=31)
    fresh = True
    try:
        for portion in _portions(blocks):
            pending = portion.lstrip(b"\0") if fresh else portion
            while pending:
                fresh = False
                if piece := inflater.decompress(pending, PIECE_BYTES_MAX):
                    yield piece
                pending = inflater.unconsumed_tail
                if inflater.eof:
                    pending = inflater.unused_data.lstrip(b"\0")
                    inflater, fresh = zlib.decompressobj(wbits=31), True
    except zlib.error as error:
        raise _bad("Not a gzip that can be unpacked; pack and upload it again") from error
    if not fresh:
        raise _bad("The gzip ends too early; upload it again")


def _portions(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for at in range(0, len(block), PORTION_BYTES_MAX):
            yield block[at : at + PORTION_BYTES_MAX]


def _bad(message: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, "bad_gzip"),))
