"""Reading which action is meant and what becomes of it, from a form and from a file's row."""

from typing import Any

import pytest
from makegood.domain.action_changes import Approve, Change, Modify, Reason, Reset, Reverse
from makegood.domain.actions import PARTNER_DISPOSITIONS, Disposition
from makegood.domain.baskets import Line
from makegood.domain.problems import Invalid
from makegood.forms import changes
from makegood.forms.changes import ActionName, ChangeRow, ModificationRequest, ReversalRequest

from tests.builders import an_action, usd

ACTION = an_action()


def modified(fields: dict[str, str]) -> Change:
    return ModificationRequest(ActionName(ACTION.action_id), fields).change(ACTION)


def changed_by_row(fields: dict[str, str]) -> Change:
    return ChangeRow(ActionName(ACTION.action_id), fields).change(ACTION)


def reversal(fields: dict[str, str]) -> Change:
    return ReversalRequest(ActionName(ACTION.action_id), fields).change(ACTION)


def faults(read: Any, *args: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read(*args)
    return [(each.field, each.code) for each in caught.value.faults]


def test_an_action_is_named_by_its_id_or_by_its_order_and_event_type() -> None:
    by_id = {"ActionId": " 1000.4000.1 ", "OrderId": "CD1", "ActionTrackerId": "4000"}
    assert changes.read_name(by_id) == ActionName("1000.4000.1")
    by_order = {"OrderId": "CD1", "ActionTrackerId": "4000", "CampaignId": "1000"}
    assert changes.read_name(by_order) == ActionName("", "4000", "CD1", "1000")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("OrderId", "required"), ("ActionTrackerId", "required")]),
        ({"OrderId": "CD1"}, [("ActionTrackerId", "required")]),
        ({"ActionId": "a b", "OrderId": "CD1"}, [("ActionId", "bad_id")]),
    ],
)
def test_an_action_that_is_not_named_is_asked_for(fields: Any, expected: Any) -> None:
    assert faults(changes.read_name, fields) == expected


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"Reason": "approved"}, Approve()),
        ({"Reason": "RESET"}, Reset()),
        ({"Reason": "OTHER", "Amount": "12.50"}, Modify(Reason.OTHER, usd(1_250))),
        (
            {"Reason": "ORDER_UPDATE", "CustomerStatus": "NEW"},
            Modify(Reason.ORDER_UPDATE, customer_status="NEW"),
        ),
        (
            {"Reason": "ITEM_RETURNED", "ItemSku1": "HAT", "ItemQty1": "0", "ItemSku2": "BAG"},
            Modify(Reason.ITEM_RETURNED, items=(Line("HAT", quantity=0), Line("BAG"))),
        ),
        (
            {"Reason": "ORDER_UPDATE", "ItemSku1": "HAT", "ItemSubtotal1": "3"},
            Modify(Reason.ORDER_UPDATE, items=(Line("HAT", subtotal=usd(300)),)),
        ),
    ],
)
def test_the_reason_decides_the_kind_of_change(fields: Any, change: Any) -> None:
    assert modified(fields) == change
    if "ItemSku1" not in fields:
        assert changed_by_row(fields) == change


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("Reason", "required")]),
        ({"Amount": "x"}, [("Reason", "required"), ("Amount", "not_a_number")]),
        ({"Reason": "OTHER"}, [("Amount", "required")]),
        ({"Reason": "REJECTED", "Amount": "1"}, [("Reason", "unknown_reason")]),
        ({"Reason": "OTHER", "Amount": "-1"}, [("Amount", "not_positive")]),
        ({"Reason": "OTHER", "Quantity": "1"}, [("Sku", "required")]),
        ({"Reason": "OTHER", "Sku": "HAT"}, [("Amount", "required")]),
        (
            {"Reason": "OTHER", "Sku": "HAT", "Quantity": "0", "Amount": "1"},
            [("Amount", "amount_of_nothing")],
        ),
    ],
)
def test_what_a_change_lacks_is_named(fields: Any, expected: Any) -> None:
    assert faults(modified, fields) == expected


@pytest.mark.parametrize("code", sorted(PARTNER_DISPOSITIONS))
def test_a_reversal_code_reverses_by_form_and_by_file(code: str) -> None:
    reverse = Reverse(Disposition[code])
    assert reversal({"DispositionCode": code.lower()}) == reverse
    assert changed_by_row({"Reason": code, "CustomerStatus": "NEW"}) == reverse


def test_a_code_that_is_a_reason_too_modifies_when_a_row_says_to_what() -> None:
    row = {"Reason": "ITEM_RETURNED", "Amount": "60"}
    assert changed_by_row(row) == Modify(Reason.ITEM_RETURNED, usd(6_000))
    row = {"Reason": "ITEM_RETURNED", "Sku": "HAT", "Quantity": "0"}
    line = Line("HAT", quantity=0)
    assert changed_by_row(row) == Modify(Reason.ITEM_RETURNED, line=line)
    for none in ("0", "0.0", "0.0000"):
        row = {"Reason": "ITEM_RETURNED", "Sku": "HAT", "Quantity": none}
        assert changed_by_row(row) == Modify(Reason.ITEM_RETURNED, line=line)
    row = {"Reason": "REJECTED", "Amount": "60"}
    assert changed_by_row(row) == Reverse(Disposition.REJECTED)


@pytest.mark.parametrize("code", ["", "ORDER_UPDATE", "APPROVED", "nonsense"])
def test_no_other_code_reverses(code: str) -> None:
    expected = "unknown_disposition" if code else "required"
    assert faults(reversal, {"DispositionCode": code}) == [("DispositionCode", expected)]
