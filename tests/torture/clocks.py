"""Clocks: days that are too long or too short, clocks that are wrong, and one that stood still.

When something is due is worked out here anew, by looking for the first instant of the next local
day minute by minute, so that it does not share a mistake with the calendar that it checks.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makegood.jobs import reconciliation

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.market import NOW, RECENT_CLEARS_AT, RECENT_LOCKS_AT, SHARD
from tests.torture import day
from tests.torture.delivery import Delivery
from tests.torture.faults import Plan
from tests.torture.world import World

TICK = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
LOCK_DAYS, PAY_DAYS = 15, 4


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try with clocks; what it answers is what is wrong."""

    name: str
    run: Callable[[World], list[str]]


def end_of(local: date, zone: ZoneInfo) -> datetime:
    """The first instant of the local day after this one."""
    at = datetime.combine(local, time(12), UTC) - timedelta(hours=14)
    while at.astimezone(zone).date() <= local:
        at += MINUTE
    return at


def _begin(world: World, money: str = "1000.00", **changes: Any) -> None:
    """The market, with its campaign changed, and money."""
    world.left = None
    world.clear()
    market.set_up(world.store)
    world.store.put_campaign(market.campaign(**changes))
    market.deposit(world.store, money)


def _at(world: World, at: datetime) -> Delivery:
    return Delivery(world, Plan(), at)


def _sweep(world: World, at: datetime) -> None:
    _at(world, at).message("sweep", {"shard": SHARD, "round": 1, "started": "20260601T1200"})


def _accepted(world: World, order_id: str, ordered_at: datetime, at: datetime) -> str:
    """A claim that is filed and accepted by HTTP; its action's state thereafter."""
    dated = {"TransactionDate": ordered_at.isoformat()}
    delivery = _at(world, at)
    claim = market.claimed(order_id, **dated)
    inquiry = delivery.request(PARTNER, "POST", "/ActionInquiries", claim, f"file-{order_id}")
    fields = market.accepted(inquiry.id)
    resolved = delivery.request(
        ADVERTISER, "PUT", "/ActionInquiries", fields, f"resolve-{order_id}"
    )
    return f"{inquiry.status} {resolved.status}"


def _states(world: World) -> list[str]:
    return [
        item["state"]["S"]
        for (kind, _, sk), item in sorted(world.items().items())
        if (kind, sk) == ("actions", "H")
    ]


def _proof(world: World) -> list[str]:
    violations = reconciliation.prove(world.store)["violations"]
    return [f"{name}: {what}" for name, what in violations.items()]


def _expect(what: str, found: Any, expected: Any) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def local_days(zone_name: str, ordered: str) -> Case:
    """An order locks and is paid at the very instants that its local days end, and not before."""
    zone = ZoneInfo(zone_name)
    ordered_at = datetime.fromisoformat(ordered).replace(tzinfo=zone)
    locking_day = ordered_at.date() + timedelta(days=LOCK_DAYS)
    locks_at = end_of(locking_day, zone)
    clears_at = end_of(locking_day + timedelta(days=PAY_DAYS), zone)

    def run(world: World) -> list[str]:
        _begin(world, time_zone=zone_name)
        filed = _accepted(world, "A-1", ordered_at, ordered_at.astimezone(UTC) + timedelta(hours=1))
        found = _expect("answers", filed, "200 200")
        for at, state in (
            (locks_at - TICK, "PENDING"),
            (locks_at, "LOCKED"),
            (clears_at - TICK, "LOCKED"),
            (clears_at, "PAID"),
        ):
            _sweep(world, at)
            found += _expect(f"at {at.isoformat()}", _states(world), [state])
        return found + _proof(world)

    return Case(f"{zone_name}, an order of {ordered}", run)


SKEW = {
    "partners": timedelta(minutes=4),
    "advertisers": timedelta(minutes=-3),
    "ingest": timedelta(minutes=9),
    "sweep": timedelta(minutes=-9),
    "treasury": timedelta(minutes=2),
}


def _skewed(world: World) -> list[str]:
    """A day's work with wrong clocks comes to what it comes to with right ones."""
    _, fair, broken = day.play(world, None)
    went, left, found = day.play(world, None, SKEW)
    for place in sorted(left.keys() | fair.keys()):
        found += _expect("/".join(place), left.get(place), fair.get(place))
    return broken + went.aside + found


def _just_ordered(world: World) -> list[str]:
    """An order of this minute, whose partner's clock is ahead of the advertiser's."""
    _begin(world)
    found = _expect("answers", _accepted(world, "A-1", NOW, NOW), "200 200")
    ahead, behind = NOW + timedelta(minutes=5), NOW
    claim = market.claimed("A-2", TransactionDate=ahead.isoformat())
    inquiry = _at(world, ahead).request(PARTNER, "POST", "/ActionInquiries", claim)
    fields = market.accepted(inquiry.id)
    first = _at(world, behind).request(ADVERTISER, "PUT", "/ActionInquiries", fields, "key-2")
    later = _at(world, ahead).request(ADVERTISER, "PUT", "/ActionInquiries", fields, "key-3")
    decided = sorted([first.status, later.status])
    found += [] if 200 in decided else [f"answers {decided}, none of them 200"]
    return found + _expect("actions", len(_states(world)), 2) + _proof(world)


def _ahead_at_the_lock(world: World) -> list[str]:
    """The sweep's clock is ahead and locks early; a change that comes in time by another clock
    is refused, and is not half done.
    """
    _begin(world)
    market.accept(world.store, "A-1")
    _sweep(world, RECENT_LOCKS_AT)
    before = world.items()
    (action_id,) = [pk[2:] for kind, pk, sk in before if (kind, sk) == ("actions", "H")]
    fields = {"ActionId": action_id, "Reason": "ITEM_RETURNED", "Amount": "60.00"}
    behind = RECENT_LOCKS_AT - timedelta(minutes=5)
    answer = _at(world, behind).request(ADVERTISER, "PUT", "/Actions", fields)
    after = world.items()
    found = [] if answer.status in (409, 422) else [f"answered {answer.status}: {answer.text}"]
    same = all(after[place] == held for place, held in before.items() if place[0] != "directory")
    return found + ([] if same else ["a refused change changed something"]) + _proof(world)


def _backwards(world: World) -> list[str]:
    """A sweep whose clock went back finds nothing that it would undo."""
    _begin(world)
    market.accept(world.store, "A-1")
    _sweep(world, RECENT_CLEARS_AT)
    found = _expect("actions", _states(world), ["PAID"])
    before = world.items()
    for at in (RECENT_LOCKS_AT, RECENT_LOCKS_AT - TICK, NOW):
        _sweep(world, at)
    unclocked = [place for place in before if place[1] != "CLOCK"]
    same = all(world.items()[place] == before[place] for place in unclocked)
    return found + ([] if same else ["something changed"]) + _proof(world)


def _month(world: World, sweeps: Iterable[datetime]) -> tuple[list[Any], tuple[str, str]]:
    """Thirty orders of ten days, and money that comes in parts and is too little; what comes of it.

    The same deposits come whether a sweep is on or off, and before the first of them.
    """
    _begin(world, "40.00")
    zone = ZoneInfo("America/Los_Angeles")
    for number in range(30):
        ordered_at = datetime(2026, 5, 27, 10, tzinfo=zone) + timedelta(days=number % 10)
        market.accept(world.store, f"A-{number}", TransactionDate=ordered_at.isoformat())
    market.deposit(world.store, "60.00", "bank-2")
    for at in sweeps:
        _sweep(world, at)
    actions = [
        (item["order_id"]["S"], item["state"]["S"], item["locks_at"]["S"], item["clears_at"]["S"])
        for (kind, _, sk), item in sorted(world.items().items())
        if (kind, sk) == ("actions", "H")
    ]
    return actions, market.cash(world.store)


def _month_off(world: World) -> list[str]:
    """A sweep that was off for a month catches up in one go: as if it had run every day."""
    days = [NOW + timedelta(days=number) for number in range(31)]
    daily = _month(world, days)
    found = _proof(world)
    late = _month(world, days[-1:])
    paid = Counter(state for _, state, _, _ in late[0])
    found += _expect("actions", paid, {"PAID": 20, "LOCKED": 10})
    return found + _expect("after a month off", late, daily) + _proof(world)


CASES = (
    *(
        local_days(zone_name, ordered)
        for zone_name, ordered in (
            ("America/New_York", "2026-02-21T23:59:59"),
            ("America/New_York", "2026-03-08T03:00:00"),
            ("America/New_York", "2026-10-17T00:30:00"),
            ("America/Santiago", "2026-08-21T12:00:00"),
            ("America/Havana", "2026-02-20T12:00:00"),
            ("Africa/Cairo", "2026-04-08T12:00:00"),
            ("Asia/Beirut", "2026-03-13T12:00:00"),
            ("Australia/Lord_Howe", "2026-09-19T12:00:00"),
            ("Europe/London", "2028-02-14T12:00:00"),
            ("America/Los_Angeles", "2028-02-29T23:30:00"),
            ("Pacific/Kiritimati", "2027-02-13T12:00:00"),
        )
    ),
    Case("wrong clocks in every function", _skewed),
    Case("an order of this very minute", _just_ordered),
    Case("a sweep that is ahead at the lock", _ahead_at_the_lock),
    Case("a sweep whose clock went back", _backwards),
    Case("a sweep that was off for a month", _month_off),
)
