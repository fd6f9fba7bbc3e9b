"""What the operator's commands refuse: what could never hold, is more likely a slip, or unknown."""

from typing import Any

import pytest
from makegood.domain.contracts import Contract, Terms
from makegood.domain.problems import Invalid, RuleForbids
from makegood.store.store import Store

from tests.integration.market import CASHBACK, SALE
from tests.integration.test_commands import CREDENTIAL, DEPOSIT, NEW_CAMPAIGN, RULE, TERMS, run


def test_money_in_a_currency_of_no_campaign_is_taken_only_if_it_is_meant(trading: Store) -> None:
    euros = {**DEPOSIT, "currency": "EUR"}
    with pytest.raises(RuleForbids, match=r"campaigns are in USD.*\"despite\"") as caught:
        run(trading, **euros)
    assert caught.value.code == "currency_not_used"
    meant = run(trading, **euros, despite=["currency"])
    assert (meant["recorded"], meant["despite"]) == (True, ["currency"])
    again = run(trading, **euros)
    assert again == {"entry_id": meant["entry_id"], "recorded": False}
    for said in ("currency", ["no_contract"], [1]):
        with pytest.raises(Invalid) as refused:
            run(trading, **euros, despite=said)
        assert [each.code for each in refused.value.faults] == ["unknown_despite"]


DOLLARS = {"measure": "PAYOUT", "most": "1.00 USD"}


def test_terms_that_could_never_hold_are_refused_when_signed_each_by_its_place(
    trading: Store,
) -> None:
    run(trading, **NEW_CAMPAIGN)
    signing = {"command": "sign_contract", "campaign_id": "1002", "partner_id": CASHBACK}

    def group(name: str, rank: int, payout: str, **when: str) -> dict[str, Any]:
        conditions = [
            {"variable": variable, "operator": said.split()[0], "value": said.partition(" ")[2]}
            for variable, said in when.items()
        ]
        return {"name": name, "rank": rank, "payout": payout, "when": conditions}

    plan = {
        "default": "1.50 USD",
        "groups": [
            group("large", 1, "6%", ORDER_AMOUNT="AT_LEAST 10.00 USD"),
            group("flat", 2, "2.00 USD", PROMO_CODE="IS X"),
            group("dollars", 3, "2.00 USD", CURRENCY="IS USD", ORDER_AMOUNT="BELOW 9.00 EUR"),
        ],
        "limits": [{"measure": "PAYOUT", "most": "1.00 GBP"}],
    }
    with pytest.raises(Invalid) as caught:
        run(trading, **signing, terms={**TERMS, "payouts": {SALE: plan}})
    where = [each.field.removeprefix(f"terms.payouts.{SALE}.") for each in caught.value.faults]
    assert where == [
        "default",
        "groups.large.when",
        "groups.flat.payout",
        "groups.dollars.when",
        "limits.PAYOUT-GBP-ALL-NEVER",
    ]
    assert {each.code for each in caught.value.faults} == {"foreign_currency"}
    assert trading.contracts([("1002", CASHBACK)]) == {}
    foreseen = {
        "default": "5%",
        "groups": [group("dollars", 1, "2.00 USD", CURRENCY="IS USD")],
        "limits": [DOLLARS],
    }
    run(trading, **signing, terms={**TERMS, "payouts": {SALE: foreseen}})


def test_a_contract_that_was_signed_before_stays_readable_and_may_be_given_again(
    trading: Store,
) -> None:
    run(trading, **NEW_CAMPAIGN)
    plan = {"default": "5%", "limits": [DOLLARS]}
    terms = {**TERMS, "payouts": {SALE: plan}}
    pair = ("1002", CASHBACK)
    trading.put_contract(Contract("C-old", *pair, (Terms.from_dict(terms),)))
    signing = {"command": "sign_contract", "campaign_id": "1002", "partner_id": CASHBACK}
    assert run(trading, **signing, terms=terms)["version"] == 1
    later = {
        **terms,
        "valid_from": "2026-02-01T00:00:00Z",
        "payouts": {SALE: {**plan, "default": "6%"}},
    }
    with pytest.raises(Invalid):
        run(trading, **signing, terms=later)


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ({"command": "create_partner", "partner_id": "9", "name": "N", "kind": "X"}, "LOYALTY"),
        ({**RULE, "wait": "FOREVER"}, "DAYS_AFTER_MONTH"),
        ({**NEW_CAMPAIGN, "retroactive": "NEVER"}, "FROM_APPROVAL"),
        ({**CREDENTIAL, "role": "ADMIN"}, "ADVERTISER, PARTNER"),
        ({**CREDENTIAL, "scopes": ["X"]}, "ActionInquiries"),
        ({**DEPOSIT, "amont": "1.00"}, "deposit takes advertiser_id"),
        ({"command": "reconcile", "x": 1}, "reconcile takes no arguments"),
        ({**RULE, "payout_max": "6.00 EUR"}, "currency is USD"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(
    trading: Store, command: dict[str, Any], known: str
) -> None:
    with pytest.raises(Invalid) as caught:
        run(trading, **command)
    (fault,) = caught.value.faults
    assert known in fault.message
