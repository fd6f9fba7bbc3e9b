"""The market's shop: its orders as a file would have them."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from makegood.domain.kept_orders import KeptOrder, take
from makegood.domain.outcome import Outcome
from makegood.domain.shop_orders import Coverage, ShopOrder, ShopState
from makegood.store.store import Store

from tests.integration.market import NOW, RECENT, SHOP, usd

ORDERED = datetime.fromisoformat(RECENT)
COVERED = Coverage(date(2026, 5, 20), date(2026, 6, 9), complete=True)


def an_order(
    order_id: str = "#1001", *aliases: str, amount: str = "100.00", **changes: Any
) -> ShopOrder:
    """A sale of 100.00 on the day of a recent claim."""
    usual = ShopOrder(order_id, ORDERED, usd(amount), ShopState.SALE, "paid", usd("0.00"), aliases)
    return replace(usual, **changes)


def give(store: Store, *orders: ShopOrder, at: datetime = NOW) -> None:
    """Orders of a file that began then, and is complete."""
    setting = store.shop_setting(SHOP)
    for each in orders:
        before = store.kept_orders(SHOP, [each.order_id]).get(each.order_id)
        sent = KeptOrder.sent(setting, each, at, f"file:{at}")
        store.commit(Outcome(kept_orders=((before, take(before, sent)[1]),)))
    store.put_coverage(setting, f"file:{at}", at, COVERED)
