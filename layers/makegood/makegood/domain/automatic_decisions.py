"""Decisions that no person makes. RULES lists them all, in the order in which they are asked.

    rule              when an inquiry is filed              when its day has come
    tracked orders    declines it, its order is credited
    approval rule     names the day                         approves it, or leaves it to a person

A new automatic decision is an entry of RULES. When an inquiry is filed, the first rule that decides
it is the last one asked. A rule that approves on a later day has a table of checks; the first check
that objects gives the reason to leave the inquiry to a person.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from makegood.domain import resolutions
from makegood.domain.actions import RULE, Action
from makegood.domain.approval_rules import ApprovalRule, due_at
from makegood.domain.contracts import Contract
from makegood.domain.inquiries import Inquiry, InquiryState, InquiryType, Resolution
from makegood.domain.money import Money
from makegood.domain.orders import Credit, OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.parties import Campaign, Partner
from makegood.domain.problems import Problem
from makegood.domain.resolutions import Case

T = TypeVar("T")
RULE_TRACKED = f"{RULE}tracked-orders"

Decision = tuple[Inquiry, Action | None, Outcome]


@dataclass(frozen=True, slots=True)
class Filing:
    """What a decision on a new claim needs, in `claims` and in the rules here.

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


@dataclass(frozen=True, slots=True)
class FallenDue:
    """What a decision needs when an inquiry's day has come.

    `spend` is what the approval rule has granted this month; `disputed`: another live inquiry is
    about the same order.
    """

    case: Case
    rule: ApprovalRule | None
    spend: RuleSpend
    disputed: bool = False

    @property
    def inquiry(self) -> Inquiry:
        return self.case.inquiry


@dataclass(frozen=True, slots=True)
class AutomaticRule:
    """A rule, and what it says on each occasion.

    `on_filing` answers with the inquiry as it leaves it, decided or not. `when_due` answers with
    its decision, or with its reason to decide nothing.
    """

    name: str
    on_filing: Callable[[Inquiry, Filing, datetime], Inquiry]
    when_due: Callable[[FallenDue, datetime], Decision | str] | None = None


def on_filing(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """A new inquiry after the rules, as far as the first that decides it."""
    for rule in RULES:
        inquiry = rule.on_filing(inquiry, filing, now)
        if not inquiry.is_live:
            break
    return inquiry


def decide(
    case: Case, rule: ApprovalRule | None, spend: RuleSpend, now: datetime, disputed: bool = False
) -> Decision:
    """What the rules say when an inquiry's day has come; whatever they say, they say it once."""
    due, reasons = FallenDue(case, rule, spend, disputed), []
    for each in RULES:
        if each.when_due is None:
            continue
        answer = each.when_due(due, now)
        if not isinstance(answer, str):
            return answer
        reasons.append(f"{each.name}: not applied, {answer}")
    return _left(case.inquiry, now, reasons)


def _left(inquiry: Inquiry, now: datetime, reasons: Sequence[str]) -> Decision:
    """The inquiry, left to a person."""
    left = replace(
        inquiry,
        auto_approval_at=None,
        version=inquiry.version + 1,
        changed_at=now,
        checks=(*inquiry.checks, *reasons),
    )
    return left, None, Outcome(inquiries=((inquiry, left),))


# Tracked orders


def _decline_tracked(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """An UNTRACKED claim on a credited order is declined at once where the campaign says so.

    An appeal is not: the rule that declined the claim does not decide on itself.
    """
    if inquiry.claim.inquiry_type is not InquiryType.UNTRACKED:
        return inquiry
    holders = filing.order.credits
    if not holders:
        return inquiry.checked("the order is not credited to anybody")
    own = next((each for each in holders if each.partner_id == inquiry.partner_id), None)
    whom = "this partner" if own else "another channel"
    inquiry = inquiry.checked(f"the order is credited to {whom}")
    if inquiry.claim.appeal_of:
        return inquiry.checked("an appeal is for a person to decide")
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


# Approval rules


def _name_the_day(inquiry: Inquiry, filing: Filing, now: datetime) -> Inquiry:
    """When the rule will approve the inquiry, unless it can be seen by now that it never will."""
    untracked = inquiry.claim.inquiry_type is InquiryType.UNTRACKED and not filing.order.credits
    if filing.rule is None or not untracked or inquiry.claim.appeal_of:
        return inquiry
    return replace(inquiry, auto_approval_at=due_at(filing.rule, now, filing.campaign.zone))


def _approve(due: FallenDue, now: datetime) -> Decision | str:
    """The approval of what no check objects to."""
    case, rule = due.case, due.rule
    objection = _first_objection(CHECKS, due)
    if objection:
        return objection
    if rule is None or case.contract is None:
        raise ValueError("the checks let pass what has no rule or no contract")
    resolution = resolution_by(rule, case.inquiry)
    try:
        payout = resolutions.grant(resolution, case.inquiry.claim, case.contract, now).payout
        grant = RuleGrant(case.inquiry, case.order, rule, due.spend, payout)
        objection = _first_objection(GRANT_CHECKS, grant)
        if objection:
            return objection
        decided, action, outcome = resolutions.resolve(resolution, case, now, rule.name)
    except Problem as problem:
        return problem.explain()
    if action is not None and action.outside:
        return f"the payout would be beyond {action.beyond}"
    return decided, action, outcome + Outcome(spends=((due.spend, _spent(grant)),))


def resolution_by(rule: ApprovalRule, inquiry: Inquiry) -> Resolution:
    """What the rule answers: the payout that was asked for, or the contract's."""
    return Resolution(
        inquiry_id=inquiry.inquiry_id,
        state=InquiryState.VALID,
        event_type_id=rule.event_type_id,
        final_payout=inquiry.claim.expected_payout,
    )


def _spent(grant: "RuleGrant") -> RuleSpend:
    """The month's total with this grant."""
    granted = grant.spend.granted_minor + grant.payout.minor
    return replace(grant.spend, granted_minor=granted, version=grant.spend.version + 1)


# What keeps an approval rule from approving: each check says why, or nothing


def _first_objection(checks: Iterable[Callable[[T], str]], asked: T) -> str:
    return next(filter(None, (check(asked) for check in checks)), "")


def _is_without_rule(due: FallenDue) -> str:
    return "there is no approval rule any more" if due.rule is None else ""


def _is_no_longer_undecided(due: FallenDue) -> str:
    state = due.inquiry.state
    return "" if state.rules.awaits_decision else f"the inquiry is {state}"


def _is_disputed(due: FallenDue) -> str:
    return "another live inquiry is about the same order" if due.disputed else ""


def _is_without_contract(due: FallenDue) -> str:
    return "there is no contract" if due.case.contract is None else ""


CHECKS = (_is_without_rule, _is_no_longer_undecided, _is_disputed, _is_without_contract)
"""Asked first, in this order, before the payout is known."""


@dataclass(frozen=True, slots=True)
class RuleGrant:
    """A payout that an approval rule would grant."""

    inquiry: Inquiry
    order: OrderCredits
    rule: ApprovalRule
    spend: RuleSpend
    payout: Money


def _is_of_another_type(grant: RuleGrant) -> str:
    untracked = grant.inquiry.claim.inquiry_type is InquiryType.UNTRACKED
    return "" if untracked else "approval rules decide UNTRACKED inquiries only"


def _is_an_appeal(grant: RuleGrant) -> str:
    return "an appeal is for a person to decide" if grant.inquiry.claim.appeal_of else ""


def _is_credited(grant: RuleGrant) -> str:
    return "the order is credited already" if grant.order.credits else ""


def _is_in_another_currency(grant: RuleGrant) -> str:
    currency = grant.rule.payout_max.currency
    return "" if grant.payout.currency == currency else f"the rule's limits are in {currency}"


def _is_too_much(grant: RuleGrant) -> str:
    payout, most = grant.payout, grant.rule.payout_max
    return "" if payout < most else f"the payout {payout} is not below the rule's maximum {most}"


def _is_too_much_this_month(grant: RuleGrant) -> str:
    total, most = Money(grant.spend.granted_minor, grant.payout.currency), grant.rule.month_max
    return "" if total + grant.payout < most else f"the month's total would not stay below {most}"


GRANT_CHECKS = (
    _is_of_another_type,
    _is_an_appeal,
    _is_credited,
    _is_in_another_currency,
    _is_too_much,
    _is_too_much_this_month,
)
"""Asked next, in this order, of the payout that the rule would grant."""


RULES: tuple[AutomaticRule, ...] = (
    AutomaticRule("tracked orders", on_filing=_decline_tracked),
    AutomaticRule("approval rule", on_filing=_name_the_day, when_due=_approve),
)
"""All automatic decisions, in the order in which they are asked."""
