"""What of botocore is swapped does what botocore does, on all that is said and told here."""

import ast
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.config import Config
from botocore.parsers import JSONParser, ResponseParserError
from botocore.serialize import JSONSerializer
from botocore.session import Session
from makegood.aws import clients
from makegood.aws.clients import tables_client
from makegood.aws.s3 import Bucket
from makegood.patches.documentation import WRITERS
from makegood.patches.dynamodb_client import PlainParser, PlainSerializer

ITEM = {
    "pk": {"S": "A#1"},
    "minor": {"N": "-5"},
    "dry": {"BOOL": False},
    "campaign_ids": {"SS": ["1", "2"]},
}
KEY = {"pk": {"S": "A#1"}, "sk": {"S": "H"}}
CONDITION = {
    "ConditionExpression": "#version = :version_is",
    "ExpressionAttributeNames": {"#version": "version"},
    "ExpressionAttributeValues": {":version_is": {"N": "1"}},
}
UPDATE = {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :a", **CONDITION}

SAID: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {"t": {"Keys": [KEY], "ConsistentRead": True}}},
    "PutItem": {"TableName": "t", "Item": ITEM, **CONDITION},
    "Query": {"TableName": "t", "IndexName": "due", "Limit": 5, "ExclusiveStartKey": KEY},
    "Scan": {"TableName": "t", "ConsistentRead": True},
    "TransactWriteItems": {
        "ClientRequestToken": "token",
        "TransactItems": [
            {"Put": {"TableName": "t", "Item": ITEM}},
            {"Update": UPDATE},
            {"ConditionCheck": {"TableName": "t", "Key": KEY, **CONDITION}},
        ],
    },
    "UpdateItem": {**UPDATE, "ReturnValues": "UPDATED_NEW"},
}
TOLD: dict[str, dict[str, Any]] = {
    "BatchGetItem": {
        "Responses": {"t": [ITEM]},
        "UnprocessedKeys": {"t": {"Keys": [KEY], "ConsistentRead": True}},
    },
    "PutItem": {},
    "Query": {"Items": [ITEM], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": KEY},
    "Scan": {"Items": [ITEM], "Count": 1, "ScannedCount": 1},
    "TransactWriteItems": {},
    "UpdateItem": {"Attributes": ITEM},
}
REFUSED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "cancelled",
    "CancellationReasons": [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ],
}


@pytest.fixture(scope="module")
def model() -> Any:
    """DynamoDB, as botocore knows it."""
    return Session().get_service_model("dynamodb")


@pytest.mark.parametrize("operation", sorted(SAID))
def test_a_call_is_said_as_botocore_says_it(model: Any, operation: str) -> None:
    said = model.operation_model(operation)
    plain = PlainSerializer().serialize_to_request(SAID[operation], said)
    assert plain == JSONSerializer().serialize_to_request(SAID[operation], said)


@pytest.mark.parametrize("operation", sorted(TOLD))
def test_an_answer_is_read_as_botocore_reads_it(model: Any, operation: str) -> None:
    shape = model.operation_model(operation).output_shape
    response = {
        "status_code": 200,
        "headers": {"x-amzn-requestid": "R"},
        "body": json.dumps(TOLD[operation]).encode(),
    }
    plain = PlainParser().parse(response, shape)
    assert plain == JSONParser().parse(response, shape)
    assert plain["ResponseMetadata"]["RequestId"] == "R"


def test_why_a_commit_was_refused_is_read_alike(model: Any) -> None:
    shape = model.shape_for("TransactionCanceledException")
    response = {"status_code": 400, "headers": {}, "body": json.dumps(REFUSED).encode()}
    for asked in (None, shape):
        plain, theirs = (each.parse(response, asked) for each in (PlainParser(), JSONParser()))
        assert {name: plain[name] for name in theirs} == theirs


def test_an_answer_that_is_cut_off_is_an_error(model: Any) -> None:
    shape = model.operation_model("BatchGetItem").output_shape
    response = {"status_code": 200, "headers": {}, "body": b'{"Responses": {"t": [{"pk"'}
    with pytest.raises(ResponseParserError):
        PlainParser().parse(response, shape)


@pytest.mark.parametrize("given", ["", "http://127.0.0.1:4566"])
def test_calls_go_where_botocore_would_send_them(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    if given:
        monkeypatch.setenv("AWS_ENDPOINT_URL", given)
    theirs = Session().create_client("dynamodb", "eu-central-1")
    known = theirs.meta.service_model.operation_model("Query")
    assert tables_client("eu-central-1", 5)._resolve_endpoint_ruleset(known, {}, {})[0] == (
        theirs._resolve_endpoint_ruleset(known, SAID["Query"], {})[0].rstrip("/")
    )


@pytest.mark.parametrize("region", ["eu-central-1", "me-south-1", "us-east-1"])
def test_forms_and_links_name_the_bucket_in_its_own_region(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    clients.session.cache_clear()
    try:
        bucket = Bucket("makegood-results")
        found = [bucket.upload_form("a.csv", 9)["url"], bucket.download_link("a.csv")]
    finally:
        clients.session.cache_clear()
    hosts = {each.split("/")[2] for each in found}
    own = "s3" if region == "us-east-1" else f"s3.{region}"
    assert hosts == {f"makegood-results.{own}.amazonaws.com"}


EVENTS = (
    "creating-client-class",
    "getattr",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-parse",
    "needs-retry",
    "after-call",
)


@pytest.mark.parametrize("service", ["dynamodb", "kms", "s3", "sqs"])
def test_a_client_handles_each_event_of_its_service_as_botocore_s_own(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    clients.session.cache_clear()
    try:
        retries = Config(retries={"mode": "standard"})
        ours, theirs = clients.client(service, 5), Session().create_client(service, config=retries)
    finally:
        clients.session.cache_clear()
    named = [
        f"{event}.{service}.{operation}"
        for event in EVENTS
        for operation in theirs.meta.service_model.operation_names
    ]
    for event in named:
        assert _handlers(ours, event) == _handlers(theirs, event), event


def _handlers(client: Any, event: str) -> list[str]:
    """What botocore has for an event, in its order; Powertools adds a word to the user agent."""
    emitter = client.meta.events._emitter
    called = [
        each
        for each in emitter._handlers.prefix_search(event)
        if each.__module__.startswith("botocore.")
    ]
    return [getattr(each, "__qualname__", type(each).__name__) for each in called]


def test_what_is_left_out_stands_for_all_that_clients_import_of_it() -> None:
    """The documentation's own modules take more of each other; they are not there either."""
    package = Path(botocore.__file__).parent
    taken = {
        (node.module, each.name)
        for path in (
            *package.glob("*.py"),
            *package.glob("retries/*.py"),
            package / "docs/__init__.py",
        )
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in WRITERS
        for each in node.names
    }
    assert taken == {(module, name) for module, names in WRITERS.items() for name in names}
