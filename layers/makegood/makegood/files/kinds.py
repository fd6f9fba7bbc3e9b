"""The registry of file kinds: how rows are read, which use case decides them, and their results.

A new kind needs three entries: who may send it (`domain.uploads.KINDS`), its columns
(`files.layouts.LAYOUTS`), and its entry here. The API, the local stack and the API's description
take it from these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from makegood.domain.uploads import Kind, SheetKind
from makegood.files import outcomes
from makegood.files.columns import Columns
from makegood.files.gathering import Record
from makegood.files.layouts import is_undecided, with_whole_id
from makegood.files.outcomes import NotDecided, Sums, Told
from makegood.files.subjects import ActionSubjects, InquirySubjects, OrderSubjects, Subjects
from makegood.forms.changes import ChangeRow
from makegood.forms.claims import ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.reading import Fields
from makegood.forms.resolutions import ResolutionRequest
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.take_shop_order import ShopOrderWork
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


def _as_they_are(fields: Fields) -> Fields:
    return fields


def _each_alone(
    columns: Columns, records: Sequence[Record], requests: Sequence[Any]
) -> Sequence[Any]:
    return requests


def _by_order(
    columns: Columns, records: Sequence[Record], requests: Sequence[Any]
) -> Sequence[Any]:
    """Lines of a shop's orders; what reads them is loaded when the first ones come."""
    from makegood.files import order_rows

    return order_rows.gathered(columns, records, requests)


def _decided(fields: Fields) -> Fields:
    """A row of the undecided download asks nothing while its answers are blank."""
    whole = with_whole_id(fields)
    if is_undecided(whole):
        raise NotDecided
    return whole


FILE_KINDS: Mapping[Kind | SheetKind, FileKind] = {
    Kind.INQUIRIES: FileKind(
        request=ClaimRequest.read,
        fields=_as_they_are,
        gathered=_each_alone,
        work=ClaimWork,
        subjects=Subjects,
        told=outcomes.inquiry_told,
        sums=outcomes.claim_sums,
    ),
    Kind.RESOLUTIONS: FileKind(
        request=partial(ResolutionRequest.read, date_required=True),
        fields=_decided,
        gathered=_each_alone,
        work=partial(ResolutionWork, repeatable=True),
        subjects=InquirySubjects,
        told=outcomes.inquiry_told,
        sums=outcomes.resolution_sums,
    ),
    Kind.CONVERSIONS: FileKind(
        request=ConversionRequest.read,
        fields=_as_they_are,
        gathered=_each_alone,
        work=ConversionWork,
        subjects=Subjects,
        told=outcomes.conversion_told,
        sums=outcomes.conversion_sums,
    ),
    Kind.ACTIONS: FileKind(
        request=ChangeRow.read,
        fields=_as_they_are,
        gathered=_each_alone,
        work=partial(ChangeWork, in_file=True),
        subjects=ActionSubjects,
        told=outcomes.change_told,
        sums=outcomes.change_sums,
    ),
    Kind.ORDERS: FileKind(
        request=_as_they_are,
        fields=_as_they_are,
        gathered=_by_order,
        work=ShopOrderWork,
        subjects=OrderSubjects,
        told=outcomes.order_told,
        sums=outcomes.order_sums,
    ),
}


def kind_of(kind: Kind | SheetKind) -> FileKind:
    """The entry of a kind; raises `UnknownKind` if there is none, as for sheets."""
    entry = FILE_KINDS.get(kind)
    if entry is None:
        raise UnknownKind(f"There is no kind of file {kind}; it needs an entry in files.kinds")
    return entry
