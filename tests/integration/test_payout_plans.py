"""A plan with groups on its way: signed by the operator, told by a dry run, kept in the action."""

import pytest
from makegood.api import advertiser_writes
from makegood.api.writes import RequestContext
from makegood.domain.parties import Caller, Role, account_sid
from makegood.domain.problems import Invalid
from makegood.operator import commands
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SALE, SHOP

BASKET = {
    "ItemSku1": "S-1",
    "ItemCategory1": "Shoes",
    "ItemSubtotal1": "40.00",
    "ItemSku2": "H-1",
    "ItemSubtotal2": "60.00",
    "CustomerCountry": "US",
}
SHOES = {
    "name": "Shoes abroad",
    "rank": 1,
    "payout": "10%",
    "when": [
        {"variable": "ITEM_CATEGORY", "operator": "IS", "value": "Shoes"},
        {"variable": "CUSTOMER_COUNTRY", "operator": "IS_NOT", "value": "DE"},
    ],
}
WHY = (
    "Contract version 2, S-1, group Shoes abroad (rank 1): 10% of 40.00 USD = 4.00 USD; "
    "H-1, default: 5% of 60.00 USD = 3.00 USD; together 7.00 USD"
)


def sign(store: Store, **plan: object) -> None:
    context = commands.CommandContext(store, NOW, lambda: "token", lambda: True)
    terms = {
        "valid_from": "2026-06-01T00:00:00Z",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {SALE: {"default": "5%", "level": "ITEM", "groups": [SHOES], **plan}},
    }
    command = {"command": "sign_contract", "campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    commands.run(context, {**command, "terms": terms})


def context_of(store: Store) -> RequestContext:
    return RequestContext(
        store, Caller(account_sid(Role.ADVERTISER, SHOP), Role.ADVERTISER, SHOP), NOW
    )


def test_a_conversion_is_previewed_and_kept_with_the_reason_of_its_payout(trading: Store) -> None:
    sign(trading)
    context, fields = context_of(trading), market.reported("A-1", **BASKET)
    preview = advertiser_writes.convert(context, {**fields, "DryRun": "true"}).preview
    assert preview is not None
    assert (preview["Payout"], preview["Explanation"]) == ("7.00", WHY)
    action_id = advertiser_writes.convert(context, fields).subject_id
    action = trading.actions([action_id])[action_id]
    assert (str(action.payout), action.explanation) == ("7.00", WHY)
    assert action.order.customer_country == "US"


def test_an_acceptance_is_previewed_with_the_reason_of_its_payout(trading: Store) -> None:
    sign(trading)
    inquiry = market.file(trading, "A-2")
    items = {name: text for name, text in BASKET.items() if name.startswith("Item")}
    fields = market.accepted(inquiry.inquiry_id, **items)
    preview = advertiser_writes.resolve(context_of(trading), {**fields, "DryRun": "true"}).preview
    assert preview is not None
    assert preview["Explanation"] == WHY


@pytest.mark.parametrize(("payout", "count"), [("999", 1), ("100.01", 1), ("100.00", 0)])
def test_a_grant_above_the_sale_is_told_beside_the_answer_and_before_it(
    live: Store, payout: str, count: int
) -> None:
    inquiry = market.file(live, "A-2")
    fields = market.accepted(inquiry.inquiry_id, FinalPayout=payout)
    dry = ADVERTISER.put("/ActionInquiries", {**fields, "DryRun": "true"}).body["Warnings"]
    first = ADVERTISER.put("/ActionInquiries", fields, Idempotency_Key="k-1")
    again = ADVERTISER.put("/ActionInquiries", fields, Idempotency_Key="k-1")
    assert first.status == 200
    assert dry == first.body["Warnings"] == again.body["Warnings"]
    assert ["exceeds the order amount of 100.00" in each for each in dry] == [True] * count


def test_a_plan_at_fault_is_not_signed(trading: Store) -> None:
    with pytest.raises(Invalid, match="Validation Failed") as caught:
        sign(trading, groups=[SHOES, SHOES])
    (fault,) = caught.value.faults
    assert (fault.field, fault.code) == ("terms", "payout_rank")
    assert "Each group has a rank of its own" in fault.message
