"""Files whose rows touch the same things, worked on by workers that die, lag and meet each other.

Whatever becomes of the workers, the result, the store and the money are those of the rows decided
one by one, in the file's order. Each number is one play of it, so that
`python -m tests.properties.test_file_order 10000` plays ten thousand, and names the first that goes
wrong.
"""

import csv
import io
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.problems import Problem, Unavailable
from makegood.domain.uploads import Kind, Upload, UploadState
from makegood.files import ingestion, results
from makegood.files import rows as file_rows
from makegood.files.columns import Columns
from makegood.files.ingestion import Arrival
from makegood.usecases import unit_of_work
from makegood.usecases.unit_of_work import Done, Row

from tests import builders
from tests.memory_files import MemoryStore
from tests.memory_ingest import NOW, Ingest, Stopped, answer, claim, conversion, table
from tests.reference import check

STORED = ("inquiries", "actions", "orders", "entries", "updates", "balances", "moves", "uses")
STEPS = (
    *("upload", "open_upload", "start_upload", "cut_upload", "chunk_is_done", "progress"),
    *("commit", "finish_chunk", "note_handed_on", "finish_upload"),
)
"""Where a worker may be overtaken, or be gone: before each, and after it."""

DIES = 0.1
AT_ONCE_MAX = 3
GOODS = {"Item Sku 1": "S-1", "Item Qty 1": "3", "Item Subtotal 1": "60.00"}


@cache
def on_file() -> tuple[MemoryStore, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """A market, the inquiries that wait in it, and the actions that are pending, with orders."""
    ingest = Ingest()
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"B-{at}", **GOODS) for at in range(3)))
    wrong = [claim(f"B-{at}", "90.00", Type=each) for at in range(2) for each in WRONG]
    ingest.whole(Kind.INQUIRIES, *(claim(f"A-{at}") for at in range(3)), *wrong)
    kept = ingest.kept
    inquiries = [(each.inquiry_id, each.claim.order_id) for each in kept.inquiries.values()]
    actions = [(each.action_id, each.order.order_id) for each in kept.actions.values()]
    return kept, tuple(inquiries), tuple(actions)


WRONG = ("INCORRECT", "DECLINED")


def an_ingest() -> Ingest:
    kept = on_file()[0]
    return Ingest(MemoryStore(**{name: getattr(kept, name).copy() for name in STORED}), sent=9)


def spelled(random: Random, key: str) -> str:
    """The key as some hand or spreadsheet writes it; all are read as one."""
    return random.choice([key, key, f" {key}", f"{key}  ", f"\u200b{key}"])


def a_claim(random: Random) -> dict[str, str]:
    order_id = random.choice(["A-0", "B-0", "N-1", "N-2", "N-3"])
    return claim(
        spelled(random, order_id),
        random.choice(["100.00", "20.00", "0"]),
        Type=random.choice(["UNTRACKED", "UNTRACKED", *WRONG]),
        Notes=random.choice(["", "Said thanks,\nthen left"]),
    )


def a_conversion(random: Random) -> dict[str, str]:
    order_id = random.choice(["B-0", "N-1", "N-2", "N-3"])
    return conversion(
        spelled(random, order_id),
        random.choice(["100.00", "20.00", "x"]),
        **{
            "Partner Id": random.choice(["10001", "10002"]),
            "Action Tracker": random.choice([builders.SALE, builders.SALE, "4001"]),
        },
    )


def a_resolution(random: Random) -> dict[str, str]:
    inquiry_id, order_id = random.choice(on_file()[1])
    status = random.choice(["VALID", "VALID", "DECLINED", "INCOMPLETE", ""])
    return answer(
        inquiry_id,
        status,
        **{
            "Id": random.choice([inquiry_id, inquiry_id, f"{int(inquiry_id):.5E}"]),
            "Inquiry": f"#{inquiry_id}",
            "Order Id": order_id,
            "Final Payout": random.choice(["", "4.00", "5.00"]) if status else "",
            "Resolution Notes": random.choice(["", "Which shop?"]) if status else "",
        },
    )


def a_change(random: Random, ways: str) -> dict[str, str]:
    action_id, order_id = random.choice(on_file()[2])
    by_id = random.choice(ways) == "i"
    reason, amount, sku, quantity = random.choice(CHANGES)
    return {
        "Action Id": action_id if by_id else "",
        "Campaign Id": random.choice(["", "1000"]),
        "Order Id": spelled(random, order_id),
        "Action Tracker": builders.SALE,
        "Reason": reason,
        "Amount": amount,
        "Sku": sku,
        "Quantity": quantity,
    }


CHANGES = (
    *(("ORDER_UPDATE", each, "", "") for each in ("60.00", "40.00", "80.00", "60.00")),
    *(("ITEM_RETURNED", "", "S-1", each) for each in ("2", "1")),
    *(("ITEM_RETURNED", each, "S-1", "") for each in ("30.00", "0")),
    *((each, "", "", "") for each in ("RESET", "RESET", "CONS_FRAUD", "APPROVED", "NOTHING")),
    ("ITEM_RETURNED", "0", "", ""),
)
MAKERS: Mapping[Kind, Callable[[Random], dict[str, str]]] = {
    Kind.INQUIRIES: a_claim,
    Kind.CONVERSIONS: a_conversion,
    Kind.RESOLUTIONS: a_resolution,
}


IN_TURN = [each for each in Kind if each is not Kind.ORDERS]
"""Kinds whose rows act one by one; lines of an order are read together, wherever they stand."""


def rows_of(random: Random, kind: Kind) -> list[dict[str, str]]:
    """Rows of which many are about the same things, and some about one alone."""
    ways = random.choice(["i", "o", "io"])
    make = MAKERS.get(kind, lambda dice: a_change(dice, ways))
    rows = [make(random) for _ in range(random.randint(2, 14))]
    if kind in (Kind.INQUIRIES, Kind.CONVERSIONS):
        lone = [{**rows[0], "Order Id": f"L-{at}"} for at in range(random.choice([0, 9, 20]))]
        rows += lone
        random.shuffle(rows)
    return rows


Told = list[list[str]]


def one_by_one(ingest: Ingest, upload: Upload, data: bytes) -> Told:
    """The rows decided in the file's order, each alone: what each is told."""
    header, *cells = csv.reader(io.StringIO(data.decode(), newline=""))
    columns, told, line = Columns.match(header, upload.place.kind, upload.given), [], 2
    for row in cells:
        (asked,) = file_rows.asked(upload, columns, [(line, row)])
        result = alone(ingest, upload, asked)
        told.append(results.result_of(upload, columns, line, row, result)[0][-5:])
        line += 1 + sum(cell.count("\n") for cell in row)
    return told


def alone(ingest: Ingest, upload: Upload, asked: Row[Any]) -> Done | Problem:
    if isinstance(asked, Problem):
        return asked
    try:
        return unit_of_work.one(ingest.context.store, file_rows.work_for(upload), asked)
    except Problem as problem:
        return problem


@dataclass
class Shift:
    """Workers on the same files: one goes on at a time, up to its next step; some are gone there.

    A worker is a thread of its own; who goes on is drawn.
    """

    ingest: Ingest
    random: Random
    lives: int
    """How many more of them may be gone."""

    died: int = 0
    switched: int = 0
    baton: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    turns: dict[int, threading.Semaphore] = field(default_factory=dict)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """From here on, steps of the store are where workers may be overtaken."""
        for name in STEPS:
            setattr(self.ingest.kept, name, self._stepped(getattr(self.ingest.kept, name)))
        try:
            yield
        finally:
            for name in STEPS:
                delattr(self.ingest.kept, name)

    def _stepped(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*asked: Any, **more: Any) -> Any:
            self._pause()
            result = step(*asked, **more)
            self._pause()
            return result

        return taken

    def _pause(self) -> None:
        turn = self.turns.get(threading.get_ident())
        if turn is None:
            return
        self.baton.release()
        turn.acquire()
        if self.lives and self.random.random() < DIES:
            self.lives -= 1
            self.died += 1
            raise Stopped

    def run(self, works: list[Callable[[], object]]) -> list[bool]:
        """Lets them work side by side; which of them came to their end."""
        ended = [False] * len(works)
        broken: list[BaseException] = []
        alive: dict[int, tuple[threading.Thread, threading.Semaphore]] = {}

        def go(number: int, work: Callable[[], object], turn: threading.Semaphore) -> None:
            self.turns[threading.get_ident()] = turn
            turn.acquire()
            try:
                with suppress(Stopped, Unavailable):
                    work()
                    ended[number] = True
            except BaseException as error:
                broken.append(error)
            finally:
                del self.turns[threading.get_ident()], alive[number]
                self.baton.release()

        for number, work in enumerate(works):
            turn = threading.Semaphore(0)
            thread = threading.Thread(target=go, args=(number, work, turn))
            alive[number] = thread, turn
        threads = [thread for thread, _ in alive.values()]
        for thread in threads:
            thread.start()
        while alive:
            self.switched += 1
            self.random.choice(list(alive.values()))[1].release()
            self.baton.acquire()
        for thread in threads:
            thread.join()
        if broken:
            raise broken[0]
        return ended


def worked_through(random: Random, ingest: Ingest, upload: Upload) -> Shift:
    """The file is told of, and its messages are delivered until none is left: as often as their
    workers are gone, and some more often than that.
    """
    shift = Shift(ingest, random, lives=random.choice([0, 1, 3, 9]))
    arrivals, arrival = random.choice([1, 1, 2]), Arrival(upload.place.key, "v1")
    with shift.at_work():
        while arrivals or ingest.queue.waiting:
            waiting = ingest.queue.waiting
            chosen = random.choices(waiting, k=random.randint(1, AT_ONCE_MAX)) if waiting else []
            works = [lambda each=each: ingest.work(each) for each in chosen]
            arriving = bool(arrivals) and (not chosen or random.random() < 0.5)
            if arriving:
                works.append(lambda: ingestion.receive(ingest.context, arrival))
            ended = shift.run(works)
            arrivals -= arriving and ended.pop()
            for message, done in zip(chosen, ended, strict=False):
                if done and message in waiting and random.random() < 0.9:
                    waiting.remove(message)
    return shift


def play(number: int) -> Counter[str]:
    """One file from its arrival to its result; answers with what it met on the way."""
    random = Random(number)
    kind = random.choice(IN_TURN)
    data = table(*rows_of(random, kind))
    ingest, other = an_ingest(), an_ingest()
    upload = Upload(ingest.place(kind), NOW, len(data))
    ingest.kept.open_upload(upload)
    ingest.inbox.kept[upload.place.key] = data
    rows_max, group_max = random.randint(1, 4), random.choice([1, 2, 50])
    with (
        patch.object(ingestion, "CHUNK_ROWS_MAX", rows_max),
        patch("makegood.files.ordered_chunks.GROUP_ROWS_MAX", group_max),
        patch("makegood.files.chunks.LISTED_TOGETHER", random.randint(1, 3)),
        patch("makegood.usecases.unit_of_work.PAUSE_SECONDS_MAX", 0),
    ):
        shift = worked_through(random, ingest, upload)
        expected = one_by_one(other, upload.started("v1", NOW), data)
    ended = ingest.kept.uploads[upload.upload_id]
    assert ended.state is UploadState.DONE
    told = [list(each.values())[-5:] for each in ingest.result(upload.upload_id)]
    assert told == expected
    for name in STORED:
        assert getattr(ingest.kept, name) == getattr(other.kept, name), name
    check(ingest.kept, NOW)
    assert ended.rows_done == ended.row_count == len(told)
    ordered = ended.ordered_from
    chained = "all in turn" if ordered == 1 else "some in turn" if ordered else "none in turn"
    met = Counter({str(kind): 1, chained: 1, "workers gone": shift.died, "turns": shift.switched})
    return met + Counter(f"rows {each[1]}" for each in told)


@given(st.integers(0, 2**32))
def test_rows_that_touch_the_same_thing_act_in_the_file_s_order(number: int) -> None:
    play(number)


def test_plays_meet_all_that_there_is() -> None:
    met = sum((play(number) for number in range(60)), Counter())
    for what in (*IN_TURN, "all in turn", "some in turn", "none in turn", "workers gone"):
        assert met[what] > 2, what
    assert met["rows APPLIED"] > met["rows REJECTED"] > 20
    assert met["rows UNCHANGED"] > 20


def main() -> None:
    met: Counter[str] = Counter()
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for number in range(first, first + count):
        try:
            met += play(number)
        except BaseException:
            print(f"number {number} went wrong", flush=True)
            raise
        if (number + 1 - first) % 1_000 == 0:
            print(f"{number + 1 - first:,} played: {dict(met)}", flush=True)


if __name__ == "__main__":
    main()
