"""Whatever dies, comes twice, late or at once: no row is lost, applied twice, or told otherwise."""

from collections.abc import Callable
from random import Random

import pytest
from makegood.domain.inquiries import InquiryState
from makegood.domain.uploads import Kind, UploadState
from makegood.files import ingestion
from makegood.files.ingestion import Arrival
from makegood.usecases import unit_of_work
from makegood.usecases.file_claim import ReplyWork
from makegood.usecases.unit_of_work import Asked

from tests import builders
from tests.reference import check
from tests.room import NOW, Room, answer, claim, conversion, table


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 3)
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    return Room()


def told(room: Room, upload_id: str) -> list[tuple[str, str]]:
    return [(each["Result"], each["Code"]) for each in room.result(upload_id)]


def claimed(room: Room, *order_ids: str) -> list[str]:
    """Claims on file; their inquiries' ids."""
    rows = room.whole(Kind.INQUIRIES, *(claim(each) for each in order_ids))
    return [each["Uri"].rpartition("/")[2] for each in rows]


def by_hand(room: Room, inquiry_id: str, withdrawing: bool = False) -> None:
    """The partner answers, or withdraws, by HTTP."""
    work = ReplyWork("10001", NOW, withdrawing=withdrawing)
    asked = Asked({"Id": inquiry_id, "InquiryNotes": "Receipt attached"}, "api:1")
    unit_of_work.one(room.context.store, work, asked)


STEPS = (
    "open_upload",
    "start_upload",
    "cut_upload",
    "note_handed_on",
    "finish_chunk",
    "finish_upload",
)


@pytest.mark.parametrize("step", [*STEPS, "commit"])
@pytest.mark.parametrize("row_count", [2, 7], ids=["lone chunk", "chunks"])
def test_a_worker_that_dies_anywhere_is_taken_up_where_it_was(
    room: Room, step: str, row_count: int
) -> None:
    data = table(*(claim(f"A-{at}") for at in range(row_count)))
    place = room.place(Kind.INQUIRIES)
    room.inbox.kept[place.key] = data
    for _ in range(2):
        with room.stopped_before(step):
            ingestion.receive(room.context, Arrival(place.key, "v1"))
            room.deliver(room.queue.waiting)
    room.arrive(place.upload_id, place.key)
    room.deliver()
    assert told(room, place.upload_id) == [("APPLIED", "unresolved")] * row_count
    assert len(room.kept.inquiries) == row_count
    check(room.kept, NOW)


def test_a_lone_chunk_whose_worker_died_for_good_is_found_in_the_queue(room: Room) -> None:
    with room.stopped_before("finish_chunk"):
        room.send(Kind.INQUIRIES, table(claim("A-1")))
    room.deliver()
    assert told(room, "U1") == [("APPLIED", "unresolved")]


def test_what_is_cut_is_not_cut_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    upload_id = room.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(7))))
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 2)
    room.arrive(upload_id)
    room.deliver()
    assert told(room, upload_id) == [("APPLIED", "unresolved")] * 7


def test_chunks_in_any_order_any_number_of_times_give_the_same_result(room: Room) -> None:
    rows = [claim(f"A-{at}", "0" if at == 5 else "100.00") for at in range(11)]
    results = set()
    for seed in range(6):
        room.kept.inquiries.clear()
        upload_id = room.send(Kind.INQUIRIES, table(*rows))
        messages = room.queue.waiting * 3
        Random(seed).shuffle(messages)
        room.deliver(messages)
        room.queue.waiting = []
        results.add(tuple(told(room, upload_id)))
        upload = room.kept.uploads[upload_id]
        assert (upload.state, upload.chunks_done, upload.rows_done) == (UploadState.DONE, 4, 11)
    assert results == {
        (*[("APPLIED", "unresolved")] * 5, ("REJECTED", "not_positive"))
        + (("APPLIED", "unresolved"),) * 5
    }


def redelivered(
    room: Room,
    kind: Kind,
    *rows: dict[str, str],
    between: Callable[[], None] = lambda: None,
) -> list[tuple[str, str]]:
    """A chunk that is done but not counted, and comes again after something else has happened."""
    with room.stopped_before("finish_chunk"):
        room.send(kind, table(*rows))
    message = room.queue.waiting[-1]
    between()
    room.deliver([message])
    check(room.kept, NOW)
    return told(room, message["upload_id"])


def test_two_decisions_on_one_inquiry_are_both_told_again_as_they_were(room: Room) -> None:
    (inquiry_id,) = claimed(room, "A-1")
    rows = [answer(inquiry_id, "INCOMPLETE"), answer(inquiry_id, "VALID")]
    assert redelivered(room, Kind.RESOLUTIONS, *rows) == [
        ("APPLIED", "incomplete"),
        ("APPLIED", "valid"),
    ]
    assert room.result(f"U{room.sent}")[1]["Message"].endswith(
        "is pending until it locks on 2026-03-16; payout 5.00 USD"
    )


def test_what_was_asked_and_answered_meanwhile_is_not_asked_again(room: Room) -> None:
    (inquiry_id,) = claimed(room, "A-1")
    row = answer(inquiry_id, "INCOMPLETE")
    again = redelivered(room, Kind.RESOLUTIONS, row, between=lambda: by_hand(room, inquiry_id))
    assert again == [("APPLIED", "incomplete")]
    assert room.kept.inquiries[inquiry_id].state is InquiryState.UNRESOLVED


def test_questions_before_any_answer_are_each_asked_once_however_many(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 6)
    (inquiry_id,) = claimed(room, "A-1")
    questions = [f"Question {each}" for each in range(6)]
    rows = [answer(inquiry_id, "INCOMPLETE", **{"Resolution Notes": each}) for each in questions]
    again = redelivered(room, Kind.RESOLUTIONS, *rows)
    assert again == [("APPLIED", "incomplete")] * 6
    inquiry = room.kept.inquiries[inquiry_id]
    assert [each.text for each in inquiry.comments] == questions
    assert inquiry.version == 7


def test_notes_that_a_claim_brings_again_are_added_once_and_told_alike(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 4)
    claimed(room, "A-1")
    rows = [claim("A-1", Notes=each) for each in ("Receipt", "Invoice", "Receipt", "")]
    again = redelivered(room, Kind.INQUIRIES, *rows)
    added, same = ("APPLIED", "unresolved"), ("UNCHANGED", "same_unresolved")
    assert again == [added, added, same, same]
    (inquiry,) = room.kept.inquiries.values()
    assert [each.text for each in inquiry.comments] == ["Receipt", "Invoice"]
    assert (inquiry.version, inquiry.claim.notes) == (3, "")


def test_notes_that_come_after_the_decision_say_so_in_their_row(room: Room) -> None:
    (inquiry_id,) = claimed(room, "A-1")
    room.whole(Kind.RESOLUTIONS, answer(inquiry_id, "DECLINED"))
    (row,) = room.whole(Kind.INQUIRIES, claim("A-1", Notes="Receipt"))
    assert (row["Result"], row["Code"]) == ("UNCHANGED", "same_declined")
    assert (
        f"the new notes were not kept; to appeal, file again with AppealOf={inquiry_id}"
        in (row["Message"])
    )


def test_what_was_filed_and_withdrawn_meanwhile_is_not_filed_again(room: Room) -> None:
    def withdraw() -> None:
        (inquiry_id,) = room.kept.inquiries
        by_hand(room, inquiry_id, withdrawing=True)

    again = redelivered(room, Kind.INQUIRIES, claim("A-1"), between=withdraw)
    assert again == [("APPLIED", "withdrawn")]
    assert len(room.kept.inquiries) == 1


def test_a_conversion_that_was_changed_meanwhile_is_still_the_row_s_own(room: Room) -> None:
    def change() -> None:
        rows = room.whole(
            Kind.ACTIONS,
            {
                "Order Id": "A-1",
                "Action Tracker": builders.SALE,
                "Reason": "ITEM_RETURNED",
                "Amount": "60.00",
            },
        )
        assert rows[0]["Result"] == "APPLIED"

    again = redelivered(room, Kind.CONVERSIONS, conversion("A-1"), between=change)
    assert again == [("APPLIED", "tracked")]


def test_of_two_files_that_decide_one_inquiry_at_once_one_wins(room: Room) -> None:
    ids = claimed(room, "A-1", "A-2")

    def other_file() -> None:
        other = [answer(ids[0], "DECLINED"), answer(ids[1], "VALID")]
        assert {each["Result"] for each in room.whole(Kind.RESOLUTIONS, *other)} == {"APPLIED"}

    room.kept.before_commits.append(other_file)
    rows = room.whole(Kind.RESOLUTIONS, *(answer(each, "VALID") for each in ids))
    mine = [(each["Result"], each["Code"]) for each in room.result("U2")]
    assert mine == [("REJECTED", "already_decided"), ("UNCHANGED", "same_valid")]
    assert rows
    assert len(room.kept.actions) == 1
    check(room.kept, NOW)


def test_of_two_deliveries_at_once_the_one_that_counts_is_joined(room: Room) -> None:
    upload_id = room.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(4))), dry=True)
    first, second = room.queue.waiting
    room.kept.chunks.clear()

    def rival(*arguments: object) -> bool:
        del room.kept.finish_chunk
        room.kept.campaign = builders.a_campaign(inquiries_enabled=False)
        room.deliver([first])
        return room.kept.finish_chunk(*arguments)

    room.kept.finish_chunk = rival
    room.deliver([first, second])
    counted = room.summary(upload_id)["results"]
    results = [result for result, _ in told(room, upload_id)]
    assert {name: each["rows"] for name, each in counted.items() if each["rows"]} == {
        name: results.count(name) for name in set(results)
    }


class TestSetAside:
    def test_a_chunk_that_nothing_helps_is_told_and_the_file_finishes(self, room: Room) -> None:
        rows = [claim(f"A-{at}") for at in range(7)]
        upload_id = room.send(Kind.INQUIRIES, table(*rows))
        first, poisoned, last = room.queue.waiting
        room.deliver([first, last])
        key = ingestion.set_aside(room.context, upload_id, poisoned["chunk"])
        assert key == room.kept.uploads[upload_id].place.key
        done, failed = ("APPLIED", "unresolved"), ("REJECTED", "set_aside")
        assert told(room, upload_id) == [done] * 3 + [failed] * 3 + [done]
        assert room.kept.uploads[upload_id].state is UploadState.DONE
        assert room.summary(upload_id)["set_aside"] == 3
        assert room.summary(upload_id)["results"]["REJECTED"]["rows"] == 3
        again = room.send(Kind.INQUIRIES, table(*rows))
        room.deliver()
        assert [code for _, code in told(room, again)] == (
            ["same_unresolved"] * 3 + ["unresolved"] * 3 + ["same_unresolved"]
        )

    def test_it_is_set_aside_once_and_what_was_done_after_all_stays(self, room: Room) -> None:
        upload_id = room.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(4))))
        first, second = room.queue.waiting
        room.deliver([first])
        assert ingestion.set_aside(room.context, upload_id, 1) == ""
        assert ingestion.set_aside(room.context, upload_id, 2)
        assert ingestion.set_aside(room.context, upload_id, 2) == ""
        room.deliver([second])
        assert [result for result, _ in told(room, upload_id)] == ["APPLIED"] * 3 + ["REJECTED"]
