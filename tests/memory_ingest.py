"""A context for files in memory: buckets, a queue and a store without a network, for whole files.

The store is `reference.Memory` with the readings of the real one, so that its invariants can be
asked after every file; the queue delivers when it is told to, in any order and more than once.
"""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from makegood.domain.actions import ActionUpdate
from makegood.domain.contracts import Terms
from makegood.domain.exhibits import Exhibit
from makegood.domain.inquiries import Inquiry
from makegood.domain.limits import Meter
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import (
    CUTTING,
    Count,
    Kind,
    Place,
    Progress,
    SheetKind,
    Upload,
    UploadState,
)
from makegood.domain.verification_walks import KIND, Walk
from makegood.files import ingestion
from makegood.files.ingestion import Arrival
from makegood.store.contracts import Need
from makegood.store.indexes import StoredList
from makegood.store.items import stamp
from makegood.store.parties import Setting
from makegood.store.store import Contested
from makegood.store.work_store import weight_of

from tests import builders
from tests.memory_shop import ShopMemory
from tests.objects import FakeWrites, Messages, Objects
from tests.reference import Stale

NOW = builders.at("2026-03-10 12:00")
OWNERS = dict.fromkeys(Kind, (Role.ADVERTISER, builders.ADVERTISER)) | {
    Kind.INQUIRIES: (Role.PARTNER, "10001")
}


class Stopped(BaseException):
    """The process is gone."""


@dataclass
class MemoryStore(ShopMemory):
    """What files are worked on: the reference store, with readings, uploads and chunks."""

    uploads: dict[str, Upload] = field(default_factory=dict)
    chunks: dict[tuple[str, int], tuple[str, Mapping[str, Count], Mapping[str, int]]] = field(
        default_factory=dict
    )
    progresses: dict[tuple[str, int], Progress] = field(default_factory=dict)
    before_commits: list[Callable[[], object]] = field(default_factory=list)
    campaign: Any = field(default_factory=builders.a_campaign)
    terms: Terms = field(default_factory=builders.terms)

    def setting(self, pairs: Collection[tuple[str, str]], at: datetime) -> Setting:
        return Setting(
            self.campaigns(campaign_id for campaign_id, _ in pairs),
            self.partners(partner_id for _, partner_id in pairs),
            self.contracts_for(dict.fromkeys(pairs, (at,))),
            self.rules(pairs),
        )

    def campaigns(self, ids: Iterable[str]) -> dict[str, Any]:
        return {each: self.campaign for each in ids if each == self.campaign.campaign_id}

    def campaign_ids_of(self, advertiser_id: str) -> list[str]:
        return ["1000"] if advertiser_id == builders.ADVERTISER else []

    def partners(self, ids: Iterable[str]) -> dict[str, Any]:
        return {each: builders.PARTNERS[each] for each in ids if each in builders.PARTNERS}

    def contracts_for(
        self, needs: Mapping[tuple[str, str], Collection[Need]]
    ) -> dict[tuple[str, str], Any]:
        return self.contracts(needs)

    def contracts(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        return {
            (campaign_id, each): builders.a_contract(self.terms, partner=each)
            for campaign_id, each in pairs
            if campaign_id == "1000" and each in builders.PARTNERS
        }

    def rules(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        return {}

    def commit(
        self, outcome: Outcome, idempotency: None = None, along: FakeWrites | None = None
    ) -> None:
        if self.before_commits:
            self.before_commits.pop(0)()
        if along is not None and not along.holds():
            raise Contested(tuple(along.labels))
        try:
            super().commit(outcome)
        except Stale:
            raise Contested(("test",)) from None
        if along is not None:
            along.happens()

    def weight(self, outcome: Outcome) -> int:
        return weight_of(outcome)

    def upload(self, upload_id: str) -> Upload | None:
        return self.uploads.get(upload_id)

    def open_upload(self, upload: Upload) -> None:
        self.uploads.setdefault(upload.upload_id, upload)

    def start_upload(self, upload_id: str, object_version: str, at: datetime) -> None:
        if self.uploads[upload_id].state is UploadState.AWAITED:
            self.uploads[upload_id] = self.uploads[upload_id].started(object_version, at)

    def cut_upload(
        self,
        upload_id: str,
        chunk_count: int,
        row_count: int,
        checksum: str,
        warnings: Sequence[str] = (),
        ordered_from: int | None = None,
        given: Mapping[str, str] | None = None,
    ) -> bool:
        if self.uploads[upload_id].chunk_count is not None:
            return False
        cut: dict[str, Any] = {
            "chunk_count": chunk_count,
            "row_count": row_count,
            "checksum": checksum,
        }
        cut |= {"warnings": tuple(warnings), "ordered_from": ordered_from, "given": given or {}}
        self._change(upload_id, **cut)
        return True

    def note_handed_on(self, upload_id: str, before: int, now: int) -> bool:
        if self.uploads[upload_id].handed_on != before:
            return False
        self._change(upload_id, handed_on=now)
        return True

    def finish_upload(
        self,
        upload_id: str,
        state: UploadState,
        at: datetime,
        fault: str,
        warnings: Sequence[str] = (),
    ) -> None:
        if self.uploads[upload_id].state is UploadState.RUNNING:
            ended = {"state": state, "finished_at": at, "fault": fault}
            self._change(upload_id, **ended, warnings=tuple(warnings))

    def _change(self, upload_id: str, **values: Any) -> None:
        self.uploads[upload_id] = replace(self.uploads[upload_id], **values)

    def finish_chunk(
        self,
        upload_id: str,
        number: int,
        part: str,
        counts: Mapping[str, Count],
        noted: Mapping[str, int] | None = None,
    ) -> bool:
        if (upload_id, number) in self.chunks:
            return False
        self.chunks[upload_id, number] = part, counts, noted or {}
        upload = self.uploads[upload_id]
        rows = sum(each.rows for each in counts.values())
        self._change(
            upload_id, chunks_done=upload.chunks_done + 1, rows_done=upload.rows_done + rows
        )
        return True

    def chunk_is_done(self, upload_id: str, number: int) -> bool:
        return (upload_id, number) in self.chunks

    def uncounted(self, upload_id: str, number: int) -> FakeWrites:
        return FakeWrites(("chunk",), lambda: (upload_id, number) not in self.chunks)

    def progress(self, upload_id: str, number: int) -> Progress:
        return self.progresses.get((upload_id, number), Progress())

    def step(self, upload_id: str, number: int, after: Progress) -> FakeWrites:
        return FakeWrites(
            ("progress",),
            lambda: self.progress(upload_id, number).version == after.version - 1,
            lambda: self.progresses.update({(upload_id, number): after}),
        )

    def finished_chunks(self, upload_id: str, last: int, first: int = 1) -> Iterator[Any]:
        return (self.chunks[upload_id, number] for number in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Readings:
    """The store as flows see it: `Memory` keeps by id what they read by many ids."""

    kept: MemoryStore

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kept, name)

    def exhibits(self, inquiry_id: str) -> tuple[Exhibit, ...]:
        return ()

    def inquiries(self, ids: Iterable[str], more: bool = True) -> dict[str, Inquiry]:
        return {each: self.kept.inquiries[each] for each in ids if each in self.kept.inquiries}

    def actions(self, ids: Iterable[str]) -> dict[str, Any]:
        return {each: self.kept.actions[each] for each in ids if each in self.kept.actions}

    def orders(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        return {key: self.kept.order(key[1]) for key in keys}

    def cash(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        return {key: self.kept.cash(*key) for key in keys}

    def uses(self, meters: Iterable[Meter]) -> dict[Meter, int]:
        return {each: self.kept.uses[each] for each in meters}

    def listed(
        self, stored: StoredList, created: object, after: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        """Positions of what waits, newest first, as the indexes of it have them."""
        claims = (
            (each.created_at, each.inquiry_id)
            for each in self.kept.inquiries.values()
            if stored == StoredList.open_inquiries(each.campaign_id, each.state)
        )
        actions = (
            (each.created_at, each.action_id)
            for each in self.kept.actions.values()
            if each.awaits_approval and stored == StoredList.awaiting_approval(each.campaign_id)
        )
        held = [f"{stamp(created_at)}#{name}" for created_at, name in (*claims, *actions)]
        found = [each for each in sorted(held, reverse=True) if after is None or each < after]
        page = found[:limit]
        return page, page[-1] if len(found) > len(page) else None

    def worked_on(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ActionUpdate]:
        marks = {(each.action_id, each.once): each for each in self.kept.updates.values()}
        return {each: marks[each] for each in pairs if each in marks}


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
