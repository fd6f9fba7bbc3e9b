"""The texts that a workbook's cells share, on disk: there may be more than the memory holds."""

import mmap
import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from tempfile import TemporaryFile

from makegood.workbooks import elements
from makegood.workbooks.refusals import damaged, refused

CELL_CHARS_MAX = 32_767
"""Characters of a cell; no spreadsheet program keeps more."""

STRINGS_MAX = 4_000_000

_ESCAPED = r"_x([0-9A-Fa-f]{4})_"


def unescaped(text: str) -> str:
    """The text with what XML cannot hold: `_x000D_` is a carriage return (ECMA-376, 22.9.2.19).

    NUL and halves of characters stay as they are written: no text holds them.
    """
    if "_x" not in text:
        return text
    return re.sub(_ESCAPED, _character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)


class TextReader(elements.Reader):
    """Collects a text that comes in pieces, and perhaps in runs; how it is spoken is left out."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._taking = False
        self._spoken = False
        self.starts: dict[str, Callable[[Mapping[str, str]], None]] = {
            "t": self._take,
            "rPh": self._hear,
        }
        self.ends: dict[str, Callable[[], None]] = {"t": self._leave, "rPh": self._heard}

    def text(self, text: str) -> None:
        if self._taking:
            self._size += len(text)
            if self._size > CELL_CHARS_MAX:
                message = f"A cell has more than {CELL_CHARS_MAX:,} characters; shorten it"
                raise refused(message, "cell_too_long")
            self._pieces.append(text)

    def taken(self) -> str:
        """What came since the last time."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return text

    def _take(self, _: Mapping[str, str]) -> None:
        self._taking = not self._spoken

    def _leave(self) -> None:
        self._taking = False

    def _hear(self, _: Mapping[str, str]) -> None:
        self._spoken = True

    def _heard(self) -> None:
        self._spoken = False


class SharedStrings(TextReader):
    """The shared texts by their number. Closing them deletes what is on disk."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        super().__init__()
        self._file = TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._places = array("Q", (0,))
        self._map: mmap.mmap | None = None
        self.ends["si"] = self._keep
        try:
            elements.drain(blocks, self)
        except BaseException:
            self.close()
            raise
        self._file.flush()
        if self._places[-1]:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def _keep(self) -> None:
        if len(self._places) > STRINGS_MAX:
            message = f"The workbook has more than {STRINGS_MAX:,} texts; split it"
            raise refused(message, "too_many_texts")
        body = unescaped(self.taken()).encode(errors="replace")
        self._file.write(body)
        self._places.append(self._places[-1] + len(body))

    def at(self, number: str) -> str:
        """The text that a cell refers to."""
        place = int(number) if number.isdecimal() and len(number) < 9 else len(self._places)
        if place + 1 >= len(self._places):
            raise damaged("a cell refers to a text that is not there")
        if self._map is None:
            return ""
        return self._map[self._places[place] : self._places[place + 1]].decode()
