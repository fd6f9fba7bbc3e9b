"""A store in memory for whole files: the reference store, with what files are worked on.

`Readings` are how flows see it; `memory_ingest.Ingest` puts buckets and a queue beside it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from makegood.domain.actions import ActionUpdate
from makegood.domain.contracts import Terms
from makegood.domain.exhibits import Exhibit
from makegood.domain.inquiries import Inquiry
from makegood.domain.limits import Meter
from makegood.domain.outcome import Outcome
from makegood.domain.uploads import (
    Count,
    Progress,
    Upload,
    UploadState,
)
from makegood.store.contracts import Need
from makegood.store.indexes import StoredList
from makegood.store.items import stamp
from makegood.store.parties import Setting
from makegood.store.store import Contested
from makegood.store.work_store import weight_of

from tests import builders
from tests.memory_shop import ShopMemory
from tests.objects import FakeWrites
from tests.reference import Stale


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
