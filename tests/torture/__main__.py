"""`make torture`: everything that can go wrong, on purpose, and what is left of it.

`python -m tests.torture --part matrix --flow "sweep pay"` runs one part, or one flow of it. The
last line says how many cells there were, and how many did not end as they should.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.torture import crowd, fleet, matrix
from tests.torture.faults import MEANING, Plan
from tests.torture.flows import FLOWS
from tests.torture.world import World, started

ROUNDS = 5
SHOWN_MAX = 5
WIDTH = 600


@dataclass(slots=True)
class Record:
    """All cells so far; told as they come."""

    cells: int = 0
    failures: int = 0
    began: float = field(default_factory=time.monotonic)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

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


def run_matrix(record: Record, world: World, only: str) -> None:
    for mode, meaning in MEANING.items():
        record.say(f"{mode:12} {meaning}")
    heading(record, "Crash matrix: each flow, at each AWS call")
    for flow in FLOWS.values():
        if only and flow.name != only:
            continue
        began = time.monotonic()
        matrix.arrange(world, flow)
        whole = matrix.play(world, flow, Plan())
        results = [whole.differs_from(whole)]
        if results[0]:
            record.fault(f"{flow.name} | no fault at all", results[0])
        for cell in matrix.cells_of(flow, whole):
            results.append(matrix.run_cell(world, cell, whole))
            if results[-1]:
                record.fault(str(cell), results[-1])
        record.line(flow.name, results, time.monotonic() - began, f"{len(whole.calls)} calls")


def run_crowd(record: Record, world: World, only: str) -> None:
    heading(record, "Eight at once, on the emulator")
    with fleet.sailing(world) as ships:
        for each in crowd.CROWDS:
            if only and each.name != only:
                continue
            began, results = time.monotonic(), []
            for number in range(ROUNDS):
                results.append(crowd.play(world, ships, each))
                if results[-1]:
                    record.fault(f"{each.name}, round {number + 1}", results[-1])
            record.line(each.name, results, time.monotonic() - began)


RUN = {"matrix": run_matrix, "crowd": run_crowd}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=RUN, action="append")
    parser.add_argument("--flow", default="", help="only this flow or scenario")
    arguments = parser.parse_args()
    record = Record()
    with started() as world, matrix.prepared(world):
        for part in arguments.part or RUN:
            RUN[part](record, world, arguments.flow)
    record.say(f"\n{time.monotonic() - record.began:.0f} s")
    record.say(f"{record.cells} cells, {record.failures} failures")
    return 1 if record.failures else 0


if __name__ == "__main__":
    sys.exit(main())
