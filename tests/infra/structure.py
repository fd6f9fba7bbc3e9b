"""The structure of the code in figures: packages, floors, arrows, and the ways through them.

`python -m tests.infra.structure` prints them. A *floor* is how many imports lie below a module; an
*arrow* is one import of a module by another. A *journey* is what one request, one row of a file, or
one due action calls in the package, as a tracer sees it: the modules and packages that it enters,
and how often it moves from one to another, back and forth.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median, quantiles
from types import FrameType
from typing import Any
from urllib.parse import urlencode

from makegood.domain.uploads import Kind
from moto import mock_aws

from tests.infra.sources import PACKAGE, floors, graph, package_of
from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, FORM, PARTNER, Context, function
from tests.integration.ingest import Ingest, table

ROOT = str(PACKAGE) + os.sep


@dataclass(slots=True)
class Journey:
    """What one piece of work entered; `moves` are steps into another module, and packages alike."""

    modules: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    moves: int = 0
    package_moves: int = 0
    stack: list[str] = field(default_factory=list)

    def enter(self, module: str) -> None:
        before = self.stack[-1] if self.stack else ""
        self.modules.add(module)
        self.packages.add(package_of(module))
        self.moves += module != before
        self.package_moves += package_of(module) != package_of(before)
        self.stack.append(module)

    def leave(self) -> None:
        if self.stack:
            self.stack.pop()

    def __str__(self) -> str:
        return (
            f"{len(self.modules):3} modules, {self.moves:4} moves; "
            f"{len(self.packages):2} packages, {self.package_moves:4} moves between them"
        )


@contextmanager
def traced() -> Iterator[Journey]:
    """Follows every call into the package; comprehensions and class bodies are no calls."""
    journey = Journey()

    def follow(frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if not name.startswith(ROOT) or frame.f_code.co_name.startswith("<"):
            return
        if event == "call":
            journey.enter(name[len(ROOT) : -len(".py")].replace(os.sep, "."))
        elif event == "return":
            journey.leave()

    sys.setprofile(follow)
    try:
        yield journey
    finally:
        sys.setprofile(None)


def journeys() -> dict[str, Journey]:
    """The three ways through the package, on moto; each is gone once before it is followed."""
    os.environ.update(stack.ENVIRONMENT)
    with mock_aws(), redirect_stdout(io.StringIO()):
        stack.reset()
        stack.seed(market.set_up)
        stack.add_buckets_and_queues()
        stack.store().set_clock(market.NOW)
        ways = {"PUT that accepts": accepting, "file of one row": deciding, "due action": settling}
        for way in ways.values():
            followed(way, "warm")
        return {name: followed(way, "followed") for name, way in ways.items()}


def followed(way: Callable[[str], Callable[[], object]], name: str) -> Journey:
    go = way(name)
    with traced() as journey:
        go()
    return journey


def accepting(name: str) -> Callable[[], object]:
    """An advertiser accepts an inquiry by request."""
    filed = PARTNER.post("/ActionInquiries", market.claimed(f"PUT-{name}"))
    event = ADVERTISER.event(
        "PUT", "/ActionInquiries", urlencode(market.accepted(filed.id)), {"Content-Type": FORM}
    )
    return lambda: function("advertisers").handler(event, Context())


def deciding(name: str) -> Callable[[], object]:
    """A resolutions file of one row, from its arrival to its result."""
    filed = PARTNER.post("/ActionInquiries", market.claimed(f"ROW-{name}"))
    ingest = Ingest(stack.store(), received=len(name))
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")
    row = (filed.id, "VALID", "2026-06-01T12:00:00-07:00", market.SALE)

    def go() -> None:
        upload_id = ingest.upload(Kind.RESOLUTIONS, table(header, row))
        ingest.work(ingest.chunks())
        assert ingest.results(upload_id) == [("APPLIED", "valid")]

    return go


def settling(name: str) -> Callable[[], object]:
    """A sweep locks one action that is due."""
    at = market.NOW + timedelta(days=60 * len(name))
    market.track(stack.store(), f"DUE-{name}", at)
    return lambda: market.sweep(stack.store(), at + timedelta(days=59))


def main() -> None:
    arrows = graph()
    high = floors(arrows)
    fan_out = sorted(len(each) for each in arrows.values())
    print(f"modules {len(arrows)}, packages {len({package_of(each) for each in arrows})}")
    print(f"floors {max(high.values())}, arrows {sum(fan_out)}, circles 0")
    most = quantiles(fan_out, n=10)[-1]
    print(f"fan-out median {median(fan_out):g}, 90% {most:g}, max {fan_out[-1]}")
    for name, journey in journeys().items():
        print(f"{name:17} {journey}")


if __name__ == "__main__":
    main()
