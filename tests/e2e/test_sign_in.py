"""A person signs in as a browser would: code and PKCE, a session, the API, and out again."""

import base64

import pytest
from makegood.domain.parties import Role, account_sid

from infra.local.stack import Stack
from tests.e2e import sign_in
from tests.e2e.sign_in import call

PASSWORD = "Makegood-tests-1"
SHOP, OTHER = "961", "962"
SID = account_sid(Role.ADVERTISER, SHOP)
ANNA = "anna@shop.example"


@pytest.fixture(scope="module")
def people(stack: Stack) -> Stack:
    """Two shops; Anna reviews for both, and Ada is ADMIN of the first."""
    for account_id in (SHOP, OTHER):
        stack.operate("create_advertiser", advertiser_id=account_id, name=f"Shop {account_id}")
    for account_id, email, role in (
        (SHOP, ANNA, "REVIEWER"),
        (OTHER, ANNA, "REVIEWER"),
        (SHOP, "ada@shop.example", "ADMIN"),
    ):
        stack.operate(
            "invite_person",
            role="ADVERTISER",
            account_id=account_id,
            email=email,
            name=email.partition("@")[0].title(),
            person_role=role,
        )
        stack.client("cognito-idp").admin_set_user_password(
            UserPoolId=stack.user_pool, Username=email, Password=PASSWORD, Permanent=True
        )
    return stack


def basic(sid: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()


def opened(stack: Stack, email: str, fields: dict[str, str] | None = None) -> tuple[int, dict]:
    tokens = sign_in.id_token(stack, email, PASSWORD)
    return call(stack, "POST", "/Sessions", tokens["id_token"], fields)


def test_a_person_signs_in_chooses_an_account_works_and_signs_out(people: Stack) -> None:
    status, told = opened(people, ANNA)
    assert (status, told["code"]) == (409, "account_ambiguous")
    assert [each["Name"] for each in told["Accounts"]] in (
        ["Shop 961", "Shop 962"],
        ["Shop 962", "Shop 961"],
    )
    status, session = opened(people, ANNA, {"AccountSid": SID})
    assert (status, session["PersonName"], session["Role"]) == (201, "Anna", "REVIEWER")
    who = basic(SID, session["Token"])
    assert call(people, "GET", f"/Advertisers/{SID}/Campaigns", who)[0] == 200
    status, refused = call(people, "GET", f"/Advertisers/{SID}/Funds?Currency=USD", who)
    assert (status, refused["code"]) == (403, "role")
    assert call(people, "DELETE", "/Sessions", who) == (204, None)


def test_an_admin_invites_and_disables_and_the_session_says_that_it_ended(people: Stack) -> None:
    _, session = opened(people, "ada@shop.example")
    who = basic(SID, session["Token"])
    root = f"/Advertisers/{SID}/People"
    invitation = {"Email": "new@shop.example", "Name": "New", "Role": "VIEWER"}
    status, person = call(people, "POST", root, who, invitation)
    assert (status, person["State"]) == (200, "ACTIVE")
    people.client("cognito-idp").admin_set_user_password(
        UserPoolId=people.user_pool,
        Username="new@shop.example",
        Password=PASSWORD,
        Permanent=True,
    )
    _, theirs = opened(people, "new@shop.example")
    disabled = {"State": "DISABLED"}
    status, person = call(people, "PUT", f"{root}/{person['Id']}", who, disabled)
    assert (status, person["State"]) == (200, "DISABLED")
    known = basic(SID, theirs["Token"])
    status, ended = call(people, "GET", f"/Advertisers/{SID}/Campaigns", known)
    assert (status, ended["code"]) == (401, "session_ended")


def test_what_is_no_id_token_of_ours_opens_nothing(people: Stack) -> None:
    tokens = sign_in.id_token(people, ANNA, PASSWORD)
    assert call(people, "POST", "/Sessions", tokens["access_token"])[0] == 401
    assert call(people, "POST", "/Sessions", tokens["id_token"] + "x")[0] == 401
    assert call(people, "POST", "/Sessions", basic(SID, "nothing"))[0] == 401


def test_a_code_is_worth_something_to_who_asked_for_it_and_once(people: Stack) -> None:
    assert sign_in.code_of(people, ANNA, "wrong", sign_in.fresh()) == ""
    pkce = sign_in.fresh()
    code = sign_in.code_of(people, ANNA, PASSWORD, pkce)
    assert "error" in sign_in.tokens_of(people, code, sign_in.fresh().verifier)
    assert "id_token" in sign_in.tokens_of(people, code, pkce.verifier)
    assert "error" in sign_in.tokens_of(people, code, pkce.verifier)
