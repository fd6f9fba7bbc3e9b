"""Rows of one file that touch the same thing: in their order, through every chunk of the chain."""

from typing import Any

import pytest
from makegood.domain.uploads import Kind, UploadState
from makegood.files import chunks, ingestion, ordered_chunks
from makegood.usecases import unit_of_work

from tests import builders
from tests.memory_ingest import NOW, Ingest, claim, conversion, table
from tests.reference import check

APPLIED, ASIDE = ("APPLIED", "unresolved"), ("REJECTED", "set_aside")


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 2)
    monkeypatch.setattr(chunks, "LISTED_TOGETHER", 2)
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    return Ingest()


def change(order_id: str, amount: str, **more: str) -> dict[str, str]:
    named = {"Order Id": order_id, "Action Tracker": builders.SALE}
    return {**named, "Reason": "ORDER_UPDATE", "Amount": amount, **more}


def told(ingest: Ingest, upload_id: str) -> list[tuple[str, str]]:
    return [(each["Result"], each["Code"]) for each in ingest.result(upload_id)]


def amounts(ingest: Ingest) -> dict[str, str]:
    return {each.order.order_id: str(each.order_amount) for each in ingest.kept.actions.values()}


def of_twice(count: int) -> list[dict[str, str]]:
    """60.00 for each order, and then 40.00 for each."""
    names = [f"A-{at}" for at in range(count)]
    return [change(each, amount) for amount in ("60.00", "40.00") for each in names]


def tracked(ingest: Ingest, count: int) -> None:
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"A-{at}") for at in range(count)))


def test_the_last_row_about_an_order_counts_though_its_chunk_came_first(ingest: Ingest) -> None:
    tracked(ingest, 3)
    rows = of_twice(3)
    upload_id = ingest.send(Kind.ACTIONS, table(*rows))
    for _ in rows:
        ingest.deliver(ingest.queue.waiting[::-1])
    assert told(ingest, upload_id) == [("APPLIED", "modified")] * 6
    assert set(amounts(ingest).values()) == {"40.00"}


def test_of_two_claims_of_one_order_the_first_becomes_the_inquiry(ingest: Ingest) -> None:
    lone = [claim(f"L-{at}") for at in range(9)]
    upload_id = ingest.send(
        Kind.INQUIRIES, table(*lone[:4], claim("A-1", "10.00"), *lone[4:], claim("A-1", "20.00"))
    )
    ingest.deliver(ingest.queue.waiting[::-1])
    ingest.deliver()
    (inquiry,) = [e for e in ingest.kept.inquiries.values() if e.claim.order_id == "A-1"]
    assert str(inquiry.claim.order_amount) == "10.00"
    assert told(ingest, upload_id) == [APPLIED] * 10 + [("REJECTED", "live_inquiry")]
    assert [each["Order Id"] for each in ingest.result(upload_id)][4::6] == ["A-1", "A-1"]


def test_only_rows_that_repeat_a_subject_wait_for_others(ingest: Ingest) -> None:
    rows = [claim(each) for each in "ABCDEFGHA"]
    upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
    upload = ingest.kept.uploads[upload_id]
    assert (upload.chunk_count, upload.ordered_from) == (6, 6)
    assert [each["chunk"] for each in ingest.queue.waiting] == [1, 2, 3, 4, 5, 6]
    found = [[line for line, _ in chunks.read(ingest.context, upload, at)[1]] for at in range(1, 7)]
    assert found == [[3], [4, 5], [6, 7], [8, 9], [], [2, 10]]


def test_where_most_rows_repeat_one_all_act_in_turn(ingest: Ingest) -> None:
    upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "ABCAB")))
    upload = ingest.kept.uploads[upload_id]
    assert (upload.chunk_count, upload.ordered_from) == (3, 1)
    assert [each["chunk"] for each in ingest.queue.waiting] == [1]


def test_a_file_without_repetitions_is_worked_on_as_ever(ingest: Ingest) -> None:
    upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "ABC")))
    assert ingest.kept.uploads[upload_id].ordered_from is None
    ingest.deliver()
    assert ingest.kept.progresses == {}
    assert not any("apart" in key for key in ingest.results.kept)


def test_a_chunk_goes_on_where_its_worker_died(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 7)
    monkeypatch.setattr(ordered_chunks, "GROUP_ROWS_MAX", 2)
    tracked(ingest, 4)
    commits: list[object] = []
    commit = ingest.kept.commit

    def dying(*asked: Any, **more: Any) -> None:
        if len(commits) == 3:
            commits.clear()
            raise MemoryError
        commits.append(asked)
        commit(*asked, **more)

    ingest.kept.commit = dying
    upload_id = ingest.send(Kind.ACTIONS, table(*of_twice(4)))
    with pytest.raises(MemoryError):
        ingest.deliver(ingest.queue.waiting)
    del ingest.kept.commit
    (progress,) = ingest.kept.progresses.values()
    assert (progress.version, progress.rows_done) == (3, 6)
    ingest.deliver()
    assert told(ingest, upload_id) == [("APPLIED", "modified")] * 8
    assert set(amounts(ingest).values()) == {"40.00"}
    check(ingest.kept, NOW)


def test_a_refused_row_is_not_decided_again_after_later_rows(ingest: Ingest) -> None:
    """A claim of an order is refused while another is live, and would not be once that is gone."""
    rows = [claim("A-1"), claim("A-1", "20.00"), claim("A-1", "20.00", Type="INCORRECT")]
    with ingest.stopped_before("finish_chunk"):
        upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
        ingest.deliver(ingest.queue.waiting)
    ingest.kept.inquiries.clear()
    ingest.deliver()
    assert told(ingest, upload_id)[:2] == [APPLIED, ("REJECTED", "live_inquiry")]


def test_dry_rows_of_a_chain_see_what_those_before_them_would_have_done(ingest: Ingest) -> None:
    tracked(ingest, 3)
    rows = [*of_twice(3), change("A-0", "40.00")]
    upload_id = ingest.send(Kind.ACTIONS, table(*rows), dry=True)
    ingest.deliver()
    modified, same = ("APPLIED", "modified"), ("UNCHANGED", "same_action")
    assert told(ingest, upload_id) == [modified] * 6 + [same]
    assert set(amounts(ingest).values()) == {"100.00"}


@pytest.mark.parametrize("step", ["finish_chunk", "finish_upload"])
def test_a_dry_chain_longer_than_one_view_comes_to_its_end(
    ingest: Ingest, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered_chunks, "DRY_CHUNKS", 2)
    tracked(ingest, 5)
    place = ingest.place(Kind.ACTIONS)
    ingest.kept.open_upload(ingestion.Upload(place, NOW, dry=True))
    ingest.inbox.kept[place.key] = table(*of_twice(5))
    ingest.arrive(place.upload_id)
    with ingest.stopped_before(step):
        ingest.deliver(ingest.queue.waiting)
    ingest.deliver()
    assert told(ingest, place.upload_id) == [("APPLIED", "modified")] * 10
    assert ingest.summary(place.upload_id)["rows"] == 10


class TestLate:
    """A worker that stood still, and goes on after its chunk was counted without it."""

    def test_one_of_an_ordinary_chunk_changes_nothing(self, ingest: Ingest) -> None:
        rows = [claim("A"), claim("B"), claim("C")]
        upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
        ingest.kept.before_commits.append(lambda: ingestion.set_aside(ingest.context, upload_id, 1))
        ingest.deliver()
        assert told(ingest, upload_id) == [ASIDE, ASIDE, APPLIED]
        assert len(ingest.kept.inquiries) == 1

    def test_nor_row_by_row_where_its_group_was_contested(self, ingest: Ingest) -> None:
        def meanwhile() -> None:
            ingestion.set_aside(ingest.context, upload_id, 1)
            ingest.whole(Kind.INQUIRIES, claim("A"))

        upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "ABC")))
        ingest.kept.before_commits.append(meanwhile)
        ingest.deliver()
        assert told(ingest, upload_id) == [ASIDE, ASIDE, APPLIED]
        assert {each.claim.order_id for each in ingest.kept.inquiries.values()} == {"A", "C"}

    def test_one_of_a_chain_changes_nothing(self, ingest: Ingest) -> None:
        upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "AABB")))
        late = ingest.queue.waiting.copy()

        def meanwhile() -> None:
            ingestion.set_aside(ingest.context, upload_id, 1)
            ingest.deliver()

        ingest.kept.before_commits.append(meanwhile)
        ingest.deliver(late)
        assert told(ingest, upload_id) == [ASIDE, ASIDE, APPLIED, ("UNCHANGED", "same_unresolved")]
        assert {each.claim.order_id for each in ingest.kept.inquiries.values()} == {"B"}

    def test_who_is_overtaken_goes_on_from_where_the_other_is(self, ingest: Ingest) -> None:
        tracked(ingest, 2)
        upload_id = ingest.send(Kind.ACTIONS, table(*of_twice(2)))
        late = ingest.queue.waiting.copy()
        ingest.kept.before_commits.append(lambda: ingest.deliver(late))
        ingest.deliver()
        assert told(ingest, upload_id) == [("APPLIED", "modified")] * 4
        assert set(amounts(ingest).values()) == {"40.00"}
        assert len(ingest.kept.updates) == 4


class TestSetAside:
    def test_a_chain_goes_on_with_the_next_chunk(self, ingest: Ingest) -> None:
        tracked(ingest, 3)
        upload_id = ingest.send(Kind.ACTIONS, table(*of_twice(3)))
        ingest.deliver(ingest.queue.waiting[:1])
        assert ingestion.set_aside(ingest.context, upload_id, 2)
        ingest.deliver(ingest.queue.waiting[-1:])
        modified = ("APPLIED", "modified")
        assert told(ingest, upload_id) == [modified, modified, ASIDE, ASIDE, modified, modified]
        assert ingest.kept.uploads[upload_id].state is UploadState.DONE
        assert ingest.summary(upload_id)["set_aside"] == 2

    def test_rows_that_were_done_keep_their_results(
        self, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ordered_chunks, "GROUP_ROWS_MAX", 1)
        upload_id = ingest.send(Kind.INQUIRIES, table(claim("A"), claim("A"), claim("A", "9.00")))
        ingest.kept.before_commits = [lambda: None, lambda: 1 / 0]
        with pytest.raises(ZeroDivisionError):
            ingest.deliver(ingest.queue.waiting)
        assert ingestion.set_aside(ingest.context, upload_id, 1)
        ingest.deliver()
        assert told(ingest, upload_id) == [APPLIED, ASIDE, ("REJECTED", "live_inquiry")]

    def test_what_was_done_after_all_stays(self, ingest: Ingest) -> None:
        upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "AAB")))
        ingest.deliver(ingest.queue.waiting[:1])
        assert ingestion.set_aside(ingest.context, upload_id, 1) == ""
        ingest.deliver()
        assert told(ingest, upload_id)[0] == APPLIED

    def test_chunks_of_a_dry_run_that_are_decided_together_are_set_aside_together(
        self, ingest: Ingest
    ) -> None:
        upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(each) for each in "AABB")), dry=True)
        assert ingestion.set_aside(ingest.context, upload_id, 1)
        assert told(ingest, upload_id) == [ASIDE] * 4
