"""Steps in which a shop's own orders come and back what is accepted, for versions side by side."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from makegood.domain.kept_orders import KeptOrder, take
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.shop_orders import Coverage, ShopOrder, ShopState
from makegood.domain.verification_settings import ShopSetting

from tests.integration import market
from tests.integration.gateway import ADVERTISER
from tests.integration.market import LOYALTY, NOW, SHOP


def a_shop_gives_an_order_twice(world: Any) -> Iterator[None]:
    setting = ShopSetting(SHOP)
    world.store.put_coverage(setting, "1", NOW, Coverage(NOW.date(), NOW.date(), complete=True))
    kept = None
    for minor in (100, 200, 300):
        amount = Money(minor, "USD")
        order = ShopOrder("S-1", NOW, amount, ShopState.SALE, "paid", amount, ("77",))
        sent = KeptOrder.sent(setting, order, NOW + timedelta(minutes=minor), f"file:{minor}")
        world.store.commit(Outcome(kept_orders=((kept, take(kept, sent)[1]),)))
        yield
        (kept,) = world.store.kept_orders(SHOP, ["S-1"]).values()


def a_change_is_proposed_and_dismissed(world: Any) -> Iterator[None]:
    market.track(world.store, "S-9", Amount="3.00")
    order = {"OrderDate": NOW.isoformat(), "Amount": "3.00", "Currency": "USD", "Status": "UNDONE"}
    assert ADVERTISER.put("/Orders/S-9", order).status == 200
    yield
    (proposed,) = world.store.proposed(SHOP, None, 10)
    path = f"/Proposals/{proposed}"
    assert ADVERTISER.put(path, {"State": "DISMISSED"}).status == 200
    yield


def its_order_backs_a_claim_and_is_free_again(world: Any) -> Iterator[None]:
    first = market.file(world.store, "S-1")
    yield
    second = market.file(world.store, "#s-1", LOYALTY)
    yield
    market.resolve(world.store, market.declined(second.inquiry_id))
    yield
    action = market.resolve(world.store, market.accepted(first.inquiry_id)).action
    yield
    reversal = {"DispositionCode": "OTHER"}
    assert ADVERTISER.write("DELETE", f"/Actions/{action.action_id}", reversal).status == 200
    yield
    for spelled in ("Z-1", "z-1"):
        market.track(world.store, spelled)
        yield
