"""The caller of a request: what the authorizer found, and how it tells the functions."""

from collections.abc import Mapping
from typing import Any

from makegood.domain.parties import EVERYTHING, Caller, Role, SignedIn
from makegood.domain.problems import Unauthorized
from makegood.domain.rate_limit import BURST, DEFAULT, PER_HOUR, Allowance
from makegood.domain.sessions import SessionEnded

ENDED = {"sessionEnded": "true"}
"""What the authorizer says of a session that has ended: nobody is signed in. The gateway's own 401
could not say why.
"""


def context_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event.get("requestContext") or {}


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller, as the authorizer found it; raises `SessionEnded` for a session that is over."""
    found = context_of(event).get("authorizer") or {}
    if "sessionEnded" in found:
        raise SessionEnded
    try:
        return Caller(
            account_sid=found["accountSid"],
            role=Role(found["role"]),
            account_id=found["accountId"],
            read_only=found["readOnly"] == "true",
            scopes=tuple(found.get("scopes", EVERYTHING).split(",")),
            allowance=Allowance(
                int(found.get("perHour", PER_HOUR)), int(found.get("burst", BURST))
            ),
            person=_person_of(found),
        )
    except (KeyError, ValueError) as error:
        raise Unauthorized from error


def _person_of(found: Mapping[str, Any]) -> SignedIn | None:
    if "personId" not in found:
        return None
    return SignedIn(found["personId"], found["personName"], found["personRole"], found["sessionId"])


def context_for(caller: Caller) -> dict[str, str]:
    """What the authorizer passes on to the functions; defaults are left out."""
    told = {
        "accountSid": caller.account_sid,
        "role": caller.role.value,
        "accountId": caller.account_id,
        "readOnly": str(caller.read_only).lower(),
    }
    if EVERYTHING not in caller.scopes:
        told["scopes"] = ",".join(caller.scopes)
    if caller.allowance != DEFAULT:
        told["perHour"] = str(caller.allowance.per_hour)
        told["burst"] = str(caller.allowance.burst)
    if caller.person is not None:
        told["personId"] = caller.person.person_id
        told["personName"] = caller.person.name
        told["personRole"] = caller.person.role
        told["sessionId"] = caller.person.session_id
    return told
