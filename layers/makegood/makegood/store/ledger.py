"""The ledger as items: entries and balances, and reading both by owner.

An entry is one item, listed under the first owner whose accounts it touches. Every other owner has
a line of it: an item that is only a place in the same index. An owner is an advertiser
or a partner, like `advertiser:500`; an advertiser's funds and committed money are one item.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from makegood.domain.calendar import MILLISECOND
from makegood.domain.ledger import Cash, Entry, EntryReason, Posting, committed, funds, payable
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.store.expressions import (
    IS_NEW,
    Condition,
    added,
    at_version,
    compared,
    is_missing,
    within,
)
from makegood.store.indexes import Indexes, id_at, position_at
from makegood.store.items import Compact, Instant, Key, Number, Row, Text, stamp
from makegood.store.transactions import Writes

ENTRIES_READ = 100
"""Entries that are held at a time while an owner's are read one after the other."""


class EntryRow(Row):
    table = "ledger"

    reason = Text()
    currency = Text()
    postings = Compact()
    made_at = Instant()
    note = Text(null=True)
    corrects = Text(null=True)
    explanation = Text(null=True)
    made_by = Text(null=True)
    confirmed_by = Text(null=True)
    account_key = Text()
    created_key = Text()


class EntryLineRow(Row):
    """Lists an entry under one more owner of an account that it touches."""

    table = "ledger"

    account_key = Text()
    created_key = Text()


class BalanceRow(Row):
    table = "ledger"

    minor = Number(default=0)
    committed_minor = Number(null=True)


def entry_key(entry_id: str) -> Key:
    return EntryRow, f"E#{entry_id}", "E"


def line_key(entry_id: str, owner: str) -> Key:
    return EntryLineRow, f"E#{entry_id}", f"L#{owner}"


def balance_key(owner: str, currency: str) -> Key:
    """An advertiser's funds and committed money are one item; every other account is its own."""
    return BalanceRow, f"B#{owner}", currency


def balance_place(account: str) -> tuple[str, str]:
    """The item and the attribute that keep an account: an advertiser's two are one item."""
    owner, _, kind = account.rpartition(":")
    if account.startswith("advertiser:"):
        return owner, "committed_minor" if kind == "committed" else "minor"
    return account, "minor"


class Ledger(Indexes):
    """Reading the books."""

    def cash(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Cash]:
        """Funds and committed money of each (advertiser, currency)."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(
            balance_key(f"advertiser:{advertiser}", currency) for advertiser, currency in wanted
        )
        result = {}
        for advertiser, currency in wanted:
            row = rows.get((f"B#advertiser:{advertiser}", currency))
            result[advertiser, currency] = (
                Cash(advertiser, currency)
                if row is None
                else Cash(
                    advertiser,
                    currency,
                    int(row.minor or 0),
                    int(row.committed_minor or 0),
                    int(row.version),
                )
            )
        return result

    def currencies(self, owner: str) -> list[str]:
        """The currencies that a balance is kept in: of `advertiser:500`, or of a payable account.

        There are at most as many as ISO 4217 has.
        """
        return [item["sk"]["S"] for item in self.partition("ledger", f"B#{owner}")]

    def payable(self, partner_id: str, currency: str) -> Money:
        """What the partner has earned and not withdrawn."""
        key = balance_key(payable(partner_id), currency)
        row = self.fetch([key]).get(key[1:])
        return Money(int(row.minor or 0) if row else 0, currency)

    def entries(self, entry_ids: Iterable[str]) -> dict[str, Entry]:
        rows = self.fetch(entry_key(each) for each in entry_ids)
        return {pk[2:]: entry_of(row) for (pk, _), row in rows.items()}

    def entries_in(
        self, owner: str, start: datetime | None, end: datetime | None
    ) -> Iterator[Entry]:
        """Every entry of an owner from an instant on and before another, oldest first."""
        high = "~" if end is None else stamp(end - MILLISECOND) + "#~"
        low = stamp(start) if start else "0"
        stretch = within("account_key", owner, "created_key", (low, high))
        for page in self.pages("ledger", stretch, "by_account", Limit=ENTRIES_READ):
            ids = [id_at(item["created_key"]["S"]) for item in page["Items"]]
            found = self.entries(ids)
            yield from (found[each] for each in ids)


def balances_of(row: BalanceRow) -> list[tuple[str, int]]:
    """The accounts that a balance's item keeps, each with what is on it."""
    owner = row.pk.removeprefix("B#")
    if not owner.startswith("advertiser:"):
        return [(owner, int(row.minor or 0))]
    advertiser_id = owner.partition(":")[2]
    accounts = (funds(advertiser_id), committed(advertiser_id))
    return [(each, int(getattr(row, balance_place(each)[1]) or 0)) for each in accounts]


def entry_row(entry: Entry) -> EntryRow:
    """Listed under the first whose accounts it touches; the others have a line of it."""
    postings = [
        [each.source, each.destination, each.amount.minor, dict(each.settles)]
        for each in entry.postings
    ]
    return EntryRow(
        *entry_key(entry.entry_id)[1:],
        reason=entry.reason.value,
        currency=entry.currency,
        postings=postings,
        made_at=entry.made_at,
        note=entry.note or None,
        corrects=entry.corrects or None,
        explanation=entry.explanation or None,
        made_by=entry.made_by or None,
        confirmed_by=entry.confirmed_by or None,
        account_key=entry.owners[0],
        created_key=_entry_position(entry),
    )


def line_rows(entry: Entry) -> list[EntryLineRow]:
    """What lists an entry under everybody whose accounts it touches besides the first."""
    return [
        EntryLineRow(
            *line_key(entry.entry_id, owner)[1:],
            account_key=owner,
            created_key=_entry_position(entry),
        )
        for owner in entry.owners[1:]
    ]


def _entry_position(entry: Entry) -> str:
    return position_at(entry.made_at, entry.entry_id)


def entry_of(row: EntryRow) -> Entry:
    return Entry(
        row.pk[2:],
        EntryReason(row.reason),
        tuple(
            Posting(source, destination, Money(minor, row.currency), settles)
            for source, destination, minor, settles in (each[:4] for each in row.postings)
        ),
        row.made_at,
        row.note or "",
        row.corrects or "",
        row.explanation or "",
        row.made_by or "",
        row.confirmed_by or "",
    )


def write_entry(writes: Writes, entry: Entry) -> None:
    for row in (entry_row(entry), *line_rows(entry)):
        writes.puts.append((f"entry:{entry.entry_id}", row, IS_NEW))


def write_balances(writes: Writes, outcome: Outcome) -> None:
    """Adds one update for each balance, with the conditions that the outcome puts on it."""
    deltas: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry in outcome.entries:
        for account, minor in entry.deltas().items():
            owner, attribute = balance_place(account)
            deltas[owner, entry.currency][attribute] += minor
    conditions = _balance_conditions(outcome)
    for (owner, currency), change in deltas.items():
        row = BalanceRow(*balance_key(owner, currency)[1:])
        moves = added({**change, "version": 1})
        condition = conditions.pop((owner, currency), None)
        if change["committed_minor"] < 0:
            needed = -change["committed_minor"]
            covered = compared(BalanceRow, "committed_minor", ">=", needed)
            condition = covered if condition is None else condition & covered
        writes.updates.append((f"balance:{owner}", row, moves, condition))
    for (owner, currency), condition in conditions.items():
        row = BalanceRow(*balance_key(owner, currency)[1:])
        writes.checks.append((f"balance:{owner}", row, condition))


def _balance_conditions(outcome: Outcome) -> dict[tuple[str, str], Condition]:
    """The conditions on each balance; a balance that never moved has no item yet."""
    conditions: dict[tuple[str, str], Condition] = {}
    for cash in outcome.relies_on:
        owner = f"advertiser:{cash.advertiser_id}"
        conditions[owner, cash.currency] = at_version(BalanceRow, cash.version)
    for floor in outcome.floors:
        owner, attribute = balance_place(floor.account)
        condition = compared(BalanceRow, attribute, ">=", floor.minor)
        if floor.minor <= 0:
            condition = condition | is_missing(attribute)
        already = conditions.get((owner, floor.currency))
        conditions[owner, floor.currency] = condition if already is None else already & condition
    return conditions
