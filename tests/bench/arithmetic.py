"""What the figures come to on AWS: a million rows of a file, and a sweep of a million due actions.

Nothing here was run on AWS. It is what was counted and measured, and these quotas and assumptions.
"""

from collections.abc import Iterator

from tests.bench.units import Bill

NEW_TABLE = 4_000
"""Write units a second that a new on-demand table, or index of one, begins with."""

TABLE_QUOTA = 40_000
"""Write units a second of one table or index, by default; what pre-warming may ask for at most."""

PARTITION = 1_000
"""Write units a second of one partition, and so of one key of an index."""

CALL_SECONDS = 0.02
"""How long an AWS call is assumed to take, a transaction of 100 items among them."""

VCPUS = 1024 / 1769
"""Of a function of 1,024 MB."""

CHUNK_ROWS = 500
FUNCTION_SECONDS = 300
"""What the first step of a file may take, and the joining at its end."""

WORKERS = (10, 100, 1_000)
MILLION = 1_000_000
SHARDS = 16
GROUP = 97

ONE_KEY = frozenset(
    {"inquiries.by_campaign", "inquiries.by_partner", "actions.by_campaign", "actions.by_partner"}
    | {"inquiries.due", "actions.due", "inquiries.by_open"}
)
"""Indexes in which a file of one advertiser, campaign and partner writes to one key."""


def limits(bill: Bill, per_table: float) -> dict[str, float]:
    """Things a second that each table and index takes, at so many units a second."""
    return {place: per_table / units for place, units in bill.places.items() if units >= 0.01}


def keyed(bill: Bill, keys: int = 1) -> dict[str, float]:
    """The same of indexes whose entries are of a few keys, each with two partitions' worth at most
    of what moves: one that it leaves, and one that it goes to.
    """
    found = {}
    for place, units in bill.places.items():
        if place in ONE_KEY and units >= 0.01:
            found[place] = keys * PARTITION / min(units, 1)
    return found


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def ends(cutting_seconds: float) -> tuple[list[str], float]:
    """The two serial ends of a file of a million rows: what they take, in words and seconds.

    The first step reads and cuts the object, and for each chunk writes an object; ten messages go
    into one call. The joining reads a part for each chunk, and a hundred records in one call.
    """
    chunks = MILLION // CHUNK_ROWS
    cut_calls, join_calls = chunks + chunks / 10, chunks + chunks / 100
    cpu = MILLION * cutting_seconds / VCPUS
    cut, join = cpu + cut_calls * CALL_SECONDS, join_calls * CALL_SECONDS
    told = [
        f"  first step: {cutting_seconds * 1e6:.1f} us of CPU a row / {VCPUS:.2f} vCPU + "
        f"{cut_calls:,.0f} calls = {duration(cut)}, of {FUNCTION_SECONDS} s that it may take",
        f"  joining: {join_calls:,.0f} calls = {duration(join)}, of {FUNCTION_SECONDS} s, too",
    ]
    return told, cut + join


def rows(name: str, bill: Bill, row_seconds: float, cutting_seconds: float) -> Iterator[str]:
    """A million rows at several concurrencies, and what stands in the way first."""
    told, serial = ends(cutting_seconds)
    calls = sum(bill.calls.values())
    busy = row_seconds / VCPUS + calls * CALL_SECONDS
    yield f"A million {name}"
    yield (
        f"  a row: {row_seconds * 1e6:.0f} us of CPU / {VCPUS:.2f} vCPU + {calls:.3f} calls x "
        f"{CALL_SECONDS * 1000:.0f} ms = {busy * 1000:.2f} ms of a worker; "
        f"{bill.writes:.2f} write units"
    )
    yield from told
    bounds = {
        "a new table": limits(bill, NEW_TABLE),
        "a pre-warmed table": limits(bill, TABLE_QUOTA),
        "one campaign": keyed(bill),
    }
    firsts = {name: min(each.items(), key=lambda pair: pair[1]) for name, each in bounds.items()}
    for name, (place, rate) in firsts.items():
        yield f"  {name} takes {rate:,.0f} rows/s ({place}): {duration(MILLION / rate)}"
    for count in WORKERS:
        rate = count / busy
        found = {"workers": rate, **{name: first[1] for name, first in firsts.items()}}
        cold = min(rate, found["a new table"], found["one campaign"])
        warm = min(rate, found["a pre-warmed table"], found["one campaign"])
        spread = min(rate, found["a pre-warmed table"])
        took = [duration(serial + MILLION / each) for each in (cold, warm, spread)]
        yield (
            f"  {count:5,} workers could do {rate:,.0f} rows/s: with both ends {took[0]} on new "
            f"tables, {took[1]} on pre-warmed ones, {took[2]} there with many campaigns"
        )


def sweep(bill: Bill, action_seconds: float) -> Iterator[str]:
    """A million due of a hundred million pending, by how they are spread."""
    yield "A sweep of 100 million pending actions, of which 1 million are due, to lock and to pay"
    yield "  what is not due is never read: the index of what is due is read up to now"
    calls = sum(bill.calls.values())
    busy = action_seconds / VCPUS + calls * CALL_SECONDS
    worker = 1 / busy
    yield (
        f"  an action: {action_seconds * 1e6:.0f} us of CPU / {VCPUS:.2f} vCPU + {calls:.3f} calls "
        f"x {CALL_SECONDS * 1000:.0f} ms: a worker does {worker:,.0f}/s, in transactions of {GROUP}"
    )
    new, warm = (min(limits(bill, each).values()) for each in (NEW_TABLE, TABLE_QUOTA))
    for name, keys in (("one advertiser", 1), (f"advertisers in all {SHARDS} shards", SHARDS)):
        index = min(keyed(bill, keys).values())
        bounds = {
            "workers": keys * worker,
            "partitions of the index of what is due": index,
            "a new table": new,
            "a pre-warmed table": warm,
        }
        told = ", ".join(f"{each} {rate:,.0f}/s" for each, rate in bounds.items())
        cold = min(rate for each, rate in bounds.items() if each != "a pre-warmed table")
        best = {each: rate for each, rate in bounds.items() if each != "a new table"}
        first = min(best, key=lambda each: best[each])
        yield f"  {name}: {told}"
        took = duration(MILLION / cold), duration(MILLION / best[first])
        yield f"    {took[0]} on new tables; pre-warmed {took[1]}, and the first limit is: {first}"
