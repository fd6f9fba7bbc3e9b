"""Cells that a spreadsheet would run as formulas, and the apostrophe that prevents it.

A spreadsheet runs a cell that begins with = @ + or - and is not a number. The reader decides where
cells begin: a spreadsheet set to semicolons or tabs splits the cells of a comma-separated file. So
when a file is written, each such piece of a cell is checked like a cell.

An apostrophe turns a cell into text. Our own reading removes it again, so that
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
    """Whether the first visible character of a cell is = @ + or -, and the cell is not a number."""
    return re.match(_FORMULA, cell) is not None


def any_formula(cells: Sequence[str]) -> bool:
    """False only if no cell is a formula. Faster than asking each; sometimes true for none."""
    return re.search(_ANY_FORMULA, "\0" + "\0".join(cells)) is not None


def defused(row: Sequence[str]) -> Sequence[str]:
    """The row with an apostrophe before every piece that could run, or that has one already."""
    if not re.search(_ANY_OPEN, "\0" + "\0".join(row)):
        return row
    return [re.sub(_OPEN, lambda match: f"{match.group()}'", cell) for cell in row]


def understood(cell: str) -> str:
    """The cell as it was before `defused`; any other cell as it is."""
    return re.sub(_CLOSED, lambda match: match.group(1) or "", cell) if "'" in cell else cell


def bare(cell: str) -> str:
    """The id in a cell, without an apostrophe that kept its digits as text."""
    text = understood(cell)
    return text[1:] if re.match("'+[0-9]", text) else text


def held(identifier: str) -> str:
    """The cell that holds an id in a file of ours; `bare` reverses it."""
    return f"'{identifier}" if re.match("'+[0-9]", identifier) else identifier
