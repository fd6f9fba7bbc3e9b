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

CONCURRENCY = 10
"""The template's `MaximumConcurrency` of chunks; an event source takes 2 to 1,000."""

WORKERS_FIRST, WORKERS_A_SECOND = 5, 5
"""How many workers a queue begins with, and how many more it gets each second, at most."""

RESULT_BYTES, UPLOAD_BYTES = 200, 50_000_000
"""What a row takes in a result, and what is assumed to go up to S3 in a second."""


def limits(bill: Bill, per_table: float) -> dict[str, float]:
    """Things a second that each table and index takes, at so many units a second."""
    return {place: per_table / units for place, units in bill.places.items() if units >= 0.01}


def busiest(bill: Bill) -> tuple[str, float]:
    """The partition key that most is written to, and the things a second that it takes."""
    (place, key), units = max(bill.keys.items(), key=lambda pair: pair[1])
    return f"{place}, key {key}", PARTITION / units


def worked(count: int, seconds: float) -> float:
    """How long so many seconds of work take so many workers, who come a few at a time."""
    coming = max(0.0, (count - WORKERS_FIRST) / WORKERS_A_SECOND)
    done = coming * (WORKERS_FIRST + count) / 2
    if seconds <= done:
        first = WORKERS_FIRST / WORKERS_A_SECOND
        return (first**2 + 2 * seconds / WORKERS_A_SECOND) ** 0.5 - first
    return coming + (seconds - done) / count


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def ends(cutting_seconds: float) -> tuple[list[str], float]:
    """The two serial ends of a file of a million rows: what they take, in words and seconds.

    The first step reads and cuts the object, and for each chunk writes an object; ten messages go
    into one call. The joining reads a part for each chunk, and a hundred records in one call, and
    sends the result; its CPU is left out.
    """
    chunks = MILLION // CHUNK_ROWS
    cut_calls, join_calls = chunks + chunks / 10, chunks + chunks / 100
    cpu = MILLION * cutting_seconds / VCPUS
    upload = MILLION * RESULT_BYTES / UPLOAD_BYTES
    cut, join = cpu + cut_calls * CALL_SECONDS, join_calls * CALL_SECONDS + upload
    most = min(FUNCTION_SECONDS / cut, FUNCTION_SECONDS / join)
    told = [
        f"  first step: {cutting_seconds * 1e6:.1f} us of CPU a row / {VCPUS:.2f} vCPU + "
        f"{cut_calls:,.0f} calls = {duration(cut)}, of {FUNCTION_SECONDS} s that it may take",
        f"  joining: {join_calls:,.0f} calls + {RESULT_BYTES} MB at "
        f"{UPLOAD_BYTES // MILLION} MB/s = {duration(join)}, of {FUNCTION_SECONDS} s, too; "
        f"both allow {most:.1f} million rows",
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
    firsts = {
        name: min(limits(bill, units).items(), key=lambda pair: pair[1])
        for name, units in (("a new table", NEW_TABLE), ("a pre-warmed table", TABLE_QUOTA))
    }
    firsts["one key"] = busiest(bill)
    for name, (place, rate) in firsts.items():
        yield f"  {name} takes {rate:,.0f} rows/s ({place}): {duration(MILLION / rate)}"
    cold, warm, key = (rate for _, rate in firsts.values())
    yield (
        f"  workers come {WORKERS_FIRST} at first and {WORKERS_A_SECOND} a second; "
        f"the template lets {CONCURRENCY} work at a time"
    )
    for count in WORKERS:
        working = worked(count, MILLION * busy)
        took = [
            duration(serial + max(working, MILLION / rate))
            for rate in (min(cold, key), min(warm, key), warm)
        ]
        yield (
            f"  {count:5,} workers: {duration(working)} of work; with both ends {took[0]} on new "
            f"tables, {took[1]} on pre-warmed ones, {took[2]} there in files of many accounts"
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
        index = keys * busiest(bill)[1]
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
