"""Mutated files, workers that die, and messages in any order: what a file may never come to.

Every input ends in a result, with every row of it in exactly one line; nothing crashes, no row is
half applied, and what a row is told is what it did. Each number is one play of it, so that
`python -m tests.properties.test_file_mutations 100000` plays a hundred thousand, and names the
first that goes wrong.
"""

import csv
import gzip
import io
import sys
from collections import Counter
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind, Upload, UploadState
from makegood.files import csv_format, csv_writing, ingestion
from makegood.files.csv_injection import understood

from tests import builders
from tests.memory_files import MemoryStore
from tests.memory_ingest import NOW, Ingest, answer, claim, conversion, table
from tests.reference import check

STEPS = (
    "start_upload",
    "cut_upload",
    "note_handed_on",
    "commit",
    "finish_chunk",
    "finish_upload",
)
TOKENS = [
    *("", " ", '"', '""', ",", ";", "\n", "\r\n", "\r", "\t", "\x00", "\ufeff", "'", "\u2028"),
    *("=1+1", "@cmd", "-", "+1", "-5", "0", "1e9", "NaN", "100.00", "100.001", "9" * 30, "5000001"),
    *("2026-03-05", "2026-02-30", "2027-01-01", "1999-01-01", "2026-03-08T02:30:00"),
    *("VALID", "valid", "DECLINED", "INCOMPLETE", "UNTRACKED", "INCORRECT", "REJECTED", "APPROVED"),
    *("Other", "6", "4000", "4001", "1000", "1001", "10001", "10002", "10003", "A-1", "A-2"),
    *("Id", "Order Id", "Notes", "Sku", "Quantity", "Item Sku 1", "Größe", "\U0001f600", "x" * 300),
]
OTHER_WORDS = [
    (b"Campaign Id", b"merchant_id"),
    (b"Order Id", b"reference"),
    (b"Sale Amount", b"amount"),
    (b"Transaction Date", b"date"),
]
GIVEN = {"CampaignId": "1000", "Currency": "USD", "TimeZone": "Europe/Paris"}
RAW = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"]


@cache
def on_file() -> tuple[MemoryStore, tuple[str, ...], tuple[str, ...]]:
    """A market with claims that wait and actions that are pending, to be copied from."""
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, *(claim(f"A-{at}") for at in range(4)))
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"B-{at}") for at in range(4)))
    return ingest.kept, tuple(ingest.kept.inquiries), tuple(ingest.kept.actions)


def a_room() -> Ingest:
    kept = on_file()[0]
    names = ("inquiries", "actions", "orders", "entries", "updates", "balances", "moves")
    return Ingest(MemoryStore(**{name: getattr(kept, name).copy() for name in names}), sent=9)


def a_row(random: Random, kind: Kind) -> dict[str, str]:
    _, inquiries, actions = on_file()
    if kind is Kind.INQUIRIES:
        more = {"Expected Payout": "2.00", "Notes": "Said thanks,\nthen left"}
        return claim(f"A-{random.randrange(9)}", random.choice(["100.00", "20.00"]), **more)
    if kind is Kind.CONVERSIONS:
        return conversion(f"B-{random.randrange(9)}", random.choice(["100.00", "20.00"]))
    if kind is Kind.RESOLUTIONS:
        status = random.choice(["VALID", "valid", "DECLINED", "INCOMPLETE", ""])
        inquiry_id = random.choice(inquiries)
        shown = random.choice([inquiry_id, inquiry_id, f"{int(inquiry_id):.5E}", ""])
        return answer(inquiry_id, status, Id=shown, Inquiry=f"#{inquiry_id}")
    if kind is Kind.ORDERS:
        return {
            "Order Id": f"C-{random.randrange(5)}",
            "Order Date": "2026-03-05T10:00:00Z",
            "Amount": random.choice(["100.00", "20.00"]),
            "Currency": "USD",
            "Status": random.choice(["SALE", "UNDONE", "LOST"]),
        }
    return {
        "Action Id": random.choice([*actions, ""]),
        "Order Id": "B-1",
        "Action Tracker": builders.SALE,
        "Reason": random.choice(["REJECTED", "ITEM_RETURNED", "ORDER_UPDATE", "RESET"]),
        "Amount": random.choice(["", "60.00", "0", "70.00"]),
    }


def a_file(random: Random, kind: Kind) -> bytes:
    """Some rows, in a dialect of ours, and then whatever happens to files."""
    data = table(*(a_row(random, kind) for _ in range(random.randint(1, 7))))
    if kind is Kind.INQUIRIES and random.random() < 0.3:
        for own, other in OTHER_WORDS:
            data = data.replace(own, other, 1)
    if random.random() < 0.3:
        data = data.replace(b",", b";")
    if random.random() < 0.3:
        data = data.replace(b"\r\n", b"\n")
    for _ in range(random.choice([0, 0, 1, 1, 1, 2, 3, 6])):
        data = mutated(random, data)
    if random.random() < 0.2:
        data = gzip.compress(data, 1)
        if random.random() < 0.3:
            data = mutated(random, data)
    return data


def mutated(random: Random, data: bytes) -> bytes:
    """One thing that goes wrong, somewhere in a file."""
    at = random.randrange(len(data) + 1)
    end = min(len(data), at + random.choice([1, 2, 8, 64]))
    what = random.randrange(7)
    if what == 0:
        return data[:at] + data[end:]
    if what == 1:
        return data[:end] + data[at:]
    if what == 2:
        return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
    if what == 3:
        return data[:at] + random.choice(RAW) + data[at:]
    if what == 4:
        lines = data.split(b"\n")
        random.shuffle(lines) if random.random() < 0.2 else lines.insert(1, random.choice(lines))
        return b"\n".join(lines)
    token = random.choice(TOKENS).encode()
    if what == 5:
        return data[:at] + token + data[at:]
    cells = data.split(b",")
    cells[random.randrange(len(cells))] = token
    return b",".join(cells)


def worked_through(random: Random, ingest: Ingest, kind: Kind, data: bytes, dry: bool) -> str:
    """The file's id, once every worker that was to die has died and every message has come."""
    place = ingest.place(kind)
    given = GIVEN if kind is Kind.INQUIRIES and random.random() < 0.5 else {}
    ingest.kept.open_upload(Upload(place, ingest.now, len(data), dry, given=given))
    ingest.inbox.kept[place.key] = data
    for step in random.sample(STEPS, random.choice([0, 0, 1, 2, 3])):
        with ingest.stopped_before(step):
            ingest.arrive(place.upload_id)
            messages = random.sample(ingest.queue.waiting, len(ingest.queue.waiting) // 2)
            ingest.deliver(messages)
    ingest.arrive(place.upload_id)
    messages = list(ingest.queue.waiting)
    ingest.queue.waiting = []
    random.shuffle(messages)
    ingest.deliver(messages)
    ingest.deliver()
    ingest.arrive(place.upload_id)
    return place.upload_id


def rows_of(data: bytes, upload: Upload) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows, with the line that each begins in, as a whole text is read.

    Blank cells at the end of the header are no columns.
    """
    expanded = b"".join(csv_format.decompressed([data], 10**6))
    while expanded.startswith(csv_writing.BOM):
        expanded = expanded.removeprefix(csv_writing.BOM)
    layout = csv_format.Cutter([expanded], 10**6, 10**6, upload.place.kind, upload.given).layout
    reader = csv.reader(io.StringIO(expanded.decode(), newline="\n"), delimiter=layout.separator)
    rows, line = [], 1
    for cells in reader:
        if any(map(trimmed, cells)):
            rows.append((line, cells))
        line = reader.line_num + 1
    header = rows[0][1]
    while not trimmed(header[-1]):
        header.pop()
    return header, rows[1:]


def done_by(kept: MemoryStore) -> set[str]:
    """The sources of all that was done."""
    sources = {each.source for each in (*kept.inquiries.values(), *kept.actions.values())}
    sources |= {each.decided_by for each in kept.inquiries.values()}
    sources |= {source for each in kept.inquiries.values() for source in each.asked_by}
    sources |= {said.source for each in kept.inquiries.values() for said in each.comments}
    sources |= {each.source for each in kept.taken.values()}
    return sources | {each.once for each in kept.updates.values()}


def play(number: int) -> str:
    """One file from its arrival to its result; answers with how it ended."""
    random = Random(number)
    kind = random.choice(list(Kind))
    data, dry = a_file(random, kind), random.random() < 0.1
    ingest = a_room()
    with (
        patch.object(ingestion, "CHUNK_ROWS_MAX", random.randint(1, 4)),
        patch("makegood.usecases.unit_of_work.PAUSE_SECONDS_MAX", 0),
    ):
        upload_id = worked_through(random, ingest, kind, data, dry)
    upload = ingest.kept.uploads[upload_id]
    place, summary = upload.place, ingest.summary(upload_id)
    sheet = ingest.results.kept[place.result_key("result.csv")].decode("utf-8-sig")
    header, *told = csv.reader(io.StringIO(sheet, newline=""))
    check(ingest.kept, NOW)
    assert summary["state"] == upload.state
    if upload.state is UploadState.FAILED:
        assert {(each[0], each[1]) for each in told} == {("", "REJECTED")}
        assert all(each[3] for each in told)
    else:
        assert upload.state is UploadState.DONE
        check_rows(ingest.kept, upload, data, header, told)
        counted = {name: each["rows"] for name, each in summary["results"].items()}
        at = len(header) - 4
        assert Counter(counted) == Counter(each[at] for each in told)
        assert summary["rows"] == upload.rows_done == len(told)
    if dry or upload.state is UploadState.FAILED:
        before = on_file()[0]
        assert (ingest.kept.inquiries, ingest.kept.actions) == (before.inquiries, before.actions)
        assert (ingest.kept.updates, ingest.kept.entries) == (before.updates, before.entries)
    return upload.state


def check_rows(
    kept: MemoryStore, upload: Upload, data: bytes, header: list[str], told: list[Any]
) -> None:
    """Every row in exactly one line, as it came, and told just what it did."""
    names, rows = rows_of(data, upload)
    assert [understood(each) for each in header[:-5]] == [each.strip() for each in names]
    width = len(names)
    assert [int(each[width]) for each in told] == [line for line, _ in rows]
    done = done_by(kept)
    for (line, cells), result in zip(rows, told, strict=True):
        as_it_came = [*cells[:width], *[""] * (width - len(cells))]
        beyond = "".join(map(trimmed, cells[width:]))
        assert [understood(each) for each in result[:width]] == as_it_came
        assert "".join(trimmed(understood(each)) for each in result[width + 5 :]) == beyond
        _, name, code, message, uri = result[width : width + 5]
        assert (code == "too_many_cells") == bool(beyond)
        assert name in {"APPLIED", "UNCHANGED", "REJECTED"}
        assert code
        assert bool(uri) == (
            name in {"APPLIED", "UNCHANGED"} and code not in ("not_decided", "line_of_order")
        )
        assert message or name == "APPLIED"
        if not upload.dry:
            assert (f"file:{upload.upload_id}:{line}" in done) == (name == "APPLIED")


@given(st.integers(0, 2**32))
def test_whatever_a_file_holds_every_row_is_told_once_what_it_did(number: int) -> None:
    play(number)


def test_most_plays_are_read_and_many_are_not() -> None:
    ended = Counter(play(number) for number in range(60))
    assert ended[UploadState.DONE] > 15
    assert ended[UploadState.FAILED] > 5


def main() -> None:
    ended: Counter[str] = Counter()
    for number in range(int(sys.argv[1])):
        try:
            ended[play(number)] += 1
        except BaseException:
            print(f"number {number} went wrong", flush=True)
            raise
        if number % 10_000 == 9_999:
            print(f"{number + 1:,} played: {dict(ended)}", flush=True)


if __name__ == "__main__":
    main()
