"""The books as items: entries, balances, and reading both by owner.

An entry is one item, listed under the first owner of the accounts that it touches; every other
owner has a line of it, which is nothing but its place in the same index. An owner is an advertiser
or a partner, like `advertiser:500`; an advertiser's funds and committed money are one item.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from makegood.domain.calendar import MILLISECOND
from makegood.domain.ledger import Cash, Entry, EntryReason, Posting, payable
from makegood.domain.money import Money
from makegood.store import tables
from makegood.store.indexes import Indexes, id_at
from makegood.store.items import stamp
from makegood.store.tables import EntryLineRow, EntryRow, entry_key, line_key

ENTRIES_READ = 100
"""Entries that are held at a time while an owner's are read one after the other."""


class Ledger(Indexes):
    """Reading the books."""

    def cash(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Cash]:
        """Funds and committed money of each (advertiser, currency)."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(
            tables.balance_key(f"advertiser:{advertiser}", currency)
            for advertiser, currency in wanted
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
        return [item["sk"]["S"] for item in self.partition(self.tables.ledger, f"B#{owner}")]

    def payable(self, partner_id: str, currency: str) -> Money:
        """What the partner has earned and not withdrawn."""
        key = tables.balance_key(payable(partner_id), currency)
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
        more: dict[str, Any] = {"Limit": ENTRIES_READ}
        while True:
            page = self.query(
                self.tables.ledger,
                "by_account",
                "account_key",
                owner,
                "created_key",
                (stamp(start) if start else "0", high),
                **more,
            )
            ids = [id_at(item["created_key"]["S"]) for item in page["Items"]]
            found = self.entries(ids)
            yield from (found[each] for each in ids)
            if "LastEvaluatedKey" not in page:
                return
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]


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
    return f"{stamp(entry.made_at)}#{entry.entry_id}"


def entry_of(row: EntryRow) -> Entry:
    return Entry(
        row.pk[2:],
        EntryReason(row.reason),
        tuple(
            Posting(source, destination, Money(minor, row.currency), settles)
            for source, destination, minor, settles in row.postings
        ),
        row.made_at,
        row.note or "",
        row.corrects or "",
        row.explanation or "",
    )
