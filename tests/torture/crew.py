"""Processes of the functions that die in the middle of their work, and are replaced.

They work on what waits, in any order, several at once. What is delivered may come twice; what a
process that died was at work on comes again, as what failed does. A process is gone for real: no
`finally` of it runs, and its connections break.
"""

import io
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any

from botocore.exceptions import ClientError
from makegood.files import ingestion

from tests.integration.gateway import Context, batch
from tests.torture import faults
from tests.torture.delivery import NAMES, RECEIVES_MAX, module
from tests.torture.faults import Plan
from tests.torture.fleet import PRELOADED, Came, Job
from tests.torture.world import World

JOB_SECONDS = 1_800
DELIVERIES_MAX = max(RECEIVES_MAX.values())


@dataclass(slots=True)
class Deadly(Plan):
    """The process ends at the call with number `at`: before it is sent, or when it is answered."""

    after: bool = False

    def call(self, client: Any, operation: str, go: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        if len(self.calls) != self.at:
            return go()
        if self.after:
            with suppress(ClientError):
                go()
        os._exit(1)


@dataclass(slots=True)
class Risk:
    """Of a hundred invocations so many are to end early, and of as many deliveries so many come
    twice. `calls` are how many calls an invocation makes: small ones, and large ones.
    """

    random: Random
    killed: int = 20
    twice: int = 12
    calls: tuple[int, ...] = (4, 15, 60, 400)

    def plan(self) -> tuple[int, bool]:
        """At which call the process ends, 0 for none, and whether after it."""
        if self.random.randrange(100) >= self.killed:
            return 0, False
        return self.random.randint(1, self.random.choice(self.calls)), self.random.random() < 0.5

    def again(self) -> bool:
        return self.random.randrange(100) < self.twice


@dataclass(slots=True)
class Task:
    """An invocation that is still to be made, and how often it was."""

    job: Job
    deliveries: int = 0


@dataclass(slots=True)
class Worker:
    process: BaseProcess
    end: Connection
    task: Task | None = None


@dataclass(slots=True)
class Crew:
    """The processes of one world, and what befell them."""

    world: World
    risk: Risk
    start: Callable[[], Worker]
    workers: list[Worker]
    met: Counter[str] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)

    def work(self, jobs: Sequence[Job], safe: bool = False) -> list[Came]:
        """Does these and all that comes of them; answers with what came of all, in no order.

        Without risk where it has to be `safe`.
        """
        waiting = [Task(each) for each in jobs]
        came: list[Came] = []
        while waiting or any(each.task for each in self.workers):
            for worker in self.workers:
                if waiting and worker.task is None:
                    at = self.risk.random.randrange(len(waiting))
                    self._give(worker, waiting.pop(at), safe)
            busy = {each.end: each for each in self.workers if each.task}
            ready = wait(list(busy), JOB_SECONDS)
            if not ready:
                raise TimeoutError(f"nothing came back within {JOB_SECONDS} s")
            for end in ready:
                waiting += self._taken(busy[end], came)
            waiting += self._messages(safe)
        return came

    def _give(self, worker: Worker, task: Task, safe: bool) -> None:
        worker.task = task
        task.deliveries += 1
        self.met["invocations"] += 1
        at, after = (0, False) if safe else self.risk.plan()
        worker.end.send((task.job, at, after))

    def _taken(self, worker: Worker, came: list[Came]) -> list[Task]:
        """What came back from a process; the task again where it is not done."""
        task, worker.task = worker.task, None
        if task is None:
            raise ValueError("a process that was given nothing answered")
        try:
            result = worker.end.recv()
        except (EOFError, ConnectionResetError):
            self.met["killed"] += 1
            self._replace(worker)
        else:
            if not result.failed:
                came.append(result)
                return []
            self.met["failed"] += 1
            if result.raised:
                self.met[result.raised[:80]] += 1
        if task.deliveries > DELIVERIES_MAX:
            self.given_up.append(f"{task.job.function} {task.job.event} after {task.deliveries}")
            return []
        return [task]

    def _replace(self, worker: Worker) -> None:
        worker.end.close()
        worker.process.join()
        fresh = self.start()
        worker.process, worker.end = fresh.process, fresh.end

    def _messages(self, safe: bool) -> list[Task]:
        """What functions have put into queues, some of it twice."""
        found = []
        for function, url in self.world.queues.items():
            for message in self.world.waiting(url):
                task = self.message(function, message)
                found.append(Task(task))
                if not safe and self.risk.again():
                    self.met["delivered twice"] += 1
                    found.append(Task(task))
        return found

    @staticmethod
    def message(function: str, message: dict[str, Any], queue: str = "") -> Job:
        group = str(message.get("shard", ""))
        return Job(function, batch(queue or NAMES[function], message, group=group))


@contextmanager
def aboard(world: World, risk: Risk, chunk_rows: int, size: int) -> Iterator[Crew]:
    """The processes, for as long as this lasts."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *PRELOADED])
    environment = world.environment()

    def start() -> Worker:
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, environment, chunk_rows), daemon=True
        )
        process.start()
        theirs.close()
        return Worker(process, ours)

    with world.entered():
        workers = [start() for _ in range(size)]
        try:
            yield Crew(world, risk, start, workers)
        finally:
            for each in workers:
                each.end.close()
                each.process.join()


def _serve(end: Connection, environment: dict[str, str], chunk_rows: int) -> None:
    """The life of one process."""
    os.environ.update(environment)
    ingestion.CHUNK_ROWS_MAX = chunk_rows
    with faults.installed(), redirect_stdout(io.StringIO()):
        while True:
            try:
                job, at, after = end.recv()
            except EOFError:
                return
            end.send(_done(job, at, after))


def _done(job: Job, at: int, after: bool) -> Came:
    plan, answer, raised = Deadly(at, after=after), None, ""
    handler = module(job.function).handler
    with faults.in_force(plan):
        try:
            answer = handler(job.event, Context())
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
    return Came(job, answer, raised, len(plan.calls))
