"""Who is asking: HTTP Basic, account SID and token, against hashed credentials and sessions."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from makegood.api import callers
from makegood.domain import sessions
from makegood.domain.parties import Caller, SignedIn
from makegood.runtime import start
from makegood.runtime.settings import Clock, metrics_line, settings, wall_now
from makegood.store.people import People

SETTINGS = settings()
STORE = People(SETTINGS.tables)
CLOCK = Clock(STORE, SETTINGS.clock_adjustable)
ACCOUNT_SID = re.compile(r"MG[0-9A-F]{20}")
REFUSED = "Unauthorized"
"""What the gateway takes for 401."""


class Refused(Exception):
    """Nobody that is known here; the gateway takes its text for 401."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Allows the whole API to an account that signs in; what of it is its own, routes check.

    Lambda counts a refusal as an error, too; one that is none is told by a metric of its own.
    """
    try:
        return admitted(event)
    except Refused:
        refused(event)
        raise
    except Exception:
        print(metrics_line("authorizer", {"failed": 1}))
        raise


def refused(event: Mapping[str, Any]) -> None:
    """Tells of a refusal, without what was sent.

    It is answered at once: a token has 256 random bits, so nobody guesses one, and an answer that
    waits would hold one of the few functions that run at once.
    """
    source = ((event.get("requestContext") or {}).get("identity") or {}).get("sourceIp", "")
    print(json.dumps({"level": "INFO", "message": "sign-in refused", "source": source}))
    print(metrics_line("authorizer", {"sign_ins_refused": 1}))


def admitted(event: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    account_sid, token = read_basic(headers.get("authorization", ""))
    if account_sid and sessions.is_session_token(token):
        return policy(account_sid, of_session(account_sid, token), event)
    account = STORE.account(account_sid) if account_sid else None
    credential = account.admitted(token) if account else None
    if account is None or credential is None:
        raise Refused(REFUSED)
    STORE.note_use(credential.credential_id, CLOCK())
    rights = credential.rights
    caller = Caller(
        account_sid=account_sid,
        role=account.role,
        account_id=account.account_id,
        read_only=rights.read_only,
        scopes=rights.scopes,
        allowance=account.allowance,
    )
    return policy(account_sid, callers.context_for(caller), event)


def of_session(account_sid: str, token: str) -> dict[str, str]:
    """What is passed on of a session: the person as the account has them now, or that it is over.

    That it is over is told to who has its secret alone, and for a day; anybody else is refused
    here.
    """
    now = wall_now()
    session_id, secret = sessions.parts_of(token)
    found = STORE.presented(account_sid, session_id)
    session, person = found.session, found.person
    if session is None or not session.knows(secret, account_sid):
        raise Refused(REFUSED)
    if not session.is_told(now):
        raise Refused(REFUSED)
    if person is None or not session.is_open(now):
        return callers.ENDED
    caller = Caller(
        account_sid=account_sid,
        role=session.role,
        account_id=session.account_id,
        person=SignedIn(person.person_id, person.name, person.role.value, session.session_id),
    )
    return callers.context_for(caller)


def read_basic(authorization: str) -> tuple[str, str]:
    """Account SID and token; two blanks when they cannot be read."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return "", ""
    account_sid, _, token = decoded.partition(":")
    return (account_sid, token) if ACCOUNT_SID.fullmatch(account_sid) else ("", "")


def policy(account_sid: str, told: Mapping[str, str], event: Mapping[str, Any]) -> dict[str, Any]:
    """Valid for every route, since the gateway keeps it for a minute."""
    api_arn = "/".join(event["methodArn"].split("/")[:2])
    return {
        "principalId": account_sid,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api_arn}/*"}
            ],
        },
        "context": dict(told),
    }


start.started()
