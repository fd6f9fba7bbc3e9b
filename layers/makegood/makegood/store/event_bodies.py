"""The bodies of webhooks as items: one for each event of an account that has endpoints.

A body is written in the transaction of its event, once, and expires with it: what is sent years or
tries later is what the object was then, as that account sees it. An event that was written before
its account had an endpoint has none; it is given one without the object if it is to be sent.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from makegood.domain.events import Owner
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW
from makegood.store.items import Key, Number, Row, Text
from makegood.store.transactions import Contested, Writes, send

DIGITS = 15

Body = Callable[[int], str]
"""Makes an event's body of its number."""


class BodyRow(Row):
    table = "events"

    body = Text()
    expires_at = Number()


def body_key(owner: Owner, number: int) -> Key:
    return BodyRow, f"B#{owner.name}", f"{number:0{DIGITS}d}"


class EventBodies(Connection):
    """Bodies that are read and written apart from their events."""

    def without_body(self, owner: Owner, numbers: Iterable[int]) -> list[int]:
        """Those of an account's events that have no body."""
        keys = {each: body_key(owner, each) for each in numbers}
        known = self.fetch(keys.values())
        return [number for number, key in keys.items() if key[1:] not in known]

    def add_body(self, owner: Owner, number: int, text: str, until: datetime) -> None:
        """Writes the body of an event, unless it has got one meanwhile."""
        expires_at = int(until.timestamp())
        row = BodyRow(*body_key(owner, number)[1:], body=text, expires_at=expires_at)
        try:
            send(self, Writes(puts=[("body", row, IS_NEW)]))
        except Contested:
            return
