"""People who sign in, as the gateway and the authorizer let them through; and a pool in memory."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError
from makegood.domain.account_people import Person, PersonRole, PersonState
from makegood.domain.mails import Told
from makegood.domain.parties import Role, SignedIn, account_sid
from makegood.domain.sessions import Session
from makegood.forms.resolutions import ResolutionRequest
from makegood.store.directory import Seen
from makegood.store.mails import SECOND, Mails
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.view import Ask

from tests.integration import market
from tests.integration.gateway import (
    ADVERTISER,
    ARN,
    FORM,
    PARTNER,
    Answer,
    Client,
    Context,
    basic,
    function,
)
from tests.integration.market import CAMPAIGN, CASHBACK, SHOP

CLIENT = "console-client"
ADMIN = SignedIn("sub-ada", "Ada Marsh", PersonRole.ADMIN, "session-1")
CLAIMS = {"token_use": "id", "aud": CLIENT, "exp": "1781092800"}


@dataclass(slots=True)
class PoolInMemory:
    """What the user pool answers to an invitation."""

    subs: dict[str, str] = field(default_factory=dict)
    invited: list[str] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def admin_create_user(
        self,
        Username: str,  # noqa: N803
        MessageAction: str = "",  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        if self.refusals:
            error = {"Code": self.refusals.pop(0), "Message": "refused"}
            raise ClientError({"Error": error}, "AdminCreateUser")
        if MessageAction == "RESEND":
            self.resent.append(Username)
            return {"User": {"Attributes": self._attributes(Username)}}
        if Username in self.subs:
            error = {"Code": "UsernameExistsException", "Message": "User account already exists"}
            raise ClientError({"Error": error}, "AdminCreateUser")
        self.subs[Username] = f"sub-{len(self.subs) + 1}"
        self.invited.append(Username)
        return {"User": {"Attributes": self._attributes(Username)}}

    def admin_get_user(self, Username: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        state = "CONFIRMED" if Username in self.confirmed else "FORCE_CHANGE_PASSWORD"
        return {"UserAttributes": self._attributes(Username), "UserStatus": state}

    def _attributes(self, username: str) -> list[dict[str, str]]:
        return [{"Name": "sub", "Value": self.subs[username]}]


def invited(
    store: Store,
    role: Role,
    account_id: str,
    person_role: PersonRole = PersonRole.VIEWER,
    sub: str = "sub-1",
) -> Person:
    """A person of that account, in that role."""
    person = Person(sub, f"{sub}@shop.example", f"Person {sub}", person_role)
    store.put_people(store.people(role, account_id).with_person(person))
    return person


def somebody_signs_in_for_two_accounts(world: Any) -> Iterator[None]:
    """A person is invited, signs in and out, and has another account and another role by then."""
    person = invited(world.store, Role.ADVERTISER, SHOP)
    session = Session("1" * 24, person.person_id, Role.ADVERTISER, SHOP, "hash", market.NOW)
    world.store.open_session(session)
    yield
    invited(world.store, Role.PARTNER, CASHBACK)
    people = world.store.people(Role.ADVERTISER, SHOP)
    world.store.put_people(people.changed(person.person_id, PersonRole.FINANCE, PersonState.ACTIVE))
    world.store.end_session(session.session_id, market.NOW)


def somebody_is_told_by_mail(world: Any) -> Iterator[None]:
    """A mail to somebody is begun, and sent after that."""
    known, place = Mails.beside(world.store), (account_sid(Role.ADVERTISER, SHOP), "sub-1", SECOND)
    begun = Told().begun(frozenset({"1#2"}), market.NOW)
    known.keep_told(*place, begun, market.NOW)
    yield
    known.keep_told(*place, begun.sent(market.NOW), market.NOW)


def two_people_accept_one_claim(world: Any) -> Iterator[None]:
    """From 1.00 on it takes two: one accepts, and the partner's version of it goes on meanwhile."""
    seen = world.store.campaigns([CAMPAIGN])[CAMPAIGN]
    careful = replace(seen, second_above=1)
    world.store.put_campaign(careful, Seen(seen))
    inquiry_id = market.file(world.store, "SECOND").inquiry_id
    asked = ResolutionRequest.read(market.accepted(inquiry_id))
    for each in ("anna", "ben"):
        work, ask = ResolutionWork(SHOP, market.NOW), Ask(asked, f"person:{each} {each}")
        unit_of_work.one(world.store, work, ask)
        yield
    world.store.put_campaign(seen, Seen(careful))


def admins_make_tokens(story: Any) -> None:
    """An ADMIN of each side makes a token for a machine, and revokes it."""
    for each in (ADVERTISER, PARTNER):
        admin = replace(each, person=ADMIN)
        asked = {"Name": "Nightly import", "Scopes": "Files,ActionInquiries", "ReadOnly": "true"}
        made = story.ask(admin, "POST", "/Tokens", asked)
        story.ask(admin, "GET", "/Tokens")
        story.ask(admin, "DELETE", f"/Tokens/{made.body['Id']}")


def pool_event(sub: str, fields: Mapping[str, str] | None = None, **claims: str) -> dict[str, Any]:
    """The gateway's event of POST /Sessions, with an ID token of that person."""
    return {
        "resource": "/Sessions",
        "httpMethod": "POST",
        "path": "/Sessions",
        "headers": {"Content-Type": FORM},
        "body": urlencode(fields) if fields else None,
        "isBase64Encoded": False,
        "stageVariables": {"SignInClientId": CLIENT},
        "requestContext": {
            "requestId": "request-1",
            "authorizer": {"claims": {**CLAIMS, "sub": sub, **claims}},
        },
    }


def signed_in(sub: str, fields: Mapping[str, str] | None = None, **claims: str) -> Answer:
    """What POST /Sessions answers."""
    return answered(pool_event(sub, fields, **claims))


def answered(event: dict[str, Any]) -> Answer:
    answer = function("sessions").handler(event, Context())
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def authorized(sid: str, token: str) -> dict[str, Any]:
    """What the authorizer passes on for these credentials."""
    event = {"type": "REQUEST", "methodArn": ARN, "headers": {"Authorization": basic(sid, token)}}
    return function("authorizer").handler(event, Context())["context"]


@dataclass(frozen=True, slots=True)
class PersonClient(Client):
    """A person behind the gateway, by their session."""

    token: str = ""

    def event(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        event = Client.event(self, method, path, body, headers)
        event["requestContext"]["authorizer"] = authorized(self.sid, self.token)
        return event


def client_of(
    store: Store, role: Role, account_id: str, person_role: PersonRole, sub: str
) -> PersonClient:
    """A person of that account who has signed in."""
    invited(store, role, account_id, person_role, sub)
    answer = signed_in(sub, {"AccountSid": account_sid(role, account_id)})
    assert answer.status == 201, answer.text
    return PersonClient(role, account_id, token=json.loads(answer.text)["Token"])
