"""Reading by index: what is due, and what a campaign or a partner has, newest first."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from makegood import store_tables
from makegood.store_calls import KEY_CHARS_MAX, Calls
from makegood.store_items import stamp
from makegood.store_tables import order_name

Created = tuple[datetime | None, datetime | None]

ABOUT_ONE_ORDER_MAX = 50
COUNT_MAX = 20_000


class Indexes(Calls):
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
                store_tables.due_key(phase, shard),
                "due_at",
                (low, high),
                **more,
            )
            for item in page["Items"]:
                yield item["due_at"]["S"]
            if "LastEvaluatedKey" not in page:
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _ids(
        self,
        kind: str,
        index: str,
        owner_id: str,
        created: Created,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids newest first, strictly older than the position `after`."""
        low, high = _range(created)
        more: dict[str, Any] = {"ScanIndexForward": False, "Limit": limit}
        if after is not None:
            high = min(high, after)
        ids: list[str] = []
        if high < low or len(owner_id) > KEY_CHARS_MAX:
            return ids, None
        while True:
            page = self.query(
                getattr(self.tables, kind),
                index,
                f"{index[3:]}_key",
                owner_id,
                "created_key",
                (low, high),
                **more,
            )
            positions = [item["created_key"]["S"] for item in page["Items"]]
            kept = [each for each in positions if each != after]
            ids += [each.partition("#")[2] for each in kept]
            last = kept[-1] if kept else None
            if "LastEvaluatedKey" not in page:
                return ids, None
            if ids:
                return ids, last
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _count(
        self,
        kind: str,
        index: str,
        owner_id: str,
        created: Created,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        """How many keys there are up to the position `after`, counted no further than a limit."""
        low, high = _range(created)
        if after is not None:
            high = min(high, after)
        if high < low or len(owner_id) > KEY_CHARS_MAX:
            return 0
        count, more = 0, {"Select": "COUNT"}
        while True:
            page = self.query(
                getattr(self.tables, kind),
                index,
                f"{index[3:]}_key",
                owner_id,
                "created_key",
                (low, high),
                Limit=count_max - count,
                **more,
            )
            count += page["Count"]
            if "LastEvaluatedKey" not in page or count >= count_max:
                return count
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def position(self, created_at: datetime, thing_id: str) -> str:
        """Where a thing stands in a listing."""
        return f"{stamp(created_at)}#{thing_id}"

    def inquiry_ids(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids of a campaign's or partner's inquiries, newest first, and the next position."""
        return self._ids("inquiries", index, owner_id, (created_from, created_to), after, limit)

    def inquiries_about(self, campaign_id: str, order_id: str) -> list[str]:
        """Ids of the latest inquiries about an order, whoever filed them."""
        owner = order_name(campaign_id, order_id)
        ids, _ = self._ids("inquiries", "by_order", owner, (None, None), None, ABOUT_ONE_ORDER_MAX)
        return ids

    def action_ids(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids of a campaign's or partner's actions, newest first, and the next position."""
        return self._ids("actions", index, owner_id, (created_from, created_to), after, limit)

    def update_ids(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids of the changes of a campaign's or partner's actions, newest first, and the next
        position.
        """
        owner_id = store_tables.updates_owner(owner_id)
        return self._ids("actions", index, owner_id, (created_from, created_to), after, limit)

    def upload_ids(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        """Ids of an account's uploads, newest first, and the next position."""
        return self._ids("files", index, owner_id, (created_from, created_to), after, limit)

    def count_uploads(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        created = created_from, created_to
        return self._count("files", index, owner_id, created, after, count_max)

    def count_updates(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        owner_id = store_tables.updates_owner(owner_id)
        created = created_from, created_to
        return self._count("actions", index, owner_id, created, after, count_max)

    def count_inquiries(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        created = created_from, created_to
        return self._count("inquiries", index, owner_id, created, after, count_max)

    def count_actions(
        self,
        index: str,
        owner_id: str,
        created_from: datetime | None,
        created_to: datetime | None,
        after: str | None = None,
        count_max: int = COUNT_MAX,
    ) -> int:
        created = created_from, created_to
        return self._count("actions", index, owner_id, created, after, count_max)


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
