"""Who takes part as the API shows them: companies, campaigns, contracts, partners, and items.

The field's names, with "" or an empty list for what is not kept here; what that API lacks follows
in the same style. Instants of contracts carry the campaign's offset.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from makegood.api.presenters import root
from makegood.domain.actions import Action
from makegood.domain.calendar import LockRule, PaymentRule, in_zone
from makegood.domain.contracts import Contract, ContractStatus, Terms
from makegood.domain.limits import Limit
from makegood.domain.money import Money
from makegood.domain.parties import Campaign, Partner, Role
from makegood.domain.payout_plans import PayoutGroup, PayoutPlan, PayoutTerm

ADDRESS = ("AddressLine1", "AddressLine2", "City", "State", "PostalCode", "Country")
CONTACT = (
    "UserId",
    "Name",
    "Email",
    "WorkPhoneNumber",
    "WorkPhoneNumberCountry",
    "CellPhoneNumber",
    "CellPhoneNumberCountry",
)
CONTACTS = ("FinancialContact", "TechnicalContact", "CommercialContact", "SecurityContact")
PHONES = (
    "PrimaryPhoneNumber",
    "PrimaryPhoneNumberCountry",
    "SecondaryPhoneNumber",
    "SecondaryPhoneNumberCountry",
)
TAXES = (
    "RegisteredForIndirectTax",
    "IndirectTaxNumber",
    "OrganizationType",
    "EinSsnForeignTaxId",
)
KIND = "Performance"
"""The type that the field gives to programs that pay for actions."""

PARTNER_STATES = {
    ContractStatus.ACTIVE: "ACTIVE",
    ContractStatus.UPCOMING: "PENDING",
    ContractStatus.EXPIRED: "EXPIRED",
}


def blank(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, "")


def flag(value: bool) -> str:
    return str(value).lower()


def company(role: Role, account_id: str, name: str, kind: str = "") -> dict[str, Any]:
    """An account's own company; of it, the name is all that is kept here."""
    return {
        "Id": account_id,
        "CompanyName": name,
        "Industry": blank(("IndustryId", "IndustryName")),
        "Website": "",
        **blank(PHONES),
        "MinimumContactRating": "",
        "Timezone": "",
        "Currency": "",
        **blank(TAXES),
        "CorporateAddress": blank(ADDRESS),
        "BillingAddress": blank(ADDRESS),
        **{each: blank(CONTACT) for each in CONTACTS},
        "Kind": kind,
        "Uri": f"{root(role, account_id)}/CompanyInformation",
    }


def _ours(campaign: Campaign) -> dict[str, Any]:
    return {
        "Currency": campaign.currency,
        "Timezone": campaign.time_zone,
        "ActionTrackers": [
            {"Id": each.event_type_id, "Name": each.name} for each in campaign.event_types
        ],
        "InquiriesEnabled": flag(campaign.inquiries_enabled),
    }


def campaign_for_advertiser(campaign: Campaign) -> dict[str, Any]:
    uri = f"{root(Role.ADVERTISER, campaign.advertiser_id)}/Campaigns/{campaign.campaign_id}"
    categories = {"PrimaryCategory": "", "PrimarySubCategories": []}
    links = ("CompanyHomepage", "ExampleLandingPage", "InformationPage")
    return {
        "Id": campaign.campaign_id,
        "Name": campaign.name,
        "State": "ACTIVE",
        "Type": KIND,
        "Categories": {**categories, "AdditionalCategory": "", "AdditionalSubCategories": []},
        "ShortDescription": "",
        "LongDescription": "",
        "ListInMarketplace": "",
        "DisplayServicingAgency": "",
        "Rating": "",
        "SearchKeywords": "",
        "ShippingRegions": [],
        "Resources": {**blank(links), "AdditionalRelatedLinks": []},
        "CompanyContacts": [],
        "TrackingDomain": "",
        "HasStandDownPolicy": "",
        **_ours(campaign),
        "DeclinesTracked": flag(campaign.declines_tracked),
        "ContractsUri": f"{uri}/Contracts",
        "Uri": uri,
    }


def campaign_for_partner(
    campaign: Campaign, advertiser_name: str, contract: Contract, now: datetime
) -> dict[str, Any]:
    base = root(Role.PARTNER, contract.partner_id)
    return {
        "AdvertiserId": campaign.advertiser_id,
        "AdvertiserName": advertiser_name,
        "AdvertiserUrl": "",
        "CampaignId": campaign.campaign_id,
        "CampaignName": campaign.name,
        "CampaignUrl": "",
        "CampaignDescription": "",
        "Type": KIND,
        "ShippingRegions": [],
        "CampaignLogoUri": "",
        "PublicTermsUri": "",
        "ContractStatus": contract.status(now).capitalize(),
        "ContractUri": f"{base}/Contracts/{contract.contract_id}",
        "TrackingLink": "",
        "HasStandDownPolicy": "",
        "AllowsDeeplinking": "",
        "DeeplinkDomains": [],
        **_ours(campaign),
        "Uri": f"{base}/Campaigns/{campaign.campaign_id}",
    }


def contract_for_advertiser(
    contract: Contract, campaign: Campaign, partner_name: str, now: datetime
) -> dict[str, Any]:
    base = f"{root(Role.ADVERTISER, campaign.advertiser_id)}/Campaigns/{campaign.campaign_id}"
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
    return {
        **_contract(contract, campaign, now),
        "Terms": _terms(contract.latest(now), campaign),
        "Uri": f"{root(Role.PARTNER, contract.partner_id)}/Contracts/{contract.contract_id}",
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
        "DateCreated": "",
        "DateLastUpdated": "",
        "HasCampaignTerms": "false",
        "CampaignTerms": [],
        "PdfUri": "",
        "Versions": [_terms(each, campaign) for each in contract.versions],
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
    """What goes beyond it is outside of terms; the most of a NUMBER limit has no currency."""
    most = limit.most
    return {
        "Measure": str(limit.measure),
        "Most": str(most),
        "MostCurrency": most.currency if isinstance(most, Money) else "",
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


def partner(
    shown: Partner,
    advertiser_id: str,
    programs: Iterable[tuple[Campaign, Contract]],
    now: datetime,
) -> dict[str, Any]:
    """A partner as an advertiser sees it: in which of its own programs, and since when."""
    held = list(programs)
    statuses = {contract.status(now) for _, contract in held}
    state = next((name for each, name in PARTNER_STATES.items() if each in statuses), "")
    base = root(Role.ADVERTISER, advertiser_id)
    address = ("Country", "Address1", "Address2", "City", "State", "PostalCode")
    return {
        "Id": shown.partner_id,
        "Name": shown.name,
        "Description": "",
        "Website": "",
        "State": state,
        "Address": blank(address),
        "Phone": blank(("Country", "Number")),
        "Currency": "",
        "Timezone": "",
        "IndirectTax": blank(("Country", "Number")),
        "PartnerType": "",
        "PromotionalMethods": [],
        "PromotionalCountries": [],
        "Properties": [],
        "PromotionalCategories": [],
        "Programs": [
            {
                "Id": campaign.campaign_id,
                "Name": campaign.name,
                "ContractId": contract.contract_id,
                "ContractName": "",
                "JoinDate": in_zone(contract.versions[0].valid_from, campaign.zone),
                "ExpirationDate": in_zone(contract.ended_at, campaign.zone)
                if contract.ended_at
                else "",
            }
            for campaign, contract in held
        ],
        "Contacts": [],
        "LinkedAccounts": [],
        "PartnerValues": blank(("Value1", "Value2", "Value3")),
        "AccountManager": "",
        "DateCreated": "",
        "DateLastUpdated": "",
        "CreatedBy": "",
        "LastUpdatedBy": "",
        "Kind": str(shown.kind),
        "Uri": f"{base}/MediaPartners/{shown.partner_id}",
    }


def items(
    action: Action,
    role: Role,
    amounts: Iterable[Money],
    payouts: Iterable[Money],
) -> list[dict[str, str]]:
    """The basket of an action, each item with its amount and its part of the payout."""
    account_id = action.advertiser_id if role is Role.ADVERTISER else action.partner_id
    uri = f"{root(role, account_id)}/Actions/{action.action_id}/Items"
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
            "Uri": uri,
        }
        for item, amount, payout in zip(action.order.items, amounts, payouts, strict=True)
    ]
