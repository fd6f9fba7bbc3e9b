"""What a newer version has stored beside what this one knows.

While one version replaces another, both work on the same data. A value that is read and written
again carries what it was read from, and the store writes whatever of that it does not know as it
was. Decisions neither read nor compare it; `replace` keeps it.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying:
    """A value that is stored as a document or as a row of one.

    `carried` is the document or the row that it was read from, None of a new value. It may hold a
    customer's data, so it is never shown.
    """

    carried: Any = field(default=None, repr=False, compare=False)
