"""The sample shops' claims, filed against the sample shops' orders: every verdict as deserved."""

from datetime import UTC, datetime

import pytest
from makegood.domain import calendar
from makegood.domain.inquiries import Inquiry
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.shop_orders import Coverage, ShopOrder
from makegood.domain.verification import Claimed
from makegood.domain.verification_settings import ShopSetting
from makegood.forms.claims import ClaimRequest
from makegood.store.shop_orders import write_shop_order
from makegood.store.store import Store
from makegood.store.transactions import Writes
from makegood.usecases import unit_of_work
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask

from tests import shops
from tests.integration import market, stack
from tests.integration.market import CASHBACK, SHOP

FILED_AT = datetime(2025, 8, 20, 12, tzinfo=UTC)
ITEMS_A_BATCH = 25
CLAIMS_A_CHUNK = 50


def give(
    store: Store, setting: ShopSetting, orders: tuple[ShopOrder, ...], covered: Coverage
) -> None:
    """A shop's whole file."""
    store.put_shop_setting(setting)
    writes = Writes()
    for order in orders:
        write_shop_order(writes, None, KeptOrder.sent(setting, order, FILED_AT, "file"))
    items = [{"PutRequest": {"Item": row.serialize()}} for _, row, _ in writes.puts]
    for at in range(0, len(items), ITEMS_A_BATCH):
        puts = items[at : at + ITEMS_A_BATCH]
        stack.client("dynamodb").batch_write_item(RequestItems={stack.TABLES.shop_orders: puts})
    store.put_coverage(setting, "file", FILED_AT, covered)


def file_all(store: Store, claims: list[Claimed]) -> dict[str, Inquiry]:
    """The inquiries by the samples' ids, filed as the rows of a file are."""
    work = ClaimWork(CASHBACK, FILED_AT)
    filed = {}
    for at in range(0, len(claims), CLAIMS_A_CHUNK):
        some = claims[at : at + CLAIMS_A_CHUNK]
        rows = [Ask(ClaimRequest.read(_fields(each)), f"file:1:{each.claim_id}") for each in some]
        for claim, done in zip(some, unit_of_work.many(store, work, rows), strict=True):
            assert isinstance(done, Done), done
            assert isinstance(done.subject, Inquiry)
            filed[claim.claim_id] = done.subject
    return filed


def _fields(claim: Claimed) -> dict[str, str]:
    ordered = calendar.in_zone(claim.ordered_at, shops.ZONE)
    amount = str(claim.amount)
    return market.claimed(claim.order_id, TransactionDate=ordered, TransactionAmount=amount)


@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_each_claim_that_is_filed_has_the_verdict_it_deserves(
    trading: Store, platform: str
) -> None:
    orders, covered = shops.shop(platform)
    trading.put_campaign(market.campaign(time_zone=str(shops.ZONE)))
    give(trading, ShopSetting(SHOP, orders.affixes), orders.orders, covered)
    pairs = shops.claims(platform)
    filed = file_all(trading, [claim for claim, _ in pairs])
    kept = trading.inquiries(each.inquiry_id for each in filed.values())
    found = {name: kept[each.inquiry_id].verification for name, each in filed.items()}
    assert {name: str(each and each.verdict) for name, each in found.items()} == {
        claim.claim_id: deserved for claim, deserved in pairs
    }
