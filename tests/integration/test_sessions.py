"""Signing in and out, and what a session opens until it ends."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from makegood.aws.cognito import UserPool
from makegood.domain.account_people import PersonRole, PersonState
from makegood.domain.parties import Role
from makegood.domain.sessions import LASTS, OPENINGS, TOLD
from makegood.store.store import Contested, Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function, operate
from tests.integration.market import CASHBACK, SHOP, declined
from tests.integration.people import (
    PersonClient,
    PoolInMemory,
    answered,
    authorized,
    client_of,
    invited,
    pool_event,
    signed_in,
)


@pytest.fixture(autouse=True)
def _fresh(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function("authorizer"), "STORE", stack.another())
    monkeypatch.setattr(function("sessions"), "STORE", stack.another())


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> PoolInMemory:
    made = PoolInMemory()
    monkeypatch.setattr(UserPool, "client", made)
    return made


def reviewer(live: Store) -> PersonClient:
    return client_of(live, Role.ADVERTISER, SHOP, PersonRole.REVIEWER, "sub-rita")


def test_a_person_signs_in_and_works_as_themselves(live: Store) -> None:
    rita = reviewer(live)
    inquiry = market.file(live, "A-1")
    answer = rita.put("/ActionInquiries", declined(inquiry.inquiry_id))
    assert answer.status == 200
    shown = ADVERTISER.get(f"/ActionInquiries/{inquiry.inquiry_id}").body
    assert shown["DecidedBy"] == "Person sub-rita"
    theirs = PARTNER.get(f"/ActionInquiries/{inquiry.inquiry_id}").body
    assert theirs["DecidedBy"] == "advertiser"
    kept = live.inquiries([inquiry.inquiry_id])[inquiry.inquiry_id]
    assert kept.decided_by == "person:sub-rita Person sub-rita"


def test_who_of_a_side_wrote_something_is_told_to_that_side_alone(live: Store) -> None:
    rita = reviewer(live)
    path = f"/ActionInquiries/{market.file(live, 'A-1').inquiry_id}/Comments"
    for visibility in ("PARTIES", "INTERNAL"):
        said = {"Comment": visibility, "Visibility": visibility}
        assert rita.post(path, said).status == 200
    assert ADVERTISER.post(path, {"Comment": "By a program"}).status == 200

    def authors(client: Any) -> list[tuple[str, str]]:
        shown = client.get(path).body["Comments"]
        return sorted((each["Comment"], each["Author"]) for each in shown)

    rita_is = "Person sub-rita"
    own = [("By a program", ""), ("INTERNAL", rita_is), ("PARTIES", rita_is)]
    assert authors(ADVERTISER) == authors(rita) == own
    assert authors(PARTNER) == [("By a program", ""), ("PARTIES", "")]


def test_a_session_says_what_it_is_for_and_lasts_eight_hours(live: Store) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    answer = signed_in("sub-1")
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.body
    ends = datetime.fromisoformat(told.pop("ExpirationDate"))
    assert timedelta(hours=7, minutes=59) < ends - datetime.now(UTC) < timedelta(hours=8, minutes=1)
    assert told.pop("Token").startswith("mgs_" + told.pop("SessionId"))
    assert told == {
        "AccountSid": PARTNER.sid,
        "Audience": "PARTNER",
        "AccountId": CASHBACK,
        "PersonId": "sub-1",
        "PersonName": "Person sub-1",
        "Role": "VIEWER",
    }


def test_of_several_accounts_one_is_named(live: Store) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    invited(live, Role.ADVERTISER, SHOP, PersonRole.FINANCE)
    answer = signed_in("sub-1")
    assert (answer.status, answer.body["code"]) == (409, "account_ambiguous")
    found = {each["AccountSid"]: each for each in answer.body["Accounts"]}
    assert found.keys() == {PARTNER.sid, ADVERTISER.sid}
    assert found[ADVERTISER.sid] == {
        "AccountSid": ADVERTISER.sid,
        "Audience": "ADVERTISER",
        "Name": live.advertisers([SHOP])[SHOP].name,
        "Role": "FINANCE",
    }
    chosen = signed_in("sub-1", {"AccountSid": ADVERTISER.sid})
    assert (chosen.status, chosen.body["Role"]) == (201, "FINANCE")


@pytest.mark.parametrize(
    "claims",
    [{"token_use": "access"}, {"aud": "another-client"}, {"aud": ""}, {"sub": ""}],
    ids=["an access token", "another client's", "nobody's", "no person"],
)
def test_only_our_client_s_id_tokens_sign_in(live: Store, claims: dict[str, str]) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    answer = answered(pool_event(**{"sub": "sub-1", **claims}))
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")


def test_where_no_client_is_known_nobody_signs_in(live: Store) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    for variables in (None, {}, {"SignInClientId": ""}):
        event = pool_event("sub-1", aud="")
        event["stageVariables"] = variables
        assert answered(event).status == 401


def test_who_was_not_invited_has_no_account(live: Store) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    for answer in (signed_in("sub-9"), signed_in("sub-1", {"AccountSid": ADVERTISER.sid})):
        assert (answer.status, answer.body["code"]) == (403, "no_account")


def test_a_field_that_is_none_is_refused(live: Store) -> None:
    invited(live, Role.PARTNER, CASHBACK, PersonRole.VIEWER)
    answer = signed_in("sub-1", {"AccountSID": PARTNER.sid})
    assert answer.faults == [("AccountSID", "unknown_field")]


def test_signing_out_ends_the_session_and_says_so(live: Store) -> None:
    rita = reviewer(live)
    event = rita.event("DELETE", "/x") | {"path": "/Sessions", "resource": "/Sessions"}
    assert answered(event).status == 204
    assert authorized(rita.sid, rita.token) == {"sessionEnded": "true"}
    answer = rita.get("/Campaigns")
    assert (answer.status, answer.body["code"]) == (401, "session_ended")
    again = answered(rita.event("DELETE", "/x") | {"path": "/Sessions"})
    assert (again.status, again.body["code"]) == (401, "session_ended")


def test_a_machine_s_token_is_no_session(live: Store) -> None:
    event = ADVERTISER.event("DELETE", "/x") | {"path": "/Sessions"}
    answer = answered(event)
    assert (answer.status, answer.body["code"]) == (403, "no_session")


def test_a_session_ends_after_eight_hours(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rita = reviewer(live)
    later = datetime.now(UTC) + timedelta(hours=8, seconds=1)
    monkeypatch.setattr(function("authorizer"), "wall_now", lambda: later)
    assert rita.get("/Campaigns").body["code"] == "session_ended"


@pytest.mark.parametrize("ended", ["signed out", "over by itself", "disabled"])
def test_that_a_session_has_ended_is_told_for_a_day_and_then_it_is_refused(
    live: Store, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    rita = reviewer(live)
    over = datetime.now(UTC)
    if ended == "signed out":
        live.end_session(rita.token.removeprefix("mgs_").partition(".")[0], over)
    else:
        over += LASTS
    if ended == "disabled":
        people = live.people(Role.ADVERTISER, SHOP)
        disabled = PersonState.DISABLED
        live.put_people(people.changed("sub-rita", PersonRole.REVIEWER, disabled))
    authorizer = function("authorizer")
    second = timedelta(seconds=5)
    monkeypatch.setattr(authorizer, "wall_now", lambda: over + TOLD - second)
    assert authorized(rita.sid, rita.token) == {"sessionEnded": "true"}
    monkeypatch.setattr(authorizer, "wall_now", lambda: over + TOLD + second)
    with pytest.raises(authorizer.Refused):
        authorized(rita.sid, rita.token)


def test_who_is_disabled_is_out_and_who_has_another_role_has_it_at_once(live: Store) -> None:
    rita = reviewer(live)
    people = live.people(Role.ADVERTISER, SHOP)
    finance = people.changed("sub-rita", PersonRole.FINANCE, PersonState.ACTIVE)
    live.put_people(finance)
    assert rita.get("/Funds?Currency=USD").status == 200
    disabled = live.people(Role.ADVERTISER, SHOP).changed(
        "sub-rita", PersonRole.FINANCE, PersonState.DISABLED
    )
    live.put_people(disabled)
    assert rita.get("/Campaigns").body["code"] == "session_ended"
    assert signed_in("sub-rita").body["code"] == "no_account"


def test_a_session_opens_its_own_account_and_no_other_secret_opens_it(live: Store) -> None:
    rita = reviewer(live)
    refusing = function("authorizer")
    for sid, token in (
        (PARTNER.sid, rita.token),
        (rita.sid, rita.token + "x"),
        (rita.sid, "mgs_" + "0" * 24 + "." + "x" * 43),
        (rita.sid, "mgs_"),
    ):
        with pytest.raises(refusing.Refused):
            authorized(sid, token)


def test_a_token_is_kept_as_a_hash(live: Store) -> None:
    rita = reviewer(live)
    secret = rita.token.partition(".")[2]
    assert len(secret) >= 43
    assert secret not in json.dumps(stack.snapshot())


def test_a_session_takes_one_read_and_a_machine_takes_no_more_than_before(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita = reviewer(live)
    made = live.account(ADVERTISER.sid)
    assert made is None
    created = operate({"command": "create_credential", "role": "ADVERTISER", "account_id": SHOP})
    fresh = stack.another()
    monkeypatch.setattr(function("authorizer"), "STORE", fresh)
    with stack.calls(fresh) as calls:
        authorized(rita.sid, rita.token)
    assert [name for name, _ in calls] == ["BatchGetItem"]
    with stack.calls(fresh) as calls:
        authorized(ADVERTISER.sid, created["token"])
    (read, _) = [asked for name, asked in calls if name == "BatchGetItem"] + [None]
    assert sum(len(each["Keys"]) for each in read["RequestItems"].values()) == 1


def test_a_session_has_a_rate_of_its_own_and_sessions_are_not_opened_without_end(
    live: Store,
) -> None:
    rita = reviewer(live)
    assert rita.get("/Campaigns").headers["X-RateLimit-Remaining"] == "999"
    assert ADVERTISER.get("/Campaigns").headers["X-RateLimit-Remaining"] == "999"
    statuses = [signed_in("sub-rita").status for _ in range(OPENINGS.burst)]
    assert statuses.count(201) == OPENINGS.burst - 1
    assert statuses[-1] == 429


def test_a_role_is_held_to_its_routes(live: Store) -> None:
    rita = reviewer(live)
    vera = client_of(live, Role.ADVERTISER, SHOP, PersonRole.VIEWER, "sub-vera")
    finn = client_of(live, Role.ADVERTISER, SHOP, PersonRole.FINANCE, "sub-finn")
    inquiry = market.file(live, "A-1")
    refused = [
        rita.get("/Funds?Currency=USD"),
        rita.post("/Files", {"Kind": "actions", "Name": "a.csv", "Size": "9"}),
        finn.put("/ActionInquiries", declined(inquiry.inquiry_id)),
        finn.post("/Files", {"Kind": "resolutions", "Name": "a.csv", "Size": "9"}),
        vera.put("/ActionInquiries", declined(inquiry.inquiry_id)),
        vera.post("/Webhooks", {"Url": "https://a.example"}),
    ]
    assert [(each.status, each.body["code"]) for each in refused] == [(403, "role")] * 6
    allowed = [
        rita.post("/Files", {"Kind": "resolutions", "Name": "a.csv", "Size": "9"}),
        finn.get("/Funds?Currency=USD"),
        finn.post("/Files", {"Kind": "actions", "Name": "a.csv", "Size": "9"}),
        vera.get(f"/ActionInquiries/{inquiry.inquiry_id}"),
    ]
    assert [each.status for each in allowed] == [200] * 4


def test_a_file_knows_the_person_who_sent_it(live: Store) -> None:
    fields = {"Kind": "resolutions", "Name": "a.csv", "Size": "9"}
    sent = [reviewer(live).post("/Files", fields), ADVERTISER.post("/Files", fields)]
    ids = [each.body["Uri"].rpartition("/")[2] for each in sent]
    uploads = [live.upload(each) for each in ids]
    assert [each and each.sent_by for each in uploads] == ["sub-rita", ""]


def test_a_line_and_a_metric_tell_of_a_sign_in_and_never_who_or_what_with(
    live: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    rita = reviewer(live)
    signed_in("sub-nobody")
    logged = capsys.readouterr().out
    assert re.findall(r'"(signed_in|refused)": 1', logged) == ["signed_in", "refused"]
    for secret in (rita.token, rita.token.partition(".")[2], "sub-rita", "@shop.example"):
        assert secret not in logged


def command(name: str, /, **arguments: Any) -> dict[str, Any]:
    return operate({"command": name, "role": "ADVERTISER", "account_id": SHOP, **arguments})


def test_the_operator_invites_lists_disables_and_enables(live: Store, pool: PoolInMemory) -> None:
    anna = {"email": "Anna@Shop.example", "name": "Anna", "person_role": "REVIEWER"}
    made = command("invite_person", **anna)
    assert made["person_id"] == "sub-1"
    assert command("invite_person", **anna) == made
    assert pool.invited == ["anna@shop.example"]
    other = {**anna, "role": "PARTNER", "account_id": CASHBACK}
    assert operate({"command": "invite_person", **other})["person_id"] == "sub-1"
    assert command("list_persons")["people"] == [made]
    assert command("disable_person", email="anna@shop.example")["state"] == "DISABLED"
    assert signed_in("sub-1").body["AccountSid"] == PARTNER.sid
    assert command("enable_person", email="anna@shop.example")["state"] == "ACTIVE"
    assert signed_in("sub-1").body["code"] == "account_ambiguous"


def test_the_operator_is_told_what_cannot_be(live: Store, pool: PoolInMemory) -> None:
    anna = {"email": "anna@shop.example", "name": "Anna", "person_role": "ADMIN"}
    refused = [
        command("invite_person", **{**anna, "account_id": "nobody"}),
        command("invite_person", **{**anna, "email": "anna"}),
        command("invite_person", **{**anna, "person_role": "BOSS"}),
        command("disable_person", email="anna@shop.example"),
    ]
    assert [each["status"] for each in refused] == [404, 400, 400, 404]
    assert pool.invited == []
    command("invite_person", **anna)
    assert command("disable_person", email="anna@shop.example")["code"] == "last_admin"


def test_a_person_who_is_invited_while_another_is_keeps_neither_out(
    live: Store, pool: PoolInMemory
) -> None:
    before = live.people(Role.ADVERTISER, SHOP)
    live.put_people(before.with_person(_person("sub-7")))
    with pytest.raises(Contested):
        stack.rival().put_people(before.with_person(_person("sub-8")))
    assert [each.person_id for each in live.people(Role.ADVERTISER, SHOP).people] == ["sub-7"]


def _person(sub: str) -> Any:
    from makegood.domain.account_people import Person

    return Person(sub, f"{sub}@shop.example", sub, PersonRole.VIEWER)


def test_what_is_asked_of_sessions_otherwise_is_refused(live: Store) -> None:
    event = pool_event("sub-1") | {"httpMethod": "PATCH"}
    answer = function("sessions").handler(event, Context())
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "POST, DELETE")
