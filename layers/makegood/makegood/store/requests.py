"""Idempotency keys: what each write answered, so that a repeated write gets the first answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.ids import digest
from makegood.domain.problems import Conflict
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW
from makegood.store.items import Compact, Key, Number, Row, Text
from makegood.store.transactions import Writes

IDEMPOTENCY_HOURS = 48


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A write's key, a fingerprint of what it asks, and what it will answer."""

    account_sid: str
    key: str
    fingerprint: str
    at: datetime
    reply: Mapping[str, Any] | None = None


class RequestRow(Row):
    table = "requests"

    expires_at = Number()
    fingerprint = Text(null=True)
    reply = Compact(null=True)
    count = Number(null=True)


def request_key(account_sid: str, idempotency_key: str) -> Key:
    return RequestRow, f"K#{account_sid}", digest("key", idempotency_key)


def _request_row(made: Idempotency) -> RequestRow:
    """The record of an idempotency key."""
    expires = int((made.at + timedelta(hours=IDEMPOTENCY_HOURS)).timestamp())
    return RequestRow(
        *request_key(made.account_sid, made.key)[1:],
        expires_at=expires,
        fingerprint=made.fingerprint,
        reply=made.reply,
    )


def write_request(writes: Writes, made: Idempotency) -> None:
    """The record of an idempotency key, in the same transaction as its effect."""
    writes.puts.append(("request", _request_row(made), IS_NEW))


def fingerprint(parts: Sequence[str], fields: Mapping[str, str]) -> str:
    """A fingerprint of what a request asks, whatever the order of its fields."""
    return json.dumps([list(parts), sorted(fields.items())], ensure_ascii=False)


class Requests(Connection):
    """Reading what was answered."""

    def replay(self, asked: Idempotency) -> Mapping[str, Any] | None:
        """The first answer to this key; None if it is new, a conflict if it asked otherwise."""
        key = request_key(asked.account_sid, asked.key)
        row = self.fetch([key]).get(key[1:])
        if row is None:
            return None
        if row.fingerprint != asked.fingerprint:
            raise Conflict(
                "This Idempotency-Key was used for another request; choose a new one",
                code="idempotency_key_reused",
            )
        return row.reply
