"""Tables of actions and inquiries in memory, as many as you like, behind a store's client.

They answer in the place of DynamoDB what lists read of the two tables: queries of their indexes,
and items by keys. Everything else goes where it would have gone. An item is kept as the JSON that
it is sent as, and an entry of an index as what filters look at, so that 100,000 actions take some
hundred MB.
"""

import json
import threading
import zlib
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from botocore.awsrequest import AWSResponse
from makegood.domain.actions import Action
from makegood.domain.inquiries import Inquiry
from makegood.store.actions import action_rows
from makegood.store.inquiries import inquiry_rows
from makegood.store.store import Store, Tables

from tests.bench.endless import PAGE_BYTES, compiled, projected
from tests.bench.tape import Stream
from tests.bench.units import item_bytes
from tests.infra.sources import kind_of, stored_tables

Entry = tuple[str, dict[str, str]]
"""A position of an index, and the texts of what it has there."""

position = itemgetter(0)


class Kept:
    """What is kept of the tables of actions and of inquiries, under the names of a stack's."""

    def __init__(self, tables: Tables) -> None:
        self.indexes = {
            getattr(tables, kind_of(logical_id)): {
                each["IndexName"]: projected(each) for each in declared["GlobalSecondaryIndexes"]
            }
            for logical_id, declared in stored_tables().items()
            if kind_of(logical_id) in ("actions", "inquiries")
        }
        self.tables = tables
        self.items: dict[tuple[str, str, str], str] = {}
        self.entries: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        """In order, by table, index and owner."""
        self.calls: Counter[str] = Counter()
        self.alone = threading.Lock()

    def put(self, things: Iterable[Action | Inquiry]) -> None:
        """Keeps things that were not there before."""
        with self.alone:
            for each in things:
                kind, rows = (
                    ("actions", action_rows(each))
                    if isinstance(each, Action)
                    else ("inquiries", inquiry_rows(each))
                )
                for row in rows:
                    self._keep(getattr(self.tables, kind), row.serialize())

    def _keep(self, table: str, item: Mapping[str, Any]) -> None:
        key = table, item["pk"]["S"], item["sk"]["S"]
        assert key not in self.items, key
        self.items[key] = json.dumps(item, separators=(",", ":"))
        names = {"pk", "sk"}.union(*self.indexes[table].values())
        seen = {name: text for name in names & set(item) for text in item[name].values()}
        for index, (owner, at, *_) in self.indexes[table].items():
            if owner in seen and at in seen:
                insort(self.entries[table, index, seen[owner]], (seen[at], seen), key=position)

    @contextmanager
    def behind(self, stores: Iterable[Store]) -> Iterator[None]:
        """Answers what these stores ask meanwhile."""
        events = [each.client.meta.events for each in stores]
        for each in events:
            each.register("before-send.dynamodb", self.answer)
        try:
            yield
        finally:
            for each in events:
                each.unregister("before-send.dynamodb", self.answer)

    def answer(self, request: Any, **_: Any) -> AWSResponse | None:
        """What DynamoDB would answer; None for what is not asked of these tables' lists."""
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        asked = json.loads(request.body)
        with self.alone:
            if operation == "Query" and asked["TableName"] in self.indexes and "IndexName" in asked:
                body = json.dumps(self.query(asked)).encode()
            elif operation == "BatchGetItem" and not set(asked["RequestItems"]) - set(self.indexes):
                body = self.batch_get(asked).encode()
            else:
                return None
            self.calls[operation] += 1
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        return AWSResponse(request.url, 200, headers, Stream(body))

    def batch_get(self, asked: Mapping[str, Any]) -> str:
        found = []
        for table, wanted in asked["RequestItems"].items():
            keys = [(table, each["pk"]["S"], each["sk"]["S"]) for each in wanted["Keys"]]
            items = ",".join(self.items[each] for each in keys if each in self.items)
            found.append(f"{json.dumps(table)}:[{items}]")
        return f'{{"Responses":{{{",".join(found)}}},"UnprocessedKeys":{{}}}}'

    def query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One page of an index: of at most 1 MB, and of as many entries as the limit says."""
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        table, index = asked["TableName"], asked["IndexName"]
        owner_name, range_name, *_ = projection = self.indexes[table][index]
        entries = self.entries[table, index, values[":hash"]["S"]]
        numbers = _between(entries, asked, range_name)
        room = min(self._room(entries, projection), asked.get("Limit", len(numbers)))
        page = [entries[each][1] for each in numbers[:room]]
        more = {}
        if page and room < len(numbers):
            place = ("pk", "sk", owner_name, range_name)
            more["LastEvaluatedKey"] = {name: {"S": page[-1][name]} for name in place}
        chosen = page
        if "FilterExpression" in asked:
            holds = compiled(asked["FilterExpression"], names, values)
            chosen = [each for each in page if holds(each)]
        told = {"Count": len(chosen), "ScannedCount": len(page), **more}
        if asked.get("Select") == "COUNT":
            return told
        return {"Items": [{range_name: {"S": each[range_name]}} for each in chosen], **told}

    def _room(self, entries: Sequence[Entry], projection: tuple[str, ...]) -> int:
        """How many entries are in 1 MB."""
        if not entries:
            return 1
        seen = entries[0][1]
        names = {"pk", "sk", *projection} & set(seen)
        return PAGE_BYTES // item_bytes({name: {"S": seen[name]} for name in names}) + 1


def _between(entries: Sequence[Entry], asked: Mapping[str, Any], range_name: str) -> range:
    """Which entries a query has yet to read, in its order."""
    values = asked["ExpressionAttributeValues"]
    low = bisect_left(entries, values[":low"]["S"], key=position)
    high = bisect_right(entries, values[":high"]["S"], key=position)
    forward, last = asked.get("ScanIndexForward", True), asked.get("ExclusiveStartKey")
    if last and forward:
        low = max(low, bisect_right(entries, last[range_name]["S"], key=position))
    elif last:
        high = min(high, bisect_left(entries, last[range_name]["S"], key=position))
    found = range(low, max(low, high))
    return found if forward else found[::-1]
