"""Webhooks in great numbers, in this process: workers at once, and receivers and calls that fail.

The functions' own code runs on tables of this process (`tests.torture.tables`), with a queue and
receivers beside it. The clock goes on when it is told to. Whatever happens, every event is received
at least once and marked once, and nobody waits for somebody else's receiver.

`python -m tests.torture --part hooks` plays all; `--flow` one.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from makegood.domain.events import Change, EventType, Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Problem
from makegood.domain.webhooks import (
    LANES,
    LANES_FAILING,
    Answer,
    DeliveryState,
    Endpoint,
    EndpointState,
    Wake,
)
from makegood.jobs import webhook_fanout
from makegood.jobs.webhook_work import MISSED_SECONDS, Lane
from makegood.store.deliveries import DeliveryStore, RequestedStore, WorkerStore
from makegood.store.webhooks import opening_endpoint

from tests.bench.costs import PRICES
from tests.bench.units import Bill
from tests.torture.tables import Shared
from tests.torture.world import TABLES

BEGAN = datetime(2026, 6, 10, 12, tzinfo=UTC)
WORKERS = 8
BATCH = 100
"""Changes of one call of the events function."""

ENDPOINTS_OF_ONE = 10
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FAULTS = (ClientError, BotoCoreError, Problem)


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved, but for a microsecond each time that it is read."""

    moved: timedelta = timedelta(0)
    ticks: Iterator[int] = field(default_factory=count)

    def __call__(self) -> datetime:
        return BEGAN + self.moved + timedelta(microseconds=next(self.ticks))


@dataclass(slots=True)
class Receivers:
    """What every endpoint has been sent, by its URL; `down` are those that do not answer well."""

    clock: Callable[[], datetime]
    seconds: float = 0.0
    down_seconds: float = 0.0
    down: set[str] = field(default_factory=set)
    got: dict[str, Counter[str]] = field(default_factory=dict)
    first_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    tries: int = 0
    on_their_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    """The most tries of an endpoint that were on their way at once."""

    alone: Any = field(default_factory=threading.Lock)

    def send(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        with self.alone:
            self.on_their_way[url] += 1
            self.most[url] = max(self.most[url], self.on_their_way[url])
        if seconds := self.down_seconds if url in self.down else self.seconds:
            time.sleep(seconds)
        with self.alone:
            self.tries += 1
            self.on_their_way[url] -= 1
            if url in self.down:
                return Answer(503)
            message = headers["webhook-id"]
            self.got.setdefault(url, Counter())[message] += 1
            self.first_at.setdefault((url, message), self.clock())
            return Answer(204)


class Waits(Exception):
    """A lane would wait for something due; here the next look finds it."""


def _wait(seconds: float) -> None:
    if seconds > MISSED_SECONDS:
        raise Waits
    time.sleep(seconds / 100)


class PlainKey:
    """Secrets as they are."""

    decrypted = 0

    def decrypt(self, text: str, context: dict[str, str]) -> bytes:
        self.decrypted += 1
        return text.encode()


class Wakes:
    """The workers' queue: one endpoint's messages do not hide another's, as SQS has it."""

    def __init__(self) -> None:
        self.waiting: dict[str, deque[dict[str, str]]] = {}
        self.alone = threading.Lock()
        self.sent = 0

    def send_fairly(self, message: dict[str, str], group: str) -> None:
        with self.alone:
            self.sent += 1
            self.waiting.setdefault(group, deque()).append(message)

    def take(self) -> dict[str, str] | None:
        """The next of the group that was served longest ago."""
        with self.alone:
            if not self.waiting:
                return None
            group = next(iter(self.waiting))
            messages = self.waiting.pop(group)
            message = messages.popleft()
            if messages:
                self.waiting[group] = messages
            return message


class Hooks:
    """Accounts with endpoints, and everything that sends to them."""

    def __init__(self, accounts: int, endpoints: int, tables: Shared | None = None) -> None:
        self.tables, self.wakes = tables or Shared(), Wakes()
        self.clock: Any = Clock()
        self.wait, self.key = _wait, PlainKey()
        self.receivers = Receivers(self.clock)
        self.store: Any = self._opened(DeliveryStore)
        self.worker: Any = self._opened(WorkerStore)
        self.owners = [Owner(Role.PARTNER, f"{10_000 + each}") for each in range(accounts)]
        self.endpoints = [
            self._endpoint(owner, f"e{number}")
            for owner in self.owners
            for number in range(endpoints)
        ]
        self.told: Counter[Owner] = Counter()
        self.holders = count()

    def _opened(self, kind: Any) -> Any:
        store = kind(TABLES, "us-east-1")
        store.client = self.tables
        return store

    def _endpoint(self, owner: Owner, name: str) -> Endpoint:
        endpoint_id = f"{owner.account_id}-{name}"
        url = f"https://{endpoint_id}.example.com/"
        made = Endpoint(owner, endpoint_id, url, "k" * 32, BEGAN, state=EndpointState.ENABLED)
        self._opened(RequestedStore).commit_requested(opening_endpoint(made), None)
        return made

    def happen(self, owner: Owner, events: int) -> None:
        """So many changes of an account's, told to the events function in batches."""
        numbers = iter(range(self.told[owner], self.told[owner] + events))
        self.told[owner] += events
        while batch := [_change(owner, each) for each in islice(numbers, BATCH)]:
            self._until_done(lambda batch=batch: self._record(owner, batch))

    def _record(self, owner: Owner, changes: list[Change]) -> None:
        self.store.add_events(owner, changes, _body)
        webhook_fanout.tell(self.store, self.wakes, [owner], self.clock())

    def _until_done(self, call: Callable[[], Any]) -> None:
        """A function that fails is called again, as its stream does."""
        while True:
            try:
                call()
            except FAULTS:
                continue
            return

    def look(self) -> None:
        """The schedule's call; if it fails, the next one is a minute later."""
        try:
            webhook_fanout.look(self.store, self.wakes, self.clock(), lambda: True, _body)
        except FAULTS:
            return

    def work(self, workers: int = WORKERS) -> None:
        """Workers at once, until the queue is empty. What fails is delivered again later."""
        with ThreadPoolExecutor(workers) as crew:
            for each in [crew.submit(self._drain) for _ in range(workers)]:
                each.result()

    def _drain(self) -> None:
        while (message := self.wakes.take()) is not None:
            lane = Lane(
                store=self.worker,
                sender=self.receivers,
                key=self.key,
                clock=self.clock,
                jitter=lambda: 0.0,
                wait=self.wait,
                has_time=lambda: True,
                holder=f"h{next(self.holders)}",
            )
            try:
                lane.run(Wake.of(message))
            except (*FAULTS, Waits):
                continue

    def settle(self, minutes: int, step: timedelta = MINUTE) -> None:
        """The clock goes on, a look at a time."""
        for _ in range(minutes):
            self.clock.moved += step
            self.look()
            self.work()

    def faults(self) -> list[str]:
        """What is not as it should be once all is over."""
        found = []
        for endpoint in self.endpoints:
            expected = self.told[endpoint.owner]
            got = self.receivers.got.get(endpoint.url, Counter())
            if len(got) != expected:
                found.append(f"{endpoint.url}: {len(got)} of {expected} received")
            marked = self._marked(endpoint)
            if marked != {(DeliveryState.DELIVERED, 1): expected}:
                found.append(f"{endpoint.url}: marked {marked}")
        return found

    def _marked(self, endpoint: Endpoint) -> Counter[tuple[DeliveryState, int]]:
        """How many deliveries there are in each state with so many successful tries."""
        stretch = self.tables.stretches[TABLES.webhooks, "", f"D#{endpoint.endpoint_id}"]
        names = [name for name, _, _ in stretch]
        kept = (self.store.delivery(endpoint.endpoint_id, each) for each in names)
        return Counter(
            (each.state, sum(200 <= made.status < 300 for made in each.tries)) for each in kept
        )

    @property
    def received(self) -> int:
        return sum(each.total() for each in self.receivers.got.values())

    @property
    def again(self) -> int:
        """Receipts beyond the first."""
        return self.received - sum(map(len, self.receivers.got.values()))


def _change(owner: Owner, number: int) -> Change:
    sides = "1000", owner.account_id, "500"
    at = BEGAN + timedelta(milliseconds=number)
    made = Change(EventType.INQUIRY, f"IQ-{number:09d}", 1, "UNRESOLVED", *sides, at, BEGAN, False)
    return replace(made, event_name="inquiry.filed")


def _body(owner: Owner, change: Change) -> Callable[[int], str]:
    return lambda number: f'{{"type":"inquiry.filed","data":{{"Id":"{number}"}}}}'


Played = tuple[list[str], str]
"""What was wrong, and what there is to say."""


def load(accounts: int, endpoints: int, events: int) -> Played:
    """So many events of each account to each of its endpoints, by eight workers."""
    hooks, began = Hooks(accounts, endpoints), time.monotonic()
    for owner in hooks.owners:
        hooks.happen(owner, events)
        hooks.work()
    hooks.settle(3)
    seconds = time.monotonic() - began
    said = f"{hooks.received:,} received, {hooks.again} again, {hooks.received / seconds:,.0f}/s"
    return hooks.faults(), said


def weather(faults: float, events: int, seed: int = 1) -> Played:
    """The same while a part of all calls fails: half of these after they were done."""
    hooks = Hooks(1, 3)
    hooks.tables.faults = faults
    hooks.happen(hooks.owners[0], events)
    hooks.work()
    for _ in range(60):
        hooks.settle(1)
    hooks.tables.faults = 0.0
    hooks.settle(3)
    return hooks.faults(), f"{hooks.tables.failed} calls failed, {hooks.again} received again"


def away(events: int, hours: int = 24) -> Played:
    """One receiver fails for a day and comes back; the other has everything at once meanwhile."""
    hooks = Hooks(1, 2)
    down, well = hooks.endpoints
    hooks.receivers.down.add(down.url)
    hooks.happen(hooks.owners[0], 1)
    hooks.work()
    hooks.receivers.most.clear()
    found, each_hour = [], max(1, events // hours)
    for _ in range(hours):
        hooks.happen(hooks.owners[0], each_hour)
        hooks.work()
        if hooks.receivers.got[well.url].total() < hooks.told[hooks.owners[0]]:
            found.append("one that is well waits for one that is down")
        hooks.settle(12, 5 * MINUTE)
    probes = hooks.receivers.tries - hooks.receivers.got[well.url].total()
    hooks.receivers.down.clear()
    if hooks.receivers.most[down.url] > LANES_FAILING:
        found.append("one that is down is tried more than once at a time")
    minutes = 0
    while len(hooks.receivers.got.get(down.url, ())) < hooks.told[hooks.owners[0]]:
        hooks.settle(1)
        minutes += 1
        if minutes > 2 * DAY / MINUTE:
            found.append("it is not sent what it missed")
            break
    hooks.settle(3)
    return [*found, *hooks.faults()], f"{probes} tries while away, all there {minutes} min after"


def crowd(events: int, workers: int) -> Played:
    """More workers than lanes, for one that is well and one that has failed before."""
    hooks = Hooks(1, 2)
    down, well = hooks.endpoints
    hooks.receivers.seconds = hooks.receivers.down_seconds = 0.01
    hooks.receivers.down.add(down.url)
    hooks.happen(hooks.owners[0], 1)
    hooks.work(1)
    hooks.happen(hooks.owners[0], events - 1)
    for endpoint in hooks.endpoints * workers:
        hooks.wakes.send_fairly(Wake(endpoint.owner, endpoint.endpoint_id).message, "all")
    hooks.work(workers)
    hooks.receivers.down.clear()
    hooks.settle(30)
    found = hooks.faults()
    most = hooks.receivers.most[well.url]
    if not 1 < most <= LANES:
        found.append(f"{most} tries at once")
    return found, f"{most} at once"


def throughput(events: int, down: int, call: float = 0.004, answer: float = 0.05) -> float:
    """Events a second to one that is well, while so many are down; each call takes that long."""
    hooks = Hooks(1 + down, 1)
    hooks.clock, hooks.wait = lambda: datetime.now(UTC), time.sleep
    well, *others = hooks.endpoints
    hooks.receivers.down = {each.url for each in others}
    for owner in hooks.owners:
        hooks.happen(owner, events)
    hooks.tables.seconds = call
    hooks.receivers.seconds, hooks.receivers.down_seconds = answer, 20 * answer
    began, ended = time.monotonic(), []

    def watch() -> None:
        while len(hooks.receivers.got.get(well.url, ())) < events:
            time.sleep(0.01)
        ended.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    hooks.work(workers=50)
    watcher.join()
    return events / (ended[0] - began)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one delivery comes to, from the writing of its event on."""

    bill: Bill
    wakes: float
    decrypted: float

    @property
    def usd_of_a_million(self) -> float:
        """A wake is three requests of SQS and one of Lambda."""
        return (
            self.bill.writes * PRICES["DynamoDB write request unit"]
            + self.bill.reads * PRICES["DynamoDB read request unit"]
            + self.wakes * (3 * PRICES["SQS request"] + PRICES["Lambda request"])
            + self.decrypted * DECRYPTING_USD
            + TRY_SECONDS * MEMORY_GB * PRICES["Lambda arm64 GB-second"]
        )

    def __str__(self) -> str:
        calls = ", ".join(f"{each:.2f} {name}" for name, each in sorted(self.bill.calls.items()))
        units = f"{self.bill.writes:.1f} write units, {self.bill.reads:.1f} read units"
        keys = f"{self.wakes:.2f} wakes, {self.decrypted:.2f} Decrypt"
        return f"{calls}, {keys}; {units}; {self.usd_of_a_million:.2f} USD a million"


def costs(events: int = 1_000, together: int = 1_000) -> Spent:
    """What each of so many deliveries comes to, if so many are told together."""
    hooks = Hooks(1, 1)
    bill = hooks.tables.billed = Bill()
    for _ in range(events // together):
        hooks.happen(hooks.owners[0], together)
        hooks.work()
    if hooks.received != events:
        raise RuntimeError(f"{hooks.received} of {events} received")
    each = hooks.wakes.sent / events, hooks.key.decrypted / events
    return Spent(bill.of_each(events), *each)


TRY_SECONDS, MEMORY_GB = 0.1, 0.5
"""A try of a receiver that answers in 70 ms or so, and a worker's memory."""

DECRYPTING_USD = 3.00
"""A million requests of KMS, us-east-1, list price as of November 2026."""

WATCHED = 1_000
"""Events whose rate is measured."""

CASES: dict[str, Callable[[], Played]] = {
    "100,000 events to one endpoint": lambda: load(1, 1, 100_000),
    "100,000 events to 1,000 endpoints": lambda: load(100, ENDPOINTS_OF_ONE, 100),
    "1 of 100 calls fails": lambda: weather(0.01, 1_000),
    "10 of 100 calls fail": lambda: weather(0.1, 300),
    "20 workers for ten lanes": lambda: crowd(1_000, 20),
    "a receiver is away for a day": lambda: away(1_000),
}
