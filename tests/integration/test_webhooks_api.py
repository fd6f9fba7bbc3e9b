"""Endpoints by HTTP: how many there may be, what they cannot be, and whose they are."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from makegood.api.webhook_repeats import SECRET_SHOWN_FOR
from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role, account_sid
from makegood.domain.webhooks import ENDPOINTS_MAX
from makegood.runtime import settings
from makegood.store.deliveries import RequestedStore
from makegood.store.requests import request_key
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER, function
from tests.integration.market import SHOP
from tests.integration.people import PersonClient, client_of
from tests.integration.receivers import Receiver, opened

GOOD = "https://hooks.example.com/"


def test_an_account_has_ten_endpoints_at_most(live: Store, receiver: Receiver) -> None:
    made = [opened(PARTNER, receiver) for _ in range(ENDPOINTS_MAX)]
    refused = PARTNER.post("/Webhooks", {"Url": receiver.url})
    assert (refused.status, refused.body["code"]) == (422, "too_many_endpoints")
    assert PARTNER.delete(made[0]["Uri"]).status == 200
    assert PARTNER.get(made[0]["Uri"]).status == 404
    opened(PARTNER, receiver)
    assert len(PARTNER.get("/Webhooks").body["Webhooks"]) == ENDPOINTS_MAX
    opened(ADVERTISER, receiver)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ("Url", "required")),
        ({"Url": "http://10.0.0.1/"}, ("Url", "bad_url")),
        (
            {"Url": "https://hooks.example.com/", "EventTypes": "funds.low"},
            ("EventTypes", "unknown_event_type"),
        ),
        (
            {"Url": "https://hooks.example.com/", "Description": "x" * 201},
            ("Description", "too_long"),
        ),
        ({"Url": "https://hooks.example.com/", "Enabled": "maybe"}, ("Enabled", "not_a_switch")),
        ({"Url": "https://hooks.example.com/", "Secret": "x"}, ("Secret", "unknown_field")),
    ],
)
def test_what_an_endpoint_cannot_be_is_refused(
    live: Store, fields: dict[str, str], fault: tuple[str, str]
) -> None:
    answer = PARTNER.post("/Webhooks", fields)
    assert (answer.status, answer.faults) == (400, [fault])


def test_an_account_has_nothing_to_do_with_another_s_endpoints(
    live: Store, receiver: Receiver
) -> None:
    made = opened(PARTNER, receiver)
    path = f"/Webhooks/{made['Id']}"
    assert ADVERTISER.get("/Webhooks").body["Webhooks"] == []
    asks: list[Callable[[], Any]] = [
        lambda: ADVERTISER.get(path),
        lambda: ADVERTISER.put(path, {"Description": "x"}),
        lambda: ADVERTISER.delete(path),
        lambda: ADVERTISER.post(f"{path}/Rotate", {}),
        lambda: ADVERTISER.post(f"{path}/Replay", {"After": "0"}),
        lambda: ADVERTISER.get(f"{path}/Deliveries"),
        lambda: ADVERTISER.post(f"{path}/Deliveries/x/Replay", {}),
    ]
    assert [ask().status for ask in asks] == [404] * len(asks)


@pytest.mark.parametrize("before", ["!", "~~", "x y"])
def test_deliveries_before_what_is_none_are_a_list(
    live: Store, receiver: Receiver, before: str
) -> None:
    made = opened(PARTNER, receiver)
    answer = PARTNER.get(f"/Webhooks/{made['Id']}/Deliveries?Before={quote(before)}")
    assert (answer.status, type(answer.body["Deliveries"])) == (200, list)


def test_a_secret_whose_answer_was_lost_is_given_again_for_a_day(
    live: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"Url": receiver.url}
    made = PARTNER.post("/Webhooks", fields, Idempotency_Key="1")
    uri = made.body["Uri"]
    rotated = PARTNER.post(f"{uri}/Rotate", {}, Idempotency_Key="2")
    assert len({made.body["Secret"], rotated.body["Secret"]}) == 2

    def again() -> list[dict[str, Any]]:
        asked = {"1": ("/Webhooks", fields), "2": (f"{uri}/Rotate", {})}
        return [PARTNER.post(*each, Idempotency_Key=key).body for key, each in asked.items()]

    assert again() == [made.body, rotated.body]
    kept = json.dumps([*stack.everything("requests").values()])
    assert not [each for each in (made, rotated) if each.body["Secret"][6:] in kept]
    late = settings.wall_now() + SECRET_SHOWN_FOR
    monkeypatch.setattr(settings, "wall_now", lambda: late)
    without = [{**each.body} for each in (made, rotated)]
    for each in without:
        del each["Secret"]
    assert again() == without


def test_of_two_that_make_an_endpoint_with_one_key_at_once_both_get_the_first(
    live: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields, answers = {"Url": receiver.url}, []
    commit = RequestedStore.commit_requested

    def overtaken(*asked: Any) -> None:
        monkeypatch.undo()
        answers.append(PARTNER.post("/Webhooks", fields, Idempotency_Key="1").body)
        commit(*asked)

    monkeypatch.setattr(RequestedStore, "commit_requested", overtaken)
    answers.append(PARTNER.post("/Webhooks", fields, Idempotency_Key="1").body)
    assert answers[0] == answers[1]
    assert len(PARTNER.get("/Webhooks").body["Webhooks"]) == 1


@pytest.fixture
def admins(live: Store, monkeypatch: pytest.MonkeyPatch) -> list[PersonClient]:
    for each in ("authorizer", "sessions"):
        monkeypatch.setattr(function(each), "STORE", stack.another())
    of = Role.ADVERTISER, SHOP, PersonRole.ADMIN
    return [client_of(live, *of, sub) for sub in ("sub-ada", "sub-eve")]


def test_two_people_and_a_machine_with_one_key_each_have_an_answer_of_their_own(
    admins: list[PersonClient], receiver: Receiver
) -> None:
    fields = {"Url": receiver.url}
    everybody = [ADVERTISER, *admins]
    made = [each.post("/Webhooks", fields, Idempotency_Key="1") for each in everybody]
    assert [each.status for each in made] == [200] * 3
    assert len({each.body["Id"] for each in made}) == len({each.body["Secret"] for each in made})
    again = [each.post("/Webhooks", fields, Idempotency_Key="1") for each in everybody]
    assert [each.body for each in again] == [each.body for each in made]
    assert len(ADVERTISER.get("/Webhooks").body["Webhooks"]) == 3


def test_an_answer_that_an_older_version_kept_by_the_account_is_shown_to_no_person(
    live: Store, admins: list[PersonClient], receiver: Receiver
) -> None:
    fields = {"Url": receiver.url}
    made = ADVERTISER.post("/Webhooks", fields, Idempotency_Key="1")
    key = request_key(account_sid(Role.ADVERTISER, SHOP), "1")
    row = live.fetch([key])[key[1:]]
    row.reply = {name: each for name, each in row.reply.items() if name != "whose"}
    live.write(row)
    late = admins[0].post("/Webhooks", fields, Idempotency_Key="1")
    assert (late.status, late.body["code"]) == (409, "idempotency_key_reused")
    assert len(ADVERTISER.get("/Webhooks").body["Webhooks"]) == 1
    assert ADVERTISER.post("/Webhooks", fields, Idempotency_Key="1").body == made.body
