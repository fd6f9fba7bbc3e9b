"""Policies: which rule decides, what no rule may decide, and which policies make no sense."""

import json
from dataclasses import replace
from typing import Any

import pytest
from makegood.domain import policy_evaluation, policy_faults
from makegood.domain.approval_rules import Wait
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import Money
from makegood.domain.policies import TRACKED, At, Cap, Offer, Policy, Then
from makegood.domain.policy_conditions import Holder
from makegood.domain.policy_evaluation import Decision, Why, evaluate, replay
from makegood.domain.policy_options import NO_OPTIONS, Options
from makegood.domain.problems import Malformed
from makegood.domain.verdicts import Verdict

from tests.builders import LEAD, SALE, usd
from tests.policies import a_policy, approve, decline, facts, on, review, when

CLEAR = a_policy(decline(), approve())
SET = Options(declines_tracked=True, partner_id="10001", offer=Offer(SALE, At.FILED))


def said(policy: Policy | None, options: Options = NO_OPTIONS, **changes: Any) -> tuple[Any, ...]:
    decision = evaluate(policy, options, facts(**changes))
    return decision.answer, decision.why, decision.rule


# What decides


def test_declines_come_before_guards_and_guards_before_approvals_however_they_are_written() -> None:
    undone_or_match = on("UNDONE", "MATCH")
    rules = (approve(), review(undone_or_match), decline())
    for policy in (a_policy(*rules), a_policy(*reversed(rules))):
        assert said(policy, verdict=Verdict.UNDONE) == (Then.DECLINE, Why.RULE, "undone")
        assert said(policy) == (Then.REVIEW, Why.RULE, "look")


def test_among_rules_of_one_kind_the_first_that_holds_decides() -> None:
    small = approve(on("MATCH"), when("PAYOUT", "AT_MOST", "4.00 USD"), name="small")
    assert said(a_policy(small, approve()))[2] == "matches"
    assert said(a_policy(small, approve()), pays=((f"{SALE}:SHOP", usd(400)),))[2] == "small"


def test_what_no_rule_decides_a_person_decides() -> None:
    assert said(a_policy(decline())) == (Then.REVIEW, Why.NO_RULE, "")
    assert said(None) == (Then.REVIEW, Why.NO_RULE, "")


@pytest.mark.parametrize(
    ("condition", "met", "not_met"),
    [
        (when("INQUIRY_TYPE", "ONE_OF", ["DECLINED"]), {"inquiry_type": InquiryType.DECLINED}, {}),
        (when("PARTNER", "NONE_OF", ["10001"]), {"partner_id": "10002"}, {}),
        (when("PAYOUT", "AT_MOST", "5.00 USD"), {}, {"pays": ((f"{SALE}:SHOP", usd(501)),)}),
        (when("PAYOUT", "AT_LEAST", "5.00 USD"), {}, {"pays": ((f"{SALE}:SHOP", usd(499)),)}),
        (when("AMOUNT", "AT_MOST", "100.00 USD"), {}, {"amount": Money(1, "EUR")}),
        (when("AGE_DAYS", "AT_MOST", 5), {}, {"age_days": 6}),
        (when("ATTEMPTS", "AT_MOST", 0), {}, {"attempts": 1}),
        (when("CUSTOMER_CLAIMS", "AT_MOST", 2, 7), {"customer_claims": ((7, 2),)}, {}),
        (when("ACCEPTED_SHARE", "AT_LEAST", 0), {"accepted_share": 0}, {"accepted_share": None}),
        (when("APPEAL", "ONE_OF", ["YES"]), {"is_appeal": True}, {}),
        (when("EVIDENCE", "ONE_OF", ["YES"]), {"has_evidence": True}, {}),
        (when("EVIDENCE", "NONE_OF", ["YES"]), {}, {"has_evidence": True}),
        (when("PROMO_CODE", "ONE_OF", ["NO"]), {}, {"has_promo_code": True}),
    ],
)
def test_a_rule_holds_where_its_conditions_do_and_for_nothing_unknown(
    condition: Any, met: dict[str, Any], not_met: dict[str, Any]
) -> None:
    policy = a_policy(approve(on("MATCH"), condition))
    assert said(policy, **met)[0] is Then.APPROVE
    assert said(policy, **not_met) == (Then.REVIEW, Why.NO_RULE, "")


def test_an_appeal_is_for_a_person_unless_a_rule_asks_for_appeals() -> None:
    assert said(CLEAR, is_appeal=True) == (Then.REVIEW, Why.NO_RULE, "")
    assert said(None, SET, is_appeal=True, holder=Holder.OTHER)[:2] == (Then.REVIEW, Why.TRACKED)


# Never by any rule


@pytest.mark.parametrize(
    ("never", "why"),
    [
        ({"holder": Holder.OWN}, Why.TRACKED),
        ({"holder": Holder.OTHER}, Why.TRACKED),
        ({"inquiry_type": InquiryType.INCORRECT}, Why.TRACKED),
        ({"disputed": True}, Why.DISPUTED),
        ({"alike": "CD-1"}, Why.ALIKE),
        ({"verdict": None}, Why.NO_VERDICT),
        ({"verdict": Verdict.NO_DATA}, Why.NO_VERDICT),
        ({"verdict": Verdict.CANDIDATES}, Why.NO_VERDICT),
        ({"verdict": Verdict.TAKEN}, Why.NO_VERDICT),
        ({"verdict": Verdict.NOT_YET}, Why.NO_VERDICT),
        ({"tripped": "the day's cap is reached"}, Why.BREAKER),
    ],
)
def test_what_no_rule_may_touch_goes_to_a_person(never: dict[str, Any], why: Why) -> None:
    old = decline(when("AGE_DAYS", "AT_LEAST", 0), name="old", reason=4)
    asks = {**review(on(*map(str, Verdict)), name="ask"), "Then": "ASK", "Text": "Which shop?"}
    for policy in (CLEAR, a_policy(old), a_policy(asks)):
        assert said(policy, **never)[:2] == (Then.REVIEW, why)


def test_a_tracked_order_is_declined_first_of_all_where_the_campaign_says_so() -> None:
    for policy in (None, CLEAR):
        told = said(policy, SET, holder=Holder.OTHER, disputed=True, verdict=None)
        assert told == (Then.DECLINE, Why.RULE, TRACKED)


def test_a_rule_that_was_set_needs_no_verdict_until_the_first_order_file_and_then_a_match() -> None:
    name = "approval:10001"
    assert said(None, SET, verdict=None, has_orders=False) == (Then.APPROVE, Why.RULE, name)
    assert said(None, SET)[2] == name
    for verdict in {None, *Verdict} - {Verdict.MATCH}:
        assert said(None, SET, verdict=verdict)[0] is Then.REVIEW
    assert said(None, SET, verdict=None, has_orders=False, partner_id="10002")[0] is Then.REVIEW


def test_a_guard_keeps_a_rule_that_was_set_from_a_claim_without_a_verdict() -> None:
    guard = a_policy(review(when("PARTNER", "ONE_OF", ["10001"])))
    told = said(guard, SET, verdict=None, has_orders=False)
    assert told == (Then.REVIEW, Why.RULE, "look")


# Caps and the sample


@pytest.mark.parametrize("cap", Cap)
def test_a_cap_is_kept_to_the_last_cent(cap: Cap) -> None:
    before = 0 if cap is Cap.CLAIM else 200
    for most, answer in ((before + 500, Then.APPROVE), (before + 499, Then.REVIEW)):
        policy = a_policy(approve(Caps={str(cap): f"{usd(most)} USD"}))
        decision = evaluate(policy, NO_OPTIONS, facts(), {("matches", cap): 200})
        assert decision.answer is answer
        (use,) = decision.caps
        assert (use.before, use.after) == (before, before + 500)


def test_a_cap_for_a_customer_does_not_let_pass_who_is_unknown() -> None:
    policy = a_policy(approve(Caps={"CustomerMonth": "100.00 USD"}))
    assert said(policy, customer_known=False)[1] is Why.CAP


def test_a_sample_of_approvals_goes_to_a_person_and_rules_that_were_set_have_none() -> None:
    policy = a_policy(approve(), SamplePercent="2")
    told = [said(policy, draw=at)[1] for at in (0, 199, 200)]
    assert told == [Why.SAMPLE, Why.SAMPLE, Why.RULE]
    only_set = a_policy(decline(), SamplePercent=100)
    assert said(only_set, SET, draw=0)[0] is Then.APPROVE


def test_the_draw_is_even() -> None:
    drawn = sum(policy_evaluation.draw(str(number)) < 200 for number in range(20_000))
    assert 300 < drawn < 500


def test_a_payout_that_nobody_can_name_is_not_paid() -> None:
    assert said(CLEAR, pays=())[:2] == (Then.REVIEW, Why.NO_PAYOUT)


# What is refused

BOTH = approve(on("MATCH", "MISMATCH"))
SENSELESS = [
    ([approve(when("AGE_DAYS", "AT_MOST", 9))], "matches", "policy_no_verdict"),
    ([approve(on("MATCH", "NO_DATA"))], "matches", "policy_no_verdict"),
    ([approve(on("NOT_FOUND"))], "matches", "policy_no_verdict"),
    ([approve(when("VERDICT", "NONE_OF", ["TAKEN"]))], "matches", "policy_no_verdict"),
    ([approve(on("MISMATCH"), At="CLAIM")], "matches", "policy_at"),
    ([approve(on("PARTLY_UNDONE"), Payout="3.00 USD")], "matches", "policy_at"),
    ([approve(on("MATCH"), ActionTrackerId="9")], "matches", "unknown_event_type"),
    ([approve(on("MATCH"), on("UNDONE"))], "matches", "policy_never"),
    ([approve(on("MATCH"), when("HOLDER", "ONE_OF", ["OWN"]))], "matches", "policy_never"),
    (
        [approve(on("MATCH"), when("INQUIRY_TYPE", "ONE_OF", ["INCORRECT"]))],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("AGE_DAYS", "AT_MOST", 3), when("AGE_DAYS", "AT_LEAST", 4))],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("PAYOUT", "AT_LEAST", "5 USD"), Caps={"Claim": "4.99 USD"})],
        "matches",
        "policy_never",
    ),
    ([approve(Payout="5.00 USD", Caps={"CampaignDay": "4.00 USD"})], "matches", "policy_never"),
    ([approve(Caps={"Claim": "5 USD", "PartnerMonth": "4 USD"})], "matches", "policy_cap"),
    ([approve(Caps={"Claim": "5 EUR"})], "matches", "foreign_currency"),
    ([approve(Days=3)], "matches", "policy_wait"),
    ([decline(on("UNDONE", "TAKEN"))], "undone", "policy_verdict"),
    ([decline(on("MATCH"))], "undone", "policy_contradiction"),
    ([decline(when("AGE_DAYS", "AT_LEAST", 90))], "undone", "policy_contradiction"),
    ([decline(on("UNDONE"), reason=6)], "undone", "policy_contradiction"),
    ([decline(when("HOLDER", "ONE_OF", ["OTHER"]), reason=1)], "undone", "policy_contradiction"),
    ([decline(on("UNDONE"), reason=0)], "undone", "policy_reason"),
    ([decline(on("UNDONE"), when("APPEAL", "ONE_OF", ["YES"]))], "undone", "policy_appeal"),
    (
        [{"Name": "all", "Then": "DECLINE", "Reason": 9, "When": []}],
        "all",
        "policy_conditions",
    ),
    ([{"Name": "ask", "Then": "ASK", "When": [on("MISMATCH")]}], "ask", "policy_text"),
    ([approve(), approve(name="Matches")], "Matches", "policy_name"),
    ([approve(name="approval:10001")], "approval:10001", "policy_name"),
    ([approve(), review(name="all")], "matches", "policy_overtaken"),
    ([review(on("MATCH")), approve()], "matches", "policy_overtaken"),
    (
        [decline(), decline(on("UNDONE"), when("AGE_DAYS", "AT_MOST", 9), name="young")],
        "young",
        "policy_overtaken",
    ),
    ([approve(), approve(on("MATCH"), name="again", Payout="9 USD")], "again", "policy_overtaken"),
    (
        [review(on("MATCH"), name="a"), review(on("MISMATCH"), name="b"), BOTH],
        "matches",
        "policy_overtaken",
    ),
    (
        [
            review(when("EVIDENCE", "ONE_OF", ["YES"]), name="a"),
            review(when("EVIDENCE", "ONE_OF", ["NO"]), name="b"),
            approve(),
        ],
        "matches",
        "policy_overtaken",
    ),
    (
        [
            review(when("INQUIRY_TYPE", "ONE_OF", ["UNTRACKED"]), name="a"),
            review(when("INQUIRY_TYPE", "ONE_OF", ["DECLINED"]), name="b"),
            approve(),
        ],
        "matches",
        "policy_overtaken",
    ),
    (
        [
            decline(on("UNDONE"), when("AGE_DAYS", "AT_MOST", 9), name="a"),
            decline(on("UNDONE"), when("AGE_DAYS", "AT_LEAST", 20), name="b"),
            decline(on("UNDONE"), when("AGE_DAYS", "AT_LEAST", 5), when("AGE_DAYS", "AT_MOST", 25)),
            decline(on("UNDONE"), when("AGE_DAYS", "AT_MOST", 30), name="late"),
        ],
        "late",
        "policy_overtaken",
    ),
    ([approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_MOST", 0, 30))], "matches", "policy_never"),
    (
        [
            approve(
                on("MATCH"),
                when("CUSTOMER_CLAIMS", "AT_MOST", 2, 30),
                when("CUSTOMER_CLAIMS", "AT_LEAST", 5, 7),
            )
        ],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("APPEAL", "ONE_OF", ["YES"]), when("ATTEMPTS", "AT_MOST", 0))],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("AMOUNT", "AT_LEAST", "5000000.01 USD"))],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("PROMO_CODE", "ONE_OF", ["YES"]))],
        "matches",
        "policy_never",
    ),
    (
        [approve(on("MATCH"), when("PROMO_CODE", "ONE_OF", ["NO"]))],
        "matches",
        "policy_contradiction",
    ),
]


@pytest.mark.parametrize(("rules", "name", "code"), SENSELESS)
def test_a_senseless_policy_is_refused_with_the_rules_name(
    rules: Any, name: str, code: str
) -> None:
    (fault,) = policy_faults.faults(a_policy(*rules), "USD", [SALE, LEAD])
    assert fault.code == code
    assert fault.message.startswith(f"Rule {name}: ")


SENSIBLE = [
    [approve(), decline()],
    [approve(on("MATCH", "MISMATCH", "PARTLY_UNDONE"))],
    [approve(Payout="3.00 USD", Caps={"Claim": "3.00 USD"})],
    [approve(on("MATCH"), when("APPEAL", "ONE_OF", ["YES"]), name="won"), approve()],
    [approve(on("MATCH"), when("PAYOUT", "AT_MOST", "5 USD")), approve(name="all others")],
    [decline(on("NOT_FOUND"), reason=6), decline(on("UNDONE", "MISMATCH"), name="b")],
    [decline(when("HOLDER", "ONE_OF", ["OWN"]), reason=1), decline(name="b")],
    [decline(when("HOLDER", "NONE_OF", ["OWN"]), reason=2), approve()],
    [decline(when("AGE_DAYS", "AT_LEAST", 90), reason=4), review(name="all else")],
    [review(on("NO_DATA")), approve()],
    [
        {"Name": "ask", "Then": "ASK", "Text": "Which shop?", "When": [on("MISMATCH")]},
        approve(on("MISMATCH"), name="after the answer"),
    ],
    [
        review(when("CUSTOMER_CLAIMS", "AT_MOST", 9, 7), name="rare"),
        review(when("CUSTOMER_CLAIMS", "AT_LEAST", 10, 7), name="often"),
        approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_LEAST", 2, 7)),
    ],
    [
        review(when("AMOUNT", "AT_MOST", "10 USD"), name="small"),
        review(when("AMOUNT", "AT_LEAST", "20 USD"), name="large"),
        approve(on("MATCH"), when("AMOUNT", "AT_MOST", "30 USD")),
    ],
    [decline(when("HOLDER", "ONE_OF", ["OTHER"]), when("PROMO_CODE", "ONE_OF", ["NO"]), reason=2)],
    [{"Name": "ask", "Then": "ASK", "Text": "Which shop?", "When": [on("MISMATCH")]}],
    [
        approve(on("MATCH"), when("PARTNER", "ONE_OF", ["1"])),
        approve(on("MATCH"), when("PARTNER", "NONE_OF", ["1", "2"]), name="others"),
    ],
]


@pytest.mark.parametrize("rules", SENSIBLE)
def test_a_sensible_policy_is_taken_and_says_the_same_when_it_is_read_again(rules: Any) -> None:
    policy = a_policy(*rules, Breaker={"Last": 20, "AtMost": 90})
    assert policy_faults.faults(policy, "USD", [SALE, LEAD]) == ()
    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({**approve(), "Reason": 5}, "Rule matches: APPROVE does not take Reason"),
        ({**approve(), "At": "FILED"}, "Rule matches: At is one of SHOP, CLAIM, STATED"),
        ({**approve(), "At": "STATED"}, "Rule matches: Payout, above zero, goes with STATED"),
        ({**approve(), "typo": 1}, "A rule has Name, Then, When"),
        (approve(when("PAYOUT", "ONE_OF", ["5"])), "PAYOUT is compared by AT_MOST or AT_LEAST"),
        (approve(when("VERDICT", "ONE_OF", ["FINE"])), "VERDICT is one of TAKEN"),
        (approve(when("VERDICT", "ONE_OF", [])), "1 to 100 values, each once"),
        (approve(when("AGE_DAYS", "AT_MOST", "9.5")), "AGE_DAYS is compared with a whole number"),
        (approve(when("AGE_DAYS", "AT_MOST", 9, 7)), "goes with CUSTOMER_CLAIMS, and only there"),
        (approve(when("CUSTOMER_CLAIMS", "AT_MOST", 9)), "Days, from 1 to 31"),
        (approve(when("ACCEPTED_SHARE", "AT_MOST", 101)), "compared with 0 to 100"),
        (approve(Caps={"Claim": "0 USD"}), "it is above zero"),
        (approve(Caps={"Day": "1 USD"}), "check Day"),
    ],
)
def test_what_cannot_be_read_says_what_may_stand_there(rule: Any, told: str) -> None:
    with pytest.raises(Malformed) as refused:
        a_policy(rule)
    assert told in refused.value.message


# The record


def test_a_record_keeps_each_condition_with_what_it_saw_and_gives_the_same_answer_again() -> None:
    policy = a_policy(
        approve(on("MATCH"), when("AGE_DAYS", "AT_MOST", 9), Caps={"CampaignDay": "9.00 USD"})
    )
    options = replace(SET, wait=Wait.DAYS, days=3)
    decision = evaluate(policy, options, facts(), {("matches", Cap.CAMPAIGN_DAY): 100})
    assert [(each.condition, each.saw, each.holds) for each in decision.seen] == [
        ("VERDICT ONE_OF MATCH", "MATCH", True),
        ("AGE_DAYS AT_MOST 9", "5", True),
    ]
    kept = Decision.from_dict(json.loads(json.dumps(decision.to_dict())))
    assert kept == decision
    assert replay(kept, policy) == decision
