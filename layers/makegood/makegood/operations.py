"""What the platform's own staff do: set up who takes part, record deposits, sweep, reconcile.

A command is a JSON object with `command` and its arguments in the words of the code. It is run by
one function that is invoked with cloud credentials; there is no way to it from outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from makegood import calendar, ledger, reconcile
from makegood.directory import (
    Advertiser,
    Campaign,
    Credential,
    EventType,
    Partner,
    PartnerKind,
    Retroactive,
    Role,
    account_sid,
    hash_token,
)
from makegood.ids import digest
from makegood.money import Money, parse_currency
from makegood.outcome import Outcome
from makegood.problems import Conflict, Fault, Forbidden, Invalid, Malformed, NotFound
from makegood.rules import ApprovalRule, Wait
from makegood.settlement import Sweep, Tally
from makegood.store import Contested, Store
from makegood.store_tables import SHARDS
from makegood.terms import Contract, Terms

Arguments = Mapping[str, Any]
UTC = calendar.zone("UTC")
DAYS_MAX = 366
"""Days that an approval rule may wait."""

SWITCHES = ("inquiries_enabled", "declines_tracked", "names_channel", "names_media")


@dataclass(frozen=True, slots=True)
class Desk:
    """What commands work with. `new_token` makes a secret, `has_time` says whether any is left."""

    store: Store
    now: datetime
    new_token: Callable[[], str]
    has_time: Callable[[], bool]
    clock_adjustable: bool = False


def run(desk: Desk, command: Arguments) -> dict[str, Any]:
    """Runs one command and answers with what it made or found."""
    name = str(command.get("command", ""))
    if name not in COMMANDS:
        raise _invalid("command", f"One of {', '.join(sorted(COMMANDS))}", "unknown_command")
    return COMMANDS[name](desk, command)


def _invalid(field: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(field, message, code),))


def _text(arguments: Arguments, name: str, default: str | None = None) -> str:
    value = arguments.get(name, default)
    if not isinstance(value, str) or not value:
        raise _invalid(name, "Required, as text", "required")
    return value


def _read(arguments: Arguments, name: str, parse: Callable[[str], Any]) -> Any:
    """An argument through its parser; what cannot be read is told with its name."""
    try:
        return parse(_text(arguments, name))
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed
    except ValueError as error:
        raise _invalid(name, f"Not one that is known: {arguments[name]}", "unknown") from error


def _switch(arguments: Arguments, name: str) -> bool:
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise _invalid(name, "true or false", "not_a_switch")
    return value


def _retroactive(arguments: Arguments, otherwise: Retroactive) -> Retroactive:
    return _read(arguments, "retroactive", Retroactive) if "retroactive" in arguments else otherwise


def _instant(arguments: Arguments, name: str) -> datetime:
    return _read(arguments, name, lambda text: calendar.parse_instant(text, UTC))


def create_advertiser(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    advertiser = Advertiser(_text(arguments, "advertiser_id"), _text(arguments, "name"))
    desk.store.put_advertiser(advertiser)
    return {"advertiser_id": advertiser.advertiser_id}


def create_partner(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    partner = Partner(
        _text(arguments, "partner_id"),
        _text(arguments, "name"),
        _read(arguments, "kind", PartnerKind),
    )
    desk.store.put_partner(partner)
    return {"partner_id": partner.partner_id}


def create_campaign(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """Inquiries are off until they are switched on."""
    event_types = arguments.get("event_types")
    if not isinstance(event_types, Mapping) or not event_types:
        raise _invalid(
            "event_types", 'An object of ids and names, like {"4000": "Sale"}', "required"
        )
    advertiser_id = _text(arguments, "advertiser_id")
    if advertiser_id not in desk.store.advertisers([advertiser_id]):
        raise NotFound(f"There is no advertiser {advertiser_id}; create it first")
    time_zone = _text(arguments, "time_zone")
    _read(arguments, "time_zone", calendar.zone)
    campaign = Campaign(
        campaign_id=_text(arguments, "campaign_id"),
        advertiser_id=advertiser_id,
        name=_text(arguments, "name"),
        time_zone=time_zone,
        currency=_read(arguments, "currency", parse_currency),
        event_types=tuple(EventType(str(each), str(event_types[each])) for each in event_types),
        retroactive=_retroactive(arguments, Retroactive.FROM_TRANSACTION),
    )
    if campaign.campaign_id in desk.store.campaigns([campaign.campaign_id]):
        raise Conflict(
            f"Campaign {campaign.campaign_id} is there already; set its options instead",
            code="campaign_exists",
        )
    desk.store.put_campaign(campaign)
    return {"campaign_id": campaign.campaign_id}


def _campaign(desk: Desk, arguments: Arguments) -> Campaign:
    campaign_id = _text(arguments, "campaign_id")
    found = desk.store.campaigns([campaign_id]).get(campaign_id)
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}")
    return found


def set_options(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """Switches inquiries, and a campaign's answers to them, on (true) or off (false)."""
    campaign = _campaign(desk, arguments)
    changes = {name: _switch(arguments, name) for name in SWITCHES if name in arguments}
    retroactive = _retroactive(arguments, campaign.retroactive)
    campaign = replace(campaign, **changes, retroactive=retroactive)
    desk.store.put_campaign(campaign)
    return {
        "campaign_id": campaign.campaign_id,
        **{name: getattr(campaign, name) for name in SWITCHES},
    }


def _partner_id(desk: Desk, arguments: Arguments) -> str:
    partner_id = _text(arguments, "partner_id")
    if partner_id not in desk.store.partners([partner_id]):
        raise NotFound(f"There is no partner {partner_id}; create it first")
    return partner_id


def _terms(arguments: Arguments) -> Terms:
    terms = arguments.get("terms")
    if not isinstance(terms, Mapping):
        raise _invalid("terms", "An object with valid_from, locking, payment, payouts", "required")
    try:
        return Terms.from_dict(terms)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at("terms"),)) from malformed


def sign_contract(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """A first contract of a partner with a campaign, or its next version from a date on."""
    campaign = _campaign(desk, arguments)
    pair = campaign.campaign_id, _partner_id(desk, arguments)
    terms = _terms(arguments)
    for event_type_id, _ in terms.payouts:
        campaign.event_type(event_type_id)
    signed = desk.store.contracts([pair]).get(pair)
    contract = (
        Contract(digest("contract", *pair)[:12], *pair, (replace(terms, version=1),))
        if signed is None
        else signed.replaced_by(terms)
    )
    desk.store.put_contract(contract)
    return {"contract_id": contract.contract_id, "version": contract.versions[-1].version}


def end_contract(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """No inquiry is filed or accepted under it from that instant on."""
    pair = _campaign(desk, arguments).campaign_id, _text(arguments, "partner_id")
    signed = desk.store.contracts([pair]).get(pair)
    if signed is None:
        raise NotFound("There is no contract of that partner with that campaign")
    desk.store.put_contract(replace(signed, ended_at=_instant(arguments, "ended_at")))
    return {"contract_id": signed.contract_id}


def _days(arguments: Arguments) -> int:
    days = arguments.get("days", 0)
    if type(days) is not int or not 0 <= days <= DAYS_MAX:
        raise _invalid("days", f"A whole number from 0 to {DAYS_MAX}", "not_a_count")
    return days


def set_rule(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """An approval rule: maxima are amounts in the campaign's currency."""
    campaign = _campaign(desk, arguments)
    event_type = campaign.event_type(_text(arguments, "event_type_id"))

    def money(text: str) -> Money:
        return Money.parse(text, campaign.currency)

    rule = ApprovalRule(
        campaign.campaign_id,
        _partner_id(desk, arguments),
        event_type.event_type_id,
        _read(arguments, "payout_max", money),
        _read(arguments, "month_max", money),
        _read(arguments, "wait", Wait),
        _days(arguments),
    )
    desk.store.put_rule(rule)
    return {"rule": rule.name}


def create_credential(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """The token is told once, here; only its hash is kept."""
    role = _read(arguments, "role", Role)
    account_id = _text(arguments, "account_id")
    known = desk.store.advertisers if role is Role.ADVERTISER else desk.store.partners
    if account_id not in known([account_id]):
        raise NotFound(f"There is no {role.lower()} {account_id}; create it first")
    sid = account_sid(role, account_id)
    token = desk.new_token()
    desk.store.put_credential(
        Credential(
            sid,
            role,
            account_id,
            hash_token(sid, token),
            _switch(arguments, "read_only"),
        )
    )
    return {"account_sid": sid, "token": token}


def revoke_credential(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """The account's token opens nothing any more, at the latest after the authorizer's minute."""
    account_sid = _text(arguments, "account_sid")
    credential = desk.store.credential(account_sid)
    if credential is None:
        raise NotFound(f"There is no credential {account_sid}")
    desk.store.put_credential(replace(credential, revoked=True))
    return {"account_sid": account_sid}


def deposit(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """Money that came in; the same reference again is the same deposit, recorded once."""
    advertiser_id = _text(arguments, "advertiser_id")
    if advertiser_id not in desk.store.advertisers([advertiser_id]):
        raise NotFound(f"There is no advertiser {advertiser_id}")
    currency = _read(arguments, "currency", parse_currency)
    amount = _read(arguments, "amount", lambda text: Money.parse(text, currency))
    if amount.minor <= 0:
        raise _invalid("amount", "Give a positive amount", "not_positive")
    entry = ledger.deposit(advertiser_id, amount, _text(arguments, "reference"), desk.now)
    try:
        desk.store.commit(Outcome(entries=(entry,)))
    except Contested:
        return _deposited_before(desk, entry)
    return {"entry_id": entry.entry_id, "recorded": True}


def _deposited_before(desk: Desk, entry: ledger.Entry) -> dict[str, Any]:
    before = desk.store.entries([entry.entry_id]).get(entry.entry_id)
    if before is None or before.postings != entry.postings:
        raise Conflict(
            f"A deposit with reference {entry.note} is recorded with another amount; "
            "give this one its own reference",
            code="deposit_differs",
        )
    return {"entry_id": entry.entry_id, "recorded": False}


def funds(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """An advertiser's money in one currency, as decimal amounts."""
    advertiser_id = _text(arguments, "advertiser_id")
    currency = _read(arguments, "currency", parse_currency)
    cash = desk.store.cash([(advertiser_id, currency)])[advertiser_id, currency]
    return {
        "funds": str(Money(cash.funds_minor, currency)),
        "committed": str(Money(cash.committed_minor, currency)),
        "cash": str(Money(cash.cash_minor, currency)),
    }


def sweep(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """All shards, one after the other; `as_of` only where the stack's clock is adjustable."""
    now = desk.now
    if "as_of" in arguments:
        _refuse_fixed_clock(desk)
        now = _instant(arguments, "as_of")
    tally = Tally()
    for shard in range(SHARDS):
        tally.add(Sweep(desk.store, shard, now, desk.has_time).run())
    return {**tally.facts(), "finished": tally.finished}


def set_clock(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """Lets the whole stack live at another instant, where its clock is adjustable."""
    _refuse_fixed_clock(desk)
    at = _instant(arguments, "at")
    desk.store.set_clock(at)
    return {"at": at.isoformat()}


def _refuse_fixed_clock(desk: Desk) -> None:
    if not desk.clock_adjustable:
        raise Forbidden("This stack lives by the real clock", code="clock_not_adjustable")


def prove(desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """Recomputes every balance and checks every invariant over the whole store."""
    return reconcile.prove(desk.store)


COMMANDS: dict[str, Callable[[Desk, Arguments], dict[str, Any]]] = {
    "create_advertiser": create_advertiser,
    "create_partner": create_partner,
    "create_campaign": create_campaign,
    "create_credential": create_credential,
    "revoke_credential": revoke_credential,
    "set_options": set_options,
    "sign_contract": sign_contract,
    "end_contract": end_contract,
    "set_rule": set_rule,
    "deposit": deposit,
    "funds": funds,
    "sweep": sweep,
    "set_clock": set_clock,
    "reconcile": prove,
}
