"""CSV as it is written: every table that leaves here, so that no cell of any can run.

It stands apart from the reading, which functions that only write have no use for at their start.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from makegood.files.csv_injection import defused

BOM = b"\xef\xbb\xbf"
"""The byte order mark, without which spreadsheets do not take a file for UTF-8."""


def render(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with commas and CRLF, in which no cell can run: what would is led by an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(map(defused, rows))
    return out.getvalue().encode(errors="replace")
