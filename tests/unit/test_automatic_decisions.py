"""Automatic decisions: all of them in one order, and of several objections the first is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import automatic_decisions
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.automatic_decisions import AutomaticRule
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.outcome import RuleSpend
from makegood.domain.resolutions import Case

from tests.builders import (
    A_MOMENT,
    ORDERED,
    a_case,
    a_claim,
    a_contract,
    a_filing,
    a_rule,
    an_action,
    an_inquiry,
    terms,
    usd,
)

NOW = ORDERED + timedelta(days=2)
FULL = RuleSpend("1000", "10001", "2026-03", "USD", granted_minor=1_000_000)
NOT_YET = a_contract(terms(valid_from=NOW + A_MOMENT))

WRONG_IN_ALL = a_claim(InquiryType.INCORRECT, appeal_of="899", order_amount=Money(10_000, "EUR"))
APPEAL_IN_EUROS = replace(WRONG_IN_ALL, inquiry_type=InquiryType.UNTRACKED)
IN_EUROS = replace(APPEAL_IN_EUROS, appeal_of="")
TOO_MUCH = a_claim(expected_payout=usd(1_000_000))
STINGY = a_rule(payout_max=usd(100), month_max=usd(100))


def waiting(claim=TOO_MUCH, **changes) -> Inquiry:
    return an_inquiry(claim, auto_approval_at=NOW, **changes)


def case(inquiry: Inquiry, *earlier, **changes) -> Case:
    return a_case(*earlier, inquiry=inquiry, **changes)


DECIDED = waiting(state=InquiryState.VALID)
TRACKED = an_action()


@pytest.mark.parametrize(
    ("case", "rule", "disputed", "told"),
    [
        (case(DECIDED, contract=None), None, True, "there is no approval rule any more"),
        (case(DECIDED, contract=None), STINGY, True, "the inquiry is VALID"),
        (case(waiting(), contract=None), STINGY, True, "another live inquiry is about the same"),
        (case(waiting(), contract=None), STINGY, False, "there is no contract"),
        (case(waiting(WRONG_IN_ALL), TRACKED, contract=NOT_YET), STINGY, False, "in force only"),
        (case(waiting(WRONG_IN_ALL), TRACKED), STINGY, False, "decide UNTRACKED inquiries only"),
        (case(waiting(APPEAL_IN_EUROS), TRACKED), STINGY, False, "an appeal is for a person"),
        (case(waiting(IN_EUROS), TRACKED), STINGY, False, "the order is credited already"),
        (case(waiting(IN_EUROS)), STINGY, False, "the rule's limits are in USD"),
        (case(waiting()), STINGY, False, "the payout 10000.00 is not below the rule's maximum"),
        (case(waiting()), a_rule(payout_max=usd(9_000_000)), False, "the month's total would not"),
    ],
)
def test_of_several_objections_the_first_in_order_is_told(
    case: Case, rule: ApprovalRule | None, disputed: bool, told: str
) -> None:
    left, action, _ = automatic_decisions.decide(case, rule, FULL, NOW, disputed)
    assert (left.state, action) == (case.inquiry.state, None)
    assert left.checks[-1].startswith("approval rule: not applied, ")
    assert told in left.checks[-1]


def test_a_rule_that_is_an_entry_is_asked_on_both_occasions_and_in_its_turn(monkeypatch) -> None:
    """A new rule needs nothing but its entry; who decides an inquiry is the last one asked."""
    asked = []

    def on_filing(name: str, decides: bool = False):
        def rule(inquiry: Inquiry, filing, now) -> Inquiry:
            asked.append(name)
            return inquiry.moved(InquiryState.DECLINED) if decides else inquiry.checked(name)

        return rule

    def when_due(due, now) -> str:
        return f"not on {now:%A}"

    rules = (
        AutomaticRule("first", on_filing("first"), when_due),
        AutomaticRule("second", on_filing("second", decides=True)),
        AutomaticRule("third", on_filing("third"), when_due),
    )
    monkeypatch.setattr(automatic_decisions, "RULES", rules)
    filed = automatic_decisions.on_filing(an_inquiry(), a_filing(), NOW)
    assert (filed.state, asked) == (InquiryState.DECLINED, ["first", "second"])
    left, _, outcome = automatic_decisions.decide(case(waiting()), a_rule(), FULL, NOW)
    day = f"not on {NOW:%A}"
    assert left.checks[-2:] == (f"first: not applied, {day}", f"third: not applied, {day}")
    assert outcome.inquiries[0][1] == left
