"""Conversions by the names that the field's API has for them."""

from collections.abc import Mapping

import pytest
from makegood.domain.amounts import JsonNumber
from makegood.domain.money import Money
from makegood.domain.parties import Campaign, EventType
from makegood.domain.problems import Invalid
from makegood.forms import conversion_names
from makegood.forms.conversions import ConversionRequest

CAMPAIGN = Campaign(
    campaign_id="1000",
    advertiser_id="500",
    name="Shop worldwide",
    time_zone="America/Los_Angeles",
    currency="USD",
    event_types=(EventType("4000", "Sale"),),
)
OURS = {
    "CampaignId": "1000",
    "ActionTrackerId": "4000",
    "OrderId": "A-1",
    "EventDate": "2026-06-01T10:00:00-07:00",
    "Amount": "100.00",
    "MediaPartnerId": "10001",
    "Currency": "USD",
    "PromoCode": "SUMMER",
    "ItemSku1": "S-1",
    "ItemQty1": "2",
    "ItemSubtotal1": "100.00",
    "ItemMPN1": "M-1",
}
THEIRS = {
    "CampaignId": "1000",
    "EventTypeId": "4000",
    "Oid": "A-1",
    "EventDate": "2026-06-01T10:00:00-07:00",
    "OrderSubTotalPostDiscount": "100.00",
    "MediaId": "10001",
    "CurrencyCode": "USD",
    "OrderPromoCode": "SUMMER",
    "ItemSku1": "S-1",
    "ItemQuantity1": "2",
    "ItemSubTotal1": "100.00",
    "ItemMpn1": "M-1",
}
PASSED_OVER = {
    "ClickId": "QiiWXOVnrQ3SQHl24jQjyxBGUkmzfJ3i1VHrWM0",
    "CustomProfileId": "a1b2",
    "SubId3": "blog",
    "IpAddress": "192.0.2.1",
    "OrderDiscount": "5.00",
    "ItemBrand1": "Acme",
    "ItemTotalDiscount1": "5.00",
    "ItemPrice1": "50.00",
    "ItemText1_50": "blue",
    "Text50": "x",
    "Numeric10": "1",
    "Money3": "1.00",
    "Date10": "2026-06-01",
}


def faults(sent: Mapping[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        conversion_names.read(sent)
    return [(each.field, each.code) for each in refused.value.faults]


def without(name: str, **more: str) -> dict[str, str]:
    return {key: text for key, text in OURS.items() if key != name} | more


@pytest.mark.parametrize("sent", [OURS, THEIRS, {**OURS, **THEIRS}, {**THEIRS, **PASSED_OVER}])
def test_what_is_said_is_the_same_by_either_name(sent: Mapping[str, str]) -> None:
    assert conversion_names.read(sent).fields == OURS


@pytest.mark.parametrize("name", sorted(THEIRS.keys() - OURS.keys()))
def test_the_same_with_two_values_is_a_fault(name: str) -> None:
    assert faults({**OURS, name: "else"}) == [(name, "duplicate_parameter")]


def test_a_blank_says_nothing_beside_another_name() -> None:
    assert conversion_names.read({**OURS, "EventTypeId": " "}).fields == OURS
    blank = {**without("ActionTrackerId"), "ActionTrackerId": "", "EventTypeId": "4000"}
    assert conversion_names.read(blank).fields == OURS


@pytest.mark.parametrize(
    "name",
    ["EventTypId", "Clickid", "ItemQuantity0", "ItemBrand", "Text51", "Text0", "Money4", "SubId4"],
)
def test_what_neither_knows_is_a_fault(name: str) -> None:
    assert faults({**OURS, name: "1"}) == [(name, "unknown_field")]


def test_all_faults_of_names_are_told_at_once() -> None:
    told = faults({**OURS, "MediaId": "2", "Typo": "1"})
    assert told == [("MediaId", "duplicate_parameter"), ("Typo", "unknown_field")]


def test_a_discount_needs_the_amount_that_is_left() -> None:
    for name in ("OrderDiscount", "OrderDiscountRate", "ItemTotalDiscount1", "ItemDiscount1"):
        assert faults(without("Amount", **{name: "5.00"})) == [(name, "amount_required")]
        assert conversion_names.read({**OURS, name: "5.00"}).fields == OURS


def test_a_price_does_not_stand_for_a_subtotal() -> None:
    sent = without("ItemSubtotal1", ItemPrice1="50.00")
    assert faults(sent) == [("ItemPrice1", "unit_price")]


def test_faults_have_the_names_that_were_sent() -> None:
    said = conversion_names.read({**THEIRS, "ItemQuantity1": "no"})
    with pytest.raises(Invalid) as refused:
        ConversionRequest.read(said.fields).conversion(CAMPAIGN)
    (fault,) = said.by_their_names(refused.value.faults)
    assert (fault.field, fault.code) == ("ItemQuantity1", "not_a_count")


def test_a_json_number_stays_one() -> None:
    said = conversion_names.read({**OURS, "Amount": JsonNumber("100.5")})
    assert isinstance(said.fields["Amount"], JsonNumber)


def test_without_an_amount_an_order_comes_to_what_its_items_do() -> None:
    sent = without("Amount", ItemSku2="H-1", ItemSubtotal2="40.00")
    assert ConversionRequest.read(sent).conversion(CAMPAIGN).order_amount == Money(14_000, "USD")


@pytest.mark.parametrize(
    "more",
    [
        {"ItemSku2": "H-1"},
        {"ItemTotalRebate1": "1.00"},
        {"ItemSku1": "", "ItemQty1": "", "ItemSubtotal1": " ", "ItemMPN1": ""},
    ],
)
def test_without_an_amount_that_is_plain_it_has_to_be_told(more: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        ConversionRequest.read(without("Amount", **more)).conversion(CAMPAIGN)
    assert [(each.field, each.code) for each in refused.value.faults] == [("Amount", "required")]
