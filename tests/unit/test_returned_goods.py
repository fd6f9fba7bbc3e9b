"""Goods that come back, row by row of an actions file: what is left of the order and its payout."""

from dataclasses import replace
from itertools import permutations

import pytest
from makegood.domain.actions import Action, ActionState
from makegood.domain.limits import Every, Limit, Measure, Scope
from makegood.domain.payout_plans import (
    Condition,
    Level,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.uploads import Kind
from makegood.forms.changes import ChangeRow
from makegood.usecases import unit_of_work
from makegood.usecases.change_action import ChangeWork
from makegood.usecases.view import Ask

from tests import builders
from tests.builders import LEAD, SALE, usd
from tests.memory_files import MemoryStore
from tests.memory_ingest import Ingest

Bought = tuple[str, str, str]


def sold(amount: str, *bought: Bought, ingest: Ingest | None = None) -> tuple[Ingest, Action]:
    """An order over this amount, of lines of SKU (with its category), pieces and subtotal."""
    ingest = ingest or Ingest()
    row = {
        "Campaign Id": "1000",
        "Action Tracker": SALE,
        "Order Id": "CD1",
        "Event Date": "2026-03-05T10:00:00-05:00",
        "Amount": amount,
        "Partner Id": "10001",
    }
    for number, (name, pieces, subtotal) in enumerate(bought, 1):
        sku, _, category = name.partition("/")
        row |= {f"Item Sku {number}": sku, f"Item Category {number}": category}
        row |= {f"Item Qty {number}": pieces, f"Item Subtotal {number}": subtotal}
    (told,) = ingest.whole(Kind.CONVERSIONS, row)
    assert told["Result"] == "APPLIED"
    return ingest, the_action(ingest)


def the_action(ingest: Ingest) -> Action:
    (action,) = ingest.kept.actions.values()
    return action


def back(sku: str, quantity: str = "0", amount: str = "") -> dict[str, str]:
    sku, _, category = sku.partition("/")
    return {
        "Order Id": "CD1",
        "Action Tracker": SALE,
        "Reason": "ITEM_RETURNED",
        "Sku": sku,
        "Category": category,
        "Quantity": quantity,
        "Amount": amount,
    }


def changed(ingest: Ingest, *rows: dict[str, str]) -> list[tuple[str, str]]:
    found = ingest.whole(Kind.ACTIONS, *rows)
    return [(each["Result"], each["Code"]) for each in found]


def left(ingest: Ingest, *rows: dict[str, str]) -> tuple[str, str]:
    """Amount and payout after these rows, each of which is applied."""
    assert {result for result, _ in changed(ingest, *rows)} == {"APPLIED"}
    action = the_action(ingest)
    return str(action.order_amount), str(action.payout)


COUPON = (("A", "1", "60.00"), ("B", "1", "60.00"))


def test_an_item_is_worth_its_share_of_an_order_with_a_coupon_and_the_last_one_reverses() -> None:
    ingest, action = sold("100.00", *COUPON)
    assert left(ingest, back("A")) == ("50.00", "2.50")
    assert changed(ingest, back("B")) == [("APPLIED", "reversed")]
    assert the_action(ingest).state is ActionState.REVERSED
    deltas = [each.delta_amount for each in ingest.kept.updates.values()]
    assert deltas == [usd(-5_000), usd(-5_000)]
    assert sum(each.delta_payout.minor for each in ingest.kept.updates.values()) == -500
    assert action.payout == usd(500)


def test_both_lines_in_one_file_and_the_same_file_again() -> None:
    ingest, _ = sold("100.00", *COUPON)
    rows = back("A"), back("B")
    assert changed(ingest, *rows) == [("APPLIED", "modified"), ("APPLIED", "reversed")]
    assert changed(ingest, *rows) == [("UNCHANGED", "same_action")] * 2
    assert len(ingest.kept.updates) == 2


def test_pieces_that_come_back_reduce_a_line_in_proportion() -> None:
    ingest, _ = sold("90.00", ("A", "3", "90.00"))
    assert left(ingest, back("A", "2")) == ("60.00", "3.00")
    (item,) = the_action(ingest).order.items
    assert (item.quantity, item.subtotal) == (2, usd(6_000))
    assert left(ingest, back("A", "1")) == ("30.00", "1.50")
    assert changed(ingest, back("A", "0")) == [("APPLIED", "reversed")]


def test_a_proportion_is_of_what_was_bought_and_not_of_what_an_earlier_return_left() -> None:
    ingest, _ = sold("10.00", ("A", "3", "10.00"))
    assert left(ingest, back("A", "2"))[0] == "6.67"
    assert left(ingest, back("A", "1"))[0] == "3.33"


@pytest.mark.parametrize("turn", list(permutations("ABC")))
def test_three_lines_of_an_order_that_does_not_divide_come_back_in_any_order(turn) -> None:
    ingest, _ = sold("10.00", *((sku, "1", "5.00") for sku in "ABC"))
    shares = {"A": 334, "B": 333, "C": 333}
    expected = 1_000
    for sku in turn[:2]:
        expected -= shares[sku]
        assert left(ingest, back(sku))[0] == str(usd(expected))
    assert changed(ingest, back(turn[2])) == [("APPLIED", "reversed")]
    assert sum(each.delta_amount.minor for each in ingest.kept.updates.values()) == -1_000


def test_shipping_and_tax_are_spread_over_the_lines_and_come_back_with_them() -> None:
    ingest, _ = sold("121.00", ("A", "1", "60.00"), ("B", "1", "40.00"))
    assert left(ingest, back("A"))[0] == "48.40"
    assert changed(ingest, back("B")) == [("APPLIED", "reversed")]


@pytest.mark.parametrize("subtotal", ["", "20.00"], ids=["none has a subtotal", "one has none"])
def test_without_all_subtotals_a_line_is_worth_its_share_of_the_pieces(subtotal: str) -> None:
    ingest, _ = sold("90.00", ("A", "2", ""), ("B", "1", subtotal))
    assert left(ingest, back("A", "1"))[0] == "60.00"
    assert left(ingest, back("B"))[0] == "30.00"
    assert changed(ingest, back("A")) == [("APPLIED", "reversed")]


def test_a_gift_takes_nothing_off_and_does_not_keep_an_order_alive() -> None:
    bought = ("A", "1", "60.00"), ("GIFT", "1", "0.00")
    ingest, _ = sold("60.00", *bought)
    assert left(ingest, back("GIFT")) == ("60.00", "3.00")
    ingest, _ = sold("60.00", *bought)
    assert changed(ingest, back("A")) == [("APPLIED", "reversed")]


def test_the_last_line_of_an_order_of_no_amount_reverses_too() -> None:
    ingest, _ = sold("0.00", ("A", "1", ""), ("B", "1", ""))
    assert changed(ingest, back("A"), back("B")) == [
        ("APPLIED", "modified"),
        ("APPLIED", "reversed"),
    ]


def test_a_line_s_amount_is_its_new_subtotal_in_the_basket_s_own_prices() -> None:
    ingest, _ = sold("100.00", *COUPON)
    assert changed(ingest, back("A", "", "60.00")) == [("UNCHANGED", "same_action")]
    assert left(ingest, back("A", "", "45.00"))[0] == "87.50"
    assert left(ingest, back("B", "1", "30.00"))[0] == "62.50"
    assert left(ingest, back("A", "", "0"))[0] == "25.00"


def test_category_tells_lines_of_one_sku_apart_and_nothing_is_guessed_without_it() -> None:
    ingest, _ = sold("100.00", ("A/Red", "1", "60.00"), ("A/Blue", "1", "40.00"))
    (told,) = ingest.whole(Kind.ACTIONS, back("A"))
    assert (told["Code"], told["Message"]) == (
        "unknown_item",
        "Sku A is in the basket more than once; give its Category",
    )
    assert left(ingest, back("A/Blue"))[0] == "60.00"
    ingest, _ = sold("100.00", ("A/Red", "1", "60.00"), ("A/Red", "1", "40.00"))
    (told,) = ingest.whole(Kind.ACTIONS, back("A/Red"))
    assert "Category does not tell which" in told["Message"]


@pytest.mark.parametrize("row", [back("A", "4"), back("A", "", "90.01"), back("A", "3", "120.00")])
def test_more_goods_do_not_raise_an_order_by_themselves(row: dict[str, str]) -> None:
    ingest, action = sold("90.00", ("A", "3", "90.00"))
    (told,) = ingest.whole(Kind.ACTIONS, row)
    assert (told["Result"], told["Code"]) == ("REJECTED", "amount_required")
    assert told["Message"].endswith("give the order's new Amount, in a row without Sku")
    assert the_action(ingest) == action


def test_what_was_returned_by_mistake_is_put_back_up_to_what_was_bought() -> None:
    ingest, action = sold("10.00", ("A", "3", "10.00"))
    assert left(ingest, back("A", "1"))[0] == "3.33"
    assert left(ingest, back("A", "3"))[0] == "10.00"
    assert the_action(ingest).original is None
    assert the_action(ingest).order == action.order


def test_after_a_stated_amount_a_line_is_worth_its_share_of_that() -> None:
    ingest, _ = sold("100.00", *COUPON)
    stated = {**back(""), "Sku": "", "Quantity": "", "Amount": "80.00"}
    assert left(ingest, stated)[0] == "80.00"
    assert left(ingest, back("A"))[0] == "40.00"
    assert changed(ingest, back("B")) == [("APPLIED", "reversed")]


def test_a_reset_after_returns_brings_back_order_basket_and_payout() -> None:
    ingest, action = sold("100.00", *COUPON)
    left(ingest, back("A"))
    reset = {**back(""), "Reason": "RESET", "Sku": "", "Quantity": ""}
    assert left(ingest, reset) == ("100.00", "5.00")
    assert the_action(ingest).order == action.order
    assert left(ingest, back("B"))[0] == "50.00"


def test_what_a_change_of_before_these_rules_left_still_comes_back() -> None:
    """A line's whole subtotal was taken off then, so 40.00 were left of 100.00."""
    ingest, action = sold("100.00", *COUPON)
    left(ingest, back("A"))
    halved = the_action(ingest)
    ingest.kept.actions[action.action_id] = replace(halved, order_amount=usd(4_000))
    assert changed(ingest, back("B", "0")) == [("APPLIED", "reversed")]


def test_a_row_that_comes_again_takes_off_nothing_more() -> None:
    ingest, action = sold("90.00", ("A", "3", "90.00"))
    row = {"ActionId": action.action_id, "Reason": "ITEM_RETURNED", "Sku": "A"}
    requests = {left: ChangeRow.read({**row, "Quantity": str(left)}) for left in (2, 1)}
    rows = [Ask(request, f"file:U9:{left}") for left, request in requests.items()]
    work = ChangeWork(builders.ADVERTISER, ingest.now, in_file=True)
    for _ in range(2):
        for done in unit_of_work.many(ingest.context.store, work, rows):
            assert isinstance(done, unit_of_work.Done)
            assert done.applied
    assert the_action(ingest).order_amount == usd(3_000)
    assert len(ingest.kept.updates) == 2


def paying(plan: PayoutPlan) -> Ingest:
    flat = PayoutTerm.parse("3.00 USD")
    return Ingest(MemoryStore(terms=builders.terms(payouts=((SALE, plan), (LEAD, flat)))))


def test_payouts_by_item_follow_the_lines_that_are_left() -> None:
    hats = PayoutGroup(
        "Hats",
        1,
        PayoutTerm.parse("10%"),
        (Condition(Variable.ITEM_CATEGORY, Operator.IS, "Hats"),),
    )
    plan = PayoutPlan(PayoutTerm.parse("5%"), Level.ITEM, (hats,))
    ingest, action = sold(
        "100.00", ("A/Shoes", "1", "60.00"), ("B/Hats", "2", "60.00"), ingest=paying(plan)
    )
    assert action.payout == usd(750)
    assert left(ingest, back("B", "1")) == ("75.00", "5.00")
    assert left(ingest, back("A")) == ("25.00", "2.50")


def test_a_flat_payout_for_each_piece_is_paid_for_the_pieces_left() -> None:
    plan = PayoutPlan(PayoutTerm.parse("1.50 USD"), Level.ITEM)
    ingest, _ = sold("100.00", ("A", "2", "60.00"), ("B", "1", "60.00"), ingest=paying(plan))
    assert left(ingest, back("A", "1"))[1] == "3.00"
    assert left(ingest, back("B", "", "0"))[1] == "1.50"


def test_what_comes_back_gives_its_part_of_a_limit_back() -> None:
    limit = Limit(Measure.PAYOUT, usd(2_000), Scope.ALL, Every.MONTH)
    plan = PayoutPlan(PayoutTerm.parse("5%"), limits=(limit,))
    ingest, _ = sold("100.00", *COUPON, ingest=paying(plan))
    assert sum(ingest.kept.uses.values()) == 500
    left(ingest, back("A"))
    assert sum(ingest.kept.uses.values()) == 250
    changed(ingest, back("B"))
    assert sum(ingest.kept.uses.values()) == 0
