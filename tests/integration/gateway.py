"""The functions as the gateway, the schedule and the queues call them."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from makegood.api.callers import context_for
from makegood.domain.parties import EVERYTHING, Caller, Role, SignedIn, account_sid
from makegood.domain.rate_limit import DEFAULT, Allowance
from makegood.operator.commands import function_of

from infra.local import function_url
from tests import contract
from tests.integration.market import CASHBACK, CONTENT, LOYALTY, SHOP, STRANGE_SHOP

ROOTS = {Role.ADVERTISER: "/Advertisers", Role.PARTNER: "/Mediapartners"}
FUNCTIONS = {Role.ADVERTISER: "advertisers", Role.PARTNER: "partners"}
ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/GET/Mediapartners/x"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Context:
    """What Lambda tells a function about its run."""

    aws_request_id = "invocation-1"
    function_name = "makegood"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:makegood"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def function(name: str) -> Any:
    """The module of a function; made once, like in a process that is kept warm."""
    return import_module(f"functions.{name}.handler")


def store_of(name: str) -> Any:
    """The store that a function was started with."""
    module = function(name)
    for holder in ("ROUTES", "ENDPOINT"):
        if hasattr(module, holder):
            return getattr(module, holder).store
    return module.STORE


def operate(
    command: Mapping[str, Any],
    context: Context | None = None,
    caller: str = function_url.CALLER,
    **event: Any,
) -> dict[str, Any]:
    """What an operator's command answers, sent to its function's URL."""
    name = function_of(str(command["command"]))
    asked = function_url.event(command, caller) | event
    return function_url.answer(function(name).handler(asked, context or Context()))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """The field and the code of each fault."""
        return [(each["Field"], each["Code"]) for each in self.body["Errors"]]

    @property
    def id(self) -> str:
        """The id at the end of what a write answers."""
        return self.body["Uri"].rpartition("/")[2]


def method_of(event: Mapping[str, Any]) -> str:
    """The method that is meant: a POST may say another one in its form."""
    said = parse_qs(event["body"] or "").get("_method", [""])[0].upper()
    meant = event["httpMethod"] == "POST" and said in ("PUT", "DELETE")
    return said if meant else event["httpMethod"]


@dataclass(frozen=True, slots=True)
class Client:
    """One account behind the gateway."""

    role: Role
    account_id: str
    read_only: bool = False
    scopes: tuple[str, ...] = (EVERYTHING,)
    allowance: Allowance = DEFAULT
    person: SignedIn | None = None

    @property
    def sid(self) -> str:
        return account_sid(self.role, self.account_id)

    @property
    def caller(self) -> Caller:
        """What the authorizer says of it."""
        rights = self.read_only, self.scopes, self.allowance
        return Caller(self.sid, self.role, self.account_id, *rights, self.person)

    @property
    def root(self) -> str:
        return f"{ROOTS[self.role]}/{self.sid}"

    def event(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The gateway's event; `path` follows the account, or is whole, and may have a query."""
        whole = path.startswith(tuple(f"{root}/" for root in ROOTS.values()))
        parts = urlsplit(path if whole else self.root + path)
        return {
            "resource": "/{proxy+}",
            "httpMethod": method,
            "path": parts.path,
            "headers": dict(headers or {}),
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True),
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {
                "requestId": "request-1",
                "requestTimeEpoch": 1_781_092_800_000,
                "authorizer": context_for(self.caller),
            },
        }

    def send(self, event: dict[str, Any]) -> Answer:
        answer = function(FUNCTIONS[self.role]).handler(event, Context())
        status, headers, text = answer["statusCode"], answer["headers"], answer["body"]
        asked = method_of(event), event["path"]
        faults = contract.faults(*asked, status, headers, text)
        assert not faults, "\n".join(faults)
        return Answer(status, headers, text)

    def get(self, path: str) -> Answer:
        return self.send(self.event("GET", path))

    def write(self, method: str, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Sends a form; headers with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"Content-Type": FORM, **named}
        return self.send(self.event(method, path, urlencode(fields), known))

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        return self.write("POST", path, fields, **headers)

    def put(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        return self.write("PUT", path, fields, **headers)

    def delete(self, path: str) -> Answer:
        return self.send(self.event("DELETE", path))


PARTNER = Client(Role.PARTNER, CASHBACK)
OTHER_PARTNER = Client(Role.PARTNER, LOYALTY)
BLOG = Client(Role.PARTNER, CONTENT)
ADVERTISER = Client(Role.ADVERTISER, SHOP)
OTHER_ADVERTISER = Client(Role.ADVERTISER, STRANGE_SHOP)


def basic(sid: str, token: str) -> str:
    """The header of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()


def batch(queue: str, *messages: Mapping[str, Any], group: str = "") -> dict[str, Any]:
    """The event of a queue that hands on messages."""
    attributes = {"MessageGroupId": group} if group else {}
    received = [
        {
            "MessageId": f"message-{at}",
            "Body": json.dumps(message),
            "ReceiptHandle": "handle",
            "Attributes": attributes,
        }
        for at, message in enumerate(messages)
    ]
    return as_event(queue, received)


def as_event(queue: str, received: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Messages as a queue hands them out, as the event that a function gets of them."""
    records = [
        {
            "messageId": each["MessageId"],
            "body": each["Body"],
            "attributes": {"ApproximateReceiveCount": "1", **each.get("Attributes", {})},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
            "receiptHandle": each["ReceiptHandle"],
            "md5OfBody": "",
            "awsRegion": "us-east-1",
        }
        for each in received
    ]
    return {"Records": records}
