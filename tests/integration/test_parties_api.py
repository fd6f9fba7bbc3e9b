"""Who takes part, as each side reads it: its company, campaigns, contracts, partners, baskets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from makegood.domain.contracts import contract_id_of
from makegood.domain.parties import Partner, PartnerKind
from makegood.domain.payout_plans import PayoutPlan
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, OTHER_ADVERTISER, OTHER_PARTNER, PARTNER, Client
from tests.integration.market import CAMPAIGN, CASHBACK, CONTENT, LOYALTY, SALE, STRANGE_CAMPAIGN

STRANGE_CONTRACT = contract_id_of(STRANGE_CAMPAIGN, LOYALTY)
GROUPED = {
    "default": "5%",
    "level": "ITEM",
    "groups": [
        {
            "name": "Shoes",
            "rank": 1,
            "payout": "1.50 USD",
            "when": [{"variable": "ITEM_CATEGORY", "operator": "IS", "value": "Shoes"}],
        }
    ],
}


def ids(client: Client, path: str, key: str, name: str = "Id") -> list[str]:
    """The ids of every page of a list, by following it."""
    found = []
    while path:
        page = client.get(path).body
        found += [each[name] for each in page[key]]
        path = page["@nextpageuri"]
    return found


def values(shown: Any) -> list[Any]:
    """Everything in an answer that is neither a list nor an object."""
    if isinstance(shown, dict):
        return [value for each in shown.values() for value in values(each)]
    if isinstance(shown, list):
        return [value for each in shown for value in values(each)]
    return [shown]


@pytest.mark.parametrize(
    ("client", "path", "key"),
    [
        (ADVERTISER, "/Campaigns", "Campaigns"),
        (ADVERTISER, f"/Campaigns/{CAMPAIGN}/Contracts", "Contracts"),
        (ADVERTISER, "/MediaPartners", "Partners"),
        (PARTNER, "/Campaigns", "Campaigns"),
        (PARTNER, "/Contracts", "Contracts"),
    ],
)
def test_each_object_of_a_list_is_what_its_uri_answers_and_all_texts(
    live: Store, client: Client, path: str, key: str
) -> None:
    page = client.get(path).body
    assert len([name for name in page if name.startswith("@")]) == 11
    assert page["@total"] == str(len(page[key]))
    for each in page[key]:
        assert client.get(each["Uri"]).body == each
        assert {type(value) for value in values(each)} == {str}


def test_a_company_is_the_callers_own(live: Store) -> None:
    shop, club = (each.get("/CompanyInformation").body for each in (ADVERTISER, PARTNER))
    assert (shop["CompanyName"], club["CompanyName"]) == ("The Shop", "Cashback Club")
    assert club["Uri"] == f"{PARTNER.root}/CompanyInformation"
    assert (club["Website"], club["CorporateAddress"]["City"]) == ("", "")


def test_lists_hold_who_takes_part_with_the_caller_and_nobody_else(live: Store) -> None:
    live.put_campaign(market.campaign(campaign_id="999", name="Old"))
    assert ids(ADVERTISER, "/Campaigns", "Campaigns") == [CAMPAIGN, "999"]
    assert ids(ADVERTISER, "/Campaigns?Name=Old", "Campaigns") == ["999"]
    assert ids(PARTNER, "/Campaigns", "Campaigns", "CampaignId") == [CAMPAIGN]
    joined = [STRANGE_CAMPAIGN, CAMPAIGN]
    assert ids(OTHER_PARTNER, "/Campaigns", "Campaigns", "CampaignId") == joined
    partners = [CONTENT, LOYALTY, CASHBACK]
    assert ids(ADVERTISER, "/MediaPartners", "Partners") == partners
    assert ids(ADVERTISER, "/MediaPartners", "MediaPartners") == partners
    assert ids(OTHER_ADVERTISER, "/MediaPartners", "Partners") == [LOYALTY]
    contracts = f"/Campaigns/{CAMPAIGN}/Contracts"
    assert ids(ADVERTISER, contracts, "Contracts", "PartnerId") == partners
    one = f"{contracts}?PartnerId={LOYALTY}"
    assert ids(ADVERTISER, one, "Contracts", "PartnerId") == [LOYALTY]
    assert ids(OTHER_PARTNER, "/Contracts", "Contracts", "CampaignId") == joined


@pytest.mark.parametrize(
    ("client", "path"),
    [
        (ADVERTISER, f"/Campaigns/{STRANGE_CAMPAIGN}"),
        (ADVERTISER, f"/Campaigns/{STRANGE_CAMPAIGN}/Contracts"),
        (ADVERTISER, f"/Campaigns/{STRANGE_CAMPAIGN}/Contracts/{STRANGE_CONTRACT}"),
        (ADVERTISER, f"/Campaigns/{CAMPAIGN}/Contracts/{STRANGE_CONTRACT}"),
        (ADVERTISER, f"/Campaigns/{CAMPAIGN}/Contracts/C0"),
        (OTHER_ADVERTISER, f"/MediaPartners/{CASHBACK}"),
        (PARTNER, f"/Campaigns/{STRANGE_CAMPAIGN}"),
        (PARTNER, f"/Contracts/{contract_id_of(CAMPAIGN, LOYALTY)}"),
    ],
)
def test_what_is_not_the_callers_is_not_found(live: Store, client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_pages_follow_each_other_while_others_join(live: Store) -> None:
    for number in range(5):
        live.put_partner(Partner(f"2000{number}", f"P{number}", PartnerKind.OTHER))
        live.put_contract(market.contract(f"2000{number}"))
    first = ADVERTISER.get("/MediaPartners?PageSize=3").body
    live.put_partner(Partner("30000", "Late", PartnerKind.OTHER))
    live.put_contract(market.contract("30000"))
    rest = ids(ADVERTISER, first["@nextpageuri"], "Partners")
    assert [each["Id"] for each in first["Partners"]] == ["20004", "20003", "20002"]
    assert rest == ["20001", "20000", CONTENT, LOYALTY, CASHBACK]
    third = ids(ADVERTISER, "/MediaPartners?PageSize=3&Page=3", "Partners")
    assert third == [CONTENT, LOYALTY, CASHBACK]


def test_an_item_is_found_by_whatever_its_sku_is(live: Store) -> None:
    sku = "Größe 42/rot & co"
    action = market.track(live, "A-1", ItemSku1=sku, ItemQty1="1", ItemSubtotal1="100.00")
    (item,) = PARTNER.get(f"/Actions/{action.action_id}/Items").body["ActionItems"]
    found = PARTNER.get(item["Uri"].removeprefix(PARTNER.root))
    assert (found.status, found.body["Sku"]) == (200, sku)


def test_a_contract_tells_what_it_pays_when_and_in_each_version(live: Store) -> None:
    plan = ((SALE, PayoutPlan.from_dict(GROUPED)),)
    later = market.terms("MONTH 1m+3d", "WEEK 2d", version=2)
    live.put_contract(market.contract(CASHBACK, market.terms(), replace(later, payouts=plan)))
    (seen,) = PARTNER.get("/Contracts").body["Contracts"]
    (other,) = ADVERTISER.get(f"/Campaigns/{CAMPAIGN}/Contracts?PartnerId={CASHBACK}").body[
        "Contracts"
    ]
    assert seen["Terms"] == other["TemplateTerms"] == seen["Versions"][1]
    assert [each["VersionId"] for each in seen["Versions"]] == ["1", "2"]
    assert (seen["DateCreated"], seen["DateLastUpdated"]) == (
        seen["Versions"][0]["StartDate"],
        seen["Versions"][1]["StartDate"],
    )
    assert (seen["Status"], seen["StartDate"]) == ("ACTIVE", "2024-12-31T16:00:00-08:00")
    (pays,) = seen["Terms"]["EventPayouts"]
    assert (pays["DefaultPayoutRate"], pays["DefaultPayout"], pays["PayoutLevel"]) == (
        "5",
        "",
        "ITEM",
    )
    (group,) = pays["PayoutGroups"]
    assert (group["Payout"], group["PayoutCurrency"], group["PayoutRate"]) == ("1.50", "USD", "")
    assert group["Rules"] == [{"Variable": "ITEM_CATEGORY", "Operator": "IS", "Values": ["Shoes"]}]
    assert pays["Locking"] == {
        "Basis": "TRACKED",
        "Period": "MONTH",
        "MonthOffset": "1",
        "DayOffset": "3",
    }
    assert (pays["PayoutScheduling"]["Period"], pays["PayoutScheduling"]["DayOffset"]) == (
        "WEEK",
        "2",
    )
    assert seen["Terms"]["ClaimWindow"] == {"FirstDay": "0", "LastDay": "180"}


def test_contracts_that_are_over_are_listed_when_they_are_asked_for(live: Store) -> None:
    live.put_contract(replace(market.contract(), ended_at=market.NOW))
    assert PARTNER.get("/Contracts").body["Contracts"] == []
    (ended,) = PARTNER.get("/Contracts?Status=expired").body["Contracts"]
    assert (ended["Status"], ended["EndDate"]) == ("EXPIRED", "2026-06-10T05:00:00-07:00")
    assert ended["DateLastUpdated"] == ended["EndDate"]
    for published in ("DECLINED", "PENDING"):
        assert PARTNER.get(f"/Contracts?Status={published}").body["Contracts"] == []
    assert ended in PARTNER.get("/Contracts?Status=ALL").body["Contracts"]
    assert PARTNER.get("/Contracts?Status=LOST").faults == [("Status", "unknown_state")]
    assert PARTNER.get(f"/Campaigns/{CAMPAIGN}").body["ContractStatus"] == "Expired"
    assert ADVERTISER.get(f"/MediaPartners/{CASHBACK}").body["State"] == "EXPIRED"
    live.set_clock(market.NOW - timedelta(milliseconds=1))
    assert PARTNER.get(f"/Campaigns/{CAMPAIGN}").body["ContractStatus"] == "Active"


BASKET = {
    "ItemSku1": "S-1",
    "ItemCategory1": "Shoes",
    "ItemQty1": "2",
    "ItemSubtotal1": "60.00",
    "ItemSku2": "H-1",
    "ItemName2": "A hat",
    "ItemQty2": "1",
    "ItemSubtotal2": "40.00",
    "ItemTotalRebate2": "1.00",
}


def test_items_tell_their_parts_of_the_payout(live: Store) -> None:
    terms = replace(market.terms(), payouts=((SALE, PayoutPlan.from_dict(GROUPED)),))
    live.put_contract(market.contract(CASHBACK, terms))
    action = market.track(live, "A-1", **BASKET)
    path = f"/Actions/{action.action_id}/Items"
    for client in (ADVERTISER, PARTNER):
        page = client.get(path).body
        shoes, hat = page["Items"]
        assert page["ActionItems"] == page["Items"]
        assert (shoes["Sku"], shoes["Quantity"], shoes["Payout"]) == ("S-1", "2", "3.00")
        assert (hat["ItemName"], hat["SaleAmount"], hat["Payout"]) == ("A hat", "40.00", "2.00")
        assert (hat["Rebate"], hat["RebateCurrency"], shoes["Rebate"]) == ("1.00", "USD", "")
        assert hat["Uri"] == f"{client.root}{path}/H-1"
        assert client.get(f"{path}/H-1").body == hat
        assert client.get(f"{path}/H-2").status == 404
    assert ids(PARTNER, f"{path}?PageSize=1", "Items", "Sku") == ["S-1", "H-1"]
    assert OTHER_PARTNER.get(path).status == OTHER_ADVERTISER.get(path).status == 404
    assert OTHER_PARTNER.get(f"{path}/H-1").status == 404
    plain = market.track(live, "A-2")
    assert PARTNER.get(f"/Actions/{plain.action_id}/Items").body["Items"] == []
