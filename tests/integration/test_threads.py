"""The thread of an inquiry by HTTP: what both sides say, and what each keeps to itself."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from makegood.domain.inquiries import InquiryState
from makegood.domain.parties import Role
from makegood.domain.threads import COMMENT_CHARS_MAX, THREAD_MAX
from makegood.store.store import Store
from makegood.store.work_store import WorkStore

from tests import contract
from tests.integration import stack
from tests.integration.gateway import (
    ADVERTISER,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Client,
    Context,
    function,
)
from tests.integration.market import CAMPAIGN, accepted, claimed
from tests.integration.streams import Stream

INTERNAL = {"Visibility": "INTERNAL"}
OTHER = {Role.ADVERTISER: PARTNER, Role.PARTNER: ADVERTISER}


@pytest.fixture
def path(live: Store) -> str:
    inquiry_id = PARTNER.post("/ActionInquiries", claimed("X1", InquiryNotes="Filed")).id
    return f"/ActionInquiries/{inquiry_id}"


def thread(client: Client, path: str) -> list[tuple[str, str, str]]:
    answer = client.get(f"{path}/Comments")
    assert answer.status == 200, answer.text
    return [(each["Side"], each["Comment"], each["Visibility"]) for each in answer.body["Comments"]]


def test_both_sides_talk_and_each_has_notes_of_its_own(path: str) -> None:
    for client in (ADVERTISER, PARTNER):
        said = {"Comment": f"From the {client.role}"}
        assert client.post(f"{path}/Comments", said).status == 200
        assert client.post(f"{path}/Comments", {"Comment": "Ours", **INTERNAL}).status == 200
    both = [
        ("PARTNER", "Filed", "PARTIES"),
        ("ADVERTISER", "From the ADVERTISER", "PARTIES"),
        ("PARTNER", "From the PARTNER", "PARTIES"),
    ]
    for client in (ADVERTISER, PARTNER):
        assert sorted(thread(client, path)) == sorted([*both, (client.role, "Ours", "INTERNAL")])
        shown = client.get(path).body
        assert [(each["Side"], each["Comment"]) for each in shown["Comments"]] == [
            (side, text) for side, text, _ in both
        ]
        assert shown["Version"] == "3"


@pytest.mark.parametrize("client", [ADVERTISER, PARTNER])
def test_a_note_leaves_nothing_that_the_other_side_can_see(
    path: str, live: Store, client: Client
) -> None:
    """Neither its text nor that there is one, by any answer, list, file or event."""
    stream = Stream(lambda: stack.everything("inquiries"))
    function("events").handler({"Records": stream.records()}, Context())
    other = OTHER[client.role]
    before = everything_shown(other, path)
    assert client.post(f"{path}/Comments", {"Comment": "whisper", **INTERNAL}).status == 200
    function("events").handler({"Records": stream.records()}, Context())
    assert everything_shown(other, path) == before
    assert "whisper" in json.dumps(client.get(f"{path}/Comments").body)


def everything_shown(client: Client, path: str) -> dict[str, str]:
    """What every operation that reads answers, without what a request costs."""
    return {each: client.get(each).text for each in reads(client, path)}


def reads(client: Client, path: str) -> Iterable[str]:
    ids = {"Id": path.rpartition("/")[2], "CampaignId": CAMPAIGN}
    for (method, template), operation in contract.operations().items():
        if method != "GET" or not template.startswith(client.root.rpartition("/")[0]):
            continue
        asked = re.sub(r"^/[^/]+/\{AccountSID\}", "", template)
        if not re.search(r"\{(?!Id|CampaignId)", asked) and operation["tags"] != ["Files"]:
            yield asked.format_map(ids) + f"?CampaignId={CAMPAIGN}&After=0"


def test_a_comment_is_told_and_a_decision_on_what_was_before_it_is_refused(
    path: str, live: Store
) -> None:
    stream = Stream(lambda: stack.everything("inquiries"))
    assert PARTNER.post(f"{path}/Comments", {"Comment": "See the receipt"}).status == 200
    function("events").handler({"Records": stream.records()}, Context())
    told = [each["EventType"] for each in ADVERTISER.get("/Events?After=0").body["Events"]]
    assert told[-1] == "inquiry.commented"
    inquiry_id = path.rpartition("/")[2]
    refused = ADVERTISER.put("/ActionInquiries", {**accepted(inquiry_id), "Version": "1"})
    assert (refused.status, refused.body["code"]) == (409, "version_conflict")
    assert ADVERTISER.put("/ActionInquiries", accepted(inquiry_id)).status == 200
    assert ADVERTISER.post(f"{path}/Comments", {"Comment": "Welcome"}).body["State"] == "VALID"
    assert live.inquiries([inquiry_id])[inquiry_id].state is InquiryState.VALID


@pytest.mark.parametrize("visibility", ["PARTIES", "INTERNAL"])
def test_a_thread_has_an_end_and_a_repeated_request_adds_nothing(
    path: str, live: Store, visibility: str
) -> None:
    inquiry_id, said = path.rpartition("/")[2], {"Comment": "More", "Visibility": visibility}
    first = ADVERTISER.post(f"{path}/Comments", said, **{"Idempotency-Key": "once"})
    again = ADVERTISER.post(f"{path}/Comments", said, **{"Idempotency-Key": "once"})
    assert (first.status, again.status, first.body) == (200, 200, again.body)
    kept = len(thread(ADVERTISER, path)) - (visibility == "INTERNAL")
    for _ in range(THREAD_MAX - kept):
        assert ADVERTISER.post(f"{path}/Comments", said).status == 200
    full = ADVERTISER.post(f"{path}/Comments", said)
    assert (full.status, full.body["code"]) == (422, "rule_forbids")
    assert len(live.notes(inquiry_id, Role.PARTNER)) == 0


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({}, "Comment", "required"),
        ({"Comment": " \u200b"}, "Comment", "required"),
        ({"Comment": "x" * (COMMENT_CHARS_MAX + 1)}, "Comment", "too_long"),
        ({"Comment": "x", "Visibility": "SECRET"}, "Visibility", "unknown_visibility"),
        ({"Comment": "x", "Colour": "red"}, "Colour", "unknown_field"),
    ],
)
def test_what_cannot_be_said_is_refused(
    path: str, fields: dict[str, str], field: str, code: str
) -> None:
    refused = PARTNER.post(f"{path}/Comments", fields)
    assert refused.status == 400, refused.text
    assert refused.faults == [(field, code)]


@pytest.mark.parametrize("client", [OTHER_ADVERTISER, OTHER_PARTNER])
def test_the_thread_of_others_is_not_found(path: str, client: Client) -> None:
    assert client.get(f"{path}/Comments").status == 404
    for visibility in ("PARTIES", "INTERNAL"):
        said = {"Comment": "Hello", "Visibility": visibility}
        assert client.post(f"{path}/Comments", said).status == 404


def test_of_two_notes_at_once_both_are_kept(
    path: str, live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later finds its number taken, and takes the next."""
    inquiry_id, commit = path.rpartition("/")[2], WorkStore.commit

    def overtaken(store: WorkStore, *asked: Any) -> None:
        monkeypatch.setattr(WorkStore, "commit", commit)
        assert ADVERTISER.post(f"{path}/Comments", {"Comment": "1", **INTERNAL}).status == 200
        commit(store, *asked)

    monkeypatch.setattr(WorkStore, "commit", overtaken)
    assert ADVERTISER.post(f"{path}/Comments", {"Comment": "2", **INTERNAL}).status == 200
    assert [each.text for each in live.notes(inquiry_id, Role.ADVERTISER)] == ["1", "2"]
