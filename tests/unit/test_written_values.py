"""What people really send, in forms and in an operator's documents: read right, or refused."""

from collections.abc import Callable
from typing import Any

import pytest
from makegood.domain.action_changes import Modify
from makegood.domain.amounts import JsonNumber
from makegood.domain.contracts import Terms
from makegood.domain.inquiries import REJECT_REASONS, parse_reject_reason
from makegood.domain.money import Money
from makegood.domain.parties import Campaign
from makegood.domain.payout_plans import PayoutPlan, PayoutTerm
from makegood.domain.problems import Invalid, Malformed
from makegood.forms.changes import ActionName, ModificationRequest
from makegood.forms.claims import AnswerRequest, ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.resolutions import ResolutionRequest

from tests import builders

EURO = Campaign("1000", "1", "Shop", "Europe/Berlin", "EUR", ())
CLAIM = {
    "CampaignId": "1000",
    "OrderId": "CD1",
    "TransactionDate": "2026-03-05",
    "TransactionAmount": "12,30",
    "InquiryType": "UNTRACKED",
}
VALID = {"Id": "1", "ResolutionStatus": "VALID", "ActionTrackerId": "4000"}
CONVERSION = {
    "CampaignId": "1000",
    "ActionTrackerId": "4000",
    "OrderId": "CD1",
    "EventDate": "2026-03-05",
    "Amount": "12,30",
    "MediaPartnerId": "10001",
}


def claim(**changes: str) -> Any:
    return ClaimRequest.read({**CLAIM, **changes}).claim(EURO, "10001")


def conversion(**changes: str) -> Any:
    return ConversionRequest.read({**CONVERSION, **changes}).conversion(EURO)


def resolution(**changes: str) -> Any:
    return ResolutionRequest.read({**VALID, **changes}).resolution(EURO, "EUR")


def codes(read: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        read()
    return [(each.field, each.code) for each in refused.value.faults]


@pytest.mark.parametrize("text", ["1.234,50", "1,234.50", "1 234,50", "1\u202f234,50", "1'234.50"])
def test_every_amount_of_a_form_is_read_in_its_one_way(text: str) -> None:
    amount = Money(123_450, "EUR")
    assert claim(TransactionAmount=text).order_amount == amount
    assert claim(ExpectedPayout=text).expected_payout == amount
    assert conversion(Amount=text).order_amount == amount
    assert resolution(FinalPayout=text).final_payout == amount
    bought = {"ItemSku1": "a", "ItemSubtotal1": text, "ItemTotalRebate1": text}
    (item,) = conversion(**bought).order.items
    assert item.subtotal == item.rebate == amount


@pytest.mark.parametrize("text", ["1.500", "12,000"])
def test_every_amount_with_two_readings_is_refused(text: str) -> None:
    for read, name in (
        (claim, "TransactionAmount"),
        (claim, "ExpectedPayout"),
        (conversion, "Amount"),
        (resolution, "FinalPayout"),
        (resolution, "TransactionAmount"),
    ):
        assert codes(lambda read=read, name=name: read(**{name: text})) == [
            (name, "ambiguous_amount")
        ]


def test_a_number_of_json_knows_the_decimal_point_alone() -> None:
    number = JsonNumber("1.500")
    assert claim(TransactionAmount=number).order_amount == Money(150, "EUR")
    assert resolution(FinalPayout=JsonNumber("0.5")).final_payout == Money(50, "EUR")
    fine = JsonNumber("1.234")
    assert codes(lambda: claim(TransactionAmount=fine)) == [("TransactionAmount", "too_precise")]
    assert claim(OrderId=JsonNumber("1.500")).order_id == "1.500"
    kept = conversion(ItemSku1="a", ItemQty1=JsonNumber("2.000")).order.items
    assert [each.quantity for each in kept] == [2]


@pytest.mark.parametrize(
    ("text", "quantity"), [("1.0000", 1), ("2.0", 2), ("2,0", 2), ("3", 3), ("1 200", 1200)]
)
def test_a_quantity_may_have_decimals_that_say_nothing(text: str, quantity: int) -> None:
    (item,) = conversion(ItemSku1="a", ItemQty1=text).order.items
    assert item.quantity == quantity


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.5", "not_a_count"),
        ("0", "not_a_count"),
        ("0.0", "not_a_count"),
        ("-1", "not_a_count"),
        ("1e3", "not_a_count"),
        ("9" * 5000, "not_a_count"),
        ("1.000", "ambiguous_count"),
        ("2,000", "ambiguous_count"),
        ("1000001", "too_many"),
    ],
)
def test_a_quantity_is_whole_and_has_one_reading(text: str, code: str) -> None:
    assert codes(lambda: conversion(ItemSku1="a", ItemQty1=text)) == [("ItemQty1", code)]


def test_nothing_left_of_a_line_may_have_decimals_too() -> None:
    action = builders.an_action()
    for text in ("0", "0.0000", "0,0"):
        fields = {"Reason": "ITEM_RETURNED", "Sku": "a", "Quantity": text}
        change = ModificationRequest(ActionName(), fields).change(action)
        assert isinstance(change, Modify)
        assert change.line is not None
        assert change.line.quantity == 0


@pytest.mark.parametrize("name", ["OrderId", "CustomerId", "PromoCode", "ItemSku1", "ItemName1"])
def test_a_text_of_a_form_has_one_spelling(name: str) -> None:
    fields = {"ItemSku1": "a", name: "Mu\u0308ller-1\u200b\ufeff"}
    order = conversion(**fields).order
    (item,) = order.items
    read = {
        "OrderId": order.order_id,
        "CustomerId": order.customer_id,
        "PromoCode": order.promo_code,
        "ItemSku1": item.sku,
        "ItemName1": item.name,
    }
    assert read[name] == "M\xfcller-1"
    for odd in ("\u200b", "\xad", "\u200d", "\ufe0f", "\xa0", "\u202e"):
        asked = {**fields, name: f"CD{odd}1"}
        assert codes(lambda asked=asked: conversion(**asked)) == [(name, "bad_characters")]


def test_every_field_is_read_without_what_cannot_be_seen_at_its_ends() -> None:
    odd = {name: f"\ufeff{text}\u200b\xa0" for name, text in CLAIM.items()}
    request = ClaimRequest.read(odd)
    assert request.campaign_id == "1000"
    assert request.claim(EURO, "10001") == claim()
    assert claim(Currency="\u200bEUR\u200b") == claim()


def test_notes_with_nothing_to_see_are_blank_and_others_keep_their_joiners() -> None:
    assert claim(InquiryNotes="\u200b\n ").notes == ""
    assert claim(InquiryNotes=" \u2764\ufe0f\n").notes == "\u2764\ufe0f"


@pytest.mark.parametrize("text", ["NULL", "null", "N/A", "n/a", " Null "])
def test_a_customer_that_is_not_known_is_blank(text: str) -> None:
    assert claim(CustomerId=text).customer_id == ""
    assert conversion(CustomerId=text).order.customer_id == ""
    assert resolution(CustomerId=text).customer_id == ""
    claimed = claim(CustomerId="C-1")
    request = AnswerRequest("1", {"CustomerId": text, "InquiryNotes": "x"})
    assert request.answer(EURO, claimed)[0] == claimed
    assert claim(CustomerId="NULL-1").customer_id == "NULL-1"
    assert claim(OrderId=text).order_id == text.strip()


@pytest.mark.parametrize("dash", "-\u2010\u2011\u2012\u2013\u2014\u2212")
def test_a_reason_is_the_same_with_any_dash(dash: str) -> None:
    assert parse_reject_reason(REJECT_REASONS[5].replace("-", dash)) == 5


PAYOUTS = {
    "default": "1.234,50 EUR",
    "groups": [
        {
            "name": "Large ",
            "rank": 1,
            "payout": "12,30 EUR",
            "when": [{"variable": "ORDER_AMOUNT", "operator": "AT_LEAST", "value": "1 000,50 EUR"}],
        },
        {
            "name": "City",
            "rank": 2,
            "payout": "5.125%",
            "when": [{"variable": "CUSTOMER_CITY", "operator": "IS", "value": "Ko\u0308ln"}],
        },
    ],
    "limits": [{"measure": "PAYOUT", "most": "50 000,00 EUR", "every": "MONTH"}],
}


def test_an_operator_writes_amounts_as_people_do_and_they_are_kept_as_we_do() -> None:
    plan = PayoutPlan.from_dict(PAYOUTS, by_hand=True)
    kept = plan.to_dict()
    assert kept["default"] == "1234.50 EUR"
    assert [each["name"] for each in kept["groups"]] == ["Large", "City"]
    assert [each["payout"] for each in kept["groups"]] == ["12.30 EUR", "5.125%"]
    values = [each["when"][0]["value"] for each in kept["groups"]]
    assert values == ["1000.50 EUR", "K\xf6ln"]
    assert kept["limits"][0]["most"] == "50000.00 EUR"
    assert PayoutPlan.from_dict(kept) == plan


def test_an_operator_s_amount_with_two_readings_is_refused() -> None:
    group = {"name": "A", "rank": 1, "payout": "5%"}
    when = {"variable": "ORDER_AMOUNT", "operator": "BELOW", "value": "1.500 EUR"}
    for plan in (
        {"default": "1.500 EUR"},
        {"default": "5%", "groups": [{**group, "when": [when]}]},
        {"default": "5%", "limits": [{"measure": "PAYOUT", "most": "1,500 EUR"}]},
    ):
        with pytest.raises(Malformed) as refused:
            PayoutPlan.from_dict(plan, by_hand=True)
        assert refused.value.code == "ambiguous_amount"


def test_what_is_stored_is_read_as_it_was_written_whatever_people_mean_by_it() -> None:
    when = {"variable": "ORDER_AMOUNT", "operator": "IS", "value": "100.000 EUR"}
    group = {"name": "A", "rank": 1, "payout": "1.500 KWD", "when": [when]}
    plan = PayoutPlan.from_dict({"default": "5%", "groups": [group]})
    assert plan.groups[0].payout == PayoutTerm(flat=Money(1500, "KWD"))
    assert plan.groups[0].matches(Money(10_000, "EUR"), builders.an_action().order)
    assert not plan.groups[0].matches(Money(10_000_000, "EUR"), builders.an_action().order)


def test_a_percentage_knows_the_decimal_point_alone() -> None:
    assert PayoutTerm.parse("5.125%", by_hand=True) == PayoutTerm.parse("5.125%")
    with pytest.raises(Malformed):
        PayoutTerm.parse("5,125%", by_hand=True)


def test_a_city_matches_however_its_accents_were_stored() -> None:
    plan = PayoutPlan.from_dict(PAYOUTS, by_hand=True)
    order = builders.an_action().order
    for city in ("K\xd6LN", "ko\u0308ln\u200b"):
        bought = type(order)(order.order_id, order.ordered_at, customer_city=city)
        found = plan.group_for(Money(100, "EUR"), bought)
        assert found is not None
        assert found.name == "City"


def test_terms_by_hand_are_read_by_hand_throughout() -> None:
    written = builders.terms().to_dict()
    terms = Terms.from_dict({**written, "payouts": {"4000": "12,30 EUR", "4001": PAYOUTS}}, True)
    assert dict(terms.payouts)["4000"] == PayoutTerm(flat=Money(1230, "EUR"))
    assert Terms.from_dict(terms.to_dict()) == terms


@pytest.mark.parametrize(
    ("currency", "last", "first", "successor"),
    [
        ("HRK", "2022-12-31", "2023-01-01", "EUR"),
        ("BGN", "2025-12-31", "2026-01-01", "EUR"),
        ("SLL", "2023-12-31", "2024-01-01", "SLE"),
        ("ZWL", "2024-08-31", "2024-09-01", "ZWG"),
    ],
)
def test_a_currency_that_has_ended_is_read_for_orders_of_its_days(
    currency: str, last: str, first: str, successor: str
) -> None:
    found = claim(Currency=currency, TransactionDate=f"{last}T23:59:59")
    assert found.order_amount == Money(1230, currency)
    assert conversion(Currency=currency, EventDate=last).order_amount == Money(1230, currency)
    for read, name in ((claim, "TransactionDate"), (conversion, "EventDate")):
        with pytest.raises(Invalid, match="Validation") as refused:
            read(**{"Currency": currency, name: first})
        (fault,) = refused.value.faults
        assert (fault.field, fault.code) == ("Currency", "currency_ended")
        assert successor in fault.message
        assert last in fault.message


def test_an_order_is_not_moved_behind_the_end_of_its_currency() -> None:
    claimed = claim(Currency="HRK", TransactionDate="2022-12-31")
    later = {"TransactionDate": "2023-01-01", "InquiryNotes": "x"}
    assert codes(lambda: AnswerRequest("1", later).answer(EURO, claimed)) == [
        ("Currency", "currency_ended")
    ]
    moved = {**VALID, "TransactionDate": "2023-01-01"}
    asked = lambda: ResolutionRequest.read(moved).resolution(EURO, "HRK")  # noqa: E731
    assert codes(asked) == [("Currency", "currency_ended")]
    kept = ResolutionRequest.read({**VALID, "FinalPayout": "1,50"}).resolution(EURO, "HRK")
    assert kept.final_payout == Money(150, "HRK")
