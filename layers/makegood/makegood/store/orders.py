"""Orders as items: what is credited for each, on its version."""

from collections.abc import Iterable

from makegood.domain.orders import Credit, OrderCredits
from makegood.store.connection import Connection
from makegood.store.expressions import at_version
from makegood.store.items import Compact, Key, Row
from makegood.store.transactions import Writes


class OrderRow(Row):
    table = "actions"

    credits = Compact()
    newest = Compact(null=True)


def order_key(campaign_id: str, order_id: str) -> Key:
    return OrderRow, f"O#{campaign_id}#{order_id}", "O"


def order_row(order: OrderCredits) -> OrderRow:
    held = [
        [each.event_type_id, each.partner_id, each.action_id, each.by_promo_code]
        for each in order.credits
    ]
    key = order_key(order.campaign_id, order.order_id)[1:]
    newest = dict(order.newest) or None
    return OrderRow(*key, version=order.version, credits=held, newest=newest)


def order_of(campaign_id: str, order_id: str, row: OrderRow | None) -> OrderCredits:
    if row is None:
        return OrderCredits(campaign_id, order_id)
    held = tuple(Credit(*each) for each in row.credits)
    newest = tuple((row.newest or {}).items())
    return OrderCredits(campaign_id, order_id, held, int(row.version), newest)


def write_order(writes: Writes, before: OrderCredits, after: OrderCredits) -> None:
    condition = at_version(OrderRow, before.version)
    writes.puts.append((f"order:{after.order_id}", order_row(after), condition))


class Orders(Connection):
    """Reading orders."""

    def orders(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], OrderCredits]:
        """What is credited for each (campaign, order); nothing yet where nothing is."""
        wanted = list(dict.fromkeys(keys))
        rows = self.fetch(order_key(*each) for each in wanted)
        return {each: order_of(*each, rows.get(order_key(*each)[1:])) for each in wanted}
