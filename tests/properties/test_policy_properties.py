"""Whatever a policy says: what no rule may decide, no rule decides; every record replays."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from makegood.domain import policy_faults
from makegood.domain.inquiries import InquiryType
from makegood.domain.policies import TRACKED, Cap, Policy, Then
from makegood.domain.policy_conditions import Facts
from makegood.domain.policy_evaluation import Decision, Stage, Why, evaluate, replay, stage_of
from makegood.domain.policy_options import Options
from makegood.domain.verdicts import Verdict

from tests.builders import LEAD, SALE
from tests.policies import FACTS, OPTIONS, POLICIES

VERSIONS = st.none() | POLICIES
USED = st.dictionaries(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(Cap)), st.integers(0, 2_000)
)
NEVER = {None, Verdict.NO_DATA, Verdict.CANDIDATES, Verdict.TAKEN}


@given(VERSIONS, OPTIONS, FACTS, USED)
@settings(max_examples=100)
def test_no_policy_decides_what_no_rule_may_decide(policy, options, facts, used) -> None:
    decision = evaluate(policy, options, facts, used)
    if decision.answer is Then.REVIEW:
        return
    assert not facts.tripped
    if facts.holder is not None:
        assert decision.answer is Then.DECLINE
        assert facts.inquiry_type is InquiryType.UNTRACKED
        rules = (*(policy.rules if policy else ()), *options.rules)
        named = [each for each in rules if each.name == decision.rule]
        assert any(stage_of(each) is Stage.TRACKED for each in named)
        return
    assert not facts.disputed
    assert not facts.alike
    assert facts.inquiry_type is not InquiryType.INCORRECT
    was_set = decision.rule == f"approval:{options.partner_id}"
    assert facts.verdict not in NEVER or (was_set and not facts.has_orders)
    if decision.answer is Then.APPROVE and not was_set:
        assert facts.verdict in {Verdict.MATCH, Verdict.MISMATCH, Verdict.PARTLY_UNDONE}
        assert all(each.fits for each in decision.caps)


@given(VERSIONS, OPTIONS, FACTS, USED)
def test_every_record_gives_the_same_answer_again(
    policy: Policy | None, options: Options, facts: Facts, used
) -> None:
    decision = evaluate(policy, options, facts, used)
    kept = Decision.from_dict(json.loads(json.dumps(decision.to_dict())))
    assert kept == decision
    assert replay(kept, policy) == decision


@given(POLICIES, OPTIONS, FACTS)
def test_the_order_of_rules_of_different_kinds_changes_nothing(policy, options, facts) -> None:
    by_kind = sorted(policy.rules, key=lambda each: -stage_of(each).value)
    again = Policy(policy.version, tuple(by_kind), policy.sample, policy.breaker)
    assert evaluate(again, options, facts) == evaluate(policy, options, facts)


@given(POLICIES, FACTS)
@settings(max_examples=100)
def test_a_rule_that_decides_is_never_refused_as_one_that_cannot_match(policy, facts) -> None:
    """What is called overtaken or impossible decides nothing, whatever is asked."""
    if len({each.name for each in policy.rules}) < len(policy.rules):
        return
    decision = evaluate(policy, Options(), facts)
    faults = policy_faults.faults(policy, "USD", [SALE, LEAD])
    dead = [each.message for each in faults if each.code in ("policy_never", "policy_overtaken")]
    if decision.why is Why.RULE and decision.rule != TRACKED:
        assert not any(each.startswith(f"Rule {decision.rule}: ") for each in dead)
