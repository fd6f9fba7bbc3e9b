"""Reading by index: what is due, and what a campaign or a partner has, newest first."""

import time
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from makegood.domain.ids import digest
from makegood.store.connection import KEY_CHARS_MAX, Connection
from makegood.store.expressions import Condition, within
from makegood.store.items import stamp

SHARDS = 16
"""Partitions of what is due. One advertiser's currency is in one shard, so its order holds."""

SHARDS_REMEMBERED_MAX = 10_000

UPDATES, STATEMENTS = "U#", "T#"
"""What the partitions begin with that list these, in the indexes of actions and of entries."""

Created = tuple[datetime | None, datetime | None]
ALWAYS: Created = (None, None)

LISTS = {
    "inquiries": ("inquiries", ""),
    "actions": ("actions", ""),
    "updates": ("actions", UPDATES),
    "uploads": ("files", ""),
    "entries": ("ledger", ""),
    "statements": ("ledger", STATEMENTS),
}
"""The table that each kind of thing is listed in, and what the names of its partitions begin with:
things of two kinds may be listed in one index without meeting each other.
"""

COUNT_MAX = 20_000
COUNT_SECONDS = 10
"""How long one list is counted: less than half of what a request has."""


class Uncounted(Exception):
    """There was no time to count a list to its end; `count` is how far it came."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Indexes(Connection):
    """Every method costs what it returns, whatever is stored besides."""

    def due(self, table: str, phase: str, shard: int, until: datetime) -> Iterator[str]:
        """Positions of what is due in a shard, oldest first.

        Read page by page as it is used; the cost follows what is due, not what is stored.
        """
        stretch = within("due_key", due_key(phase, shard), "due_at", ("0", f"{stamp(until)}#~"))
        for page in self.pages(table, stretch, "due"):
            for item in page["Items"]:
                yield item["due_at"]["S"]

    def listed(
        self,
        kind: str,
        index: str,
        owner_id: str,
        created: Created,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Positions of an owner's things of a kind, newest first, strictly older than `after`; and
        the one to read on after, None at the end.
        """
        table, stretch = _stretch(kind, index, owner_id, created, after)
        if stretch is None:
            return [], None
        for page in self.pages(table, stretch, index, ScanIndexForward=False, Limit=limit):
            found = [item["created_key"]["S"] for item in page["Items"]]
            kept = [each for each in found if each != after]
            if kept:
                return kept, kept[-1] if "LastEvaluatedKey" in page else None
        return [], None

    def count_listed(
        self,
        kind: str,
        index: str,
        owner_id: str,
        created: Created = ALWAYS,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        """How many there are of them up to the position `after`, counted up to a limit; raises
        `Uncounted` where that takes too long.
        """
        table, stretch = _stretch(kind, index, owner_id, created, after)
        if stretch is None:
            return 0
        count, began = 0, time.monotonic()
        for page in self.pages(table, stretch, index, most=count_max, Select="COUNT"):
            count += page["Count"]
            more = "LastEvaluatedKey" in page and count < count_max
            if more and time.monotonic() - began > COUNT_SECONDS:
                raise Uncounted(count)
        return count

    def position(self, created_at: datetime, thing_id: str) -> str:
        """Where a thing stands in a listing."""
        return f"{stamp(created_at)}#{thing_id}"


def shards() -> range:
    """What a sweep goes through: everything that is due is in one of these."""
    return range(SHARDS)


@lru_cache(SHARDS_REMEMBERED_MAX)
def shard_of(advertiser_id: str, currency: str) -> int:
    return int(digest("shard", advertiser_id, currency)[:8], 16) % SHARDS


def due_key(phase: str, shard: int) -> str:
    return f"{phase}#{shard:02d}"


def order_name(campaign_id: str, order_id: str) -> str:
    """An order, as the indexes by order name it."""
    return f"{campaign_id}#{order_id}"


def open_name(campaign_id: str, state: str) -> str:
    """The index partition of a campaign's inquiries that are in a state to be decided."""
    return f"{campaign_id}#{state}"


def id_at(position: str) -> str:
    """Of the thing at a position in a listing."""
    return position.partition("#")[2]


def _stretch(
    kind: str, index: str, owner_id: str, created: Created, after: str | None
) -> tuple[str, Condition | None]:
    """The table that an owner's things are listed in, and what of which partition is read of it;
    None where nothing can be.
    """
    table, prefix = LISTS[kind]
    owner, (low, high) = prefix + owner_id, _range(created)
    if after is not None:
        high = min(high, after)
    if high < low or len(owner) > KEY_CHARS_MAX:
        return table, None
    return table, within(f"{index[3:]}_key", owner, "created_key", (low, high))


def _range(created: Created) -> tuple[str, str]:
    low, high = created
    return (stamp(low) if low else "0"), (f"{stamp(high)}#~" if high else "~")
