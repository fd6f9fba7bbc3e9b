"""What happens when a deadline of an inquiry has come (policy, deadlines).

    half, and 80%, of the advertiser's time     it is told
    its deadline    REVIEW                      it is told, and a person still decides
                    DECLINE                     it is declined, with the contract's reason
                    APPROVE_IF_MATCHED          it is accepted, if the shop's orders match it
    the partner's                               it is declined for lack of information

Silence is a rule like any other: what no rule may ever approve, it does not. `policy_evaluation`
says so, asked about a policy whose one rule is the contract's. A claim without a verdict is never
paid, and a person decides an appeal, and which of two open claims of one order is declined.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from makegood.domain import policy_counts, policy_decisions, policy_evaluation, resolutions
from makegood.domain.actions import RULE
from makegood.domain.automatic_decisions import Decision, FallenDue
from makegood.domain.deadlines import REASON_INCOMPLETE, Clock, Deadlines, Silence, Step
from makegood.domain.inquiries import Inquiry, InquiryState, Resolution
from makegood.domain.outcome import Outcome
from makegood.domain.policies import At, Offer, Policy, Rule, Then
from makegood.domain.policy_conditions import Condition, Operator, Variable
from makegood.domain.policy_options import NO_OPTIONS
from makegood.domain.problems import Problem
from makegood.domain.verdicts import HoldKind, Verdict

DISPUTED = policy_decisions.WHY[policy_evaluation.Why.DISPUTED]
BY_DEADLINE, BY_LAPSE = f"{RULE}deadline", f"{RULE}lapse"


def is_due(inquiry: Inquiry, now: datetime) -> bool:
    """Whether something of its clock is due."""
    clock = inquiry.clock
    if clock is None or not inquiry.is_live:
        return False
    return clock.lapsed(now) or clock.due_step(now) is not Step.NOTHING


def decide(due: FallenDue, now: datetime) -> Decision:
    """What follows from the latest that is due of the inquiry's clock, which `is_due`."""
    inquiry = due.inquiry
    clock = _clock(inquiry)
    if clock.lapsed(now):
        days = _days(clock.agreed.partner_days)
        return _declined(due, BY_LAPSE, REASON_INCOMPLETE, f"No answer came within {days}.", now)
    step = clock.due_step(now)
    if step is not Step.OVERDUE:
        return _told(due, step, now)
    return SILENCES[clock.agreed.silence](due, now)


def _clock(inquiry: Inquiry) -> Clock:
    if inquiry.clock is None:
        raise ValueError(f"inquiry {inquiry.inquiry_id} has no deadline")
    return inquiry.clock


def _days(count: int | None) -> str:
    return "one day" if count == 1 else f"{count} days"


def _told(due: FallenDue, step: Step, now: datetime, reason: str = "") -> Decision:
    """The inquiry, undecided, in a version that tells the step."""
    inquiry = due.inquiry
    version = inquiry.version + 1
    told = replace(
        inquiry,
        version=version,
        changed_at=now,
        clock=_clock(inquiry).having_told(step, version),
        checks=(*inquiry.checks, reason) if reason else inquiry.checks,
    )
    return told, None, Outcome(inquiries=((inquiry, told),))


def _review(due: FallenDue, now: datetime) -> Decision:
    days = _days(_clock(due.inquiry).agreed.answer_days)
    return _told(due, Step.OVERDUE, now, f"overdue: the advertiser did not answer within {days}")


def _decline(due: FallenDue, now: datetime) -> Decision:
    if _is_disputed(due):
        return _told(due, Step.OVERDUE, now, f"overdue: not declined by silence, {DISPUTED}")
    agreed = _clock(due.inquiry).agreed
    note = f"The advertiser did not answer within {_days(agreed.answer_days)}."
    return _declined(due, BY_DEADLINE, agreed.reject_reason, note, now)


def _is_disputed(due: FallenDue) -> bool:
    """Whether another open claim names its order, in this spelling or, by its verdict, another."""
    verified = due.inquiry.verification
    return due.disputed or (verified is not None and HoldKind.LIVE in verified.holds)


def _declined(due: FallenDue, by: str, reason: int | None, note: str, now: datetime) -> Decision:
    inquiry = due.inquiry
    said = Resolution(inquiry.inquiry_id, InquiryState.DECLINED, reason, notes=note)
    declined = resolutions.answered(said, inquiry, due.case.campaign, now, by)
    if by == BY_DEADLINE:
        declined = _having_told(declined)
    counts = policy_counts.counted(inquiry, due.question, declined, now)
    return declined, None, Outcome(inquiries=((inquiry, declined),)) + counts


def _having_told(decided: Inquiry) -> Inquiry:
    """The version that decides at the deadline tells of the deadline, too."""
    return replace(decided, clock=_clock(decided).having_told(Step.OVERDUE, decided.version))


def _approve_if_matched(due: FallenDue, now: datetime) -> Decision:
    """The acceptance; or the deadline alone, with the reason why nothing is paid."""
    accepted = _matched(due, now)
    if isinstance(accepted, str):
        return _told(due, Step.OVERDUE, now, f"overdue: not approved by silence, {accepted}")
    return accepted


def _matched(due: FallenDue, now: datetime) -> Decision | str:
    agreed, question = _clock(due.inquiry).agreed, due.question
    rule = _rule(agreed)
    offer = rule.offer
    pays = offer and policy_decisions.payout_of(offer, question, now)
    facts = policy_decisions.facts_of(question, now)
    if offer is not None and pays is not None:
        facts = replace(facts, pays=((offer.key, pays),))
    answer = policy_evaluation.evaluate(Policy(0, (rule,), sample=0), NO_OPTIONS, facts)
    resolution = offer and policy_decisions.resolution_of(offer, question, now)
    if answer.answer is not Then.APPROVE or resolution is None:
        return policy_decisions.told(answer)
    try:
        decided, action, outcome = resolutions.resolve(resolution, due.case, now, BY_DEADLINE)
    except Problem as problem:
        return problem.explain()
    if action is not None and action.outside:
        return f"the payout would be beyond {action.beyond}"
    after = _having_told(decided)
    outcome = replace(outcome, inquiries=((due.inquiry, after),))
    return after, action, outcome + policy_counts.counted(due.inquiry, question, after, now)


def _rule(agreed: Deadlines) -> Rule:
    """The contract's silence as a rule: a match, up to a payout, pays what was claimed."""
    if agreed.payout_max is None:
        raise ValueError("approval by silence has a maximum")
    matched = Condition(Variable.VERDICT, Operator.ONE_OF, (str(Verdict.MATCH),))
    affordable = Condition(Variable.PAYOUT, Operator.AT_MOST, agreed.payout_max)
    offer = Offer(agreed.event_type_id, At.CLAIM)
    return Rule("silence", Then.APPROVE, (matched, affordable), offer=offer)


def answer_of(inquiry: Inquiry) -> Resolution | None:
    """The acceptance that silence may come to: which limits its action would count in."""
    agreed = inquiry.clock and inquiry.clock.agreed
    if not agreed or agreed.silence is not Silence.APPROVE_IF_MATCHED:
        return None
    return Resolution(inquiry.inquiry_id, InquiryState.VALID, event_type_id=agreed.event_type_id)


SILENCES: dict[Silence, Callable[[FallenDue, datetime], Decision]] = {
    Silence.REVIEW: _review,
    Silence.DECLINE: _decline,
    Silence.APPROVE_IF_MATCHED: _approve_if_matched,
}
"""What each silence does at the advertiser's deadline."""
