"""Two lists are the same when all their buckets are zero, and no change of one goes unseen."""

import random

import pytest
from makegood.domain.fingerprints import BUCKETS, Fingerprint, bucket_of

FACTS = [(f"1000.4000.{number}", number % 7 * 100) for number in range(60)]


def difference(left: list[tuple[str, int]], right: list[tuple[str, int]]) -> Fingerprint:
    result = Fingerprint()
    for identity, fact in left:
        result.add(identity, fact, 1)
    for identity, fact in right:
        result.add(identity, fact, -1)
    return result


def test_the_same_facts_in_any_order_leave_nothing() -> None:
    shuffled = random.Random(1).sample(FACTS, len(FACTS))
    assert difference(FACTS, shuffled).broken() == []


@pytest.mark.parametrize("at", range(0, len(FACTS), 7))
def test_any_single_change_of_one_side_breaks_the_bucket_of_its_id(at: int) -> None:
    identity, fact = FACTS[at]
    others = FACTS[:at] + FACTS[at + 1 :]
    for changed in (others, [*FACTS, FACTS[at]], [*others, (identity, fact + 1)]):
        assert difference(FACTS, changed).broken() == [bucket_of(identity)]
    exchanged = [*others, (f"{identity}0", fact)]
    assert difference(FACTS, exchanged).broken() == sorted(
        {bucket_of(identity), bucket_of(f"{identity}0")}
    )


def test_facts_that_are_counted_by_number_must_come_to_the_same_number() -> None:
    counted = Fingerprint()
    for rows in (500, 500, 20):
        counted.add("upload-1", None, rows)
    counted.add("upload-1", None, -1019)
    assert counted.broken() == [bucket_of("upload-1")]
    counted.add("upload-1", None, -1)
    assert counted.broken() == []


def test_a_bucket_that_differs_by_the_same_as_before_comes_first() -> None:
    first, second = difference(FACTS[:2], []), difference(FACTS[:2], [])
    buckets = [bucket_of(identity) for identity, _ in FACTS[:2]]
    torn, stays = sorted(buckets)
    torn_id = FACTS[buckets.index(torn)][0]
    second.add(torn_id, "moved on", 1)
    second.add("1000.4000.999", "new", 1)
    assert second.stays_broken(first.differences()) == [stays, torn]


def test_a_fingerprint_is_written_down_and_taken_up_again() -> None:
    made = difference(FACTS, [])
    taken_up = Fingerprint.of_text(made.text())
    assert (taken_up, len(taken_up.sums)) == (made, BUCKETS)
