"""A part of the samples, played as all of them are by hand; and that its model is a second opinion.

`python -m tests.torture --part samples` is the whole of it.
"""

import ast
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from infra.local.stack import STATE
from tests.infra.sources import imports
from tests.torture import samples, samples_model, samples_values
from tests.torture.samples_model import Model
from tests.torture.samples_values import CASHBACK, LOYALTY, Deed, clears_at, locks_at, shared
from tests.torture.world import started

MODEL = (samples_model, samples_values)
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


def test_a_few_dozen_orders_come_to_what_the_model_says_whatever_dies() -> None:
    with started(STATE / "torture-samples-short") as world:
        played = samples.run(world, samples.SMALL, lambda line: None)
        assert played.wrong == []
        assert played.crew.met["killed"] > 5
        assert played.counts["rows of actions"] > 40
        key, deed = next(each for each in played.model.deeds.items() if each[1].paid_at)
        deed.payout += 1
        played.everything()
    (told,) = played.wrong
    assert " ".join(key) in told


@pytest.mark.parametrize("module", MODEL, ids=lambda module: module.__name__)
def test_the_model_knows_nothing_of_the_product(module: ModuleType) -> None:
    used = imports(ast.parse(Path(str(module.__file__)).read_text()))
    beyond = {name.split(".")[0] for name in used if name != samples_values.__name__}
    assert beyond <= sys.stdlib_module_names


def test_days_are_those_of_the_domain_s_examples() -> None:
    january = datetime(2026, 1, 17, 20, tzinfo=UTC)
    locked = locks_at(CASHBACK, january)
    assert locked == datetime(2026, 2, 28, 5, tzinfo=UTC)
    assert clears_at(CASHBACK, locked) == datetime(2026, 3, 21, 4, tzinfo=UTC)
    locked = locks_at(LOYALTY, datetime(2020, 9, 10, 20, 41, 52, tzinfo=UTC))
    assert locked == datetime(2020, 9, 26, 4, tzinfo=UTC)
    assert clears_at(LOYALTY, locked) == datetime(2020, 9, 30, 4, tzinfo=UTC)


def owing(*payouts: tuple[str, int, int]) -> Model:
    """Actions that are locked and have cleared, each with its month; the later are younger."""
    model = Model()
    for order, payout, month in payouts:
        deed = Deed((CASHBACK, order, "TRACKED"), 100, payout, datetime(2025, month, 9, tzinfo=UTC))
        model.deeds[deed.key] = deed
    return model


@pytest.mark.parametrize(
    ("unpaid", "right"),
    [
        ("C", True),
        ("BC", False),
        ("AC", False),
        ("ABC", False),
        ("", False),
    ],
)
def test_what_is_seen_to_be_paid_must_be_so_by_the_rules(unpaid: str, right: bool) -> None:
    model = owing(("A", 60, 1), ("B", 30, 1), ("C", 10, 2))
    model.deposit(NOW, 95)
    found = model.sweep(NOW, {(CASHBACK, each, "TRACKED") for each in unpaid})
    assert (found == []) is right


@pytest.mark.parametrize(
    ("unpaid", "right"), [("B", True), ("A", True), ("AB", False), ("", False)]
)
def test_of_those_that_clear_at_one_instant_either_may_be_first(unpaid: str, right: bool) -> None:
    model = owing(("A", 60, 1), ("B", 50, 1))
    model.deposit(NOW, 70)
    found = model.sweep(NOW, {(CASHBACK, each, "TRACKED") for each in unpaid})
    assert (found == []) is right


def test_shares_of_a_basket_sum_to_the_order() -> None:
    assert shared(100_00, [60_00, 60_00]) == [50_00, 50_00]
    assert shared(100, [1, 1, 1]) == [34, 33, 33]
