"""The short torture: of the crash matrix the calls that write, and some of the crowds.

`make torture` is the long one.
"""

from collections.abc import Iterator

import pytest

from infra.local.stack import STATE
from tests.torture import crowd, fleet, matrix
from tests.torture.faults import Mode, Plan
from tests.torture.flows import FLOWS
from tests.torture.world import World, started

CHOSEN = (
    "submit",
    "resolve: accept, pay at once",
    "resolve: correct a pending action",
    "approve",
    "modify",
    "reverse",
    "ingest resolutions",
    "sweep lock and pay",
    "deposit",
)
WRITES = ("TransactWriteItems", "PutObject", "SendMessage")
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
            for each in crowd.CROWDS
            if each.name in ("eight reviewers on one inquiry", "deposits during payment")
        }
    assert found == {"eight reviewers on one inquiry": [], "deposits during payment": []}
