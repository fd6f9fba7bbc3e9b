"""The decision of an approval rule on one inquiry: approve it, or leave it to a person."""

from dataclasses import replace
from datetime import datetime

from makegood.domain import approval_rules, claims
from makegood.domain.actions import Action
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.claims import Case
from makegood.domain.grants import grant
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.problems import Problem


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
        resolution = approval_rules.resolution_by(rule, inquiry)
        payout = grant(resolution, inquiry.claim, case.contract, now).payout
        objection = approval_rules.objection(rule, inquiry, payout, case.order, spend)
        if objection:
            return _left(inquiry, now, objection)
        decided, action, outcome = claims.resolve(resolution, case, now, rule.name)
    except Problem as problem:
        return _left(inquiry, now, problem.explain())
    if action is not None and action.outside:
        return _left(inquiry, now, f"the payout would be beyond {action.beyond}")
    spent = Outcome(spends=((spend, approval_rules.spent(spend, payout)),))
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
