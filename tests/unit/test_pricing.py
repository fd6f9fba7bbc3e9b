"""What an order comes to, worked by hand, and the words that say why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from makegood.domain.money import Money
from makegood.domain.orders import Item, Order
from makegood.domain.payout_plans import Level, PayoutPlan
from makegood.domain.pricing import Priced, item_payouts, price
from makegood.domain.problems import RuleForbids


def usd(minor: int) -> Money:
    return Money(minor, "USD")


ORDER = Order("CD1", datetime(2026, 1, 5, tzinfo=UTC), promo_code="SAVE10")
SHOE = Item("S-1", 1, usd(4_000), category="Shoes")
HATS = Item("H-1", 3, usd(6_000), category="Hats")
BASKET = replace(ORDER, items=(SHOE, HATS))


def plan(default: str, level: Level = Level.ITEM, **groups: str) -> PayoutPlan:
    """A plan whose groups are by item category: `plan("5%", Shoes="10%")`."""
    return PayoutPlan.from_dict(
        {
            "default": default,
            "level": level.value,
            "groups": [
                {
                    "name": category,
                    "rank": rank,
                    "payout": payout,
                    "when": [{"variable": "ITEM_CATEGORY", "operator": "IS", "value": category}],
                }
                for rank, (category, payout) in enumerate(groups.items(), 1)
            ],
        }
    )


def priced(agreed: PayoutPlan, amount: int = 10_000, order: Order = BASKET) -> Priced:
    return price(agreed, 2, usd(amount), order)


def minors(found: Priced) -> list[int]:
    return [each.minor for each in found.items]


def test_an_order_is_priced_whole_by_the_default_or_by_its_group() -> None:
    for agreed, payout, why in (
        (plan("5%", Level.ORDER), 500, "default: 5% of 100.00 USD = 5.00 USD"),
        (plan("1.50 USD", Level.ORDER), 150, "default: 1.50 USD flat = 1.50 USD"),
        (
            plan("5%", Level.ORDER, Gloves="9%", Hats="7.5%", Shoes="10%"),
            750,
            "group Hats (rank 2): 7.5% of 100.00 USD = 7.50 USD",
        ),
    ):
        found = priced(agreed)
        assert found.payout == usd(payout)
        assert str(found.explanation) == f"Contract version 2, {why}"


def test_each_item_is_priced_by_the_first_group_that_matches_it_or_the_default() -> None:
    found = priced(plan("5%", Shoes="10%"))
    assert found.payout == usd(700)
    assert minors(found) == [400, 300]
    assert str(found.explanation) == (
        "Contract version 2, S-1, group Shoes (rank 1): 10% of 40.00 USD = 4.00 USD; "
        "H-1, default: 5% of 60.00 USD = 3.00 USD; together 7.00 USD"
    )


def test_a_flat_amount_at_item_level_is_paid_for_each_piece() -> None:
    found = priced(plan("5%", Hats="1.50 USD"))
    assert minors(found) == [200, 450]
    assert "H-1, group Hats (rank 1): 1.50 USD for each of 3 = 4.50 USD" in str(found.explanation)


def test_items_share_the_order_amount_whatever_else_it_holds() -> None:
    assert minors(priced(plan("5%"), amount=20_000)) == [400, 600]
    assert minors(priced(plan("5%"), amount=5_000)) == [100, 150]


@pytest.mark.parametrize("shoe", [None, usd(0)])
def test_items_without_subtotals_share_the_order_by_quantity(shoe: Money | None) -> None:
    hats = replace(HATS, subtotal=shoe and usd(0))
    order = replace(ORDER, items=(replace(SHOE, subtotal=shoe), hats))
    assert minors(priced(plan("10%"), order=order)) == [250, 750]


def test_items_that_were_all_returned_share_what_is_left_of_the_order_alike() -> None:
    returned = [replace(each, quantity=0, subtotal=usd(0)) for each in BASKET.items]
    order = replace(ORDER, items=tuple(returned))
    assert minors(priced(plan("5%", Shoes="1.50 USD"), order=order)) == [0, 250]


def test_an_order_that_names_no_items_is_priced_whole_at_item_level() -> None:
    found = priced(plan("5%", Shoes="10%"), order=ORDER)
    assert (found.payout, found.items) == (usd(500), ())
    assert str(found.explanation) == "Contract version 2, default: 5% of 100.00 USD = 5.00 USD"


def test_an_order_priced_whole_is_shown_by_item_as_well() -> None:
    found = priced(plan("5%", Level.ORDER), amount=10_001)
    assert found.payout == usd(500)
    assert minors(found) == [200, 300]


@pytest.mark.parametrize(
    ("amount", "payout", "rounding"),
    [
        (10_000, 500, ""),
        (1_450, 72, ", rounded down, half to even"),
        (1_470, 74, ", rounded up, half to even"),
        (1_471, 74, ", rounded up, half to even"),
    ],
)
def test_the_explanation_tells_what_was_rounded(amount: int, payout: int, rounding: str) -> None:
    found = priced(plan("5%", Level.ORDER), amount, ORDER)
    assert found.payout == usd(payout)
    assert str(found.explanation).endswith(f"= {found.payout} USD{rounding}")


def test_items_are_not_rounded_one_by_one() -> None:
    three = replace(ORDER, items=tuple(Item(f"S-{each}", 1, usd(10)) for each in (1, 2, 3)))
    found = priced(plan("5%"), amount=30, order=three)
    assert found.payout == usd(2)
    assert minors(found) == [1, 1, 0]


def test_a_flat_group_in_another_currency_than_the_orders_is_refused() -> None:
    for level in Level:
        with pytest.raises(RuleForbids, match="in USD; give the amount in EUR") as caught:
            priced(plan("5%", level, Hats="1.50 EUR"))
        assert caught.value.code == "currency_mismatch"


def test_a_group_that_does_not_match_may_be_in_another_currency() -> None:
    assert priced(plan("5%", Gloves="1.50 EUR")).payout == usd(500)


@pytest.mark.parametrize(
    ("agreed", "payout", "parts"),
    [
        (plan("5%", Shoes="10%"), 700, [400, 300]),
        (plan("5%", Shoes="10%"), 501, [200, 301]),
        (plan("2.00 EUR"), 500, [200, 300]),
        (None, 500, [200, 300]),
    ],
    ids=["as the plan prices them", "stated", "in another currency", "no plan"],
)
def test_a_payout_is_told_item_by_item(
    agreed: PayoutPlan | None, payout: int, parts: list[int]
) -> None:
    found = item_payouts(agreed, usd(10_000), usd(payout), BASKET)
    assert [each.minor for each in found] == parts
