"""Whatever dies, comes twice, late or at once: no row is lost, applied twice, or told otherwise."""

from collections.abc import Callable
from random import Random

import pytest
from makegood.domain.inquiries import InquiryState
from makegood.domain.uploads import Kind, UploadState
from makegood.files import ingestion
from makegood.files.ingestion import Arrival
from makegood.forms.claims import AnswerRequest, WithdrawalRequest
from makegood.usecases import unit_of_work
from makegood.usecases.answer_claim import AnswerWork, WithdrawalWork
from makegood.usecases.view import Ask

from tests import builders
from tests.memory_ingest import NOW, Ingest, answer, claim, conversion, table
from tests.reference import check


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 3)
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    return Ingest()


def told(ingest: Ingest, upload_id: str) -> list[tuple[str, str]]:
    return [(each["Result"], each["Code"]) for each in ingest.result(upload_id)]


def claimed(ingest: Ingest, *order_ids: str) -> list[str]:
    """Claims on file; their inquiries' ids."""
    rows = ingest.whole(Kind.INQUIRIES, *(claim(each) for each in order_ids))
    return [each["Uri"].rpartition("/")[2] for each in rows]


def by_hand(ingest: Ingest, inquiry_id: str, withdrawing: bool = False) -> None:
    """The partner answers, or withdraws, by HTTP."""
    store, fields = ingest.context.store, {"Id": inquiry_id, "InquiryNotes": "Receipt attached"}
    if withdrawing:
        asked = Ask(WithdrawalRequest.read(fields), "api:1")
        unit_of_work.one(store, WithdrawalWork("10001", NOW), asked)
    else:
        unit_of_work.one(store, AnswerWork("10001", NOW), Ask(AnswerRequest.read(fields), "api:1"))


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
    ingest: Ingest, step: str, row_count: int
) -> None:
    data = table(*(claim(f"A-{at}") for at in range(row_count)))
    place = ingest.place(Kind.INQUIRIES)
    ingest.inbox.kept[place.key] = data
    for _ in range(2):
        with ingest.stopped_before(step):
            ingestion.receive(ingest.context, Arrival(place.key, "v1"))
            ingest.deliver(ingest.queue.waiting)
    ingest.arrive(place.upload_id, place.key)
    ingest.deliver()
    assert told(ingest, place.upload_id) == [("APPLIED", "unresolved")] * row_count
    assert len(ingest.kept.inquiries) == row_count
    check(ingest.kept, NOW)


def test_a_lone_chunk_whose_worker_died_for_good_is_found_in_the_queue(ingest: Ingest) -> None:
    with ingest.stopped_before("finish_chunk"):
        ingest.send(Kind.INQUIRIES, table(claim("A-1")))
    ingest.deliver()
    assert told(ingest, "U1") == [("APPLIED", "unresolved")]


def test_what_is_cut_is_not_cut_again(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(7))))
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 2)
    ingest.arrive(upload_id)
    ingest.deliver()
    assert told(ingest, upload_id) == [("APPLIED", "unresolved")] * 7


def test_chunks_in_any_order_any_number_of_times_give_the_same_result(ingest: Ingest) -> None:
    rows = [claim(f"A-{at}", "0" if at == 5 else "100.00") for at in range(11)]
    results = set()
    for seed in range(6):
        ingest.kept.inquiries.clear()
        upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
        messages = ingest.queue.waiting * 3
        Random(seed).shuffle(messages)
        ingest.deliver(messages)
        ingest.queue.waiting = []
        results.add(tuple(told(ingest, upload_id)))
        upload = ingest.kept.uploads[upload_id]
        assert (upload.state, upload.chunks_done, upload.rows_done) == (UploadState.DONE, 4, 11)
    assert results == {
        (*[("APPLIED", "unresolved")] * 5, ("REJECTED", "not_positive"))
        + (("APPLIED", "unresolved"),) * 5
    }


def redelivered(
    ingest: Ingest,
    kind: Kind,
    *rows: dict[str, str],
    between: Callable[[], None] = lambda: None,
) -> list[tuple[str, str]]:
    """A chunk that is done but not counted, and comes again after something else has happened."""
    with ingest.stopped_before("finish_chunk"):
        ingest.send(kind, table(*rows))
    message = ingest.queue.waiting[-1]
    between()
    ingest.deliver([message])
    check(ingest.kept, NOW)
    return told(ingest, message["upload_id"])


def test_two_decisions_on_one_inquiry_are_both_told_again_as_they_were(ingest: Ingest) -> None:
    (inquiry_id,) = claimed(ingest, "A-1")
    rows = [answer(inquiry_id, "INCOMPLETE"), answer(inquiry_id, "VALID")]
    assert redelivered(ingest, Kind.RESOLUTIONS, *rows) == [
        ("APPLIED", "incomplete"),
        ("APPLIED", "valid"),
    ]
    assert ingest.result(f"U{ingest.sent}")[1]["Message"].endswith(
        "is pending until it locks on 2026-03-16; payout 5.00 USD"
    )


def test_what_was_asked_and_answered_meanwhile_is_not_asked_again(ingest: Ingest) -> None:
    (inquiry_id,) = claimed(ingest, "A-1")
    row = answer(inquiry_id, "INCOMPLETE")
    again = redelivered(ingest, Kind.RESOLUTIONS, row, between=lambda: by_hand(ingest, inquiry_id))
    assert again == [("APPLIED", "incomplete")]
    assert ingest.kept.inquiries[inquiry_id].state is InquiryState.UNRESOLVED


def test_questions_before_any_answer_are_each_asked_once_however_many(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 6)
    (inquiry_id,) = claimed(ingest, "A-1")
    questions = [f"Question {each}" for each in range(6)]
    rows = [answer(inquiry_id, "INCOMPLETE", **{"Resolution Notes": each}) for each in questions]
    again = redelivered(ingest, Kind.RESOLUTIONS, *rows)
    assert again == [("APPLIED", "incomplete")] * 6
    inquiry = ingest.kept.inquiries[inquiry_id]
    assert [each.text for each in inquiry.comments] == questions
    assert inquiry.version == 7


def test_notes_that_a_claim_brings_again_are_added_once_and_told_alike(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 4)
    claimed(ingest, "A-1")
    rows = [claim("A-1", Notes=each) for each in ("Receipt", "Invoice", "Receipt", "")]
    again = redelivered(ingest, Kind.INQUIRIES, *rows)
    added, same = ("APPLIED", "unresolved"), ("UNCHANGED", "same_unresolved")
    assert again == [added, added, same, same]
    (inquiry,) = ingest.kept.inquiries.values()
    assert [each.text for each in inquiry.comments] == ["Receipt", "Invoice"]
    assert (inquiry.version, inquiry.claim.notes) == (3, "")


def test_notes_that_come_after_the_decision_say_so_in_their_row(ingest: Ingest) -> None:
    (inquiry_id,) = claimed(ingest, "A-1")
    ingest.whole(Kind.RESOLUTIONS, answer(inquiry_id, "DECLINED"))
    (row,) = ingest.whole(Kind.INQUIRIES, claim("A-1", Notes="Receipt"))
    assert (row["Result"], row["Code"]) == ("UNCHANGED", "same_declined")
    assert (
        f"the new notes were not kept; to appeal, file again with AppealOf={inquiry_id}"
        in (row["Message"])
    )


def test_what_was_filed_and_withdrawn_meanwhile_is_not_filed_again(ingest: Ingest) -> None:
    def withdraw() -> None:
        (inquiry_id,) = ingest.kept.inquiries
        by_hand(ingest, inquiry_id, withdrawing=True)

    again = redelivered(ingest, Kind.INQUIRIES, claim("A-1"), between=withdraw)
    assert again == [("APPLIED", "withdrawn")]
    assert len(ingest.kept.inquiries) == 1


def test_a_conversion_that_was_changed_meanwhile_is_still_the_row_s_own(ingest: Ingest) -> None:
    def change() -> None:
        rows = ingest.whole(
            Kind.ACTIONS,
            {
                "Order Id": "A-1",
                "Action Tracker": builders.SALE,
                "Reason": "ITEM_RETURNED",
                "Amount": "60.00",
            },
        )
        assert rows[0]["Result"] == "APPLIED"

    again = redelivered(ingest, Kind.CONVERSIONS, conversion("A-1"), between=change)
    assert again == [("APPLIED", "tracked")]


def test_of_two_files_that_decide_one_inquiry_at_once_one_wins(ingest: Ingest) -> None:
    ids = claimed(ingest, "A-1", "A-2")

    def other_file() -> None:
        other = [answer(ids[0], "DECLINED"), answer(ids[1], "VALID")]
        assert {each["Result"] for each in ingest.whole(Kind.RESOLUTIONS, *other)} == {"APPLIED"}

    ingest.kept.before_commits.append(other_file)
    rows = ingest.whole(Kind.RESOLUTIONS, *(answer(each, "VALID") for each in ids))
    mine = [(each["Result"], each["Code"]) for each in ingest.result("U2")]
    assert mine == [("REJECTED", "already_decided"), ("UNCHANGED", "same_valid")]
    assert rows
    assert len(ingest.kept.actions) == 1
    check(ingest.kept, NOW)


def test_of_two_deliveries_at_once_the_one_that_counts_is_joined(ingest: Ingest) -> None:
    upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(4))), dry=True)
    first, second = ingest.queue.waiting
    ingest.kept.chunks.clear()

    def rival(*arguments: object) -> bool:
        del ingest.kept.finish_chunk
        ingest.kept.campaign = builders.a_campaign(inquiries_enabled=False)
        ingest.deliver([first])
        return ingest.kept.finish_chunk(*arguments)

    ingest.kept.finish_chunk = rival
    ingest.deliver([first, second])
    counted = ingest.summary(upload_id)["results"]
    results = [result for result, _ in told(ingest, upload_id)]
    assert {name: each["rows"] for name, each in counted.items() if each["rows"]} == {
        name: results.count(name) for name in set(results)
    }


class TestSetAside:
    def test_a_chunk_that_nothing_helps_is_told_and_the_file_finishes(self, ingest: Ingest) -> None:
        rows = [claim(f"A-{at}") for at in range(7)]
        upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
        first, poisoned, last = ingest.queue.waiting
        ingest.deliver([first, last])
        key = ingestion.set_aside(ingest.context, upload_id, poisoned["chunk"])
        assert key == ingest.kept.uploads[upload_id].place.key
        done, failed = ("APPLIED", "unresolved"), ("REJECTED", "set_aside")
        assert told(ingest, upload_id) == [done] * 3 + [failed] * 3 + [done]
        assert ingest.kept.uploads[upload_id].state is UploadState.DONE
        assert ingest.summary(upload_id)["set_aside"] == 3
        assert ingest.summary(upload_id)["results"]["REJECTED"]["rows"] == 3
        again = ingest.send(Kind.INQUIRIES, table(*rows))
        ingest.deliver()
        assert [code for _, code in told(ingest, again)] == (
            ["same_unresolved"] * 3 + ["unresolved"] * 3 + ["same_unresolved"]
        )

    def test_it_is_set_aside_once_and_what_was_done_after_all_stays(self, ingest: Ingest) -> None:
        upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(4))))
        first, second = ingest.queue.waiting
        ingest.deliver([first])
        assert ingestion.set_aside(ingest.context, upload_id, 1) == ""
        assert ingestion.set_aside(ingest.context, upload_id, 2)
        assert ingestion.set_aside(ingest.context, upload_id, 2) == ""
        ingest.deliver([second])
        assert [result for result, _ in told(ingest, upload_id)] == ["APPLIED"] * 3 + ["REJECTED"]
