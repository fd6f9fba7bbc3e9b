"""Inquiries, actions with their items and changes, and uploads as the API shows them.

Every value is text; a missing one is "", never null. Dates have the campaign's offset.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote

from makegood.domain.account_people import shown_source
from makegood.domain.actions import Action, ActionState, ActionUpdate, Origin
from makegood.domain.calendar import in_zone
from makegood.domain.inquiries import ACCEPTED, REJECT_REASONS, FirstDecision, Inquiry
from makegood.domain.money import Money
from makegood.domain.parties import Campaign, Role, account_path
from makegood.domain.state_details import description, state_detail
from makegood.domain.texts import ending_a_path
from makegood.domain.uploads import Upload
from makegood.domain.verdicts import TAKEN_TOLD, KeptVerdict, Verdict
from makegood.forms.fields import GIVEN_FIELDS

REFERRING_TYPES = {Origin.TRACKED: "CLICK_COOKIE", Origin.INQUIRY: "ACTION_INQUIRY"}
"""The field's values of `ReferringType`. What is stored for a tracked action is older than they."""

_PUBLIC_NAMES = {str(state): state.rules.public_name for state in ActionState}


def wire_state(state: str) -> str:
    """What the API calls a state: an action's LOCKED and PAID are APPROVED, all others are
    themselves. So is APPROVED, which events and replies of earlier versions keep.
    """
    return _PUBLIC_NAMES.get(state, state)


def _date(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else in_zone(at, zone)


def _money(money: Money | None) -> str:
    return "" if money is None else str(money)


def _inquiry(inquiry: Inquiry, campaign: Campaign, base: str) -> dict[str, Any]:
    claim, zone = inquiry.claim, campaign.zone
    reason, action_id = inquiry.reject_reason, inquiry.action_id or inquiry.tracked_action_id
    return {
        "Id": inquiry.inquiry_id,
        "CampaignId": claim.campaign_id,
        "CampaignName": campaign.name,
        "OrderId": claim.order_id,
        "TransactionDate": in_zone(claim.ordered_at, zone),
        "TransactionAmount": str(claim.order_amount),
        "Currency": claim.order_amount.currency,
        "InquiryType": str(claim.inquiry_type),
        "AppealOf": claim.appeal_of,
        "AppealState": str(inquiry.appealed.state) if inquiry.appealed else "",
        "AppealId": inquiry.appealed.appeal_id if inquiry.appealed else "",
        "ExpectedPayout": _money(claim.expected_payout),
        "ResolutionDeadlineDate": _date(inquiry.answer_by, zone),
        "Comments": [
            {
                "User": each.user,
                "Side": each.side,
                "Comment": each.text,
                "Date": in_zone(each.made_at, zone),
            }
            for each in inquiry.comments
        ],
        "TrackingLink": claim.tracking_link,
        "ActionId": action_id,
        "ActionUri": f"{base}/Actions/{action_id}" if action_id else "",
        "AutoApprovalDate": _date(inquiry.auto_approval_at, zone),
        "ResolutionStatus": str(inquiry.state),
        "RejectReason": REJECT_REASONS[reason] if reason else "",
        "FinalPayout": _money(inquiry.final_payout),
        "ResolutionDate": _date(inquiry.resolved_at, zone),
        "CreationDate": in_zone(inquiry.created_at, zone),
        "MediaPartnerInquiryId": claim.partner_reference,
        "CustomerId": claim.customer_id,
        "InquiryDate": _date(claim.inquired_at, zone),
        "Version": str(inquiry.version),
        "DecidedBy": shown_source(inquiry.decided_by),
        "Checks": list(inquiry.checks),
        "Uri": f"{base}/ActionInquiries/{inquiry.inquiry_id}",
    }


def inquiry_for_advertiser(
    inquiry: Inquiry, campaign: Campaign, partner_name: str
) -> dict[str, Any]:
    return {
        **_inquiry(inquiry, campaign, account_path(Role.ADVERTISER, inquiry.advertiser_id)),
        "Awaits": "SECOND" if inquiry.awaits_second else "",
        "FirstDecision": _first_decision(inquiry.first, campaign.zone),
        "Verification": _verification(inquiry.verification, campaign.zone),
        "MediaPartnerId": inquiry.partner_id,
        "MediaPartnerName": partner_name,
    }


def _first_decision(first: FirstDecision | None, zone: tzinfo) -> dict[str, str]:
    """What one person accepted, of whom it takes two; kept once the second has decided."""
    return {
        "Status": str(ACCEPTED) if first else "",
        "Amount": _money(first.payout if first else None),
        "ReasonCode": "",
        "DecidedBy": shown_source(first.by) if first else "",
        "Date": _date(first.at if first else None, zone),
    }


def inquiry_for_partner(inquiry: Inquiry, campaign: Campaign) -> dict[str, Any]:
    """An inquiry for its partner: without the name of who decided, and without the checks. Of the
    verdict it has what it was told when it filed.
    """
    by = inquiry.decided_by
    return {
        **_inquiry(inquiry, campaign, account_path(Role.PARTNER, inquiry.partner_id)),
        "DecidedBy": by if by in ("", "partner") or by.startswith("rule:") else "advertiser",
        "Checks": [],
        "Verification": _told(inquiry.verification),
        "InquiryNotes": inquiry.claim.notes,
    }


def _verification(kept: KeptVerdict | None, zone: tzinfo) -> dict[str, Any]:
    """What the shop's orders said, for the advertiser whose orders they are."""
    return {
        "Verdict": str(kept.verdict) if kept else "",
        "Explanation": kept.explanation if kept else "",
        "OrderId": kept.order_id if kept else "",
        "Amount": _money(kept.left if kept else None),
        "Currency": kept.left.currency if kept and kept.left else "",
        "Step": str(kept.step) if kept and kept.step else "",
        "Checks": [
            {
                "Field": each.field,
                "Claimed": each.claimed,
                "Shop": each.shop,
                "Agrees": str(each.holds).lower(),
            }
            for each in (kept.checks if kept else ())
        ],
        "Candidates": list(kept.candidates) if kept else [],
        "Picked": kept.picked if kept else "",
        "Holds": [str(each) for each in kept.holds] if kept else [],
        "Date": _date(kept.made_at if kept else None, zone),
    }


def _told(kept: KeptVerdict | None) -> dict[str, str]:
    """What the partner learned when it filed: that the order was taken, and no more.

    A verdict that comes later changes nothing here: the partner must not see when somebody else
    claims the order, nor what the shop says of a guess.
    """
    if kept is None or not kept.told:
        return {"Verdict": "", "Explanation": ""}
    return {"Verdict": str(Verdict.TAKEN), "Explanation": TAKEN_TOLD}


def _action(action: Action, campaign: Campaign, base: str, now: datetime) -> dict[str, Any]:
    """Amounts are what the action comes to as things are, beside what was intended."""
    zone, order = campaign.zone, action.order
    names = {each.event_type_id: each.name for each in campaign.event_types}
    created = action.as_created()
    return {
        "Id": action.action_id,
        "CampaignId": action.campaign_id,
        "CampaignName": campaign.name,
        "ActionTrackerId": action.event_type_id,
        "ActionTrackerName": names.get(action.event_type_id, ""),
        "EventCode": "",
        "State": wire_state(action.state_at(now)),
        **_money_state(action, now),
        "AdId": "",
        "Payout": str(action.worth),
        "DeltaPayout": str(action.worth - created.payout),
        "IntendedPayout": str(created.payout),
        "Amount": str(action.sale),
        "DeltaAmount": str(action.sale - created.order_amount),
        "IntendedAmount": str(created.order_amount),
        "Currency": action.payout.currency,
        "ReferringDate": in_zone(order.ordered_at, zone),
        "EventDate": in_zone(action.event_at, zone),
        "CreationDate": in_zone(action.created_at, zone),
        "LockingDate": in_zone(action.locks_at, zone),
        "ClearingDate": in_zone(action.clears_at, zone),
        "ClearedDate": _date(action.paid_at, zone),
        "ReferringType": REFERRING_TYPES[action.origin],
        "ReferringDomain": "",
        "PromoCode": order.promo_code,
        "Oid": order.order_id,
        "CustomerArea": "",
        "CustomerCity": order.customer_city,
        "CustomerRegion": order.customer_region,
        "CustomerCountry": order.customer_country,
        "SharedId": "",
        "Uri": f"{base}/Actions/{action.action_id}",
    }


def _money_state(action: Action, now: datetime) -> dict[str, str]:
    """Where the action's money is at `now`, and how its payout came about."""
    return {
        "StateDetail": str(state_detail(action, now)),
        "StateDetailDescription": description(action, now),
        "Explanation": action.reason,
    }


def _terms_note(action: Action) -> str:
    return f"Outside of terms: beyond {action.beyond}" if action.outside else ""


def action_for_advertiser(
    action: Action, campaign: Campaign, partner_name: str, now: datetime
) -> dict[str, Any]:
    return {
        **_action(action, campaign, account_path(Role.ADVERTISER, action.advertiser_id), now),
        "MediaPartnerId": action.partner_id,
        "MediaPartnerName": partner_name,
        "ClientCost": str(action.worth),
        "CustomerId": action.order.customer_id,
        "CustomerStatus": action.order.customer_status,
        "CustomerPostCode": action.order.customer_postcode,
        "CallerId": "",
        "Note": "; ".join(each for each in (action.order.note, _terms_note(action)) if each),
    }


def action_for_partner(action: Action, campaign: Campaign, now: datetime) -> dict[str, Any]:
    shown = _action(action, campaign, account_path(Role.PARTNER, action.partner_id), now)
    return {**shown, "SubId1": "", "SubId2": "", "SubId3": ""}


def _update(
    update: ActionUpdate, action: Action, campaign: Campaign, base: str, now: datetime
) -> dict[str, Any]:
    """The change as it was made; dates, detail and explanation are the action's as it is now."""
    zone = campaign.zone
    names = {each.event_type_id: each.name for each in campaign.event_types}
    return {
        "Id": update.update_id,
        "ActionId": update.action_id,
        "CampaignId": update.campaign_id,
        "ActionTrackerId": action.event_type_id,
        "EventTypeId": action.event_type_id,
        "EventTypeName": names.get(action.event_type_id, ""),
        "EventCode": "",
        "MediaPartnerId": update.partner_id,
        "State": wire_state(update.state),
        **_money_state(action, now),
        "AdId": "",
        "DeltaPayout": str(update.delta_payout),
        "DeltaAmount": str(update.delta_amount),
        "Payout": str(update.payout),
        "Amount": str(update.order_amount),
        "Currency": update.payout.currency,
        "Category": "",
        "Sku": "",
        "Quantity": "",
        "Catalog": "",
        "PayoutLevel": "",
        "DefaultPayoutRate": "",
        "ContractId": action.contract_id,
        "UpdateDate": in_zone(update.made_at, zone),
        "LockingDate": in_zone(action.locks_at, zone),
        "ClearingDate": in_zone(action.clears_at, zone),
        "ActionDate": in_zone(action.event_at, zone),
        "Oid": action.order.order_id,
        "CustomerId": action.order.customer_id,
        "CustomerStatus": action.order.customer_status,
        "SharedId": "",
        "ActionUri": f"{base}/Actions/{update.action_id}",
        "Uri": f"{base}/ActionUpdates/{update.update_id}",
    }


def update_for_advertiser(
    update: ActionUpdate, action: Action, campaign: Campaign, now: datetime
) -> dict[str, Any]:
    shown = _update(
        update, action, campaign, account_path(Role.ADVERTISER, action.advertiser_id), now
    )
    return {**shown, "Disposition": update.reason, "UpdatedBy": shown_source(update.made_by)}


def update_for_partner(
    update: ActionUpdate, action: Action, campaign: Campaign, now: datetime
) -> dict[str, Any]:
    shown = _update(update, action, campaign, account_path(Role.PARTNER, action.partner_id), now)
    return {**shown, "ReportingState": update.reason, "SubId1": "", "SubId2": "", "SubId3": ""}


def items(
    action: Action,
    role: Role,
    amounts: Iterable[Money],
    payouts: Iterable[Money],
) -> list[dict[str, str]]:
    """The basket of an action, each item with its amount and its part of the payout."""
    account_id = action.advertiser_id if role is Role.ADVERTISER else action.partner_id
    uri = f"{account_path(role, account_id)}/Actions/{action.action_id}/Items"
    return [
        {
            "Sku": item.sku,
            "ItemName": item.name,
            "Category": item.category,
            "SubCategory": item.sub_category,
            "Mpn": item.mpn,
            "Quantity": str(item.quantity),
            "SaleAmount": str(amount),
            "SaleAmountCurrency": amount.currency,
            "Payout": str(payout),
            "PayoutCurrency": payout.currency,
            "Rebate": str(item.rebate) if item.rebate is not None else "",
            "RebateCurrency": item.rebate.currency if item.rebate is not None else "",
            "AdjustmentDate": "",
            "AdjustmentReason": "",
            "Uri": f"{uri}/{quote(ending_a_path(item.sku), safe='')}",
        }
        for item, amount, payout in zip(action.order.items, amounts, payouts, strict=True)
    ]


def upload(shown: Upload, zone: tzinfo, links: Mapping[str, str]) -> dict[str, Any]:
    """An upload with its progress; links are there once it is over."""
    base = account_path(shown.place.role, shown.place.account_id)
    return {
        "Id": shown.upload_id,
        "Kind": str(shown.place.kind),
        "Name": shown.place.name,
        "Size": str(shown.size),
        "DryRun": str(shown.dry).lower(),
        **{name: shown.given.get(name, "") for name in GIVEN_FIELDS},
        "Status": str(shown.state),
        "RowsDone": str(shown.rows_done),
        "RowsTotal": str(shown.row_count),
        "Fault": shown.fault,
        "Warnings": list(shown.warnings),
        "CreationDate": in_zone(shown.created_at, zone),
        "StartDate": _date(shown.started_at, zone),
        "EndDate": _date(shown.finished_at, zone),
        "ResultUri": links.get("result.csv", ""),
        "WorkbookUri": links.get("result.xlsx", ""),
        "SummaryUri": links.get("summary.json", ""),
        "Uri": f"{base}/Files/{shown.upload_id}",
    }
