"""The stack's tables, buckets and queues on an emulator of its own, and all that they hold.

Names and ids are the same in every cell, so what a cell leaves can be compared item by item with
what another left. Between cells, only what differs is put back.
"""

import json
import logging
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from makegood.aws import clients as sdk
from makegood.store.store import Store, Tables

from infra.local import emulator
from infra.local.stack import STATE
from tests.infra.sources import kind_of, resources, stored_tables
from tests.torture import faults

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
TABLES = Tables(**{kind: f"torture-{kind}" for kind in KINDS})
SERVICE = "makegood"
"""Whose one logger all functions of a process share; it keeps the level that it was first given."""

INBOX, RESULTS, STATEMENTS = "torture-inbox", "torture-results", "torture-statements"
RECORDS = "torture-records"
MADE = (RESULTS, STATEMENTS)
"""The buckets that functions write."""

QUEUES = {
    "Arrivals": "torture-arrivals",
    "Chunks": "torture-chunks",
    "Sweeps": "torture-sweeps.fifo",
}
SHAPE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
BATCH_MAX = 25

Place = tuple[str, str, str]
"""A table's kind, pk and sk; or a bucket, a key and a blank."""

Contents = dict[Place, Any]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def started(state: Path = STATE / "torture") -> Iterator["World"]:
    """A world on an emulator that lives as long as this does."""
    state.mkdir(parents=True, exist_ok=True)
    emulator.stop(state)
    found = emulator.start(free_port(), state)
    world = World(found.endpoint)
    try:
        world.build()
        yield world
    finally:
        world.close()
        emulator.stop(state)


@dataclass
class World:
    """Everything that functions reach. `tables_at` is where DynamoDB is, when it is elsewhere."""

    endpoint: str
    tables_at: str = ""
    kept: Contents = field(default_factory=dict)
    uploads: dict[tuple[str, bytes], dict[str, Any]] = field(default_factory=dict)
    dead: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Messages that were set aside, with the function that could not do them."""

    clients: dict[str, Any] = field(default_factory=dict)
    arranged: Any = None
    """What the flow's arrangement answered with."""

    left: Contents | None = None
    """What there is, when nothing was written since it was read; saves reading it again."""

    def environment(self) -> dict[str, str]:
        """What a function of this world is started with."""
        queue = f"{self.endpoint}/000000000000"
        return {
            **{f"{kind.upper()}_TABLE": getattr(TABLES, kind) for kind in KINDS},
            "INBOX_BUCKET": INBOX,
            "RESULTS_BUCKET": RESULTS,
            "STATEMENTS_BUCKET": STATEMENTS,
            "RECORDS_BUCKET": RECORDS,
            "ARRIVALS_QUEUE_URL": f"{queue}/{QUEUES['Arrivals']}",
            "CHUNKS_QUEUE_URL": f"{queue}/{QUEUES['Chunks']}",
            "SWEEP_QUEUE_URL": f"{queue}/{QUEUES['Sweeps']}",
            "ADJUSTABLE_CLOCK": "true",
            "SECOND_PERSON": "required",
            "CONFIRM_AMOUNT_ABOVE": "0",
            "CONFIRM_RATE_ABOVE": "20",
            "CONFIRM_FLAT_ABOVE": "20",
            "INDEX_STEP": str(TABLES.index_step),
            "POWERTOOLS_SERVICE_NAME": SERVICE,
            "POWERTOOLS_METRICS_NAMESPACE": "Makegood",
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
            "AWS_DEFAULT_REGION": emulator.REGION,
            "AWS_ACCESS_KEY_ID": emulator.KEY_ID,
            "AWS_SECRET_ACCESS_KEY": emulator.SECRET,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_DYNAMODB": self.tables_at or self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This process has the environment of this world's functions, and nothing else of AWS."""
        before = dict(os.environ)
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(self.environment())
        sdk.session.cache_clear()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            sdk.session.cache_clear()
            logging.getLogger(SERVICE).setLevel(logging.INFO)

    def client(self, service: str) -> Any:
        """A client that no fault meets."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=(service == "dynamodb" and self.tables_at) or self.endpoint,
                region_name=emulator.REGION,
                aws_access_key_id=emulator.KEY_ID,
                aws_secret_access_key=emulator.SECRET,
            )
        return self.clients[service]

    @cached_property
    def store(self) -> Store:
        """The store that things are set up and looked at with; no fault ever meets it."""
        with self.entered():
            made = Store(TABLES)
            self.clients["store"] = made.client
            return made

    def close(self) -> None:
        for each in self.clients.values():
            each.close()

    def build(self) -> None:
        """Tables, buckets and queues as the template declares them."""
        self.build_tables()
        self.build_buckets_and_queues()

    def build_tables(self) -> None:
        """Those alone, where DynamoDB is elsewhere."""
        for logical_id, properties in stored_tables().items():
            shape = {name: properties[name] for name in SHAPE if name in properties}
            name = getattr(TABLES, kind_of(logical_id))
            self.client("dynamodb").create_table(TableName=name, **shape)

    def build_buckets_and_queues(self) -> None:
        """Empty ones; the inbox keeps versions."""
        self.client("s3").create_bucket(Bucket=INBOX)
        self.client("s3").put_bucket_versioning(
            Bucket=INBOX, VersioningConfiguration={"Status": "Enabled"}
        )
        for name in (*MADE, RECORDS):
            self.client("s3").create_bucket(Bucket=name)
        declared = resources("AWS::SQS::Queue", STORAGE)
        for logical_id, name in QUEUES.items():
            fifo = declared[logical_id].get("FifoQueue")
            self.client("sqs").create_queue(
                QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {}
            )

    def items(self) -> Contents:
        """All that the tables hold."""
        found: Contents = {}
        for kind in KINDS:
            pages = self.client("dynamodb").get_paginator("scan")
            for page in pages.paginate(TableName=getattr(TABLES, kind), ConsistentRead=True):
                for item in page["Items"]:
                    found[kind, item["pk"]["S"], item["sk"]["S"]] = item
        return found

    def objects(self) -> Contents:
        """All results and statements that were written, by bucket and key."""
        s3, found = self.client("s3"), {}
        for name in MADE:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
                for each in page.get("Contents", ()):
                    body = s3.get_object(Bucket=name, Key=each["Key"])["Body"].read()
                    found[name, each["Key"], ""] = body.decode()
        return found

    def contents(self) -> Contents:
        return {**self.items(), **self.objects()}

    def keep(self) -> None:
        """What there is now is what `restore` comes back to."""
        self.kept = self.contents()

    def clear(self) -> None:
        """Nothing is left of anything."""
        self.kept = {}
        self.restore()

    def restore(self) -> None:
        """Puts back what was kept, and lets DynamoDB and SQS forget what they saw since."""
        faults.forget()
        self.dead.clear()
        there, self.left = self.left or self.contents(), None
        gone = [each for each in there if each not in self.kept]
        changed = [each for each, held in self.kept.items() if there.get(each) != held]
        self._write(
            [
                *(
                    (kind, {"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})
                    for kind, pk, sk in gone
                    if kind in KINDS
                ),
                *(
                    (each[0], {"PutRequest": {"Item": self.kept[each]}})
                    for each in changed
                    if each[0] in KINDS
                ),
            ]
        )
        s3 = self.client("s3")
        for bucket, key, _ in gone:
            if bucket in MADE:
                s3.delete_object(Bucket=bucket, Key=key)
        for bucket, key, _ in changed:
            if bucket in MADE:
                s3.put_object(Bucket=bucket, Key=key, Body=self.kept[bucket, key, ""].encode())
        for name in self.queues.values():
            self.client("sqs").purge_queue(QueueUrl=name)

    def _write(self, requests: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        waiting = list(requests)
        for start in range(0, len(waiting), BATCH_MAX):
            batch: dict[str, list[Any]] = {}
            for kind, request in waiting[start : start + BATCH_MAX]:
                batch.setdefault(getattr(TABLES, kind), []).append(request)
            self.client("dynamodb").batch_write_item(RequestItems=batch)

    @property
    def queues(self) -> dict[str, str]:
        """The queues' URLs, by the function that works on their messages."""
        made = self.environment()
        return {"ingest": made["CHUNKS_QUEUE_URL"], "sweep": made["SWEEP_QUEUE_URL"]}

    def waiting(self, url: str) -> list[dict[str, Any]]:
        """Takes all messages that wait in a queue."""
        found = []
        while (
            messages := self.client("sqs")
            .receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
            )
            .get("Messages")
        ):
            for each in messages:
                self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                found.append(json.loads(each["Body"]))
        return found

    def upload(self, key: str, data: bytes) -> dict[str, Any]:
        """Puts a file into the inbox, once; the event that tells of it."""
        if (key, data) not in self.uploads:
            put = self.client("s3").put_object(Bucket=INBOX, Key=key, Body=data)
            etag = put["ETag"].strip('"')
            told = {"key": key, "version-id": put["VersionId"], "etag": etag}
            self.uploads[key, data] = {"detail": {"object": told}}
        return self.uploads[key, data]
