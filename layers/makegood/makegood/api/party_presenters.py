"""The parties as the API shows them: companies, campaigns, and partners.

Fields have the names of the field's API, with "" or an empty list for what is not kept here. Fields
of our own follow in the same style.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from makegood.domain.calendar import in_zone
from makegood.domain.contracts import Contract, ContractStatus
from makegood.domain.parties import Campaign, Partner, Role, account_path

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
        "Uri": f"{account_path(role, account_id)}/CompanyInformation",
    }


def _additional_fields(campaign: Campaign) -> dict[str, Any]:
    return {
        "Currency": campaign.currency,
        "Timezone": campaign.time_zone,
        "ActionTrackers": [
            {"Id": each.event_type_id, "Name": each.name} for each in campaign.event_types
        ],
        "InquiriesEnabled": flag(campaign.inquiries_enabled),
    }


def campaign_for_advertiser(campaign: Campaign) -> dict[str, Any]:
    uri = (
        f"{account_path(Role.ADVERTISER, campaign.advertiser_id)}/Campaigns/{campaign.campaign_id}"
    )
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
        **_additional_fields(campaign),
        "DeclinesTracked": flag(campaign.declines_tracked),
        "ContractsUri": f"{uri}/Contracts",
        "Uri": uri,
    }


def campaign_for_partner(
    campaign: Campaign, advertiser_name: str, contract: Contract, now: datetime
) -> dict[str, Any]:
    base = account_path(Role.PARTNER, contract.partner_id)
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
        **_additional_fields(campaign),
        "Uri": f"{base}/Campaigns/{campaign.campaign_id}",
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
    base = account_path(Role.ADVERTISER, advertiser_id)
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
