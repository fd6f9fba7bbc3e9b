"""Webhooks in great numbers, in this process: workers at once, and receivers and calls that fail.

The functions' own code runs on tables of this process (`tests.torture.tables`), with a queue and
receivers beside it. The clock goes on when it is told to. Whatever happens, every event is received
at least once and marked once, and nobody waits for somebody else's receiver: what is played with
them is in `tests.torture.hook_flows`.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice, repeat
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from makegood.domain.events import Change, Event, EventType, Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Problem
from makegood.domain.webhooks import (
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

from tests.torture.tables import Shared
from tests.torture.world import TABLES

BEGAN = datetime(2026, 6, 10, 12, tzinfo=UTC)
WORKERS = 8
BATCH = 100
"""Changes of one call of the events function."""

MINUTE = timedelta(minutes=1)
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
    """What every endpoint has been sent, by its URL; `down` are those that do not answer well,
    and `slow` those that do, though late.
    """

    clock: Callable[[], datetime]
    seconds: float = 0.0
    down_seconds: float = 0.0
    down: set[str] = field(default_factory=set)
    slow_seconds: float = 0.0
    slow: set[str] = field(default_factory=set)
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
        if seconds := self._seconds(url):
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

    def _seconds(self, url: str) -> float:
        if url in self.slow:
            return self.slow_seconds
        return self.down_seconds if url in self.down else self.seconds


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
        self.skews: Iterator[timedelta] = repeat(timedelta(0))
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
        at, on = BEGAN - webhook_fanout.YOUNG, EndpointState.ENABLED
        made = Endpoint(owner, endpoint_id, url, "k" * 32, at, state=on)
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
        webhook_fanout.tell(self.store, self.wakes, [owner], self.clock(), _bare)

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
            webhook_fanout.look(self.store, self.wakes, self.clock(), lambda: True, _body, _bare)
        except FAULTS:
            return

    def work(self, workers: int = WORKERS) -> None:
        """Workers at once, until the queue is empty. What fails is delivered again later."""
        with ThreadPoolExecutor(workers) as crew:
            skews = islice(self.skews, workers)
            for each in [crew.submit(self._drain, skew) for skew in skews]:
                each.result()

    def _drain(self, skew: timedelta) -> None:
        """One worker, whose clock is wrong by so much."""
        while (message := self.wakes.take()) is not None:
            lane = Lane(
                store=self.worker,
                sender=self.receivers,
                key=self.key,
                clock=lambda: self.clock() + skew,
                jitter=lambda: 0.0,
                wait=self.wait,
                has_time=lambda: True,
                holder=f"h{next(self.holders)}",
            )
            try:
                if lane.run(Wake.of(message)).unfinished:
                    self.wakes.send_fairly(message, message["endpoint_id"])
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


def _bare(owner: Owner, event: Event) -> str:
    return f'{{"type":"{event.event_name}","data":{{"Id":"{event.number}"}}}}'
