"""Every type of event is told, to whom it concerns and to nobody else, once."""

from datetime import timedelta

import pytest
from makegood.domain.event_names import MEANINGS, EventName
from makegood.domain.parties import Role
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import (
    ADVERTISER,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Client,
)
from tests.integration.market import NOW, claimed
from tests.integration.webhook_examples import (
    Publish,
    an_inquiry_s_life,
    money_s_life,
    publishing,
)


@pytest.fixture
def publish(live: Store) -> Publish:
    return publishing()


def told(client: Client) -> list[dict[str, str]]:
    return client.get("/Events").body["Events"]


def names(client: Client) -> list[str]:
    return [each["EventType"] for each in told(client) if each["EventType"]]


def test_an_inquiry_s_life_is_told_by_name(live: Store, publish: Publish) -> None:
    an_inquiry_s_life(live, publish)
    answers = ["answered", "answered", "commented"]
    expected = ["filed", "incomplete", *answers, "declined", "appealed"]
    for client in (ADVERTISER, PARTNER):
        assert names(client) == [f"inquiry.{each}" for each in expected]


def test_notes_on_an_inquiry_that_waits_for_an_answer_ask_nothing(
    live: Store, publish: Publish
) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    asked = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    assert ADVERTISER.put("/ActionInquiries", asked).status == 200
    publish()
    live.set_clock(NOW + timedelta(minutes=1))
    again = PARTNER.post("/ActionInquiries", claimed("A-1", InquiryNotes="Of May"))
    assert (again.status, again.body["State"]) == (200, "INCOMPLETE")
    publish()
    assert names(PARTNER)[-1] == "inquiry.answered"


def test_both_sides_have_what_concerns_them_and_nobody_else_has_anything(
    live: Store, publish: Publish
) -> None:
    money_s_life(live, publish)
    by_role = {Role.ADVERTISER: ADVERTISER, Role.PARTNER: PARTNER}
    seen = {role: set(names(client)) for role, client in by_role.items()}
    for name, meaning in MEANINGS.items():
        for role in Role:
            if role not in meaning.roles:
                assert name not in seen[role]
    assert {n for n in EventName if n.startswith("funds.")} <= seen[Role.ADVERTISER]
    assert {"file.finished", "file.failed", "statement.made"} <= seen[Role.PARTNER]
    assert not {"file.finished", "file.failed"} & seen[Role.ADVERTISER]
    for client in (OTHER_ADVERTISER, OTHER_PARTNER):
        assert told(client) == []
    for client in by_role.values():
        for each in told(client):
            answer = client.get(each["Uri"])
            assert answer.status == 200
            assert each["EventType"] == "" or (
                MEANINGS[EventName(each["EventType"])].event_type == each["Type"]
            )
