"""What the answers of a policy change of an inquiry: a decline and a question are made at once, an
approval has its day.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from makegood.domain import approval_rules, policy_decisions, resolutions
from makegood.domain.inquiries import Inquiry, InquiryState, Resolution
from makegood.domain.orders import Credit
from makegood.domain.parties import Campaign, Partner, Role
from makegood.domain.policies import BY_HOLDER, Rule, Then
from makegood.domain.policy_decisions import Question
from makegood.domain.policy_evaluation import Decision


def carried_out(
    inquiry: Inquiry, question: Question, credited: Mapping[str, Partner], now: datetime
) -> Inquiry:
    """The inquiry after the policy's answer: an approval has its day, and is not made yet."""
    decision = policy_decisions.ask(question, now)
    rule = question.policy.rule(decision.rule)
    if decision.answer in (Then.DECLINE, Then.ASK) and rule is not None:
        return answered(question, decision, rule, credited, now)
    day = None
    if decision.answer is Then.APPROVE and rule is not None:
        filed_at, zone = inquiry.created_at, question.campaign.zone
        day = max(now, approval_rules.waited(rule.wait, rule.days, filed_at, zone))
    inquiry = replace(inquiry, auto_approval_at=day)
    keeps = question.book.policy or question.book.shadow or day
    return policy_decisions.noted(inquiry, decision) if keeps else inquiry


def says_the_same(before: Inquiry, after: Inquiry) -> bool:
    """Whether the policy's answer is the one that it gave last, on the same verdict."""
    if (before.state, before.auto_approval_at) != (after.state, after.auto_approval_at):
        return False
    was, now = policy_decisions.latest(before), policy_decisions.latest(after)
    if was is None or now is None:
        return was is now
    return _gist(was) == _gist(now)


def _gist(decision: Decision) -> tuple[object, ...]:
    verdict = decision.facts.verdict
    return decision.version, decision.answer, decision.why, decision.rule, verdict, decision.shadow


def answered(
    question: Question,
    decision: Decision,
    rule: Rule,
    credited: Mapping[str, Partner],
    now: datetime,
) -> Inquiry:
    """The inquiry, declined or put to the partner by a rule, with the record of that."""
    inquiry, by = question.inquiry, policy_decisions.decided_by(decision)
    record = replace(decision, by=by, made_at=now)
    if decision.answer is Then.ASK:
        asked = Resolution(inquiry.inquiry_id, InquiryState.INCOMPLETE, notes=rule.text)
        answer = resolutions.answered(asked, inquiry, question.campaign, now, by)
    else:
        answer = _declined(inquiry, question, rule, credited, now, by)
    return policy_decisions.noted(answer, record)


def _declined(
    inquiry: Inquiry,
    question: Question,
    rule: Rule,
    credited: Mapping[str, Partner],
    now: datetime,
    by: str,
) -> Inquiry:
    """Declined with the rule's reason, or with the one that is told by who holds the order."""
    holders = question.credited.credits
    own = next((each for each in holders if each.partner_id == inquiry.partner_id), None)
    by_code = next((credit for credit in holders if credit.by_promo_code), None)
    reason, note = rule.reason, ""
    if holders and not own:
        note = _who_was_credited(by_code or holders[0], question.campaign, credited)
    if reason == BY_HOLDER:
        reason = 1 if own else 3 if by_code else 2
    declined = inquiry.moved(
        InquiryState.DECLINED,
        reject_reason=reason,
        resolved_at=now,
        decided_by=by,
        auto_approval_at=None,
        tracked_action_id=own.action_id if own else "",
    )
    if note:
        return declined.commented(question.campaign.name, note, now, side=Role.ADVERTISER)
    return declined


def _who_was_credited(credit: Credit, campaign: Campaign, credited: Mapping[str, Partner]) -> str:
    """What the campaign's two switches let the answer tell of the holder of this credit."""
    partner = credited.get(credit.partner_id)
    told = []
    if partner is not None and campaign.names_channel:
        told.append(f"Channel credited: {partner.kind.lower()}")
    if partner is not None and campaign.names_media:
        told.append(f"Media credited: {partner.name}")
    return "; ".join(told)
