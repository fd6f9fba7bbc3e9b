"""The command that sets how claims are checked against a shop's orders."""

from typing import Any

import pytest
from makegood.domain.problems import Invalid, NotFound
from makegood.domain.shop_orders import Affixes, AmountBasis
from makegood.domain.verification import OtherCurrency
from makegood.domain.verification_settings import CampaignSetting, ShopSetting, Undoing
from makegood.operator import commands
from makegood.operator.described import described
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.market import CAMPAIGN, SHOP
from tests.integration.test_commands import run

SHOWN = {"advertiser_id": SHOP, "prefixes": [], "suffixes": [], "kept_days": 400}
OF_CAMPAIGN = {
    "campaign_id": CAMPAIGN,
    "amount_basis": "GOODS",
    "tolerance_days": 1,
    "tolerance_amount": "0.00 USD",
    "other_currency": "MISMATCH",
    "undoing": "PROPOSE",
}


def say(store: Store, **arguments: Any) -> dict[str, Any]:
    return run(store, command="set_verification", advertiser_id=SHOP, **arguments)


def test_who_has_set_nothing_sees_the_defaults(trading: Store) -> None:
    kept = stack.everything("directory")
    assert say(trading) == SHOWN
    assert say(trading, campaign_id=CAMPAIGN) == SHOWN | OF_CAMPAIGN
    assert stack.everything("directory") == kept


def test_what_is_set_is_kept_and_what_is_not_named_stays(trading: Store) -> None:
    say(trading, kept_days=90, prefixes=["WC-", "WC-"], suffixes=["/EU"])
    say(trading, campaign_id=CAMPAIGN, amount_basis="GOODS+TAX", tolerance_amount="0.50")
    shown = say(
        trading,
        campaign_id=CAMPAIGN,
        tolerance_days=3,
        other_currency="PERSON",
        undoing="CHANGE",
        suffixes=[],
    )
    affixes = Affixes(("WC-",))
    assert trading.shop_setting(SHOP) == ShopSetting(SHOP, affixes, 90)
    basis, person = AmountBasis(tax=True), OtherCurrency.PERSON
    kept = CampaignSetting(CAMPAIGN, basis, 3, 50, person, Undoing.CHANGE)
    assert trading.campaign_settings([CAMPAIGN]) == {CAMPAIGN: kept}
    assert shown.pop("note").endswith("by the new ones")
    assert shown == say(trading, campaign_id=CAMPAIGN)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"tolerance_days": 1}, "campaign_id"),
        ({"prefixes": "WC-"}, "prefixes"),
        ({"prefixes": [""]}, "prefixes"),
        ({"prefixes": [7]}, "prefixes"),
        ({"suffixes": ["x" * 21]}, "suffixes"),
        ({"suffixes": [f"{n}" for n in range(21)]}, "suffixes"),
        ({"kept_days": 29}, "kept_days"),
        ({"kept_days": 3_661}, "kept_days"),
        ({"campaign_id": CAMPAIGN, "tolerance_days": 31}, "tolerance_days"),
        ({"campaign_id": CAMPAIGN, "tolerance_amount": "-1"}, "tolerance_amount"),
        ({"campaign_id": CAMPAIGN, "tolerance_amount": "x"}, "tolerance_amount"),
        ({"campaign_id": CAMPAIGN, "amount_basis": "TAX"}, "amount_basis"),
        ({"campaign_id": CAMPAIGN, "other_currency": "EUR"}, "other_currency"),
        ({"campaign_id": CAMPAIGN, "undoing": "REVERSE"}, "undoing"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(
    trading: Store, arguments: dict[str, Any], field: str
) -> None:
    kept = stack.everything("directory")
    with pytest.raises(Invalid) as refused:
        say(trading, **arguments)
    assert [each.field for each in refused.value.faults] == [field]
    assert stack.everything("directory") == kept


def test_another_s_campaign_is_not_there(trading: Store) -> None:
    with pytest.raises(NotFound):
        say(trading, campaign_id="no-such")


def test_it_is_the_directory_s_function_that_runs_it() -> None:
    assert commands.function_of("set_verification") == "setup"
    kinds = {e["name"]: e["kind"] for e in described()["set_verification"]["arguments"]}
    assert kinds["prefixes"] == "list"
    assert kinds["kept_days"] == kinds["tolerance_days"] == "count"
