"""`make torture`: everything that can go wrong, on purpose, and what is left of it.

`python -m tests.torture --part matrix --flow "sweep pay"` runs one part, or one flow of it. The
last line says how many cells there were, and how many did not end as they should.

`--part samples` is played by hand alone, for it takes long: the samples ten times over. So is
`--part hooks`: webhooks in great numbers.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from infra.local.stack import STATE
from tests.torture import (
    clocks,
    crowd,
    day,
    dynamodb_local,
    fleet,
    hook_flows,
    matrix,
    samples,
    shifts,
)
from tests.torture.crowds import CROWDS
from tests.torture.delivery import lose_all
from tests.torture.dynamodb_local import Missing
from tests.torture.faults import MEANING
from tests.torture.flows import FLOWS
from tests.torture.samples_input import Size
from tests.torture.world import World, started

ROUNDS = 5
PERCENT = (1, 10, 50)
DAYS = 15
TOLD_MAX, SHOWN_MAX, WIDTH = 3, 5, 600
"""Failures of a row that are told with what differs, how much of it, and how wide."""


@dataclass(slots=True)
class Record:
    """All cells so far; told as they come."""

    cells: int = 0
    failures: int = 0
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def row(
        self,
        name: str,
        results: Iterable[tuple[str, list[str]]],
        more: str = "",
        seconds: float | None = None,
    ) -> None:
        """Runs the cells of one row, tells those that fail, and then the row."""
        began, all_found = time.monotonic(), []
        for what, found in results:
            all_found.append(found)
            if found:
                alike = sum(1 for each in all_found if each) > TOLD_MAX
                self.fault(f"{name} | {what}", [] if alike else found)
        self.line(name, all_found, seconds or time.monotonic() - began, more)

    def line(self, name: str, found: Sequence[list[str]], seconds: float, more: str = "") -> None:
        """One row of the table: its cells, those that failed, and what else there is to say."""
        failed = sum(1 for each in found if each)
        self.cells += len(found)
        self.failures += failed
        self.say(f"{name:45}{len(found):>7}{failed:>10}{seconds:>9.1f} s  {more}".rstrip())

    def fault(self, what: str, found: Iterable[str]) -> None:
        self.say(f"  FAILED  {what}")
        for each in list(found)[:SHOWN_MAX]:
            self.say(f"          {each[:WIDTH]}")


def heading(record: Record, title: str) -> None:
    record.say(f"\n{title:45}{'cells':>7}{'failures':>10}{'time':>11}")


def run_matrix(record: Record, only: str) -> None:
    for mode, meaning in MEANING.items():
        record.say(f"{mode:12} {meaning}")
    heading(record, "Crash matrix: each flow, at each AWS call")
    for row in shifts.rows([name for name in FLOWS if only in ("", name)]):
        record.row(row.name, row.results, f"{row.calls} calls", row.seconds)


def run_crowd(record: Record, world: World, only: str) -> None:
    heading(record, "Eight at once, on the emulator")
    _crowds(record, world, only)
    try:
        with dynamodb_local.beside(world) as other, other.entered():
            heading(record, "Eight at once, on DynamoDB Local")
            _crowds(record, other, only)
    except Missing as reason:
        record.say(f"\nSkipped: eight at once on DynamoDB Local, for {reason}")


def _crowds(record: Record, world: World, only: str) -> None:
    """What is done afterwards in this process is done by functions of this very world."""
    lose_all()
    with fleet.sailing(world) as ships:
        for each in CROWDS:
            if only in ("", each.name):
                rounds = range(1, ROUNDS + 1)
                record.row(
                    each.name,
                    ((f"round {number}", crowd.play(world, ships, each)) for number in rounds),
                )


def run_weather(record: Record, world: World, only: str) -> None:
    heading(record, "Bad weather: a day with so many bad answers of 100")
    _, fair, broken = day.play(world, None)
    record.row("a fair day", [("", broken)])
    for percent in PERCENT:
        steps, aside, met = 0, 0, 0
        results = []
        began = time.monotonic()
        for seed in range(DAYS):
            went, weather, found = day.compare(world, percent, seed, fair)
            steps, aside = steps + went.steps, aside + len(went.aside)
            met += sum(weather.met.values())
            results.append(found)
            if found:
                record.fault(f"{percent} of 100, seed {seed}", found)
        more = f"{steps} steps, {met} bad answers, {aside} set aside"
        record.line(f"{percent} of 100", results, time.monotonic() - began, more)


def run_clocks(record: Record, world: World, only: str) -> None:
    heading(record, "Clocks")
    for case in clocks.CASES:
        if only in ("", case.name):
            record.row(case.name, ((case.name, case.run(each)) for each in [world]))


def run_samples(record: Record, copies: int, seed: int) -> None:
    """All differences are named."""
    heading(record, "The samples over and over, with processes that die, against a model")
    began = time.monotonic()
    with started(STATE / "torture-samples") as world:
        played = samples.run(world, Size(copies), record.say, seed)
    for name, count in sorted((played.counts + played.crew.met).items()):
        record.say(f"  {count:>9,} {name}")
    for each in played.wrong:
        record.say(f"  DIFFERS  {each[:WIDTH]}")
    found = [played.wrong] if played.wrong else [[]]
    record.line(f"samples, {copies} times", found, time.monotonic() - began)


MATRIX, SAMPLES, HOOKS = "matrix", "samples", "hooks"
RUN = {"crowd": run_crowd, "weather": run_weather, "clocks": run_clocks}


def run_hooks(record: Record, only: str) -> None:
    heading(record, "Webhooks: workers at once, receivers away, calls that fail")
    for name, play in hook_flows.CASES.items():
        if only in ("", name):
            began = time.monotonic()
            found, said = play()
            record.row(name, [("", found)], said, time.monotonic() - began)
    if not only:
        alone, beside = (hook_flows.throughput(hook_flows.WATCHED, down) for down in (0, 10))
        record.say(f"To one that is well: {alone:,.0f} events/s; {beside:,.0f} while ten are down")
        record.say(f"A delivery of many at once: {hook_flows.costs()}")
        record.say(f"A delivery alone: {hook_flows.costs(together=1)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=(MATRIX, *RUN, SAMPLES, HOOKS), action="append")
    parser.add_argument("--flow", default="", help="only this row of the table")
    parser.add_argument("--copies", type=int, default=10, help="of the samples")
    parser.add_argument("--seed", type=int, default=1, help="what befalls the samples")
    arguments = parser.parse_args()
    parts = arguments.part or (MATRIX, *RUN)
    record = Record()
    if MATRIX in parts:
        run_matrix(record, arguments.flow)
    if SAMPLES in parts:
        run_samples(record, arguments.copies, arguments.seed)
    if HOOKS in parts:
        run_hooks(record, arguments.flow)
    if set(parts) & RUN.keys():
        with started() as world, matrix.prepared(world):
            for part in RUN:
                if part in parts:
                    lose_all()
                    RUN[part](record, world, arguments.flow)
    record.say(f"\n{time.monotonic() - record.began:.0f} s")
    record.say(f"{record.cells} cells, {record.failures} failures")
    return 1 if record.failures else 0


if __name__ == "__main__":
    sys.exit(main())
