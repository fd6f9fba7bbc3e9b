"""A file before it is written: what each cell means, what stands there, what must come of it.

What must come of it is said by the guide to files and not by the code. `undamaged` makes such
files, the other modules damage one place of them each; no place is struck twice.
"""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from makegood.domain.uploads import Kind

UNSEEN = [
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u200e", "\u200f", "\u202a"),
    *("\u202e", "\u2066", "\u2069", "\u061c", "\ufe0f", "\ufe00", "\u034f", "\u180e", "\u115f"),
    *("\u1160", "\u3164", "\uffa0", "\u17b4", "\u2061", "\u2064", "\u206a", "\U000e0041"),
    *("\U000e0020", "\U000e0100", "\U000e01ef", "\U0001d173", "\ufff9", "\u180b", "\u2065"),
]
"""Format characters and default-ignorable ones, of each block that has some."""

JOINERS = ["\u200c", "\u200d"]
CONTROLS = [
    *("\n", "\r", "\x01", "\x07", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x85"),
    "\x9f",
]
ODD_SPACES = [
    *("\xa0", "\u1680", "\u2000", "\u2003", "\u2007", "\u2009", "\u200a", "\u202f", "\u205f"),
    *("\u3000", "\u2028", "\u2029", "\t"),
]


class Role(StrEnum):
    """What a column holds, so far as the rules for files differ."""

    OURS = "an id that we gave"
    KEY = "an id or a reference of theirs"
    CODE = "a code"
    CUSTOMER = "a customer's id"
    MONEY = "an amount"
    DATE = "a date"
    WORD = "one of a few words"
    REASON = "one of the nine texts"
    COUNT = "a quantity"
    NAME = "a name"
    NOTES = "notes"
    BESIDE = "our id once more, as text"
    OTHER = "a column of theirs"


IDS = {Role.OURS, Role.KEY, Role.CODE, Role.CUSTOMER}
"""Every column that is an id, a code or a reference."""


class Must(StrEnum):
    """What must come of a cell, a heading or a file."""

    SAME = "read the same"
    REFUSED = "refused"
    EITHER = "read the same or refused"
    TOLD = "told, and passed over"


@dataclass(slots=True)
class Cell:
    """A cell or a heading: what it means, what stands there, and which habit made it so.

    `mark`: the decimal mark that the amount can only have, if it can have but one.
    """

    meant: str
    written: str = ""
    must: Must = Must.SAME
    habit: str = ""
    mark: str = ""

    def __post_init__(self) -> None:
        self.written = self.meant

    @property
    def is_changed(self) -> bool:
        return self.written != self.meant

    def become(self, written: str, must: Must, habit: str) -> None:
        self.written, self.must, self.habit = written, must, habit


@dataclass(slots=True)
class Sheet:
    """A file before it is written, and how it is written."""

    kind: Kind
    roles: dict[str, Role]
    needed: frozenset[str]
    rows: list[dict[str, Cell]]
    heads: dict[str, Cell] = field(init=False)
    order: list[str] = field(init=False)
    separator: str = ","
    says_separator: bool = False
    newline: str = "\r\n"
    quotes_all: bool = False
    byte_order_marks: int = 0
    blank_cells: list[str] = field(default_factory=list)
    blank_heads: bool = True
    """Whether there are as many blank headings as cells beyond the header."""

    drops_blank_ends: bool = False
    blanks: dict[int, list[str]] = field(default_factory=dict)
    """Rows of nothing before the n-th row, with NUL as separator; 0 is the header."""
    packed: bool = False
    encoding: str = "utf-8"
    habit: str = ""
    """The habit that is at work."""

    must: dict[str, Must] = field(default_factory=dict)
    """What must come of the file as a whole, by the habit, where it is not read the same."""

    def __post_init__(self) -> None:
        self.heads = {name: Cell(name) for name in self.roles}
        self.order = list(self.roles)

    @property
    def needed_by_all(self) -> frozenset[str]:
        """The columns without which a file of this kind is refused."""
        if self.kind is Kind.RESOLUTIONS:
            return frozenset({"Id", "Resolution Status"})
        if self.kind is Kind.ACTIONS:
            return frozenset({"Reason"})
        return frozenset(name for name in self.needed if not name.startswith("Item"))

    def matters(self, row: dict[str, Cell], name: str) -> bool:
        """Whether this row's cell says anything, whatever stands in it."""
        if self.kind is not Kind.RESOLUTIONS:
            return True
        status = row["Resolution Status"].meant
        said = {"Id", "Resolution Status", "Resolution Notes", "Resolution Reason"}
        return {
            "VALID": name != "Resolution Reason",
            "DECLINED": name in said,
            "INCOMPLETE": name in said - {"Resolution Reason"},
        }.get(status, name == "Resolution Status")

    def has_beside(self, name: str) -> bool:
        """Whether another column of ours has this one's ids once more, as text."""
        return name == "Id" and "Inquiry" in self.roles

    def plain(self) -> bytes:
        """The undamaged file: what everything means, plainly written."""
        heads = [self.heads[name].meant for name in self.roles]
        rows = [[row[name].meant for name in self.roles] for row in self.rows]
        return _csv([heads, *rows]).encode()

    def written(self) -> tuple[bytes, list[int]]:
        """The damaged file, and the line in which each of its rows begins."""
        body, lines = io.StringIO(newline=""), []
        if self.says_separator:
            body.write(f"sep={self.separator}{self.newline}")
        for at, row in enumerate([self.heads, *self.rows]):
            for blank in self.blanks.get(at, ()):
                body.write(blank.replace("\0", self.separator) + self.newline)
            lines.append(_line(body.getvalue()))
            cells = [row[name].written for name in self.order]
            cells += self.blank_cells if at or self.blank_heads else []
            while self.drops_blank_ends and at and len(cells) > 1 and not cells[-1]:
                cells.pop()
            body.write(_csv([cells], self.separator, self.newline, self.quotes_all))
        for blank in self.blanks.get(len(self.rows) + 1, ()):
            body.write(blank.replace("\0", self.separator) + self.newline)
        text = "\ufeff" * self.byte_order_marks + body.getvalue()
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError:
            data = text.encode()
        return gzip.compress(data, 1) if self.packed else data, lines[1:]


def _csv(
    rows: list[list[str]], separator: str = ",", newline: str = "\r\n", quotes_all: bool = False
) -> str:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=newline, quoting=quoting).writerows(rows)
    return out.getvalue()


def _line(text: str) -> int:
    """The line that comes next; a carriage return ends lines where nothing else does."""
    return 1 + text.count("\n" if "\n" in text else "\r")


Place = tuple[dict[str, Cell], str, Cell]
"""A cell with its row and its heading as it is meant."""


def cells(sheet: Sheet, *roles: Role) -> list[Place]:
    """The cells of such columns that nothing has struck."""
    return [
        (row, name, row[name])
        for row in sheet.rows
        for name, role in sheet.roles.items()
        if role in roles and not row[name].habit and sheet.heads[name].must is not Must.TOLD
    ]


def filled(sheet: Sheet, *roles: Role) -> list[Place]:
    return [each for each in cells(sheet, *roles) if each[2].meant]


def strike(
    random: Random,
    sheet: Sheet,
    found: list[Place],
    writing: Callable[[Cell], tuple[str, Must]],
    anywhere: bool = False,
) -> bool:
    """Damages one of these cells, and says whether it did.

    What does not matter in its row may be looked at or not, unless the rule holds `anywhere`.
    """
    if not found:
        return False
    row, column, cell = random.choice(found)
    written, must = writing(cell)
    if written == cell.meant:
        return False
    if must is Must.REFUSED and random.random() < 0.2:
        written += random.choice([*UNSEEN, *ODD_SPACES, *CONTROLS, " "])
    holds = anywhere or sheet.matters(row, column)
    cell.become(written, must if holds else Must.EITHER, sheet.habit)
    return True
