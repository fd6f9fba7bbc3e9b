"""What a column makes of a cell that was typed as a number, a date, a formula or an error.

Text is read by the same rules as in CSV. A number is exact: its point is a decimal point. What a
spreadsheet made of something else is refused in columns of ours, and never guessed: a date where an
id or an amount belongs, a percentage, an error, a formula without its value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from makegood.domain.amounts import JsonNumber
from makegood.domain.problems import Fault
from makegood.files.columns import CELL_CHARS_MAX, Columns
from makegood.files.layouts import DATES
from makegood.forms.fields import is_amount, is_count, is_id
from makegood.workbooks.cells import CellError, Moment, Number, Percentage, Uncalculated

_AS_TEXT = "format the column as text, and copy it from its source again"


class Reason(NamedTuple):
    """Why a cell is refused."""

    code: str
    message: str


class Refused(str):
    """The text of a cell that cannot be read, with the reason."""

    __slots__ = ("reason",)
    reason: Reason

    @classmethod
    def of(cls, text: str, reason: Reason) -> "Refused":
        cell = cls(text)
        cell.reason = reason
        return cell


def settled(cell: str, wire: str | None) -> str:
    """A cell as its column reads it: a text, a `JsonNumber`, or `Refused`.

    `wire` is the API's name of what the column holds, None where nobody reads it: there, whatever
    it was is a text.
    """
    if type(cell) is str:
        return cell
    reason = _refusal(cell, wire) if wire else None
    if reason is not None:
        return Refused.of(cell, reason)
    return JsonNumber(cell) if isinstance(cell, Number) else str(cell)


def _refusal(cell: str, wire: str) -> Reason | None:
    counts = is_amount(wire) or is_count(wire)
    if isinstance(cell, Uncalculated):
        message = (
            "A formula that was saved without its value; open and save the file in a "
            "spreadsheet program, or write the value itself"
        )
        return Reason("formula_without_value", message)
    if isinstance(cell, CellError):
        message = f'"{cell}" is the error of a spreadsheet; write the value itself'
        return Reason("spreadsheet_error", message)
    if isinstance(cell, Moment) and is_id(wire):
        return Reason("id_as_date", f"A date, {cell}, that a spreadsheet made of it; {_AS_TEXT}")
    if isinstance(cell, Moment) and counts:
        return Reason("not_a_number", f"A date, {cell}, not a number; format it as a number")
    if isinstance(cell, Percentage) and counts:
        return Reason("not_a_number", f"A percentage, {cell}, not a number; write it like 14.70")
    if isinstance(cell, Number) and wire in DATES:
        return Reason("not_a_date", f"A number, {cell}, not a date; format the column as dates")
    return None


@dataclass(frozen=True, slots=True)
class TypedColumns(Columns):
    """Columns of cells that tell what they were typed as."""

    MEND_EXTRA: ClassVar[str] = "name its column, or clear it"

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """As of texts; numbers stay numbers."""
        found = Columns.fields(self, cells)
        for at, wire in self.places:
            if at < len(cells) and isinstance(cells[at], JsonNumber):
                found[wire] = cells[at]
        return found

    def _of_cells(self, cells: Sequence[str]) -> Iterator[Fault]:
        """Cells that were refused; a text that begins like a formula is a text."""
        for at, cell in enumerate(cells):
            if isinstance(cell, Refused):
                yield Fault(self._field(at), cell.reason.message, cell.reason.code)
            elif len(cell) > CELL_CHARS_MAX:
                yield self._too_long(at)


def kept(rows: Iterable[tuple[int, list[str]]]) -> dict[str, Any]:
    """Rows as a document; `kept_records` reads them again."""
    return {"typed": True, "rows": [(line, list(map(_kept, cells))) for line, cells in rows]}


def _kept(cell: str) -> Any:
    if isinstance(cell, JsonNumber):
        return {"number": str(cell)}
    if isinstance(cell, Refused):
        return {"text": str(cell), "refused": cell.reason}
    return cell


def kept_records(document: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a document that `kept` made."""
    for line, cells, *_ in document["rows"]:
        yield line, list(map(_read, cells))


def _read(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if "number" in cell:
        return JsonNumber(cell["number"])
    return Refused.of(cell["text"], Reason(*cell["refused"]))
