"""Tokens of machines, as an account's ADMINs make and revoke them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from makegood.api import tokens
from makegood.domain.access import VALID_MAX
from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER, Answer, function
from tests.integration.market import CASHBACK, SHOP
from tests.integration.people import PersonClient, authorized, client_of

IMPORT = {"Name": "Nightly import", "Scopes": "Files, Actions", "ReadOnly": "true"}


@pytest.fixture(autouse=True)
def _fresh(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function("authorizer"), "STORE", stack.another())
    monkeypatch.setattr(function("sessions"), "STORE", stack.another())


@pytest.fixture(
    params=[(Role.ADVERTISER, SHOP), (Role.PARTNER, CASHBACK)], ids=lambda each: each[0]
)
def ada(live: Store, request: pytest.FixtureRequest) -> PersonClient:
    """An ADMIN of either side."""
    return client_of(live, *request.param, PersonRole.ADMIN, "sub-ada")


def listed(client: PersonClient) -> list[dict[str, Any]]:
    return client.get("/Tokens").body["Tokens"]


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def test_a_token_signs_in_with_its_rights_until_it_is_revoked(ada: PersonClient) -> None:
    made = ada.post("/Tokens", IMPORT).body
    passed = authorized(ada.sid, made["Token"])
    assert (passed["scopes"], passed["readOnly"]) == ("Actions,Files", "true")
    assert (made["Name"], made["CreatedBy"]) == ("Nightly import", "Person sub-ada")
    revoked = ada.delete(f"/Tokens/{made['Id']}").body
    assert (revoked["State"], bool(revoked["RevocationDate"])) == ("REVOKED", True)
    assert ada.delete(f"/Tokens/{made['Id']}").body == revoked
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorized(ada.sid, made["Token"])


def test_the_list_says_all_but_the_secret(ada: PersonClient) -> None:
    made = ada.post("/Tokens", IMPORT).body
    authorized(ada.sid, made.pop("Token"))
    (shown,) = (each for each in listed(ada) if each["Id"] == made["Id"])
    assert shown.pop("LastUseDate")
    assert shown == {name: each for name, each in made.items() if name != "LastUseDate"}
    assert "hash" not in json.dumps(listed(ada)).lower()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ("Name", "required")),
        ({**IMPORT, "Name": "x" * 101}, ("Name", "too_long")),
        ({**IMPORT, "Scopes": "Files,Wares"}, ("Scopes", "unknown_scope")),
        ({**IMPORT, "Scopes": "Tokens"}, ("Scopes", "unknown_scope")),
        ({**IMPORT, "ReadOnly": "maybe"}, ("ReadOnly", "not_a_switch")),
    ],
)
def test_a_field_at_fault_is_named(
    ada: PersonClient, fields: dict[str, str], fault: tuple[str, str]
) -> None:
    before = listed(ada)
    answer = ada.post("/Tokens", fields)
    assert answer.status == 400
    assert [(each["Field"], each["Code"]) for each in answer.body["Errors"]] == [fault]
    assert listed(ada) == before


def test_an_account_has_no_more_tokens_than_it_may(ada: PersonClient) -> None:
    valid = sum(each["State"] == "VALID" for each in listed(ada))
    made = [ada.post("/Tokens", {"Name": str(at)}) for at in range(VALID_MAX - valid)]
    assert {each.status for each in made} == {200}
    assert told(ada.post("/Tokens", IMPORT)) == (409, "too_many_credentials")
    assert ada.delete(f"/Tokens/{made[-1].body['Id']}").status == 200
    assert ada.post("/Tokens", IMPORT).status == 200


def test_a_request_sent_again_shows_its_token_for_a_day(
    ada: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ada.post("/Tokens", IMPORT, Idempotency_Key="k").body
    count = len(listed(ada))
    assert ada.post("/Tokens", IMPORT, Idempotency_Key="k").body == first
    assert told(ada.post("/Tokens", {"Name": "x"}, Idempotency_Key="k")) == (
        409,
        "idempotency_key_reused",
    )
    stored = str([stack.everything(kind) for kind in stack.KINDS])
    assert first["Token"] not in stored
    routes = function(f"{ada.role.lower()}s").ROUTES
    later = routes.wall_clock() + tokens.SHOWN_FOR
    monkeypatch.setattr(routes, "wall_clock", lambda: later + timedelta(seconds=1))
    again = ada.post("/Tokens", IMPORT, Idempotency_Key="k").body
    assert again == {name: each for name, each in first.items() if name != "Token"}
    assert len(listed(ada)) == count


def test_only_an_admin_has_to_do_with_tokens_and_only_their_own_account_s(live: Store) -> None:
    ada = client_of(live, Role.ADVERTISER, SHOP, PersonRole.ADMIN, "sub-ada")
    theirs = client_of(live, Role.PARTNER, CASHBACK, PersonRole.ADMIN, "sub-pia")
    path = f"/Tokens/{ada.post('/Tokens', IMPORT).body['Id']}"
    assert told(theirs.delete(path)) == (404, "not_found")
    for role in (PersonRole.REVIEWER, PersonRole.FINANCE, PersonRole.VIEWER):
        other = client_of(live, Role.ADVERTISER, SHOP, role, f"sub-{role.lower()}")
        asked = (other.get("/Tokens"), other.post("/Tokens", IMPORT), other.delete(path))
        assert {told(each) for each in asked} == {(403, "role")}
    for machine in (ADVERTISER, PARTNER):
        asked = (machine.get("/Tokens"), machine.post("/Tokens", IMPORT), machine.delete(path))
        assert {told(each) for each in asked} == {(403, "no_person")}
    assert [each["State"] for each in listed(ada) if each["Name"] == IMPORT["Name"]] == ["VALID"]
