"""Files of a shop's orders leave the same, however their chunks come, and how often."""

from datetime import timedelta
from random import Random
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.shop_orders import Coverage, added_up
from makegood.domain.uploads import Kind
from makegood.files import ingestion

from tests import builders
from tests.memory_ingest import Ingest, table

DAY = timedelta(days=1)
STEPS = ("finish_chunk", "commit", "cut_upload", "finish_upload")


def a_file(random: Random) -> bytes:
    """Lines of a few orders, most of them beside each other, some of which contradict others."""
    lines = []
    for _ in range(random.randint(1, 12)):
        line = {
            "amazon-order-id": str(random.randrange(5)),
            "purchase-date": random.choice(["2026-03-05T10:00:00Z"] * 9 + ["2026-03-06"]),
            "order-status": "Shipped",
            "item-status": random.choice(["Shipped", "Cancelled"]),
            "item-price": random.choice(["1.00", "2.00", "x" if random.random() < 0.1 else "3"]),
            "currency": "USD",
        }
        lines += [line] * random.choice([1, 1, 2, 3])
    return table(*lines)


def left(ingest: Ingest) -> dict[str, object]:
    kept = ingest.kept.taken.items()
    return {name: (each.order, each.rank) for name, each in kept} | dict(ingest.kept.covered)


@given(st.integers(0, 2**32))
def test_the_start_of_a_file_decides_and_nothing_else(number: int) -> None:
    random = Random(number)
    files = [a_file(random) for _ in range(2)]
    span = {"CoverageStart": "2026-03-01", "CoverageEnd": "2026-03-31", "Complete": "true"}
    in_turn, mixed = Ingest(), Ingest()
    sizes = [random.randint(1, 5) for _ in files]
    results = []
    for size, data in zip(sizes, files, strict=True):
        with patch.object(ingestion, "CHUNK_ROWS_MAX", size):
            upload_id = in_turn.send(Kind.ORDERS, data, given=span)
            in_turn.deliver()
        results.append([each["Row"] for each in in_turn.result(upload_id)])
        in_turn.now += DAY
    waiting = []
    for size, data in zip(sizes, files, strict=True):
        with patch.object(ingestion, "CHUNK_ROWS_MAX", size):
            place = mixed.place(Kind.ORDERS)
            mixed.kept.open_upload(ingestion.Upload(place, mixed.now, given=span))
            mixed.inbox.kept[place.key] = data
            ingestion.receive(mixed.context, ingestion.Arrival(place.key, "v1"))
        mixed.now += DAY
        waiting += mixed.queue.waiting
        mixed.queue.waiting.clear()
    while waiting:
        message = waiting.pop(random.randrange(len(waiting)))
        if random.random() < 0.2:
            with mixed.stopped_before(random.choice(STEPS)):
                mixed.work(message)
            waiting.append(message)
            continue
        mixed.work(message)
        if random.random() < 0.2:
            waiting.append(message)
        waiting += mixed.queue.waiting
        mixed.queue.waiting.clear()
    assert left(mixed) == left(in_turn)
    assert [[each["Row"] for each in mixed.result(f"U{at}")] for at in (1, 2)] == results


SPANS = st.lists(
    st.builds(
        lambda start, days, complete: Coverage(
            (builders.at("2026-03-01 00:00") + start * DAY).date(),
            (builders.at("2026-03-01 00:00") + (start + days) * DAY).date(),
            complete,
        ),
        st.integers(0, 20),
        st.integers(0, 8),
        st.booleans(),
    ),
    max_size=6,
)


@given(SPANS, st.randoms(use_true_random=False))
def test_files_add_up_to_the_days_that_they_cover(files: list[Coverage], random: Random) -> None:
    whole = {day for each in files if each.complete for day in days_of(each)}
    known = {day for each in files for day in days_of(each)}
    parts = added_up(files)
    assert {day for each in parts if each.complete for day in days_of(each)} == whole
    assert [day for each in parts for day in days_of(each)] == sorted(known)
    mixed = list(files)
    random.shuffle(mixed)
    assert added_up(mixed) == parts
    for each in files:
        for day in days_of(each):
            assert not each.rules_out(day) or any(part.rules_out(day) for part in parts)


def days_of(covered: Coverage) -> list[object]:
    return [covered.start + at * DAY for at in range((covered.end - covered.start).days + 1)]
