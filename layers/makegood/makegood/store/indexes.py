"""Reading by index: what is due, and what a campaign or a partner has, newest first."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from makegood.domain.ids import digest
from makegood.store.connection import KEY_CHARS_MAX, Connection
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

    def due(self, kind: str, phase: str, shard: int, until: datetime) -> Iterator[str]:
        """What is due in a shard, oldest first, as `instant#advertiser#currency#id` positions.

        `kind` is the table, "actions" or "inquiries". Read page by page as it is used; the cost
        follows what is due, not what is stored.
        """
        more: dict[str, Any] = {}
        low, high = "0", f"{stamp(until)}#~"
        while True:
            page = self.query(
                getattr(self.tables, kind),
                "due",
                "due_key",
                due_key(phase, shard),
                "due_at",
                (low, high),
                **more,
            )
            for item in page["Items"]:
                yield item["due_at"]["S"]
            if "LastEvaluatedKey" not in page:
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

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
        table, owner = _partition(kind, owner_id)
        low, high = _range(created)
        more: dict[str, Any] = {"ScanIndexForward": False, "Limit": limit}
        if after is not None:
            high = min(high, after)
        if high < low or len(owner) > KEY_CHARS_MAX:
            return [], None
        while True:
            page = self.query(
                getattr(self.tables, table),
                index,
                f"{index[3:]}_key",
                owner,
                "created_key",
                (low, high),
                **more,
            )
            found = [item["created_key"]["S"] for item in page["Items"]]
            kept = [each for each in found if each != after]
            if "LastEvaluatedKey" not in page:
                return kept, None
            if kept:
                return kept, kept[-1]
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

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
        table, owner = _partition(kind, owner_id)
        low, high = _range(created)
        if after is not None:
            high = min(high, after)
        if high < low or len(owner) > KEY_CHARS_MAX:
            return 0
        count, more, began = 0, {"Select": "COUNT"}, time.monotonic()
        while True:
            page = self.query(
                getattr(self.tables, table),
                index,
                f"{index[3:]}_key",
                owner,
                "created_key",
                (low, high),
                Limit=count_max - count,
                **more,
            )
            count += page["Count"]
            if "LastEvaluatedKey" not in page or count >= count_max:
                return count
            if time.monotonic() - began > COUNT_SECONDS:
                raise Uncounted(count)
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def position(self, created_at: datetime, thing_id: str) -> str:
        """Where a thing stands in a listing."""
        return f"{stamp(created_at)}#{thing_id}"


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


def _partition(kind: str, owner_id: str) -> tuple[str, str]:
    """The table that an owner's things are listed in, and the partition that they stand in."""
    table, prefix = LISTS[kind]
    return table, prefix + owner_id


def _range(created: Created) -> tuple[str, str]:
    low, high = created
    return (stamp(low) if low else "0"), (f"{stamp(high)}#~" if high else "~")


def positions_by_account(
    positions: Iterable[str],
) -> Iterator[tuple[tuple[str, str], str]]:
    """Each due position as ((advertiser, currency), action id)."""
    for position in positions:
        _, advertiser_id, currency, action_id = position.split("#", 3)
        yield (advertiser_id, currency), action_id
