"""Sheets: all that waits, each thing once, whatever dies, comes twice or is decided meanwhile."""

from collections.abc import Callable
from random import Random

import pytest
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import CUTTING, Kind, SheetKind, Upload, UploadState
from makegood.files import exports, ingestion
from makegood.files.export_rows import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.forms.claims import WithdrawalRequest
from makegood.usecases import unit_of_work
from makegood.usecases.answer_claim import WithdrawalWork
from makegood.usecases.view import Ask

from tests import builders
from tests.memory_ingest import NOW, Ingest, claim, conversion

CHUNK_ROWS = 3


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setattr(exports, "CHUNK_ROWS", CHUNK_ROWS)
    monkeypatch.setattr(exports, "KEYS_READ", 2 * CHUNK_ROWS)
    return Ingest()


def waiting(ingest: Ingest, count: int, name: str = "A") -> list[str]:
    """So many claims are filed; their inquiries' ids, newest first, as lists have them."""
    rows = ingest.whole(Kind.INQUIRIES, *(claim(f"{name}-{at}") for at in range(count)))
    return sorted((each["Uri"].rpartition("/")[2] for each in rows), reverse=True)


def withdrawn(ingest: Ingest, inquiry_id: str) -> None:
    asked = Ask(WithdrawalRequest(inquiry_id), "api:1")
    unit_of_work.one(ingest.context.store, WithdrawalWork("10001", NOW), asked)


def listed(ingest: Ingest, sheet_id: str) -> list[str]:
    return [each["Id"] for each in ingest.result(sheet_id)]


def seen(ingest: Ingest, sheet_id: str) -> Upload:
    return ingest.kept.uploads[sheet_id]


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS, CHUNK_ROWS + 1, 5 * CHUNK_ROWS - 1])
def test_a_sheet_has_all_that_waits_and_its_header_once(ingest: Ingest, count: int) -> None:
    ids = waiting(ingest, count) if count else []
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    ingest.deliver()
    assert sorted(listed(ingest, sheet_id), reverse=True) == ids
    made = seen(ingest, sheet_id)
    assert (made.state, made.row_count, made.rows_done) == (UploadState.DONE, count, count)
    body = ingest.results.kept[made.place.result_key("result.csv")].decode("utf-8-sig")
    assert body.startswith(",".join(RESOLUTION_HEADER))
    assert body.count("Resolution Status") == 1


def test_a_sheet_is_sent_back_unchanged_and_then_filled_in(ingest: Ingest) -> None:
    waiting(ingest, 7)
    ingest.order(SheetKind.UNDECIDED)
    ingest.deliver()
    rows = ingest.result("U2")
    again = ingest.whole(Kind.RESOLUTIONS, *rows)
    assert [(each["Result"], each["Code"]) for each in again] == [("UNCHANGED", "not_decided")] * 7
    filled = {"Resolution Status": "VALID", "Action Tracker": builders.SALE}
    decided = ingest.whole(Kind.RESOLUTIONS, *(each | filled for each in rows))
    assert [(each["Result"], each["Code"]) for each in decided] == [("APPLIED", "valid")] * 7
    last = ingest.order(SheetKind.UNDECIDED)
    ingest.deliver()
    assert listed(ingest, last) == []


def test_what_is_decided_meanwhile_is_left_out_and_counted(ingest: Ingest) -> None:
    ids = waiting(ingest, 8)
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    ingest.work(ingest.queue.waiting.pop(0))
    for each in ids[2:4]:
        withdrawn(ingest, each)
    ingest.deliver()
    assert sorted(listed(ingest, sheet_id)) == sorted({*ids} - {*ids[2:4]})
    summary = ingest.summary(sheet_id)
    assert (summary["rows"], summary["decided_meanwhile"]) == (6, 2)
    assert summary["money"] == {"order_amounts": {"USD": "600.00"}}
    assert seen(ingest, sheet_id).rows_done == seen(ingest, sheet_id).row_count == 8


STEPS = ("start_upload", "cut_upload", "finish_chunk", "finish_upload")


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_anywhere_is_taken_up_where_it_was(ingest: Ingest, step: str) -> None:
    ids = waiting(ingest, 7)
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    messages: list[dict[str, object]] = [{"upload_id": sheet_id, "chunk": CUTTING}]
    for _ in range(2):
        with ingest.stopped_before(step):
            ingest.deliver([*messages, *ingest.queue.waiting])
    ingest.deliver(messages)
    ingest.deliver()
    assert sorted(listed(ingest, sheet_id), reverse=True) == ids


def test_two_that_cut_at_once_make_the_sheet_of_one_of_them(ingest: Ingest) -> None:
    """The second has begun before the first was done, and sees an inquiry more."""
    ids = waiting(ingest, 5)
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    message = ingest.queue.waiting.pop(0)
    cut: Callable[..., bool] = ingest.kept.cut_upload

    def overtaken(*asked: object) -> bool:
        del ingest.kept.cut_upload
        waiting(ingest, 1, "B")
        ingest.work(message)
        return cut(*asked)

    ingest.kept.cut_upload = overtaken
    with pytest.raises(Unavailable):
        ingest.work(message)
    handed_on = list(ingest.queue.waiting)
    ingest.work(message)
    assert ingest.queue.waiting == handed_on
    ingest.deliver()
    found = listed(ingest, sheet_id)
    assert len(found) == len({*found}) == seen(ingest, sheet_id).row_count == 6
    assert {*ids} < {*found}


def test_parts_in_any_order_any_number_of_times_give_the_same_sheet(ingest: Ingest) -> None:
    ids = waiting(ingest, 10)
    results = set()
    for seed in range(5):
        sheet_id = ingest.order(SheetKind.UNDECIDED)
        ingest.work(ingest.queue.waiting.pop(0))
        messages = ingest.queue.waiting * 3
        ingest.queue.waiting = []
        Random(seed).shuffle(messages)
        ingest.deliver(messages)
        results.add(tuple(listed(ingest, sheet_id)))
    assert len(results) == 1
    assert sorted(results.pop(), reverse=True) == ids


def test_a_sheet_of_which_a_part_cannot_be_made_ends_and_says_so(ingest: Ingest) -> None:
    waiting(ingest, 4)
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    ingest.work(ingest.queue.waiting.pop(0))
    key = ingestion.set_aside(ingest.context, sheet_id, 1)
    assert key == seen(ingest, sheet_id).place.key
    ingest.deliver()
    made = seen(ingest, sheet_id)
    assert (made.state, made.fault) == (UploadState.FAILED, exports.NotMade.message)
    (row,) = ingest.result(sheet_id)
    assert (row["Result"], row["Code"]) == ("REJECTED", "not_made")
    assert ingestion.set_aside(ingest.context, sheet_id, 2) == ""


def test_a_sheet_that_could_not_even_be_cut_ends_and_says_so(ingest: Ingest) -> None:
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    for _ in range(8):
        with ingest.stopped_before("start_upload"):
            ingest.work({"upload_id": sheet_id, "chunk": CUTTING})
    assert seen(ingest, sheet_id).state is UploadState.AWAITED
    assert ingestion.set_aside(ingest.context, sheet_id, CUTTING)
    assert seen(ingest, sheet_id).state is UploadState.FAILED


def test_a_sheet_that_would_be_too_long_has_the_newest(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = waiting(ingest, 12)
    monkeypatch.setattr(exports, "ROWS_MAX", 10)
    sheet_id = ingest.order(SheetKind.UNDECIDED)
    ingest.deliver()
    assert listed(ingest, sheet_id) == ids[:10]


def test_a_sheet_of_approvals_lists_the_actions_that_wait_for_one(ingest: Ingest) -> None:
    ingest.kept.terms = builders.terms(locking="OPEN_ENDED")
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"C-{at}") for at in range(4)))
    sheet_id = ingest.order(SheetKind.APPROVALS)
    ingest.deliver()
    rows = ingest.result(sheet_id)
    assert {each["Order Id"] for each in rows} == {f"C-{at}" for at in range(4)}
    assert list(rows[0]) == list(APPROVAL_HEADER)
    approved = ingest.whole(Kind.ACTIONS, *(each | {"Reason": "APPROVED"} for each in rows))
    assert [each["Result"] for each in approved] == ["APPLIED"] * 4
