"""Events of files that come twice, late, in any order, or do not say which object they are of."""

import csv
import io
from itertools import permutations

import pytest
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import Kind, UploadState
from makegood.files import ingestion, parts
from makegood.files.ingestion import Arrival

from tests.room import Room, Stopped, claim, table


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 1)
    monkeypatch.setattr(parts, "HANDED_ON_MAX", 2)
    return Room()


def chunks(room: Room) -> list[int]:
    return [each["chunk"] for each in room.queue.waiting]


def seven_rows(room: Room) -> Arrival:
    """A file of seven chunks, in the inbox."""
    place = room.place(Kind.INQUIRIES)
    room.inbox.put(place.key, table(*(claim(f"A-{at}") for at in range(7))))
    return Arrival(place.key, "v1")


class TestHandingOn:
    def test_an_event_that_comes_again_while_the_file_is_at_work_queues_nothing(
        self, room: Room
    ) -> None:
        arrival = seven_rows(room)
        for _ in range(3):
            ingestion.receive(room.context, arrival)
        assert chunks(room) == [1, 2, 3, 4, 5, 6, 7]
        room.work(room.queue.waiting.pop())
        ingestion.receive(room.context, arrival)
        assert chunks(room) == [1, 2, 3, 4, 5, 6]
        room.deliver()
        ingestion.receive(room.context, arrival)
        assert (chunks(room), room.kept.uploads["U1"].state) == ([], UploadState.DONE)

    def test_a_lone_chunk_is_handed_on_like_any_other(self, room: Room) -> None:
        place = room.place(Kind.INQUIRIES)
        room.inbox.put(place.key, table(claim("A-1")))
        for _ in range(2):
            ingestion.receive(room.context, Arrival(place.key, "v1"))
        assert (chunks(room), room.kept.inquiries) == ([1], {})

    @pytest.mark.parametrize("death", range(1, 5))
    def test_a_death_in_handing_on_is_taken_up_where_it_was_noted(
        self, room: Room, death: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two messages were sent that were not noted yet: those alone are sent again."""
        note, noted = room.kept.note_handed_on, []

        def dies(*asked: int) -> bool:
            noted.append(asked)
            if len(noted) == death:
                raise Stopped
            return note(*asked)

        arrival = seven_rows(room)
        with monkeypatch.context() as patched:
            patched.setattr(room.kept, "note_handed_on", dies, raising=False)
            with pytest.raises(Stopped):
                ingestion.receive(room.context, arrival)
        before = chunks(room)
        ingestion.receive(room.context, arrival)
        assert before == list(range(1, min(2 * death, 7) + 1))
        assert chunks(room)[len(before) :] == list(range(2 * death - 1, 8))
        assert room.kept.uploads["U1"].handed_on == 7

    @pytest.mark.parametrize("step", ["cut_upload", "note_handed_on"])
    def test_of_two_that_receive_it_at_once_one_hands_it_on(self, room: Room, step: str) -> None:
        """The other is delivered again, and finds it done; it has sent two messages at most."""
        arrival = seven_rows(room)
        real = getattr(room.kept, step)

        def overtaken(*asked: object) -> bool:
            delattr(room.kept, step)
            ingestion.receive(room.context, arrival)
            return real(*asked)

        setattr(room.kept, step, overtaken)
        with pytest.raises(Unavailable):
            ingestion.receive(room.context, arrival)
        twice = [1, 2] if step == "note_handed_on" else []
        assert sorted(chunks(room)) == sorted([*range(1, 8), *twice])
        ingestion.receive(room.context, arrival)
        assert len(chunks(room)) == 7 + len(twice)

    def test_a_file_that_an_older_version_handed_on_is_handed_on_again_once(
        self, room: Room
    ) -> None:
        """It did not note how far it had come."""
        arrival = seven_rows(room)
        ingestion.receive(room.context, arrival)
        room.kept._change("U1", handed_on=0)
        for _ in range(2):
            ingestion.receive(room.context, arrival)
        assert chunks(room) == [*range(1, 8)] * 2


def refused(room: Room) -> list[str]:
    """What the files were told that do not count."""
    return [
        row["Code"]
        for key, body in room.results.kept.items()
        if "/refused-" in key
        for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    ]


def orders_of(room: Room) -> set[str]:
    return {each.claim.order_id for each in room.kept.inquiries.values()}


FIRST, SECOND = table(claim("A-1"), claim("A-2")), table(claim("B-1"), claim("B-2"))


class TestTwoFilesOfOneForm:
    """Both are there before any event comes, or the second comes when the first is at work."""

    @pytest.mark.parametrize("versioned", [True, False], ids=["versions", "no versions"])
    @pytest.mark.parametrize("order", sorted(set(permutations([0, 0, 1, 1]))))
    def test_one_is_worked_on_whole_and_the_other_is_told(
        self, room: Room, order: tuple[int, ...], versioned: bool
    ) -> None:
        room.inbox.versioned = versioned
        place = room.place(Kind.INQUIRIES)
        etags = [room.inbox.put(place.key, each) for each in (FIRST, SECOND)]
        for at in order:
            ingestion.receive(room.context, Arrival(place.key, "", etags[at]))
        room.deliver()
        assert orders_of(room) == {"B-1", "B-2"}
        assert len(room.result("U1")) == 2
        assert refused(room) == ["upload_used"]

    @pytest.mark.parametrize("versioned", [True, False], ids=["versions", "no versions"])
    @pytest.mark.parametrize("cut", [True, False], ids=["cut before", "cut after"])
    def test_what_has_begun_goes_on_with_its_own_bytes(
        self, room: Room, versioned: bool, cut: bool
    ) -> None:
        room.inbox.versioned = versioned
        place = room.place(Kind.INQUIRIES)
        first = Arrival(place.key, "", room.inbox.put(place.key, FIRST))
        with room.stopped_before("finish_upload" if cut else "cut_upload"):
            ingestion.receive(room.context, first)
        second = Arrival(place.key, "", room.inbox.put(place.key, SECOND))
        ingestion.receive(room.context, second)
        if not versioned:
            assert refused(room) == ["upload_used"]
            return
        ingestion.receive(room.context, first)
        room.deliver()
        assert orders_of(room) == {"A-1", "A-2"}
        assert [each["Order Id"] for each in room.result("U1")] == ["A-1", "A-2"]
        assert refused(room) == ["upload_used"]

    def test_an_event_that_tells_the_version_is_taken_at_its_word(self, room: Room) -> None:
        place = room.place(Kind.INQUIRIES)
        etags = [room.inbox.put(place.key, each) for each in (FIRST, SECOND)]
        for etag in etags:
            ingestion.receive(room.context, Arrival(place.key, f"version {etag}", etag))
        room.deliver()
        assert orders_of(room) == {"A-1", "A-2"}
        assert refused(room) == ["upload_used"]

    def test_an_event_that_tells_nothing_is_of_the_newest(self, room: Room) -> None:
        place = room.place(Kind.INQUIRIES)
        for each in (FIRST, SECOND):
            room.inbox.put(place.key, each)
        for _ in range(2):
            ingestion.receive(room.context, Arrival(place.key))
        room.deliver()
        assert (orders_of(room), refused(room)) == ({"B-1", "B-2"}, [])
