"""A table of as many actions as you like, which are made when they are read: one a minute.

It answers the store's client in the place of DynamoDB, so that botocore's work is done and counted.
Queries read pages of at most 1 MB of one owner's entries in order, as DynamoDB's do, and each call
takes as long as is stated here. Numbers and instants run in one order, so that an index of any date
is a range of numbers.
"""

import json
import re
import threading
import time
import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from botocore.awsrequest import AWSResponse
from makegood.store.actions import action_rows

from tests.bench.scale import DAY, action
from tests.bench.tape import Stream
from tests.bench.units import READ_BYTES, Item, item_bytes
from tests.infra.sources import stored_tables
from tests.integration.market import CASHBACK, LOYALTY, NOW, SHOP

PAGE_BYTES = 1024 * 1024
RARE = 100
"""One of so many actions is the other partner's."""

CALL_SECONDS, MEGABYTE_SECONDS = 0.004, 0.02
"""What a call takes, and each MB that a query reads: some 160,000 entries of one owner a second."""

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Spent:
    """What calls came to: read units, calls, entries that queries passed by, and seconds."""

    calls: Counter[str] = field(default_factory=Counter)
    units: float = 0.0
    passed: int = 0
    waited_seconds: float = 0.0
    own_seconds: float = 0.0
    """CPU of this table itself, which is none of the function's."""


class Endless:
    """`count` actions of one campaign, the newest a minute ago."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.spent, self.alone = Spent(), threading.Lock()
        self.projected = {
            each["IndexName"]: projected(each)
            for each in stored_tables()["Actions"]["GlobalSecondaryIndexes"]
        }
        self.item = lru_cache(4_096)(self._item)

    def instant(self, number: int) -> datetime:
        return NOW - (self.count - number) * MINUTE

    def _item(self, number: int) -> tuple[Item, ...]:
        """The hot item of an action, and its detail; two of three lock in the future."""
        at = self.instant(number)
        made = replace(
            action(SHOP, at + 15 * DAY),
            action_id=f"1000.4000.{number:09d}",
            partner_id=LOYALTY if number % RARE == 0 else CASHBACK,
            event_at=at,
            created_at=at,
        )
        return tuple(each.serialize() for each in action_rows(made))

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """What DynamoDB would answer to a request, as a handler of `before-send`."""
        with self.alone:
            return self._answered(request)

    def _answered(self, request: Any) -> AWSResponse:
        began = time.thread_time()
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        asked = json.loads(request.body)
        self.spent.calls[operation] += 1
        read = {"Query": self.query, "BatchGetItem": self.batch_get}[operation]
        body = json.dumps(read(asked), separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        self.spent.own_seconds += time.thread_time() - began
        return AWSResponse(request.url, 200, headers, Stream(body))

    def batch_get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Items of actions by their keys; nothing else is here."""
        found: dict[str, list[Item]] = {}
        for table, wanted in asked["RequestItems"].items():
            here = found.setdefault(table, [])
            for key in wanted["Keys"]:
                item = self._of_key(key)
                here += [item] if item else []
                self.spent.units += max(1, ceil(item_bytes(item or {}) / READ_BYTES))
        self.spent.waited_seconds += CALL_SECONDS
        return {"Responses": found}

    def _of_key(self, key: Item) -> Item | None:
        kind, _, rest = key["pk"]["S"].partition("#")
        if kind != "A" or not rest.startswith("1000.4000."):
            return None
        hot, *more = self.item(int(rest.rpartition(".")[2]))
        return next((each for each in (hot, *more) if each["sk"] == key["sk"]), None)

    def query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One page of an index."""
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        index = asked["IndexName"]
        range_name = re.findall(r"#(\w+) BETWEEN", asked["KeyConditionExpression"])[0]
        numbers = self._numbers(range_name, values[":low"]["S"], values[":high"]["S"])
        if range_name == "modified_key":
            numbers = range(0)
        if not asked.get("ScanIndexForward", True):
            numbers = numbers[::-1]
        if "ExclusiveStartKey" in asked:
            last = int(asked["ExclusiveStartKey"]["pk"]["S"].rpartition(".")[2])
            numbers = range(last + numbers.step, numbers.stop, numbers.step)
        size = self._entry_bytes(index)
        room = min(PAGE_BYTES // size + 1, asked.get("Limit", len(numbers)))
        page = numbers[:room]
        self._charge(len(page) * size, len(page))
        chosen = self._chosen(page, asked.get("FilterExpression"), names, values)
        more = {"LastEvaluatedKey": self._place(index, page[-1])} if room < len(numbers) else {}
        if asked.get("Select") == "COUNT":
            return {"Count": len(chosen), "ScannedCount": len(page), **more}
        items = [{range_name: self._key(range_name, each)} for each in chosen]
        return {"Items": items, "Count": len(items), "ScannedCount": len(page), **more}

    def _charge(self, size: int, entries: int) -> None:
        self.spent.units += max(1, ceil(size / READ_BYTES)) / 2
        self.spent.passed += entries
        self.spent.waited_seconds += CALL_SECONDS + MEGABYTE_SECONDS * size / PAGE_BYTES

    def _numbers(self, name: str, low: str, high: str) -> range:
        """Of the entries between two positions."""

        def position(number: int) -> str:
            return self._key(name, number)["S"]

        every = range(self.count)
        start = bisect_left(every, low, key=position)
        return range(start, max(start, bisect_right(every, high, key=position)))

    def _key(self, name: str, number: int) -> dict[str, str]:
        stamp = self.instant(number).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"S": f"{stamp}#1000.4000.{number:09d}"}

    def _place(self, index: str, number: int) -> Item:
        names = ("pk", "sk", *self.projected[index][:2])
        hot = self.item(number)[0]
        return {each: hot[each] for each in names}

    def _entry_bytes(self, index: str) -> int:
        hot = self.item(1)[0]
        names = {"pk", "sk", *self.projected[index]}
        return item_bytes({name: hot[name] for name in names if name in hot})

    def _chosen(
        self, page: range, text: str | None, names: Mapping[str, str], values: Mapping[str, Item]
    ) -> range | list[int]:
        """Of a page, the numbers of what a filter holds for."""
        if text is None:
            return page
        holds = compiled(text, names, values)
        return [each for each in page if holds(self._seen(each))]

    def _seen(self, number: int) -> Mapping[str, str]:
        """What filters look at, of the attributes of an entry."""
        at = self.instant(number)
        key = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
        return {
            "partner_key": LOYALTY if number % RARE == 0 else CASHBACK,
            "campaign_key": "1000",
            "currency": "USD",
            "event_type_id": "4000",
            "created_key": key,
            "event_key": key,
            "locks_at": f"{at + 15 * DAY:%Y-%m-%dT%H:%M:%S}.000Z",
            "locking": "DAY 15d",
        }


def projected(index: Mapping[str, Any]) -> tuple[str, ...]:
    """The attributes of an entry: the index's own key first."""
    own = [each["AttributeName"] for each in index["KeySchema"]]
    return (*own, *index["Projection"].get("NonKeyAttributes", ()))


def _plain(values: Mapping[str, Item]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, next(iter(each.values()))) for name, each in values.items()))


class Absent:
    """What an item does not have: it is not more, not less and not the same as anything."""

    def _no(self, _: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _no


ABSENT = Absent()

WORDS = {"AND": "and", "OR": "or", "=": "==", "<>": "!="}
TOKENS = re.compile(
    r"attribute_not_exists\(#(?P<missing>\w+)\)|attribute_exists\(#(?P<there>\w+)\)"
    r"|#(?P<name>\w+)|(?P<value>:\w+)|(?P<word>AND|OR|<>|<=|>=|=|<|>|[()])|(?P<space>\s+)"
)


Holds = Callable[[Mapping[str, str]], bool]


def compiled(text: str, names: Mapping[str, str], values: Mapping[str, Item]) -> Holds:
    """A filter of the store's, as a function; raises `ValueError` for what is not known here."""
    return _compiled(text, tuple(sorted(names.items())), _plain(values))


@lru_cache(64)
def _compiled(
    text: str, names: tuple[tuple[str, str], ...], values: tuple[tuple[str, str], ...]
) -> Holds:
    known, given = dict(names), dict(values)
    source = "".join(_translated(text, known, given))
    return eval(f"lambda item: {source}", {"__builtins__": {}, "ABSENT": ABSENT})  # noqa: S307 - of tokens known here


def _translated(text: str, known: Mapping[str, str], given: Mapping[str, str]) -> Iterator[str]:
    at = 0
    while at < len(text):
        token = TOKENS.match(text, at)
        if token is None:
            raise ValueError(f"not known here: {text[at:]}")
        at = token.end()
        kind, said = token.lastgroup, token[token.lastgroup or 0]
        if kind == "missing":
            yield f"({known[f'#{said}']!r} not in item)"
        elif kind == "there":
            yield f"({known[f'#{said}']!r} in item)"
        elif kind == "name":
            yield f"item.get({known[f'#{said}']!r}, ABSENT)"
        elif kind == "value":
            yield repr(given[said])
        else:
            yield f" {WORDS.get(said, said)} "
