"""The use of limits as items: one counter for each meter.

The transaction of an action adds to the counter, on condition that the sum stays within the limit,
not on condition of a version. So commits that count in one limit conflict only where it is reached;
the later one is decided again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from makegood.domain.erasure import SEALED
from makegood.domain.ids import digest
from makegood.domain.limits import Meter, Metered, Use
from makegood.store.carried import longer
from makegood.store.connection import Connection
from makegood.store.expressions import Condition, added, compared, is_missing
from makegood.store.items import Key, Number, Row
from makegood.store.transactions import Writes


class UseRow(Row):
    """What is used of one limit: for one order or customer or all, in one period."""

    table = "actions"

    used = Number()


def use_key(meter: Meter) -> Key:
    whose = f"{meter.contract_id}#{meter.event_type_id}#{meter.limit}"
    is_sealed = meter.of.startswith(SEALED)
    of = meter.of.removeprefix(SEALED) if is_sealed else digest("of", meter.of)
    return UseRow, f"M#{whose}#{meter.period}", f"M#{of}"


class LimitUsage(Connection):
    """Reads counters."""

    def uses(self, meters: Iterable[Meter]) -> dict[Meter, int]:
        """The use of these meters; one without an item is unused."""
        wanted = list(dict.fromkeys(meters))
        rows = self.fetch(use_key(each) for each in wanted)
        found = {each: rows.get(use_key(each)[1:]) for each in wanted}
        return {each: int(row.used) for each, row in found.items() if row is not None}


def write_uses(writes: Writes, changes: Iterable[Metered]) -> None:
    """Adds one write for each meter, however often it changes; a change of zero only checks.

    The most of a change counts from before the first: what those before it take is left out of it.
    """
    moved: dict[Meter, int] = {}
    room: dict[Meter, int] = {}
    for change in changes:
        moved[change.meter] = moved.get(change.meter, 0) + change.delta
        if change.most is not None:
            left = change.most - moved[change.meter]
            room[change.meter] = min(room.get(change.meter, left), left)
    for meter, delta in moved.items():
        label, row = f"limit:{meter.limit}", UseRow(*use_key(meter)[1:])
        condition = _at_most(room.get(meter))
        if delta:
            writes.updates.append((label, row, added({"used": delta}), condition))
        elif condition is not None:
            writes.checks.append((label, row, condition))


def _at_most(room: int | None) -> Condition | None:
    """That no more than this was used before; nothing is kept yet of what was never used."""
    if room is None:
        return None
    condition = compared(UseRow, "used", "<=", room)
    return condition | is_missing("used") if room >= 0 else condition


def counts_document(counts: Iterable[Use]) -> list[tuple[Any, ...]]:
    """What an action takes, without what it knows itself: its contract and event type."""
    return [
        longer((use.meter.limit, use.meter.of, use.meter.period, use.taken), use.carried)
        for use in counts
    ]


def counts_of(document: Mapping[str, Any], contract_id: str, event_type_id: str) -> tuple[Use, ...]:
    return tuple(
        Use(Meter(contract_id, event_type_id, *row[:3]), row[3], carried=row)
        for row in document.get("counts", ())
    )
