"""What a policy said is told to its advertiser from the record, and a sample is not given away."""

from dataclasses import replace

import pytest
from makegood.domain import policy_decisions, policy_evaluation
from makegood.domain.explanations import CODES, Explained, reasons
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.inquiry_reasons import Told
from makegood.domain.parties import Role
from makegood.domain.policies import PARTS, Policy, Then
from makegood.domain.policy_evaluation import Decision, Shadowed, Why
from makegood.domain.policy_options import NO_OPTIONS
from makegood.domain.reasons import About, Asker, Reason

from tests.builders import NEW_YORK, ORDERED, an_inquiry
from tests.policies import a_policy, approve, decline, facts, when

UP_TO = when("PAYOUT", "AT_MOST", "10.00 USD")
POLICY = a_policy(approve(when("VERDICT", "ONE_OF", ["MATCH"]), UP_TO), decline())


def record(policy: Policy = POLICY, **changes: object) -> Decision:
    return policy_evaluation.evaluate(policy, NO_OPTIONS, facts(**changes))


def told(decision: Decision, role: Role = Role.ADVERTISER, **changes: object) -> Reason | None:
    inquiry: Inquiry = policy_decisions.noted(an_inquiry(**changes), decision)
    found = reasons(Explained(Told(inquiry)), Asker(role, ORDERED, NEW_YORK))
    return next((each for each in found if each.about is About.POLICY), None)


def test_a_rule_is_told_with_its_conditions_and_what_they_saw() -> None:
    reason = told(record())
    assert reason is not None
    assert (reason.code, reason.text) == (
        "RULE",
        "By version 2 of the policy, rule matches approves it.",
    )
    assert reason.facts == (
        ("PolicyVersion", "2"),
        ("Rule", "matches"),
        ("Condition", "VERDICT ONE_OF MATCH: MATCH, holds"),
        ("Condition", "PAYOUT AT_MOST 10.00 USD: 5.00 USD, holds"),
        ("Verdict", "MATCH"),
        ("Pays", "5.00 USD"),
    )


def test_a_cap_is_told_before_and_after() -> None:
    capped = a_policy(approve(Caps={"Claim": "4.00 USD"}))
    reason = told(record(capped))
    assert reason is not None
    assert reason.code == "CAP"
    assert reason.text == (
        "By version 2 of the policy, a person decides it: a cap of the rule is reached. The cap "
        "Claim is 4.00 USD."
    )
    assert ("Cap", "Claim: 0.00 USD before, 5.00 USD after, 4.00 USD at most") in reason.facts


@pytest.mark.parametrize("shadow", [None, Shadowed(3, Then.APPROVE, Why.RULE, "matches")])
def test_a_sampled_claim_looks_like_one_that_no_rule_decides(shadow: Shadowed | None) -> None:
    sampling = replace(POLICY, sample=PARTS)
    sampled = replace(record(sampling), shadow=shadow)
    assert sampled.why is Why.SAMPLE
    none = record(replace(POLICY, rules=POLICY.rules[1:]))
    assert none.why is Why.NO_RULE
    assert told(sampled) == told(replace(none, shadow=shadow)) == told(none)
    decided = told(
        sampled, state=InquiryState.DECLINED, reject_reason=9, resolved_at=ORDERED, decided_by="x"
    )
    assert decided is not None
    assert decided.text == (
        "It was in the sample of version 2 of the policy: rule matches would have approved it."
    )
    assert (("Shadow", "version 3: APPROVE matches") in decided.facts) == bool(shadow)


def test_a_partner_is_told_nothing_of_the_policy() -> None:
    assert told(record(), Role.PARTNER) is None


@pytest.mark.parametrize("why", Why)
def test_every_answer_is_told_in_words(why: Why) -> None:
    reason = told(replace(record(), why=why))
    assert reason is not None
    assert reason.code in CODES[About.POLICY]
    assert reason.text.endswith(".")
