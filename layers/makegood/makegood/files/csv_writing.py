"""Writes every CSV table that leaves here, so that no cell of it can run as a formula.

It is apart from the reading, so that functions that only write do not load the reading.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from makegood.files.csv_injection import defused

BOM = b"\xef\xbb\xbf"
"""The byte order mark; without it spreadsheets do not read a file as UTF-8."""


def render(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with commas and CRLF; a cell that could run gets an apostrophe in front."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(map(defused, rows))
    return out.getvalue().encode(errors="replace")
