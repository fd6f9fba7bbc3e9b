"""The lines of a basket, `ItemSku1` and its like, as forms and files send them."""

import pytest
from makegood.domain.money import Money
from makegood.domain.orders import ITEMS_MAX, Item
from makegood.domain.parties import Campaign
from makegood.domain.problems import Invalid
from makegood.forms.conversions import ConversionRequest
from makegood.forms.items import QUANTITY_MAX

CAMPAIGN = Campaign("1000", "1", "Shop", "America/New_York", "USD", ())
CONVERSION = {
    "CampaignId": "1000",
    "ActionTrackerId": "4000",
    "OrderId": "CD100036",
    "EventDate": "2025-01-01T08:50:52-05:00",
    "Amount": "18.99",
    "MediaPartnerId": "10001",
}


def items(**fields: str) -> tuple[Item, ...]:
    return ConversionRequest.read({**CONVERSION, **fields}).conversion(CAMPAIGN).order.items


def faults(**fields: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        items(**fields)
    return [(fault.field, fault.code) for fault in caught.value.faults]


def test_items_are_read_by_their_number_whatever_the_order_of_the_fields() -> None:
    found = items(
        ItemSku10="J",
        ItemSku2="B",
        ItemQty2="3",
        ItemSubtotal2="7.50",
        ItemTotalRebate2="0.50",
        ItemName2="Shoe",
        ItemCategory2="Shoes",
        ItemSubCategory2="Boots",
        ItemMPN2="M-2",
    )
    assert found == (
        Item(
            sku="B",
            quantity=3,
            subtotal=Money(750, "USD"),
            name="Shoe",
            category="Shoes",
            sub_category="Boots",
            mpn="M-2",
            rebate=Money(50, "USD"),
        ),
        Item("J"),
    )


def test_an_item_whose_fields_are_all_blank_is_none() -> None:
    assert items(ItemSku1="", ItemQty1=" ") == ()


def test_an_item_without_a_sku_and_with_wrong_parts_is_named_by_its_fields() -> None:
    assert faults(ItemQty2="0", ItemSubtotal2="-1", ItemTotalRebate2="x") == [
        ("ItemSku2", "required"),
        ("ItemQty2", "not_a_count"),
        ("ItemSubtotal2", "not_positive"),
        ("ItemTotalRebate2", "not_a_number"),
    ]


def test_a_quantity_and_the_number_of_items_have_their_most_and_not_one_more() -> None:
    most = str(QUANTITY_MAX)
    assert items(ItemSku1="A", ItemQty1=most)[0].quantity == int(most)
    more = str(QUANTITY_MAX + 1)
    assert faults(ItemSku1="A", ItemQty1=more) == [("ItemQty1", "too_many")]
    full = {f"ItemSku{number}": "A" for number in range(1, ITEMS_MAX + 1)}
    assert len(items(**full)) == ITEMS_MAX
    assert faults(**full, ItemSku900="B") == [("ItemSku1", "too_many_items")]
