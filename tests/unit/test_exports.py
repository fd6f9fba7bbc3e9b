"""Sheets: all that waits, each thing once, whatever dies, comes twice or is decided meanwhile."""

from collections.abc import Callable
from random import Random

import pytest
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import CUTTING, Kind, SheetKind, Upload, UploadState
from makegood.files import exports, ingestion
from makegood.files.export_rows import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.usecases import unit_of_work
from makegood.usecases.file_claim import ReplyWork
from makegood.usecases.unit_of_work import Asked

from tests import builders
from tests.room import NOW, Room, claim, conversion

CHUNK_ROWS = 3


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(exports, "CHUNK_ROWS", CHUNK_ROWS)
    monkeypatch.setattr(exports, "KEYS_READ", 2 * CHUNK_ROWS)
    return Room()


def waiting(room: Room, count: int, name: str = "A") -> list[str]:
    """So many claims are filed; their inquiries' ids, newest first, as lists have them."""
    rows = room.whole(Kind.INQUIRIES, *(claim(f"{name}-{at}") for at in range(count)))
    return sorted((each["Uri"].rpartition("/")[2] for each in rows), reverse=True)


def withdrawn(room: Room, inquiry_id: str) -> None:
    asked = Asked({"Id": inquiry_id}, "api:1")
    unit_of_work.one(room.context.store, ReplyWork("10001", NOW, withdrawing=True), asked)


def listed(room: Room, sheet_id: str) -> list[str]:
    return [each["Id"] for each in room.result(sheet_id)]


def seen(room: Room, sheet_id: str) -> Upload:
    return room.kept.uploads[sheet_id]


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS, CHUNK_ROWS + 1, 5 * CHUNK_ROWS - 1])
def test_a_sheet_has_all_that_waits_and_its_header_once(room: Room, count: int) -> None:
    ids = waiting(room, count) if count else []
    sheet_id = room.order(SheetKind.UNDECIDED)
    room.deliver()
    assert sorted(listed(room, sheet_id), reverse=True) == ids
    made = seen(room, sheet_id)
    assert (made.state, made.row_count, made.rows_done) == (UploadState.DONE, count, count)
    body = room.results.kept[made.place.result_key("result.csv")].decode("utf-8-sig")
    assert body.startswith(",".join(RESOLUTION_HEADER))
    assert body.count("Resolution Status") == 1


def test_a_sheet_is_sent_back_unchanged_and_then_filled_in(room: Room) -> None:
    waiting(room, 7)
    room.order(SheetKind.UNDECIDED)
    room.deliver()
    rows = room.result("U2")
    again = room.whole(Kind.RESOLUTIONS, *rows)
    assert [(each["Result"], each["Code"]) for each in again] == [("UNCHANGED", "not_decided")] * 7
    filled = {"Resolution Status": "VALID", "Action Tracker": builders.SALE}
    decided = room.whole(Kind.RESOLUTIONS, *(each | filled for each in rows))
    assert [(each["Result"], each["Code"]) for each in decided] == [("APPLIED", "valid")] * 7
    last = room.order(SheetKind.UNDECIDED)
    room.deliver()
    assert listed(room, last) == []


def test_what_is_decided_meanwhile_is_left_out_and_counted(room: Room) -> None:
    ids = waiting(room, 8)
    sheet_id = room.order(SheetKind.UNDECIDED)
    room.work(room.queue.waiting.pop(0))
    for each in ids[2:4]:
        withdrawn(room, each)
    room.deliver()
    assert sorted(listed(room, sheet_id)) == sorted({*ids} - {*ids[2:4]})
    summary = room.summary(sheet_id)
    assert (summary["rows"], summary["decided_meanwhile"]) == (6, 2)
    assert summary["money"] == {"order_amounts": {"USD": "600.00"}}
    assert seen(room, sheet_id).rows_done == seen(room, sheet_id).row_count == 8


STEPS = ("start_upload", "cut_upload", "finish_chunk", "finish_upload")


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_anywhere_is_taken_up_where_it_was(room: Room, step: str) -> None:
    ids = waiting(room, 7)
    sheet_id = room.order(SheetKind.UNDECIDED)
    messages: list[dict[str, object]] = [{"upload_id": sheet_id, "chunk": CUTTING}]
    for _ in range(2):
        with room.stopped_before(step):
            room.deliver([*messages, *room.queue.waiting])
    room.deliver(messages)
    room.deliver()
    assert sorted(listed(room, sheet_id), reverse=True) == ids


def test_two_that_cut_at_once_make_the_sheet_of_one_of_them(room: Room) -> None:
    """The second has begun before the first was done, and sees an inquiry more."""
    ids = waiting(room, 5)
    sheet_id = room.order(SheetKind.UNDECIDED)
    message = room.queue.waiting.pop(0)
    cut: Callable[..., bool] = room.kept.cut_upload

    def overtaken(*asked: object) -> bool:
        del room.kept.cut_upload
        waiting(room, 1, "B")
        room.work(message)
        return cut(*asked)

    room.kept.cut_upload = overtaken
    with pytest.raises(Unavailable):
        room.work(message)
    handed_on = list(room.queue.waiting)
    room.work(message)
    assert room.queue.waiting == handed_on
    room.deliver()
    found = listed(room, sheet_id)
    assert len(found) == len({*found}) == seen(room, sheet_id).row_count == 6
    assert {*ids} < {*found}


def test_parts_in_any_order_any_number_of_times_give_the_same_sheet(room: Room) -> None:
    ids = waiting(room, 10)
    results = set()
    for seed in range(5):
        sheet_id = room.order(SheetKind.UNDECIDED)
        room.work(room.queue.waiting.pop(0))
        messages = room.queue.waiting * 3
        room.queue.waiting = []
        Random(seed).shuffle(messages)
        room.deliver(messages)
        results.add(tuple(listed(room, sheet_id)))
    assert len(results) == 1
    assert sorted(results.pop(), reverse=True) == ids


def test_a_sheet_of_which_a_part_cannot_be_made_ends_and_says_so(room: Room) -> None:
    waiting(room, 4)
    sheet_id = room.order(SheetKind.UNDECIDED)
    room.work(room.queue.waiting.pop(0))
    key = ingestion.set_aside(room.context, sheet_id, 1)
    assert key == seen(room, sheet_id).place.key
    room.deliver()
    made = seen(room, sheet_id)
    assert (made.state, made.fault) == (UploadState.FAILED, exports.NotMade.message)
    (row,) = room.result(sheet_id)
    assert (row["Result"], row["Code"]) == ("REJECTED", "not_made")
    assert ingestion.set_aside(room.context, sheet_id, 2) == ""


def test_a_sheet_that_could_not_even_be_cut_ends_and_says_so(room: Room) -> None:
    sheet_id = room.order(SheetKind.UNDECIDED)
    for _ in range(8):
        with room.stopped_before("start_upload"):
            room.work({"upload_id": sheet_id, "chunk": CUTTING})
    assert seen(room, sheet_id).state is UploadState.AWAITED
    assert ingestion.set_aside(room.context, sheet_id, CUTTING)
    assert seen(room, sheet_id).state is UploadState.FAILED


def test_a_sheet_that_would_be_too_long_has_the_newest(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = waiting(room, 12)
    monkeypatch.setattr(exports, "ROWS_MAX", 10)
    sheet_id = room.order(SheetKind.UNDECIDED)
    room.deliver()
    assert listed(room, sheet_id) == ids[:10]


def test_a_sheet_of_approvals_lists_the_actions_that_wait_for_one(room: Room) -> None:
    room.kept.terms = builders.terms(locking="OPEN_ENDED")
    room.whole(Kind.CONVERSIONS, *(conversion(f"C-{at}") for at in range(4)))
    sheet_id = room.order(SheetKind.APPROVALS)
    room.deliver()
    rows = room.result(sheet_id)
    assert {each["Order Id"] for each in rows} == {f"C-{at}" for at in range(4)}
    assert list(rows[0]) == list(APPROVAL_HEADER)
    approved = room.whole(Kind.ACTIONS, *(each | {"Reason": "APPROVED"} for each in rows))
    assert [each["Result"] for each in approved] == ["APPLIED"] * 4
