"""Who is asking: HTTP Basic, account SID and token, against hashed credentials."""

import base64
import re
from typing import Any

from makegood import runtime
from makegood.directory import Credential
from makegood.store import Store

STORE = Store(runtime.settings().tables)
ACCOUNT_SID = re.compile(r"MG[0-9A-F]{20}")
REFUSED = "Unauthorized"
"""What the gateway takes for 401."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Allows the whole API to an account that signs in; what of it is its own, routes check."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    account_sid, token = read_basic(headers.get("authorization", ""))
    credential = STORE.credential(account_sid) if account_sid else None
    if credential is None or not credential.admits(token):
        raise Exception(REFUSED)
    return policy(credential, event["methodArn"])


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


def policy(credential: Credential, method_arn: str) -> dict[str, Any]:
    """Valid for every route, since the gateway keeps it for a minute."""
    api_arn = "/".join(method_arn.split("/")[:2])
    return {
        "principalId": credential.account_sid,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api_arn}/*"}
            ],
        },
        "context": {
            "accountSid": credential.account_sid,
            "role": credential.role.value,
            "accountId": credential.account_id,
            "readOnly": str(credential.read_only).lower(),
        },
    }
