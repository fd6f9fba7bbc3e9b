"""What people and spreadsheets do to files: read the same, or refused with the cell named.

Each number is one play: a file of a few rows is worked through as its author meant it, and once
more with one to four habits. Money and keys are those of the first, or the row is refused, with the
heading of a damaged cell in its message; or the file is, before any row of it. What no habit has
struck is never refused.

`python -m tests.properties.test_spreadsheet_habits 100000` counts what came of each habit, and
names the plays that went wrong; with two numbers, the first is where it begins.
"""

import csv
import io
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.uploads import Kind, UploadState
from makegood.files import ingestion
from makegood.files.csv_injection import understood

from tests.memory_files import MemoryStore
from tests.memory_ingest import NOW
from tests.properties.habits import amounts, dates, files, ids, texts
from tests.properties.habits.sheets import Cell, Must, Role, Sheet
from tests.properties.habits.undamaged import a_room, a_sheet, on_file
from tests.reference import check

GIVEN = {Kind.ORDERS: {"TimeZone": "America/New_York"}}
"""What the other kinds have of their campaign."""

READ, REFUSED, FILE_REFUSED = "read the same", "refused", "file refused"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a file: by row its result, and everything that it changed in the store."""

    failed: bool
    fault: str
    warnings: list[str]
    results: list[dict[str, str]]
    effects: list[Counter[str]]
    header: list[str]
    told: list[list[str]]
    kept: MemoryStore


def played(kind: Kind, data: bytes, lines: list[int], chunk_rows: int = 100) -> Played:
    ingest = a_room()
    with (
        patch.object(ingestion, "CHUNK_ROWS_MAX", chunk_rows),
        patch("makegood.usecases.unit_of_work.PAUSE_SECONDS_MAX", 0),
    ):
        upload_id = ingest.send(kind, data, given=GIVEN.get(kind, {}))
        ingest.deliver()
    upload = ingest.kept.uploads[upload_id]
    body = ingest.results.kept[upload.place.result_key("result.csv")].decode("utf-8-sig")
    header, *told = csv.reader(io.StringIO(body, newline=""))
    check(ingest.kept, NOW)
    failed = upload.state is UploadState.FAILED
    assert failed or upload.state is UploadState.DONE
    sources = [f"file:{upload_id}:{line}" for line in lines]
    effects, left = effects_of(ingest.kept, sources)
    assert not left, "something changed that no row of the file has changed"
    at = header.index("Row")
    results = [] if failed else [dict(zip(RESULT, each[at:], strict=False)) for each in told]
    warnings = ingest.summary(upload_id)["warnings"]
    return Played(failed, upload.fault, warnings, results, effects, header, told, ingest.kept)


RESULT = ["Row", "Result", "Code", "Message", "Uri"]


def things(kept: MemoryStore) -> dict[tuple[str, str], Any]:
    named = {
        "inquiry": kept.inquiries,
        "action": kept.actions,
        "order": kept.orders,
        "update": kept.updates,
        "shop order": kept.taken,
        "entry": kept.entries,
    }
    return {(kind, str(name)): each for kind, held in named.items() for name, each in held.items()}


def effects_of(kept: MemoryStore, sources: list[str]) -> tuple[list[Counter[str]], set[str]]:
    """Whatever is not as it was, by the row that it names, or that what it names was changed by.

    The rows of a file are about different things, so each change is one row's alone.
    """
    before = things(on_file()[0])
    changed = {at: repr(each) for at, each in things(kept).items() if before.get(at) != each}
    left, effects = dict(changed), []
    for number, source in enumerate(sources):
        mine = {at for at, text in left.items() if re.search(rf"\b{source}\b", text)}
        names = {name for kind, name in mine if kind in {"inquiry", "action"}}
        names |= {
            text.split("'")[1] for at, text in left.items() if at in mine and at[0] == "update"
        }
        orders = {each.order.order_id for name, each in kept.actions.items() if name in names}
        mine |= {at for at, text in left.items() if any(f"'{name}'" in text for name in names)}
        mine |= {("order", each) for each in orders if ("order", each) in left}
        texts = (left.pop(at).replace(source, f"row {number}") for at in sorted(mine))
        effects.append(Counter(texts))
    return effects, set(left.values())


CELL_HABITS = [*amounts.HABITS, *texts.HABITS, *ids.HABITS, *dates.HABITS]
HABITS = [*CELL_HABITS, *files.HEADING_HABITS, *files.FILE_HABITS]


def damaged(random: Random) -> tuple[Sheet, list[str]]:
    """A sheet, and the habits that have struck it."""
    sheet = a_sheet(random, random.choice(list(Kind)))
    struck: list[str] = []
    wanted = random.randint(1, 4)
    for _ in range(20):
        habits = random.choice([CELL_HABITS, CELL_HABITS, files.HEADING_HABITS, files.FILE_HABITS])
        habit = random.choice(habits)
        sheet.habit = habit.__name__
        if len(struck) < wanted and sheet.habit not in struck and habit(random, sheet):
            struck.append(sheet.habit)
    return sheet, struck


def play(number: int) -> Counter[tuple[str, str]]:
    """One file with its habits; counts what came of each."""
    random = Random(number)
    sheet, struck = damaged(random)
    plain = sheet.plain()
    meant = played(sheet.kind, plain, line_numbers(plain))
    data, lines = sheet.written()
    came = played(sheet.kind, data, lines, random.choice([1, 2, 100]))
    if came.failed:
        assert Must.REFUSED in sheet.must.values() or Must.EITHER in sheet.must.values(), came.fault
        assert came.fault
        assert not any(came.effects)
        if list(sheet.must) == ["heading_nearly_ours"] and Must.REFUSED in sheet.must.values():
            assert names_nearly_ours(sheet, came.fault), f"names no heading: {came.fault}"
        return Counter((habit, FILE_REFUSED) for habit in struck)
    assert Must.REFUSED not in sheet.must.values(), "the file is read"
    check_file(sheet, came, lines)
    of_cells = {each.habit for row in sheet.rows for each in row.values() if each.is_changed}
    told = Counter((habit, READ) for habit in struck if habit not in of_cells)
    for row, was, now, effect, then in zip(
        sheet.rows, meant.results, came.results, meant.effects, came.effects, strict=True
    ):
        cells = {name: cell for name, cell in row.items() if cell.habit}
        outcome = check_row(sheet, cells, was, now)
        assert then == (effect if outcome == READ else Counter())
        told.update((each.habit, outcome) for each in cells.values() if each.is_changed)
    return told


def names_nearly_ours(sheet: Sheet, message: str) -> bool:
    nearly = [each.written for each in sheet.heads.values() if each.must is Must.TOLD]
    return any(squashed(each) in squashed(message) for each in nearly)


def line_numbers(plain: bytes) -> list[int]:
    reader = csv.reader(io.StringIO(plain.decode(), newline=""))
    return [reader.line_num + 1 for _ in reader][:-1]


def check_row(
    sheet: Sheet, struck: dict[str, Cell], was: dict[str, str], now: dict[str, str]
) -> str:
    """The row came to what was meant, or is refused as it must or may be."""
    musts = {cell.must for cell in struck.values()}
    if was["Result"] == "REJECTED":
        assert Must.TOLD in sheet.must.values(), f"the undamaged row is refused: {was}"
        assert now["Result"] == "REJECTED"
        return REFUSED
    if now["Result"] == "REJECTED":
        assert musts & {Must.REFUSED, Must.EITHER}, f"refused without need: {now}"
        heads = [
            sheet.heads[name].written for name, cell in struck.items() if cell.must is not Must.SAME
        ]
        message = squashed(now["Message"])
        assert any(squashed(each) in message for each in heads), f"names none of {heads}: {now}"
        for name, cell in struck.items():
            if cell.habit == "amount_with_two_readings" and len(struck) == 1:
                assert both_named(cell.written, now["Message"]), (name, cell.written, now)
        return REFUSED
    assert Must.REFUSED not in musts, f"not refused: {now}"
    for each in ("Result", "Code", "Uri", "Message"):
        assert now[each] == was[each], (each, was, now)
    return READ


def squashed(text: str) -> str:
    """Letters and digits alone, as compatibility forms and cases go."""
    return "".join(
        each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum()
    )


def both_named(written: str, message: str) -> bool:
    """Whether a message says what an amount of two readings may be: 1234 and 1.234."""
    whole, decimals = re.findall("[0-9]+", written)
    found = re.findall(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?", message)
    values = {Decimal(each.replace(",", "")) for each in found}
    return values >= {Decimal(whole + decimals), Decimal(f"{whole}.{decimals}")}


def check_file(sheet: Sheet, came: Played, lines: list[int]) -> None:
    """Every row once, in order, with all its cells; and the file is told what concerns it whole."""
    assert [int(each["Row"]) for each in came.results] == lines
    width = len(sheet.order)
    assert came.header[width : width + 5] == RESULT
    for row, told in zip(sheet.rows, came.told, strict=True):
        assert [understood(each) for each in told[:width]] == [
            row[name].written for name in sheet.order
        ]
    nearly = [each.written for each in sheet.heads.values() if each.must is Must.TOLD]
    for each in nearly:
        assert any(squashed(each) in squashed(told) for told in came.warnings), came.warnings
    others = [told for told in came.warnings if "decimal" in told]
    read = list(marks(sheet, came.results, all_of_them=False))
    assert len(others) <= 1
    if len(set(read)) == 2:
        assert others, "amounts contradict each other, and nobody is told"
    if len(set(marks(sheet, came.results, all_of_them=True))) < 2:
        assert not others, others


def marks(sheet: Sheet, results: list[dict[str, str]], all_of_them: bool) -> Iterator[str]:
    """The decimal marks that amounts can only have; those that were read, or all."""
    for row, result in zip(sheet.rows, results, strict=True):
        for name, role in sheet.roles.items():
            if role is Role.MONEY and sheet.heads[name].must is not Must.TOLD and row[name].mark:
                read = result["Result"] != "REJECTED" and row[name].must is Must.SAME
                if all_of_them or (read and sheet.matters(row, name)):
                    yield row[name].mark


@given(st.integers(0, 2**32))
def test_whatever_a_spreadsheet_does_money_and_keys_stay_or_a_message_names_the_cell(
    number: int,
) -> None:
    play(number)


def test_every_habit_strikes_and_files_are_read_and_refused() -> None:
    struck = Counter(habit for number in range(1000) for habit in damaged(Random(number))[1])
    assert set(struck) == {habit.__name__ for habit in HABITS}
    told = sum((play(number) for number in range(50)), Counter[tuple[str, str]]())
    assert {outcome for _, outcome in told} == {READ, REFUSED, FILE_REFUSED}


def main() -> None:
    told, wrong = Counter[tuple[str, str]](), 0
    for number in range(*map(int, sys.argv[1:])):
        try:
            told += play(number)
        except Exception as problem:
            wrong += 1
            habits = " ".join(damaged(Random(number))[1])
            said = f"{type(problem).__name__} {problem}"[:300]
            print(f"number {number} went wrong ({habits}): {said}", flush=True)
    for habit in HABITS:
        counts = [
            f"{told[habit.__name__, each]:8,} {each}" for each in (READ, REFUSED, FILE_REFUSED)
        ]
        print(f"{habit.__name__:34}", *counts)
    if wrong:
        sys.exit(f"{wrong:,} went wrong")


if __name__ == "__main__":
    main()
