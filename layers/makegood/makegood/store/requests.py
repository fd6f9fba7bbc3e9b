"""What a request leaves for later ones: what each write answered, so that a repeated write gets the
first answer; and where pages of lists ended, so that the next by number begins there.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from makegood.domain.ids import digest
from makegood.domain.problems import Conflict, Unavailable
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW
from makegood.store.items import Compact, Key, Number, Row, Text
from makegood.store.transactions import Writes, send

IDEMPOTENCY_HOURS = 48
REQUEST = "request"
"""What the record of an idempotency key is labelled with."""

WALK_SECONDS = 1_800
"""How long the end of a page is remembered, from the request that asked for it."""

CUT_SECONDS = 86_400
"""How long the size of a list's pages is remembered where it was cut to fit into an answer."""

SECOND = 2
"""The page that keeps the size of all: it is written anew whenever the first page is read."""


class Walked(NamedTuple):
    """Where a page of a list begins, as its cursor says it, and the size of the list's pages where
    that was cut: blank and 0 where nothing is known.
    """

    cursor: str = ""
    size: int = 0


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


class WalkRow(Row):
    """Where a page of a list begins, as its cursor says it."""

    table = "requests"

    expires_at = Number()
    cursor = Text()
    size = Number(null=True)


def _walk_key(walk: str, page: int) -> Key:
    return WalkRow, f"W#{walk}", str(page)


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
    writes.puts.append((REQUEST, _request_row(made), IS_NEW))


def fingerprint(parts: Sequence[str], fields: Mapping[str, str]) -> str:
    """A fingerprint of what a request asks, whatever the order of its fields."""
    return json.dumps([list(parts), sorted(fields.items())], ensure_ascii=False)


HASHED = "sha:"
"""Begins a fingerprint that tells nothing of what was asked."""


def hashed(asked: str) -> str:
    """A fingerprint in whose place nothing of the request is kept; the same again for its own."""
    return asked if asked.startswith(HASHED) else HASHED + digest("fingerprint", asked)


class Requests(Connection):
    """Reading what was answered."""

    def replay(self, asked: Idempotency) -> Mapping[str, Any] | None:
        """The first answer to this key; None if it is new, a conflict if it asked otherwise."""
        key = request_key(asked.account_sid, asked.key)
        row = self.fetch([key]).get(key[1:])
        if row is None:
            return None
        if row.fingerprint not in (asked.fingerprint, hashed(asked.fingerprint)):
            raise Conflict(
                "This Idempotency-Key was used for another request; choose a new one",
                code="idempotency_key_reused",
            )
        return row.reply

    def answered(self, account_sid: str, idempotency_key: str) -> Mapping[str, Any] | None:
        """The first answer to this key, whatever it asked; None if it is new."""
        key = request_key(account_sid, idempotency_key)
        row = self.fetch([key]).get(key[1:])
        return row.reply if row else None

    def keep_answer(self, made: Idempotency) -> None:
        """Keeps the answer to a write that changes nothing; `Contested` if its key is taken."""
        writes = Writes()
        write_request(writes, made)
        send(self, writes)

    def keep_walk(self, walk: str, page: int, walked: Walked, at: int) -> None:
        """Remembers where a page begins; `at` is in seconds since 1970.

        What cannot be written is left out: such a page is found by passing by what lies before it.
        But the size that was cut is kept, or else this fails: without it, pages would be passed by.
        """
        key = _walk_key(walk, page)[1:]
        is_needed = walked.size and page == SECOND
        seconds = CUT_SECONDS if is_needed else WALK_SECONDS
        row = WalkRow(*key, cursor=walked.cursor, size=walked.size or None, expires_at=at + seconds)
        if is_needed:
            self.write(row)
            return
        with suppress(ClientError, BotoCoreError, Unavailable):
            self.write(row)

    def walked_to(self, walk: str, page: int) -> Walked:
        """The cursor of a page that begins where a remembered one ended, and the size of pages."""
        keys = [_walk_key(walk, each) for each in sorted({SECOND, page})]
        rows = self.fetch(keys)
        row, second = (rows.get(_walk_key(walk, each)[1:]) for each in (page, SECOND))
        sized = second or row
        return Walked(row.cursor if row else "", (sized.size or 0) if sized else 0)
