"""The stack's tables, buckets and queues on moto, made from the template that makes them on AWS."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import boto3
from makegood.store.store import Store, Tables
from moto.backends import get_backend

from tests.infra.sources import kind_of, resources, stored_tables

STORAGE = "infra/storage.yaml"
KINDS = (
    "directory",
    "inquiries",
    "actions",
    "ledger",
    "files",
    "requests",
    "events",
    "shop_orders",
    "webhooks",
)
INBOX, RESULTS, STATEMENTS = "test-inbox", "test-results", "test-statements"
RECORDS, LOST, EVIDENCE = "test-records", "test-lost", "test-evidence"
ARRIVALS_QUEUE, CHUNKS_QUEUE, SWEEP_QUEUE = "test-arrivals", "test-chunks", "test-sweeps.fifo"
WAKES_QUEUE, WEBHOOKS_KEY = "test-wakes", "alias/test-webhooks"
REPLAYS_QUEUE, MAILS_QUEUE = "test-replays", "test-mails"
SENDER, CONSOLE = "makegood@shop.example", "https://console.shop.example/"
CUSTOMERS_KEY = "alias/test-customers"
TABLES = Tables(**{kind: f"test-{kind}" for kind in KINDS}, customers_key=CUSTOMERS_KEY)
ACCOUNT = "123456789012"
QUEUES = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}"

ENVIRONMENT = {
    **{f"{kind.upper()}_TABLE": f"test-{kind}" for kind in KINDS},
    "INDEX_STEP": str(TABLES.index_step),
    "INBOX_BUCKET": INBOX,
    "RESULTS_BUCKET": RESULTS,
    "STATEMENTS_BUCKET": STATEMENTS,
    "RECORDS_BUCKET": RECORDS,
    "ARRIVALS_QUEUE_URL": f"{QUEUES}/{ARRIVALS_QUEUE}",
    "CHUNKS_QUEUE_URL": f"{QUEUES}/{CHUNKS_QUEUE}",
    "SWEEP_QUEUE_URL": f"{QUEUES}/{SWEEP_QUEUE}",
    "WEBHOOKS_QUEUE_URL": f"{QUEUES}/{WAKES_QUEUE}",
    "WEBHOOKS_KEY": WEBHOOKS_KEY,
    "LOST_BUCKET": LOST,
    "EVIDENCE_BUCKET": EVIDENCE,
    "EVIDENCE_SCANNING": "true",
    "REPLAYS_QUEUE_URL": f"{QUEUES}/{REPLAYS_QUEUE}",
    "MAILS_QUEUE_URL": f"{QUEUES}/{MAILS_QUEUE}",
    "MAIL_SENDER": SENDER,
    "CONSOLE_URL": CONSOLE,
    "CUSTOMERS_KEY": CUSTOMERS_KEY,
    "WEBHOOKS_LOOPBACK": "true",
    "USER_POOL": "us-east-1_test",
    "ADJUSTABLE_CLOCK": "true",
    "SECOND_PERSON": "required",
    "CONFIRM_AMOUNT_ABOVE": "0",
    "CONFIRM_RATE_ABOVE": "20",
    "CONFIRM_FLAT_ABOVE": "20",
    "POWERTOOLS_SERVICE_NAME": "makegood",
    "POWERTOOLS_METRICS_NAMESPACE": "Makegood",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}

SHAPE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
HASH_KEY_BYTES_MAX, RANGE_KEY_BYTES_MAX = 2048, 1024


@cache
def client(service: str) -> Any:
    return boto3.client(service)


@cache
def declared(kind: str) -> dict[str, dict[str, Any]]:
    return resources(kind, STORAGE)


def _tables() -> dict[str, Any]:
    """The tables inside moto, by name."""
    return get_backend("dynamodb")[ACCOUNT]["us-east-1"].tables


def reset() -> None:
    """Empty tables, as the template declares them, and nothing else."""
    for service in ("s3", "sqs", "kms"):
        get_backend(service).reset()
    made = client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    named = {"AliasName": CUSTOMERS_KEY, "TargetKeyId": made["KeyMetadata"]["KeyId"]}
    client("kms").create_alias(**named)
    for table in _tables().values():
        table.items.clear()
    for each in (store, rival):
        if each.cache_info().currsize:
            each().forget_migrations()
    if _tables():
        return
    for logical_id, properties in stored_tables().items():
        shape = {name: properties[name] for name in SHAPE if name in properties}
        name = getattr(TABLES, kind_of(logical_id))
        client("dynamodb").create_table(TableName=name, **shape)


def seed(put: Callable[[Store], None]) -> None:
    """Lets the directory hold what this puts in it: put once, and copied from then on."""
    directory = _tables()[TABLES.directory]
    if put not in _seeded:
        put(store())
        _seeded[put] = deepcopy(directory.items)
    directory.items = deepcopy(_seeded[put])


_seeded: dict[Callable[[Store], None], Any] = {}


def add_buckets_and_queues() -> None:
    for logical_id, name in {"Inbox": INBOX, "Results": RESULTS, "Statements": STATEMENTS}.items():
        client("s3").create_bucket(Bucket=name)
        properties = declared("AWS::S3::Bucket")[logical_id]
        if versioning := properties.get("VersioningConfiguration"):
            client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    for name in (RECORDS, LOST, EVIDENCE):
        client("s3").create_bucket(Bucket=name)
    kept = {"Status": "Enabled"}
    client("s3").put_bucket_versioning(Bucket=EVIDENCE, VersioningConfiguration=kept)
    queues = {"Arrivals": ARRIVALS_QUEUE, "Chunks": CHUNKS_QUEUE, "Sweeps": SWEEP_QUEUE}
    for logical_id, name in queues.items():
        fifo = declared("AWS::SQS::Queue")[logical_id].get("FifoQueue")
        attributes = {"FifoQueue": "true"} if fifo else {}
        client("sqs").create_queue(QueueName=name, Attributes=attributes)
    for name in (WAKES_QUEUE, REPLAYS_QUEUE, MAILS_QUEUE):
        client("sqs").create_queue(QueueName=name)
    made = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName=WEBHOOKS_KEY, TargetKeyId=made)


@cache
def store() -> Store:
    """The store under test."""
    return watched(Store(TABLES))


@cache
def rival() -> Store:
    """Somebody else's store on the same tables."""
    return watched(Store(TABLES))


def another() -> Store:
    """The store of another process, which remembers nothing."""
    return watched(Store(TABLES))


def watched(made: Store) -> Store:
    """The store, with a client that refuses what AWS refuses and moto lets pass."""
    events = made.client.meta.events
    for operation, refuse in (("Query", _refuse_empty_range), ("BatchGetItem", _refuse_long_keys)):
        event = f"provide-client-params.dynamodb.{operation}"
        events.register(event, refuse, unique_id=f"as-aws-{operation}")
    return made


def _refuse_empty_range(params: Mapping[str, Any], **_: Any) -> None:
    values = params["ExpressionAttributeValues"]
    if ":low" in values and values[":high"]["S"] < values[":low"]["S"]:
        raise AssertionError("AWS refuses a range whose end is before its beginning")


def _refuse_long_keys(params: Mapping[str, Any], **_: Any) -> None:
    for request in params["RequestItems"].values():
        for key in request["Keys"]:
            long = len(key["pk"]["S"].encode()) > HASH_KEY_BYTES_MAX
            if long or len(key["sk"]["S"].encode()) > RANGE_KEY_BYTES_MAX:
                raise AssertionError("AWS refuses a key that is longer than keys may be")


@contextmanager
def before_commits(*works: Callable[[], object], on: Store | None = None) -> Iterator[None]:
    """Each work is done by somebody else just before one of the next commits: a real race.

    `on` is the store whose commits are meant.
    """
    waiting = list(works)

    def interrupt(**_: Any) -> None:
        if waiting:
            waiting.pop(0)()

    with _hooked(on or store(), interrupt):
        yield
    assert not waiting, "there were fewer commits than somebody waited for"


@contextmanager
def refused_commits(*codes: str, on: Store | None = None, item: int = 0) -> Iterator[list[str]]:
    """The next commits are cancelled, each for the reason of this code; tells those to come.

    A blank code lets one through. `on` is the store whose commits are meant, `item` what of each.
    """
    waiting = list(codes)

    def refuse(**_: Any) -> Any:
        code = waiting.pop(0) if waiting else ""
        return cancelled(code, item) if code else None

    with _hooked(on or store(), refuse):
        yield waiting


def cancelled(code: str, item: int = 0) -> tuple[Any, dict[str, Any]]:
    """What DynamoDB answers when a transaction is cancelled for one item, the first is 0."""
    error = {"Code": "TransactionCanceledException", "Message": f"Transaction cancelled [{code}]"}
    metadata = {"RequestId": "R", "HTTPStatusCode": 400, "HTTPHeaders": {}}
    answer = {
        "Error": error,
        "CancellationReasons": [*[{"Code": "None"}] * item, {"Code": code, "Message": code}],
        "ResponseMetadata": metadata,
    }
    return Answered(400), answer


@contextmanager
def refused(operation: str, code: str, on: Store) -> Iterator[None]:
    """Every call of an operation is refused with this code."""

    def refuse(**_: Any) -> Any:
        metadata = {"RequestId": "R", "HTTPStatusCode": 400, "HTTPHeaders": {}}
        answer = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}
        return Answered(400), answer

    events, event = on.client.meta.events, f"before-call.dynamodb.{operation}"
    events.register(event, refuse)
    try:
        yield
    finally:
        events.unregister(event, refuse)


@contextmanager
def calls(on: Store) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    """The calls of DynamoDB that a store makes: operation and parameters of each, in order."""
    made: list[tuple[str, Mapping[str, Any]]] = []

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        made.append((model.name, params))

    events, event = on.client.meta.events, "provide-client-params.dynamodb"
    events.register(event, note)
    try:
        yield made
    finally:
        events.unregister(event, note)


class Answered:
    """The part of an HTTP answer that the client looks at."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@contextmanager
def _hooked(on: Store, hook: Callable[..., Any]) -> Iterator[None]:
    """The hook is asked before every commit of that store; what it answers is the answer."""
    events, event = on.client.meta.events, "before-call.dynamodb.TransactWriteItems"
    events.register(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


def everything(kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """All items of a table as they are stored, by (pk, sk)."""
    kept = _tables()[getattr(TABLES, kind)].all_items()
    items = [deepcopy(each.to_json()["Attributes"]) for each in kept]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def contents() -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """Everything in all tables that flows write."""
    return {kind: everything(kind) for kind in ("inquiries", "actions", "ledger", "requests")}


def snapshot() -> dict[str, list[dict[str, Any]]]:
    """All that is stored, to come back to."""
    return {kind: list(everything(kind).values()) for kind in KINDS}


def restore(kept: Mapping[str, list[dict[str, Any]]]) -> None:
    """Makes the tables hold just that."""
    reset()
    for kind, items in kept.items():
        for item in items:
            client("dynamodb").put_item(TableName=getattr(TABLES, kind), Item=item)
