"""A workbook's zip: its parts as streams, within limits, whatever the zip says of itself.

A workbook is an Office Open XML package (ECMA-376, part 2): a zip whose `[Content_Types].xml` tells
what its parts are, and whose relationships tell where they are. Nothing outside the package is ever
followed. Sizes are counted while parts are unpacked; what the zip's directory says is not believed.
"""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass, field
from typing import IO

from makegood.workbooks import elements
from makegood.workbooks.refusals import RESAVE, damaged, refused

PACKED_BYTES_MAX = 64 * 1024 * 1024
UNPACKED_BYTES_MAX = 512 * 1024 * 1024
"""Bytes of a workbook as it is sent, and of all that is read of it, unpacked."""

ENTRIES_MAX = 1_000
READ_AT_ONCE_MAX = 1024 * 1024
"""Bytes of the zip that are in memory at once, so its directory cannot be longer either."""

PIECE_BYTES = 16 * 1024

_MAIN = ".sheet.main+xml"
_OTHERS = {
    "binary": "A binary workbook (.xlsb)",
    "macroEnabled": "A workbook with macros (.xlsm)",
    "template": "A template (.xltx)",
}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(OSError, OverflowError, ValueError, NotImplementedError),
)
"""What Python's own reading of zips raises for one that contradicts itself."""


class NotAWorkbook(Exception):
    """Raised for what is no zip, or a zip of something else."""


class _Sparing(io.RawIOBase):
    """A file of which not more is read at once than it has leave for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > READ_AT_ONCE_MAX:
            raise damaged("its directory is too long")
        return self._file.read(READ_AT_ONCE_MAX if size < 0 else size)


@dataclass(slots=True)
class Package:
    """The parts of an open workbook. `unpacked_bytes` counts all that was read of them."""

    zip: zipfile.ZipFile
    unpacked_bytes: int = 0
    _entries: Mapping[str, zipfile.ZipInfo] = field(default_factory=dict)

    @classmethod
    def open(cls, file: IO[bytes]) -> "Package":
        """Raises `NotAWorkbook` for another zip, and `Invalid` for one that is not to be read."""
        try:
            package = cls(zipfile.ZipFile(_Sparing(file)))  # type: ignore[arg-type]
        except _UNREADABLE as error:
            raise NotAWorkbook from error
        entries = package.zip.infolist()
        if len(entries) > ENTRIES_MAX:
            message = f"The workbook has more than {ENTRIES_MAX:,} parts; leave sheets out"
            raise refused(message, "too_many_parts")
        package._entries = {each.filename.lower(): each for each in entries}
        package._check_kind()
        if len(package._entries) < len(entries):
            raise damaged("two of its parts have one name")
        return package

    def _check_kind(self) -> None:
        names = self._entries
        if "mimetype" in names and b"opendocument" in next(self.stream("mimetype"), b""):
            raise refused("An OpenDocument file (.ods); save it as .xlsx", "not_xlsx")
        if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
            raise refused("A Numbers file; export it as .xlsx", "not_xlsx")
        if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise NotAWorkbook
        if any(name.endswith("vbaproject.bin") for name in names):
            raise refused("The workbook has macros; save it as .xlsx, without them", "macros")

    def has(self, name: str) -> bool:
        return name.lower() in self._entries

    def stream(self, name: str) -> Iterator[bytes]:
        """A part, unpacked in pieces; everything that is wrong with it is told as the file's."""
        entry = self._entries.get(name.lower())
        if entry is None:
            raise damaged(f"{name} is missing")
        if entry.flag_bits & _ENCRYPTED:
            raise refused("The workbook has a password; save it without one", "encrypted")
        if entry.compress_type not in _METHODS:
            raise damaged(f"{name} is packed in a way that spreadsheets do not read")
        try:
            with self.zip.open(entry) as part:
                while piece := part.read(PIECE_BYTES):
                    self._count(len(piece))
                    yield piece
        except _UNREADABLE as error:
            raise damaged(f"{name} cannot be unpacked") from error

    def _count(self, size: int) -> None:
        self.unpacked_bytes += size
        if self.unpacked_bytes > UNPACKED_BYTES_MAX:
            message = f"Holds more than {UNPACKED_BYTES_MAX:,} bytes when unpacked; split it"
            raise refused(message, "too_large_decompressed")

    def main(self) -> str:
        """The part that lists the sheets; refuses what is no plain workbook."""
        for target, kind in self.related("").values():
            if kind == "officeDocument":
                self._check_type(target)
                return target
        raise damaged("nothing in it tells where its sheets are")

    def _check_type(self, main: str) -> None:
        types = _Types()
        elements.drain(self.stream("[Content_Types].xml"), types)
        told = types.by_part.get(f"/{main}".lower(), "")
        for word, what in _OTHERS.items():
            if word in told:
                code = "macros" if word == "macroEnabled" else "not_xlsx"
                raise refused(f"{what}; save it as .xlsx", code)
        if not told.endswith(_MAIN):
            raise refused(f"Not a workbook (.xlsx); {RESAVE}", "not_xlsx")

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside of the package, by id: the other part, and its kind."""
        folder, name = posixpath.split(part)
        found = _Relations(folder)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        if self.has(place):
            elements.drain(self.stream(place), found)
        return found.by_id


class _Types(elements.Reader):
    """What kind of content each part is said to have."""

    def __init__(self) -> None:
        self.by_part: dict[str, str] = {}
        self.starts = {"Override": self._override}

    def _override(self, attributes: Mapping[str, str]) -> None:
        _check_count(self.by_part)
        name = attributes.get("PartName", "").lower()
        self.by_part[name] = attributes.get("ContentType", "")


class _Relations(elements.Reader):
    """The relationships of one part; those to something outside are left out."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.by_id: dict[str, tuple[str, str]] = {}
        self.starts = {"Relationship": self._relationship}

    def _relationship(self, attributes: Mapping[str, str]) -> None:
        _check_count(self.by_id)
        if attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(
            posixpath.join("/", self.folder, attributes.get("Target", "")).lstrip("/")
        )
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.by_id[attributes.get("Id", "")] = (target, kind)


def _check_count(found: Sized) -> None:
    if len(found) > ENTRIES_MAX:
        raise damaged("it lists more parts than it may have")
