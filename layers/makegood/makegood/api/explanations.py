"""Explanations by HTTP: why an inquiry was decided so, why an action pays this on these dates, why
it is not paid yet, and what happens next.

What is read is bounded, however many actions wait: the sums of what clears say how many payments
come before an overdue one, and how much is short.
"""

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, cast

from makegood.api import ownership, signals
from makegood.api.http import Reply, Request
from makegood.domain import appeals, ids
from makegood.domain.actions import Action
from makegood.domain.calendar import in_zone
from makegood.domain.clearings import Clearing
from makegood.domain.date_reasons import Ahead
from makegood.domain.explanations import Explained, reasons
from makegood.domain.inquiries import Inquiry, InquiryType
from makegood.domain.inquiry_reasons import Told
from makegood.domain.ledger import Cash
from makegood.domain.parties import Campaign, Role, account_path
from makegood.domain.payout_reasons import Paid
from makegood.domain.reasons import Asker, Reason
from makegood.store.store import Store

SUMS_READ_MAX = 1_000
"""Instants at which something clears that one explanation reads; of more it says `at least`."""

DUE_READ_MAX = 500
"""Due positions that it reads while there are no sums yet."""

APPEALS_LOOKED_FOR = 4
"""Later attempts of a claim among which its appeal is looked for; withdrawn ones are passed by."""


def of_inquiry(store: Store, request: Request, inquiry_id: str, now: datetime) -> Reply:
    """Why an inquiry of the caller's own is where it is; accepted, it has its action's reasons."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    ownership.check_own(request, found, found.advertiser_id if found else "")
    inquiry = cast(Inquiry, found)
    made = store.actions([inquiry.action_id]) if inquiry.action_id else {}
    action = made.get(inquiry.action_id)
    campaign = store.campaigns([inquiry.campaign_id])[inquiry.campaign_id]
    told = _told(store, inquiry, campaign)
    if request.caller.role is Role.ADVERTISER:
        told = replace(told, signals=signals.of(store, inquiry, campaign))
    explained = Explained(told)
    if action is not None:
        explained = replace(
            explained, paid=_paid(store, action, inquiry), ahead=_ahead(store, action, now)
        )
    return _reply(request, campaign, f"ActionInquiries/{inquiry_id}", explained, now)


def of_action(store: Store, request: Request, action_id: str, now: datetime) -> Reply:
    """Why an action of the caller's own pays what it pays, and when."""
    found = store.actions([action_id]).get(action_id)
    ownership.check_own(request, found, found.advertiser_id if found else "")
    action = cast(Action, found)
    filed = store.inquiries([action.inquiry_id]) if action.inquiry_id else {}
    paid = _paid(store, action, filed.get(action.inquiry_id))
    explained = Explained(paid=paid, ahead=_ahead(store, action, now))
    campaign = store.campaigns([action.campaign_id])[action.campaign_id]
    return _reply(request, campaign, f"Actions/{action_id}", explained, now)


def _told(store: Store, inquiry: Inquiry, campaign: Campaign) -> Told:
    """A decline is told with its appeal, or until when the partner may appeal it."""
    if not inquiry.state.rules.needs_reason or inquiry.claim.appeal_of:
        return Told(inquiry)
    appeal = _appeal(store, inquiry)
    if appeal is not None:
        return Told(inquiry, appeal)
    pair = inquiry.campaign_id, inquiry.partner_id
    contract = store.contracts_for({pair: [inquiry.created_at]}).get(pair)
    if contract is None:
        return Told(inquiry)
    terms = contract.latest(inquiry.created_at)
    return Told(inquiry, appeal_until=appeals.until(inquiry, terms, campaign.zone))


def _appeal(store: Store, inquiry: Inquiry) -> Inquiry | None:
    """The appeal of a declined inquiry that stands; ids of later attempts are derived."""
    claim = inquiry.claim
    numbers = range(inquiry.attempt + 1, inquiry.attempt + 1 + APPEALS_LOOKED_FOR)
    named = [
        ids.inquiry_number(
            claim.partner_id, claim.campaign_id, claim.order_id, claim.inquiry_type, number, 0
        )
        for number in numbers
    ]
    later = store.inquiries(named).values()
    appeals = (
        each
        for each in later
        if each.claim.appeal_of == inquiry.inquiry_id and not each.state.rules.is_void
    )
    return next(appeals, None)


def _paid(store: Store, action: Action, inquiry: Inquiry | None) -> Paid:
    """The action with the terms it was priced by; a correction, with what it corrects."""
    pair, version = (action.campaign_id, action.partner_id), action.contract_version
    signed = store.contracts_for({pair: [version]}).get(pair)
    same = signed if signed and signed.contract_id == action.contract_id else None
    terms = same.numbered(version) if same else None
    before: tuple[Action, ...] = ()
    if inquiry is not None and inquiry.claim.inquiry_type is InquiryType.INCORRECT:
        before = _before(store, action)
    return Paid(action, terms, inquiry, before)


def _before(store: Store, action: Action) -> tuple[Action, ...]:
    """The partner's actions that had a credit on the order before this one, oldest first."""
    key = action.campaign_id, action.order.order_id
    named = [
        each.action_id
        for each in store.orders([key])[key].credits
        if each.partner_id == action.partner_id
    ]
    if action.action_id in named:
        named = named[: named.index(action.action_id)]
    return tuple(store.actions(named, detail=False).values())


def _ahead(store: Store, action: Action, now: datetime) -> Ahead | None:
    """What an overdue action waits behind."""
    if not action.is_overdue(now):
        return None
    account = action.advertiser_id, action.payout.currency
    cash = store.cash([account])[account]
    if not store.backfill().complete:
        return _ahead_as_due(store, action, cash)
    found, is_whole = store.clearings_until(
        f"advertiser:{action.advertiser_id}", account[1], action.clears_at, SUMS_READ_MAX
    )
    return _ahead_as_summed(found, action, cash, is_whole)


def _ahead_as_summed(found: list[Clearing], action: Action, cash: Cash, is_whole: bool) -> Ahead:
    """By the sums, which hold the action itself. Of a part of them, what is owed is not known."""
    before = sum(each.count for each in found if each.clears_at < action.clears_at)
    beside = sum(each.count for each in found if each.clears_at == action.clears_at) - 1
    owed = sum(each.minor for each in found) if is_whole else None
    return Ahead(before, max(0, beside), cash, owed, is_whole)


def _ahead_as_due(store: Store, action: Action, cash: Cash) -> Ahead:
    """By the positions of what is due, while there are no sums yet."""
    account = action.advertiser_id, action.payout.currency
    due = list(islice(store.unpaid_beside(account, action.clears_at), DUE_READ_MAX))
    own = [each.action_id for each in due if each.account == account]
    before = own.index(action.action_id) if action.action_id in own else len(own)
    return Ahead(before, 0, cash, None, action.action_id in own)


def _reply(
    request: Request, campaign: Campaign, path: str, explained: Explained, now: datetime
) -> Reply:
    caller = request.caller
    asker = Asker(caller.role, now, campaign.zone)
    shown = [_reason(each, asker) for each in reasons(explained, asker)]
    base = account_path(caller.role, caller.account_id)
    return Reply(
        {
            "Date": in_zone(now, campaign.zone),
            "TimeZone": campaign.time_zone,
            "Text": " ".join(each["Text"] for each in shown),
            "Reasons": shown,
            "Uri": f"{base}/{path}/Explanation",
        }
    )


def _reason(reason: Reason, asker: Asker) -> dict[str, Any]:
    return {
        "About": str(reason.about),
        "Code": str(reason.code),
        "Text": reason.text,
        "Date": in_zone(reason.at, asker.zone) if reason.at else "",
        "Facts": [{"Name": each.name, "Value": each.value} for each in reason.facts],
    }
