"""Contracts as the API shows them: their versions, what these pay, their limits and dates.

Fields have the names of the field's API, with "" or an empty list for what is not kept here. Dates
have the campaign's offset.
"""

from datetime import datetime
from typing import Any

from makegood.domain.calendar import LockRule, PaymentRule, in_zone
from makegood.domain.contracts import Contract, Terms
from makegood.domain.deadlines import Deadlines
from makegood.domain.inquiries import REJECT_REASONS
from makegood.domain.limits import Limit
from makegood.domain.parties import Campaign, Role, account_path
from makegood.domain.payout_plans import PayoutGroup, PayoutPlan, PayoutTerm


def contract_for_advertiser(
    contract: Contract, campaign: Campaign, partner_name: str, now: datetime
) -> dict[str, Any]:
    base = (
        f"{account_path(Role.ADVERTISER, campaign.advertiser_id)}/Campaigns/{campaign.campaign_id}"
    )
    return {
        **_contract(contract, campaign, now),
        "PartnerId": contract.partner_id,
        "PartnerName": partner_name,
        "PartnerValue1": "",
        "TemplateTerms": _terms(contract.latest(now), campaign),
        "ScheduledTerms": [],
        "Uri": f"{base}/Contracts/{contract.contract_id}",
    }


def contract_for_partner(contract: Contract, campaign: Campaign, now: datetime) -> dict[str, Any]:
    base = account_path(Role.PARTNER, contract.partner_id)
    return {
        **_contract(contract, campaign, now),
        "Terms": _terms(contract.latest(now), campaign),
        "Uri": f"{base}/Contracts/{contract.contract_id}",
    }


def _contract(contract: Contract, campaign: Campaign, now: datetime) -> dict[str, Any]:
    ended = contract.ended_at
    return {
        "Id": contract.contract_id,
        "CampaignId": campaign.campaign_id,
        "CampaignName": campaign.name,
        "Status": str(contract.status(now)),
        "StartDate": in_zone(contract.versions[0].valid_from, campaign.zone),
        "EndDate": in_zone(ended, campaign.zone) if ended else "",
        "BrandSignatory": "",
        "BrandSignatoryDate": "",
        "PartnerSignatory": "",
        "PartnerSignatoryDate": "",
        "DateCreated": in_zone(contract.versions[0].valid_from, campaign.zone),
        "DateLastUpdated": in_zone(contract.changed_at(now), campaign.zone),
        "HasCampaignTerms": "false",
        "CampaignTerms": [],
        "PdfUri": "",
        "Versions": [_terms(each, campaign) for each in contract.read],
    }


def _terms(terms: Terms, campaign: Campaign) -> dict[str, Any]:
    """One version: what each event type pays, when that locks and falls due, and who may claim."""
    first, last = terms.claim_window_days
    return {
        "TemplateId": "",
        "VersionId": str(terms.version),
        "Name": "",
        "Labels": [],
        "StartDate": in_zone(terms.valid_from, campaign.zone),
        "Currency": campaign.currency,
        "EventPayouts": [
            _event_payout(event_type_id, terms, campaign) for event_type_id, _ in terms.payouts
        ],
        "PromotionalTerms": [],
        "ClaimWindow": {"FirstDay": str(first), "LastDay": str(last)},
        "Deadlines": _deadlines(terms.deadlines),
        "AppealDays": str(terms.appeal_days),
    }


def _deadlines(agreed: Deadlines) -> dict[str, str]:
    """In how many days either side answers, and what silence does; blank where there is none."""
    most = agreed.payout_max
    return {
        "AnswerDays": str(agreed.answer_days or ""),
        "Silence": str(agreed.silence) if agreed.answer_days else "",
        "PayoutMax": str(most) if most else "",
        "PayoutMaxCurrency": most.currency if most else "",
        "EventTypeId": agreed.event_type_id,
        "RejectReason": REJECT_REASONS.get(agreed.reject_reason or 0, ""),
        "PartnerDays": str(agreed.partner_days or ""),
    }


def _event_payout(event_type_id: str, terms: Terms, campaign: Campaign) -> dict[str, Any]:
    names = {each.event_type_id: each.name for each in campaign.event_types}
    plan: PayoutPlan = terms.plan(event_type_id)
    return {
        "EventTypeId": event_type_id,
        "EventTypeName": names.get(event_type_id, ""),
        "EventCategory": "",
        **{f"Default{name}": value for name, value in _payout(plan.default).items()},
        "PayoutLevel": str(plan.level),
        "PayoutGroups": [_group(each) for each in plan.groups],
        "Limits": [_limit(each) for each in plan.limits],
        "Locking": {"Basis": "TRACKED", **_rule(terms.locking)},
        "PayoutScheduling": {"Basis": "LOCKED", **_rule(terms.payment)},
    }


def _payout(term: PayoutTerm) -> dict[str, str]:
    """A flat amount with its currency, or a rate in percent; the other is blank."""
    return {
        "Payout": str(term.flat) if term.flat is not None else "",
        "PayoutCurrency": term.flat.currency if term.flat is not None else "",
        "PayoutRate": term.rate.percent() if term.rate is not None else "",
    }


def _limit(limit: Limit) -> dict[str, str]:
    """A limit as the API shows it; the most of a NUMBER limit has no currency."""
    most = limit.most
    return {
        "Measure": str(limit.measure),
        "Most": str(most),
        "MostCurrency": limit.currency,
        "Scope": str(limit.scope),
        "Every": str(limit.every),
    }


def _group(group: PayoutGroup) -> dict[str, Any]:
    return {
        "Id": group.name,
        "Rank": str(group.rank),
        "Rules": [
            {
                "Variable": str(each.variable),
                "Operator": str(each.operator),
                "Values": [each.value],
            }
            for each in group.when
        ],
        **_payout(group.payout),
        "Limits": [],
        "Tiers": [],
    }


def _rule(rule: LockRule | PaymentRule) -> dict[str, str]:
    return {
        "Period": str(rule.kind),
        "MonthOffset": str(rule.months),
        "DayOffset": str(rule.days),
    }
