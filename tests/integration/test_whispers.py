"""An internal note stays with the side that wrote it, whatever both sides do before and after it.

Both write notes, each with a word of its own, between comments, questions, answers, decisions and
appeals. Then the word is looked for in all that is stored, in all that was sent, and in all that
the other side was answered or can ask for.
"""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER, Answer, Client
from tests.integration.ingest import Ingest
from tests.integration.market import CAMPAIGN, accepted, claimed, declined
from tests.integration.receivers import Receiver, enabled, publish, work
from tests.integration.streams import Stream
from tests.integration.test_erasure import everywhere
from tests.integration.test_threads import reads

ACTS = ("note", "comment", "ask", "answer", "decline", "accept", "withdraw", "appeal", "publish")
SIDES = (ADVERTISER, PARTNER)
numbers = count(1)


class Talk:
    """One order's claim and what is said about it, with what each side was answered."""

    def __init__(self) -> None:
        self.number = next(numbers)
        self.words: dict[Client, list[str]] = {client: [] for client in SIDES}
        self.heard: dict[Client, list[str]] = {client: [] for client in SIDES}
        filed = self.tell(PARTNER, "POST", "", claimed(f"W-{self.number}", InquiryNotes="Filed"))
        self.ids = [filed.id]
        self.stream = Stream(
            lambda: {**stack.everything("inquiries"), **stack.everything("actions")}
        )

    def tell(self, client: Client, method: str, path: str, fields: dict[str, str]) -> Answer:
        answer = client.write(method, f"/ActionInquiries{path}", fields)
        self.heard[client].append(answer.text)
        return answer

    def act(self, name: str, client: Client) -> None:
        """Does it to the inquiry that came last; the rules may refuse all but a note."""
        inquiry_id = self.ids[-1]
        path = f"/{inquiry_id}"
        if name == "note":
            self.whisper(client, path)
        elif name == "comment":
            self.tell(client, "POST", f"{path}/Comments", {"Comment": "Said to both"})
        elif name == "ask":
            asked = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which amount?"}
            self.tell(ADVERTISER, "PUT", path, asked)
        elif name == "answer":
            self.tell(PARTNER, "PUT", path, {"InquiryNotes": "As filed"})
        elif name == "decline":
            self.tell(ADVERTISER, "PUT", "", declined(inquiry_id))
        elif name == "accept":
            self.tell(ADVERTISER, "PUT", "", accepted(inquiry_id))
        elif name == "withdraw":
            self.tell(PARTNER, "DELETE", path, {})
        elif name == "appeal":
            appealed = self.tell(PARTNER, "POST", f"{path}/Appeal", {"Text": "A receipt"})
            self.ids += [appealed.id] if appealed.status == 200 else []
        else:
            publish(self.stream)

    def whisper(self, client: Client, path: str) -> None:
        word = f"whisper-{self.number}-{client.role}-{len(self.words[client])}."
        self.words[client].append(word)
        said = {"Comment": f"{word} is what we think", "Visibility": "INTERNAL"}
        assert self.tell(client, "POST", f"{path}/Comments", said).status == 200


def sheet(ingest: Ingest) -> str:
    """A sheet of what is undecided, made whole; the path of its file."""
    ordered = ADVERTISER.post("/Sheets", {"Kind": "Undecided", "CampaignId": CAMPAIGN})
    while messages := ingest.chunks():
        ingest.work(messages)
    return ordered.body["QueuedUri"]


def kept(word: str) -> Iterator[str]:
    """Where a word is stored."""
    return (where for where, text in everywhere() if word in text)


@pytest.fixture
def receiver_of_both(live: Store, receiver: Receiver) -> Receiver:
    for client in SIDES:
        enabled(client, receiver)
    return receiver


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(SIDES)), min_size=4, max_size=12))
def test_a_note_is_nowhere_that_the_other_side_can_look(
    live: Store, receiver_of_both: Receiver, acts: list[tuple[str, Client]]
) -> None:
    talk = Talk()
    for name, client in acts:
        talk.act(name, client)
    for client in SIDES:
        talk.act("note", client)
    talk.act("publish", PARTNER)
    work()
    made = sheet(Ingest(live))
    assert ADVERTISER.get(made).body["Status"] == "DONE"
    bodies = "".join(body.decode() for _, body in receiver_of_both.got)
    assert "inquiry.filed" in bodies
    for client, other in (SIDES, SIDES[::-1]):
        words = talk.words[client]
        own = "".join(client.get(f"/ActionInquiries/{each}/Comments").text for each in talk.ids)
        shown = [other.get(path).text for each in talk.ids for path in paths(other, each)]
        for word in words:
            assert word in own
            assert all(f"N#{client.role}#" in where for where in kept(word)), word
            assert word not in bodies
            assert not any(word in text for text in [*shown, *talk.heard[other]])


def paths(client: Client, inquiry_id: str) -> Iterator[str]:
    """All that a side can read about an inquiry, and its files."""
    yield from reads(client, f"/ActionInquiries/{inquiry_id}")
    for each in client.get("/Files").body["Files"]:
        yield f"/Files/{each['Id']}"
