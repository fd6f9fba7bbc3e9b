"""Reads of several items are no snapshot: somebody may decide between any two of them.

Whoever asks for just what was decided there is told that it was so already, whatever half was seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from makegood.domain.problems import Problem
from makegood.domain.uploads import Kind
from makegood.forms.changes import ChangeRow
from makegood.forms.claims import ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.resolutions import ResolutionRequest
from makegood.usecases import unit_of_work
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.unit_of_work import Work
from makegood.usecases.view import Ask

from tests import builders
from tests.memory_files import Readings
from tests.memory_ingest import NOW, Ingest, claim, conversion
from tests.reference import check

SHOP = builders.ADVERTISER
READS = {"setting", "campaigns", "partners", "contracts", "inquiries", "actions", "orders", "cash"}
DAY = "2026-03-05T10:00:00-05:00"

Fields = Mapping[str, str]


@dataclass
class Torn:
    """A store at which something happens just before the read of that number."""

    store: Readings
    at: int
    happens: Callable[[], object]
    reads: int = 0

    def __getattr__(self, name: str) -> Any:
        read = getattr(self.store, name)
        if name not in READS:
            return read

        def torn(*asked: Any) -> Any:
            self.reads += 1
            if self.reads == self.at:
                self.happens()
            return read(*asked)

        return torn


def claimed(ingest: Ingest, order_id: str = "A-1", **more: str) -> str:
    (row,) = ingest.whole(Kind.INQUIRIES, claim(order_id, **more))
    return row["Uri"].rpartition("/")[2]


def tracked(ingest: Ingest, order_id: str = "A-1") -> str:
    (row,) = ingest.whole(Kind.CONVERSIONS, conversion(order_id))
    return row["Uri"].rpartition("/")[2]


def resolved(ingest: Ingest, status: str, **fields: str) -> Fields:
    return {"Id": claimed(ingest), "ResolutionStatus": status, **fields}


def valid(ingest: Ingest) -> Fields:
    return resolved(ingest, "VALID", TransactionDate=DAY, ActionTrackerId=builders.SALE)


def corrected(ingest: Ingest) -> Fields:
    tracked(ingest)
    inquiry_id = claimed(ingest, Type="INCORRECT", **{"Sale Amount": "150.00"})
    answer = {"ResolutionStatus": "VALID", "TransactionDate": DAY}
    return {"Id": inquiry_id, "ActionTrackerId": builders.SALE, **answer}


def declined(ingest: Ingest) -> Fields:
    return resolved(ingest, "DECLINED", RejectReason="Other")


def incomplete(ingest: Ingest) -> Fields:
    return resolved(ingest, "INCOMPLETE", ResolutionNotes="Which shop?")


def filed(ingest: Ingest) -> Fields:
    return {
        "CampaignId": "1000",
        "OrderId": "A-1",
        "TransactionAmount": "100.00",
        "TransactionDate": DAY,
        "InquiryType": "UNTRACKED",
    }


def appealed(ingest: Ingest) -> Fields:
    fields = declined(ingest)
    asked = Ask(read_resolution(fields), "api:0")
    unit_of_work.one(ingest.context.store, RESOLUTIONS, asked)
    return {**filed(ingest), "AppealOf": fields["Id"], "InquiryNotes": "The receipt"}


def reported(ingest: Ingest) -> Fields:
    return {
        "CampaignId": "1000",
        "ActionTrackerId": builders.SALE,
        "OrderId": "A-1",
        "EventDate": DAY,
        "Amount": "100.00",
        "MediaPartnerId": "10001",
    }


def modified(ingest: Ingest) -> Fields:
    return {"ActionId": tracked(ingest), "Reason": "ITEM_RETURNED", "Amount": "60.00"}


def modified_by_order(ingest: Ingest) -> Fields:
    tracked(ingest)
    named = {"OrderId": "A-1", "ActionTrackerId": builders.SALE}
    return {**named, "Reason": "ORDER_UPDATE", "Amount": "60.00"}


def reversed_(ingest: Ingest) -> Fields:
    return {"ActionId": tracked(ingest), "Reason": "CONS_FRAUD"}


def reset(ingest: Ingest) -> Fields:
    fields = modified(ingest)
    asked = Ask(ChangeRow.read(fields), "api:0", once=True)
    unit_of_work.one(ingest.context.store, CHANGES, asked)
    return {"ActionId": fields["ActionId"], "Reason": "RESET"}


read_resolution = partial(ResolutionRequest.read, date_required=True)
RESOLUTIONS = ResolutionWork(SHOP, NOW, repeatable=True)
CLAIMS = ClaimWork("10001", NOW)
CHANGES = ChangeWork(SHOP, NOW, in_file=True)
WORKS: dict[Callable[[Ingest], Fields], tuple[Callable[[Fields], Any], Work[Any]]] = {
    valid: (read_resolution, RESOLUTIONS),
    corrected: (read_resolution, RESOLUTIONS),
    declined: (read_resolution, RESOLUTIONS),
    incomplete: (read_resolution, RESOLUTIONS),
    filed: (ClaimRequest.read, CLAIMS),
    appealed: (ClaimRequest.read, CLAIMS),
    reported: (ConversionRequest.read, ConversionWork(SHOP, NOW)),
    modified: (ChangeRow.read, CHANGES),
    modified_by_order: (ChangeRow.read, CHANGES),
    reversed_: (ChangeRow.read, CHANGES),
    reset: (ChangeRow.read, CHANGES),
}


def torn_at(at: int, asked: Callable[[Ingest], Fields], beside: bool) -> Any:
    """What a file's row is told at whose read of that number HTTP decides the same; None where it
    has been decided by then. `beside` another row, which is refused.
    """
    ingest = Ingest()
    fields, (read, work) = asked(ingest), WORKS[asked]
    store: Any = ingest.context.store
    faster: list[bool] = []

    def by_http() -> None:
        faster.append(unit_of_work.one(store, work, Ask(read(fields), "api:1")).applied)

    torn: Any = Torn(store, at, by_http)
    rows = [Ask(read(fields), "file:1:2", once=True)]
    if beside:
        other = read({**fields, "Id": "9", "ActionId": "9"})
        rows.append(Ask(other, "file:1:3", once=True))
    result, *_ = unit_of_work.many(torn, work, rows)
    check(ingest.kept, NOW)
    return result if any(faster) else None


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another"])
@pytest.mark.parametrize("asked", WORKS, ids=lambda each: each.__name__)
def test_what_http_has_decided_between_two_reads_is_unchanged(
    asked: Callable[[Ingest], Fields], beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    told = []
    while (result := torn_at(len(told) + 1, asked, beside)) is not None:
        told.append(result)
    assert len(told) > 1
    assert [each for each in told if isinstance(each, Problem)] == []
    assert not any(each.applied for each in told)
