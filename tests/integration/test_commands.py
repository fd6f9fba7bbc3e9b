"""The operator's commands: what they make, and what they say is wrong with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from makegood.domain.contracts import contract_id_of
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import Conflict, Forbidden, Invalid, NotFound, Problem, RuleForbids
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, RECENT_CLEARS_AT, SALE, SHOP

TERMS: dict[str, Any] = {
    "valid_from": "2026-01-01T00:00:00Z",
    "locking": "DAY 15d",
    "payment": "DAY 4d",
    "payouts": {SALE: "5%"},
}
NEW_CAMPAIGN = {"command": "create_campaign", **market.NEW_CAMPAIGN}
RULE = {
    "command": "set_rule",
    "campaign_id": CAMPAIGN,
    "partner_id": CASHBACK,
    "event_type_id": SALE,
    "payout_max": "6.00",
    "month_max": "100.00",
    "wait": "DAYS",
    "days": 2,
}
DEPOSIT = {
    "command": "deposit",
    "advertiser_id": SHOP,
    "currency": "USD",
    "amount": "9.00",
    "reference": "bank-1",
}
CREDENTIAL = {"command": "create_credential", "role": "PARTNER", "account_id": CASHBACK}


def context(store: Store, adjustable: bool = False) -> CommandContext:
    numbers: Iterator[int] = count(1)
    return CommandContext(store, NOW, lambda: f"token-{next(numbers)}", lambda: True, adjustable)


def run(store: Store, adjustable: bool = False, /, **command: Any) -> dict[str, Any]:
    return commands.run(context(store, adjustable), command)


def test_a_market_is_set_up_from_nothing(store: Store) -> None:
    def say(command: str, **arguments: Any) -> dict[str, Any]:
        return run(store, command=command, **arguments)

    say("create_advertiser", advertiser_id=SHOP, name="The Shop")
    say("create_partner", partner_id=CASHBACK, name="Cashback Club", kind="CASHBACK")
    assert run(store, **NEW_CAMPAIGN) == {"campaign_id": "1002"}
    assert not store.campaigns(["1002"])["1002"].inquiries_enabled
    say("sign_contract", campaign_id="1002", partner_id=CASHBACK, terms=TERMS)
    switched = say("set_options", campaign_id="1002", inquiries_enabled=True)
    assert switched["inquiries_enabled"] is True
    inquiry = market.file(store, "A-1", CampaignId="1002")
    assert inquiry.claim.order_amount.currency == "EUR"


def test_a_contract_is_signed_with_deadlines_that_make_sense(trading: Store) -> None:
    pair = {"campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    pays = {"answer_days": 30, "silence": "APPROVE_IF_MATCHED", "event_type_id": SALE}

    def sign(valid_from: str = TERMS["valid_from"], **deadlines: object) -> dict[str, Any]:
        terms = {**TERMS, "valid_from": valid_from, "deadlines": deadlines}
        return run(trading, command="sign_contract", **pair, terms=terms)

    sign(**pays, payout_max="20.00 USD", partner_days=14)
    signed = trading.contracts([("1000", CASHBACK)])["1000", CASHBACK].read[-1].deadlines
    assert (signed.answer_days, signed.partner_days) == (30, 14)
    assert signed.payout_max == market.usd("20.00")
    for wrong, code in (
        ({"answer_days": 0}, "contract_deadlines"),
        ({**pays, "payout_max": "20.00 EUR"}, "foreign_currency"),
        ({**pays, "payout_max": "20.00 USD", "event_type_id": "9"}, "contract_deadlines"),
        ({"answer_day": 3}, "payout_field"),
    ):
        with pytest.raises(Problem) as caught:
            sign("2026-02-01T00:00:00+00:00", **wrong)
        assert code in {each.code for each in caught.value.faults}


def test_who_is_set_up_again_with_the_same_words_is_answered_alike(trading: Store) -> None:
    """An answer was lost, and the command is given again."""
    pair = {"campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    terms = {**TERMS, "payouts": {SALE: "10%"}}
    rate = {"role": "PARTNER", "account_id": CASHBACK, "per_hour": 7200, "burst": 10}
    for asked in (
        NEW_CAMPAIGN,
        {"command": "sign_contract", **pair, "terms": terms},
        {"command": "set_rate", **rate},
    ):
        first, kept = run(trading, **asked), stack.everything("directory")
        assert run(trading, **asked) == first
        assert stack.everything("directory") == kept


def test_options_that_are_not_named_stay_as_they_are(trading: Store) -> None:
    answer = run(
        trading,
        command="set_options",
        campaign_id=CAMPAIGN,
        names_media=True,
        declines_tracked=True,
        retroactive="FROM_APPROVAL",
    )
    assert answer == {
        "campaign_id": CAMPAIGN,
        "inquiries_enabled": True,
        "declines_tracked": True,
        "names_channel": False,
        "names_media": True,
        "second_above": "none",
    }
    assert trading.campaigns([CAMPAIGN])[CAMPAIGN].retroactive == "FROM_APPROVAL"


def test_a_contract_signed_again_is_its_next_version(trading: Store) -> None:
    signing = {"command": "sign_contract", "campaign_id": CAMPAIGN, "partner_id": CASHBACK}
    answer = run(trading, **signing, terms={**TERMS, "payouts": {SALE: "10%"}})
    assert answer == {"contract_id": contract_id_of(CAMPAIGN, CASHBACK), "version": 2}
    assert str(market.accept(trading, "A-1").payout) == "10.00"
    with pytest.raises(RuleForbids, match="starts on"):
        run(trading, **signing, terms=TERMS)


def test_nothing_is_filed_or_accepted_under_an_ended_contract(trading: Store) -> None:
    before = market.file(trading, "A-1")
    run(
        trading,
        command="end_contract",
        campaign_id=CAMPAIGN,
        partner_id=CASHBACK,
        ended_at="2026-06-01T00:00:00Z",
    )
    with pytest.raises(Forbidden, match="ended"):
        market.file(trading, "A-2")
    with pytest.raises(Forbidden, match="ended"):
        market.resolve(trading, market.accepted(before.inquiry_id))


def test_a_rule_is_in_the_campaigns_currency(trading: Store) -> None:
    assert run(trading, **RULE) == {"rule": f"rule:approval:{CASHBACK}"}
    (rule,) = trading.rules([(CAMPAIGN, CASHBACK)]).values()
    assert (rule.payout_max, rule.wait, rule.days) == (market.usd("6.00"), "DAYS", 2)


def test_a_token_is_told_once_and_kept_as_its_hash(trading: Store) -> None:
    answer = run(trading, **CREDENTIAL, read_only=True)
    sid = account_sid(Role.PARTNER, CASHBACK)
    assert (answer["account_sid"], answer["token"]) == (sid, "token-1")
    kept = str(stack.everything("directory"))
    assert sid in kept
    assert answer["credential_id"] in kept
    assert "token-1" not in kept
    listed = run(trading, command="list_credentials", role="PARTNER", account_id=CASHBACK)
    assert "token-1" not in str(listed)


def test_a_deposit_with_the_same_reference_is_recorded_once(trading: Store) -> None:
    first, second = run(trading, **DEPOSIT), run(trading, **DEPOSIT)
    later = CommandContext(trading, NOW + timedelta(days=1), str, lambda: True)
    third = commands.run(later, DEPOSIT)
    assert [each["recorded"] for each in (first, second, third)] == [True, False, False]
    assert market.cash(trading) == ("9.00", "0.00")
    with pytest.raises(Conflict, match="bank-1") as caught:
        run(trading, **{**DEPOSIT, "amount": "8.00"})
    assert caught.value.code == "deposit_differs"
    assert run(trading, **{**DEPOSIT, "reference": "bank-2"})["recorded"]
    euros = {**DEPOSIT, "currency": "EUR", "despite": ["currency"]}
    assert run(trading, **euros)["recorded"]


def test_a_deposit_is_written_as_people_write_it_and_its_reference_has_one_spelling(
    trading: Store,
) -> None:
    amounts = {"amount": "1.234,50", "reference": "M\xfcller-1"}
    assert run(trading, **{**DEPOSIT, **amounts})["recorded"]
    again = {"amount": "1 234,50", "reference": "Mu\u0308ller-1\u200b"}
    assert not run(trading, **{**DEPOSIT, **again})["recorded"]
    asked = {"command": "funds", "advertiser_id": SHOP, "currency": "USD"}
    assert run(trading, **asked)["funds"] == "1234.50"


def test_a_name_of_people_keeps_its_joiners(trading: Store) -> None:
    name = "\u0dc1\u0dca\u200d\u0dbb\u0dd3 \u0d30\u0d3e\u0d1c\u0d28\u0d4d\u200d"
    run(trading, command="create_partner", partner_id="7", name=name, kind="CASHBACK")
    assert trading.partners(["7"])["7"].name == name


def test_money_in_a_currency_that_has_ended_can_still_be_looked_at(trading: Store) -> None:
    asked = {"command": "funds", "advertiser_id": SHOP, "currency": "HRK"}
    assert run(trading, **asked)["funds"] == "0.00"


def test_funds_are_told_as_amounts(trading: Store) -> None:
    run(trading, **DEPOSIT)
    market.accept(trading, "A-1", TransactionDate=market.LONG_AGO, FinalPayout="10.00")
    asked = {"command": "funds", "advertiser_id": SHOP, "currency": "USD"}
    told = {"funds": "-1.00", "committed": "10.00", "cash": "9.00"}
    assert run(trading, **asked) == told


def test_a_sweep_goes_through_all_shards_at_the_instant_it_is_told(trading: Store) -> None:
    run(trading, **DEPOSIT)
    market.accept(trading, "A-1")
    now = run(trading, command="sweep")
    then = run(trading, True, command="sweep", as_of=RECENT_CLEARS_AT.isoformat())
    assert (now["locked"], then["locked"], then["paid"]) == (0, 1, 1)
    assert (then["finished"], run(trading, command="reconcile")["holds"]) == (True, True)


def test_the_clock_is_set_only_where_it_is_adjustable(trading: Store) -> None:
    told = run(trading, True, command="set_clock", at="2026-07-01T00:00:00Z")
    assert told == {"at": "2026-07-01T00:00:00+00:00"}
    adjusted = trading.adjusted_clock()
    assert adjusted is not None
    assert adjusted.isoformat() == told["at"]


@pytest.mark.parametrize(
    "command",
    [
        {"command": "set_clock", "at": "2026-07-01T00:00:00Z"},
        {"command": "sweep", "as_of": "2026-07-01T00:00:00Z"},
    ],
    ids=lambda each: each["command"],
)
def test_a_real_clock_is_not_set(trading: Store, command: dict[str, str]) -> None:
    with pytest.raises(Forbidden) as caught:
        run(trading, **command)
    assert caught.value.code == "clock_not_adjustable"
    assert trading.adjusted_clock() is None


ADVERTISER = {"command": "create_advertiser", "advertiser_id": "502", "name": "Third Shop"}
PARTNER = {"command": "create_partner", "partner_id": "9", "name": "Ninth", "kind": "LOYALTY"}
OPTIONS = {"command": "set_options", "campaign_id": CAMPAIGN}
CONTRACT = {
    "command": "sign_contract",
    "campaign_id": "1001",
    "partner_id": CASHBACK,
    "terms": TERMS,
}
ENDING = {
    "command": "end_contract",
    "campaign_id": CAMPAIGN,
    "partner_id": LOYALTY,
    "ended_at": "2026-07-01T00:00:00Z",
}
FUNDS = {"command": "funds", "advertiser_id": SHOP, "currency": "USD"}


@pytest.mark.parametrize(
    ("command", "field", "code"),
    [
        ({}, "command", "unknown_command"),
        ({"command": "drop_everything"}, "command", "unknown_command"),
        ({**ADVERTISER, "name": ""}, "name", "required"),
        ({**ADVERTISER, "advertiser_id": 502}, "advertiser_id", "required"),
        ({**ADVERTISER, "advertiser_id": "5:funds"}, "advertiser_id", "bad_id"),
        ({**ADVERTISER, "advertiser_id": ".."}, "advertiser_id", "bad_id"),
        ({**ADVERTISER, "advertiser_id": "-1"}, "advertiser_id", "bad_id"),
        ({**PARTNER, "partner_id": "9/../8"}, "partner_id", "bad_id"),
        ({**PARTNER, "partner_id": "9\n8"}, "partner_id", "bad_characters"),
        ({**PARTNER, "name": "Cash\u200bback"}, "name", "bad_characters"),
        ({**PARTNER, "name": "\u200b"}, "name", "required"),
        ({**NEW_CAMPAIGN, "campaign_id": "1000#A-1"}, "campaign_id", "bad_id"),
        ({**NEW_CAMPAIGN, "campaign_id": "1" * 65}, "campaign_id", "bad_id"),
        ({**NEW_CAMPAIGN, "event_types": {"40 00": "Sale"}}, "event_types", "bad_id"),
        ({**PARTNER, "kind": "COUPONS"}, "kind", "unknown"),
        ({**NEW_CAMPAIGN, "time_zone": "Mars/Olympus"}, "time_zone", "unknown_time_zone"),
        ({**NEW_CAMPAIGN, "currency": "XXX"}, "currency", "unknown_currency"),
        ({**NEW_CAMPAIGN, "event_types": {}}, "event_types", "required"),
        ({**NEW_CAMPAIGN, "event_types": "4000"}, "event_types", "required"),
        ({**NEW_CAMPAIGN, "retroactive": "NEVER"}, "retroactive", "unknown"),
        ({**OPTIONS, "names_media": "yes"}, "names_media", "not_a_switch"),
        ({**OPTIONS, "retroactive": "NEVER"}, "retroactive", "unknown"),
        ({**CONTRACT, "terms": "5%"}, "terms", "required"),
        ({**CONTRACT, "terms": {**TERMS, "claim_window": [0, 9]}}, "terms", "unknown_argument"),
        ({**FUNDS, "partner_id": CASHBACK}, "partner_id", "unknown_argument"),
        ({**ADVERTISER, "Name": "Shop"}, "Name", "unknown_argument"),
        ({**CONTRACT, "terms": {**TERMS, "locking": "DAY 99d"}}, "terms", "rule_out_of_limits"),
        ({**CONTRACT, "terms": {**TERMS, "valid_from": "2026-01-01"}}, "terms", "not_a_date"),
        ({**ENDING, "ended_at": "soon"}, "ended_at", "not_a_date"),
        ({**RULE, "payout_max": "much"}, "payout_max", "not_a_number"),
        ({**RULE, "wait": "FOREVER"}, "wait", "unknown"),
        ({**RULE, "days": "two"}, "days", "not_a_count"),
        ({**RULE, "days": -1}, "days", "not_a_count"),
        ({**CREDENTIAL, "role": "ADMIN"}, "role", "unknown"),
        ({**CREDENTIAL, "read_only": "false"}, "read_only", "not_a_switch"),
        ({**DEPOSIT, "amount": "0.00"}, "amount", "not_positive"),
        ({**DEPOSIT, "amount": "9.0001"}, "amount", "too_precise"),
        ({**DEPOSIT, "amount": "9.001"}, "amount", "ambiguous_amount"),
        ({**DEPOSIT, "amount": "1.500"}, "amount", "ambiguous_amount"),
        ({**DEPOSIT, "amount": 9}, "amount", "required"),
        ({**DEPOSIT, "currency": "HRK"}, "currency", "currency_ended"),
        ({**NEW_CAMPAIGN, "currency": "BGN"}, "currency", "currency_ended"),
        ({**RULE, "month_max": "1,000"}, "month_max", "ambiguous_amount"),
        (
            {**CONTRACT, "terms": {**TERMS, "payouts": {SALE: "1.500 USD"}}},
            "terms",
            "ambiguous_amount",
        ),
        ({**DEPOSIT, "reference": "bank\u200b-1"}, "reference", "bad_characters"),
        ({**DEPOSIT, "reference": ""}, "reference", "required"),
        ({**FUNDS, "currency": "dollars"}, "currency", "unknown_currency"),
    ],
    ids=lambda each: None if isinstance(each, dict) else each,
)
def test_a_fault_names_its_field_and_what_to_mend(
    trading: Store, command: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        run(trading, **command)
    (fault,) = caught.value.faults
    assert (fault.field, fault.code) == (field, code)
    assert fault.message


@pytest.mark.parametrize(
    ("command", "problem", "told"),
    [
        ({**NEW_CAMPAIGN, "advertiser_id": "0"}, NotFound, "no advertiser 0; create it first"),
        ({**NEW_CAMPAIGN, "campaign_id": CAMPAIGN}, Conflict, "there already"),
        ({**OPTIONS, "campaign_id": "0"}, NotFound, "no campaign 0"),
        ({**CONTRACT, "partner_id": "0"}, NotFound, "no partner 0; create it first"),
        ({**CONTRACT, "terms": {**TERMS, "payouts": {"1": "5%"}}}, RuleForbids, "event type 1"),
        ({**ENDING, "partner_id": "0"}, NotFound, "no contract"),
        ({**RULE, "event_type_id": "1"}, RuleForbids, "event type 1"),
        ({**RULE, "partner_id": "0"}, NotFound, "no partner 0; create it first"),
        ({**CREDENTIAL, "account_id": "0"}, NotFound, "no partner 0; create it first"),
        ({"command": "revoke_credential", "credential_id": "MG0.1"}, NotFound, "no credential"),
        ({**DEPOSIT, "advertiser_id": "0"}, NotFound, "no advertiser 0"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_a_command_that_cannot_be_done_says_what_is_missing(
    trading: Store, command: dict[str, Any], problem: type[Problem], told: str
) -> None:
    with pytest.raises(problem, match=told):
        run(trading, **command)


def test_a_revoked_credential_admits_nobody(trading: Store) -> None:
    made = run(trading, **CREDENTIAL)
    named = {"credential_id": made["credential_id"]}
    spare = replace(context(trading), new_token=lambda: "token-2")
    beside = commands.run(spare, {"command": "rotate_credential", **named})

    def opened() -> list[bool]:
        account = trading.account(made["account_sid"])
        assert account is not None
        return [account.admitted(each) is not None for each in (made["token"], beside["token"])]

    assert opened() == [True, True]
    assert run(trading, command="revoke_credential", **named)["revoked_at"] == NOW.isoformat()
    assert opened() == [False, True]


def test_credentials_are_listed_with_what_they_open_and_without_their_tokens(
    trading: Store,
) -> None:
    made = run(trading, **CREDENTIAL, scopes=["Actions", "Files"], read_only=True)
    account = trading.account(made["account_sid"])
    assert account is not None
    trading.note_use(made["credential_id"], NOW)
    rate = {"role": "PARTNER", "account_id": CASHBACK, "per_hour": 7200}
    assert run(trading, command="set_rate", **rate)["burst"] == 1000
    listed = run(trading, command="list_credentials", role="PARTNER", account_id=CASHBACK)
    assert listed == {
        "account_sid": made["account_sid"],
        "credentials": [
            {
                "credential_id": made["credential_id"],
                "scopes": ["Actions", "Files"],
                "read_only": True,
                "created_at": NOW.isoformat(),
                "revoked_at": "",
                "last_used_at": NOW.isoformat(),
            }
        ],
        "per_hour": 7200,
        "burst": 1000,
    }
