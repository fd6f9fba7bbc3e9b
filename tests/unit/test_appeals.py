"""An appeal: once, in time, with something new, decided by somebody else, and what comes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import appeals, claims, resolutions
from makegood.domain.contracts import Terms
from makegood.domain.inquiries import (
    AppealState,
    Comment,
    FirstDecision,
    Inquiry,
    InquiryState,
)
from makegood.domain.parties import Role
from makegood.domain.problems import Malformed, RuleForbids

from tests.builders import (
    A_MOMENT,
    ORDERED,
    a_case,
    a_claim,
    a_contract,
    a_filing,
    a_resolution,
    an_inquiry,
    at,
    terms,
    usd,
)

DECLINED_AT = at("2026-03-10 09:00")
LAST = at("2026-04-10 00:00")
"""The end of the thirtieth local day after that, in the campaign's zone."""

ANN, BEN = "person:p-1 Ann", "person:p-2 Ben"


def declined(by: str = "api:shop", **changes) -> Inquiry:
    usual = {"reject_reason": 6, "resolved_at": DECLINED_AT, "decided_by": by, "version": 2}
    return an_inquiry(**({"state": InquiryState.DECLINED} | usual | changes))


def appealed(claim=None, was: Inquiry | None = None, now=DECLINED_AT + A_MOMENT, contract=None):
    """The appeal that this claim becomes, filed again with a new fact unless it says another."""
    claim = claim or a_claim(appeal_of="900", notes="The receipt")
    filing = a_filing(
        attempts=(was or declined(),), inquiry_id="901", contract=contract or a_contract()
    )
    appeal, outcome = claims.submit(claim, filing, now, "request:1")
    assert outcome.inquiries == ((None, appeal),)
    return appeal


def refused(**asked) -> RuleForbids:
    with pytest.raises(RuleForbids) as caught:
        appealed(**asked)
    return caught.value


# In time


def test_an_appeal_comes_within_the_days_of_the_decision_and_is_told_until_when() -> None:
    assert appealed(now=LAST - A_MOMENT).claim.appeal_of == "900"
    late = refused(now=LAST)
    assert late.code == "appeal_too_late"
    assert (
        "within 30 days of its decision, at the end of 9 April 2026 at the latest" in late.message
    )


def test_the_days_are_those_agreed_when_the_first_claim_was_filed() -> None:
    soon = terms(appeal_days=1)
    later = terms(version=2, valid_from=DECLINED_AT, appeal_days=300)
    contract = a_contract(soon, later)
    assert appealed(contract=contract, now=at("2026-03-11 23:59"))
    assert refused(contract=contract, now=at("2026-03-12 00:00")).code == "appeal_too_late"


def test_an_appeal_of_what_was_claimed_in_time_is_not_too_late_for_its_order() -> None:
    contract = a_contract(terms(claim_window_days=(0, 4)))
    assert appealed(contract=contract, now=LAST - A_MOMENT).claim.ordered_at == ORDERED
    moved = a_claim(appeal_of="900", ordered_at=ORDERED - timedelta(days=9))
    assert refused(claim=moved, contract=contract).code == "outside_claim_window"


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_contract_gives_a_year_for_appeals_at_most(days: int) -> None:
    with pytest.raises(Malformed, match="from 1 to 365"):
        terms(appeal_days=days)


def test_terms_that_do_not_speak_of_appeals_give_thirty_days_and_are_kept_as_they_were() -> None:
    usual, other = terms(), terms(appeal_days=14)
    assert "appeal_days" not in usual.to_dict()
    assert Terms.from_dict(usual.to_dict()).appeal_days == 30
    assert Terms.from_dict(other.to_dict()) == other


# With something new


SAID = (
    Comment("Refund Club", "It  was paid BY CARD", DECLINED_AT, side=Role.PARTNER),
    Comment("CD Shop", "Not traced", DECLINED_AT, side=Role.ADVERTISER),
    Comment("Refund Club", "Older than sides", DECLINED_AT),
)


@pytest.mark.parametrize("notes", ["", "  ", "first", "it was paid by card", "Older than sides"])
def test_what_the_partner_has_said_already_is_nothing_new(notes: str) -> None:
    was = declined(claim=a_claim(notes="First"), comments=SAID)
    problem = refused(claim=a_claim(appeal_of="900", notes=notes), was=was)
    assert (problem.code, [each.field for each in problem.faults]) == (
        "nothing_new",
        ["InquiryNotes"],
    )


@pytest.mark.parametrize(
    "says",
    [
        {"notes": "The receipt"},
        {"notes": "Not traced"},
        {"order_amount": usd(1)},
        {"ordered_at": ORDERED - timedelta(hours=1)},
        {"expected_payout": usd(7)},
        {"customer_id": "c-1"},
        {"tracking_link": "https://shop.example/?click=1"},
    ],
)
def test_a_fact_or_a_corrected_detail_is_new(says: dict) -> None:
    assert appealed(a_claim(appeal_of="900", **says), declined(comments=SAID)).is_live


# By somebody else


def case_of(appeal: Inquiry, first: Inquiry | None):
    return replace(a_case(), inquiry=appeal, appealed=first)


def decide(state: InquiryState, by: str, first: Inquiry | None) -> Inquiry:
    resolution = a_resolution(state, inquiry_id="901")
    now = DECLINED_AT + timedelta(days=2)
    decided, _, outcome = resolutions.resolve(resolution, case_of(appealed(), first), now, by)
    assert outcome.inquiries[0][1] == decided
    return decided


FINAL = [InquiryState.VALID, InquiryState.DECLINED]


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize("by", [ANN, "person:p-1 Ann Married"])
def test_who_declined_a_claim_does_not_decide_its_appeal(state: InquiryState, by: str) -> None:
    with pytest.raises(RuleForbids) as caught:
        decide(state, by, declined(ANN))
    assert caught.value.code == "decided_before"
    assert "somebody else" in caught.value.message


@pytest.mark.parametrize("state", FINAL)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ANN, BEN),
        (ANN, "api:shop"),
        ("api:shop", "api:shop"),
        ("api:shop", ANN),
        ("rule:tracked", ANN),
        ("person:p-11 Ann", ANN),
    ],
)
def test_another_person_decides_an_appeal_and_a_machine_decides_both(state, first, second) -> None:
    assert decide(state, second, declined(first)).decided_by == second


def test_neither_of_two_who_accepted_a_claim_decides_its_appeal() -> None:
    made = FirstDecision(usd(500), "4000", ANN, DECLINED_AT, 2)
    accepted = declined(BEN, state=InquiryState.VALID, first=made)
    for by in (ANN, BEN):
        with pytest.raises(RuleForbids, match="somebody else"):
            decide(InquiryState.DECLINED, by, accepted)
    assert decide(InquiryState.DECLINED, "person:p-3 Cem", accepted)
    assert decide(InquiryState.DECLINED, ANN, replace(accepted, state=InquiryState.DECLINED))


def test_who_declined_a_claim_may_still_ask_about_its_appeal() -> None:
    assert decide(InquiryState.INCOMPLETE, ANN, declined(ANN)).state is InquiryState.INCOMPLETE


# What comes of it


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (InquiryState.UNRESOLVED, AppealState.OPEN),
        (InquiryState.INCOMPLETE, AppealState.OPEN),
        (InquiryState.VALID, AppealState.OVERTURNED),
        (InquiryState.DECLINED, AppealState.UPHELD),
        (InquiryState.WITHDRAWN, AppealState.WITHDRAWN),
    ],
)
def test_a_decision_keeps_what_became_of_its_appeal_and_all_that_it_was(state, told) -> None:
    first, appeal = declined(), replace(appealed(), state=state)
    outcome = appeals.followed([(None, appeal)], {"900": first}.get)
    ((before, after),) = outcome.inquiries
    assert before == first
    assert after.appealed is not None
    assert (after.appealed.appeal_id, after.appealed.state) == ("901", told)
    assert replace(after, appealed=None) == first
    assert not appeals.followed([(appeal, replace(appeal, version=9))], {"900": after}.get)


def test_what_appeals_nothing_changes_no_decision() -> None:
    assert not appeals.followed([(None, an_inquiry())], {"900": declined()}.get)
    assert not appeals.followed([(None, appealed())], {}.get)
