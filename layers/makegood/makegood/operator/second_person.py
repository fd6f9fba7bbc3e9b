"""Where a command stops before it changes anything, and what a confirmation binds.

It stops in a dry run, and until a second person has confirmed it.

A confirmation is spent with what it allows: a payment writes it in the transaction of its entry, so
neither a crash nor a race pays twice. A contract cannot be written in one transaction. There the
confirmation is spent first, and whoever gave it sends it again to finish what was cut off; signing
the same terms again makes no other version.
"""

from collections.abc import Mapping
from typing import Any

from makegood.domain.contracts import Contract
from makegood.domain.ledger import Entry
from makegood.domain.money import Money
from makegood.domain.problems import Conflict
from makegood.operator.arguments import CommandContext
from makegood.store.proposals import PROPOSAL, deciding
from makegood.store.store import Contested
from makegood.store.transactions import Writes


class Foreseen(Exception):
    """A command was decided and has changed nothing; `foresees` says what it would do."""

    def __init__(self, foresees: Mapping[str, Any]) -> None:
        super().__init__()
        self.foresees = foresees


class Waits(Foreseen):
    """A command needs a second person.

    `fixed` are arguments that were left out: what is confirmed is the amount that was shown, not
    what a balance has grown to by then.
    """

    def __init__(self, foresees: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
        super().__init__(foresees)
        self.fixed = fixed


def confirmer_of(context: CommandContext) -> str:
    """Who confirmed what is being carried out; empty where nobody had to."""
    return context.confirmation.by if context.confirmation else ""


def ask_for_entry(context: CommandContext, entry: Entry) -> None:
    """Raises `Waits` if the money may not move yet, and `Foreseen` in a dry run."""
    amount = entry.postings[0].amount
    if context.confirmation is None and context.second_person.confirms_amount(amount):
        raise Waits(_moves(context, entry), {"amount": str(amount)})
    foresee_entry(context, entry)


def foresee_entry(context: CommandContext, entry: Entry) -> None:
    """Raises `Foreseen` in a dry run."""
    if context.dry_run:
        raise Foreseen(_moves(context, entry))


def along(context: CommandContext) -> Writes | None:
    """The confirmation, for the transaction of what it allows; None where nobody had to confirm."""
    given = context.confirmation
    return deciding(given.before, given.after) if given else None


def ask_for_contract(context: CommandContext, contract: Contract) -> None:
    """Raises `Waits` if the last version's rates need a second person, and `Foreseen` in a dry run;
    spends the confirmation.
    """
    terms = contract.versions[-1]
    high = context.second_person.confirms_terms(terms)
    foresees = {
        "contract_id": contract.contract_id,
        "version": terms.version,
        "valid_from": terms.valid_from.isoformat(),
        "payouts": list(high),
    }
    if high and context.confirmation is None:
        raise Waits(foresees, {})
    if context.dry_run:
        raise Foreseen(foresees)
    spend(context)


def spend(context: CommandContext) -> None:
    """Writes the confirmation by itself, unless it is written."""
    given = context.confirmation
    if given is None or given.before == given.after:
        return
    try:
        context.store.decide(given.before, given.after)
    except Contested as lost:
        refuse_if_decided(lost)
        raise


def refuse_if_decided(lost: Contested) -> None:
    """Raises `Conflict` if somebody else has decided on the proposal that is being carried out."""
    if any(each.partition(":")[0] == PROPOSAL for each in lost.labels):
        raise Conflict(
            "Somebody else has decided on this proposal just now; list what waits",
            code="proposal_decided",
        ) from lost


def _moves(context: CommandContext, entry: Entry) -> dict[str, Any]:
    """What an entry moves, with the balances that are not the world's, as they are and as they
    would be.
    """
    currency = entry.currency
    balances = {}
    for account, minor in entry.deltas().items():
        if account.startswith("world:"):
            continue
        now = _balance(context, account, currency)
        balances[account] = {"now": str(now), "then": str(now + Money(minor, currency))}
    return {
        "amount": str(entry.postings[0].amount),
        "currency": currency,
        "source": entry.postings[0].source,
        "destination": entry.postings[0].destination,
        "balances": balances,
    }


def _balance(context: CommandContext, account: str, currency: str) -> Money:
    """An advertiser's funds, or what a partner is owed."""
    kind, owner, _ = account.split(":")
    if kind == "partner":
        return context.store.payable(owner, currency)
    return Money(context.store.cash([(owner, currency)])[owner, currency].funds_minor, currency)
