"""What an action uses of its contract's limits, and what happens if there is no room for it.

Without room, an action is outside of terms: it is pending, counts nowhere, and is reversed on its
lock date unless the advertiser approves it before. An approved action counts, even beyond a limit.
Each action keeps what it uses, so exactly that is given back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from makegood.domain import calendar, limits
from makegood.domain.actions import Action
from makegood.domain.contracts import Contract, Terms
from makegood.domain.limits import Countable, Limit, Meter, Metered, Use

NO_USE: Mapping[Meter, int] = {}


def countable(action: Action) -> Countable:
    return Countable(
        action.contract_id,
        action.event_type_id,
        action.order.order_id,
        action.order.customer_id,
        action.event_at,
        calendar.zone(action.time_zone),
    )


def meters(terms: Terms, thing: Countable) -> list[Meter]:
    """Where that would count under these terms: what is to be read before it is decided."""
    found = (limit.meter(thing) for limit in terms.limits(thing.event_type_id))
    return [meter for meter in found if meter is not None]


def meters_of(action: Action, contract: Contract, now: datetime) -> list[Meter]:
    """Where a change of this action may count: as it is, as it was made, or priced anew."""
    versions = {action.contract_version, action.as_created().contract_version}
    terms = [*map(contract.numbered, sorted(versions)), contract.latest(now)]
    return [meter for each in terms if each for meter in meters(each, countable(action))]


def takes(action: Action, contract: Contract) -> list[tuple[Limit, Use]]:
    """What an action takes of each limit, by the contract version that it was priced by."""
    terms = contract.numbered(action.contract_version)
    known = terms.limits(action.event_type_id) if terms else ()
    if not known:
        return []
    thing = countable(action)
    uses = ((limit, limit.use(thing, action.payout)) for limit in known)
    return [(limit, use) for limit, use in uses if use is not None]


def counted(
    action: Action, contract: Contract, used: Mapping[Meter, int]
) -> tuple[Action, tuple[Metered, ...]]:
    """The action as it counts by what it is worth now, and what that changes.

    What it counted before is its own: only what it takes more needs room. What has room is counted
    on condition that the room is still there.
    """
    wanted = takes(action, contract)
    if not (wanted or action.counts or action.beyond or action.outside):
        return action, ()
    held = limits.recounted(action.counts)
    over = [limit for limit, use in wanted if not _fits(limit, use, held, used)]
    if over and not action.stands:
        after, taken = replace(action, counts=(), beyond=str(over[0]), outside=True), []
    else:
        before = {use.meter: use for use in action.counts}
        counts = tuple(replace(before.get(use.meter, use), taken=use.taken) for _, use in wanted)
        beyond = str(over[0]) if over else ""
        after, taken = replace(action, counts=counts, beyond=beyond, outside=False), wanted
    most = {use.meter: limit.most_count for limit, use in taken if limit not in over}
    return after, _difference(held, (use for _, use in taken), most)


def _fits(limit: Limit, use: Use, held: Mapping[Meter, int], used: Mapping[Meter, int]) -> bool:
    more = use.taken - held.get(use.meter, 0)
    return more <= 0 or used.get(use.meter, 0) + more <= limit.most_count


def metered(action: Action, contract: Contract) -> list[tuple[Limit, Meter]]:
    """The limits that apply to an action, by the contract version that it was priced by, and where
    each counts it.
    """
    terms = contract.numbered(action.contract_version)
    known = terms.limits(action.event_type_id) if terms else ()
    found = ((limit, limit.meter(countable(action))) for limit in known)
    return [(limit, meter) for limit, meter in found if meter is not None]


def _difference(
    held: Mapping[Meter, int], taken: Iterable[Use], most: Mapping[Meter, int]
) -> tuple[Metered, ...]:
    becomes = limits.recounted(taken)
    changes = []
    for meter in {**held, **becomes}:
        delta = becomes[meter] - held.get(meter, 0)
        if delta:
            changes.append(Metered(meter, delta, most.get(meter) if delta > 0 else None))
    return tuple(changes)


def admitted(
    action: Action, contract: Contract | None, used: Mapping[Meter, int]
) -> tuple[Action, tuple[Metered, ...]]:
    """The advertiser approves what is outside of terms: from now on it counts like any other."""
    approved = replace(action, approved=True, outside=False)
    return (approved, ()) if contract is None else counted(approved, contract, used)


def released(action: Action) -> tuple[Metered, ...]:
    """What an action gives back once it is reversed."""
    return tuple(Metered(use.meter, -use.taken) for use in action.counts)
