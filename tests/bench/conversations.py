"""The conversations of every kind of client, over as many things as a large market has.

The functions answer as they do, on a store whose directory is on moto. Its actions and inquiries
are kept in memory (see `kept`): moto would need more than 9 GB for them, and hours. Actions arrive
while a list is read, one between two pages.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from unittest.mock import patch

from makegood.aws import clients
from makegood.domain.outcome import Outcome
from makegood.jobs import migrations
from makegood.store import migration_passes
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.bench.figures import Figure
from tests.bench.kept import Kept
from tests.integration.conversations import (
    KINDS,
    LISTS,
    Asked,
    Kind,
    World,
    an_arrival,
    made_actions,
    made_inquiries,
    walked,
    without_arrivals,
)

ACTIONS, INQUIRIES = 100_000, 10_000
SIZES = (100, 2_000, 250, 500, 1_000, 100, 5_000, 1_000, 1_000, 20_000)
"""How many rows each kind asks for at once, in the order of `KINDS`."""

FIRST = 2
"""So many actions are committed as well, so that the directory knows by which rules they lock."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a client of a kind was to have of a list, and had. `repeated` are rows that it had more
    than once.
    """

    kind: str
    size: int
    asked: str
    wanted: int
    had: int
    missed: int
    repeated: int
    pages: int
    calls: int
    seconds: float

    @property
    def met(self) -> bool:
        return self.had == self.wanted and not self.missed and not self.repeated


Pairs = Sequence[tuple[Kind, Asked]]
"""Who asks for what."""


def some_lists(kinds: Sequence[Kind]) -> Pairs:
    """One list or two for each kind, so that each list is asked for."""
    return [
        (kind, LISTS[which])
        for number, kind in enumerate(kinds)
        for which in sorted({number % len(LISTS), -number % 3})
    ]


def at_full_size() -> Pairs:
    return some_lists([replace(each, size=size) for each, size in zip(KINDS, SIZES, strict=True)])


def held(
    store: Store, functions: Iterable[Store], world: World, pairs: Pairs, by_date: bool
) -> Iterator[Talk]:
    """Some clients' conversations, over a world that is put into empty tables.

    `store` is the market's, `functions` are those of the functions that clients ask; `by_date` says
    whether indexes of dates are complete.
    """
    with patch.object(migration_passes, "CHECKED_SECONDS", 0):
        store.commit(Outcome(actions=tuple((None, each) for each in world.actions[:FIRST])))
        for name in MIGRATIONS if by_date else ():
            assert migrations.run(store, name, lambda: True).complete
        kept, arrivals = Kept(store.tables), count()
        kept.put(world.actions)
        kept.put(world.inquiries)
        with kept.behind(functions):
            for kind, asked in pairs:
                yield _talk(kept, world, kind, asked, arrivals)


def _talk(kept: Kept, world: World, kind: Kind, asked: Asked, arrivals: Iterator[int]) -> Talk:
    pages = 1

    def arrive() -> None:
        nonlocal pages
        pages += 1
        kept.put([an_arrival(next(arrivals))])

    wanted, calls, began = world.of(asked), kept.calls.total(), time.monotonic()
    had = walked(kind, asked, arrive)
    older = without_arrivals(had)
    return Talk(
        kind.name,
        kind.size,
        f"{asked.client.role.value} {asked.key}: {', '.join(asked.query)}",
        len(wanted),
        len(older),
        len(wanted - older),
        len(had) - len(set(had)),
        pages,
        kept.calls.total() - calls,
        time.monotonic() - began,
    )


@contextmanager
def market() -> Iterator[tuple[Store, list[Store]]]:
    """A market on moto, and the stores of the functions that its clients ask."""
    from moto import mock_aws

    from tests.integration import gateway, stack
    from tests.integration import market as small

    ours = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, {**ours, **stack.ENVIRONMENT}, clear=True):
        clients.session.cache_clear()
        with mock_aws():
            stack.reset()
            stack.seed(small.set_up)
            store = stack.store()
            store.set_clock(small.NOW)
            yield store, [gateway.store_of(each) for each in gateway.FUNCTIONS.values()]


def measured() -> list[Talk]:
    """At full size, each told to standard error as it ends."""
    found = []
    world = World(made_actions(ACTIONS), made_inquiries(INQUIRIES))
    with market() as (store, functions):
        print(HEAD, file=sys.stderr)
        for each in held(store, functions, world, at_full_size(), by_date=True):
            print(told(each), file=sys.stderr, flush=True)
            found.append(each)
    return found


def figures(found: Iterable[Talk]) -> list[Figure]:
    """All conversations, against those at whose end a client has every row once."""
    talks = list(found)
    well = sum(each.met for each in talks)
    ratio = len(talks) / max(well, 1)
    return [Figure("conversations: all, and right", len(talks), well, ratio, 1.0, "each", 0)]


HEAD = (
    f"{'kind of client':52}{'page':>7} {'list':64}{'wanted':>8}{'had':>8}{'missed':>7}"
    f"{'twice':>6}{'pages':>6}{'calls':>8}{'s':>7}"
)


def told(each: Talk) -> str:
    return (
        f"{each.kind:52}{each.size:7,} {each.asked:64}{each.wanted:8,}{each.had:8,}"
        f"{each.missed:7,}{each.repeated:6,}{each.pages:6,}{each.calls:8,}{each.seconds:7.1f}"
    )


def table(found: Iterable[Talk]) -> str:
    talks = list(found)
    seconds, rows = sum(each.seconds for each in talks), sum(each.had for each in talks)
    return "\n".join(
        [
            f"What each kind of client has at its end, over {ACTIONS:,} actions and {INQUIRIES:,}",
            "inquiries, while actions arrive: one between two pages, not counted here. Calls are",
            "those of lists, to tables in memory.",
            HEAD,
            *map(told, talks),
            f"{len(talks)} conversations, {rows:,} rows, {seconds:,.0f} s",
        ]
    )
