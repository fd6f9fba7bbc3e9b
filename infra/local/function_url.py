"""What the URL of a function hands to it, as AWS makes it of a signed request.

The emulator keeps such URLs and serves none (QUIRKS): the local stack invokes the function with the
same event, in the name of a local caller.
"""

import json
from collections.abc import Mapping
from typing import Any

CALLER = "arn:aws:iam::000000000000:user/local"
SECOND_CALLER = "arn:aws:iam::000000000000:user/second"
"""Who confirms what `CALLER` proposes: two people, where one plays both."""


def event(command: Mapping[str, Any], caller: str = CALLER) -> dict[str, Any]:
    """An event of the payload format 2.0, as far as a function may rely on it."""
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "accountId": "000000000000",
            "authorizer": {"iam": {"userArn": caller, "userId": caller.rpartition("/")[2]}},
            "http": {"method": "POST", "path": "/", "sourceIp": "127.0.0.1"},
        },
        "body": json.dumps(command),
        "isBase64Encoded": False,
    }


def answer(reply: Mapping[str, Any]) -> dict[str, Any]:
    """What a command answered, from what its function hands back to its URL."""
    return json.loads(reply["body"])
