"""Money that staff move by hand: transfers, what partners return, what they withdraw.

A reference names each movement for good: a repeat gets the first answer, and moves nothing. Each
commits on the condition that the account it draws on holds enough, so two at once cannot overdraw
it. The later one reads again and learns what is left. A locked action cannot change, so a transfer
or a return may name the action that it corrects.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from makegood.domain import ledger
from makegood.domain.amounts import read_amount
from makegood.domain.ledger import Entry, EntryReason, Floor
from makegood.domain.money import Money, parse_currency
from makegood.domain.outcome import Outcome
from makegood.domain.problems import Conflict, NotFound, RuleForbids, Unavailable
from makegood.operator.arguments import (
    Arguments,
    CommandContext,
    invalid,
    known_advertiser,
    known_partner,
    read,
    some_of,
    text,
)
from makegood.operator.second_person import along, ask_for_entry, confirmer_of, refuse_if_decided
from makegood.store.store import Contested

TRIES_MAX = 4

CURRENCY, NO_CONTRACT = "currency", "no_contract"
"""The objections that `despite` may overrule."""

Decide = Callable[[], tuple[Entry, Floor | None]]
"""Returns the entry for the balances as they are now, and the floor that the commit checks."""


def set_payout_threshold(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sets the balance that a partner must reach before it is paid out; zero unless set."""
    partner_id = known_partner(context, arguments)
    threshold = money(arguments)
    if threshold.minor < 0:
        raise invalid("amount", "Give zero or more", "negative")
    context.store.put_payout_threshold(partner_id, threshold)
    return {"partner_id": partner_id, "currency": threshold.currency, "threshold": str(threshold)}


def transfer(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Pays a partner a bonus or a make-good; the advertiser's funds must cover it.

    The currency must be one of the advertiser's campaigns', and the partner must have or have had
    a contract with it, unless `despite` says otherwise.
    """
    advertiser_id, partner_id = (
        known_advertiser(context, arguments),
        known_partner(context, arguments),
    )
    amount, reference = positive_amount(arguments), text(arguments, "reference")
    meant = some_of(arguments, "despite", [CURRENCY, NO_CONTRACT])
    corrects = _corrected(context, arguments, advertiser_id, partner_id, amount.currency)
    source, account = ledger.funds(advertiser_id), (advertiser_id, amount.currency)
    entry_id = ledger.named_id(
        EntryReason.TRANSFER, source, ledger.payable(partner_id), amount.currency, reference
    )

    def decide() -> tuple[Entry, Floor]:
        refuse_unmeant(context, meant, advertiser_id, amount.currency, partner_id)
        cash = context.store.cash([account])[account]
        entry = ledger.transfer(cash, partner_id, amount, reference, context.now, corrects)
        return entry, Floor(source, amount.currency, amount.minor)

    return {**commit_once(context, entry_id, amount, corrects, decide), **echoed(meant)}


def return_payment(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Returns money from a partner's balance to the advertiser that paid it."""
    advertiser_id, partner_id = (
        known_advertiser(context, arguments),
        known_partner(context, arguments),
    )
    amount, reference = positive_amount(arguments), text(arguments, "reference")
    corrects = _corrected(context, arguments, advertiser_id, partner_id, amount.currency)
    source = ledger.payable(partner_id)
    entry_id = ledger.named_id(
        EntryReason.RETURN, source, ledger.funds(advertiser_id), amount.currency, reference
    )

    def decide() -> tuple[Entry, Floor]:
        balance = context.store.payable(partner_id, amount.currency)
        entry = ledger.give_back(
            partner_id, advertiser_id, amount, balance, reference, context.now, corrects
        )
        return entry, Floor(source, amount.currency, amount.minor)

    return commit_once(context, entry_id, amount, corrects, decide)


def withdraw(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Pays a partner out, once its balance has reached its threshold: all of it, unless an amount
    is named.
    """
    partner_id, reference = known_partner(context, arguments), text(arguments, "reference")
    asked = positive_amount(arguments) if "amount" in arguments else None
    currency = read(arguments, "currency", parse_currency)
    threshold = context.store.payout_threshold(partner_id, currency)
    source = ledger.payable(partner_id)
    entry_id = ledger.named_id(
        EntryReason.WITHDRAWAL, source, ledger.WORLD_PAYOUTS, currency, reference
    )

    def decide() -> tuple[Entry, Floor]:
        balance = context.store.payable(partner_id, currency)
        if balance.minor <= 0:
            raise RuleForbids("There is nothing to withdraw", code="not_enough_balance")
        amount = asked or balance
        entry = ledger.withdraw(partner_id, amount, balance, threshold, reference, context.now)
        return entry, Floor(source, currency, max(amount.minor, threshold.minor))

    return commit_once(context, entry_id, asked, "", decide)


def commit_once(
    context: CommandContext, entry_id: str, amount: Money | None, corrects: str, decide: Decide
) -> dict[str, Any]:
    """Decides and commits, unless the reference is known. Decides again if a balance has moved.

    What needs a second person stops after the decision, so it is refused before it is proposed.
    """
    for _ in range(TRIES_MAX):
        before = context.store.entries([entry_id]).get(entry_id)
        if before is not None:
            return answer(_same(before, amount, corrects), recorded=False)
        decided, floor = decide()
        ask_for_entry(context, decided)
        entry = replace(decided, made_by=context.caller, confirmed_by=confirmer_of(context))
        outcome = Outcome(entries=(entry,), floors=(floor,) if floor else ())
        try:
            context.store.commit(outcome, along=along(context))
        except Contested as lost:
            refuse_if_decided(lost)
            continue
        return answer(entry, recorded=True)
    raise Unavailable


def _same(before: Entry, amount: Money | None, corrects: str) -> Entry:
    recorded = before.postings[0].amount
    if amount not in (None, recorded) or before.corrects != corrects:
        raise Conflict(
            f"A {before.reason.lower()} with reference {before.note} is recorded with another "
            "amount or action; give this one its own reference",
            code=f"{before.reason.lower()}_differs",
        )
    return before


def answer(entry: Entry, recorded: bool) -> dict[str, Any]:
    amount = entry.postings[0].amount
    return {
        "entry_id": entry.entry_id,
        "amount": str(amount),
        "currency": amount.currency,
        "recorded": recorded,
    }


def refuse_unmeant(
    context: CommandContext,
    meant: Collection[str],
    advertiser_id: str,
    currency: str,
    partner_id: str = "",
) -> None:
    """Refuses a currency that no campaign of the advertiser has, and a partner that never had a
    contract with it: either is usually a slip.
    """
    campaigns = context.store.campaigns(context.store.campaign_ids_of(advertiser_id))
    used = sorted({each.currency for each in campaigns.values()})
    if currency not in used and CURRENCY not in meant:
        has = f"its campaigns are in {', '.join(used)}" if used else "it has none yet"
        raise RuleForbids(
            f"Advertiser {advertiser_id} has no campaign in {currency}: {has}. "
            f'If it is meant, say "despite": ["{CURRENCY}"]',
            code="currency_not_used",
        )
    asked = {(each, partner_id): () for each in campaigns} if partner_id else {}
    if partner_id and not context.store.contracts_for(asked) and NO_CONTRACT not in meant:
        raise RuleForbids(
            f"Partner {partner_id} never had a contract with advertiser {advertiser_id}. "
            f'If it is meant, say "despite": ["{NO_CONTRACT}"]',
            code="no_contract",
        )


def echoed(meant: Sequence[str]) -> dict[str, Any]:
    """The objections that a command overruled, for its answer; empty if it named none."""
    return {"despite": list(meant)} if meant else {}


def money(arguments: Arguments) -> Money:
    currency = read(arguments, "currency", parse_currency)
    return read(arguments, "amount", lambda amount: read_amount(amount, currency))


def positive_amount(arguments: Arguments) -> Money:
    amount = money(arguments)
    if amount.minor <= 0:
        raise invalid("amount", "Give a positive amount", "not_positive")
    return amount


def _corrected(
    context: CommandContext,
    arguments: Arguments,
    advertiser_id: str,
    partner_id: str,
    currency: str,
) -> str:
    """The action that is corrected, checked for these parties and this currency; "" for none."""
    if "action_id" not in arguments:
        return ""
    action_id = text(arguments, "action_id")
    action = context.store.actions([action_id], detail=False).get(action_id)
    if action is None or (action.advertiser_id, action.partner_id) != (advertiser_id, partner_id):
        raise NotFound(f"There is no action {action_id} of that advertiser and partner")
    if action.payout.currency != currency:
        raise RuleForbids(
            f"Action {action_id} is in {action.payout.currency}; correct it in that",
            code="currency_differs",
        )
    return action_id
