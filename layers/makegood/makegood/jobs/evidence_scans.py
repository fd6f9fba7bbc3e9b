"""What becomes of a file of evidence when it has been scanned.

The scanner (GuardDuty Malware Protection for S3) tags each version of an object with its result,
and tells of it by an event, at least once and in any order. The first version that is scanned is
the exhibit; any other one of the same key is deleted, and so is every file that is refused. With a
partner's file that is taken it is noted for which claim it came, so that its next claim shows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from makegood.aws.retry import pause
from makegood.aws.s3 import Bucket
from makegood.domain import exhibits
from makegood.domain.exhibits import (
    CLEAN_RESULT,
    SCAN_TAG,
    SENT_KEPT_FOR,
    Exhibit,
    ExhibitState,
    SentFile,
)
from makegood.store.evidence_store import SENT, Contested, EvidenceStore
from makegood.store.exhibits import Exhibits

FIRST_BYTES = 16

TRIES_MAX = 8
"""Of writing an exhibit while the same file is taken for other claims; then it is told again."""

PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.02, 0.5


class NotTaggedYet(Exception):
    """Raised when the result is told before its tag is there: the event is delivered again."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A result of the scanner, as its event tells it."""

    bucket: str
    key: str
    version: str
    result: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        told = event["detail"]["s3ObjectDetails"]
        result = event["detail"]["scanResultDetails"]["scanResultStatus"]
        return cls(told["bucketName"], told["objectKey"], told["versionId"], result)


@dataclass(frozen=True, slots=True)
class EvidenceScans:
    """Settles exhibits by the results of scans; doing it twice changes nothing."""

    store: EvidenceStore
    bucket: Bucket

    def settle(self, scan: Scan, now: datetime) -> Exhibit | None:
        """The exhibit after the scan; None where the object is none of ours."""
        inquiry_id, exhibit_id = exhibits.inquiry_of(scan.key)
        if scan.bucket != self.bucket.name or not exhibit_id:
            return None
        known = self.store.exhibits(inquiry_id) if inquiry_id else ()
        exhibit = next((each for each in known if each.exhibit_id == exhibit_id), None)
        if exhibit is not None and exhibit.state is ExhibitState.AWAITED:
            after = self._settled(exhibit, scan, now)
            self._write(exhibit, after, now)
            exhibit = after
        if not _is_kept(exhibit, scan.version):
            self.bucket.delete_version(scan.key, scan.version)
        return exhibit

    def _settled(self, exhibit: Exhibit, scan: Scan, now: datetime) -> Exhibit:
        """Nothing is read of what the scanner does not call clean, by its event and by its tag."""
        first, digest = b"", ""
        if scan.result == CLEAN_RESULT:
            if self.bucket.tag(scan.key, scan.version, SCAN_TAG) != CLEAN_RESULT:
                raise NotTaggedYet
            first, digest = self._read(scan)
        return exhibits.settled(exhibit, scan.result, scan.version, digest, first, now)

    def _write(self, before: Exhibit, after: Exhibit, now: datetime) -> None:
        """Writes it with its file, which scans for other claims may write first."""
        for attempt in range(TRIES_MAX):
            if attempt:
                pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
            try:
                self.store.change_exhibits([(before, after)], self._sent(after, now))
                return
            except Contested as contested:
                if contested.labels != (SENT,) or attempt == TRIES_MAX - 1:
                    raise

    def _sent(self, exhibit: Exhibit, now: datetime) -> list[SentFile]:
        """What is known of its file with this claim, if it is one that is compared."""
        if not exhibit.is_compared:
            return []
        inquiry_id, digest = exhibit.inquiry_id, exhibit.sha256
        advertiser_id = self.store.inquiries([inquiry_id])[inquiry_id].advertiser_id
        until = now + SENT_KEPT_FOR
        new = SentFile(advertiser_id=advertiser_id, sha256=digest, expires_at=until)
        known = self.store.sent_files(advertiser_id, [digest]).get(digest, new)
        return [replace(known.with_claim(inquiry_id), expires_at=until)]

    def _read(self, scan: Scan) -> tuple[bytes, str]:
        """The object's first bytes, and the digest of all; it is never in memory whole."""
        first, digest = b"", sha256()
        for block in self.bucket.blocks(scan.key, scan.version):
            first = first or block[:FIRST_BYTES]
            digest.update(block)
        return first, digest.hexdigest()


def _is_kept(exhibit: Exhibit | None, version: str) -> bool:
    """Whether this version of the object is the one that can be read."""
    if exhibit is None:
        return False
    return exhibit.state is ExhibitState.CLEAN and exhibit.object_version == version


def erase_evidence(beside: Exhibits, bucket: Bucket, inquiry_id: str) -> int:
    """Deletes all files of an inquiry's evidence, and what people wrote of them: how they were
    called, and who sent them; and that they were sent for this claim. Returns how many files there
    were; raises `Contested` if one was scanned meanwhile, and nothing but files is gone then.

    That there was evidence, of which type and size, stays. Doing it again is harmless.
    """
    store = EvidenceStore.beside(beside)
    known = store.exhibits(inquiry_id)
    there = [each for each in known if each.state is not ExhibitState.ERASED]
    for folder in exhibits.folders(inquiry_id):
        bucket.erase(folder)
    if there:
        pairs = [(each, exhibits.erased(each)) for each in there]
        store.change_exhibits(pairs, _left(store, inquiry_id, there))
    return len(there)


def _left(store: EvidenceStore, inquiry_id: str, gone: Iterable[Exhibit]) -> list[SentFile]:
    """What is known of these files without the inquiry's claim."""
    digests = [each.sha256 for each in gone if each.is_compared]
    if not digests:
        return []
    advertiser_id = store.inquiries([inquiry_id])[inquiry_id].advertiser_id
    sent = store.sent_files(advertiser_id, digests).values()
    return [each.without(inquiry_id) for each in sent if inquiry_id in each.inquiry_ids]
