"""The caller of a request: what the authorizer found, and how it tells the functions."""

from collections.abc import Mapping
from typing import Any

from makegood.domain.parties import EVERYTHING, Caller, Role
from makegood.domain.problems import Unauthorized
from makegood.domain.rate_limit import BURST, DEFAULT, PER_HOUR, Allowance


def context_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event.get("requestContext") or {}


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller, as the authorizer found it."""
    found = context_of(event).get("authorizer") or {}
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
        )
    except (KeyError, ValueError) as error:
        raise Unauthorized from error


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
    return told
