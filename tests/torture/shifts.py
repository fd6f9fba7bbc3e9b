"""The crash matrix by several processes, each with an emulator of its own, a flow at a time."""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Empty
from typing import Any

from infra.local.stack import STATE
from tests.torture import matrix
from tests.torture.faults import Plan
from tests.torture.flows import FLOWS
from tests.torture.world import World, started

SIZE_MAX = 4
LOOK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A flow's cells, each with what is not as it should be."""

    name: str
    results: list[tuple[str, list[str]]]
    calls: int
    seconds: float


def rows(names: Sequence[str]) -> Iterator[Row]:
    """The rows of these flows, as they come."""
    context = multiprocessing.get_context("spawn")
    todo, done = context.Queue(), context.Queue()
    size = min(os.cpu_count() or 1, SIZE_MAX, len(names))
    for name in [*names, *[None] * size]:
        todo.put(name)
    workers = [context.Process(target=_work, args=(each, todo, done)) for each in range(size)]
    for worker in workers:
        worker.start()
    for _ in names:
        yield _next(done, workers)
    for worker in workers:
        worker.join()


def _next(done: Any, workers: Sequence[Any]) -> Row:
    while True:
        try:
            return done.get(timeout=LOOK_SECONDS)
        except Empty:
            if not any(each.is_alive() for each in workers):
                raise SystemExit(
                    "The processes of the crash matrix ended before their work"
                ) from None


def _work(number: int, todo: Any, done: Any) -> None:
    """One process, until there is no flow left."""
    with started(STATE / f"torture-{number}") as world, matrix.prepared(world):
        while (name := todo.get()) is not None:
            done.put(row(world, name))


def row(world: World, name: str) -> Row:
    """One flow: without a fault, then in every cell."""
    began, flow = time.monotonic(), FLOWS[name]
    matrix.arrange(world, flow)
    whole = matrix.play(world, flow, Plan())
    cells = matrix.cells_of(flow, whole)
    results = [
        ("no fault at all", whole.differs_from(whole)),
        *((str(cell), matrix.run_cell(world, cell, whole)) for cell in cells),
    ]
    return Row(name, results, len(whole.calls), time.monotonic() - began)
