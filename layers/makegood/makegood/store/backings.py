"""Which actions an order of a shop backs, as an item for each order and event type.

Its holders are a set. A claim is accepted on condition that the set is as it was read; an action
that is reversed leaves it, whatever else has happened.
"""

from collections.abc import Iterable

from makegood.domain.actions import Action
from makegood.domain.backings import Backing
from makegood.domain.ids import digest
from makegood.store.connection import Connection
from makegood.store.expressions import Condition, change_of, dropped, is_missing
from makegood.store.items import Key, Row, Texts
from makegood.store.transactions import Writes

Place = tuple[str, str, str]
"""The advertiser, the shop's order and the event type."""

KEPT_WHOLE_MAX = 120
"""Characters of an order's id that stands in an item's key; of a longer one stands its hash."""


class BackingRow(Row):
    table = "actions"

    holders = Texts(null=True)


def backing_key(advertiser_id: str, order_id: str, event_type_id: str) -> Key:
    kept = order_id if len(order_id) <= KEPT_WHOLE_MAX else digest("shop order", order_id)
    return BackingRow, f"BACKS#{advertiser_id}#{kept}", f"BACKS#{event_type_id}"


def _holds(holders: frozenset[str]) -> Condition:
    """That the order backs these actions and no others."""
    if not holders:
        return is_missing("holders")
    values = tuple((f":holder{at}", {"S": each}) for at, each in enumerate(sorted(holders)))
    named = " AND ".join(f"contains(#holders, {place})" for place, _ in values)
    count = (":count", {"N": str(len(holders))})
    return Condition(f"size(#holders) = :count AND {named}", ("holders",), (*values, count))


def write_backings(
    writes: Writes,
    taken: Iterable[tuple[Backing, Backing]],
    actions: Iterable[tuple[Action | None, Action]],
) -> None:
    """Writes what orders back now, and frees those whose actions are reversed."""
    written: set[Place] = set()
    for before, after in taken:
        change = change_of(BackingRow, {"holders": after.holders})
        row = BackingRow(*backing_key(*after.place)[1:])
        writes.updates.append((f"backing:{after.order_id}", row, change, _holds(before.holders)))
        written.add(after.place)
    freed: dict[Place, list[str]] = {}
    for was, action in actions:
        place = action.advertiser_id, action.shop_order_id, action.event_type_id
        undone = was is not None and action.state.rules.is_undone and not was.state.rules.is_undone
        if action.shop_order_id and undone and place not in written:
            freed.setdefault(place, []).append(action.action_id)
    for place, action_ids in freed.items():
        row = BackingRow(*backing_key(*place)[1:])
        writes.updates.append(("backing", row, dropped({"holders": sorted(action_ids)}), None))


class Backings(Connection):
    """Reading what orders back."""

    def backings(self, places: Iterable[Place]) -> dict[Place, Backing]:
        """What each (advertiser, shop's order, event type) backs; nothing where there is none."""
        wanted = list(dict.fromkeys(places))
        rows = self.fetch(backing_key(*each) for each in wanted)
        result = {}
        for place in wanted:
            row = rows.get(backing_key(*place)[1:])
            result[place] = Backing(*place, frozenset((row and row.holders) or ()))
        return result
