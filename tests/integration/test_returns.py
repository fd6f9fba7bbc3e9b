"""Goods that come back by HTTP, as the store keeps what is left and both lists tell it."""

from dataclasses import replace

from makegood.domain.actions import Action, ActionState
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER
from tests.integration.market import usd

BASKET = {
    "ItemSku1": "SHOES",
    "ItemQty1": "2",
    "ItemSubtotal1": "60.00",
    "ItemSku2": "HAT",
    "ItemSubtotal2": "40.00",
}


def sold(store: Store) -> Action:
    """An order of 90.00, after a coupon of 10.00: HAT is worth 36.00 of it."""
    return market.track(store, "A-1", Amount="90.00", **BASKET)


def put(action: Action, **fields: str) -> tuple[int, str]:
    answer = ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "ITEM_RETURNED", **fields})
    return answer.status, answer.body.get("code", "")


def kept(store: Store, action: Action) -> Action:
    return store.actions([action.action_id])[action.action_id]


def test_a_basket_sent_again_changes_nothing_and_one_with_more_asks_for_the_amount(
    live: Store,
) -> None:
    action = sold(live)
    assert put(action, **BASKET) == (200, "")
    more = {**BASKET, "ItemSku3": "BAG", "ItemSubtotal3": "60.00"}
    assert put(action, **more) == (422, "amount_required")
    assert kept(live, action) == action
    assert put(action, **more, Amount="140.00") == (200, "")
    assert kept(live, action).order_amount == usd("140.00")


def test_what_a_basket_lacks_came_back_and_the_last_of_it_reverses(live: Store) -> None:
    action = sold(live)
    assert put(action, ItemSku1="SHOES", ItemQty1="1", ItemSku2="HAT") == (200, "")
    after = kept(live, action)
    assert (after.order_amount, after.payout) == (usd("63.00"), usd("3.15"))
    items = ADVERTISER.get(f"/Actions/{action.action_id}/Items").body["Items"]
    told = [(each["Sku"], each["Quantity"], each["SaleAmount"]) for each in items]
    assert told == [("SHOES", "1", "27.00"), ("HAT", "1", "36.00")]
    assert put(action, ItemSku1="HAT") == (200, "")
    assert kept(live, action).order_amount == usd("36.00")
    assert put(action, ItemSku1="HAT", ItemQty1="0") == (200, "")
    assert kept(live, action).state is ActionState.REVERSED


def test_a_reset_after_returns_brings_everything_back(live: Store) -> None:
    action = sold(live)
    put(action, ItemSku1="HAT")
    assert put(action, Reason="RESET") == (200, "")
    assert replace(kept(live, action), version=1, modified_at=None) == action
