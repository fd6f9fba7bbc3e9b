"""Erases what is kept of a customer: in items, in files, and in what was made of both.

An erasure goes through steps, and each through a list page by page. `run` stops where the time is
up; given the cursor that it answered with, it goes on there. It may be begun anew at any time:
what is erased already is passed over. The claim that names the customer is erased last, and not
while a file is at work. A further kind of data is a further step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.domain.erasure import Subject
from makegood.domain.events import Owner
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import Unavailable
from makegood.domain.uploads import Upload, UploadState
from makegood.files.csv_format import streamed_rows
from makegood.jobs.evidence_scans import erase_evidence
from makegood.store.erasures import ErasureStore
from makegood.store.indexes import ALWAYS, StoredList, id_at
from makegood.store.parties import Roster
from makegood.store.store import Contested, Store

FILES_TOGETHER = 10
MEMBERS = 100
AT_WORK = "~"
"""Begins the cursor of an erasure that has found a file at work."""

KEPT = (
    "amounts, dates and states of the inquiries and actions that are named here",
    "ids of orders, inquiries, actions and entries, and what the ledger has",
    "how often limits and policies have counted, by digests",
    "the beginnings of what webhooks were answered, until they are 30 days old",
    "backups, until they are as old as `RecoveryDays` says",
)
"""What has to stay, and what goes by itself."""


@dataclass(slots=True)
class Receipt:
    """What one call erased, by ids of ours, and where the next goes on; blank at the end."""

    inquiries: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    at_work: list[str] = field(default_factory=list)
    evidence: int = 0
    bodies: int = 0
    requests: int = 0
    cursor: str = ""
    was_at_work: bool = False
    """Whether an earlier call of this erasure found a file at work."""

    @property
    def is_at_work(self) -> bool:
        """Whether a file has to end, and the erasure to be sent once more after that."""
        return self.was_at_work or bool(self.at_work)

    def facts(self) -> dict[str, Any]:
        return {
            "finished": not self.cursor and not self.is_at_work,
            "cursor": self.cursor,
            "inquiries": self.inquiries,
            "actions": self.actions,
            "files": sorted(set(self.files)),
            "files_at_work": self.at_work,
            "evidence": self.evidence,
            "webhook_bodies": self.bodies,
            "idempotency_answers": self.requests,
            "kept": list(KEPT),
        }


@dataclass(frozen=True, slots=True)
class Erasure:
    """One call of an erasure; with `dry` it finds what it would erase, and leaves it."""

    store: Store
    kept: ErasureStore
    """Of the same tables as `store`."""

    inbox: Bucket
    results: Bucket
    evidence: Bucket
    subject: Subject
    receipt: Receipt
    dry: bool = False

    def run(self, cursor: str, has_time: Callable[[], bool]) -> Receipt:
        """Goes on from a cursor, blank for the beginning, until all is done or time is up."""
        self.receipt.was_at_work = cursor.startswith(AT_WORK)
        begun, _, after = cursor.removeprefix(AT_WORK).partition("|")
        steps = dict(self._steps())
        names = list(steps)
        for name in names[names.index(begun) if begun in steps else 0 :]:
            position: str | None = after
            while position is not None:
                position = steps[name](position)
                if not has_time():
                    self.receipt.cursor = self._following(names, name, position)
                    return self.receipt
            after = ""
        return self.receipt

    def _following(self, names: list[str], name: str, position: str | None) -> str:
        mark = AT_WORK if self.receipt.is_at_work else ""
        if position is not None:
            return f"{mark}{name}|{position}"
        at = names.index(name) + 1
        return f"{mark}{names[at]}|" if at < len(names) else ""

    def _steps(self) -> Iterator[tuple[str, Callable[[str], str | None]]]:
        """Claims and actions first: their mark says which bodies of webhooks are theirs."""
        yield "inquiries", self._claims
        yield "actions", self._actions
        for owner in self._accounts():
            yield f"files {owner.name}", lambda after, owner=owner: self._files(owner, after)
            yield f"bodies {owner.name}", lambda after, owner=owner: self._bodies(owner, after)
            for keys in self._keys(owner):
                yield f"answers {keys}", lambda after, keys=keys: self._answers(keys, after)
        yield "named by", self._named_by

    def _keys(self, owner: Owner) -> list[str]:
        """Whose idempotency keys there are: those of the account's machines, and each person's."""
        sid = account_sid(owner.role, owner.account_id)
        people = self.store.people(owner.role, owner.account_id).people
        return [sid, *(f"{sid}.{each.person_id}" for each in people)]

    def _accounts(self) -> list[Owner]:
        """The partner, and every advertiser that it has had a contract with."""
        campaign_ids: list[str] = []
        after: str | None = None
        roster = Roster.campaigns_of_partner(self.subject.partner_id)
        while True:
            found, after = self.store.members(roster, after, MEMBERS)
            campaign_ids += found
            if after is None:
                break
        campaigns = self.store.campaigns(campaign_ids).values()
        advertisers = sorted({each.advertiser_id for each in campaigns})
        return [
            Owner(Role.PARTNER, self.subject.partner_id),
            *(Owner(Role.ADVERTISER, each) for each in advertisers),
        ]

    def _claims(self, after: str) -> str | None:
        found, onward = self.kept.claims_of(self.subject, after or None)
        for inquiry_id in found:
            if inquiry_id != self.subject.named_by:
                self._claim(inquiry_id)
        return onward

    def _claim(self, inquiry_id: str) -> None:
        self.receipt.inquiries.append(inquiry_id)
        if not self.dry:
            self.receipt.evidence += self._evidence(inquiry_id)
            self._with_files(self.kept.erase_claim(inquiry_id, self.subject))

    def _named_by(self, _: str) -> None:
        if self.subject.named_by and not self.receipt.is_at_work:
            self._claim(self.subject.named_by)

    def _evidence(self, inquiry_id: str) -> int:
        """Raises `Unavailable` if a file is scanned just now: the same again erases it."""
        try:
            return erase_evidence(self.store, self.evidence, inquiry_id)
        except Contested as error:
            raise Unavailable from error

    def _actions(self, after: str) -> str | None:
        found, onward = self.kept.actions_of(self.subject, after or None)
        for action_id in found:
            self.receipt.actions.append(action_id)
            if not self.dry:
                self._with_files(self.kept.erase_action(action_id, self.subject))
        return onward

    def _with_files(self, sources: set[str]) -> None:
        """Erases the files that claims and actions came from, like `file:{upload}:{line}`."""
        ids = {each.split(":")[1] for each in sources if each.startswith("file:")}
        for upload in self.store.uploads(ids).values():
            self._erase_file(upload)

    def _files(self, owner: Owner, after: str) -> str | None:
        stored = StoredList.uploads(owner.role, owner.account_id)
        positions, onward = self.store.listed(stored, ALWAYS, after or None, FILES_TOGETHER)
        for upload in self.store.uploads(map(id_at, positions)).values():
            if upload.state is UploadState.FAILED or self._names_it(upload):
                self._erase_file(upload)
        return onward

    def _names_it(self, upload: Upload) -> bool:
        """Whether a row of the file is about the customer; its result has all of its rows. A file
        that has outlived its result is taken for one.
        """
        if not upload.is_over:
            return upload.state is UploadState.RUNNING
        key = upload.place.result_key("result.csv")
        if not self.results.holds(key):
            return self.inbox.has_versions(upload.place.key)
        return any(map(self.subject.is_named, streamed_rows(self.results.blocks(key))))

    def _erase_file(self, upload: Upload) -> None:
        """The object as it came and all that was made of it. What the file did is in the store."""
        if not upload.is_over:
            self.receipt.at_work.append(upload.upload_id)
            return
        self.receipt.files.append(upload.upload_id)
        if not self.dry:
            self.inbox.erase(upload.place.key)
            self.results.erase(upload.place.result_key(""))

    def _bodies(self, owner: Owner, after: str) -> str | None:
        if self.dry:
            return None
        count, number = self.kept.erase_bodies(owner, int(after or 0), self.subject)
        self.receipt.bodies += count
        return None if number is None else str(number)

    def _answers(self, keys: str, after: str) -> str | None:
        if self.dry:
            return None
        count, onward = self.kept.erase_requests(keys, after, self.subject)
        self.receipt.requests += count
        return onward
