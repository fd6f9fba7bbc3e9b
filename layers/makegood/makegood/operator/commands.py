"""What the platform's own staff do: set up who takes part, record deposits, sweep, reconcile.

A command is a JSON object with `command` and its arguments in the words of the code. It is run by
one function that is invoked with cloud credentials; there is no way to it from outside.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from makegood.domain import calendar, ledger
from makegood.domain.amounts import read_amount
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.contract_currencies import foreign_amounts
from makegood.domain.contracts import TERMS_FIELDS, Contract, Terms
from makegood.domain.ids import digest
from makegood.domain.money import Money, parse_currency, parse_current
from makegood.domain.outcome import Outcome
from makegood.domain.parties import (
    Advertiser,
    Campaign,
    EventType,
    Partner,
    PartnerKind,
    Retroactive,
)
from makegood.domain.problems import Conflict, Forbidden, Invalid, Malformed, NotFound
from makegood.domain.statements import Month
from makegood.jobs import backfill, reconciliation, statements
from makegood.jobs.sweep import Sweep, SweepResult
from makegood.operator import credentials, lookalikes, transfers
from makegood.operator.arguments import (
    Arguments,
    Command,
    CommandContext,
    checked_id,
    count,
    instant,
    invalid,
    new_id,
    read,
    some_of,
    switch,
    text,
)
from makegood.store.indexes import shards
from makegood.store.store import Contested

DAYS_MAX = 366
"""Days that an approval rule may wait."""

SWITCHES = ("inquiries_enabled", "declines_tracked", "names_channel", "names_media")


def run(context: CommandContext, command: Arguments) -> dict[str, Any]:
    """Runs one command and answers with what it made or found."""
    name = str(command.get("command", ""))
    if name not in COMMANDS:
        raise invalid("command", f"One of {', '.join(sorted(COMMANDS))}", "unknown_command")
    COMMANDS[name].check(name, command)
    return COMMANDS[name].run(context, command)


def _retroactive(arguments: Arguments, otherwise: Retroactive) -> Retroactive:
    if "retroactive" not in arguments:
        return otherwise
    return read(arguments, "retroactive", Retroactive)


def create_advertiser(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    advertiser = Advertiser(
        new_id(arguments, "advertiser_id"), text(arguments, "name", joiners=True)
    )
    context.store.put_advertiser(advertiser)
    return {"advertiser_id": advertiser.advertiser_id}


def create_partner(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    partner = Partner(
        new_id(arguments, "partner_id"),
        text(arguments, "name", joiners=True),
        read(arguments, "kind", PartnerKind),
    )
    context.store.put_partner(partner)
    return {"partner_id": partner.partner_id}


def create_campaign(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Inquiries are off until they are switched on."""
    event_types = arguments.get("event_types")
    if not isinstance(event_types, Mapping) or not event_types:
        raise invalid(
            "event_types", 'An object of ids and names, like {"4000": "Sale"}', "required"
        )
    advertiser_id = text(arguments, "advertiser_id")
    if advertiser_id not in context.store.advertisers([advertiser_id]):
        raise NotFound(f"There is no advertiser {advertiser_id}; create it first")
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
    if there not in (None, campaign):
        raise Conflict(
            f"Campaign {campaign.campaign_id} is there already; set its options instead",
            code="campaign_exists",
        )
    context.store.put_campaign(campaign)
    return {"campaign_id": campaign.campaign_id}


def _campaign(context: CommandContext, arguments: Arguments) -> Campaign:
    campaign_id = text(arguments, "campaign_id")
    found = context.store.campaigns([campaign_id]).get(campaign_id)
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}")
    return found


def set_options(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Switches inquiries, and a campaign's answers to them, on (true) or off (false)."""
    campaign = _campaign(context, arguments)
    changes = {name: switch(arguments, name) for name in SWITCHES if name in arguments}
    retroactive = _retroactive(arguments, campaign.retroactive)
    campaign = replace(campaign, **changes, retroactive=retroactive)
    context.store.put_campaign(campaign)
    return {
        "campaign_id": campaign.campaign_id,
        **{name: getattr(campaign, name) for name in SWITCHES},
    }


def _partner_id(context: CommandContext, arguments: Arguments) -> str:
    partner_id = text(arguments, "partner_id")
    if partner_id not in context.store.partners([partner_id]):
        raise NotFound(f"There is no partner {partner_id}; create it first")
    return partner_id


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
    """A first contract of a partner with a campaign, or its next version from a date on."""
    campaign = _campaign(context, arguments)
    pair = campaign.campaign_id, _partner_id(context, arguments)
    terms = _terms(arguments)
    for event_type_id, _ in terms.payouts:
        campaign.event_type(event_type_id)
    signed = context.store.contracts([pair]).get(pair)
    contract = (
        Contract(digest("contract", *pair)[:12], *pair, (replace(terms, version=1),))
        if signed is None
        else signed.replaced_by(terms)
    )
    if contract != signed:
        faults = foreign_amounts(terms, campaign.currency)
        if faults:
            raise Invalid(faults=faults)
    context.store.put_contract(contract)
    return {"contract_id": contract.contract_id, "version": contract.versions[-1].version}


def end_contract(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """No inquiry is filed or accepted under it from that instant on."""
    pair = _campaign(context, arguments).campaign_id, text(arguments, "partner_id")
    signed = context.store.contracts([pair]).get(pair)
    if signed is None:
        raise NotFound("There is no contract of that partner with that campaign")
    context.store.put_contract(replace(signed, ended_at=instant(arguments, "ended_at")))
    return {"contract_id": signed.contract_id}


def set_rule(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """An approval rule: maxima are amounts in the campaign's currency."""
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
        campaign.campaign_id,
        _partner_id(context, arguments),
        event_type.event_type_id,
        read(arguments, "payout_max", money),
        read(arguments, "month_max", money),
        read(arguments, "wait", Wait),
        count(arguments, "days", DAYS_MAX),
    )
    context.store.put_rule(rule)
    return {"rule": rule.name}


def deposit(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Money that came in; the same reference again is the same deposit, recorded once.

    It is in a currency of the advertiser's campaigns, unless another is meant.
    """
    advertiser_id = text(arguments, "advertiser_id")
    if advertiser_id not in context.store.advertisers([advertiser_id]):
        raise NotFound(f"There is no advertiser {advertiser_id}")
    meant = some_of(arguments, "despite", [transfers.CURRENCY])
    currency = read(arguments, "currency", lambda text: parse_current(text, context.now.date()))
    amount = read(arguments, "amount", lambda text: read_amount(text, currency))
    if amount.minor <= 0:
        raise invalid("amount", "Give a positive amount", "not_positive")
    entry = ledger.deposit(advertiser_id, amount, text(arguments, "reference"), context.now)
    if entry.entry_id not in context.store.entries([entry.entry_id]):
        transfers.refuse_unmeant(context, meant, advertiser_id, currency)
    try:
        context.store.commit(Outcome(entries=(entry,)))
    except Contested:
        return {**_deposited_before(context, entry), **transfers.echoed(meant)}
    return {"entry_id": entry.entry_id, "recorded": True, **transfers.echoed(meant)}


def _deposited_before(context: CommandContext, entry: ledger.Entry) -> dict[str, Any]:
    before = context.store.entries([entry.entry_id]).get(entry.entry_id)
    if before is None or before.postings != entry.postings:
        raise Conflict(
            f"A deposit with reference {entry.note} is recorded with another amount; "
            "give this one its own reference",
            code="deposit_differs",
        )
    return {"entry_id": entry.entry_id, "recorded": False}


def funds(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """An advertiser's money in one currency, as decimal amounts."""
    advertiser_id = text(arguments, "advertiser_id")
    currency = read(arguments, "currency", parse_currency)
    cash = context.store.cash([(advertiser_id, currency)])[advertiser_id, currency]
    return {
        "funds": str(Money(cash.funds_minor, currency)),
        "committed": str(Money(cash.committed_minor, currency)),
        "cash": str(Money(cash.cash_minor, currency)),
    }


def sweep(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """All shards, one after the other; `as_of` only where the stack's clock is adjustable."""
    now = context.now
    if "as_of" in arguments:
        _refuse_fixed_clock(context)
        now = instant(arguments, "as_of")
    result = SweepResult()
    for shard in shards():
        result.add(Sweep(context.store, shard, now, context.has_time).run())
    return {**result.facts(), "finished": result.finished}


def set_clock(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Lets the whole stack live at another instant, where its clock is adjustable."""
    _refuse_fixed_clock(context)
    at = instant(arguments, "at")
    context.store.set_clock(at)
    return {"at": at.isoformat()}


def _refuse_fixed_clock(context: CommandContext) -> None:
    if not context.clock_adjustable:
        raise Forbidden("This stack lives by the real clock", code="clock_not_adjustable")


def prove(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Recomputes every balance and checks every invariant over the whole store.

    Unless it is `finished`, the schedule goes on with it, and its log has the result.
    """
    return reconciliation.at_once(context.store, context.now, context.has_time)


def fill(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Adds to the sums of what clears what they lack of actions from before; goes on where the last
    one ended, until it is `finished`.
    """
    done = backfill.run(context.store, context.has_time)
    return {"finished": done.position is None, "seen": done.seen, "mended": done.mended}


def make_statements(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """The statements of a month, the last where none is named; those that are there are compared
    with the ledger.
    """
    month = read(arguments, "month", Month.parse) if "month" in arguments else None
    if context.statements is None:
        raise ValueError("statements need their bucket")
    month = month or statements.due(context.now)
    bucket = context.statements
    result = statements.all_of(context.store, bucket, month, context.now, context.has_time)
    return {**result.facts(), "differences": result.differences}


REFUNDED = ("advertiser_id", "currency", "amount", "reference", "explanation")
MOVED = ("advertiser_id", "partner_id", "currency", "amount", "reference", "action_id")

COMMANDS: dict[str, Command] = {
    "create_advertiser": Command(create_advertiser, "advertiser_id", "name"),
    "create_partner": Command(create_partner, "partner_id", "name", "kind"),
    "create_campaign": Command(
        create_campaign,
        *("campaign_id", "advertiser_id", "name", "time_zone", "currency", "event_types"),
        "retroactive",
    ),
    **credentials.COMMANDS,
    "set_options": Command(set_options, "campaign_id", *SWITCHES, "retroactive"),
    "sign_contract": Command(sign_contract, "campaign_id", "partner_id", "terms"),
    "end_contract": Command(end_contract, "campaign_id", "partner_id", "ended_at"),
    "set_rule": Command(
        set_rule,
        *("campaign_id", "partner_id", "event_type_id", "payout_max", "month_max", "wait", "days"),
    ),
    "deposit": Command(deposit, "advertiser_id", "currency", "amount", "reference", "despite"),
    "refund_deposit": Command(transfers.refund_deposit, *REFUNDED),
    "correct_deposit": Command(transfers.correct_deposit, *REFUNDED),
    "make_statements": Command(make_statements, "month"),
    "transfer": Command(transfers.transfer, *MOVED, "despite"),
    "return_payment": Command(transfers.return_payment, *MOVED),
    "withdraw": Command(transfers.withdraw, "partner_id", "currency", "reference", "amount"),
    "set_payout_threshold": Command(
        transfers.set_payout_threshold, "partner_id", "currency", "amount"
    ),
    "funds": Command(funds, "advertiser_id", "currency"),
    "sweep": Command(sweep, "as_of"),
    "set_clock": Command(set_clock, "at"),
    "reconcile": Command(prove),
    "backfill": Command(fill),
    **lookalikes.COMMANDS,
}
