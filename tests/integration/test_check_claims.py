"""Partners ask before they file: what is theirs is told, and nothing of anybody else's."""

import pytest
from makegood.store.store import Store

from tests.integration import market, shop_orders
from tests.integration.gateway import PARTNER
from tests.integration.market import CASHBACK, LOYALTY, RECENT

OF_ALL = {"CampaignId": market.CAMPAIGN, "InquiryType": "UNTRACKED", "TransactionAmount": "100.00"}


def checked(*order_ids: str, **fields: str) -> list[dict[str, str]]:
    numbered = {f"OrderId{number}": each for number, each in enumerate(order_ids, 1)}
    asked = {**OF_ALL, "TransactionDate": RECENT, **numbered, **fields}
    answer = PARTNER.post("/ActionInquiries/Check", asked)
    assert answer.status == 200, answer.text
    return answer.body["Checks"]


def test_what_is_the_partner_s_own_is_told(live: Store) -> None:
    market.track(live, "A-1", MediaPartnerId=CASHBACK)
    market.file(live, "A-2")
    declined = market.file(live, "A-3").inquiry_id
    market.resolve(live, market.declined(declined))
    asked = ("A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7")
    found = checked(
        *asked,
        TransactionDate5="2025-06-01",
        CampaignId6="9999",
        TransactionAmount7="none",
    )
    assert [each["Outcome"] for each in found] == [
        "TRACKED",
        "CLAIMED",
        "DECLINED_BEFORE",
        "FINE",
        "TOO_LATE",
        "NO_CONTRACT",
        "REFUSED",
    ]
    assert [each["OrderId"] for each in found] == list(asked)
    assert found[2]["AppealOf"] == declined
    assert f"AppealOf={declined}" in found[2]["Message"]
    assert len(market.listed(live, market.StoredList.of_partner("inquiries", CASHBACK))) == 2


@pytest.mark.parametrize("declines", [True, False])
def test_an_order_of_somebody_else_s_looks_like_a_guess(live: Store, declines: bool) -> None:
    live.put_campaign(market.campaign(declines_tracked=declines, names_media=True))
    shop_orders.give(live, shop_orders.an_order("1001"), shop_orders.an_order("1002"))
    market.track(live, "1001", MediaPartnerId=LOYALTY)
    market.file(live, "1002", LOYALTY)
    found = checked("1001", "1002", "777", "1001", TransactionAmount4="1.00")
    told = [{**each, "Number": "", "OrderId": ""} for each in found]
    assert told == [told[0]] * 4
    assert told[0]["Outcome"] == "FINE"
    for order_id in ("1001", "1002", "777"):
        dry = PARTNER.post("/ActionInquiries", market.claimed(order_id, DryRun="true"))
        assert dry.body["Preview"]["Outcome"] == "FINE"
        assert dry.body["Preview"]["State"] == "UNRESOLVED"


def test_each_claim_counts_as_a_request_and_a_hundred_are_the_most(live: Store) -> None:
    before = int(PARTNER.get("/Campaigns").headers["X-RateLimit-Remaining"])
    checked(*(f"A-{number}" for number in range(100)))
    after = int(PARTNER.get("/Campaigns").headers["X-RateLimit-Remaining"])
    assert before - after >= 100
    many = {f"OrderId{number}": "A-1" for number in range(1, 102)}
    refused = PARTNER.post("/ActionInquiries/Check", {**OF_ALL, **many})
    assert (refused.status, refused.body["Errors"][0]["Code"]) == (400, "too_many_claims")
