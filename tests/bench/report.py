"""The whole run, or some parts of it; a whole one is written down, as numbers, text and picture."""

import json
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from infra.local.stack import STATE
from tests.bench import (
    arithmetic,
    conversations,
    costs,
    cpu,
    file_memory,
    lists,
    picture,
    scale,
    starts,
    verdicts,
)
from tests.bench.figures import Figure
from tests.bench.scenes import Stage
from tests.torture.world import started

HERE = Path(__file__).parent
FOLDER = STATE / "bench"
Part = tuple[list[Figure], list[str]]


def init() -> Part:
    return starts.figures(FOLDER / "starts"), []


def work() -> Part:
    """Warm work, what it costs, and what both come to."""
    with started(FOLDER / "world") as world:
        stage = Stage(world)
        with stage.set():
            world.keep()
            scenes = stage.scenes()
            found = [
                cpu.measured(name, scene) for name, scene in scenes.items() if name in cpu.LIMITS
            ]
            cuts = {
                name: cpu.measured(f"cut {name}", scene.cutting)
                for name, scene in scenes.items()
                if scene.cutting and name in cpu.LIMITS
            }
        ours, plain = costs.Costs(world, scenes), costs.Costs(world, scenes, plain=True)
    seconds = {each.figure.removeprefix("CPU: "): each.value / 1e6 for each in found}
    texts = [costs.table(ours, plain)]
    for name in ("ingest claims", "ingest resolutions"):
        rate = 1 / seconds[name]
        texts.append(f"{name}: {rate:,.0f} rows per second of CPU")
        lines = arithmetic.rows(
            f"rows of {name.removeprefix('ingest ')}",
            ours.bills[name],
            seconds[name],
            cuts[name].value / 1e6,
        )
        texts.append("\n".join(lines))
    settled = ours.bills["lock"].plus(ours.bills["pay"])
    swept = arithmetic.sweep(settled, seconds["lock"] + seconds["pay"])
    return [*found, *costs.figures(ours)], [*texts, "\n".join(swept)]


def sweeps(more: Sequence[int] = ()) -> Part:
    found = scale.growth((*scale.STORED, *more))
    return scale.figures(found), [scale.table(found, scale.spread())]


def memory() -> Part:
    return file_memory.figures(), []


def listed() -> Part:
    found = lists.measured()
    return lists.figures(found), [lists.table(found), lists.whole_page()]


def talked() -> Part:
    found = conversations.measured()
    return conversations.figures(found), [conversations.table(found)]


def judged(more: Sequence[int] = ()) -> Part:
    found = verdicts.measured(more)
    return verdicts.figures(found), [verdicts.table(found)]


PARTS: dict[str, Callable[[], Part]] = {
    "init": init,
    "work": work,
    "sweeps": sweeps,
    "memory": memory,
    "lists": listed,
}
BY_NAME = {"conversations": talked}
"""Parts that take many minutes, and are measured where they are named alone."""

BY_NUMBER = {"sweeps": sweeps, "verdicts": judged}
"""Parts that are measured at further numbers, too; of these, the verdicts by name alone."""


def shown(figures: list[Figure]) -> Iterator[str]:
    """The table of figures, each with its floor, its ratio and its limit."""
    head = (
        f"{'figure':42}{'value':>11}{'floor':>11} {'unit':6}{'ratio':>7}{'limit':>7}{'spread':>8}"
    )
    yield head
    for each in figures:
        limit = "" if each.limit is None else f"{each.limit:.2f}"
        told = "" if each.met else "  over its limit"
        yield (
            f"{each.figure:42}{each.value:11.2f}{each.floor:11.2f} {each.unit:6}"
            f"{each.ratio:7.2f}{limit:>7}{each.spread:8.2f}{told}"
        )


def machine() -> str:
    python = f"Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, {python}"


def processor() -> str:
    """What this machine calls its processor."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    names = [each.partition(":")[2].strip() for each in lines if each.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def run(words: Sequence[str]) -> None:
    """All parts, or those that are named; a number is of stored actions in the part of sweeps, and
    of claims and orders in that of verdicts.
    """
    asked = [each for each in words if not each.isdigit()]
    numbers = [int(each) for each in words if each.isdigit()]
    figures: list[Figure] = []
    texts: list[str] = []
    for name in asked or PARTS:
        by_number = BY_NUMBER.get(name)
        found, told = by_number(numbers) if by_number else {**PARTS, **BY_NAME}[name]()
        print("\n".join([*shown(found), *told, ""]), file=sys.stderr, flush=True)
        figures += found
        texts += told
    if not asked:
        (HERE / "results.json").write_text(json.dumps([asdict(each) for each in figures], indent=1))
        told = "\n\n".join([f"Measured on {machine()}", "\n".join(shown(figures)), *texts])
        (HERE / "results.txt").write_text(told + "\n")
        (HERE / "results.svg").write_text(picture.drawn(figures, machine()))
    if over := [each.figure for each in figures if not each.met]:
        raise SystemExit(f"Over the limit: {', '.join(over)}")
