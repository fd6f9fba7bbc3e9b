"""A context for files in memory: buckets, a queue and a store without a network, for whole files.

The store is `reference.Memory` with the readings of the real one, so that its invariants can be
asked after every file; the queue delivers when it is told to, in any order and more than once.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import (
    CUTTING,
    Kind,
    Place,
    SheetKind,
    Upload,
)
from makegood.domain.verification_walks import KIND, Walk
from makegood.files import ingestion
from makegood.files.ingestion import Arrival

from tests import builders
from tests.memory_files import MemoryStore, Readings
from tests.objects import Messages, Objects

NOW = builders.at("2026-03-10 12:00")
OWNERS = dict.fromkeys(Kind, (Role.ADVERTISER, builders.ADVERTISER)) | {
    Kind.INQUIRIES: (Role.PARTNER, "10001")
}


class Stopped(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Ingest:
    """Receives files and delivers their chunks; nothing happens that is not asked for."""

    kept: MemoryStore = field(default_factory=MemoryStore)
    inbox: Objects = field(default_factory=Objects)
    results: Objects = field(default_factory=Objects)
    queue: Messages = field(default_factory=Messages)
    now: datetime = NOW
    sent: int = 0
    walks: list[Walk] = field(default_factory=list)

    @property
    def context(self) -> Any:
        store: Any = Readings(self.kept)
        return ingestion.FileContext(store, self.inbox, self.results, self.queue, lambda: self.now)

    def place(self, kind: Kind, owner_id: str = "") -> Place:
        self.sent += 1
        role, account_id = OWNERS[kind]
        return Place(role, owner_id or account_id, kind, f"U{self.sent}", "a file.csv")

    def send(self, kind: Kind, data: bytes, owner_id: str = "", **opened: Any) -> str:
        """Puts a file into the inbox and says so; the upload's id."""
        place = self.place(kind, owner_id)
        if opened:
            self.kept.open_upload(Upload(place, self.now, len(data), **opened))
        self.inbox.kept[place.key] = data
        self.arrive(place.upload_id, place.key)
        return place.upload_id

    def order(self, kind: SheetKind, campaign_id: str = "1000") -> str:
        """Orders a sheet; its id. It is made once its messages are delivered."""
        self.sent += 1
        place = Place(Role.ADVERTISER, builders.ADVERTISER, kind, f"U{self.sent}", "a sheet.csv")
        self.kept.open_upload(Upload(place, self.now, given={"CampaignId": campaign_id}))
        self.queue.send({"upload_id": place.upload_id, "chunk": CUTTING})
        return place.upload_id

    def arrive(self, upload_id: str, key: str = "") -> None:
        """Says that a file is there. A lone chunk is worked on, too."""
        key = key or self.kept.uploads[upload_id].place.key
        ingestion.receive(self.context, Arrival(key, "v1"))
        upload = self.kept.uploads.get(upload_id)
        if upload and upload.chunk_count == 1:
            self.deliver()

    def deliver(self, messages: Iterable[dict[str, Any]] | None = None) -> None:
        """Works on these messages, or on all that wait until none does."""
        for message in messages or ():
            self.work(message)
        while messages is None and self.queue.waiting:
            message = self.queue.waiting.pop(0)
            try:
                self.work(message)
            except BaseException:
                self.queue.waiting.insert(0, message)
                raise

    def work(self, message: dict[str, Any]) -> None:
        """Walks over open claims are kept: nothing here is verified again."""
        if message.get("kind") == KIND:
            self.walks.append(Walk.of(message))
            return
        ingestion.work_chunk(self.context, message["upload_id"], message["chunk"])

    def whole(self, kind: Kind, *rows: dict[str, str], **opened: Any) -> list[dict[str, str]]:
        """The result of a file of these rows, worked through."""
        upload_id = self.send(kind, table(*rows), **opened)
        self.deliver()
        return self.result(upload_id)

    def result(self, upload_id: str) -> list[dict[str, str]]:
        body = self.results.kept[self.kept.uploads[upload_id].place.result_key("result.csv")]
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))

    def summary(self, upload_id: str) -> dict[str, Any]:
        key = self.kept.uploads[upload_id].place.result_key("summary.json")
        return json.loads(self.results.kept[key])

    @contextmanager
    def stopped_before(self, step: str) -> Iterator[None]:
        """The process ends where this step of the store's would be taken next."""

        def stop(*_: Any, **__: Any) -> None:
            raise Stopped

        setattr(self.kept, step, stop)
        try:
            yield
        except (Stopped, Unavailable):
            pass
        finally:
            delattr(self.kept, step)


def table(*rows: dict[str, str]) -> bytes:
    """Rows under the columns of the first."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def claim(order_id: str, amount: str = "100.00", **more: str) -> dict[str, str]:
    return {
        "Campaign Id": "1000",
        "Order Id": order_id,
        "Sale Amount": amount,
        "Transaction Date": "2026-03-05T10:00:00-05:00",
        "Type": "UNTRACKED",
        **more,
    }


def answer(inquiry_id: str, status: str, **more: str) -> dict[str, str]:
    """A row of resolutions, with all that a row may need."""
    valid = status.upper() == "VALID"
    return {
        "Id": inquiry_id,
        "Resolution Status": status,
        "Transaction Date": "2026-03-05T10:00:00-05:00" if valid else "",
        "Action Tracker": builders.SALE if valid else "",
        "Resolution Reason": "Other" if status == "DECLINED" else "",
        "Final Payout": "",
        "Resolution Notes": "",
        **more,
    }


def conversion(order_id: str, amount: str = "100.00", **more: str) -> dict[str, str]:
    return {
        "Campaign Id": "1000",
        "Action Tracker": builders.SALE,
        "Order Id": order_id,
        "Event Date": "2026-03-05T10:00:00-05:00",
        "Amount": amount,
        "Partner Id": "10001",
        **more,
    }
