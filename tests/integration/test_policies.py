"""A campaign's policy decides what is filed and what has come due, counts it, and keeps why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import automatic_decisions, policy_decisions
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.outcome import Outcome
from makegood.domain.policies import Then
from makegood.domain.policy_evaluation import Decision, Why, replay
from makegood.domain.policy_tallies import AGREED, DIFFERED, SHADOW, Tally
from makegood.domain.policy_versions import State
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.jobs import reconciliation
from makegood.store.store import Store
from makegood.usecases import policy_books
from makegood.usecases.resolve_inquiry import load_cases

from tests.integration import market
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SALE, SHOP, usd
from tests.integration.policies import activate
from tests.policies import a_policy, approve, decline, on, review, when


def seen(store: Store, inquiry: Inquiry) -> Inquiry:
    return store.inquiries([inquiry.inquiry_id])[inquiry.inquiry_id]


def verified(store: Store, inquiry: Inquiry, verdict: Verdict, left: str = "100.00") -> Inquiry:
    """The inquiry after a verdict of the shop's orders, and what the policy says to that."""
    was = seen(store, inquiry)
    kept = KeptVerdict(verdict, "The shop says so.", NOW, order_id="1", left=usd(left))
    told = replace(was, verification=kept)
    view = load_cases(store, [inquiry.inquiry_id], NOW)
    policy_books.load_books(store, view, view.inquiries.values(), NOW)
    question = policy_books.question_of(told, view)
    filing = automatic_decisions.Filing(
        campaign=question.campaign,
        partner=view.partners[inquiry.partner_id],
        contract=question.contract,
        order=question.order,
        attempts=(),
        inquiry_id=inquiry.inquiry_id,
        rule=question.rule,
        book=question.book,
    )
    _, outcome = automatic_decisions.on_verdict(told, filing, NOW)
    store.commit(Outcome(inquiries=((was, told),)) + outcome)
    return seen(store, inquiry)


def records(store: Store, inquiry: Inquiry) -> tuple[Decision, ...]:
    return policy_decisions.records(seen(store, inquiry))


def count(store: Store, name: str, of: str) -> int:
    tally = Tally(CAMPAIGN, name, of)
    return store.tallies([tally]).get(tally, 0)


CLEAR = a_policy(
    decline(), approve(on("MATCH", "PARTLY_UNDONE"), Caps={"CampaignDay": "12.00 USD"})
)


def test_a_match_is_approved_by_the_sweep_and_what_is_undone_is_declined_at_once(
    trading: Store,
) -> None:
    activate(trading, CLEAR)
    good, bad = market.file(trading, "A-1"), market.file(trading, "A-2")
    assert good.auto_approval_at is None
    assert verified(trading, good, Verdict.MATCH).auto_approval_at == NOW
    declined = verified(trading, bad, Verdict.UNDONE)
    assert (declined.state, declined.reject_reason) == (InquiryState.DECLINED, 5)
    assert declined.decided_by == "rule:policy:2:undone"
    assert market.sweep(trading, NOW).approved == 1
    approved = seen(trading, good)
    assert (approved.state, approved.decided_by) == (InquiryState.VALID, "rule:policy:2:matches")
    assert reconciliation.prove(trading)["holds"]
    (kept,) = policy_decisions.records(approved)
    assert [(str(each.cap), each.before, each.after) for each in kept.caps] == [
        ("CampaignDay", 0, 500)
    ]


def test_what_is_partly_undone_is_paid_on_what_is_left(trading: Store) -> None:
    activate(trading, CLEAR)
    inquiry = market.file(trading, "A-1", ExpectedPayout="9.00")
    verified(trading, inquiry, Verdict.PARTLY_UNDONE, left="40.00")
    market.sweep(trading, NOW)
    approved = seen(trading, inquiry)
    assert str(approved.final_payout) == "2.00"
    assert str(trading.actions([approved.action_id])[approved.action_id].order_amount) == "40.00"


def test_the_days_cap_is_kept_and_then_everything_goes_to_people_for_that_day(
    trading: Store,
) -> None:
    activate(trading, CLEAR)
    filed = [market.file(trading, f"A-{at}") for at in range(4)]
    for each in filed:
        verified(trading, each, Verdict.MATCH)
    assert market.sweep(trading, NOW).approved == 2
    left = [each for each in filed if seen(trading, each).is_live]
    whys = {records(trading, each)[-1].why for each in left}
    assert whys == {Why.CAP, Why.BREAKER}
    late = verified(trading, market.file(trading, "B-1"), Verdict.UNDONE)
    assert late.state is InquiryState.UNRESOLVED
    state = trading.breaker(CAMPAIGN, SHOP, NOW.isoformat())
    assert "the cap of 12.00 USD a day of rule matches is reached" in state.tripped
    tomorrow = NOW + timedelta(days=1)
    again = market.file(trading, "C-1", at=tomorrow)
    assert policy_decisions.latest(again).why is Why.NO_VERDICT


def test_a_cap_that_is_used_up_to_the_cent_is_reached_and_one_large_claim_reaches_none(
    trading: Store,
) -> None:
    activate(trading, a_policy(decline(), approve(Caps={"CampaignDay": "10.00 USD"})))
    large = market.file(trading, "L-1")
    assert policy_decisions.latest(verified(trading, large, Verdict.MATCH, "300.00")).why is Why.CAP
    for order_id in ("A-1", "A-2"):
        verified(trading, market.file(trading, order_id), Verdict.MATCH)
    assert not trading.breaker(CAMPAIGN, SHOP, NOW.isoformat()).tripped
    assert market.sweep(trading, NOW).approved == 2
    late = verified(trading, market.file(trading, "B-1"), Verdict.UNDONE)
    assert late.state is InquiryState.UNRESOLVED
    assert policy_decisions.latest(late).why is Why.BREAKER
    state = trading.breaker(CAMPAIGN, SHOP, NOW.isoformat())
    assert (state.trips, state.tripped_day) == (1, "2026-06-10")


def test_the_breaker_opens_for_good_once_the_share_of_approvals_leaves_its_bounds(
    trading: Store,
) -> None:
    activate(trading, a_policy(decline(), approve(), Breaker={"Last": 10, "AtLeast": 50}))
    for at in range(11):
        verified(trading, market.file(trading, f"A-{at}"), Verdict.UNDONE)
    states = trading.breaker(CAMPAIGN, SHOP, NOW.isoformat())
    assert (states.decided, states.accepted) == (10, 0)
    assert states.tripped.startswith("0 of the last 10 decisions by rule were approvals")
    later = market.file(trading, "B-1", at=NOW + timedelta(days=9))
    assert policy_decisions.latest(later).why is Why.BREAKER


def test_a_sampled_claim_goes_to_a_person_who_is_not_told_and_agreement_is_counted(
    trading: Store,
) -> None:
    activate(trading, a_policy(approve(), SamplePercent=100))
    filed = [market.file(trading, f"A-{at}") for at in range(3)]
    for each in filed:
        left = verified(trading, each, Verdict.MATCH)
        assert (left.auto_approval_at, policy_decisions.latest(left).why) == (None, Why.SAMPLE)
        assert not any("match" in check for check in left.checks)
    market.resolve(trading, market.accepted(filed[0].inquiry_id))
    market.resolve(trading, market.declined(filed[1].inquiry_id))
    market.resolve(trading, market.accepted(filed[2].inquiry_id, FinalPayout="1.00"))
    assert (count(trading, AGREED, "2"), count(trading, DIFFERED, "2")) == (1, 2)


def test_a_version_in_the_shadow_is_asked_and_compared_and_decides_nothing(
    trading: Store,
) -> None:
    activate(trading, a_policy(decline(when("AGE_DAYS", "AT_LEAST", 0), reason=4)), shadow=True)
    inquiry = verified(trading, market.file(trading, "A-1"), Verdict.MATCH)
    assert inquiry.state is InquiryState.UNRESOLVED
    assert policy_decisions.latest(inquiry).shadow.answer is Then.DECLINE
    assert count(trading, SHADOW, "2:REVIEW:REVIEW") == 1


def test_a_customers_claims_are_counted_where_the_policy_asks_for_them(trading: Store) -> None:
    few = approve(on("MATCH"), when("CUSTOMER_CLAIMS", "AT_MOST", 1, 7))
    activate(trading, a_policy(few), since=NOW - timedelta(days=7))
    filed = [market.file(trading, f"A-{at}", CustomerId="C1") for at in range(2)]
    facts = [policy_decisions.latest(each).facts.customer_claims for each in filed]
    assert facts == [((7, 1),), ((7, 2),)]
    verified(trading, filed[1], Verdict.MATCH)
    assert market.sweep(trading, NOW).approved == 0


def test_a_span_that_was_not_counted_yet_approves_nothing_and_counts_a_claim_once(
    trading: Store,
) -> None:
    before = [market.file(trading, f"A-{at}", CustomerId="C1") for at in range(2)]
    rare = when("CUSTOMER_CLAIMS", "AT_MOST", 2, 7)
    busy = review(when("CUSTOMER_CLAIMS", "AT_LEAST", 2, 7), name="busy")
    activate(trading, a_policy(busy, approve(on("MATCH"), rare)), since=NOW - timedelta(days=6))
    one = verified(trading, market.file(trading, "B-1", CustomerId="C1"), Verdict.MATCH)
    assert len(before) == 2
    assert one.auto_approval_at is None
    decision = policy_decisions.latest(one)
    assert decision.facts.customer_claims == ((7, 1),)
    assert decision.why is Why.NO_RULE
    two = verified(trading, market.file(trading, "B-2", CustomerId="C1"), Verdict.MATCH)
    assert policy_decisions.latest(two).rule == "busy"
    counted = market.file(trading, "B-3", CustomerId="C2", at=NOW + timedelta(days=1))
    assert policy_decisions.latest(counted).facts.counted_in_part == ()


def test_the_share_of_a_partners_accepted_claims_counts_people_and_rules(trading: Store) -> None:
    good = approve(on("MATCH"), when("ACCEPTED_SHARE", "AT_LEAST", 60))
    activate(trading, a_policy(good))
    first, second = market.file(trading, "A-1"), market.file(trading, "A-2")
    market.resolve(trading, market.accepted(first.inquiry_id))
    market.resolve(trading, market.declined(second.inquiry_id))
    third = verified(trading, market.file(trading, "A-3"), Verdict.MATCH)
    assert policy_decisions.latest(third).facts.accepted_share == 50
    assert third.auto_approval_at is None


def test_a_rule_may_ask_the_partner_once(trading: Store) -> None:
    ask = {"Name": "ask", "Then": "ASK", "Text": "Which amount?", "When": [on("MISMATCH")]}
    activate(trading, a_policy(ask))
    asked = verified(trading, market.file(trading, "A-1"), Verdict.MISMATCH)
    assert (asked.state, asked.comments[-1].text) == (InquiryState.INCOMPLETE, "Which amount?")
    assert asked.asked_by == ("rule:policy:2:ask",)


def test_set_rule_goes_on_working_beside_a_version(trading: Store) -> None:
    trading.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd("6.00"), usd("60.00")))
    activate(trading, a_policy(decline()))
    inquiry = market.file(trading, "A-1")
    assert inquiry.auto_approval_at == NOW
    assert market.file(trading, "A-2", LOYALTY).auto_approval_at is None
    assert market.sweep(trading, NOW).approved == 1
    assert trading.spend(CAMPAIGN, CASHBACK, "2026-06", "USD").granted_minor == 500
    assert records(trading, inquiry)[-1].by == f"rule:approval:{CASHBACK}"


def test_two_claims_of_one_order_are_for_a_person(trading: Store) -> None:
    activate(trading, CLEAR)
    one, two = market.file(trading, "A-1"), market.file(trading, "A-1", LOYALTY)
    assert policy_decisions.latest(two).why is Why.DISPUTED
    verified(trading, one, Verdict.MATCH)
    assert market.sweep(trading, NOW).approved == 0
    assert records(trading, one)[-1].why is Why.DISPUTED


def test_nothing_decided_is_decided_again_by_the_version_that_is_next_in_force(
    trading: Store,
) -> None:
    activate(trading, CLEAR)
    declined = verified(trading, market.file(trading, "A-1"), Verdict.UNDONE)
    activate(trading, a_policy(approve(on("MATCH")), version=3))
    assert verified(trading, declined, Verdict.MATCH).state is InquiryState.DECLINED
    versions = trading.policy_versions(CAMPAIGN, (3, 2, 1))
    campaign = trading.campaigns([CAMPAIGN])[CAMPAIGN]
    assert [(each.number, each.state(campaign)) for each in versions] == [
        (3, State.ACTIVE),
        (2, State.PAST),
    ]


@pytest.mark.parametrize("verdict", Verdict)
def test_every_record_of_a_run_replays(trading: Store, verdict: Verdict) -> None:
    trading.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd("6.00"), usd("60.00")))
    policy = a_policy(decline(), approve(Caps={"PartnerMonth": "7.00 USD"}))
    activate(trading, policy)
    filed = [
        market.file(trading, f"A-{at}", partner)
        for at, partner in enumerate((CASHBACK, LOYALTY, CASHBACK, LOYALTY))
    ]
    for each in filed:
        verified(trading, each, verdict)
    market.sweep(trading, NOW)
    found = [each for inquiry in filed for each in records(trading, inquiry)]
    assert len(found) >= len(filed)
    for each in found:
        assert replay(each, policy) == each
