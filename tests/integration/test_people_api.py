"""The people of an account by HTTP: who may see them, invite them, and change them."""

from datetime import timedelta

import pytest
from makegood.aws.cognito import UserPool
from makegood.domain.account_people import (
    MAILED_AGAIN_AFTER,
    PEOPLE_MAX,
    Person,
    PersonRole,
)
from makegood.domain.parties import Role
from makegood.runtime import settings
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


def test_what_an_account_may_not_invite_sends_no_e_mail(
    live: Store, ada: PersonClient, pool: PoolInMemory
) -> None:
    ada.post("/People", RITA)
    assert ada.post("/People", {**RITA, "Role": "ADMIN"}).body["code"] == "person_exists"
    people = live.people(Role.ADVERTISER, SHOP)
    while len(people.people) < PEOPLE_MAX:
        sub = f"sub-more-{len(people.people)}"
        people = people.with_person(Person(sub, f"{sub}@x.example", sub, PersonRole.VIEWER))
    live.put_people(people)
    full = ada.post("/People", {**RITA, "Email": "new@shop.example"})
    assert (full.status, full.body["code"]) == (422, "too_many_people")
    assert (pool.invited, pool.resent) == (["rita@shop.example"], [])


def test_an_invitation_that_was_not_used_is_sent_again_once_a_day(
    ada: PersonClient, pool: PoolInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ada.post("/People", RITA)
    assert ada.post("/People", RITA).body == made.body
    assert pool.resent == []
    later = settings.wall_now() + MAILED_AGAIN_AFTER
    monkeypatch.setattr(settings, "wall_now", lambda: later)
    assert [ada.post("/People", RITA).body for _ in range(3)] == [made.body] * 3
    assert pool.resent == ["rita@shop.example"]
    pool.confirmed.add("rita@shop.example")
    much_later = later + timedelta(days=30)
    monkeypatch.setattr(settings, "wall_now", lambda: much_later)
    assert ada.post("/People", RITA).body == made.body
    assert (pool.invited, pool.resent) == (["rita@shop.example"], ["rita@shop.example"])


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        ("LimitExceededException", 503, "unavailable"),
        ("TooManyRequestsException", 503, "unavailable"),
        ("CodeDeliveryFailureException", 503, "unavailable"),
        ("InvalidParameterException", 400, "validation_failed"),
    ],
)
def test_what_the_pool_refuses_says_so_and_may_be_asked_again(
    ada: PersonClient, pool: PoolInMemory, refusal: str, status: int, code: str
) -> None:
    pool.refusals.append(refusal)
    refused = ada.post("/People", RITA, Idempotency_Key="1")
    assert (refused.status, refused.body["code"]) == (status, code)
    assert refused.faults == ([("Email", "bad_email")] if status == 400 else [])
    assert ada.post("/People", RITA, Idempotency_Key="1").status == 200
    assert pool.invited == ["rita@shop.example"]


def test_an_e_mail_that_could_not_be_sent_again_does_not_count(
    ada: PersonClient, pool: PoolInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.post("/People", RITA)
    later = settings.wall_now() + MAILED_AGAIN_AFTER
    monkeypatch.setattr(settings, "wall_now", lambda: later)
    pool.refusals += ["UsernameExistsException", "LimitExceededException"]
    assert ada.post("/People", RITA).status == 503
    assert ada.post("/People", RITA).status == 200
    assert pool.resent == ["rita@shop.example"]


@pytest.mark.parametrize("commit", [0, 1], ids=["before its e-mail", "after its e-mail"])
@pytest.mark.parametrize("key", ["1", ""])
def test_of_two_equal_invitations_at_once_both_are_answered_and_one_is_sent(
    ada: PersonClient, pool: PoolInMemory, key: str, commit: int
) -> None:
    headers = {"Idempotency_Key": key} if key else {}
    answers = []

    def the_same() -> None:
        answers.append(ada.post("/People", RITA, **headers))

    works = [lambda: None] * commit + [the_same]
    with stack.before_commits(*works, on=function("advertisers").ROUTES.store):
        answers.append(ada.post("/People", RITA, **headers))
    assert [each.status for each in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert (pool.invited, pool.resent) == (["rita@shop.example"], [])


def test_two_who_are_invited_at_once_are_both_there(ada: PersonClient, pool: PoolInMemory) -> None:
    ben = {**RITA, "Email": "ben@shop.example", "Name": "Ben"}
    works = [lambda: None, lambda: ada.post("/People", ben)]
    with stack.before_commits(*works, on=function("advertisers").ROUTES.store):
        assert ada.post("/People", RITA).status == 200
    names = [each["Name"] for each in ada.get("/People").body["People"]]
    assert names == ["Person sub-ada", "Ben", "Rita"]
    assert sorted(pool.invited) == ["ben@shop.example", "rita@shop.example"]


def test_of_two_equal_changes_at_once_both_get_the_first_answer(
    live: Store, ada: PersonClient
) -> None:
    client_of(live, Role.ADVERTISER, SHOP, PersonRole.VIEWER, "sub-vera")
    answers = []

    def change() -> None:
        asked = {"Role": "FINANCE"}
        answers.append(ada.put("/People/sub-vera", asked, Idempotency_Key="1"))

    with stack.before_commits(change, on=function("advertisers").ROUTES.store):
        change()
    assert [each.status for each in answers] == [200, 200]
    assert answers[0].body == answers[1].body
