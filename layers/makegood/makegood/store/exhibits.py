"""Exhibits as items: a head of each inquiry that counts them, and an item for each.

They are apart from the items of the inquiry, as its notes are: their stream tells nobody. What the
head counts is what a new one was decided on, so two at once cannot both take the last place.

Which claims a file was sent for is an item of the file, beside other things that expire. It changes
with the exhibit, on its version: of two claims whose scans end at once, neither is lost.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from makegood.domain.exhibits import Announced, Exhibit, ExhibitState, ExhibitType, SentFile
from makegood.domain.parties import Role
from makegood.store.carried import longer
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW, at_version, change_of
from makegood.store.items import Compact, Key, Number, Row, Text, stamp
from makegood.store.requests import Idempotency, write_request
from makegood.store.transactions import Writes, send


class ExhibitsRow(Row):
    """How many files an inquiry has had; its version is their number."""

    table = "inquiries"


class ExhibitRow(Row):
    table = "inquiries"

    state = Text()
    document = Compact()


class SentFileRow(Row):
    table = "requests"

    claims = Compact()
    expires_at = Number()


def exhibits_key(inquiry_id: str) -> Key:
    return ExhibitsRow, f"I#{inquiry_id}", "EXHIBITS"


def exhibit_key(inquiry_id: str, number: int) -> Key:
    return ExhibitRow, f"I#{inquiry_id}", f"X#{number:04d}"


def sent_file_key(advertiser_id: str, sha256: str) -> Key:
    return SentFileRow, f"SENT#{advertiser_id}#{sha256}", "SENT"


def _row(exhibit: Exhibit, version: int) -> ExhibitRow:
    said = exhibit.said
    document = (
        *(exhibit.exhibit_id, str(exhibit.side), exhibit.user, stamp(exhibit.made_at)),
        *(str(said.exhibit_type), said.name, said.size, said.content_type),
        stamp(exhibit.scanned_at) if exhibit.scanned_at else "",
        *(exhibit.object_version, exhibit.sha256, exhibit.fault),
    )
    return ExhibitRow(
        *exhibit_key(exhibit.inquiry_id, exhibit.number)[1:],
        version=version,
        state=str(exhibit.state),
        document=longer(document, exhibit.carried),
    )


def _exhibit(inquiry_id: str, number: int, row: ExhibitRow) -> Exhibit:
    exhibit_id, side, user, made_at, kind, name, size, content_type, *more = row.document[:12]
    scanned_at, object_version, sha256, fault = more
    return Exhibit(
        inquiry_id=inquiry_id,
        number=number,
        exhibit_id=exhibit_id,
        side=Role(side),
        user=user,
        said=Announced(
            exhibit_type=ExhibitType(kind), name=name, size=size, content_type=content_type
        ),
        made_at=datetime.fromisoformat(made_at),
        state=ExhibitState(row.state),
        scanned_at=datetime.fromisoformat(scanned_at) if scanned_at else None,
        object_version=object_version,
        sha256=sha256,
        fault=fault,
        carried=row.document,
    )


VERSIONS = {ExhibitState.AWAITED: 1, ExhibitState.CLEAN: 2, ExhibitState.REFUSED: 2}
"""The version of an exhibit's item in each state; the last of all is the next one."""

ERASED_VERSION = 3

SENT = "sent file"
"""Names a file that another claim has been found to have, too, where a change is contested."""


class Exhibits(Connection):
    """Reading and writing exhibits."""

    def with_exhibits(self, inquiry_ids: Iterable[str]) -> list[str]:
        """Those of these inquiries that have had any: one read for many."""
        keys = {each: exhibits_key(each) for each in inquiry_ids}
        heads = self.fetch(keys.values())
        return [each for each, key in keys.items() if key[1:] in heads]

    def exhibits(self, inquiry_id: str) -> tuple[Exhibit, ...]:
        """All that an inquiry has had, oldest first."""
        key = exhibits_key(inquiry_id)
        head = self.fetch([key]).get(key[1:])
        numbers = range(1, int(head.version) + 1) if head else ()
        keys = {number: exhibit_key(inquiry_id, number) for number in numbers}
        rows = self.fetch(keys.values())
        return tuple(
            _exhibit(inquiry_id, number, rows[place[0], place[1]])
            for number, (_, *place) in keys.items()
        )

    def add_exhibit(self, exhibit: Exhibit, asked: Idempotency | None = None) -> None:
        """Writes a new one, on condition that the inquiry has as many as come before it; raises
        `Contested` if it has more, or if the request's key was used.
        """
        writes = Writes()
        head = exhibits_key(exhibit.inquiry_id)[1:]
        after = ExhibitsRow(*head, version=exhibit.number)
        if exhibit.number == 1:
            writes.puts.append(("exhibits", after, IS_NEW))
        else:
            before = ExhibitsRow(*head, version=exhibit.number - 1)
            held = at_version(ExhibitsRow, before.version)
            writes.moves.append(("exhibits", before, after, held))
        writes.puts.append(("exhibit", _row(exhibit, 1), IS_NEW))
        if asked is not None:
            write_request(writes, asked)
        send(self, writes)

    def sent_files(self, advertiser_id: str, digests: Iterable[str]) -> dict[str, SentFile]:
        """What is known of files by their SHA-256; those that nobody has sent are left out."""
        keys = {each: sent_file_key(advertiser_id, each) for each in digests}
        rows = self.fetch(keys.values())
        found = {each: rows.get(key[1:]) for each, key in keys.items()}
        return {
            each: SentFile(
                advertiser_id=advertiser_id,
                sha256=each,
                expires_at=datetime.fromtimestamp(row.expires_at, UTC),
                inquiry_ids=tuple(row.claims),
                version=int(row.version),
            )
            for each, row in found.items()
            if row is not None
        }

    def change_exhibits(
        self, pairs: Sequence[tuple[Exhibit, Exhibit]], files: Iterable[SentFile] = ()
    ) -> None:
        """Writes exhibits as they become, with what is known of their files from then on; raises
        `Contested` if one of either is not as it was read.
        """
        writes = Writes()
        for before, after in pairs:
            was = _row(before, VERSIONS.get(before.state, ERASED_VERSION))
            row = _row(after, VERSIONS.get(after.state, ERASED_VERSION))
            writes.moves.append(("exhibit", was, row, at_version(ExhibitRow, was.version)))
        for each in files:
            values = {
                "claims": each.inquiry_ids,
                "version": each.version,
                "expires_at": int(each.expires_at.timestamp()),
            }
            sent = SentFileRow(*sent_file_key(each.advertiser_id, each.sha256)[1:])
            as_read = at_version(SentFileRow, each.version - 1)
            writes.updates.append((SENT, sent, change_of(SentFileRow, values), as_read))
        send(self, writes)
