"""The short torture: of the crash matrix the calls that write, some crowds, one day, some clocks.

`make torture` is the long one.
"""

from collections.abc import Iterator

import pytest

from infra.local.stack import STATE
from tests.torture import clocks, crowd, day, fleet, matrix
from tests.torture.crowds import CROWDS
from tests.torture.faults import Mode, Plan
from tests.torture.flows import FLOWS
from tests.torture.world import World, started

CHOSEN = (
    "submit",
    "resolve: accept, pay at once",
    "modify",
    "reverse",
    "ingest resolutions",
    "sweep lock and pay",
    "deposit",
)
CROWDS_CHOSEN = {
    "eight reviewers on one inquiry",
    "deposits during payment",
    "eight claims on one order, filed at once",
    "eight claims on one order, accepted at once",
}
WRITES = ("TransactWriteItems", "PutObject", "SendMessage", "SendMessageBatch")
MODES = (Mode.GONE_AFTER, Mode.OUTAGE)
"""By turns, so that each call meets one and each flow both."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with started(STATE / "torture-short") as world:
        yield world


@pytest.mark.parametrize("name", CHOSEN)
def test_a_flow_ends_alike_whichever_of_its_writes_fails(world: World, name: str) -> None:
    with matrix.prepared(world):
        matrix.arrange(world, FLOWS[name])
        whole = matrix.play(world, FLOWS[name], Plan())
        assert whole.differs_from(whole) == []
        chosen = [
            each
            for each in matrix.cells_of(FLOWS[name], whole)
            if each.call.endswith(WRITES) and each.mode is MODES[each.at % len(MODES)]
        ]
        assert chosen
        found = {str(each): matrix.run_cell(world, each, whole) for each in chosen}
    assert {cell: faults for cell, faults in found.items() if faults} == {}


def test_of_eight_at_once_one_wins_and_nothing_is_lost(world: World) -> None:
    with matrix.prepared(world), fleet.sailing(world) as ships:
        found = {
            each.name: crowd.play(world, ships, each)
            for each in CROWDS
            if each.name in CROWDS_CHOSEN
        }
    assert found == {name: [] for name in CROWDS_CHOSEN}


def test_when_one_answer_in_ten_is_bad_a_day_still_comes_to_the_same(world: World) -> None:
    with matrix.prepared(world):
        _, fair, broken = day.play(world, None)
        _, weather, found = day.compare(world, 10, 1, fair)
    assert weather.met.total() > 10
    assert broken + found == []


@pytest.mark.parametrize(
    "case",
    [each for each in clocks.CASES if each.name.startswith(("Africa/Cairo", "a sweep that is"))],
    ids=lambda case: case.name,
)
def test_by_whatever_clock_nothing_comes_too_early_or_twice(
    world: World, case: clocks.Case
) -> None:
    with matrix.prepared(world):
        assert case.run(world) == []
