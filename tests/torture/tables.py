"""Tables in this process that many threads use at once: conditions hold or not, and calls may fail.

They stand in the place of the store's client. A call takes as long as is said, and may be refused,
or done and not answered. With a bill, all is charged as DynamoDB would (`tests.bench.units`).
"""

import random
import re
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.bench.units import Bill, Item, Place, Tables, declared, place_of, updated
from tests.torture.world import KINDS, TABLES

TOKEN = re.compile(r"attribute_(?:not_)?exists\(#?\w+\)|#\w+ (?:<=|>=|=|<|>) :\w+|AND|OR|[()]")
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
PAGE_MAX = 1_000

Listed = tuple[tuple[str, str, str], tuple[str, str, str]]
"""A table, an index and a partition; and an entry of it: where it is sorted, and the key."""


@lru_cache
def tokens(text: str) -> tuple[str, ...]:
    """A condition in the words of `store.expressions`."""
    return tuple(TOKEN.findall(text))


def joined(waiting: Iterator[str], holds: Callable[[str], bool]) -> bool:
    """The truth of a condition up to its end, or to the bracket that closes it."""
    truth, word = False, "OR"
    for token in waiting:
        if token == ")":
            break
        if token in ("AND", "OR"):
            word = token
            continue
        found = joined(waiting, holds) if token == "(" else holds(token)
        truth = truth and found if word == "AND" else truth or found
    return truth


def plain(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    return int(value) if kind == "N" else value


def met(item: Item, write: Mapping[str, Any]) -> bool:
    """Whether the condition of a write holds for the item that is there."""
    text = write.get("ConditionExpression")
    if text is None:
        return True
    names = write.get("ExpressionAttributeNames", {})
    values = write.get("ExpressionAttributeValues", {})

    def holds(token: str) -> bool:
        if token.startswith("attribute_"):
            word, _, name = token.rstrip(")").partition("(")
            return (names.get(name, name) in item) == (word == "attribute_exists")
        name, word, place = token.split(" ")
        held = item.get(names[name])
        return held is not None and ORDER[word](plain(held), plain(values[place]))

    return joined(iter(tokens(text)), holds)


class Shared(Tables):
    """One account's tables. `faults` is the part of all calls that fail, `seconds` what a call
    takes.
    """

    def __init__(self, faults: float = 0.0, seconds: float = 0.0, seed: int = 1) -> None:
        super().__init__({getattr(TABLES, kind): kind for kind in KINDS}, declared())
        self.faults, self.seconds = faults, seconds
        self.chance = random.Random(seed)
        self.alone = threading.RLock()
        self.billed: Bill | None = None
        self.failed = 0
        self.stretches: defaultdict[tuple[str, str, str], list[tuple[str, str, str]]] = defaultdict(
            list
        )

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            found: dict[str, list[Item]] = {table: [] for table in asked["RequestItems"]}
            for table, request in asked["RequestItems"].items():
                places = (place_of(table, key) for key in request["Keys"])
                found[table] += [dict(self.items[each]) for each in places if each in self.items]
            return {"Responses": found}

        return self._answered("BatchGetItem", asked, read)

    def query(self, **asked: Any) -> dict[str, Any]:
        return self._answered("Query", asked, lambda: self._page(asked))

    def transact_write_items(self, **asked: Any) -> dict[str, Any]:
        return self._answered("TransactWriteItems", asked, lambda: self._check(asked))

    def _check(self, asked: dict[str, Any]) -> dict[str, Any]:
        reasons = []
        for part in asked["TransactItems"]:
            ((_, write),) = part.items()
            key = write.get("Key") or write["Item"]
            item = self.items.get(place_of(write["TableName"], key), {})
            reasons.append("None" if met(item, write) else "ConditionalCheckFailed")
        if any(each != "None" for each in reasons):
            told: Any = {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": each} for each in reasons],
            }
            raise ClientError(told, "TransactWriteItems")
        return {}

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        values, index = asked["ExpressionAttributeValues"], asked.get("IndexName", "")
        entries = self.stretches[asked["TableName"], index, values[":hash"]["S"]]
        low = (values[":low"]["S"],) if ":low" in values else ("",)
        high = (values[":high"]["S"], "\x7f", "\x7f") if ":high" in values else ("\x7f",)
        start, end = bisect_left(entries, low), bisect_right(entries, high)
        sort = "due_at" if index else "sk"
        if "ExclusiveStartKey" in asked:
            last = asked["ExclusiveStartKey"]
            start = bisect_right(entries, (last[sort]["S"], last["pk"]["S"], last["sk"]["S"]))
        limit = min(asked.get("Limit", PAGE_MAX), PAGE_MAX)
        chosen = entries[start : min(end, start + limit)]
        whole = [self.items[asked["TableName"], pk, sk] for _, pk, sk in chosen]
        keys = ("pk", "sk", "due_key", "due_at")
        items = [
            {key: each[key] for key in keys if key in each} if index else dict(each)
            for each in whole
        ]
        more = {"LastEvaluatedKey": items[-1]} if start + limit < end else {}
        return {"Items": items, "Count": len(items), **more}

    def _answered(
        self, operation: str, asked: dict[str, Any], answer: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        if self.seconds:
            time.sleep(self.seconds)
        with self.alone:
            fails = self.chance.random() < self.faults
            self.failed += fails
            if fails and self.chance.random() < 0.5:
                raise ClientError({"Error": {"Code": "InternalServerError"}}, operation)
            found = answer()
            if self.billed is None:
                self._apply(operation, asked)
            else:
                self.billed.calls[operation] += 1
                self.charge(self.billed, operation, asked, found)
        if fails:
            raise ReadTimeoutError(endpoint_url="tables")
        return found

    def _apply(self, operation: str, asked: dict[str, Any]) -> None:
        """The writes of a transaction, without their bill."""
        for part in asked.get("TransactItems", ()):
            ((kind, write),) = part.items()
            if kind != "ConditionCheck":
                place = place_of(write["TableName"], write.get("Key") or write["Item"])
                before = self._listed(place)
                was = self.items.get(place, {})
                self.items[place] = dict(write["Item"]) if kind == "Put" else updated(was, write)
                self._relist(before, self._listed(place))

    def _write(self, bill: Bill, kind: str, write: Mapping[str, Any], times: int) -> None:
        place = place_of(write["TableName"], write.get("Key") or write["Item"])
        before = self._listed(place)
        super()._write(bill, kind, write, times)
        self._relist(before, self._listed(place))

    def _relist(self, before: set[Listed], after: set[Listed]) -> None:
        for stretch, entry in before - after:
            entries = self.stretches[stretch]
            del entries[bisect_left(entries, entry)]
        for stretch, entry in after - before:
            insort(self.stretches[stretch], entry)

    def _listed(self, place: Place) -> set[Listed]:
        """Where the item of a key is found: in its partition, and in the index of what is due."""
        item = self.items.get(place)
        if item is None:
            return set()
        table, pk, sk = place
        found = {((table, "", pk), (sk, pk, sk))}
        if "due_key" in item:
            due = item["due_key"]["S"], item["due_at"]["S"]
            found.add(((table, "due", due[0]), (due[1], pk, sk)))
        return found
