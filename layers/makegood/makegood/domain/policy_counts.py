"""What a policy counts of a change of an inquiry, and when its breaker opens.

All of it follows from the inquiry before and after, its newest record, and the version in force:
whoever changes an inquiry asks `counted` once, and commits what it says along with the change.
"""

from collections.abc import Iterator
from datetime import datetime

from makegood.domain import calendar, policy_decisions
from makegood.domain.actions import RULE
from makegood.domain.inquiries import Inquiry
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Campaign
from makegood.domain.policies import Cap, Policy, Then
from makegood.domain.policy_decisions import Question
from makegood.domain.policy_evaluation import CapUse, Decision, Why
from makegood.domain.policy_tallies import (
    AGREED,
    DIFFERED,
    SHADOW,
    BreakerState,
    Tallied,
    Tally,
)


def counted(before: Inquiry | None, question: Question, after: Inquiry, now: datetime) -> Outcome:
    """What is counted of this change; nothing where no version is in force or in the shadow."""
    book = question.book
    if book.policy is None and book.shadow is None and not (before and before.decisions):
        return NOTHING
    changes = [
        *_claimed(before, question.campaign, book.policy, after, now),
        *_shares(before, book.policy, after),
        *_grants(before, question, after, now),
        *_agreement(before, after),
        *_compared(before, after),
    ]
    return Outcome(tallies=tuple(changes), breakers=_breaker(before, question, after, now))


def _claimed(
    before: Inquiry | None,
    campaign: Campaign,
    policy: Policy | None,
    after: Inquiry,
    now: datetime,
) -> Iterator[Tallied]:
    """A claim that is filed counts for its customer, where the version asks for that."""
    if before is None and policy and policy.spans and after.claim.customer_id:
        yield Tallied(policy_decisions.claims_on(after, now, campaign), 1)


def _is_decided_now(before: Inquiry | None, after: Inquiry) -> bool:
    was_live = before is None or before.is_live
    return was_live and not after.is_live and not after.state.rules.is_void


def _shares(before: Inquiry | None, policy: Policy | None, after: Inquiry) -> Iterator[Tallied]:
    if policy and policy.asks_for_share and _is_decided_now(before, after):
        decided, accepted = policy_decisions.shares_of(after)
        yield Tallied(decided, 1)
        if after.state.rules.is_accepted:
            yield Tallied(accepted, 1)


def _newest_now(before: Inquiry | None, after: Inquiry) -> Decision | None:
    """The record that this change made; None if it made none."""
    was = before.decisions if before is not None else ()
    return None if after.decisions == was else policy_decisions.latest(after)


def _grants(
    before: Inquiry | None, question: Question, after: Inquiry, now: datetime
) -> Iterator[Tallied]:
    """An approval that is carried out counts for its rule's caps, as long as they have room."""
    decision, policy = _newest_now(before, after), question.book.policy
    if decision is None or policy is None or not decision.by or decision.answer is not Then.APPROVE:
        return
    rule = policy.rule(decision.rule)
    for use in decision.caps if rule else ():
        if rule is not None and use.cap is not Cap.CLAIM:
            tally = policy_decisions.cap_tally(rule, use.cap, question, now)
            yield Tallied(tally, use.after - use.before, use.most.minor)


def _agreement(before: Inquiry | None, after: Inquiry) -> Iterator[Tallied]:
    """Whether the person who decided a sampled claim did what the rule would have done."""
    if before is None or not _is_decided_now(before, after) or after.decided_by.startswith(RULE):
        return
    would = policy_decisions.latest(before)
    if would is None or would.why is not Why.SAMPLE:
        return
    same = after.state.rules.is_accepted and after.final_payout == would.pays
    yield Tallied(sample_tally(after.campaign_id, would.version, same), 1)


def sample_tally(campaign_id: str, version: int, agreed: bool) -> Tally:
    return Tally(campaign_id, AGREED if agreed else DIFFERED, str(version))


def _compared(before: Inquiry | None, after: Inquiry) -> Iterator[Tallied]:
    """What the version in force and the one in the shadow said, counted once for each claim."""
    decision = _newest_now(before, after)
    if before is None and decision is not None and decision.shadow is not None:
        shadow = decision.shadow
        yield Tallied(
            shadow_tally(after.campaign_id, shadow.version, decision.answer, shadow.answer), 1
        )


def shadow_tally(campaign_id: str, version: int, answer: Then, shadow: Then) -> Tally:
    """How often the version in force gave the one answer, and the shadow the other."""
    return Tally(campaign_id, SHADOW, f"{version}:{answer}:{shadow}")


def _breaker(
    before: Inquiry | None, question: Question, after: Inquiry, now: datetime
) -> tuple[tuple[BreakerState, BreakerState], ...]:
    book = question.book
    if book.breaker is None or book.policy is None:
        return ()
    state = _tripped(book.breaker, before, question, after, now)
    by_rule = after.decided_by.startswith(RULE) and _is_decided_now(before, after)
    if by_rule and book.policy.breaker is not None:
        bounds = book.policy.breaker
        state = state.ran(bounds.last, after.state.rules.is_accepted)
        outside = state.share_outside(bounds.last, bounds.at_least, bounds.at_most)
        if outside and not (state.tripped and not state.tripped_day):
            state = state.opened(outside, now)
    return ((book.breaker, state),) if state != book.breaker else ()


def _tripped(
    state: BreakerState,
    before: Inquiry | None,
    question: Question,
    after: Inquiry,
    now: datetime,
) -> BreakerState:
    """The breaker's state, open if this change is the first to see why it has to be."""
    decision = _newest_now(before, after)
    today = calendar.local_day(now, question.campaign.zone)
    if decision is None or state.told(today):
        return state
    if decision.why is Why.BREAKER:
        return state.opened(decision.facts.tripped, now)
    full = next((each for each in decision.caps if _is_reached(each, decision)), None)
    if full is None:
        return state
    most = full.most
    told = f"the cap of {most} {most.currency} a day of rule {decision.rule} is reached"
    return state.opened(told, now, today.isoformat())


def _is_reached(use: CapUse, decision: Decision) -> bool:
    """Whether a day's cap is reached: by a grant that uses it up, or by an approval that does not
    fit into what is left. One that would not fit into a whole day's says nothing of the day.
    """
    if use.cap is not Cap.CAMPAIGN_DAY:
        return False
    if decision.why is Why.CAP:
        return not use.fits and use.after - use.before <= use.most.minor
    granted = decision.by and decision.answer is Then.APPROVE
    return bool(granted) and use.after >= use.most.minor
