"""Cells that a spreadsheet would run, and the apostrophe that keeps it from doing so.

A cell that begins with = @ + or - and is no number is run by whoever opens the file. Where cells
begin is the reader's word, not ours: a spreadsheet set to semicolons or tabs splits a file of
commas within its cells. So when a file is written, each piece of a cell is looked at like a cell.

An apostrophe makes text of what follows it. Our own reading takes it off again, so that
`understood(defused(text)) == text` for every text, and a downloaded file can be sent back.
"""

import re
from collections.abc import Sequence

_UNSEEN = r"\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
_NUMBER = r"\s*[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?\s*"
_PIECE_STARTS = r";\t\r\n"
_RUNS = (
    rf"(?=[{_UNSEEN}'\"]*[=@+\-\uff1d\uff20\uff0b\uff0d])"
    rf"(?!(?a:{_NUMBER})(?:[{_PIECE_STARTS}]|\Z))"
)
_BLANK_START = r"(?='*[\t\r])"

_FORMULA = re.compile(rf"(?=[{_UNSEEN}]*[=@+\-])(?!(?a:{_NUMBER})\Z)")
_ANY_FORMULA = re.compile(rf"\n(?=[{_UNSEEN}]*[=@+\-])(?!(?a:{_NUMBER})(?:\n|\Z))")
_ANY_RUNS = re.compile(rf"[{_PIECE_STARTS}](?:{_RUNS}|(?<=\n){_BLANK_START})")
_OPEN = re.compile(rf"(\A|[{_PIECE_STARTS}]){_RUNS}|\A{_BLANK_START}")
_CLOSED = re.compile(rf"(\A|[{_PIECE_STARTS}])'{_RUNS}|\A'{_BLANK_START}")


def is_formula(cell: str) -> bool:
    """Whether a cell begins with = @ + or -, after nothing that can be seen, and is no number."""
    return _FORMULA.match(cell) is not None


def any_formula(cells: Sequence[str]) -> bool:
    """False only if no cell is a formula; quicker than asking each, and true a little too often."""
    return _ANY_FORMULA.search("\n" + "\n".join(cells)) is not None


def defused(row: Sequence[str]) -> Sequence[str]:
    """The row with an apostrophe before all that could run, or stand before what could."""
    if not _ANY_RUNS.search("\n" + "\n".join(row)):
        return row
    return [_OPEN.sub(lambda match: f"{match.group()}'", cell) for cell in row]


def understood(cell: str) -> str:
    """What a defused cell was before; any other cell as it is."""
    return _CLOSED.sub(lambda match: match.group(1) or "", cell) if "'" in cell else cell
