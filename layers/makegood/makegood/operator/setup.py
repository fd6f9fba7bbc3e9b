"""Setting up who takes part: advertisers, partners, campaigns, contracts and approval rules."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from makegood.domain import calendar
from makegood.domain.amounts import read_amount
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.contract_currencies import foreign_amounts
from makegood.domain.contracts import TERMS_FIELDS, Contract, Terms, contract_id_of
from makegood.domain.money import Money, parse_currency, parse_current
from makegood.domain.parties import (
    Advertiser,
    Campaign,
    EventType,
    Partner,
    PartnerKind,
    Retroactive,
)
from makegood.domain.problems import Conflict, Invalid, Malformed, NotFound
from makegood.operator.arguments import (
    Arguments,
    CommandContext,
    checked_id,
    count,
    instant,
    invalid,
    known_advertiser,
    known_partner,
    new_id,
    read,
    switch,
    text,
)
from makegood.operator.second_person import ask_for_contract
from makegood.store.directory import Seen

T = TypeVar("T")

DAYS_MAX = 366
"""The most days that an approval rule may wait."""

CREATE_FIRST = "; create it first"

POLICY = ("policy", "policy_since", "shadow", "counted_since")
"""What the advertiser says of its campaign's policy."""

NONE = "none"
"""Takes away what was set."""

SWITCHES = ("inquiries_enabled", "declines_tracked", "names_channel", "names_media")


def _retroactive(arguments: Arguments, otherwise: Retroactive) -> Retroactive:
    if "retroactive" not in arguments:
        return otherwise
    return read(arguments, "retroactive", Retroactive)


def _check_change(arguments: Arguments, what: str, there: T | None, meant: T) -> None:
    """An id that is given again with other values is a mistake, unless `change` says that it is
    meant; so is a change of what is not there.
    """
    change = switch(arguments, "change")
    if there is None and change:
        raise NotFound(f'There is no {what} to change; leave out "change" to make it')
    if change or there in (None, meant):
        return
    names = [name for name in there.__slots__ if getattr(there, name) != getattr(meant, name)]
    raise Conflict(
        f"There is {what} already, with another {' and another '.join(names)}; check the id. "
        'If it is to be changed, say "change": true',
        code="other_values",
    )


def create_advertiser(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes an advertiser, or changes one if `change` says so."""
    advertiser = Advertiser(
        new_id(arguments, "advertiser_id"), text(arguments, "name", joiners=True)
    )
    there = context.store.advertisers([advertiser.advertiser_id]).get(advertiser.advertiser_id)
    _check_change(arguments, f"advertiser {advertiser.advertiser_id}", there, advertiser)
    context.store.put_advertiser(advertiser, Seen(there))
    return {"advertiser_id": advertiser.advertiser_id}


def create_partner(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes a partner, or changes one if `change` says so."""
    partner = Partner(
        new_id(arguments, "partner_id"),
        text(arguments, "name", joiners=True),
        read(arguments, "kind", PartnerKind),
    )
    there = context.store.partners([partner.partner_id]).get(partner.partner_id)
    _check_change(arguments, f"partner {partner.partner_id}", there, partner)
    context.store.put_partner(partner, Seen(there))
    return {"partner_id": partner.partner_id}


def create_campaign(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes a campaign. Its inquiries are off until `set_options` switches them on."""
    event_types = arguments.get("event_types")
    if not isinstance(event_types, Mapping) or not event_types:
        raise invalid(
            "event_types", 'An object of ids and names, like {"4000": "Sale"}', "required"
        )
    advertiser_id = known_advertiser(context, arguments, CREATE_FIRST)
    time_zone = text(arguments, "time_zone")
    read(arguments, "time_zone", calendar.zone)
    campaign = Campaign(
        campaign_id=new_id(arguments, "campaign_id"),
        advertiser_id=advertiser_id,
        name=text(arguments, "name", joiners=True),
        time_zone=time_zone,
        currency=read(arguments, "currency", lambda text: parse_current(text, context.now.date())),
        event_types=tuple(
            EventType(checked_id(str(each), "event_types"), text(event_types, each))
            for each in event_types
        ),
        retroactive=_retroactive(arguments, Retroactive.FROM_TRANSACTION),
    )
    there = context.store.campaigns([campaign.campaign_id]).get(campaign.campaign_id)
    if there is not None:
        campaign = _with_options_of(there, campaign, arguments)
    if there not in (None, campaign):
        raise Conflict(
            f"Campaign {campaign.campaign_id} is there already; set its options instead",
            code="campaign_exists",
        )
    context.store.put_campaign(campaign, Seen(there))
    return {"campaign_id": campaign.campaign_id}


def _with_options_of(there: Campaign, given: Campaign, arguments: Arguments) -> Campaign:
    """What is given again, with the options that were set since: these are not given."""
    options = {name: getattr(there, name) for name in (*SWITCHES, *POLICY, "second_above")}
    if "retroactive" not in arguments:
        options["retroactive"] = there.retroactive
    return replace(given, **options)


def _campaign(context: CommandContext, arguments: Arguments) -> Campaign:
    campaign_id = text(arguments, "campaign_id")
    found = context.store.campaigns([campaign_id]).get(campaign_id)
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}")
    return found


def set_options(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Switches a campaign's inquiries, and its automatic answers to them, on or off."""
    there = _campaign(context, arguments)
    changes = {name: switch(arguments, name) for name in SWITCHES if name in arguments}
    retroactive = _retroactive(arguments, there.retroactive)
    campaign = replace(
        there, **changes, retroactive=retroactive, second_above=_second_above(arguments, there)
    )
    context.store.put_campaign(campaign, Seen(there))
    return {
        "campaign_id": campaign.campaign_id,
        **{name: getattr(campaign, name) for name in SWITCHES},
        "second_above": NONE if campaign.second_above is None else str(campaign.second_above),
    }


def _second_above(arguments: Arguments, there: Campaign) -> int | None:
    """The threshold as it is given, or else as it was; `none` takes it away."""
    if "second_above" not in arguments:
        return there.second_above
    given = text(arguments, "second_above").lower()
    if given == NONE:
        return None
    if not re.fullmatch("[0-9]{1,12}", given):
        message = f"A whole number of any currency's units, up to 12 digits; or {NONE}"
        raise invalid("second_above", message, "not_a_count")
    return int(given)


def _terms(arguments: Arguments) -> Terms:
    terms = arguments.get("terms")
    if not isinstance(terms, Mapping):
        raise invalid("terms", f"An object with {', '.join(TERMS_FIELDS)}", "required")
    unknown = sorted(str(each) for each in terms.keys() - set(TERMS_FIELDS))
    if unknown:
        message = f"Terms have {', '.join(TERMS_FIELDS)}; check {', '.join(unknown)}"
        raise invalid("terms", message, "unknown_argument")
    try:
        return Terms.from_dict(terms, by_hand=True)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at("terms"),)) from malformed


def sign_contract(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Signs a partner's first contract with a campaign, or its next version from a date on."""
    campaign = _campaign(context, arguments)
    pair = campaign.campaign_id, known_partner(context, arguments, CREATE_FIRST)
    terms = _terms(arguments)
    for event_type_id, _ in terms.payouts:
        campaign.event_type(event_type_id)
    signed = context.store.contracts([pair]).get(pair)
    contract = (
        Contract(contract_id_of(*pair), *pair, (replace(terms, version=1),))
        if signed is None
        else signed.replaced_by(terms)
    )
    if contract != signed:
        faults = foreign_amounts(terms, campaign.currency)
        if faults:
            raise Invalid(faults=faults)
        ask_for_contract(context, contract)
    if not context.dry_run:
        context.store.put_contract(contract, Seen(signed))
    return {"contract_id": contract.contract_id, "version": len(contract.versions)}


def show_contract(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Shows a partner's contract with a campaign, with the terms of every version."""
    pair = _campaign(context, arguments).campaign_id, text(arguments, "partner_id")
    signed = context.store.contracts([pair]).get(pair)
    if signed is None:
        raise NotFound("There is no contract of that partner with that campaign")
    return {
        "contract_id": signed.contract_id,
        "ended_at": signed.ended_at.isoformat() if signed.ended_at else "",
        "versions": [each.to_dict() for each in signed.versions],
    }


def end_contract(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Ends a contract: from that instant on no inquiry is filed or accepted under it."""
    pair = _campaign(context, arguments).campaign_id, text(arguments, "partner_id")
    signed = context.store.contracts([pair]).get(pair)
    if signed is None:
        raise NotFound("There is no contract of that partner with that campaign")
    ended = replace(signed, ended_at=instant(arguments, "ended_at"))
    if signed.ended_at is not None:
        _check_change(arguments, f"an end of contract {signed.contract_id}", signed, ended)
    context.store.put_contract(ended, Seen(signed))
    return {"contract_id": signed.contract_id}


def set_rule(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sets an approval rule. Its maxima are amounts in the campaign's currency."""
    campaign = _campaign(context, arguments)
    event_type = campaign.event_type(text(arguments, "event_type_id"))

    def money(text: str) -> Money:
        amount, _, currency = text.strip().rpartition(" ")
        if not (amount and currency.isalpha()):
            return read_amount(text, campaign.currency)
        if parse_currency(currency) != campaign.currency:
            raise Malformed("foreign_currency", f"The campaign's currency is {campaign.currency}")
        return read_amount(amount, campaign.currency)

    rule = ApprovalRule(
        campaign_id=campaign.campaign_id,
        partner_id=known_partner(context, arguments, CREATE_FIRST),
        event_type_id=event_type.event_type_id,
        payout_max=read(arguments, "payout_max", money),
        month_max=read(arguments, "month_max", money),
        wait=read(arguments, "wait", Wait),
        days=count(arguments, "days", DAYS_MAX),
    )
    pair = rule.campaign_id, rule.partner_id
    there = context.store.rules([pair]).get(pair)
    context.store.put_rule(rule, Seen(there))
    return {"rule": rule.name}
