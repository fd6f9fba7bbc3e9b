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
_NUMBER = r"(?a:\s*[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?\s*)"
_LEAD = rf"(?=[{_UNSEEN}]*[=@+\-])"
_FORMULA = rf"{_LEAD}(?!{_NUMBER}\Z)"
_ANY_FORMULA = rf"\0{_LEAD}(?!{_NUMBER}(?:\0|\Z))"

_SPLITS = r";\t\r\n"
_WRITTEN_LEAD = rf"(?=[{_UNSEEN}'\"]*[=@+\-\uff1d\uff20\uff0b\uff0d])"
_BLANK_LEAD = r"(?='*[\t\r])"
_CELL = rf"(?:{_WRITTEN_LEAD}(?!{_NUMBER}\Z)|{_BLANK_LEAD})"
_PIECE = rf"{_WRITTEN_LEAD}(?!{_NUMBER}(?:[{_SPLITS}]|\Z))"
_OPEN = rf"\A{_CELL}|[{_SPLITS}]{_PIECE}"
_CLOSED = rf"\A'{_CELL}|([{_SPLITS}])'{_PIECE}"
_ANY_OPEN = (
    rf"[\0{_SPLITS}](?:(?<!\0){_WRITTEN_LEAD}(?!{_NUMBER}(?:[\0{_SPLITS}]|\Z))"
    rf"|(?<=\0)(?:{_WRITTEN_LEAD}(?!{_NUMBER}(?:\0|\Z))|{_BLANK_LEAD}))"
)
"""The two that begin with `_ANY` search whole rows, whose cells NUL joins: no file holds it.

They are compiled where they are first used, and kept by `re`: few starts of a function read files.
"""


def is_formula(cell: str) -> bool:
    """Whether a cell begins with = @ + or -, after nothing that can be seen, and is no number."""
    return re.match(_FORMULA, cell) is not None


def any_formula(cells: Sequence[str]) -> bool:
    """False only if no cell is a formula; quicker than to ask each, and true a little too often."""
    return re.search(_ANY_FORMULA, "\0" + "\0".join(cells)) is not None


def defused(row: Sequence[str]) -> Sequence[str]:
    """The row with an apostrophe before all that could run, or stand before what could."""
    if not re.search(_ANY_OPEN, "\0" + "\0".join(row)):
        return row
    return [re.sub(_OPEN, lambda match: f"{match.group()}'", cell) for cell in row]


def understood(cell: str) -> str:
    """What a defused cell was before; any other cell as it is."""
    return re.sub(_CLOSED, lambda match: match.group(1) or "", cell) if "'" in cell else cell


def bare(cell: str) -> str:
    """An id as it is meant: without the apostrophe that made text of its digits, too."""
    text = understood(cell)
    return text[1:] if re.match("'+[0-9]", text) else text


def held(identifier: str) -> str:
    """An id as a cell of a file of ours, of which `bare` makes it again."""
    return f"'{identifier}" if re.match("'+[0-9]", identifier) else identifier
