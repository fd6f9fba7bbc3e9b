"""The decision of an approval rule on one inquiry: approve it, or leave it to a person."""

from dataclasses import replace
from datetime import datetime

from makegood import decisions, rules
from makegood.actions import Action
from makegood.decisions import Case
from makegood.grants import grant
from makegood.inquiries import Inquiry, InquiryState
from makegood.outcome import Outcome, RuleSpend
from makegood.problems import Problem
from makegood.rules import ApprovalRule


def decide(
    case: Case,
    rule: ApprovalRule | None,
    spend: RuleSpend,
    now: datetime,
    disputed: bool = False,
) -> tuple[Inquiry, Action | None, Outcome]:
    """What the rule says when its day has come; whatever it says, it says it once.

    `disputed`: another live inquiry is about the same order.
    """
    inquiry = case.inquiry
    if rule is None:
        return _left(inquiry, now, "there is no approval rule any more")
    if inquiry.state is not InquiryState.UNRESOLVED:
        return _left(inquiry, now, f"the inquiry is {inquiry.state}")
    if disputed:
        return _left(inquiry, now, "another live inquiry is about the same order")
    if case.contract is None:
        return _left(inquiry, now, "there is no contract")
    try:
        resolution = rules.resolution_by(rule, inquiry)
        payout = grant(resolution, inquiry.claim, case.contract, now).payout
        objection = rules.objection(rule, inquiry, payout, case.order, spend)
        if objection:
            return _left(inquiry, now, objection)
        decided, action, outcome = decisions.resolve(resolution, case, now, rule.name)
    except Problem as problem:
        return _left(inquiry, now, problem.explain())
    if action is not None and action.outside:
        return _left(inquiry, now, f"the payout would be beyond {action.beyond}")
    spent = Outcome(spends=((spend, rules.spent(spend, payout)),))
    return decided, action, outcome + spent


def _left(inquiry: Inquiry, now: datetime, reason: str) -> tuple[Inquiry, None, Outcome]:
    left = replace(
        inquiry,
        auto_approval_at=None,
        version=inquiry.version + 1,
        changed_at=now,
        checks=(*inquiry.checks, f"approval rule: not applied, {reason}"),
    )
    return left, None, Outcome(inquiries=((inquiry, left),))
