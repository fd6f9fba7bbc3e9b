"""Unpacks gzip while it streams, in bounded pieces; recognises and refuses other archives."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from makegood.domain.problems import Fault, Invalid
from makegood.files.framing import primed

GZIP = b"\x1f\x8b"
PEEK_BYTES = 64 * 1024
"""Bytes of a zip that are looked at: enough for the names of its first files."""

PIECE_BYTES_MAX = 64 * 1024
PORTION_BYTES_MAX = 16 * 1024
"""Bytes that are unpacked at once: the end of each member copies the rest of the portion."""


ZIP = b"PK\x03\x04"
_ZIPS = (ZIP, b"PK\x05\x06", b"PK\x07\x08")
_ZIP_NAME = 30
_WORKBOOK = b"\xd0\xcf\x11\xe0"
_ARCHIVES = (
    *(b"7z\xbc\xaf", b"Rar!\x1a\x07", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"),
    *(b"BZh%d1AY&SY" % level for level in range(1, 10)),
    GZIP,
)
_OF_WORKBOOKS = ("[content_types].xml", "mimetype", "xl/", "_rels/", "docprops/", "index/")
_OF_TABLES = (".csv", ".tsv", ".txt", ".gz", ".xlsx", ".xls", ".ods")
_SAVE = "save the sheet as CSV UTF-8, or the file as .xlsx"
_UNPACK = "unpack it, and upload the CSV file that it holds"


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, unpacked. Refuses workbooks and other archives, and says what to do instead."""
    head, rest = primed(blocks, max(map(len, _ARCHIVES)))
    if head.startswith(_ZIPS):
        raise _not_csv(_of_zip(primed(chain((head,), rest), PEEK_BYTES)[0]))
    if head.startswith(_WORKBOOK):
        raise _not_csv(f"An old workbook (.xls), or one with a password; {_SAVE}")
    if head.startswith(_ARCHIVES):
        raise _not_csv(f"An archive, not a CSV file; {_UNPACK}")
    return chain((head,), rest)


def _of_zip(head: bytes) -> str:
    """The message for a zip: the names of the files in it tell whether it is a workbook."""
    names = [
        each[_ZIP_NAME - 4 :][: int.from_bytes(each[22:24], "little")].decode(errors="replace")
        for each in head.split(ZIP)[1:]
    ]
    names = [name.lower() for name in names if name]
    if not names:
        return f"A zip or a workbook, not a CSV file; {_UNPACK}, or {_SAVE}"
    if not any(name.endswith(_OF_TABLES) for name in names) and any(
        name.startswith(_OF_WORKBOOKS) for name in names
    ):
        return f"A workbook that cannot be opened; {_SAVE}"
    return f"A zip, not a CSV file; {_UNPACK}"


def _not_csv(message: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, "not_csv"),))


def inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of all members of a gzip stream; zeros between and after them are padding."""
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
