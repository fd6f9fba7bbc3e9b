"""What is played with webhooks in great numbers, how fast they come, and what one costs.

Each flow says what was wrong, and what there is to say; `tests.torture.hooks` is their world.
`python -m tests.torture --part hooks` plays all; `--flow` one.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle

from makegood.domain.webhooks import LANES, LANES_FAILING, Wake
from makegood.jobs.webhook_work import TURN

from tests.bench.costs import PRICES
from tests.bench.units import Bill
from tests.torture.hooks import BEGAN, MINUTE, Hooks

DAY = timedelta(days=1)
ENDPOINTS_OF_ONE = 10
TRY = timedelta(seconds=15)
"""The longest that a try takes."""

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


def clocks(events: int, wrong: timedelta = 2 * MINUTE) -> Played:
    """Workers whose clocks are ahead, right and behind, so that some hold the leases of others for
    over; one receiver is away meanwhile, and comes back.
    """
    hooks = Hooks(1, 2)
    hooks.skews = cycle((wrong, timedelta(0), -wrong))
    hooks.receivers.seconds = hooks.receivers.down_seconds = 0.002
    away, _ = hooks.endpoints
    hooks.happen(hooks.owners[0], events)
    hooks.work()
    hooks.receivers.down.add(away.url)
    hooks.happen(hooks.owners[0], events)
    hooks.settle(10)
    hooks.receivers.down.clear()
    hooks.settle(30)
    most = max(hooks.receivers.most.values())
    return hooks.faults(), f"{hooks.again} received again, {most} at once"


@dataclass(slots=True)
class Fast:
    """The real clock, so many times as fast, and moved on besides."""

    times: int
    moved: timedelta = timedelta(0)
    began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return BEGAN + self.moved + timedelta(seconds=self.times * (time.monotonic() - self.began))


def slow(events: int, receivers: int = 5, times: int = 20) -> Played:
    """As many receivers that answer 204 after 14 s as keep all workers busy; another account has
    one event meanwhile. The clock is so many times as fast as the real one.
    """
    hooks = Hooks(receivers + 1, 1)
    hooks.clock = hooks.receivers.clock = Fast(times)
    *late, well = hooks.endpoints
    hooks.receivers.slow = {each.url for each in late}
    hooks.receivers.slow_seconds = 14 / times
    for owner in hooks.owners[:-1]:
        hooks.happen(owner, events)
    busy = threading.Thread(target=hooks.work, args=(receivers * LANES,))
    busy.start()
    time.sleep(7 / times)
    told_at = hooks.clock()
    hooks.happen(hooks.owners[-1], 1)
    busy.join()
    hooks.settle(3)
    (first_at,) = (at for (url, _), at in hooks.receivers.first_at.items() if url == well.url)
    waited = first_at - told_at
    found = (
        [] if waited <= TURN + TRY else [f"one that is well waited {waited.total_seconds():.0f} s"]
    )
    return [*found, *hooks.faults()], f"waited {waited.total_seconds():.0f} s for one that is slow"


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
    "five receivers take 14 s an answer": lambda: slow(100),
    "workers' clocks are four minutes apart": lambda: clocks(500),
    "a receiver is away for a day": lambda: away(1_000),
}
