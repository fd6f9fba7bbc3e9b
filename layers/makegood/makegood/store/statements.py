"""Statements as items of the ledger's table: written once, and listed by their owner."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from makegood.domain.problems import Malformed
from makegood.domain.statements import Balance, Line, Month, Overdue, Statement, named_by
from makegood.store.expressions import IS_NEW, at_version
from makegood.store.indexes import STATEMENTS, Indexes, position_at
from makegood.store.items import Compact, Instant, Key, Number, Row, Text
from makegood.store.transactions import Contested, Writes, send

PROGRESS = "P#statements"


class StatementRow(Row):
    table = "ledger"

    account_key = Text()
    created_key = Text()
    opening = Compact()
    closing = Compact()
    lines = Compact()
    entry_count = Number()
    checksum = Text()
    layout = Number(null=True)
    overdue = Compact(null=True)


class ProgressRow(Row):
    """Which month's statements are being made, and the last owner that has all of its own."""

    table = "ledger"

    month = Text()
    done_to = Compact(null=True)
    changed_at = Instant()


def statement_key(owner: str, month: Month, currency: str) -> Key:
    return StatementRow, f"{STATEMENTS}{owner}", f"{month}#{currency}"


def _statement_of(row: StatementRow) -> Statement:
    month, _, currency = row.sk.partition("#")
    return Statement(
        row.pk.removeprefix(STATEMENTS),
        currency,
        Month.parse(month),
        Balance(*row.opening[:2]),
        Balance(*row.closing[:2]),
        tuple(Line(*each[:5]) for each in row.lines),
        int(row.entry_count),
        row.checksum,
        int(row.layout or 1),
        None if row.overdue is None else Overdue(*row.overdue[:2]),
    )


class Statements(Indexes):
    """Reads and writes statements; a statement is never changed."""

    def keep_statement(self, made: Statement) -> bool:
        """Stores a new statement; False if it exists already, and stays as it is."""
        row = StatementRow(
            *statement_key(made.owner, made.month, made.currency)[1:],
            account_key=f"{STATEMENTS}{made.owner}",
            created_key=position_at(made.created_at, made.statement_id),
            opening=[made.opening.minor, made.opening.committed_minor],
            closing=[made.closing.minor, made.closing.committed_minor],
            lines=[
                [
                    each.reason,
                    each.counterparty,
                    each.action_count,
                    each.minor,
                    each.committed_minor,
                ]
                for each in made.lines
            ],
            entry_count=made.entry_count,
            checksum=made.checksum,
            layout=made.layout,
            overdue=made.overdue and [made.overdue.action_count, made.overdue.minor],
        )
        new = IS_NEW
        try:
            send(self, Writes(puts=[("statement", row, new)]))
        except Contested:
            return False
        return True

    def statement(self, owner: str, month: Month, currency: str) -> Statement | None:
        key = statement_key(owner, month, currency)
        row = self.fetch([key]).get(key[1:])
        return None if row is None else _statement_of(row)

    def statements_of(self, owner: str, ids: Iterable[str]) -> dict[str, Statement]:
        """An owner's statements by id; ids that are not its own name nothing."""
        keys = {}
        for each in ids:
            try:
                account, month, currency = named_by(each)
            except Malformed:
                continue
            if account == owner.partition(":")[2]:
                keys[each] = statement_key(owner, month, currency)
        rows = self.fetch(keys.values())
        return {each: _statement_of(rows[key[1:]]) for each, key in keys.items() if key[1:] in rows}

    def statements_made(self) -> tuple[str, Any, int]:
        """The month that was begun last, how far it is (None at its end), and the version."""
        key = (ProgressRow, PROGRESS, "00")
        row = self.fetch([key]).get(key[1:])
        return ("", None, 0) if row is None else (row.month, row.done_to, int(row.version))

    def note_statements(self, month: str, done_to: Any, version: int, at: datetime) -> None:
        """Notes the month's progress; raises `Contested` if somebody else has moved it on."""
        row = ProgressRow(
            PROGRESS, "00", version=version + 1, month=month, done_to=done_to, changed_at=at
        )
        self.carry([row])
        known = at_version(ProgressRow, version)
        send(self, Writes(puts=[("statements", row, known)]))
