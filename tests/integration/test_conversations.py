"""Each kind of client of the field's API has every row of a list once, while things arrive."""

import os
from itertools import count

import pytest
from makegood.domain.outcome import Outcome
from makegood.jobs import migrations
from makegood.store import migration_passes
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.bench import conversations as at_size
from tests.integration.conversations import (
    KINDS,
    LISTS,
    World,
    an_arrival,
    made_actions,
    made_inquiries,
    walked,
    without_arrivals,
)
from tests.integration.gateway import FUNCTIONS, store_of

ACTIONS, INQUIRIES = 88, 44
TIMES = int(os.environ.get("CONVERSATION_TIMES", "1"))
"""How many times as many things; with more than one, each kind asks for every list, for minutes."""

BATCH = 30


@pytest.fixture(params=[True, False], ids=["indexes of dates", "before they are complete"])
def world(live: Store, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(migration_passes, "CHECKED_SECONDS", 0)
    made = World(made_actions(ACTIONS * TIMES), made_inquiries(INQUIRIES * TIMES))
    for start in range(0, len(made.actions), BATCH):
        group = made.actions[start : start + BATCH]
        live.commit(Outcome(actions=tuple((None, each) for each in group)))
    for start in range(0, len(made.inquiries), BATCH):
        claims = made.inquiries[start : start + BATCH]
        live.commit(Outcome(inquiries=tuple((None, each) for each in claims)))
    if request.param:
        for name in MIGRATIONS:
            assert migrations.run(live, name, lambda: True).complete
    return made


def test_every_kind_of_client_has_every_row_once(live: Store, world: World) -> None:
    numbers = count()

    def arrive() -> None:
        live.commit(Outcome(actions=((None, an_arrival(next(numbers))),)))

    whole = [(kind, asked) for kind in KINDS for asked in LISTS]
    for kind, asked in whole if TIMES > 1 else at_size.some_lists(KINDS):
        wanted = world.of(asked)
        assert wanted, asked.query
        had = walked(kind, asked, arrive)
        assert len(had) == len(set(had)), (kind.name, asked.query)
        assert without_arrivals(had) == wanted, (kind.name, asked.query)


@pytest.mark.parametrize("by_date", [True, False])
def test_the_bench_holds_the_same_conversations(live: Store, by_date: bool) -> None:
    functions = [store_of(each) for each in FUNCTIONS.values()]
    world = World(made_actions(120), made_inquiries(60))
    talks = list(at_size.held(live, functions, world, at_size.some_lists(KINDS), by_date))
    assert {each.kind for each in talks} == {each.name for each in KINDS}
    assert [each for each in talks if not each.met] == []
    assert min(each.wanted for each in talks) > 0
    assert max(each.pages for each in talks) > 1
    assert min(each.calls for each in talks) > 0
