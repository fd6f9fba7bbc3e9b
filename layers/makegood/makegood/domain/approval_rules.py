"""Approval rules: a campaign may say, for one partner, that inquiries are approved by themselves.

A rule waits (not at all, some days, or some days after the end of the month), approves only what
asks for less than a maximum, and only while the month's total stays below a maximum. It never
approves a tracked order, an order that conflicts with a live inquiry, or an appeal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.actions import RULE, OrderCredits
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType, Resolution
from makegood.domain.money import Money
from makegood.domain.outcome import RuleSpend


class Wait(StrEnum):
    IMMEDIATELY = "IMMEDIATELY"
    DAYS = "DAYS"
    DAYS_AFTER_MONTH = "DAYS_AFTER_MONTH"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One partner's rule in one campaign; both maxima are in the campaign's currency."""

    campaign_id: str
    partner_id: str
    event_type_id: str
    payout_max: Money
    month_max: Money
    wait: Wait = Wait.IMMEDIATELY
    days: int = 0

    @property
    def name(self) -> str:
        return f"{RULE}approval:{self.partner_id}"


def due_at(rule: ApprovalRule, filed_at: datetime, zone: ZoneInfo) -> datetime:
    """When the rule approves an inquiry that was filed then; the AutoApprovalDate."""
    if rule.wait is Wait.IMMEDIATELY:
        return filed_at
    day = calendar.local_day(filed_at, zone)
    if rule.wait is Wait.DAYS_AFTER_MONTH:
        next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        day = next_month - timedelta(days=1)
    return calendar.end_of_day(day + timedelta(days=rule.days), zone)


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The calendar month that a grant counts in, like `2026-07`, in the campaign's time zone."""
    return f"{calendar.local_day(at, zone):%Y-%m}"


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
