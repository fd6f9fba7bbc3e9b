"""Approval rules: when they approve, what they leave to a person, and what a month may come to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import approval_rules, automatic_decisions, claims, resolutions
from makegood.domain.actions import ActionState
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.outcome import RuleSpend

from tests.builders import (
    A_MOMENT,
    CLEARS,
    LEAD,
    NEW_YORK,
    ORDERED,
    SALE,
    a_case,
    a_claim,
    a_contract,
    a_filing,
    a_resolution,
    a_rule,
    an_action,
    an_inquiry,
    at,
    cash_of,
    terms,
    usd,
)

NOW = ORDERED + timedelta(days=2)
NOTHING_YET = RuleSpend("1000", "10001", "2026-03", "USD")


def decide(rule: ApprovalRule | None, case=None, spend=NOTHING_YET, now=NOW):
    return automatic_decisions.decide(case or a_case(inquiry=waiting()), rule, spend, now)


def waiting(claim=None, **changes):
    return an_inquiry(claim, auto_approval_at=NOW, **changes)


def assert_left_to_a_person(result, inquiry, reason: str = "") -> None:
    """Nothing but the inquiry changes: it keeps its state, loses its date, and says why."""
    left, action, outcome = result
    assert action is None
    assert outcome == claims.Outcome(inquiries=((inquiry, left),))
    assert (left.state, left.auto_approval_at) == (inquiry.state, None)
    assert left.version == inquiry.version + 1
    assert reason in left.checks[-1]


# When


@pytest.mark.parametrize(
    ("wait", "days", "filed", "due"),
    [
        (Wait.IMMEDIATELY, 0, "2026-03-05 10:00", "2026-03-05 10:00"),
        (Wait.DAYS, 0, "2026-03-05 10:00", "2026-03-06"),
        (Wait.DAYS, 3, "2026-03-05 00:00", "2026-03-09"),
        (Wait.DAYS, 3, "2026-03-05 23:59", "2026-03-09"),
        (Wait.DAYS_AFTER_MONTH, 0, "2026-03-01 00:00", "2026-04-01"),
        (Wait.DAYS_AFTER_MONTH, 0, "2026-03-31 23:59", "2026-04-01"),
        (Wait.DAYS_AFTER_MONTH, 10, "2026-01-31 12:00", "2026-02-11"),
        (Wait.DAYS_AFTER_MONTH, 5, "2028-02-29 12:00", "2028-03-06"),
        (Wait.DAYS_AFTER_MONTH, 1, "2025-12-31 23:59", "2026-01-02"),
    ],
)
def test_a_rule_waits_whole_local_days_or_not_at_all(wait, days, filed, due) -> None:
    rule = a_rule(wait=wait, days=days)
    assert approval_rules.due_at(rule, at(filed), NEW_YORK) == at(due)
    claim = a_claim(ordered_at=at(filed))
    inquiry, _ = claims.submit(claim, a_filing(rule=rule), at(filed))
    assert inquiry.auto_approval_at == at(due)


def test_a_grant_counts_in_the_campaigns_calendar_month() -> None:
    months = [
        approval_rules.month_of(at("2026-04-01") + step, NEW_YORK)
        for step in (-A_MOMENT, timedelta())
    ]
    assert months == ["2026-03", "2026-04"]


# What


@pytest.mark.parametrize(
    ("expected", "payout"), [(None, usd(500)), (usd(400), usd(400)), (usd(999), usd(999))]
)
def test_a_rule_grants_what_was_asked_for_or_what_the_contract_pays(expected, payout) -> None:
    case = a_case(inquiry=waiting(a_claim(expected_payout=expected)))
    decided, action, outcome = decide(a_rule(), case)
    assert action is not None
    assert (decided.state, decided.final_payout) == (InquiryState.VALID, payout)
    assert (action.payout, action.event_type_id) == (payout, SALE)
    stated = f"Stated: {payout} USD"
    computed = "Contract version 1, default: 5% of 100.00 USD = 5.00 USD"
    assert action.explanation == (stated if expected else computed)
    assert decided.decided_by == a_rule().name
    assert decided.auto_approval_at is None
    assert outcome.spends == (
        (NOTHING_YET, replace(NOTHING_YET, granted_minor=payout.minor, version=1)),
    )


def test_a_rule_credits_its_own_event_type() -> None:
    _, action, _ = decide(a_rule(event_type_id=LEAD))
    assert action is not None
    assert (action.event_type_id, action.payout) == (LEAD, usd(300))


def test_what_a_rule_approves_settles_at_once_like_any_other() -> None:
    paid = decide(a_rule(), a_case(inquiry=waiting(), cash=cash_of(500)), now=CLEARS)[1]
    delayed = decide(a_rule(), a_case(inquiry=waiting(), cash=cash_of(499)), now=CLEARS)[1]
    assert paid is not None
    assert delayed is not None
    assert (paid.state, delayed.state) == (ActionState.PAID, ActionState.LOCKED)


@pytest.mark.parametrize(("asked_minor", "approved"), [(999, True), (1_000, False), (1_001, False)])
def test_only_what_is_below_the_maximum_is_approved(asked_minor: int, approved: bool) -> None:
    inquiry = waiting(a_claim(expected_payout=usd(asked_minor)))
    result = decide(a_rule(payout_max=usd(1_000)), a_case(inquiry=inquiry))
    if approved:
        assert result[0].state is InquiryState.VALID
    else:
        assert_left_to_a_person(result, inquiry, "maximum 10.00")


def test_the_contracts_payout_counts_against_the_maximum_when_nothing_was_asked() -> None:
    assert decide(a_rule(payout_max=usd(501)))[0].state is InquiryState.VALID
    assert_left_to_a_person(decide(a_rule(payout_max=usd(500))), waiting(), "maximum")


@pytest.mark.parametrize(
    ("granted_minor", "approved"), [(0, True), (4_499, True), (4_500, False), (9_000, False)]
)
def test_the_months_total_stays_below_its_maximum(granted_minor: int, approved: bool) -> None:
    spend = replace(NOTHING_YET, granted_minor=granted_minor, version=7)
    result = decide(a_rule(month_max=usd(5_000)), spend=spend)
    if approved:
        ((before, after),) = result[2].spends
        assert before == spend
        assert (after.granted_minor, after.version) == (granted_minor + 500, 8)
    else:
        assert_left_to_a_person(result, waiting(), "month")


# What is left to a person


@pytest.mark.parametrize("partner_id", ["10001", "10002"])
@pytest.mark.parametrize("state", [ActionState.PENDING, ActionState.LOCKED, ActionState.PAID])
def test_a_rule_never_approves_a_tracked_order_whoever_is_credited(state, partner_id) -> None:
    tracked = an_action(state, partner_id=partner_id, event_type_id=LEAD)
    case = a_case(tracked, inquiry=waiting())
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, "credited")


def test_an_order_whose_action_was_reversed_is_tracked_no_more() -> None:
    case = a_case(an_action(ActionState.REVERSED), inquiry=waiting())
    assert decide(a_rule(), case)[0].state is InquiryState.VALID


@pytest.mark.parametrize("inquiry_type", [InquiryType.INCORRECT, InquiryType.DECLINED])
def test_a_rule_decides_untracked_orders_only(inquiry_type: InquiryType) -> None:
    case = a_case(inquiry=waiting(a_claim(inquiry_type)))
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, "UNTRACKED")


def test_a_rule_decides_no_appeal_that_was_given_its_date_before_rules_left_appeals_alone() -> None:
    case = a_case(inquiry=waiting(a_claim(appeal_of="899")))
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, "an appeal is for a person")


def test_a_rule_in_another_currency_than_the_claim_decides_nothing() -> None:
    euros = a_claim(order_amount=Money(10_000, "EUR"))
    case = a_case(inquiry=waiting(euros))
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, "USD")


def test_a_rule_that_was_taken_away_meanwhile_approves_nothing() -> None:
    assert_left_to_a_person(decide(None), waiting(), "no approval rule")


@pytest.mark.parametrize("state", sorted(set(InquiryState) - {InquiryState.UNRESOLVED}))
def test_a_rule_overrides_nobody_who_was_faster(state: InquiryState) -> None:
    case = a_case(inquiry=waiting(state=state))
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, str(state))


@pytest.mark.parametrize(
    ("contract", "reason"),
    [
        (None, "no contract"),
        (a_contract(ended_at=NOW), "ended"),
        (a_contract(terms(valid_from=NOW + A_MOMENT)), "in force only from"),
        (a_contract(terms(payouts=terms().payouts[1:])), "pays nothing"),
    ],
    ids=["none", "ended", "not yet", "other events"],
)
def test_without_a_contract_that_pays_for_it_a_rule_approves_nothing(contract, reason) -> None:
    case = a_case(inquiry=waiting(), contract=contract)
    assert_left_to_a_person(decide(a_rule(), case), case.inquiry, reason)


def test_an_advertisers_question_takes_the_inquiry_from_the_rule() -> None:
    question = a_resolution(InquiryState.INCOMPLETE, notes="Which shop?")
    asked, _, _ = resolutions.resolve(question, a_case(inquiry=waiting()), NOW, "reviewer")
    assert asked.auto_approval_at is None


def test_an_order_that_another_live_inquiry_is_about_is_left_to_a_person() -> None:
    case = a_case(inquiry=waiting())
    result = automatic_decisions.decide(case, a_rule(), NOTHING_YET, NOW, disputed=True)
    assert_left_to_a_person(result, waiting(), "another live inquiry")
