"""A DynamoDB client of botocore's that takes and gives messages as DynamoDB has them.

botocore walks through the shapes of a call and of its answer, and works out the endpoint by rules
before each call. What our store says is DynamoDB's JSON already, and one endpoint serves all calls:
this client writes parameters as they stand, reads answers as they stand, and keeps its endpoint.

Numbers are text, and so would bytes and dates be, of which there are none here. An answer that is
no JSON is an error, never an empty answer.
"""

import json
from typing import Any

from botocore.parsers import (
    JSONParser,
    ResponseParser,
    ResponseParserError,
    ResponseParserFactory,
)
from botocore.serialize import JSONSerializer
from botocore.session import Session


def read_plainly(session: Session) -> None:
    """Clients of this session read the JSON of answers as it stands."""
    session.register_component("response_parser_factory", PlainParsers())


def write_plainly(client: Any) -> None:
    """The client writes parameters as they stand, and sends every call to one endpoint."""
    client._serializer = PlainSerializer()
    client._ruleset_resolver = None


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
