"""The record of every command: who sent it, what it asked, and what came of it.

A record is two objects in a bucket that the functions can only add to: one is written before the
command runs, the other after. A command that cannot be recorded does not run.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.domain.problems import Fault, Forbidden, Invalid, Problem

SECRETS = frozenset({"token"})
"""What an answer tells once, and no record keeps."""

JSON = "application/json"

NAMED_CHARS_MAX = 64
"""Of each id that a command names: who sends it may write anything there."""

ABOUT = ("advertiser_id", "partner_id", "campaign_id", "account_id", "credential_id")
"""The arguments that say what a command is about; they are ids of ours, and nobody's data."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command as it came: `caller` is an IAM identity's ARN, `at` the instant of arrival."""

    caller: str
    address: str
    command: Mapping[str, Any]
    request_id: str
    at: datetime
    second_person: bool = True

    @property
    def name(self) -> str:
        return str(self.command.get("command", ""))

    def key(self, part: str) -> str:
        """Like `2026/11/28/2026-11-28T08:30:00.000+00:00-{request}-asked.json`."""
        at = self.at.isoformat(timespec="milliseconds")
        return f"{self.at:%Y/%m/%d}/{at}-{self.request_id}-{part}.json"


def invocation_of(
    event: Mapping[str, Any], request_id: str, at: datetime, second_person: bool = True
) -> Invocation:
    """Reads an event of the function's URL; `second_person` says whether some commands need one.

    Raises `Forbidden` where it names no caller, as a direct invocation does not; `Invalid` where
    its body is no JSON object.
    """
    asked = event.get("requestContext") or {}
    caller = ((asked.get("authorizer") or {}).get("iam") or {}).get("userArn")
    if not caller:
        raise Forbidden(
            "Send commands to the function's URL, signed; a direct invocation names no caller",
            code="caller_unknown",
        )
    return Invocation(
        caller=str(caller),
        address=str((asked.get("http") or {}).get("sourceIp", "")),
        command=_command_in(event),
        request_id=request_id,
        at=at,
        second_person=second_person,
    )


def _command_in(event: Mapping[str, Any]) -> Mapping[str, Any]:
    body = event.get("body") or ""
    try:
        command = json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except ValueError:
        command = None
    if not isinstance(command, dict):
        message = 'Send a JSON object like {"command": "reconcile"}'
        raise Invalid(faults=(Fault("body", message, "not_json"),))
    return command


def digest(command: Mapping[str, Any]) -> str:
    """Stands for all that a command says, whatever the order of its arguments."""
    return sha256(json.dumps(command, sort_keys=True).encode()).hexdigest()


def size(arguments: Mapping[str, Any]) -> int:
    """The bytes of these arguments as they are kept."""
    return len(json.dumps(arguments, ensure_ascii=False).encode(errors="surrogatepass"))


def asked(bucket: Bucket, invocation: Invocation) -> None:
    """Records a command before it runs."""
    _add(bucket, invocation, "asked", {})


def answered(
    bucket: Bucket, invocation: Invocation, result: Mapping[str, Any], at: datetime
) -> None:
    """Records what a command answered, without its secrets."""
    told = {name: value for name, value in result.items() if name not in SECRETS}
    _add(bucket, invocation, "answered", {"result": told, "answered_at": at.isoformat()})


def refused(bucket: Bucket, invocation: Invocation, problem: Problem, at: datetime) -> None:
    """Records why a command changed nothing."""
    why = {"code": problem.code, "status": problem.status}
    _add(bucket, invocation, "answered", {"refused": why, "answered_at": at.isoformat()})


def _add(bucket: Bucket, invocation: Invocation, part: str, more: Mapping[str, Any]) -> None:
    proposal = invocation.command.get("proposal_id")
    document = {
        "caller": invocation.caller,
        "address": invocation.address,
        "command": invocation.name,
        "arguments": digest(invocation.command),
        "request_id": invocation.request_id,
        "at": invocation.at.isoformat(),
        "second_person": "required" if invocation.second_person else "off",
        "about": {
            name: str(invocation.command[name])[:NAMED_CHARS_MAX]
            for name in ABOUT
            if name in invocation.command
        },
        **({"proposal": str(proposal)[:NAMED_CHARS_MAX]} if proposal else {}),
        **more,
    }
    bucket.write(invocation.key(part), json.dumps(document, indent=1).encode(), JSON)
