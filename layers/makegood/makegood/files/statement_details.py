"""Makes a statement from the ledger alone, and its details as a CSV table of every action.

Each pass reads the entries once, oldest first and page by page, so a month of a million actions
takes no more memory than a short one. A statement's checksum is that of its table, so a statement
that is made again can be compared byte by byte.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from makegood.domain.ledger import Entry
from makegood.domain.statements import (
    COLUMNS,
    HEADER,
    LAYOUT,
    NO_SALES,
    Balance,
    Detail,
    Making,
    Month,
    Sale,
    Sales,
    Statement,
    balance_of,
)
from makegood.files import csv_writing
from makegood.store.store import Store

TOGETHER = 100
"""Entries whose orders are read together."""


@dataclass(slots=True)
class Table(Making):
    """A statement in the making, with its details as rows of the table."""

    digest: Any = field(default_factory=hashlib.sha256)

    def header(self) -> bytes:
        return self._written([HEADER])

    def add(self, entry: Entry, sales: Sales = NO_SALES) -> bytes:
        """Adds one entry; returns its details as rows."""
        details = self.details(entry, sales)
        return self._written(each.row() for each in details) if details else b""

    def made(self) -> Statement:
        return self.summed(self.digest.hexdigest())

    def _written(self, rows: Iterable[tuple[str, ...]]) -> bytes:
        data = csv_writing.render(row[: COLUMNS[self.layout]] for row in rows)
        self.digest.update(data)
        return data


def computed(
    store: Store, owner: str, currency: str, month: Month, layout: int = LAYOUT
) -> Statement:
    """Makes a statement from the ledger alone; `layout` is that of its details."""
    table = Table(owner, currency, month, opening_of(store, owner, currency, month), layout)
    table.header()
    for entry, sales in _entries(store, table):
        table.add(entry, sales)
    return table.made()


def details(store: Store, statement: Statement) -> Iterator[bytes]:
    """Yields the table of a statement's details, piece by piece."""
    table = _again(statement)
    yield table.header()
    for entry, sales in _entries(store, table):
        yield table.add(entry, sales)


def line_items(store: Store, statement: Statement) -> Iterator[Detail]:
    """Yields a statement's details, each with its order, whatever layout its table has."""
    making = replace(_again(statement), layout=LAYOUT)
    for entry, sales in _entries(store, making):
        yield from making.details(entry, sales)


def _again(made: Statement) -> Table:
    return Table(made.owner, made.currency, made.month, made.opening, made.layout)


def _entries(store: Store, making: Making) -> Iterator[tuple[Entry, Sales]]:
    """Yields the month's entries, oldest first, with the orders of their actions."""
    month = making.month
    entries = store.entries_in(making.owner, month.start, month.end)
    while some := list(islice(entries, TOGETHER)):
        ids = {each for entry in some for each in (*entry.settles, entry.corrects) if each}
        found = store.actions(sorted(ids), detail=False) if making.layout > 1 else {}
        sales = {
            action_id: Sale(action.order.order_id, action.order_amount)
            for action_id, action in found.items()
        }
        yield from ((entry, sales) for entry in some)


def opening_of(store: Store, owner: str, currency: str, month: Month) -> Balance:
    """The balance at the month's start: from the last statement, or from all earlier entries."""
    kept = store.statement(owner, month.previous, currency)
    if kept is not None:
        return kept.closing
    return balance_of(owner, currency, store.entries_in(owner, None, month.start))
