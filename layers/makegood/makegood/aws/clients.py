"""Clients of AWS: made once in a process, with their patience said, and lean.

They are botocore's own. What it knows of services is read once for all of them; no part of a call
is spent on a user agent or on validating what our own code has put together. What services tell in
JSON is read as it stands. DynamoDB's client does without more: what it is told is written as it
stands, too, and its one endpoint is not worked out again for every call. All of botocore that is
private and swapped for that is here.
"""

import json
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.parsers import (
    JSONParser,
    ResponseParser,
    ResponseParserError,
    ResponseParserFactory,
)
from botocore.serialize import JSONSerializer
from botocore.session import Session

CONNECT_SECONDS = 2
ATTEMPTS_MAX = 4
AGENT = "makegood"


def client(service: str, read_seconds: int, attempts_max: int = ATTEMPTS_MAX, **more: Any) -> Any:
    """A client of a service in the region of the environment; no answer may take longer."""
    return session().create_client(service, config=_config(read_seconds, attempts_max, **more))


def tables_client(region: str | None, read_seconds: int) -> Any:
    """A client of DynamoDB that takes and gives messages as DynamoDB has them.

    Numbers are text, and so would bytes and dates be, of which there are none here. An answer that
    is no JSON is an error, never an empty one.
    """
    config = _config(read_seconds, account_id_endpoint_mode="disabled")
    made = session().create_client("dynamodb", region, config=config)
    made._serializer = PlainSerializer()
    made._ruleset_resolver = None
    return made


@cache
def session() -> Session:
    """What all clients of a process are made of, in the environment that it was started in."""
    made = Session()
    made.register_component("response_parser_factory", PlainParsers())
    return made


def _config(read_seconds: int, attempts_max: int = ATTEMPTS_MAX, **more: Any) -> Config:
    return Config(
        user_agent=AGENT,
        parameter_validation=False,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts_max, "mode": "standard"},
        **more,
    )


class PlainSerializer(JSONSerializer):
    """Parameters are the message."""

    def _serialize(self, serialized: Any, value: Any, shape: Any, key: Any = None) -> None:
        serialized.update(value)


class PlainParser(JSONParser):
    """The message is the answer."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        try:
            return json.loads(raw_body)
        except ValueError as error:
            raise ResponseParserError("The answer is not whole") from error


class PlainParsers(ResponseParserFactory):
    """Plain for services that speak JSON; S3 speaks XML."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return PlainParser() if protocol_name == "json" else super().create_parser(protocol_name)
