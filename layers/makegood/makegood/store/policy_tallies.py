"""What policies count, as items: a counter for each tally, and one item for a campaign's breaker.

A decision's transaction adds to them, on condition of a most or of nothing, never of a version. So
decisions that count in one tally conflict only where its most is reached.
"""

from collections.abc import Iterable

from makegood.domain.ids import digest
from makegood.domain.policy_tallies import BreakerState, Tallied, Tally
from makegood.store.connection import Connection
from makegood.store.expressions import (
    Change,
    Condition,
    added,
    change_of,
    compared,
    is_missing,
)
from makegood.store.items import Key, Number, Row, Text
from makegood.store.transactions import Writes

COUNTED = ("decided", "accepted", "before_decided", "before_accepted", "rolls", "trips")
"""What a breaker's item counts."""

TOLD = ("tripped", "tripped_day", "tripped_at")
"""What it says once it has opened."""

BREAKERS = "BREAKER#"


class TallyRow(Row):
    table = "inquiries"

    count = Number()


class BreakerRow(Row):
    table = "inquiries"

    advertiser = Text()
    tripped = Text(null=True)
    tripped_day = Text(null=True)
    tripped_at = Text(null=True)
    trips = Number(null=True)
    decided = Number(null=True)
    accepted = Number(null=True)
    before_decided = Number(null=True)
    before_accepted = Number(null=True)
    rolls = Number(null=True)


def tally_key(tally: Tally) -> Key:
    whose = digest(tally.name, tally.of)
    return TallyRow, f"TALLY#{tally.campaign_id}#{whose}", f"T#{tally.period}"


def breaker_key(campaign_id: str, since: str) -> Key:
    return BreakerRow, f"{BREAKERS}{campaign_id}", f"B#{since}"


class PolicyTallies(Connection):
    """Reads counts and breakers."""

    def tallies(self, wanted: Iterable[Tally]) -> dict[Tally, int]:
        """These counts; one without an item is zero, and left out."""
        asked = list(dict.fromkeys(wanted))
        rows = self.fetch(tally_key(each) for each in asked)
        found = {each: rows.get(tally_key(each)[1:]) for each in asked}
        return {each: int(row.count) for each, row in found.items() if row is not None}

    def breaker(self, campaign_id: str, advertiser_id: str, since: str) -> BreakerState:
        """The state of a campaign's breaker since that version is in force."""
        key = breaker_key(campaign_id, since)
        row = self.fetch([key]).get(key[1:])
        if row is None:
            return BreakerState(campaign_id, advertiser_id, since)
        counts = {name: int(getattr(row, name) or 0) for name in COUNTED}
        return BreakerState(
            campaign_id,
            advertiser_id,
            since,
            tripped=row.tripped or "",
            tripped_day=row.tripped_day or "",
            tripped_at=row.tripped_at or "",
            **counts,
        )


def write_tallies(writes: Writes, changes: Iterable[Tallied]) -> None:
    """Adds one write for each tally, however often it changes.

    The most of a change counts from before the first: what those before it take is left out of it.
    """
    moved: dict[Tally, int] = {}
    room: dict[Tally, int] = {}
    for change in changes:
        tally = change.tally
        moved[tally] = moved.get(tally, 0) + change.delta
        if change.most is not None:
            left = change.most - moved[tally]
            room[tally] = min(room.get(tally, left), left)
    for tally, delta in moved.items():
        row = TallyRow(*tally_key(tally)[1:])
        change = added({"count": delta})
        writes.updates.append((f"tally:{tally.name}", row, change, _at_most(room.get(tally))))


def _at_most(room: int | None) -> Condition | None:
    if room is None:
        return None
    condition = compared(TallyRow, "count", "<=", room)
    return condition | is_missing("count") if room >= 0 else condition


def write_breaker(writes: Writes, before: BreakerState, after: BreakerState) -> None:
    """Adds what was counted; a run is over once, and it opens on condition that it has not yet."""
    key = breaker_key(after.campaign_id, after.since)
    counts = {name: getattr(after, name) - getattr(before, name) for name in COUNTED}
    adds = added({name: delta for name, delta in counts.items() if delta})
    sets = change_of(BreakerRow, {"advertiser": after.advertiser_id})
    conditions = []
    if after.rolls != before.rolls:
        conditions.append(_still(before, "rolls"))
    if after.trips != before.trips:
        told = {name: getattr(after, name) or None for name in TOLD}
        sets = Change((*sets.sets, *change_of(BreakerRow, told).sets))
        conditions.append(_still(before, "trips"))
    held = conditions[0] if conditions else None
    for each in conditions[1:]:
        held = each if held is None else held & each
    row = BreakerRow(*key[1:])
    writes.updates.append((f"breaker:{after.campaign_id}", row, Change(sets.sets, adds.adds), held))


def _still(before: BreakerState, name: str) -> Condition:
    """That an attribute of the item is as it was read."""
    was = getattr(before, name)
    return compared(BreakerRow, name, "=", was) if was else is_missing(name)
