"""The life of an inquiry, step by step, and the nine reasons in either spelling."""

from dataclasses import FrozenInstanceError, replace
from itertools import product

import pytest
from makegood.domain.inquiries import (
    LIVE,
    REJECT_REASONS,
    STATES,
    InquiryState,
    InquiryType,
    parse_reject_reason,
)
from makegood.domain.problems import AlreadyDecided, Malformed

from tests.builders import a_claim, an_inquiry, at, usd

UNRESOLVED = InquiryState.UNRESOLVED
INCOMPLETE = InquiryState.INCOMPLETE
VALID = InquiryState.VALID
DECLINED = InquiryState.DECLINED
WITHDRAWN = InquiryState.WITHDRAWN

STEPS = {
    (UNRESOLVED, VALID),
    (UNRESOLVED, DECLINED),
    (UNRESOLVED, INCOMPLETE),
    (UNRESOLVED, WITHDRAWN),
    (INCOMPLETE, UNRESOLVED),
    (INCOMPLETE, INCOMPLETE),
    (INCOMPLETE, VALID),
    (INCOMPLETE, DECLINED),
    (INCOMPLETE, WITHDRAWN),
}


@pytest.mark.parametrize(("before", "after"), list(product(InquiryState, InquiryState)))
def test_an_inquiry_takes_just_the_steps_of_its_life(
    before: InquiryState, after: InquiryState
) -> None:
    inquiry = an_inquiry(state=before, version=4)
    if (before, after) in STEPS:
        moved = inquiry.moved(after)
        assert (moved.state, moved.version) == (after, 5)
        return
    with pytest.raises(AlreadyDecided) as caught:
        inquiry.moved(after)
    assert inquiry.inquiry_id in caught.value.message


def test_the_table_of_edges_names_every_state_and_no_other_step() -> None:
    assert set(STATES) == set(InquiryState)
    edges = {(before, after) for before, rules in STATES.items() for after in rules.leads_to}
    assert edges == STEPS


def test_an_inquiry_is_live_until_it_is_decided_or_withdrawn() -> None:
    assert {UNRESOLVED, INCOMPLETE} == LIVE
    assert [an_inquiry(state=state).is_live for state in InquiryState] == [
        state in LIVE for state in InquiryState
    ]


def test_a_step_changes_a_copy_and_leaves_what_was_read_as_it_is() -> None:
    inquiry = an_inquiry()
    decided = inquiry.moved(DECLINED, reject_reason=6)
    assert (inquiry.state, inquiry.reject_reason, decided.reject_reason) == (UNRESOLVED, None, 6)
    with pytest.raises(FrozenInstanceError):
        inquiry.state = DECLINED


def test_there_are_three_types_of_inquiry() -> None:
    assert set(InquiryType) == {"UNTRACKED", "INCORRECT", "DECLINED"}


# The nine reasons


ANOTHER = "Another marketing channel was credited with"
VOUCHER = "due to a voucher/discount code used"
TEXTS = [
    (1, "This transaction has been tracked successfully"),
    (2, f"{ANOTHER} sale"),
    (2, f"{ANOTHER} the sale"),
    (3, f"{ANOTHER} sale, {VOUCHER}"),
    (3, f"{ANOTHER} the sale, {VOUCHER}"),
    (4, "Did not meet terms and conditions set by merchant"),
    (5, "Transaction not completed - Order cancelled, changed, or returned"),
    (6, "Transaction cannot be traced"),
    (7, "Transaction not fully completed online"),
    (8, "Enquiry does not provide complete information required for evaluation"),
    (9, "Other"),
]


@pytest.mark.parametrize(("code", "text"), TEXTS)
def test_a_reason_is_read_in_either_spelling_and_in_any_case(code: int, text: str) -> None:
    spellings = (text, text.upper(), f"  {text.lower()} ", text.replace(" ", "  "))
    assert {parse_reject_reason(each) for each in spellings} == {code}


def test_the_texts_on_the_wire_are_the_nine_of_the_api() -> None:
    assert dict(TEXTS) == REJECT_REASONS
    assert [parse_reject_reason(text) for text in REJECT_REASONS.values()] == list(range(1, 10))


@pytest.mark.parametrize("code", range(1, 10))
def test_a_reason_is_read_from_its_code_too(code: int) -> None:
    assert parse_reject_reason(f" {code} ") == code


@pytest.mark.parametrize("text", ["", "0", "10", "-1", "1.0", "²", "Others", "the", "Sold out"])
def test_what_is_none_of_the_nine_reasons_is_answered_with_the_nine(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_reject_reason(text)
    assert caught.value.code == "unknown_reject_reason"
    assert all(reason in caught.value.message for reason in REJECT_REASONS.values())


# The same claim


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"notes": "Receipt attached"}, True),
        ({"partner_reference": "T-2"}, True),
        ({"tracking_link": "https://example.com/t"}, True),
        ({"expected_payout": None}, True),
        ({"customer_id": ""}, True),
        ({"order_amount": usd(10_001)}, False),
        ({"ordered_at": at("2026-03-05 10:01")}, False),
        ({"expected_payout": usd(501)}, False),
        ({"expected_payout": usd(0)}, False),
        ({"customer_id": "c-2"}, False),
    ],
)
def test_a_claim_is_the_same_as_long_as_it_contradicts_nothing(changes: dict, same: bool) -> None:
    first = a_claim(expected_payout=usd(500), customer_id="c-1", notes="Please look")
    second = replace(first, **changes)
    assert first.same_details(second) is same
    assert second.same_details(first) is same
