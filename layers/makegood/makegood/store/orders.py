"""Orders as items: what is credited for each, with its version."""

from collections.abc import Iterable

from makegood.domain.orders import Credit, OrderCredits
from makegood.store.carried import longer
from makegood.store.connection import Connection, ScanPosition
from makegood.store.items import Compact, Key, Row
from makegood.store.transactions import Writes, write_rows


class OrderRow(Row):
    table = "actions"

    credits = Compact()
    newest = Compact(null=True)


def order_key(campaign_id: str, order_id: str) -> Key:
    return OrderRow, f"O#{campaign_id}#{order_id}", "O"


def place_of(pk: str) -> tuple[str, str]:
    """The campaign and the order that a key names."""
    campaign_id, _, order_id = pk[2:].partition("#")
    return campaign_id, order_id


def order_row(order: OrderCredits) -> OrderRow:
    held = [
        longer(
            (each.event_type_id, each.partner_id, each.action_id, each.by_promo_code), each.carried
        )
        for each in order.credits
    ]
    key = order_key(order.campaign_id, order.order_id)[1:]
    newest = dict(order.newest) or None
    return OrderRow(*key, version=order.version, credits=held, newest=newest)


def credits_of(row: OrderRow) -> tuple[Credit, ...]:
    return tuple(Credit(*each[:4], carried=each) for each in row.credits)


def order_of(campaign_id: str, order_id: str, row: OrderRow | None) -> OrderCredits:
    if row is None:
        return OrderCredits(campaign_id, order_id)
    newest = tuple((row.newest or {}).items())
    return OrderCredits(campaign_id, order_id, credits_of(row), int(row.version), newest)


def write_order(writes: Writes, before: OrderCredits, after: OrderCredits) -> None:
    known = [order_row(before)] if before.version else None
    write_rows(writes, f"order:{after.order_id}", known, [order_row(after)])


class Orders(Connection):
    """Reading orders."""

    def orders(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], OrderCredits]:
        """What is credited for each (campaign, order); nothing yet where nothing is."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(order_key(*each) for each in wanted)
        return {each: order_of(*each, rows.get(order_key(*each)[1:])) for each in wanted}

    def scan_orders(
        self, after: ScanPosition | None
    ) -> tuple[list[tuple[str, str]], ScanPosition | None]:
        """The (campaign, order) of each order item in a page of all, and where to go on."""
        items, position = self.scan("actions", after)
        keys = (item["pk"]["S"] for item in items if item["sk"]["S"] == "O")
        return [place_of(pk) for pk in keys], position
