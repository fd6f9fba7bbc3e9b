"""The crash matrix: every flow, every AWS call in it, every way in which that call can fail.

Each cell plays its flow from the same beginning, with one fault, and lets the platform try again
as it would. It must end as the flow ends without a fault, and with every invariant.

What may differ, and is left out or made equal before the comparison:
- how many requests an account made in its hour (`R#` in `requests`): a repeated one counts;
- the clock of the stack (`CLOCK` in `directory`): what was repeated ended later;
- instants within the hour of the cell: what was done by a repetition was done then;
- `expires_at` of an idempotency record and of a shop's order, for the same reason;
- the key of the days that a file of orders covers, which begins with the file's start.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from makegood.jobs import reconciliation
from makegood.store.proof import PROOF

from tests.integration import market
from tests.torture import faults
from tests.torture.delivery import Delivery, GaveUp, lose_all, with_known_ids, without_waiting
from tests.torture.faults import Mode, Plan
from tests.torture.flow import Flow
from tests.torture.world import Contents, World

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
CELL_TIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault: of this flow, at its `at`-th call, in this mode."""

    flow: Flow
    at: int
    mode: Mode
    call: str

    def __str__(self) -> str:
        return f"call {self.at}, {self.call} | {self.mode}"


@dataclass(slots=True)
class End:
    """How a flow ended: what is kept, what was answered, and what does not hold."""

    kept: dict[Any, str]
    answers: list[str]
    broken: dict[str, Any]
    gave_up: str = ""
    calls: list[str] = field(default_factory=list)
    retries: int = 0

    def differs_from(self, whole: "End") -> list[str]:
        """What is not as it should be, in words; empty when all is."""
        found = [self.gave_up] if self.gave_up else []
        for place in sorted(self.kept.keys() | whole.kept.keys()):
            mine, expected = self.kept.get(place), whole.kept.get(place)
            if mine != expected:
                found.append(f"{'/'.join(place)} is {mine}, not {expected}")
        if self.answers != whole.answers:
            found.append(f"answered {self.answers}, not {whole.answers}")
        found += [f"{name}: {what}" for name, what in self.broken.items()]
        return found


@contextmanager
def prepared(world: World) -> Iterator[None]:
    """This process stands for the functions, and faults can befall its calls."""
    with world.entered(), faults.installed(), without_waiting(), with_known_ids():
        lose_all()
        try:
            yield
        finally:
            lose_all()


def arrange(world: World, flow: Flow) -> None:
    """The market, and what the flow begins with, to come back to."""
    world.left = None
    world.clear()
    market.set_up(world.store)
    world.arranged = flow.arrange(world.store)
    world.store.set_clock(flow.at)
    world.keep()


def play(world: World, flow: Flow, plan: Plan) -> End:
    """The flow from its beginning to its end, under a plan of faults."""
    world.restore()
    delivery = Delivery(world, plan, flow.at, context=flow.context)
    gave_up = ""
    with flow.limited():
        try:
            flow.act(delivery)
        except GaveUp as error:
            gave_up = f"gave up: {error}"
    world.left = world.contents()
    broken = reconciliation.prove(world.store)["violations"]
    return End(
        kept=comparable(legible(world, world.left), flow.at, flow.apart),
        answers=[at_once(json.dumps(each), flow.at) for each in delivery.answers],
        broken={**broken, "on the way": delivery.wrong} if delivery.wrong else broken,
        gave_up=gave_up,
        calls=plan.calls,
        retries=delivery.retries,
    )


def legible(world: World, contents: Contents) -> Contents:
    """What a proof of the books says, in the place of the parts that it is kept in, compressed."""
    others = {place: held for place, held in contents.items() if place[1] != PROOF}
    if len(others) == len(contents):
        return contents
    return {**others, ("ledger", PROOF, ""): world.store.kept_proof()}


def comparable(contents: Contents, begun: datetime, apart: tuple[str, ...] = ()) -> dict[Any, str]:
    """What must be the same, whatever failed on the way."""
    result = {}
    for place, held in contents.items():
        kind, pk, _ = place
        if pk == "CLOCK" or pk.startswith(("R#", *apart)):
            continue
        if kind in ("requests", "shop_orders"):
            held = {name: value for name, value in held.items() if name != "expires_at"}
        if kind == "shop_orders":
            place = kind, pk, at_once(place[2], begun)
        result[place] = at_once(json.dumps(held, sort_keys=True), begun)
    return result


def at_once(text: str, begun: datetime) -> str:
    """Instants of the cell's own time are one instant."""

    def told(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[0])
        return "(now)" if begun <= at < begun + CELL_TIME else found[0]

    return INSTANT.sub(told, text)


def cells_of(flow: Flow, whole: End) -> list[Cell]:
    """Every call that the flow makes when nothing fails, in every mode."""
    return [Cell(flow, at, mode, call) for at, call in enumerate(whole.calls, 1) for mode in Mode]


def run_cell(world: World, cell: Cell, whole: End) -> list[str]:
    """Plays it; what is not as it should be."""
    return play(world, cell.flow, Plan(cell.at, cell.mode)).differs_from(whole)
