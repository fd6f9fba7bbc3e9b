"""Files on their way through the inbox: uploads, their chunks, and what comes of them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind, Place, Upload
from makegood.domain.verification_walks import KIND, LOOK_KIND, Look, Walk
from makegood.files import ingestion
from makegood.files.context import FileContext
from makegood.files.ingestion import Arrival
from makegood.store.store import Store
from makegood.usecases import verification_walks

from tests.integration import stack
from tests.integration.market import CASHBACK, NOW, SHOP

OWNERS = {
    Kind.RESOLUTIONS: (Role.ADVERTISER, SHOP),
    Kind.CONVERSIONS: (Role.ADVERTISER, SHOP),
    Kind.ORDERS: (Role.ADVERTISER, SHOP),
    Kind.INQUIRIES: (Role.PARTNER, CASHBACK),
}


def table(header: Sequence[str], *rows: Sequence[str]) -> bytes:
    """CSV as a spreadsheet saves it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def received() -> list[dict[str, Any]]:
    """The messages of chunks that can be seen just now, as the queue hands them out."""
    sqs, url = stack.client("sqs"), stack.ENVIRONMENT["CHUNKS_QUEUE_URL"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += messages
    return found


@dataclass(slots=True)
class Ingest:
    """Receives files, an hour after the other, and hands out their chunks."""

    store: Store
    context: FileContext = field(init=False)
    received: int = 0

    def __post_init__(self) -> None:
        self.context = FileContext(
            self.store,
            Bucket(stack.INBOX),
            Bucket(stack.RESULTS),
            Queue(stack.ENVIRONMENT["CHUNKS_QUEUE_URL"]),
            self.now,
        )

    def now(self) -> datetime:
        return NOW + timedelta(hours=self.received)

    def upload(
        self,
        kind: Kind,
        data: bytes,
        dry: bool = False,
        owner_id: str = "",
        given: Mapping[str, str] | None = None,
    ) -> str:
        """Puts the file where its presigned form would, and says that it came; the upload's id."""
        self.received += 1
        upload_id = f"upload-{self.received}"
        role, account_id = OWNERS[kind]
        place = Place(role, owner_id or account_id, kind, upload_id, "a file.csv")
        told = dict(given or {})
        self.store.open_upload(Upload(place, self.now(), len(data), dry, given=told))
        self.arrive(place, data)
        return upload_id

    def arrive(self, place: Place, data: bytes) -> None:
        """The object is there, and said to be; a lone chunk is worked on, too."""
        put = stack.client("s3").put_object(Bucket=stack.INBOX, Key=place.key, Body=data)
        self.receive(place.key, put["VersionId"])
        if self.seen(place.upload_id).chunk_count == 1:
            self.work(self.chunks())

    def receive(self, key: str, version: str) -> None:
        ingestion.receive(self.context, Arrival(key, version))

    def chunks(self) -> list[dict[str, Any]]:
        """The messages that wait."""
        return [json.loads(each["Body"]) for each in received()]

    def work(self, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            if message.get("kind") == KIND:
                walk = Walk.of(message)
                following = verification_walks.walk(self.store, walk, self.now())
                self.work(each.message() for each in following)
                continue
            if message.get("kind") == LOOK_KIND:
                verification_walks.look(self.store, Look.of(message), self.now())
                continue
            ingestion.work_chunk(self.context, message["upload_id"], message["chunk"])

    def seen(self, upload_id: str) -> Upload:
        upload = self.store.upload(upload_id)
        assert upload is not None
        return upload

    def result(self, upload_id: str) -> list[dict[str, str]]:
        body = self.context.results.read(self.seen(upload_id).place.result_key("result.csv"))
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))

    def summary(self, upload_id: str) -> dict[str, Any]:
        key = self.seen(upload_id).place.result_key("summary.json")
        return json.loads(self.context.results.read(key))

    def results(self, upload_id: str) -> list[tuple[str, str]]:
        """The result and the code of each row."""
        return [(each["Result"], each["Code"]) for each in self.result(upload_id)]
