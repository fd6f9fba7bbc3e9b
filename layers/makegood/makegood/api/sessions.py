"""Signing in: whom the user pool knows is given a token for one account, and gives it back.

The gateway has checked that the pool signed the ID token. That it is an ID token, and made for our
own client, is checked here: the gateway does not look at either. Of its claims, `sub` names the
person, and nothing else is taken from it: who may do what is kept by us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from makegood.api import request_body
from makegood.api.callers import caller_of, context_of
from makegood.api.http import Reply
from makegood.api.negotiation import headers_of
from makegood.domain import rate_limit, sessions
from makegood.domain.account_people import AccountPeople, Person
from makegood.domain.problems import (
    Conflict,
    Forbidden,
    TooManyRequests,
    Unauthorized,
)
from makegood.domain.sessions import LASTS, OPENINGS, Session
from makegood.forms import fields
from makegood.store.people import People

CLIENT = "SignInClientId"
"""The stage variable that names the pool's client: what its ID tokens are made for."""


class AccountAmbiguous(Conflict):
    """Raised where a person has several accounts and names none; `accounts` are what to choose
    from.
    """

    code = "account_ambiguous"
    message = "This person has several accounts; name one as AccountSid"

    def __init__(self, accounts: list[dict[str, str]]) -> None:
        super().__init__()
        self.accounts = accounts


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a new session is made with: the real instant, and two names that nobody can guess."""

    now: datetime
    session_id: str
    secret: str


def open_session(store: People, event: Mapping[str, Any], fresh: Fresh) -> Reply:
    """Opens a session of the person whose ID token came, for the account that the body names, or
    else for the only one that they have.
    """
    person_id = person_of(event)
    _take(store, person_id, fresh.now)
    wanted = _account_sid(event)
    accounts = store.accounts_of(person_id)
    if not accounts:
        raise Forbidden(
            "Nobody has invited this person to an account, or they were disabled; ask an ADMIN of "
            "the account",
            code="no_account",
        )
    people = _chosen(store, accounts, wanted, person_id)
    session = Session(
        session_id=fresh.session_id,
        person_id=person_id,
        role=people.role,
        account_id=people.account_id,
        secret_hash=sessions.hash_secret(fresh.session_id, fresh.secret),
        ends_at=fresh.now + LASTS,
    )
    store.open_session(session)
    return Reply(
        _shown(session, people.person(person_id), fresh.secret),
        HTTPStatus.CREATED,
        {"Cache-Control": "no-store"},
    )


def close_session(store: People, event: Mapping[str, Any], now: datetime) -> Reply:
    """Ends the session whose token came; a machine's token is ended by the operator."""
    person = caller_of(event).person
    if person is None:
        raise Forbidden(
            "A machine's token is no session; the operator revokes it", code="no_session"
        )
    store.end_session(person.session_id, now)
    return Reply("", HTTPStatus.NO_CONTENT)


def person_of(event: Mapping[str, Any]) -> str:
    """The pool's name of the person whose ID token for our client came; raises `Unauthorized`."""
    claims = (context_of(event).get("authorizer") or {}).get("claims") or {}
    client = (event.get("stageVariables") or {}).get(CLIENT, "")
    ours = claims.get("token_use") == "id" and client and claims.get("aud") == client
    if not ours or not claims.get("sub"):
        raise Unauthorized("Send the ID token that signing in gave, as Authorization")
    return str(claims["sub"])


def _take(store: People, person_id: str, now: datetime) -> None:
    at = rate_limit.micros(now)
    taken, full_at = store.take(f"person:{person_id}", OPENINGS, at)
    if not taken:
        raise TooManyRequests(OPENINGS.wait_seconds(full_at, at))


def _account_sid(event: Mapping[str, Any]) -> str:
    """The account that the body names; blank where it names none."""
    kind = headers_of(event).get("content-type", "")
    given = request_body.fields_of(event, kind) if event.get("body") else {}
    fields.check_known(given, fields.SESSION_FIELDS)
    return given.get("AccountSid", "").strip()


def _chosen(
    store: People, accounts: list[AccountPeople], wanted: str, person_id: str
) -> AccountPeople:
    """The account that is meant; one that the person does not have is as if it were not there."""
    if wanted:
        for each in accounts:
            if each.account_sid == wanted:
                return each
        raise Forbidden("This person has no such account; check AccountSid", code="no_account")
    if len(accounts) > 1:
        names = store.names_of(accounts)
        raise AccountAmbiguous(
            [
                {
                    "AccountSid": each.account_sid,
                    "Audience": str(each.role),
                    "Name": names.get(each.account_sid, ""),
                    "Role": str(each.person(person_id).role),
                }
                for each in accounts
            ]
        )
    return accounts[0]


def _shown(session: Session, person: Person, secret: str) -> dict[str, str]:
    return {
        "SessionId": session.session_id,
        "AccountSid": session.account_sid,
        "Audience": str(session.role),
        "AccountId": session.account_id,
        "Token": sessions.token_of(session.session_id, secret),
        "PersonId": session.person_id,
        "PersonName": person.name,
        "Role": str(person.role),
        "ExpirationDate": session.ends_at.isoformat(timespec="seconds"),
    }
