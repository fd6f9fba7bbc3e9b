"""Clients of AWS: lean, made once in a process, with explicit timeouts and attempts.

They are botocore's own clients. One session loads botocore's service data once for all of them. No
call spends time on a user agent, or on validating parameters that our own code has built. JSON
answers are taken as they are, without botocore's parser. DynamoDB's client skips more: requests are
written without botocore's serializer, and the endpoint is not resolved anew for every call. All
private parts of botocore that are replaced for this are in this module.
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
    """A client of a service in the environment's region, with a limit on how long it waits."""
    return session().create_client(service, config=_config(read_seconds, attempts_max, **more))


def tables_client(region: str | None, read_seconds: int) -> Any:
    """A client of DynamoDB that takes and returns messages in DynamoDB's own JSON.

    Numbers are text. Bytes and dates would be text, too; the tables hold none. An answer that is
    not JSON is an error, never an empty answer.
    """
    config = _config(read_seconds, account_id_endpoint_mode="disabled")
    made = session().create_client("dynamodb", region, config=config)
    made._serializer = PlainSerializer()
    made._ruleset_resolver = None
    return made


@cache
def session() -> Session:
    """The session that all clients of a process share; it reads the environment once."""
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
    """Sends the parameters as the message."""

    def _serialize(self, serialized: Any, value: Any, shape: Any, key: Any = None) -> None:
        serialized.update(value)


class PlainParser(JSONParser):
    """Returns the message as the answer."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        try:
            return json.loads(raw_body)
        except ValueError as error:
            raise ResponseParserError("The answer is not whole") from error


class PlainParsers(ResponseParserFactory):
    """Plain parsers for services that speak JSON; S3 speaks XML and keeps botocore's."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return PlainParser() if protocol_name == "json" else super().create_parser(protocol_name)
