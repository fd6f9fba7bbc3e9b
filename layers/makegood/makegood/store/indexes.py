"""Reading by index: what is due, and what a campaign or a partner has, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from makegood.domain.calendar import Due
from makegood.domain.ids import digest
from makegood.store.connection import KEY_CHARS_MAX, Connection
from makegood.store.expressions import Condition, within
from makegood.store.items import read_stamp, stamp

SHARDS = 16
ACCOUNTS_KEPT = 1_024
"""Partitions of what is due. One advertiser's currency is in one shard, so its order holds."""

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


@dataclass(frozen=True, slots=True)
class StoredList:
    """Things of a kind that an index lists under an owner, newest first.

    `things` is the store's method that reads them by id. `owner` is who the index names.
    """

    things: str
    index: str
    owner: str

    @classmethod
    def of_campaign(cls, things: str, campaign_id: str) -> "StoredList":
        return cls(things, "by_campaign", campaign_id)

    @classmethod
    def of_partner(cls, things: str, partner_id: str) -> "StoredList":
        return cls(things, "by_partner", partner_id)

    @classmethod
    def of_order(cls, things: str, campaign_id: str, order_id: str) -> "StoredList":
        return cls(things, "by_order", order_name(campaign_id, order_id))

    @classmethod
    def open_inquiries(cls, campaign_id: str, state: str) -> "StoredList":
        """A campaign's inquiries that are in a state to be decided."""
        return cls("inquiries", "by_open", open_name(campaign_id, state))

    @classmethod
    def awaiting_approval(cls, campaign_id: str) -> "StoredList":
        """A campaign's actions that wait for the advertiser's approval."""
        return cls("actions", "by_approval", campaign_id)

    @classmethod
    def entries(cls, owner: str) -> "StoredList":
        """Of an account like `advertiser:500`."""
        return cls("entries", "by_account", owner)

    @classmethod
    def statements(cls, owner: str) -> "StoredList":
        """Of an account like `advertiser:500`."""
        return cls("statements", "by_account", owner)

    @classmethod
    def uploads(cls, role: str, account_id: str) -> "StoredList":
        return cls("uploads", "by_owner", uploads_owner(role, account_id))

    @property
    def has_what_waits(self) -> bool:
        """Whether things leave it once somebody has decided."""
        return self.index in ("by_open", "by_approval")

    @property
    def counted(self) -> "StoredList":
        """The list whose length is kept: of what waits, all that its campaign has had."""
        if self.has_what_waits:
            return self.of_campaign(self.things, self.owner.partition("#")[0])
        return self


class Uncounted(Exception):
    """Raised when there is no time to count a list to its end; `count` is how far it came."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class Indexes(Connection):
    """Every method costs what it returns, whatever is stored besides."""

    def due(self, table: str, what: Due, shard: int, until: datetime) -> Iterator[str]:
        """Positions of what is due in a shard, oldest first.

        Read page by page as it is used; the cost follows what is due, not what is stored.
        """
        stretch = within("due_key", due_key(what, shard), "due_at", ("0", f"{stamp(until)}#~"))
        for page in self.pages(table, stretch, "due"):
            for item in page["Items"]:
                yield item["due_at"]["S"]

    def listed(
        self,
        stored: StoredList,
        created: Created,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Positions in a list, newest first, strictly older than `after`; and the one to read on
        after, None at the end.
        """
        table, stretch = _stretch(stored, created, after)
        if stretch is None:
            return [], None
        for page in self.pages(table, stretch, stored.index, ScanIndexForward=False, Limit=limit):
            found = [item["created_key"]["S"] for item in page["Items"]]
            kept = [each for each in found if each != after]
            if kept:
                return kept, kept[-1] if "LastEvaluatedKey" in page else None
        return [], None


def shards() -> range:
    """The shards: everything that is due is in one of them."""
    return range(SHARDS)


@lru_cache(ACCOUNTS_KEPT)
def shard_of(advertiser_id: str, currency: str) -> int:
    return int(digest("shard", advertiser_id, currency)[:8], 16) % SHARDS


def due_key(what: Due, shard: int) -> str:
    return f"{what}#{shard:02d}"


def order_name(campaign_id: str, order_id: str) -> str:
    """An order, as the indexes by order name it."""
    return f"{campaign_id}#{order_id}"


def uploads_owner(role: str, account_id: str) -> str:
    """The index partition of an account's uploads."""
    return f"{role}:{account_id}"


def open_name(campaign_id: str, state: str) -> str:
    """The index partition of a campaign's inquiries that are in a state to be decided."""
    return f"{campaign_id}#{state}"


def queue_name(campaign_id: str, state: str, *, dated: bool) -> str:
    """The index partition of those that have a deadline, or of the others."""
    return f"{open_name(campaign_id, state)}#{'DATED' if dated else 'UNDATED'}"


def position_at(at: datetime, thing_id: str) -> str:
    """Where a thing stands in a list, or in what is due."""
    return f"{stamp(at)}#{thing_id}"


def instant_at(position: str) -> datetime:
    """When a thing at a position in a listing was made, or what else the listing goes by."""
    return read_stamp(position.partition("#")[0])


def id_at(position: str) -> str:
    """Of the thing at a position in a listing."""
    return position.partition("#")[2]


def _stretch(
    stored: StoredList, created: Created, after: str | None
) -> tuple[str, Condition | None]:
    """The table that a list is in, and what is read of it; None where nothing can be."""
    table, prefix = LISTS[stored.things]
    owner, (low, high) = prefix + stored.owner, _range(created)
    if after is not None:
        high = min(high, after)
    if high < low or len(owner) > KEY_CHARS_MAX:
        return table, None
    return table, within(f"{stored.index[3:]}_key", owner, "created_key", (low, high))


def _range(created: Created) -> tuple[str, str]:
    low, high = created
    return (stamp(low) if low else "0"), (f"{stamp(high)}#~" if high else "~")
