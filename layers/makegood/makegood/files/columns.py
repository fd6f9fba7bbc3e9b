"""What a file's header means: the place of each field, and how a row's cells are read by it.

`Columns.match` asks in order: which field does each column hold, and is the file another network's
(`_recognised`)? Do two columns hold the same field (`_named`)? Is a required one missing
(`_lacking`)? How cells are cut from a file is `csv_format`'s.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from makegood.domain import calendar, spreadsheet_damage
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import near_headings
from makegood.files.csv_injection import any_formula, bare, is_formula, understood
from makegood.files.layouts import (
    DATES,
    LAYOUTS,
    NOTES,
    alias_of,
    field_of,
    title_of,
)
from makegood.forms.fields import is_id

CELL_CHARS_MAX = 8_000
COLUMNS_NAMED_MAX = 30
"""The most columns of a file that a message lists."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header: the place of each field, and the file's name for it.

    `given` came with the upload, and holds for rows that do not say it. `foreign`: the file is
    another network's; `unplaced`: and nobody said in which time zone its dates are. `ids` are the
    places of ids, codes and references, `beside` those and the places that nobody knows.
    """

    header: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    names: dict[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False
    unplaced: bool = False
    ids: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()

    MEND_EXTRA: ClassVar[str] = "put cells that hold the separator in quotes"

    @classmethod
    def match(
        cls, header: Sequence[str], kind: Kind, given: Mapping[str, str] | None = None
    ) -> Self:
        """Refuses a header that lacks a required column, or has one twice; keeps unknown ones."""
        given = given or {}
        wires, foreign = _recognised(header, kind)
        names, faults = _named(header, wires)
        needed = [*_required(kind), "Currency"] if foreign else _required(kind)
        missing = [each for each in needed if each not in names | given]
        faults += _lacking(header, kind, missing, foreign)
        if faults:
            raise Invalid(faults=tuple(faults))
        places = tuple((at, wire) for at, wire in enumerate(wires) if wire is not None)
        return cls(
            header=tuple(header),
            places=places,
            names=names,
            given=given,
            foreign=foreign,
            unplaced=foreign and "TimeZone" not in given,
            ids=tuple(at for at, wire in places if is_id(wire)),
            beside=tuple(at for at, wire in enumerate(wires) if wire is None or is_id(wire)),
        )

    def check_spelling(self, kind: Kind) -> tuple[str, ...]:
        """Warnings of headings that are nearly ours; refuses those of money and keys."""
        return near_headings.check(self.header, kind, self.foreign)

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's cells by the API's names; blank ones get what was given with the upload."""
        width = len(cells)
        found = dict(self.given)
        for at, wire in self.places:
            text = cells[at].strip() if at < width else ""
            if not (text.isascii() and text.isprintable()):
                seen = trimmed(text)
                text = text if seen and wire in NOTES else seen
            if text:
                if "'" in text:
                    text = bare(text) if at in self.ids else understood(text)
                found[wire] = text
        return found

    def header_of(self, wire: str) -> str:
        """What this file calls a field; what its own column would be called, if it has none."""
        return self.names.get(wire) or title_of(wire)

    def faults(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """What is wrong with a row before it is read: its shape, and cells that would run.

        One with fewer cells than the header has no fault: those that it lacks are blank. Nor has
        one with more, if they are blank.
        """
        if extra := extra_cells(cells, len(self.header)):
            count = len(self.header) + len(extra)
            message = (
                f'The row has {count} cells, the header {len(self.header)}: "{extra[-1].strip()}" '
                f"has no heading; {self.MEND_EXTRA}"
            )
            return (Fault("row", message, "too_many_cells"),)
        faults = self._unplaced(cells) if self.unplaced else ()
        return (*faults, *self._of_cells(cells))

    def _of_cells(self, cells: Sequence[str]) -> Iterator[Fault]:
        """What is wrong with single cells, whatever their columns mean."""
        if not any_formula(cells) and max(map(len, cells), default=0) <= CELL_CHARS_MAX:
            return
        for at, cell in enumerate(cells):
            if is_formula(cell):
                message = "Begins like a formula; send its value, or put an apostrophe before it"
                yield Fault(self._field(at), message, "formula")
            elif len(cell) > CELL_CHARS_MAX:
                yield self._too_long(at)

    def _too_long(self, at: int) -> Fault:
        message = f"Has more than {CELL_CHARS_MAX:,} characters; shorten it"
        return Fault(self._field(at), message, "too_long")

    def damages(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """Errors of a spreadsheet in whatever is read, and ids that it has damaged.

        `Id` is read elsewhere: beside it, another column may have it whole.
        """
        if not spreadsheet_damage.is_suspect(cells, self.ids):
            return ()
        faults: list[Fault] = []
        for at, wire in self.places:
            if at >= len(cells) or wire in NOTES:
                continue
            try:
                check = (
                    spreadsheet_damage.check
                    if at in self.ids and wire != "Id"
                    else spreadsheet_damage.check_error
                )
                check(trimmed(cells[at]))
            except Malformed as malformed:
                faults.append(malformed.at(wire))
        lost = spreadsheet_damage.lost_zeros(cells, self.ids, self.beside)
        return (*faults, *(spreadsheet_damage.zeros_lost().at(self._field(at)) for at in lost))

    def _unplaced(self, cells: Sequence[str]) -> Iterator[Fault]:
        """Dates of another network's file that could be any time zone's."""
        for at, wire in self.places:
            if wire in DATES and at < len(cells) and calendar.lacks_offset(cells[at]):
                message = "Says no time zone; give TimeZone with the upload, or add an offset to it"
                yield Fault(wire, message, "no_time_zone")

    def _field(self, at: int) -> str:
        return next((wire for place, wire in self.places if place == at), self.header[at])


def _required(kind: Kind) -> list[str]:
    """The fields of the columns that every file of the kind must have."""
    layout = LAYOUTS[kind]
    return [layout.columns[title] for title in layout.required]


def _recognised(header: Sequence[str], kind: Kind) -> tuple[list[str | None], bool]:
    """The field that each column holds, None where nobody knows; and whether the file is another
    network's: a required column is there in its words alone.
    """
    wires = [field_of(written, kind) for written in header]
    required = _required(kind)
    if set(required) <= set(wires):
        return wires, False
    aliases = [alias_of(written, kind) for written in header]
    meant = [None if alias in wires else alias for alias in aliases]
    foreign = any(each in required for each in meant)
    return [wire or alias for wire, alias in zip(wires, meant, strict=True)], foreign


def _named(
    header: Sequence[str], wires: Sequence[str | None]
) -> tuple[dict[str, str], list[Fault]]:
    """What the file calls each field, and the columns that mean the same as one before them."""
    names: dict[str, str] = {}
    faults: list[Fault] = []
    for written, wire in zip(header, wires, strict=True):
        if wire in names:
            message = f'Columns "{names[wire]}" and "{written}" mean the same; keep one'
            faults.append(Fault(written, message, "duplicate_column"))
        elif wire is not None:
            names[wire] = written
    return names, faults


def extra_cells(cells: Sequence[str], width: int) -> Sequence[str]:
    """What stands beyond the header, up to the last cell in which something can be seen."""
    while len(cells) > width and not trimmed(cells[-1]):
        cells = cells[:-1]
    return cells[width:]


def _lacking(
    header: Sequence[str], kind: Kind, wires: Iterable[str], foreign: bool
) -> Iterator[Fault]:
    """What neither the header has nor the upload gives, and what was probably meant by it."""
    listed = ", ".join(header[:COLUMNS_NAMED_MAX])
    for wire in wires:
        mend = (
            f"add it, or give {wire} with the upload" if wire in LAYOUTS[kind].given else "add it"
        )
        if near := near_headings.meant(header, kind, wire, foreign):
            mend = f'name "{near}" so, if it is meant'
        yield Fault(
            title_of(wire),
            f"This column is missing, {mend}; the file has {listed}",
            "missing_column",
        )
