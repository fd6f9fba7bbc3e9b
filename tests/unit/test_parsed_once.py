"""Each field of a request and each cell of a row is read once, from the edge to the outcome."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from makegood.api import advertiser_writes, partner_writes
from makegood.api.writes import RequestContext, Written
from makegood.domain.limits import Limit, Measure
from makegood.domain.parties import Caller, Role
from makegood.domain.uploads import Kind
from makegood.files.kinds import kind_of
from makegood.forms.claims import ClaimRequest
from makegood.usecases import unit_of_work
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask

from tests import builders
from tests.memory_files import MemoryStore
from tests.memory_ingest import NOW, Ingest, claim, conversion

SHOP, PARTNER = builders.ADVERTISER, "10001"
DAY = "2026-03-05T10:00:00-05:00"
ITEMS = {"ItemSku1": "HAT", "ItemQty1": "1", "ItemSubtotal1": "60.00", "ItemName1": "Hat"}


class Counted(dict[str, str]):
    """Fields that know how often each of them was read."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields)
        self.readings: Counter[str] = Counter()

    def __getitem__(self, name: str) -> str:
        self.readings[name] += 1
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.readings[name] += name in self
        return super().get(name, default)

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


@pytest.fixture
def ingest() -> Ingest:
    """A market whose contracts have limits, so that what rows use of them is read beforehand."""
    limit = Limit(Measure.NUMBER, 1_000)
    return Ingest(MemoryStore(terms=builders.terms(limits=(limit,))))


def claimed(ingest: Ingest, order_id: str = "A-1") -> str:
    (row,) = ingest.whole(Kind.INQUIRIES, claim(order_id))
    return row["Uri"].rpartition("/")[2]


def tracked(ingest: Ingest) -> str:
    (row,) = ingest.whole(Kind.CONVERSIONS, conversion("A-1"))
    return row["Uri"].rpartition("/")[2]


def filed(ingest: Ingest) -> dict[str, str]:
    return {
        "CampaignId": "1000",
        "OrderId": "A-2",
        "TransactionAmount": "100.00",
        "TransactionDate": DAY,
        "InquiryType": "UNTRACKED",
        "InquiryNotes": "Two parcels",
        "Currency": "USD",
    }


def accepted(ingest: Ingest) -> dict[str, str]:
    fields = {"ResolutionStatus": "VALID", "ActionTrackerId": builders.SALE}
    return {"Id": claimed(ingest), **fields, "TransactionDate": DAY, "FinalPayout": "4.00", **ITEMS}


def declined(ingest: Ingest) -> dict[str, str]:
    return {"Id": claimed(ingest), "ResolutionStatus": "DECLINED", "RejectReason": "Other"}


def reported(ingest: Ingest) -> dict[str, str]:
    return {
        "CampaignId": "1000",
        "ActionTrackerId": builders.SALE,
        "OrderId": "A-2",
        "EventDate": DAY,
        "Amount": "100.00",
        "MediaPartnerId": PARTNER,
        "CustomerId": "C-1",
        "ItemSku1": "HAT",
        "ItemSubtotal1": "100.00",
    }


def answered(ingest: Ingest) -> dict[str, str]:
    inquiry_id = claimed(ingest)
    fields = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Receipt?"}
    advertiser_writes.resolve(context(ingest, Role.ADVERTISER), fields)
    return {"Id": inquiry_id, "TransactionAmount": "90.00", "InquiryNotes": "Attached"}


def withdrawn(ingest: Ingest) -> dict[str, str]:
    return {"Id": claimed(ingest)}


def modified(ingest: Ingest) -> dict[str, str]:
    return {"ActionId": tracked(ingest), "Reason": "ORDER_UPDATE", "Amount": "60.00"}


def modified_by_order(ingest: Ingest) -> dict[str, str]:
    tracked(ingest)
    named = {"OrderId": "A-1", "ActionTrackerId": builders.SALE, "CampaignId": "1000"}
    return {**named, "Reason": "ITEM_RETURNED", "Amount": "60.00", "CustomerStatus": "NEW"}


def reversed_(ingest: Ingest) -> dict[str, str]:
    return {"ActionId": tracked(ingest), "DispositionCode": "CONS_FRAUD"}


def context(ingest: Ingest, role: Role) -> RequestContext:
    account_id = SHOP if role is Role.ADVERTISER else PARTNER
    return RequestContext(ingest.context.store, Caller("sid", role, account_id), NOW)


WRITES = {
    filed: (Role.PARTNER, partner_writes.submit),
    answered: (Role.PARTNER, partner_writes.answer),
    withdrawn: (Role.PARTNER, partner_writes.withdraw),
    accepted: (Role.ADVERTISER, advertiser_writes.resolve),
    declined: (Role.ADVERTISER, advertiser_writes.resolve),
    reported: (Role.ADVERTISER, advertiser_writes.convert),
    modified: (Role.ADVERTISER, advertiser_writes.modify),
    modified_by_order: (Role.ADVERTISER, advertiser_writes.modify),
    reversed_: (Role.ADVERTISER, advertiser_writes.reverse),
}


@pytest.mark.parametrize("asked", WRITES, ids=lambda each: each.__name__)
def test_a_write_reads_each_of_its_fields_once(
    asked: Callable[[Ingest], dict[str, str]], ingest: Ingest
) -> None:
    role, write = WRITES[asked]
    fields = Counted({**asked(ingest), "DryRun": "false"})
    assert isinstance(write(context(ingest, role), fields), Written)
    assert +fields.readings == dict.fromkeys(fields, 1)


def reversed_by_row(ingest: Ingest) -> dict[str, str]:
    return {"ActionId": tracked(ingest), "Reason": "CONS_FRAUD"}


def line_changed(ingest: Ingest) -> dict[str, str]:
    (row,) = ingest.whole(
        Kind.CONVERSIONS, conversion("A-1", **{"Item Sku 1": "HAT", "Item Subtotal 1": "100.00"})
    )
    action_id = row["Uri"].rpartition("/")[2]
    return {"ActionId": action_id, "Reason": "ITEM_RETURNED", "Sku": "HAT", "Amount": "60.00"}


ROWS: dict[Callable[[Ingest], dict[str, str]], Kind] = {
    filed: Kind.INQUIRIES,
    accepted: Kind.RESOLUTIONS,
    reported: Kind.CONVERSIONS,
    modified_by_order: Kind.ACTIONS,
    reversed_by_row: Kind.ACTIONS,
    line_changed: Kind.ACTIONS,
}


@pytest.mark.parametrize("asked", ROWS, ids=lambda each: each.__name__)
def test_a_row_reads_each_of_its_fields_once(
    asked: Callable[[Ingest], dict[str, str]], ingest: Ingest
) -> None:
    kind = kind_of(ROWS[asked])
    fields = Counted(asked(ingest))
    rows = [Ask(kind.request(fields), "file:U1:2", once=True)]
    work = kind.work(PARTNER if ROWS[asked] is Kind.INQUIRIES else SHOP, NOW)
    (result,) = unit_of_work.many(ingest.context.store, work, rows)
    assert isinstance(result, Done)
    assert result.applied
    assert +fields.readings == dict.fromkeys(fields, 1)


def test_a_row_that_is_refused_reads_each_of_its_fields_once(ingest: Ingest) -> None:
    fields = Counted({**filed(ingest), "TransactionAmount": "many", "TransactionDate": ""})
    rows = [Ask(ClaimRequest.read(fields), "file:U1:2", once=True)]
    (result,) = unit_of_work.many(ingest.context.store, ClaimWork(PARTNER, NOW), rows)
    assert not isinstance(result, Done)
    assert [each.field for each in result.faults] == ["TransactionDate", "TransactionAmount"]
    assert +fields.readings == dict.fromkeys(fields, 1)
