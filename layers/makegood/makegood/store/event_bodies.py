"""The bodies of webhooks as items: one for each event of an account that has endpoints.

A body is written in the transaction of its event, once, and expires with it: what is sent years or
tries later is what the object was then, as that account sees it.
"""

from collections.abc import Callable

from makegood.domain.events import Owner
from makegood.store.items import Key, Number, Row, Text

DIGITS = 15

Body = Callable[[int], str]
"""Makes an event's body of its number."""


class BodyRow(Row):
    table = "events"

    body = Text()
    expires_at = Number()


def body_key(owner: Owner, number: int) -> Key:
    return BodyRow, f"B#{owner.name}", f"{number:0{DIGITS}d}"
