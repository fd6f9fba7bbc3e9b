"""Decisions that no person makes: which rules are asked, in which order, and what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from makegood.domain import resolutions
from makegood.domain.actions import RULE, Action
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.contracts import Contract
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType, Resolution
from makegood.domain.money import Money
from makegood.domain.orders import Credit, OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.parties import Campaign, Partner
from makegood.domain.problems import Problem
from makegood.domain.resolutions import Case, grant

RULE_TRACKED = f"{RULE}tracked-orders"


@dataclass(frozen=True, slots=True)
class Filing:
    """What a submission is decided on.

    `attempts` are the inquiries that this partner filed before for the campaign, order and type,
    oldest first; `inquiry_id` is the next free id after them. `credited` are the partners that hold
    a credit on the order.
    """

    campaign: Campaign
    partner: Partner
    contract: Contract | None
    order: OrderCredits
    attempts: Sequence[Inquiry]
    inquiry_id: str
    credited: Mapping[str, Partner] = field(default_factory=dict)
    rule: ApprovalRule | None = None


def decline_tracked(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """An UNTRACKED claim on a credited order is declined at once where the campaign says so.

    An appeal is not: the rule that declined the claim does not decide on itself.
    """
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return inquiry
    holders = filing.order.credits
    if not holders:
        return replace(inquiry, checks=(*inquiry.checks, "the order is not credited to anybody"))
    own = next((each for each in holders if each.partner_id == inquiry.partner_id), None)
    whom = "this partner" if own else "another channel"
    inquiry = replace(inquiry, checks=(*inquiry.checks, f"the order is credited to {whom}"))
    if inquiry.claim.appeal_of:
        return replace(inquiry, checks=(*inquiry.checks, "an appeal is for a person to decide"))
    if not filing.campaign.declines_tracked:
        return inquiry
    by_code = next((credit for credit in holders if credit.by_promo_code), None)
    reason = 1 if own else 3 if by_code else 2
    note = "" if own else _who_was_credited(by_code or holders[0], filing)
    declined = inquiry.moved(
        InquiryState.DECLINED,
        reject_reason=reason,
        resolved_at=now,
        decided_by=RULE_TRACKED,
        tracked_action_id=own.action_id if own else "",
    )
    return declined.commented(filing.campaign.name, note, now) if note else declined


def _who_was_credited(credit: Credit, filing: Filing) -> str:
    """What the campaign's two switches let the answer tell of the holder of this credit."""
    partner = filing.credited.get(credit.partner_id)
    told = []
    if partner is not None and filing.campaign.names_channel:
        told.append(f"Channel credited: {partner.kind.lower()}")
    if partner is not None and filing.campaign.names_media:
        told.append(f"Media credited: {partner.name}")
    return "; ".join(told)


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
        resolution = resolution_by(rule, inquiry)
        payout = grant(resolution, inquiry.claim, case.contract, now).payout
        reason = objection(rule, inquiry, payout, case.order, spend)
        if reason:
            return _left(inquiry, now, reason)
        decided, action, outcome = resolutions.resolve(resolution, case, now, rule.name)
    except Problem as problem:
        return _left(inquiry, now, problem.explain())
    if action is not None and action.outside:
        return _left(inquiry, now, f"the payout would be beyond {action.beyond}")
    return decided, action, outcome + Outcome(spends=((spend, spent(spend, payout)),))


def _left(inquiry: Inquiry, now: datetime, reason: str) -> tuple[Inquiry, None, Outcome]:
    left = replace(
        inquiry,
        auto_approval_at=None,
        version=inquiry.version + 1,
        changed_at=now,
        checks=(*inquiry.checks, f"approval rule: not applied, {reason}"),
    )
    return left, None, Outcome(inquiries=((inquiry, left),))


def objection(
    rule: ApprovalRule, inquiry: Inquiry, payout: Money, order: OrderCredits, spend: RuleSpend
) -> str:
    """Why the rule leaves this inquiry to a person; empty when it may approve it."""
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return "approval rules decide UNTRACKED inquiries only"
    if inquiry.claim.appeal_of:
        return "an appeal is for a person to decide"
    if order.credits:
        return "the order is credited already"
    if payout.currency != rule.payout_max.currency:
        return f"the rule's limits are in {rule.payout_max.currency}"
    if not payout < rule.payout_max:
        return f"the payout {payout} is not below the rule's maximum {rule.payout_max}"
    if not Money(spend.granted_minor, payout.currency) + payout < rule.month_max:
        return f"the month's total would not stay below {rule.month_max}"
    return ""


def resolution_by(rule: ApprovalRule, inquiry: Inquiry) -> Resolution:
    """What the rule answers: the payout that was asked for, or the contract's."""
    return Resolution(
        inquiry_id=inquiry.inquiry_id,
        state=InquiryState.VALID,
        event_type_id=rule.event_type_id,
        final_payout=inquiry.claim.expected_payout,
    )


def spent(spend: RuleSpend, payout: Money) -> RuleSpend:
    """The month's total with this grant."""
    granted = spend.granted_minor + payout.minor
    return replace(spend, granted_minor=granted, version=spend.version + 1)
