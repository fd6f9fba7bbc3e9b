"""The registry of file kinds: how rows are read, which use case decides them, and their results.

A new kind needs three entries: who may send it (`domain.uploads.KINDS`), its columns
(`files.layouts.LAYOUTS`), and its entry, which is a module of its own. The API, the local stack and
the API's description take it from these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from makegood.domain.uploads import Kind, SheetKind
from makegood.files.columns import Columns
from makegood.files.gathering import Record
from makegood.files.outcomes import Sums, Told
from makegood.files.subjects import Subjects
from makegood.forms.reading import Fields
from makegood.usecases.unit_of_work import Done, Work


class UnknownKind(ValueError):
    """Raised for a kind without an entry: its rows must not be taken for another kind's."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    `fields` mends what a spreadsheet did to a row's fields, and refuses a row that asks nothing.
    `request` reads the fields into a typed request. `gathered` makes of a chunk's requests what its
    rows ask for, where rows belong together. `work` is the use case for rows of one account,
    at the instant when the file was started. `subjects` finds rows about the same thing. `told` and
    `sums` give a row's outcome in words and in money.
    """

    request: Callable[[Fields], Any]
    fields: Callable[[Fields], Fields]
    gathered: Callable[[Columns, Sequence[Record], Sequence[Any]], Sequence[Any]]
    work: Callable[[str, datetime], Work[Any]]
    subjects: type[Subjects]
    told: Callable[[Done], Told]
    sums: Callable[[Done], Sums]


def as_they_are(fields: Fields) -> Fields:
    return fields


def each_alone(
    columns: Columns, records: Sequence[Record], requests: Sequence[Any]
) -> Sequence[Any]:
    return requests


FILE_KINDS: Mapping[Kind | SheetKind, str] = {
    Kind.INQUIRIES: "kind_inquiries",
    Kind.RESOLUTIONS: "kind_resolutions",
    Kind.CONVERSIONS: "kind_conversions",
    Kind.ACTIONS: "kind_actions",
    Kind.ORDERS: "kind_orders",
}
"""The module that has a kind's entry, `KIND`; it is imported with the first file of the kind."""


@cache
def kind_of(kind: Kind | SheetKind) -> FileKind:
    """The entry of a kind; raises `UnknownKind` if there is none, as for sheets."""
    module = FILE_KINDS.get(kind)
    if module is None:
        raise UnknownKind(f"There is no kind of file {kind}; it needs an entry in files.kinds")
    entry: FileKind = import_module(f"makegood.files.{module}").KIND
    return entry
