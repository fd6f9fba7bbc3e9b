"""Ids stand for what they name, and for nothing else."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import ids

texts = st.text(st.characters(codec=None) | st.sampled_from(":\x1f0123456789"), max_size=20)
parts = st.lists(texts, max_size=5).map(tuple)


@given(parts, parts)
def test_only_the_same_parts_in_the_same_order_have_the_same_digest(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (ids.digest(*one) == ids.digest(*other)) == (one == other)


def test_parts_that_run_together_alike_stay_apart() -> None:
    splits = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("a\x1fb", "c"),
              ("a", "b\x1fc"), ("a", "b", "c"), ("1:a", "1:b"), ("1:a1:1:b",)]  # fmt: skip
    for one, other in combinations(splits, 2):
        assert ids.digest(*one) != ids.digest(*other)
        assert ids.number(*one) != ids.number(*other)


@given(parts)
def test_a_digest_is_32_hexadecimal_digits(of: tuple[str, ...]) -> None:
    assert len(ids.digest(*of)) == 32
    assert set(ids.digest(*of)) <= set("0123456789abcdef")


@given(parts)
def test_a_number_survives_json_readers_that_count_in_doubles(of: tuple[str, ...]) -> None:
    number = ids.number(*of)
    assert 1 <= number < 2**53
    assert int(float(number)) == number


def test_numbers_do_not_crowd() -> None:
    numbers = [ids.number("order", str(count)) for count in range(20_000)]
    assert len(set(numbers)) == len(numbers)
    assert sum(number >> 52 for number in numbers) in range(9_500, 10_500)


def test_an_id_is_the_same_in_every_release() -> None:
    """Stored ids are found again by deriving them, so a derivation may never change."""
    assert ids.digest("a", "b") == "facdde7abf1eac5b301273ab2e282f79"
    assert ids.inquiry_number("P1", "C1", "ORD-1", "UNTRACKED", 0, 0) == "7171513580580342"
    assert ids.action_id("C1", "77", "inquiry:1") == "C1.77.131204934182177"


def test_each_part_of_a_claim_and_each_attempt_has_its_own_inquiry() -> None:
    claim = ("P1", "C1", "ORD-1", "UNTRACKED", 0, 0)
    others = [
        ("P2", "C1", "ORD-1", "UNTRACKED", 0, 0),
        ("P1", "C2", "ORD-1", "UNTRACKED", 0, 0),
        ("P1", "C1", "ORD-2", "UNTRACKED", 0, 0),
        ("P1", "C1", "ORD-1", "INCORRECT", 0, 0),
        ("P1", "C1", "ORD-1", "UNTRACKED", 1, 0),
        ("P1", "C1", "ORD-1", "UNTRACKED", 0, 1),
    ]
    assert len({ids.inquiry_number(*each) for each in [claim, *others]}) == 7
    assert ids.inquiry_number(*claim) == ids.inquiry_number(*claim)


def test_an_action_id_shows_its_campaign_and_event_type() -> None:
    campaign, event_type, number = ids.action_id("1000", "77", "inquiry:1").split(".")
    assert (campaign, event_type) == ("1000", "77")
    assert 1 <= int(number) < 2**53
