"""What calls of DynamoDB cost, from the sizes of items and the template's tables and indexes.

The rules are DynamoDB's: a write unit is 1 KB of an item, twice in a transaction; a read unit is
4 KB of it, half where the read need not be consistent. An index entry is written when it comes,
goes or changes what is projected, and taken out and put in again when its key changes; never twice
for a transaction. What a call costs depends on what is there, so tables are kept here, too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

from tests.bench.tape import Call
from tests.infra.sources import kind_of, stored_tables

WRITE_BYTES, READ_BYTES = 1024, 4096

Item = dict[str, Any]
Place = tuple[str, str, str]
"""A table and a key."""


class Index(NamedTuple):
    name: str
    keys: tuple[str, str]
    everything: bool
    """Whether all attributes are projected, or keys alone."""


def declared() -> dict[str, list[Index]]:
    """The indexes of each table of the template, by the table's kind."""
    found = {}
    for logical_id, properties in stored_tables().items():
        found[kind_of(logical_id)] = [
            Index(
                each["IndexName"],
                tuple(key["AttributeName"] for key in each["KeySchema"]),
                each["Projection"]["ProjectionType"] == "ALL",
            )
            for each in properties.get("GlobalSecondaryIndexes", ())
        ]
    return found


def value_bytes(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        digits = value.lstrip("-").replace(".", "").strip("0")
        return ceil(len(digits) / 2) + 1 + value.startswith("-")
    if kind == "SS":
        return sum(len(each.encode()) for each in value)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"nothing here is kept as {kind}")


def item_bytes(item: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + value_bytes(typed) for name, typed in item.items())


@dataclass(slots=True)
class Bill:
    """What calls came to. `changed` is one for each item and index entry that came, went or
    changed: an entry that moves is one that goes and one that comes.
    """

    calls: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    """Write units of each table and of each index, as `actions` and `actions.due`."""

    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The same of each partition key of them: one key takes less than its table does."""

    reads: float = 0
    changed: float = 0

    @property
    def writes(self) -> float:
        return self.places.total()

    def write(self, place: str, key: str, units: float) -> None:
        self.places[place] += units
        self.keys[place, key] += units

    def of_each(self, count: int) -> "Bill":
        calls, places, keys = (
            Counter({name: amount / count for name, amount in each.items()})
            for each in (self.calls, self.places, self.keys)
        )
        return Bill(calls, places, keys, self.reads / count, self.changed / count)

    def plus(self, other: "Bill") -> "Bill":
        return Bill(
            self.calls + other.calls,
            self.places + other.places,
            self.keys + other.keys,
            self.reads + other.reads,
            self.changed + other.changed,
        )


class Tables:
    """What the tables of one stack hold; `kinds` are their kinds by name."""

    def __init__(self, kinds: Mapping[str, str], indexes: Mapping[str, list[Index]]) -> None:
        self.kinds, self.indexes = kinds, indexes
        self.items: dict[Place, Item] = {}

    def bill(self, tape: Iterable[Call]) -> Bill:
        """Does what the calls did, and says what it cost."""
        bill = Bill()
        for call in tape:
            bill.calls[f"{call.service}.{call.operation}"] += 1
            if call.service == "dynamodb":
                self.charge(bill, call.operation, call.parameters, call.document)
        return bill

    def charge(self, bill: Bill, operation: str, asked: Mapping[str, Any], answer: Any) -> None:
        if operation == "BatchGetItem":
            for table, request in asked["RequestItems"].items():
                for key in request["Keys"]:
                    item = self.items.get(place_of(table, key), {})
                    bill.reads += max(1, ceil(item_bytes(item) / READ_BYTES))
        elif operation == "Query":
            read = sum(item_bytes(each) for each in answer.get("Items", ()))
            half = 1 if asked.get("ConsistentRead") else 0.5
            bill.reads += max(1, ceil(read / READ_BYTES)) * half
        elif operation == "TransactWriteItems":
            for part in asked["TransactItems"]:
                ((kind, write),) = part.items()
                self._write(bill, kind, write, times=2)
        else:
            self._write(bill, operation.removesuffix("Item"), asked, times=1)

    def _write(self, bill: Bill, kind: str, write: Mapping[str, Any], times: int) -> None:
        table = write["TableName"]
        place = place_of(table, write.get("Key") or write["Item"])
        before = self.items.get(place, {})
        after = dict(write["Item"]) if kind == "Put" else updated(before, write)
        kind_of_table = self.kinds[table]
        units = times * ceil(max(item_bytes(before), item_bytes(after), 1) / WRITE_BYTES)
        bill.write(kind_of_table, place[1], units)
        if kind == "ConditionCheck":
            return
        bill.changed += 1
        for index in self.indexes[kind_of_table]:
            for key, size in self._entries(index, before, after):
                bill.write(f"{kind_of_table}.{index.name}", key, ceil(size / WRITE_BYTES))
                bill.changed += 1
        self.items[place] = after

    def _entries(self, index: Index, before: Item, after: Item) -> list[tuple[str, int]]:
        """Each write of an index that the change of an item brings about: its key and its bytes."""
        was, becomes = (projected(index, each) for each in (before, after))
        if was == becomes:
            return []
        moved = was and becomes and any(was[key] != becomes[key] for key in index.keys)
        changed = [each for each in (was, becomes) if each]
        if not moved:
            changed = [max(changed, key=item_bytes)]
        return [(each[index.keys[0]]["S"], item_bytes(each)) for each in changed]


def place_of(table: str, key: Mapping[str, Any]) -> Place:
    return table, key["pk"]["S"], key["sk"]["S"]


def projected(index: Index, item: Item) -> Item | None:
    """What an index holds of an item; None where it has no entry of it."""
    if not all(key in item for key in index.keys):
        return None
    return item if index.everything else {name: item[name] for name in ("pk", "sk", *index.keys)}


ASSIGNED = re.compile(r"(#?\w+) = (:\w+|#?\w+ \+ :\w+)")
ADDED = re.compile(r"(#?\w+) (:\w+)")


def updated(item: Item, write: Mapping[str, Any]) -> Item:
    """The item after an update, for the expressions that the store says."""
    after = {**item, **write["Key"]}
    names = write.get("ExpressionAttributeNames", {})
    values = write.get("ExpressionAttributeValues", {})
    for word, rest in clauses(write.get("UpdateExpression", "")):
        if word == "REMOVE":
            for name in rest.split(", "):
                after.pop(names.get(name, name), None)
        for name, value in (ASSIGNED if word == "SET" else ADDED).findall(rest):
            known = names.get(name, name)
            added = values[value.rpartition(" ")[2]]
            if " + " in value or (word == "ADD" and "N" in added):
                held = int(after.get(known, {"N": "0"})["N"])
                added = {"N": str(held + int(added["N"]))}
            elif word == "ADD":
                added = {"SS": sorted({*after.get(known, {"SS": []})["SS"], *added["SS"]})}
            after[known] = added
    return after


def clauses(expression: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"\b(SET|REMOVE|ADD) ", expression)[1:]
    yield from ((word, rest.strip()) for word, rest in zip(parts[::2], parts[1::2], strict=True))


def in_full(indexes: Mapping[str, list[Index]]) -> dict[str, list[Index]]:
    """The same indexes, each with all attributes: the plain design."""
    return {
        kind: [each._replace(everything=True) for each in known] for kind, known in indexes.items()
    }
