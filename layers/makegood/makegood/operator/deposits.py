"""What advertisers pay in: recorded, corrected and given back.

A deposit is named by the bank's reference for good. What was recorded of it never changes: a wrong
amount is corrected by an entry of the difference, once.
"""

from dataclasses import replace
from typing import Any

from makegood.domain import ledger
from makegood.domain.amounts import read_amount
from makegood.domain.ledger import Entry, EntryReason, Floor
from makegood.domain.money import Money, parse_currency, parse_current
from makegood.domain.outcome import Outcome
from makegood.domain.problems import Conflict, NotFound
from makegood.operator.arguments import (
    Arguments,
    CommandContext,
    invalid,
    known_advertiser,
    read,
    some_of,
    text,
)
from makegood.operator.second_person import foresee_entry
from makegood.operator.transfers import (
    CURRENCY,
    commit_once,
    echoed,
    money,
    positive_amount,
    refuse_unmeant,
)
from makegood.store.store import Contested


def deposit(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Records money that came in. A reference names one deposit, so a repeat records nothing.

    The currency must be that of one of the advertiser's campaigns, unless `despite` allows another.
    """
    advertiser_id = known_advertiser(context, arguments)
    meant = some_of(arguments, "despite", [CURRENCY])
    currency = read(arguments, "currency", lambda text: parse_current(text, context.now.date()))
    amount = read(arguments, "amount", lambda text: read_amount(text, currency))
    if amount.minor <= 0:
        raise invalid("amount", "Give a positive amount", "not_positive")
    made = ledger.deposit(advertiser_id, amount, text(arguments, "reference"), context.now)
    entry = replace(made, made_by=context.caller)
    if entry.entry_id not in context.store.entries([entry.entry_id]):
        refuse_unmeant(context, meant, advertiser_id, currency)
        foresee_entry(context, entry)
    elif context.dry_run:
        return {**_deposited_before(context, entry), **echoed(meant)}
    try:
        context.store.commit(Outcome(entries=(entry,)))
    except Contested:
        return {**_deposited_before(context, entry), **echoed(meant)}
    return {"entry_id": entry.entry_id, "recorded": True, **echoed(meant)}


def _deposited_before(context: CommandContext, entry: ledger.Entry) -> dict[str, Any]:
    before = context.store.entries([entry.entry_id]).get(entry.entry_id)
    if before is None or before.postings != entry.postings:
        raise Conflict(
            f"A deposit with reference {entry.note} is recorded with another amount; "
            "give this one its own reference",
            code="deposit_differs",
        )
    return {"entry_id": entry.entry_id, "recorded": False}


def refund_deposit(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Pays money back to the advertiser that paid it in; its funds must cover it."""
    advertiser_id = known_advertiser(context, arguments)
    amount, reference = positive_amount(arguments), text(arguments, "reference")
    explanation = text(arguments, "explanation")
    source, account = ledger.funds(advertiser_id), (advertiser_id, amount.currency)
    entry_id = ledger.named_id(
        EntryReason.REFUND, source, ledger.WORLD_DEPOSITS, amount.currency, reference
    )

    def decide() -> tuple[Entry, Floor]:
        cash = context.store.cash([account])[account]
        entry = ledger.refund(cash, amount, reference, explanation, context.now)
        return entry, Floor(source, amount.currency, amount.minor)

    return commit_once(context, entry_id, amount, "", decide)


def correct_deposit(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Corrects a deposit that was recorded with a wrong amount: the difference is a new entry.

    Repeating a correction records nothing; a different correction of the same deposit is refused.
    """
    advertiser_id, reference = known_advertiser(context, arguments), text(arguments, "reference")
    amount, explanation = money(arguments), text(arguments, "explanation")
    if amount.minor < 0:
        raise invalid("amount", "Give what was deposited, or zero", "negative")
    account = advertiser_id, amount.currency
    deposit_id = ledger.deposit_id(advertiser_id, amount.currency, reference)
    deposited = context.store.entries([deposit_id]).get(deposit_id)
    if deposited is None:
        raise NotFound(
            f"There is no deposit {reference} of that advertiser in {amount.currency}; check "
            "reference and currency"
        )
    entry_id = ledger.correction_id(deposited)
    before = context.store.entries([entry_id]).get(entry_id)
    if before is not None and ledger.corrected(deposited, before) != amount:
        is_now = ledger.corrected(deposited, before)
        raise Conflict(
            f"The deposit {reference} was corrected to {is_now} {is_now.currency} before, and is "
            "corrected once; record another deposit, or a refund",
            code="correction_differs",
        )

    def decide() -> tuple[Entry, Floor | None]:
        cash = context.store.cash([account])[account]
        entry = ledger.correction(deposited, amount, cash, explanation, context.now)
        (posting,) = entry.postings
        draws = posting.source == ledger.funds(advertiser_id)
        floor = Floor(posting.source, amount.currency, posting.amount.minor) if draws else None
        return entry, floor

    return commit_once(context, entry_id, None, "", decide)


def funds(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """An advertiser's funds, committed money and cash in one currency, as decimal amounts."""
    advertiser_id = text(arguments, "advertiser_id")
    currency = read(arguments, "currency", parse_currency)
    cash = context.store.cash([(advertiser_id, currency)])[advertiser_id, currency]
    return {
        "funds": str(Money(cash.funds_minor, currency)),
        "committed": str(Money(cash.committed_minor, currency)),
        "cash": str(Money(cash.cash_minor, currency)),
    }
