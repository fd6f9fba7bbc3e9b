"""The people of an account by HTTP: who may see them, invite them, and change them."""

import pytest
from makegood.aws.cognito import UserPool
from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.gateway import ADVERTISER, PARTNER, function
from tests.integration.market import CASHBACK, SHOP
from tests.integration.people import PersonClient, PoolInMemory, client_of, signed_in

RITA = {"Email": "Rita@Shop.example", "Name": "Rita", "Role": "reviewer"}


@pytest.fixture(autouse=True)
def pool(live: Store, monkeypatch: pytest.MonkeyPatch) -> PoolInMemory:
    monkeypatch.setattr(function("authorizer"), "STORE", stack.another())
    monkeypatch.setattr(function("sessions"), "STORE", stack.another())
    made = PoolInMemory()
    monkeypatch.setattr(UserPool, "client", made)
    return made


@pytest.fixture
def ada(live: Store) -> PersonClient:
    return client_of(live, Role.ADVERTISER, SHOP, PersonRole.ADMIN, "sub-ada")


def test_an_admin_invites_lists_and_changes(ada: PersonClient, pool: PoolInMemory) -> None:
    made = ada.post("/People", RITA)
    assert (made.status, made.body["Email"], made.body["Role"], made.body["State"]) == (
        200,
        "rita@shop.example",
        "REVIEWER",
        "ACTIVE",
    )
    assert ada.post("/People", RITA).body == made.body
    assert pool.invited == ["rita@shop.example"]
    changed = ada.put(f"/People/{made.body['Id']}", {"Role": "FINANCE"})
    assert changed.body == {**made.body, "Role": "FINANCE"}
    names = [each["Name"] for each in ada.get("/People").body["People"]]
    assert names == ["Person sub-ada", "Rita"]
    assert ADVERTISER.get("/People").body == ada.get("/People").body
    assert PARTNER.get("/People").body == {"People": []}


def test_who_is_there_in_another_role_is_changed_and_not_invited(ada: PersonClient) -> None:
    ada.post("/People", RITA)
    again = ada.post("/People", {**RITA, "Role": "ADMIN"})
    assert (again.status, again.body["code"]) == (409, "person_exists")


def test_nobody_changes_themselves_and_the_last_admin_stays(live: Store, ada: PersonClient) -> None:
    own = ada.put("/People/sub-ada", {"Role": "VIEWER"})
    assert (own.status, own.body["code"]) == (422, "own_role")
    by_token = ADVERTISER.put("/People/sub-ada", {"State": "DISABLED"})
    assert (by_token.status, by_token.body["code"]) == (422, "last_admin")
    eve = client_of(live, Role.ADVERTISER, SHOP, PersonRole.ADMIN, "sub-eve")
    assert eve.put("/People/sub-ada", {"State": "DISABLED"}).status == 200
    assert ada.get("/People").body["code"] == "session_ended"
    assert signed_in("sub-ada").body["code"] == "no_account"
    assert eve.put("/People/sub-ada", {"State": "ACTIVE"}).status == 200
    assert signed_in("sub-ada").status == 201


@pytest.mark.parametrize("role", sorted(set(PersonRole) - {PersonRole.ADMIN}))
def test_people_are_the_admins_alone(live: Store, role: PersonRole) -> None:
    somebody = client_of(live, Role.ADVERTISER, SHOP, role, "sub-1")
    refused = [
        somebody.get("/People"),
        somebody.post("/People", RITA),
        somebody.put("/People/sub-1", {"Role": "ADMIN"}),
    ]
    assert [(each.status, each.body["code"]) for each in refused] == [(403, "role")] * 3


def test_a_person_of_another_account_is_not_there(live: Store, ada: PersonClient) -> None:
    client_of(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER, "sub-clara")
    assert ada.put("/People/sub-clara", {"Role": "ADMIN"}).status == 404


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        (
            {},
            [("Email", "bad_email"), ("Name", "required"), ("Role", "unknown_role")],
        ),
        ({**RITA, "Email": "rita"}, [("Email", "bad_email")]),
        ({**RITA, "Name": "R" * 101}, [("Name", "too_long")]),
        ({**RITA, "Name": "a\nb"}, [("Name", "bad_characters")]),
        ({**RITA, "Role": "BOSS"}, [("Role", "unknown_role")]),
        ({**RITA, "State": "ACTIVE"}, [("State", "unknown_field")]),
    ],
)
def test_an_invitation_names_all_that_is_to_be_mended(
    ada: PersonClient, pool: PoolInMemory, fields: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    answer = ada.post("/People", fields)
    assert (answer.status, answer.faults) == (400, faults)
    assert pool.invited == []


def test_of_two_who_change_people_at_once_one_is_told(live: Store, ada: PersonClient) -> None:
    eve = client_of(live, Role.ADVERTISER, SHOP, PersonRole.ADMIN, "sub-eve")
    store = function("advertisers").ROUTES.store

    def disable_ada() -> None:
        assert eve.put("/People/sub-ada", {"State": "DISABLED"}).status == 200

    with stack.before_commits(disable_ada, on=store):
        late = ada.put("/People/sub-eve", {"State": "DISABLED"})
    assert (late.status, late.body["code"]) == (409, "version_conflict")
    assert eve.get("/People").status == 200


@pytest.mark.parametrize("role", list(PersonRole))
def test_everybody_turns_their_own_mails_off_and_on(live: Store, role: PersonRole) -> None:
    somebody = client_of(live, Role.ADVERTISER, SHOP, role, "sub-1")
    assert somebody.get("/Preferences").body == {"Mails": "true"}
    assert somebody.put("/Preferences", {"Mails": "false"}).body == {"Mails": "false"}
    assert somebody.put("/Preferences", {}).body == {"Mails": "false"}
    assert live.people(Role.ADVERTISER, SHOP).person("sub-1").mails is False
    assert somebody.put("/Preferences", {"Mails": "TRUE"}).body == {"Mails": "true"}
    refused = somebody.put("/Preferences", {"Mails": "daily"})
    assert (refused.status, refused.faults) == (400, [("Mails", "not_a_switch")])


def test_an_admin_turns_anybody_s_mails_off_and_a_machine_has_none(
    live: Store, ada: PersonClient
) -> None:
    client_of(live, Role.ADVERTISER, SHOP, PersonRole.REVIEWER, "sub-rita")
    changed = ada.put("/People/sub-rita", {"Mails": "false"}).body
    assert (changed["Mails"], changed["Role"], changed["State"]) == ("false", "REVIEWER", "ACTIVE")
    assert ada.put("/People/sub-ada", {"Mails": "false"}).body["Mails"] == "false"
    for answer in (ADVERTISER.get("/Preferences"), ADVERTISER.put("/Preferences", {})):
        assert (answer.status, answer.body["code"]) == (403, "no_person")
