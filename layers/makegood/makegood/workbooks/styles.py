"""How cells are shown: which numbers are dates, percentages, or ids with zeros in front.

A number's style names a number format, by one of the standard's ids or by a code (ECMA-376, part 1,
18.8.30 and 18.8.31). A code is in English in every file, whatever the language of the program.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum

from makegood.workbooks import elements
from makegood.workbooks.refusals import damaged

STYLES_MAX = 65_536
CODE_CHARS_MAX = 1_000
"""Characters of a format that are looked at; programs keep 255."""

_DATES = {*range(14, 23), *range(27, 37), *range(50, 59)}
_PERCENTAGES = {9, 10}
_UNSEEN = r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]'
"""Parts of a code that are shown as they are, fill space, or name a color or a condition."""


class Shown(Enum):
    """What a format makes of a number."""

    NUMBER = 1
    DATE = 2
    PERCENTAGE = 3


Style = Shown | int
"""What a style makes of a number; how many digits at least, where zeros stand in front."""


def style_of(code: str) -> Style:
    """What a format's code makes of a number."""
    first = re.sub(_UNSEEN, "", code[:CODE_CHARS_MAX].split(";")[0])
    if re.fullmatch("0{2,}", first):
        return len(first)
    if "%" in first:
        return Shown.PERCENTAGE
    is_general = first.strip().lower() in ("general", "standard", "@")
    return Shown.DATE if not is_general and re.search("[yYdDmMhHsS]", first) else Shown.NUMBER


class Styles(elements.Reader):
    """The styles of a workbook's cells, in the order in which cells refer to them."""

    def __init__(self) -> None:
        self.found: list[Style] = []
        self._formats: dict[str, Style] = {}
        self._in_cells = False
        self.starts: Mapping[str, Callable[[Mapping[str, str]], None]] = {
            "numFmt": self._format,
            "cellXfs": self._begin,
            "xf": self._style,
        }
        self.ends = {"cellXfs": self._end}

    def of(self, index: str | None) -> Style:
        """The style that a cell names; a cell that names none is a plain number."""
        at = int(index or 0) if (index or "0").isdecimal() else len(self.found)
        return self.found[at] if at < len(self.found) else Shown.NUMBER

    def _format(self, attributes: Mapping[str, str]) -> None:
        if len(self._formats) >= STYLES_MAX:
            raise damaged("it has too many formats")
        self._formats[attributes.get("numFmtId", "")] = style_of(attributes.get("formatCode", ""))

    def _begin(self, _: Mapping[str, str]) -> None:
        self._in_cells = True

    def _end(self) -> None:
        self._in_cells = False

    def _style(self, attributes: Mapping[str, str]) -> None:
        if not self._in_cells:
            return
        if len(self.found) >= STYLES_MAX:
            raise damaged("it has too many styles")
        number = attributes.get("numFmtId", "0")
        self.found.append(self._formats.get(number) or _built_in(number))


def _built_in(number: str) -> Style:
    at = int(number) if number.isdecimal() and len(number) < 4 else 0
    if at in _DATES:
        return Shown.DATE
    return Shown.PERCENTAGE if at in _PERCENTAGES else Shown.NUMBER
