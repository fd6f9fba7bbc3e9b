"""Cases: inquiries, actions, orders and the money they move, read in batches, committed whole.

Conditions, versions and keys are known in the store's modules only. Reads that a decision is made
on are consistent; what they say is checked again by the commit.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.inquiries import Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.problems import Conflict
from makegood.store import action_updates, tables
from makegood.store import rows as store_rows
from makegood.store.connection import Tables
from makegood.store.ledger import Ledger
from makegood.store.limit_usage import Uses
from makegood.store.parties import Directory
from makegood.store.tables import RequestRow
from makegood.store.transactions import (
    ACTION_ROWS,
    INQUIRY_ROWS,
    Contested,
    Writes,
    request_put,
    send,
    writes_of,
)

__all__ = ["Cases", "Contested", "Idempotency", "Tables"]

IDEMPOTENCY_HOURS = 48


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A write's key, a fingerprint of what it asks, and what it will answer."""

    account_sid: str
    key: str
    fingerprint: str
    at: datetime
    reply: Mapping[str, Any] | None = None


class Cases(Directory, Ledger, Uses):
    """Inquiries, actions and orders; who takes part is in `Directory`, the books in `Ledger`."""

    def inquiries(self, inquiry_ids: Iterable[str]) -> dict[str, Inquiry]:
        """Inquiries by id, whole, with all their comments; missing ones are left out."""
        ids = list(dict.fromkeys(inquiry_ids))
        rows = self.fetch(tables.inquiry_key(each, part) for each in ids for part in ("H", "D"))
        more = [
            tables.comment_key(each, number)
            for each in ids
            if (f"I#{each}", "H") in rows
            for number in range(2, int(rows[f"I#{each}", "H"].comment_count) + 1)
        ]
        rows.update(self.fetch(more))
        result = {}
        for each in ids:
            hot = rows.get((f"I#{each}", "H"))
            if hot is not None:
                parts = (
                    {sk: row for (pk, sk), row in rows.items() if pk == hot.pk}
                    if more
                    else {"D": rows[hot.pk, "D"]}
                )
                result[each] = store_rows.inquiry_of(hot, parts)
        return result

    def actions(self, action_ids: Iterable[str], detail: bool = True) -> dict[str, Action]:
        """Actions by id; without `detail` the order's customer, note and items stay blank."""
        ids = list(dict.fromkeys(action_ids))
        parts = ("H", "D") if detail else ("H",)
        rows = self.fetch(tables.action_key(each, part) for each in ids for part in parts)
        return {
            each: store_rows.action_of(rows[f"A#{each}", "H"], rows.get((f"A#{each}", "D")))
            for each in ids
            if (f"A#{each}", "H") in rows
        }

    def updates(self, update_ids: Iterable[str]) -> dict[str, ActionUpdate]:
        """Changes of actions by id; missing ones are left out."""
        rows = self.fetch(tables.update_key(each) for each in dict.fromkeys(update_ids))
        found = (action_updates.update_of(row) for row in rows.values())
        return {each.update_id: each for each in found}

    def worked_on(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ActionUpdate]:
        """Of the pairs (action, row of a file), those where the row changed the action, and how."""
        wanted = {each: tables.once_key(*each) for each in pairs}
        marks = self.fetch(wanted.values())
        names = {
            each: f"{each[0]}.{marks[key[1:]].document}"
            for each, key in wanted.items()
            if key[1:] in marks
        }
        updates = self.updates(names.values())
        return {each: updates[name] for each, name in names.items()}

    def orders(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], OrderCredits]:
        """What is credited for each (campaign, order); nothing yet where nothing is."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(tables.order_key(*each) for each in wanted)
        return {
            each: store_rows.order_of(*each, rows.get(tables.order_key(*each)[1:]))
            for each in wanted
        }

    def spend(self, campaign_id: str, partner_id: str, month: str, currency: str) -> RuleSpend:
        """What the approval rule has granted in that month."""
        key = tables.spend_key(campaign_id, partner_id, month, currency)
        row = self.fetch([key]).get(key[1:])
        granted, version = (int(row.granted_minor), int(row.version)) if row else (0, 0)
        return RuleSpend(campaign_id, partner_id, month, currency, granted, version)

    def commit(
        self,
        outcome: Outcome,
        idempotency: Idempotency | None = None,
        along: Writes | None = None,
    ) -> None:
        """All of it or nothing, with what goes `along`; raises `Contested` when anything moved
        meanwhile.
        """
        writes = writes_of(outcome)
        if idempotency is not None:
            request_put(writes, request_row(idempotency))
        if along is not None:
            writes.take(along)
        send(self.client, writes)

    def forget_weights(self) -> None:
        """What was weighed has been committed, or will not be."""
        INQUIRY_ROWS.forget()
        ACTION_ROWS.forget()

    def weight(self, outcome: Outcome) -> int:
        """How many items of a transaction this outcome takes."""
        return len(writes_of(outcome))

    def replay(self, asked: Idempotency) -> Mapping[str, Any] | None:
        """What this key answered before; None when it is new, a conflict when it asked else."""
        key = tables.request_key(asked.account_sid, asked.key)
        row = self.fetch([key]).get(key[1:])
        if row is None:
            return None
        if row.fingerprint != asked.fingerprint:
            raise Conflict(
                "This Idempotency-Key was used for another request; choose a new one",
                code="idempotency_key_reused",
            )
        return row.reply


def request_row(made: Idempotency) -> RequestRow:
    """The record of an idempotency key."""
    expires = int((made.at + timedelta(hours=IDEMPOTENCY_HOURS)).timestamp())
    return RequestRow(
        *tables.request_key(made.account_sid, made.key)[1:],
        expires_at=expires,
        fingerprint=made.fingerprint,
        reply=made.reply,
    )


def fingerprint(parts: Sequence[str], fields: Mapping[str, str]) -> str:
    """What a request asks, whatever the order of its fields."""
    return json.dumps([list(parts), sorted(fields.items())], ensure_ascii=False)
