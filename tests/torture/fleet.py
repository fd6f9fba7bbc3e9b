"""Eight processes of the functions, let go at the same instant.

Each has its own clients and its own connections, as eight Lambda environments have. What an
invocation came to is told with the AWS calls that it made.
"""

import io
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from makegood.operator.commands import function_of

from infra.local import function_url
from tests.integration.gateway import Context
from tests.torture import faults
from tests.torture.delivery import module
from tests.torture.faults import Plan
from tests.torture.world import World

SIZE = 8
READY_SECONDS = 60
JOB_SECONDS = 120
PRELOADED = ("makegood.api.routes", "makegood.files.ingestion", "makegood.operator.commands")
"""What all processes load alike; functions, with their clients, are loaded by each."""

AHEAD_SECONDS = 0.02
"""How long before the common instant everybody has been told of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One invocation."""

    function: str
    event: dict[str, Any]


def commanded(command: Mapping[str, Any]) -> Job:
    """One command of the operator's."""
    return Job(function_of(str(command["command"])), function_url.event(command))


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a job: the function's answer, or what it raised."""

    job: Job
    answer: Any
    raised: str
    calls: int

    @property
    def told(self) -> dict[str, Any]:
        """What an operator's command answered."""
        return function_url.answer(self.answer)

    @property
    def status(self) -> int:
        return self.answer["statusCode"] if self.answer else 502

    @property
    def failed(self) -> bool:
        """Whether the platform delivers it again."""
        if self.raised or self.answer is None:
            return True
        by_gateway = self.answer.get("statusCode", 200)
        return by_gateway >= 500 or bool(self.answer.get("batchItemFailures"))


@dataclass(slots=True)
class Fleet:
    """The processes of one world."""

    ends: list[tuple[BaseProcess, Connection]]

    def run(self, jobs: Sequence[Job]) -> list[Came]:
        """All at once, up to eight."""
        busy = self.ends[: len(jobs)]
        for (_, end), job in zip(busy, jobs, strict=True):
            end.send(("prepare", job.function))
        for _, end in busy:
            _received(end, READY_SECONDS)
        at = time.time() + AHEAD_SECONDS
        for (_, end), job in zip(busy, jobs, strict=True):
            end.send(("go", job, at, faults.epoch()))
        return [_received(end, JOB_SECONDS) for _, end in busy]

    def run_until_done(self, jobs: Sequence[Job], deliveries_max: int = 5) -> list[Came]:
        """All at once, and those that failed again, as the platform would; the last of each."""
        came = self.run(jobs)
        for _ in range(deliveries_max - 1):
            again = [at for at, each in enumerate(came) if each.failed]
            if not again:
                break
            repeated = self.run([came[at].job for at in again])
            for at, each in zip(again, repeated, strict=True):
                came[at] = each
        return came


def _received(end: Connection, seconds: float) -> Any:
    if not end.poll(seconds):
        raise TimeoutError(f"no answer within {seconds} s")
    return end.recv()


@contextmanager
def sailing(world: World, size: int = SIZE) -> Iterator[Fleet]:
    """The processes, for as long as this lasts."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *PRELOADED])
    ends: list[tuple[BaseProcess, Connection]] = []
    try:
        with world.entered():
            for _ in range(size):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=_serve, args=(theirs, world.environment()), daemon=True
                )
                process.start()
                ends.append((process, ours))
        yield Fleet(ends)
    finally:
        for process, end in ends:
            end.close()
            process.join(READY_SECONDS)


def _serve(end: Connection, environment: Mapping[str, str]) -> None:
    """The life of one process: told what to load, then when to start."""
    os.environ.update(environment)
    with faults.installed(), redirect_stdout(io.StringIO()):
        while True:
            try:
                what, *rest = end.recv()
            except EOFError:
                return
            if what == "prepare":
                module(rest[0])
                end.send("ready")
            else:
                end.send(_done(*rest))


def _done(job: Job, at: float, epoch: str) -> Came:
    faults.take_epoch(epoch)
    plan, answer, raised = Plan(), None, ""
    handler = module(job.function).handler
    time.sleep(max(0.0, at - time.time()))
    with faults.in_force(plan):
        try:
            answer = handler(job.event, Context())
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
    return Came(job, answer, raised, len(plan.calls))
