"""What staff do by commands: move money, set up who takes part, give access; and who comes in."""

from collections.abc import Callable
from typing import Any

from makegood.domain import ledger
from makegood.domain.access import Account, Credential
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Role, account_sid
from makegood.store.clearings import BACKFILL, CLEARINGS
from makegood.store.store import Store

from infra.local import function_url
from tests.integration import market
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    RECENT_LOCKS_AT,
    SALE,
    SHOP,
    STRANGE_CAMPAIGN,
    usd,
)
from tests.torture.delivery import Delivery, lose
from tests.torture.flow import (
    EARLIER,
    Flow,
    action_ids,
    claimed_long_ago,
    funded,
    nothing,
    pending,
)

SID = account_sid(Role.PARTNER, CASHBACK)
TOKEN = "the-first-token"
BETWEEN = {"advertiser_id": SHOP, "partner_id": CASHBACK, "currency": "USD"}
PARTNERS = {"role": "PARTNER", "account_id": CASHBACK}
TERMS = {
    "valid_from": "2026-07-01T00:00:00+00:00",
    "locking": "DAY 15d",
    "payment": "DAY 4d",
    "payouts": {SALE: "7%"},
}

HIGH_TERMS = {**TERMS, "payouts": {SALE: "70%"}}


def command(name: str, /, **arguments: Any) -> Callable[[Delivery], None]:
    """One command; its answer counts, but not which of several tries did it."""

    def act(delivery: Delivery) -> None:
        told = delivery.command(command=name, **arguments)
        told.pop("recorded", None)
        delivery.answers.append(told)

    return act


def two_people(name: str, /, **arguments: Any) -> Callable[[Delivery], None]:
    """One command that a second person confirms; once more, to see that it moves nothing again."""

    def act(delivery: Delivery) -> None:
        proposed = delivery.command(command=name, **arguments)
        delivery.must(proposed.get("state") == "WAITING", f"{name} does not wait: {proposed}")
        asked = {"command": "confirm", "proposal_id": proposed["proposal_id"]}
        for _ in range(2):
            told = delivery.command(function_url.SECOND_CALLER, **asked)
            told["result"].pop("recorded", None)
            delivery.answers.append(told)
        entry_id = told["result"].get("entry_id")
        for entry in delivery.world.store.entries([entry_id] if entry_id else []).values():
            both = (entry.made_by, entry.confirmed_by)
            delivery.must(both == BOTH, f"the entry names {both}")
        delivery.answers.append(delivery.command(command="list_proposals"))

    return act


BOTH = function_url.CALLER, function_url.SECOND_CALLER

deposit = command("deposit", advertiser_id=SHOP, currency="USD", amount="75.00", reference="bank-7")


def paid(store: Store) -> None:
    """A partner has money."""
    funded(store)
    cash = store.cash([(SHOP, "USD")])[SHOP, "USD"]
    entry = ledger.transfer(cash, CASHBACK, usd("40.00"), "bonus-0", EARLIER)
    store.commit(Outcome(entries=(entry,)))


def paid_for_an_order(store: Store) -> None:
    """The same, by an action that is paid."""
    claimed_long_ago(store)
    (inquiry_id,) = [stored.read()[0] for stored in store.scan_stored("inquiries", None)[0]]
    market.resolve(store, market.accepted(inquiry_id), EARLIER)


def returned(delivery: Delivery) -> None:
    """The partner returns a part of what it was paid for one action."""
    (action_id,) = action_ids(delivery)
    about = {"amount": "2.00", "reference": "back-1", "action_id": action_id}
    two_people("return_payment", **BETWEEN, **about)(delivery)


def admitted(store: Store) -> None:
    """A partner has a credential."""
    account = Account(Role.PARTNER, CASHBACK).with_token(TOKEN, EARLIER)
    assert store.put_account(account)


def opens(delivery: Delivery, told: dict[str, Any]) -> Credential | None:
    """The credential that a told token opens the account with; it is the one that was named, and
    what was there before opens it as ever.
    """
    account = delivery.world.store.account(SID)
    assert account is not None
    found = account.admitted(told.get("token", ""))
    named = found is not None and found.credential_id == told["credential_id"]
    delivery.must(named, f"a token that was told opens nothing: {told}")
    delivery.must(account.admitted(TOKEN) is not None, "the token of before opens nothing")
    kept = str(delivery.world.items())
    delivery.must(told.get("token", "?") not in kept, "a token is kept")
    return found


def new_credential(delivery: Delivery) -> None:
    """Each try makes a credential of its own; nobody hears the token of one that was cut off."""
    rights = {"scopes": ["Actions"], "read_only": True}
    found = opens(delivery, delivery.command(command="create_credential", **PARTNERS, **rights))
    delivery.answers.append(found and (found.rights.scopes, found.rights.read_only))
    delivery.must(len(valid(delivery)) <= 2 + delivery.retries, "there are more than tries")


def rotated_credential(delivery: Delivery) -> None:
    """A try that was cut off may have made the second token, which nobody heard: the next is told
    which that is, so it is revoked and made anew.
    """
    (first,) = valid(delivery)
    asked = {"command": "rotate_credential", "credential_id": first}
    told = delivery.command(**asked)
    if told.get("code") == "rotation_underway":
        (unheard,) = [each for each in valid(delivery) if each != first]
        delivery.must(unheard in told["Message"], "which is in the way is not said")
        delivery.command(command="revoke_credential", credential_id=unheard)
        told = delivery.command(**asked)
    found = opens(delivery, told)
    delivery.must(len(valid(delivery)) == 2, "there are more or fewer than two")
    delivery.answers.append(found and found.rights.scopes)


def revoked_credential(delivery: Delivery) -> None:
    (first,) = valid(delivery)
    command("revoke_credential", credential_id=first)(delivery)


def valid(delivery: Delivery) -> list[str]:
    account = delivery.world.store.account(SID)
    assert account is not None
    return [each.credential_id for each in account.credentials if each.is_valid]


def signed_in(delivery: Delivery) -> None:
    """Who comes in is noted; where that fails, with the next time. No process remembers a use of
    before.
    """
    lose("authorizer")
    for _ in range(2):
        delivery.answers.append(delivery.sign_in(SID, TOKEN))
        delivery.wait()


def locked_before(store: Store) -> None:
    """Actions that have locked, as they are kept by a version without sums of what clears."""
    pending(store)
    market.sweep(store, RECENT_LOCKS_AT)
    for table in (store.tables.actions, store.tables.ledger, store.tables.directory):
        for item in store.client.scan(TableName=table)["Items"]:
            place = {"TableName": table, "Key": {"pk": item["pk"], "sk": item["sk"]}}
            if "summed" in item:
                store.client.update_item(**place, UpdateExpression="REMOVE summed")
            elif item["pk"]["S"].startswith(CLEARINGS) or item["pk"]["S"] == BACKFILL[1]:
                store.client.delete_item(**place)


def filled(delivery: Delivery) -> None:
    """A pass that was cut off, and one more: which of them mended how many is chance."""
    store = delivery.world.store
    for _ in range(2):
        delivery.command(command="backfill")
    delivery.must(store.backfill().complete, "the backfill is not complete")
    actions = store.actions(action_ids(delivery)).values()
    delivery.must(not any(each.stray for each in actions), "an action is not in the sums")


PAIR = {"campaign_id": CAMPAIGN, "partner_id": CASHBACK}
STRANGERS = {"campaign_id": STRANGE_CAMPAIGN, "partner_id": CASHBACK}
RULE = {"event_type_id": SALE, "payout_max": "6.00", "month_max": "100.00", "wait": "DAYS"}
WITHDRAWAL = {"partner_id": CASHBACK, "currency": "USD", "reference": "out-1"}

OPERATOR = (
    Flow("deposit", funded, deposit),
    Flow("transfer", funded, two_people("transfer", **BETWEEN, amount="5.00", reference="bonus-1")),
    Flow("return", paid_for_an_order, returned),
    Flow("withdrawal", paid, two_people("withdraw", **WITHDRAWAL, amount="15.00")),
    Flow("withdrawal of all", paid, two_people("withdraw", **WITHDRAWAL)),
    Flow(
        "payout threshold",
        paid,
        command("set_payout_threshold", partner_id=CASHBACK, currency="USD", amount="25.00"),
    ),
    Flow("new advertiser", nothing, command("create_advertiser", advertiser_id="502", name="New")),
    Flow(
        "new partner",
        nothing,
        command("create_partner", partner_id="10009", name="New", kind="LOYALTY"),
    ),
    Flow("new campaign", nothing, command("create_campaign", **market.NEW_CAMPAIGN)),
    Flow(
        "options",
        nothing,
        command("set_options", campaign_id=CAMPAIGN, names_media=True, declines_tracked=True),
    ),
    Flow("contract", nothing, command("sign_contract", **STRANGERS, terms=TERMS)),
    Flow("contract: high rate", nothing, two_people("sign_contract", **PAIR, terms=HIGH_TERMS)),
    Flow("contract: next version", nothing, command("sign_contract", **PAIR, terms=TERMS)),
    Flow(
        "contract: its end",
        nothing,
        command("end_contract", **PAIR, ended_at="2026-08-01T00:00:00Z"),
    ),
    Flow("rule", nothing, command("set_rule", **PAIR, **RULE, days=2)),
    Flow("credential", admitted, new_credential, apart=("CREDENTIAL#",)),
    Flow("credential: rotate", admitted, rotated_credential, apart=("CREDENTIAL#",)),
    Flow("credential: revoke", admitted, revoked_credential),
    Flow("rate", admitted, command("set_rate", **PARTNERS, per_hour=7200, burst=10)),
    Flow("backfill", locked_before, filled, apart=("BACKFILL",)),
    Flow("sign in", admitted, signed_in),
)
