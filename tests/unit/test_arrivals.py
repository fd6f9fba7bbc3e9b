"""Events of files that come twice, late, in any order, or do not say which object they are of."""

import csv
import io
from itertools import permutations

import pytest
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import Kind, UploadState
from makegood.files import chunks as file_chunks
from makegood.files import ingestion
from makegood.files.ingestion import Arrival

from tests.memory_ingest import Ingest, Stopped, claim, table


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 1)
    monkeypatch.setattr(file_chunks, "HANDED_ON_MAX", 2)
    return Ingest()


def chunks(ingest: Ingest) -> list[int]:
    return [each["chunk"] for each in ingest.queue.waiting]


def seven_rows(ingest: Ingest) -> Arrival:
    """A file of seven chunks, in the inbox."""
    place = ingest.place(Kind.INQUIRIES)
    ingest.inbox.put(place.key, table(*(claim(f"A-{at}") for at in range(7))))
    return Arrival(place.key, "v1")


class TestHandingOn:
    def test_an_event_that_comes_again_while_the_file_is_at_work_queues_nothing(
        self, ingest: Ingest
    ) -> None:
        arrival = seven_rows(ingest)
        for _ in range(3):
            ingestion.receive(ingest.context, arrival)
        assert chunks(ingest) == [1, 2, 3, 4, 5, 6, 7]
        ingest.work(ingest.queue.waiting.pop())
        ingestion.receive(ingest.context, arrival)
        assert chunks(ingest) == [1, 2, 3, 4, 5, 6]
        ingest.deliver()
        ingestion.receive(ingest.context, arrival)
        assert (chunks(ingest), ingest.kept.uploads["U1"].state) == ([], UploadState.DONE)

    def test_a_lone_chunk_is_handed_on_like_any_other(self, ingest: Ingest) -> None:
        place = ingest.place(Kind.INQUIRIES)
        ingest.inbox.put(place.key, table(claim("A-1")))
        for _ in range(2):
            ingestion.receive(ingest.context, Arrival(place.key, "v1"))
        assert (chunks(ingest), ingest.kept.inquiries) == ([1], {})

    @pytest.mark.parametrize("death", range(1, 5))
    def test_a_death_in_handing_on_is_taken_up_where_it_was_noted(
        self, ingest: Ingest, death: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two messages were sent that were not noted yet: those alone are sent again."""
        note, noted = ingest.kept.note_handed_on, []

        def dies(*asked: int) -> bool:
            noted.append(asked)
            if len(noted) == death:
                raise Stopped
            return note(*asked)

        arrival = seven_rows(ingest)
        with monkeypatch.context() as patched:
            patched.setattr(ingest.kept, "note_handed_on", dies, raising=False)
            with pytest.raises(Stopped):
                ingestion.receive(ingest.context, arrival)
        before = chunks(ingest)
        ingestion.receive(ingest.context, arrival)
        assert before == list(range(1, min(2 * death, 7) + 1))
        assert chunks(ingest)[len(before) :] == list(range(2 * death - 1, 8))
        assert ingest.kept.uploads["U1"].handed_on == 7

    @pytest.mark.parametrize("step", ["cut_upload", "note_handed_on"])
    def test_of_two_that_receive_it_at_once_one_hands_it_on(
        self, ingest: Ingest, step: str
    ) -> None:
        """The other is delivered again, and finds it done; it has sent two messages at most."""
        arrival = seven_rows(ingest)
        real = getattr(ingest.kept, step)

        def overtaken(*asked: object) -> bool:
            delattr(ingest.kept, step)
            ingestion.receive(ingest.context, arrival)
            return real(*asked)

        setattr(ingest.kept, step, overtaken)
        with pytest.raises(Unavailable):
            ingestion.receive(ingest.context, arrival)
        twice = [1, 2] if step == "note_handed_on" else []
        assert sorted(chunks(ingest)) == sorted([*range(1, 8), *twice])
        ingestion.receive(ingest.context, arrival)
        assert len(chunks(ingest)) == 7 + len(twice)

    def test_a_file_that_an_older_version_handed_on_is_handed_on_again_once(
        self, ingest: Ingest
    ) -> None:
        """It did not note how far it had come."""
        arrival = seven_rows(ingest)
        ingestion.receive(ingest.context, arrival)
        ingest.kept._change("U1", handed_on=0)
        for _ in range(2):
            ingestion.receive(ingest.context, arrival)
        assert chunks(ingest) == [*range(1, 8)] * 2


def refused(ingest: Ingest) -> list[str]:
    """What the files were told that do not count."""
    return [
        row["Code"]
        for key, body in ingest.results.kept.items()
        if "/refused-" in key
        for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    ]


def orders_of(ingest: Ingest) -> set[str]:
    return {each.claim.order_id for each in ingest.kept.inquiries.values()}


FIRST, SECOND = table(claim("A-1"), claim("A-2")), table(claim("B-1"), claim("B-2"))


class TestTwoFilesOfOneForm:
    """Both are there before any event comes, or the second comes when the first is at work."""

    @pytest.mark.parametrize("versioned", [True, False], ids=["versions", "no versions"])
    @pytest.mark.parametrize("order", sorted(set(permutations([0, 0, 1, 1]))))
    def test_one_is_worked_on_whole_and_the_other_is_told(
        self, ingest: Ingest, order: tuple[int, ...], versioned: bool
    ) -> None:
        ingest.inbox.versioned = versioned
        place = ingest.place(Kind.INQUIRIES)
        etags = [ingest.inbox.put(place.key, each) for each in (FIRST, SECOND)]
        for at in order:
            ingestion.receive(ingest.context, Arrival(place.key, "", etags[at]))
        ingest.deliver()
        assert orders_of(ingest) == {"B-1", "B-2"}
        assert len(ingest.result("U1")) == 2
        assert refused(ingest) == ["upload_used"]

    @pytest.mark.parametrize("versioned", [True, False], ids=["versions", "no versions"])
    @pytest.mark.parametrize("cut", [True, False], ids=["cut before", "cut after"])
    def test_what_has_begun_goes_on_with_its_own_bytes(
        self, ingest: Ingest, versioned: bool, cut: bool
    ) -> None:
        ingest.inbox.versioned = versioned
        place = ingest.place(Kind.INQUIRIES)
        first = Arrival(place.key, "", ingest.inbox.put(place.key, FIRST))
        with ingest.stopped_before("finish_upload" if cut else "cut_upload"):
            ingestion.receive(ingest.context, first)
        second = Arrival(place.key, "", ingest.inbox.put(place.key, SECOND))
        ingestion.receive(ingest.context, second)
        if not versioned:
            assert refused(ingest) == ["upload_used"]
            return
        ingestion.receive(ingest.context, first)
        ingest.deliver()
        assert orders_of(ingest) == {"A-1", "A-2"}
        assert [each["Order Id"] for each in ingest.result("U1")] == ["A-1", "A-2"]
        assert refused(ingest) == ["upload_used"]

    def test_an_event_that_tells_the_version_is_taken_at_its_word(self, ingest: Ingest) -> None:
        place = ingest.place(Kind.INQUIRIES)
        etags = [ingest.inbox.put(place.key, each) for each in (FIRST, SECOND)]
        for etag in etags:
            ingestion.receive(ingest.context, Arrival(place.key, f"version {etag}", etag))
        ingest.deliver()
        assert orders_of(ingest) == {"A-1", "A-2"}
        assert refused(ingest) == ["upload_used"]

    def test_an_event_that_tells_nothing_is_of_the_newest(self, ingest: Ingest) -> None:
        place = ingest.place(Kind.INQUIRIES)
        for each in (FIRST, SECOND):
            ingest.inbox.put(place.key, each)
        for _ in range(2):
            ingestion.receive(ingest.context, Arrival(place.key))
        ingest.deliver()
        assert (orders_of(ingest), refused(ingest)) == ({"B-1", "B-2"}, [])
