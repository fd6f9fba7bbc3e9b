"""A basket that is sent in place of an order's own: what it says of the order's amount."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from makegood.domain import action_changes, baskets
from makegood.domain.action_changes import Change, Held, Modify, Reason
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.baskets import Line
from makegood.domain.money import Money
from makegood.domain.orders import Item
from makegood.domain.outcome import Outcome
from makegood.domain.payout_plans import (
    Condition,
    Level,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.problems import RuleForbids

from tests.builders import ORDERED, SALE, a_contract, an_action, credits_of, terms, usd

NOW = ORDERED + timedelta(days=1)
COUPONED = (Item("A", 1, usd(6_000), "Alpha", "Red"), Item("B", 2, usd(6_000)))
"""Of an order of 100.00, with a coupon."""


def decide(change: Change, action: Action, contract: Any = None) -> tuple[Action, Outcome]:
    held = Held(action, credits_of(action), contract or a_contract())
    return action_changes.decide(change, held, NOW, "reviewer")


def told(items: tuple[Line, ...], amount: int, bought: Any = COUPONED) -> tuple[Action, Outcome]:
    """What a list of items makes of an order over this amount."""
    action = an_action(order_amount=usd(amount), payout=usd(amount // 20))
    action = replace(action, order=replace(action.order, items=bought))
    return decide(Modify(Reason.ITEM_RETURNED, items=items), action)


@pytest.mark.parametrize(
    "items",
    [
        (Line("A", "", 1, usd(6_000)), Line("B", "", 2, usd(6_000))),
        (Line("A", "Red"), Line("B")),
        (Line("B", subtotal=usd(6_000)), Line("A")),
    ],
    ids=["as they were sent", "by their SKUs", "in another order"],
)
def test_the_same_items_sent_again_change_no_amount(items: tuple[Line, ...]) -> None:
    after, outcome = told(items, 10_000)
    assert (after.order_amount, after.payout) == (usd(10_000), usd(500))
    assert not any(each.delta_amount.minor for each in outcome.updates)
    assert {item.name for item in after.order.items} == {"Alpha", ""}


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ((Line("B"),), 5_000),
        ((Line("A"), Line("B", quantity=1)), 7_500),
        ((Line("A", subtotal=usd(3_000)), Line("B")), 7_500),
        ((Line("A"), Line("C", subtotal=usd(3_000))), 7_500),
        ((Line("A"), Line("C", subtotal=usd(6_000))), 10_000),
        ((Line("A"), Line("B", subtotal=usd(0))), 5_000),
        ((Line("A"), Line("B", quantity=0)), 5_000),
    ],
    ids=[
        "returned",
        "a piece",
        "cheaper",
        "exchanged",
        "exchanged for as much",
        "worth nothing",
        "nothing of it",
    ],
)
def test_a_basket_takes_off_the_shares_of_what_it_no_longer_holds(
    items: tuple[Line, ...], amount: int
) -> None:
    after, _ = told(items, 10_000)
    assert after.order_amount == usd(amount)


@pytest.mark.parametrize("line", [Line("A", subtotal=usd(0)), Line("A", quantity=0)])
def test_a_basket_of_nothing_that_is_worth_anything_reverses(line: Line) -> None:
    after, _ = told((line,), 10_000)
    assert (after.state, after.disposition) == (ActionState.REVERSED, Disposition.ITEM_RETURNED)


@pytest.mark.parametrize(
    ("items", "bought"),
    [
        ((Line("A"), Line("B"), Line("C", subtotal=usd(1))), COUPONED),
        ((Line("A"), Line("B", quantity=3)), COUPONED),
        ((Line("A"), Line("C")), COUPONED),
        ((Line("A"), Line("C", subtotal=usd(1))), (Item("A"), Item("B"))),
        ((Line("A", subtotal=usd(9_999)),), ()),
    ],
    ids=["more goods", "more pieces", "no price", "no prices", "no items until now"],
)
def test_a_basket_that_does_not_say_what_the_order_comes_to_asks_for_its_amount(
    items: tuple[Line, ...], bought: Any
) -> None:
    with pytest.raises(RuleForbids, match="give the order's new Amount as well") as caught:
        told(items, 10_000, bought)
    assert caught.value.code == "amount_required"


@pytest.mark.parametrize("price", [None, usd(10_000), usd(12_000)])
def test_items_named_for_the_first_time_leave_the_amount(price: Money | None) -> None:
    after, _ = told((Line("A", subtotal=price),), 10_000, ())
    assert after.order_amount == usd(10_000)
    assert after.order.items == (Item("A", 1, price),)


def test_of_two_lines_with_one_sku_a_basket_says_which_is_left() -> None:
    bought = (Item("A", 1, usd(6_000), category="Red"), Item("A", 1, usd(4_000), category="Blue"))
    with pytest.raises(RuleForbids, match="in the basket more than once") as caught:
        told((Line("A"),), 10_000, bought)
    assert caught.value.code == "unknown_item"
    for line in (Line("A", "Blue"), Line("A", subtotal=usd(4_000))):
        after, _ = told((line,), 10_000, bought)
        assert after.order.items == bought[1:]
        assert after.order_amount == usd(4_000)


def test_a_basket_goes_by_pieces_as_it_was_bought_whatever_is_left_of_it() -> None:
    """With all that is left priced, it would go by prices, and HAT be worth another share."""
    bought = (Item("A", 1, usd(6_000)), Item("HAT", 1, usd(3_000)), Item("B"))
    when = (Condition(Variable.ITEM_SKU, Operator.IS, "HAT"),)
    hats = PayoutGroup("Hats", 1, PayoutTerm.parse("10%"), when)
    contract = a_contract(
        terms(payouts=((SALE, PayoutPlan(PayoutTerm.parse("5%"), Level.ITEM, (hats,))),))
    )
    action = an_action(order_amount=usd(9_000))
    action = replace(action, order=replace(action.order, items=bought))
    left = Modify(Reason.ITEM_RETURNED, items=(Line("A"), Line("HAT")))
    after, _ = decide(left, action, contract=contract)
    assert (after.order_amount, after.payout) == (usd(6_000), usd(450))
    assert [each.minor for each in baskets.shares_of(after)] == [3_000, 3_000]
    after, _ = decide(Modify(Reason.ITEM_RETURNED, line=Line("HAT", quantity=0)), after)
    assert after.order_amount == usd(3_000)


def test_a_line_that_is_gone_is_back_by_its_subtotal_and_not_by_its_sku_alone() -> None:
    gone, _ = told((Line("A", quantity=0), Line("B")), 10_000)
    assert (gone.order_amount, gone.order.items[0].subtotal) == (usd(5_000), usd(0))
    alike = Modify(Reason.ITEM_RETURNED, items=(Line("A"), Line("B")))
    assert decide(alike, gone) == (gone, Outcome())
    back = Modify(Reason.ORDER_UPDATE, items=(Line("A", subtotal=usd(6_000)), Line("B")))
    after, _ = decide(back, gone)
    assert (after.order_amount, after.order.items) == (usd(10_000), COUPONED)
    with pytest.raises(RuleForbids) as caught:
        told((Line("A", quantity=0, subtotal=usd(6_000)), Line("B")), 10_000)
    assert caught.value.code == "amount_of_nothing"


def test_nothing_can_be_left_of_goods_that_were_not_bought() -> None:
    with pytest.raises(RuleForbids, match="not in the basket, which holds A, B") as caught:
        told((Line("C", quantity=0),), 10_000)
    assert caught.value.code == "unknown_item"
    after, _ = told((Line("A"), Line("B"), Line("GIFT", subtotal=usd(0))), 10_000)
    assert (after.order_amount, len(after.order.items)) == (usd(10_000), 3)
