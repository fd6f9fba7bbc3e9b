"""DynamoDB in dicts, as far as verdicts use it: what is measured is our own work, and the calls."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]
Place = tuple[str, str]
KEYS = {
    "": ("pk", "sk"),
    "by_open": ("open_key", "created_key"),
    "by_amount": ("amount_key", "ordered_key"),
}
"""The attributes by which a table and its indexes are in order."""


@dataclass
class Dicts:
    """Tables as a client has them; it refuses what it does not know, like a scan."""

    tables: dict[str, dict[Place, Item]] = field(default_factory=lambda: defaultdict(dict))
    calls: Counter[str] = field(default_factory=Counter)
    listed: dict[tuple[str, str, str], dict[Place, Item]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    in_order: dict[tuple[str, str, str], tuple[list[str], list[Item]]] = field(default_factory=dict)

    def add(self, table: str, item: Item) -> None:
        place = _place(item)
        was = self.tables[table].get(place, {})
        self.tables[table][place] = item
        for index, names in KEYS.items():
            before, after = _of(was, names), _of(item, names)
            if before and before != after:
                self._list(table, index, before).pop(place)
            if after:
                self.listed[table, index, after[0]][place] = item
            if after and before != after:
                self.in_order.pop((table, index, after[0]), None)

    def _list(self, table: str, index: str, keys: Place) -> dict[Place, Item]:
        self.in_order.pop((table, index, keys[0]), None)
        return self.listed[table, index, keys[0]]

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        self.calls["BatchGetItem"] += 1
        found = {}
        for table, wanted in asked["RequestItems"].items():
            places = [_place(each) for each in wanted["Keys"]]
            self.calls["keys"] += len(places)
            items = (self.tables[table].get(each) for each in places)
            found[table] = [each for each in items if each]
        return {"Responses": found}

    def query(self, **asked: Any) -> dict[str, Any]:
        self.calls["Query"] += 1
        values = asked["ExpressionAttributeValues"]
        ranges, items = self._in_order(
            asked["TableName"], asked.get("IndexName", ""), values[":hash"]["S"]
        )
        low = bisect_left(ranges, values[":low"]["S"]) if ":low" in values else 0
        high = bisect_right(ranges, values[":high"]["S"]) if ":high" in values else len(ranges)
        most = asked.get("Limit", high - low)
        forward = asked.get("ScanIndexForward", True)
        found = items[low:high][:most] if forward else items[max(low, high - most) : high][::-1]
        more = {"LastEvaluatedKey": found[-1]} if found and len(found) < high - low else {}
        return {"Items": found, "Count": len(found), **more}

    def _in_order(self, table: str, index: str, owner: str) -> tuple[list[str], list[Item]]:
        place = table, index, owner
        if place not in self.in_order:
            name = KEYS[index][1]
            items = sorted(self.listed[place].values(), key=lambda each: each[name]["S"])
            self.in_order[place] = [each[name]["S"] for each in items], items
        return self.in_order[place]

    def transact_write_items(self, **asked: Any) -> None:
        self.calls["TransactWriteItems"] += 1
        for each in asked["TransactItems"]:
            if put := each.get("Put"):
                self.add(put["TableName"], put["Item"])
            elif update := each.get("Update"):
                self._update(**update)

    def put_item(self, **asked: Any) -> None:
        self.add(asked["TableName"], asked["Item"])

    def update_item(self, **asked: Any) -> dict[str, Any]:
        self._update(**asked)
        return {"Attributes": {}}

    def _update(self, **asked: Any) -> None:
        """What it sets; what it adds is not read here."""
        names = asked.get("ExpressionAttributeNames", {})
        values = asked.get("ExpressionAttributeValues", {})
        table, key = asked["TableName"], asked["Key"]
        item = {**self.tables[table].get(_place(key), {}), **key}
        for part in asked["UpdateExpression"].replace("SET ", "").split(", "):
            name, _, value = part.partition(" = ")
            if value in values:
                item[names[name]] = values[value]
        self.add(table, item)


def _place(item: Item) -> Place:
    return item["pk"]["S"], item["sk"]["S"]


def _of(item: Item, names: Place) -> Place | None:
    owner, at = (item.get(each, {}).get("S", "") for each in names)
    return (owner, at) if owner else None
