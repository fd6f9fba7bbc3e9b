"""Approval rules: a campaign may let one partner's inquiries be approved automatically.

A rule waits (not at all, some days, or some days after the end of the month), approves only what
asks for less than a maximum, and only while the month's total stays below a maximum. It never
approves a tracked order, an order that conflicts with a live inquiry, or an appeal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.actions import RULE
from makegood.domain.money import Money


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
    """When the rule approves an inquiry that was filed at this instant: its AutoApprovalDate."""
    return waited(rule.wait, rule.days, filed_at, zone)


def waited(wait: Wait, days: int, filed_at: datetime, zone: ZoneInfo) -> datetime:
    """The end of a wait that begins when an inquiry is filed."""
    if wait is Wait.IMMEDIATELY:
        return filed_at
    day = calendar.local_day(filed_at, zone)
    if wait is Wait.DAYS_AFTER_MONTH:
        day = calendar.month_end(day, 0)
    return calendar.end_of_day(day + timedelta(days=days), zone)


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """The calendar month that a grant counts in, like `2026-07`, in the campaign's time zone."""
    return f"{calendar.local_day(at, zone):%Y-%m}"
