"""What people were told by e-mail, an item for each person of an account and kind of mail; and the
accounts that have people.

Items expire. A mail that loses its item may be sent once more.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from makegood.domain.account_people import AccountPeople
from makegood.domain.mails import Told
from makegood.store.connection import Connection, ScanPosition, refused
from makegood.store.directory import DirectoryRow
from makegood.store.expressions import at_version, change_of
from makegood.store.items import Instant, Key, Number, RawItem, Row, Texts
from makegood.store.migration import was_migrated
from makegood.store.people import people_of
from makegood.store.second_decisions import first_in
from makegood.store.transactions import Contested

KEPT = timedelta(days=60)

DIGEST, SECOND = "DIGEST", "SECOND"
"""The kinds of mails."""


class MailRow(Row):
    """What a person was told of one kind."""

    table = "requests"

    told = Texts(null=True)
    waiting = Texts(null=True)
    sending = Texts(null=True)
    sending_until = Instant(null=True)
    quiet_until = Instant(null=True)
    expires_at = Number()


def mail_key(account_sid: str, person_id: str, kind: str) -> Key:
    return MailRow, f"MAIL#{account_sid}#{person_id}", kind


def begins_to_wait(image: RawItem) -> tuple[str, str] | None:
    """The ids of the campaign and the inquiry, if this version of it is the first of two decisions;
    None otherwise, and of what a migration or an erasure wrote.
    """
    if "first_decision" not in image or was_migrated(image):
        return None
    if first_in(json.loads(image["first_decision"]["S"])) != int(image["version"]["N"]):
        return None
    return image["campaign_key"]["S"], image["pk"]["S"].partition("#")[2]


class Mails(Connection):
    """Reads and keeps what people were told."""

    def told(self, account_sid: str, person_id: str, kind: str) -> Told:
        """What a person was told; nothing where there is no item."""
        key = mail_key(account_sid, person_id, kind)
        row = self.fetch([key]).get(key[1:])
        if row is None:
            return Told()
        return Told(
            told=frozenset(row.told or ()),
            waiting=frozenset(row.waiting or ()),
            sending=frozenset(row.sending or ()),
            sending_until=row.sending_until,
            quiet_until=row.quiet_until,
            version=row.version,
        )

    def keep_told(
        self, account_sid: str, person_id: str, kind: str, after: Told, now: datetime
    ) -> None:
        """Keeps the version after the one that was read; raises `Contested` if it is another's."""
        model, *place = mail_key(account_sid, person_id, kind)
        values = {
            "told": sorted(after.told) or None,
            "waiting": sorted(after.waiting) or None,
            "sending": sorted(after.sending) or None,
            "sending_until": after.sending_until,
            "quiet_until": after.quiet_until,
            "expires_at": int((now + KEPT).timestamp()),
            "version": after.version,
        }
        try:
            self.update(
                model(*place), change_of(model, values), at_version(model, after.version - 1)
            )
        except ClientError as error:
            if not refused(error):
                raise
            raise Contested((f"mail:{kind}",)) from error

    def accounts_with_people(
        self, after: ScanPosition | None
    ) -> tuple[list[AccountPeople], ScanPosition | None]:
        """A page of the directory: the accounts there that have people, and where to go on."""
        items, last = self.scan(
            "directory",
            after,
            FilterExpression="sk = :people",
            ExpressionAttributeValues={":people": {"S": "PEOPLE"}},
        )
        return list(_accounts(DirectoryRow.from_raw_data(each) for each in items)), last


def _accounts(rows: Iterator[DirectoryRow]) -> Iterator[AccountPeople]:
    for row in rows:
        yield people_of(row.document, row.version)
