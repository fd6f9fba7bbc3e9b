"""What spreadsheets do to files: money and keys are the undamaged file's, or a message says why.

A file of each kind is written, and once more as a spreadsheet may save it. Habits that lose nothing
must change nothing. What loses something is refused: its row, with the column named, or the file,
before any row of it.
"""

import csv
import gzip
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.uploads import Kind
from makegood.files import near_headings
from makegood.files.csv_writing import BOM
from makegood.files.layouts import COLUMNS, field_of
from makegood.forms.fields import is_id

from tests import builders
from tests.properties.test_file_mutations import a_room, on_file
from tests.room import Room, answer, claim, conversion

Rows = list[dict[str, str]]
ORDERS = ("2713454630680445", "0012345", "CD100081", "219E01", "1E5", "1.5.2", "9007199254740991")


def a_file(random: Random, kind: Kind) -> Rows:
    """Some rows with every kind of id, none of which meets another."""
    _, inquiries, actions = on_file()
    orders = random.sample(ORDERS, 3)
    customers = [random.choice(["", "0012345", "C-7", "1234567890123456"]) for _ in orders]
    if kind is Kind.INQUIRIES:
        more = [{"Customer Id": each, "Order Number": ""} for each in customers]
        return [
            claim(f"Q{each}", "12.30", **other) | {"Order Id": each}
            for each, other in zip(orders, more, strict=True)
        ]
    if kind is Kind.CONVERSIONS:
        item = {"Item Sku 1": "0012345", "Item Qty 1": "2", "Item Subtotal 1": "12.30"}
        return [
            conversion(each, "12.30") | {"Customer Id": who} | item
            for each, who in zip(orders, customers, strict=True)
        ]
    if kind is Kind.RESOLUTIONS:
        return [
            answer(each, "VALID", **{"Final Payout": "0.50", "Inquiry": f"#{each}"})
            for each in inquiries[:3]
        ]
    ask = {"Action Tracker": builders.SALE, "Reason": "ORDER_UPDATE", "Amount": "60.00"}
    return [{"Action Id": each} | ask for each in actions[:3]]


def written(rows: Iterable[Iterable[str]], random: Random, separator: str = ",") -> bytes:
    out = io.StringIO(newline="")
    quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    newline = random.choice(["\n", "\r\n"])
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=newline).writerows(rows)
    return out.getvalue().encode()


def harmless(random: Random, rows: Rows) -> bytes:
    """The file as a spreadsheet, a browser or a program may have saved it, with nothing lost."""
    kind_of_blank = random.choice(
        ["\u00a0", "\u202f", "\n", "\t", "  ", "_", "-", " \u200b", " \u00ad"]
    )
    header = [random.choice([each, each.replace(" ", kind_of_blank)]) for each in rows[0]]
    header[0] = random.choice(["", "\ufeff", "\u200e"]) + header[0]
    width, beyond = len(header), random.choice([0, 0, 3])
    blank = [random.choice(["", " ", "\u00a0"]) for _ in range(width + beyond)]
    table = [header + [""] * beyond]
    for row in rows:
        cells = [
            f"'{cell}" if cell[:1].isdigit() and column in IDS and random.random() < 0.2 else cell
            for column, cell in row.items()
        ]
        table += [blank] * random.choice([0, 0, 1, 3])
        table.append(cells + [""] * random.choice([0, beyond]))
    table += [blank] * random.choice([0, 5])
    separator = random.choice([",", ";", "\t"])
    data = written([blank] * random.choice([0, 0, 2]) + table, random, separator)
    if random.random() < 0.3:
        data = f"sep={separator}\r\n".encode() + data
    data = BOM * random.choice([0, 1, 2]) + data
    return gzip.compress(data, 1) if random.random() < 0.2 else data


IDS = frozenset(
    title for columns in COLUMNS.values() for title, wire in columns.items() if is_id(wire)
) | {"Item Sku 1"}


def as_error(random: Random, cell: str) -> str:
    return random.choice(["#N/A", "#REF!", "#NV", "#BEZUG!", "#VALEUR!", "#¿NOMBRE?", "####"])


def as_rounded(random: Random, cell: str) -> str:
    if not cell.isdecimal() or len(cell) < 12:
        return cell
    shown = f"{int(cell):.{random.choice([2, 5])}E}"
    return shown.replace(".", random.choice([".", ","])).replace("+", random.choice(["+", "+0"]))


def as_number(random: Random, cell: str) -> str:
    return f"{int(cell)}{random.choice(['.0', ',0', '.00'])}" if cell.isdecimal() else cell


DAMAGES: list[Callable[[Random, str], str]] = [as_error, as_rounded, as_number]


def effects(room: Room) -> tuple[Counter[Any], Counter[Any]]:
    """Money and keys of everything, without what says when and by which line it came."""
    claims = Counter(
        (each.claim, each.state, each.final_payout) for each in room.kept.inquiries.values()
    )
    actions = Counter(
        (each.order, each.order_amount, each.payout, each.state, each.partner_id)
        for each in room.kept.actions.values()
    )
    return claims, actions


def worked(kind: Kind, data: bytes) -> tuple[Room, list[dict[str, str]], str]:
    room = a_room()
    upload_id = room.send(kind, data)
    room.deliver()
    return room, room.result(upload_id), upload_id


def play(number: int) -> str:
    """One file, and what becomes of it after one of a spreadsheet's habits; says which."""
    random = Random(number)
    kind = random.choice(list(Kind))
    rows = a_file(random, kind)
    whole, told, _ = worked(kind, written([rows[0], *(each.values() for each in rows)], random))
    assert [each["Result"] for each in told] == ["APPLIED"] * len(rows)
    led = [at for at, row in enumerate(rows) if row.get("Order Id") == "0012345"]
    zeros = ["zeros"] if kind is Kind.INQUIRIES and led else []
    what = random.choice(["harmless", "cell", "cell", "heading", *zeros])
    if what == "harmless":
        room, told, _ = worked(kind, harmless(random, rows))
        assert [each["Result"] for each in told] == ["APPLIED"] * len(rows)
        assert effects(room) == effects(whole)
        return what
    if what == "heading":
        return misspelt(random, kind, rows)
    at, column = (
        random.randrange(len(rows)),
        random.choice([each for each in ["Id", *rows[0]] if each in IDS & set(rows[0])]),
    )
    intact = rows[at][column]
    if what == "zeros":
        at, column, damaged = led[0], "Order Id", "12345"
        rows[at]["Order Number"] = "0012345"
    else:
        made = [damage(random, intact) for damage in DAMAGES]
        damaged = random.choice([each for each in made if each != intact])
    rows[at][column] = damaged
    room, told, _ = worked(kind, written([rows[0], *(each.values() for each in rows)], random))
    results = [each["Result"] for each in told]
    if results[at] == "APPLIED":
        assert column == "Id"
        assert effects(room) == effects(whole)
        return "known by its text"
    assert results == ["REJECTED" if each == at else "APPLIED" for each in range(len(rows))]
    assert column in told[at]["Message"]
    claims, actions = effects(room)
    before_claims, before_actions = effects(a_room())
    assert claims - before_claims <= effects(whole)[0]
    assert actions - before_actions <= effects(whole)[1]
    return f"{what} refused"


def misspelt(random: Random, kind: Kind, rows: Rows) -> str:
    """A heading of money or a key with one letter wrong: nothing of the file is done."""
    header = list(rows[0])
    wires = [field_of(each, kind) or "" for each in header]
    at = random.choice([at for at, wire in enumerate(wires) if near_headings.is_critical(wire)])
    where = random.randrange(len(header[at]))
    title = header[at]
    header[at] = random.choice(
        [
            title[:where] + title[where + 1 :],
            title[:where] + random.choice("aeixyz") + title[where:],
            title[:where] + random.choice("aeixyz") + title[where + 1 :],
        ]
    )
    if field_of(header[at], kind):
        return "as it was"
    room, told, _ = worked(kind, written([header, *(each.values() for each in rows)], random))
    assert {each["Code"] for each in told} <= {"misspelt_column", "missing_column"}
    assert header[at] in told[0]["Message"]
    assert effects(room) == effects(a_room())
    return "heading refused"


@given(st.integers(0, 2**32))
def test_what_a_spreadsheet_does_to_a_file_changes_nothing_or_is_refused_by_name(
    number: int,
) -> None:
    play(number)


def test_every_habit_is_played_and_told_as_what_it_is() -> None:
    ended = Counter(play(number) for number in range(200))
    for what in (
        "harmless",
        "cell refused",
        "zeros refused",
        "heading refused",
        "known by its text",
    ):
        assert ended[what], ended


def main() -> None:
    ended: Counter[str] = Counter()
    for number in range(int(sys.argv[1])):
        try:
            ended[play(number)] += 1
        except BaseException:
            print(f"number {number} went wrong", flush=True)
            raise
    print(f"{sum(ended.values()):,} played: {dict(ended)}", flush=True)


if __name__ == "__main__":
    main()
