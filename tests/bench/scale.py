"""What a sweep reads and writes for each due action, however many actions are stored.

The sweep runs on tables in the process that answer its calls as DynamoDB does: a query sees one
partition of an index in order, a page of at most 1 MB at a time. Every call is billed.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.actions import Action, Origin
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.money import Money
from makegood.domain.orders import Order
from makegood.jobs.sweep import Sweep, SweepResult
from makegood.store.actions import action_rows
from makegood.store.indexes import shard_of
from makegood.store.ledger import BalanceRow, balance_key
from makegood.store.work_store import WorkStore

from tests.bench.figures import Figure
from tests.bench.units import Bill, Item, Tables, declared, item_bytes, place_of
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SALE, SHOP
from tests.torture.world import KINDS, TABLES

LIMIT = 1.02
DUE = 1_000
STORED = (1_000, 10_000, 100_000)
ADVERTISERS, ACTIONS_EACH = 10_000, 3
PAGE_BYTES = 1024 * 1024
DAY = timedelta(days=1)
FUNDS_MINOR = 10**12


class Engine(Tables):
    """Tables that answer, and bill what they are asked. Nobody else is there: conditions hold."""

    def __init__(self) -> None:
        super().__init__({getattr(TABLES, kind): kind for kind in KINDS}, declared())
        self.billed = Bill()
        self.due: defaultdict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)

    def put(self, table: str, item: Item) -> None:
        """An item that is there before the sweep comes."""
        self.items[place_of(table, item)] = item
        if "due_key" in item:
            self.due[table, item["due_key"]["S"]].append(entry_of(item))

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        found: dict[str, list[Item]] = {table: [] for table in asked["RequestItems"]}
        for table, request in asked["RequestItems"].items():
            places = (place_of(table, key) for key in request["Keys"])
            found[table] += [self.items[each] for each in places if each in self.items]
        return self._answered("BatchGetItem", asked, {"Responses": found})

    def query(self, **asked: Any) -> dict[str, Any]:
        values = asked["ExpressionAttributeValues"]
        entries = self.due[asked["TableName"], values[":hash"]["S"]]
        start = bisect_left(entries, (values[":low"]["S"],))
        if "ExclusiveStartKey" in asked:
            start = bisect_right(entries, entry_of(asked["ExclusiveStartKey"]))
        end = bisect_left(entries, (values[":high"]["S"],))
        page, size = [], 0
        for at, pk, sk in entries[start:end]:
            key = {"due_key": values[":hash"], "due_at": {"S": at}}
            page.append({"pk": {"S": pk}, "sk": {"S": sk}, **key})
            size += item_bytes(page[-1])
            if size >= PAGE_BYTES:
                break
        more = {"LastEvaluatedKey": page[-1]} if len(page) < end - start else {}
        return self._answered("Query", asked, {"Items": page, "Count": len(page), **more})

    def transact_write_items(self, **asked: Any) -> dict[str, Any]:
        for part in asked["TransactItems"]:
            ((_, write),) = part.items()
            self._unlist(write["TableName"], write.get("Key") or write["Item"])
        answer = self._answered("TransactWriteItems", asked, {})
        for part in asked["TransactItems"]:
            ((_, write),) = part.items()
            table, key = write["TableName"], write.get("Key") or write["Item"]
            item = self.items[place_of(table, key)]
            if "due_key" in item:
                insort(self.due[table, item["due_key"]["S"]], entry_of(item))
        return answer

    def _unlist(self, table: str, key: Mapping[str, Any]) -> None:
        item = self.items.get(place_of(table, key), {})
        if "due_key" in item:
            entries = self.due[table, item["due_key"]["S"]]
            del entries[bisect_left(entries, entry_of(item))]

    def _answered(self, operation: str, asked: dict[str, Any], answer: Any) -> Any:
        self.billed.calls[f"dynamodb.{operation}"] += 1
        self.charge(self.billed, operation, asked, answer)
        return answer


def entry_of(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return item["due_at"]["S"], item["pk"]["S"], item["sk"]["S"]


def action(advertiser_id: str, locks_at: datetime) -> Action:
    """A pending action of that advertiser."""
    order = Order("OD-000000000", NOW - 30 * DAY)
    return Action(
        action_id=f"{CAMPAIGN}.{SALE}.000000000",
        advertiser_id=advertiser_id,
        campaign_id=CAMPAIGN,
        partner_id=CASHBACK,
        event_type_id=SALE,
        order=order,
        order_amount=Money(5990, "USD"),
        payout=Money(300, "USD"),
        event_at=order.ordered_at,
        created_at=order.ordered_at,
        locks_at=locks_at,
        clears_at=locks_at + DAY,
        locking=LockRule.parse("DAY 15d"),
        payment=PaymentRule.parse("DAY 1d"),
        time_zone="America/Los_Angeles",
        contract_id="C10001",
        contract_version=1,
        origin=Origin.TRACKED,
    )


def numbered(made: Action, numbers: Iterable[int]) -> Iterator[Item]:
    """Hot items of actions that differ in their number alone; what they share is shared."""
    hot = action_rows(made)[0].serialize()
    names = ("pk", "created_key", "order_key", "order_id", "due_at")
    for number in numbers:
        own = {name: {"S": hot[name]["S"].replace("000000000", f"{number:09d}")} for name in names}
        yield {**hot, **own}


def engine_with(due: Mapping[str, int], stored: int) -> Engine:
    """So many actions due by advertiser, and others that are not, up to so many."""
    engine, number = Engine(), 0
    for advertiser_id, count in due.items():
        balance = BalanceRow(*balance_key(f"advertiser:{advertiser_id}", "USD")[1:])
        balance.minor, balance.committed_minor, balance.version = FUNDS_MINOR, 0, 1
        engine.put(TABLES.ledger, balance.serialize())
        made = action(advertiser_id, NOW - DAY / 24)
        for item in numbered(made, range(number, number + count)):
            engine.put(TABLES.actions, item)
        number += count
    for item in numbered(action(SHOP, NOW + 400 * DAY), range(number, stored)):
        engine.put(TABLES.actions, item)
    for entries in engine.due.values():
        entries.sort()
    return engine


def swept(engine: Engine, advertiser_ids: Iterable[str]) -> Bill:
    """What two sweeps cost for each action: one that locks what is due, one that pays it."""
    store = WorkStore(TABLES, "us-east-1")
    store.client = engine
    result, due = SweepResult(), sum(map(len, engine.due.values()))
    shards = sorted({shard_of(each, "USD") for each in advertiser_ids})
    for at in (NOW, NOW + 2 * DAY):
        for shard in shards:
            result.add(Sweep(store, shard, at, lambda: True).run())
    if not 0 < result.locked == result.paid <= due:
        raise RuntimeError(f"{result.locked} of {due} locked, {result.paid} paid")
    return engine.billed.of_each(result.locked)


def growth(stored: Iterable[int] = STORED) -> list[tuple[int, Bill]]:
    """What a due action costs, by how many actions are stored."""
    return [(each, swept(engine_with({SHOP: DUE}, each), [SHOP])) for each in stored]


def spread() -> dict[str, Bill]:
    """Everything due of one advertiser, and the same number of ten thousand with a few each."""
    many = {str(600_000 + each): ACTIONS_EACH for each in range(ADVERTISERS)}
    one = {SHOP: ADVERTISERS * ACTIONS_EACH}
    return {
        f"one advertiser, {one[SHOP]:,} due": swept(engine_with(one, 0), one),
        f"{ADVERTISERS:,} advertisers, {ACTIONS_EACH} due each": swept(engine_with(many, 0), many),
    }


def figures(found: list[tuple[int, Bill]]) -> list[Figure]:
    """The most stored against the fewest."""
    (_, few), (stored, many) = found[0], found[-1]
    pairs = {
        "AWS calls": (sum(many.calls.values()), sum(few.calls.values())),
        "read units": (many.reads, few.reads),
        "write units": (many.writes, few.writes),
    }
    return [
        Figure(f"sweep at {stored:,} stored: {name}", ours, floor, ours / floor, LIMIT, "each", 0)
        for name, (ours, floor) in pairs.items()
    ]


def table(found: list[tuple[int, Bill]], spreads: Mapping[str, Bill]) -> str:
    lines = [
        "What an action costs that locks and is paid",
        f"{'':40}{'calls':>9}{'reads':>9}{'writes':>9}",
    ]
    named = {f"{DUE:,} due of {stored:,} stored": bill for stored, bill in found}
    for name, bill in {**named, **spreads}.items():
        calls = sum(bill.calls.values())
        lines.append(f"{name:40}{calls:9.4f}{bill.reads:9.3f}{bill.writes:9.3f}")
    return "\n".join(lines)
