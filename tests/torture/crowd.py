"""Many at once: eight processes on the same thing, exactly one winner each, nothing lost.

A scenario sets the scene, lets eight invocations go at the same instant, delivers again what
failed, and then looks at what is kept: not how it came about, but that it is what one after the
other would have left.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from makegood.jobs import reconciliation
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, FORM, FUNCTIONS, Client, batch
from tests.integration.market import NOW, SHARD
from tests.torture.delivery import Delivery
from tests.torture.faults import Plan
from tests.torture.fleet import Came, Fleet, Job
from tests.torture.world import World

CALLS_MAX = 200
"""AWS calls of one request, its tries again included; more would be no bound."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """One scenario. `settle` is what is done when all have come back."""

    name: str
    arrange: Callable[[Store], None]
    jobs: Callable[[World], list[Job]]
    check: Callable[[World, list[Came]], list[str]]
    settle: Callable[[Delivery], None] = lambda delivery: None
    at: Any = NOW
    calls_max: int = CALLS_MAX


def play(world: World, fleet: Fleet, crowd: Crowd) -> list[str]:
    """One round; what is not as it should be."""
    world.clear()
    market.set_up(world.store)
    crowd.arrange(world.store)
    world.store.set_clock(crowd.at)
    came = fleet.run_until_done(crowd.jobs(world))
    found = [
        f"not done after all deliveries: {each.raised or each.answer}"
        for each in came
        if each.failed
    ]
    found += [
        f"{each.calls} AWS calls in one invocation" for each in came if each.calls > crowd.calls_max
    ]
    crowd.settle(Delivery(world, Plan(), crowd.at))
    found += crowd.check(world, came)
    report = reconciliation.prove(world.store)
    return found + [f"{name}: {what}" for name, what in report["violations"].items()]


def requested(client: Client, method: str, path: str, fields: Mapping[str, str], key: str) -> Job:
    headers = {"Content-Type": FORM, "Idempotency-Key": key}
    return Job(FUNCTIONS[client.role], client.event(method, path, urlencode(fields), headers))


def resolved(fields: Mapping[str, str], key: str) -> Job:
    return requested(ADVERTISER, "PUT", "/ActionInquiries", fields, key)


def swept() -> Job:
    message = {"shard": SHARD, "round": 1, "started": "20260601T1200"}
    return Job("sweep", batch("sweeps.fifo", message, group=str(SHARD)))


def expect(what: str, found: Any, expected: Any) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def hot(world: World, kind: str) -> list[dict[str, Any]]:
    """The items that change, of all inquiries or all actions."""
    return [item for (table, _, sk), item in world.items().items() if (table, sk) == (kind, "H")]


def states(world: World, kind: str) -> Counter[str]:
    return Counter(item["state"]["S"] for item in hot(world, kind))


def entries(world: World) -> Counter[str]:
    found = (
        item for (table, _, sk), item in world.items().items() if (table, sk) == ("ledger", "E")
    )
    return Counter(item["reason"]["S"] for item in found)


def statuses(came: Sequence[Came]) -> Counter[int]:
    return Counter(each.status for each in came)
