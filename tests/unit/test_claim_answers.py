"""What a partner may still do once an inquiry is filed: answer it, or take it back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import claims, resolutions
from makegood.domain.inquiries import InquiryState
from makegood.domain.problems import AlreadyDecided, Invalid, RuleForbids

from tests.builders import (
    A_MOMENT,
    ORDERED,
    a_case,
    a_claim,
    a_filing,
    a_resolution,
    an_inquiry,
    usd,
)

NOW = ORDERED + timedelta(days=20)


def test_an_answer_brings_an_incomplete_inquiry_back_to_the_advertiser() -> None:
    asked = an_inquiry(state=InquiryState.INCOMPLETE, version=2, resolution_key="k")
    changed = replace(asked.claim, order_amount=usd(12_000))
    answered, outcome = claims.answer(asked, changed, "See the receipt", a_filing(), NOW)
    assert (answered.state, answered.version) == (InquiryState.UNRESOLVED, 3)
    assert answered.claim == changed
    (comment,) = answered.comments
    assert (comment.user, comment.text, comment.made_at) == ("Refund Club", "See the receipt", NOW)
    assert outcome.inquiries == ((asked, answered),)


def test_the_same_question_may_be_asked_again_after_an_answer() -> None:
    question = a_resolution(InquiryState.INCOMPLETE, notes="Which shop?")
    case = a_case()
    asked, _, _ = resolutions.resolve(question, case, NOW, "reviewer")
    answered, _ = claims.answer(asked, asked.claim, "The one in town", a_filing(), NOW)
    again, _, _ = resolutions.resolve(question, replace(case, inquiry=answered), NOW, "reviewer")
    told = [each.text for each in again.comments]
    assert told == ["Which shop?", "The one in town", "Which shop?"]


@pytest.mark.parametrize("state", sorted(set(InquiryState) - {InquiryState.INCOMPLETE}))
def test_only_an_incomplete_inquiry_is_answered(state: InquiryState) -> None:
    with pytest.raises(RuleForbids) as caught:
        claims.answer(an_inquiry(state=state), a_claim(), "Why?", a_filing(), NOW)
    assert caught.value.code == "not_incomplete"


def test_an_answer_does_not_move_the_order_out_of_the_claim_window() -> None:
    asked = an_inquiry(state=InquiryState.INCOMPLETE, created_at=ORDERED + timedelta(days=5))
    early = ORDERED - timedelta(days=2_000)
    with pytest.raises(RuleForbids) as caught:
        claims.answer(asked, replace(asked.claim, ordered_at=early), "", a_filing(), NOW)
    assert caught.value.code == "outside_claim_window"


def test_an_answered_inquiry_no_longer_says_who_asked_and_when() -> None:
    asked = an_inquiry(state=InquiryState.INCOMPLETE, resolved_at=NOW, decided_by="reviewer")
    answered, _ = claims.answer(asked, asked.claim, "Here", a_filing(), NOW)
    assert (answered.resolved_at, answered.decided_by) == (None, "")


def test_an_answer_does_not_move_the_order_into_the_future() -> None:
    asked = an_inquiry(state=InquiryState.INCOMPLETE, created_at=NOW)
    with pytest.raises(Invalid):
        claims.answer(asked, a_claim(ordered_at=NOW + A_MOMENT), "", a_filing(), NOW)
    claims.answer(asked, a_claim(ordered_at=NOW), "", a_filing(), NOW)


@pytest.mark.parametrize("state", [InquiryState.UNRESOLVED, InquiryState.INCOMPLETE])
def test_an_undecided_inquiry_is_withdrawn_and_waits_for_no_rule(state: InquiryState) -> None:
    inquiry = an_inquiry(state=state, version=3, auto_approval_at=NOW)
    withdrawn, outcome = claims.withdraw(inquiry, NOW)
    assert (withdrawn.state, withdrawn.version) == (InquiryState.WITHDRAWN, 4)
    assert withdrawn.auto_approval_at is None
    assert outcome.inquiries == ((inquiry, withdrawn),)


def test_what_is_withdrawn_already_stays_as_it_is() -> None:
    withdrawn = an_inquiry(state=InquiryState.WITHDRAWN)
    assert claims.withdraw(withdrawn, NOW) == (withdrawn, claims.NOTHING)


@pytest.mark.parametrize("state", [InquiryState.VALID, InquiryState.DECLINED])
def test_a_decided_inquiry_is_not_withdrawn(state: InquiryState) -> None:
    with pytest.raises(AlreadyDecided):
        claims.withdraw(an_inquiry(state=state), NOW)
