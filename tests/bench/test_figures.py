"""A short run of what `make bench` measures, and that waste would be seen.

CPU is held to more than its limits here, since a test's machine does other things as well; what is
counted is held to them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.stack import STATE
from tests.bench import arithmetic, costs, cpu, picture, scale
from tests.bench.costs import Costs
from tests.bench.figures import Figure, of_rounds
from tests.bench.scenes import Scene, Stage
from tests.bench.units import item_bytes
from tests.torture.delivery import lose_all
from tests.torture.world import TABLES, World, started

SLACK = 1.25
ROUNDS = 3
ROWS = 100


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with started(STATE / "bench-short") as world:
        made = Stage(world, ROWS, listed=ROWS)
        with made.set():
            world.keep()
            yield made
        lose_all()


@pytest.fixture(scope="module")
def scenes(stage: Stage) -> dict[str, Scene]:
    return stage.scenes()


@pytest.fixture(scope="module")
def world(stage: Stage, scenes: dict[str, Scene]) -> World:
    return stage.world


def test_work_takes_no_more_cpu_than_its_calls_would(scenes: dict[str, Scene]) -> None:
    found = [least(name, scenes[name]) for name in cpu.LIMITS]
    assert len(found) == len(cpu.LIMITS)
    assert [each for each in found if each.ratio > SLACK * (each.limit or 0)] == []


def least(name: str, scene: Scene) -> Figure:
    """The best of some rounds: what else the machine does can only make one look worse."""
    rounds = [cpu.measured(name, scene, 1) for _ in range(ROUNDS)]
    return min(rounds, key=lambda each: each.ratio)


def test_the_tables_that_are_billed_end_as_the_emulator_s(
    world: World, scenes: dict[str, Scene]
) -> None:
    kept = {(getattr(TABLES, kind), pk, sk): item for (kind, pk, sk), item in world.items().items()}
    assert Costs(world, scenes).tables.items == kept


def test_a_life_writes_little_more_than_what_it_changes(
    world: World, scenes: dict[str, Scene]
) -> None:
    ours, plain = Costs(world, scenes), Costs(world, scenes, plain=True)
    assert [each for each in costs.figures(ours) if not each.met] == []
    assert 1.5 * ours.life(costs.LIFE).writes < plain.life(costs.PLAIN_LIFE).writes


def test_a_due_action_costs_the_same_however_many_are_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setattr(scale, "DUE", 300)
    found = scale.growth((300, 3_000))
    assert [each for each in scale.figures(found) if not each.met] == []
    assert 0 < found[0][1].writes < 10


def test_an_action_comes_to_the_key_of_what_is_paid_and_leaves_it(
    world: World, scenes: dict[str, Scene]
) -> None:
    bills = Costs(world, scenes).bills
    place, rate = arithmetic.busiest(bills["lock"].plus(bills["pay"]))
    assert place.startswith("actions.due, key PAY#")
    assert rate == pytest.approx(arithmetic.PARTITION / 2)


def test_workers_come_a_few_at_a_time() -> None:
    assert arithmetic.worked(arithmetic.WORKERS_FIRST, 50) == 10
    assert arithmetic.worked(1_000, 7.5) == pytest.approx(1)
    assert arithmetic.worked(10, 1_000) == pytest.approx(1 + (1_000 - 7.5) / 10)


def test_sizes_are_counted_as_dynamodb_counts_them() -> None:
    assert item_bytes({"pk": {"S": "é"}, "n": {"N": "-1234500"}, "b": {"BOOL": True}}) == 4 + 6 + 2
    assert item_bytes({"s": {"SS": ["ab", "c"]}, "zero": {"N": "0"}}) == 4 + 5


def test_a_figure_over_its_limit_is_red_and_said() -> None:
    good = of_rounds("CPU: submit", 1.2, "us", [(1.0, 1.0), (1.1, 1.0), (0.9, 1.0)])
    assert (good.ratio, good.met) == (1.0, True)
    assert good.spread == pytest.approx(0.2)
    bad = replace(good, ratio=1.3)
    assert not bad.met
    assert 'class="over"' in picture.drawn([good, bad], "here & now")
    assert 'class="over"' not in picture.drawn([good], "here")
    assert "here &amp; now" in picture.drawn([Figure("x", 1, 1, 1, 1, "s", 0)], "here & now")


def test_what_was_measured_last_is_written_down_and_met() -> None:
    kept = json.loads((Path(__file__).parent / "results.json").read_text())
    figures = [Figure(**each) for each in kept]
    assert [each for each in figures if not each.met] == []
    named = {each.figure for each in figures}
    assert {f"CPU: {name}" for name in cpu.LIMITS} <= named
    assert {f"init: {path.name}" for path in Path("functions").iterdir()} <= named
