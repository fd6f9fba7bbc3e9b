"""Access: credentials, when each was last used, and the rate of requests.

An account's credentials are one document, which the operator changes on condition of its version;
a sign-in reads it and nothing else. When a credential was last used is an item of its own, of the
only kind that the authorizer may write. The write's condition says whether that is due, so nobody
reads it but the operator.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.domain.access import Account, Credential, Rights, sid_of
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.domain.rate_limit import SECOND_MICROS, Allowance
from makegood.store.connection import Tables, refused
from makegood.store.directory import DirectoryRow, Documents, check_size, known, rewritten
from makegood.store.expressions import (
    Change,
    Condition,
    at_version,
    change_of,
    compared,
    is_missing,
)
from makegood.store.items import Instant, Key, Number, Row, read_stamp, stamp

if TYPE_CHECKING:
    from makegood.store.requests import Idempotency

USE_NOTED_EVERY = timedelta(hours=1)
REMEMBERED_MAX = 10_000
"""Buckets, and uses of credentials, that a process remembers."""

EXPIRY_SECONDS = 86_400
"""How long a bucket is kept after it is full."""

Used = Mapping[str, datetime]
"""When each credential was last used, by its id; right to the hour."""


class RateRow(Row):
    """An account's bucket of requests: when it is full again, in microseconds."""

    table = "requests"

    full_at = Number()
    expires_at = Number()


class UsedRow(Row):
    """When a credential was last used."""

    table = "directory"

    used_at = Instant()


def account_key(account_sid: str) -> Key:
    return DirectoryRow, f"CREDENTIAL#{account_sid}", "CREDENTIAL"


def used_key(credential_id: str) -> Key:
    return UsedRow, f"USED#{sid_of(credential_id)}", credential_id


def earlier_used_key(account_sid: str) -> Key:
    """The document in which an earlier version notes the uses of all credentials of an account."""
    return DirectoryRow, f"USED#{account_sid}", "USED"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def account_document(account: Account) -> dict[str, Any]:
    return {
        "role": account.role.value,
        "account_id": account.account_id,
        "allowance": asdict(account.allowance),
        "credentials": [_credential_document(each) for each in account.credentials],
    }


def _credential_document(credential: Credential) -> dict[str, Any]:
    rights, revoked_at = credential.rights, credential.revoked_at
    return {
        **asdict(credential),
        "created_at": stamp(credential.created_at),
        "revoked_at": stamp(revoked_at) if revoked_at else None,
        "rights": {**rights.later, "scopes": rights.scopes, "read_only": rights.read_only},
    }


def account_of(document: Mapping[str, Any], version: int) -> Account:
    """The account of a document; what a later version has added to it closes nothing."""
    return Account(
        role=Role(document["role"]),
        account_id=document["account_id"],
        credentials=tuple(_credential_of(each) for each in document["credentials"]),
        allowance=Allowance(**known(Allowance, document["allowance"])),
        version=version,
    )


def _credential_of(document: Mapping[str, Any]) -> Credential:
    later = {**document["rights"]}
    scopes, read_only = tuple(later.pop("scopes")), later.pop("read_only")
    return Credential(
        **{
            **known(Credential, document),
            "created_at": datetime.fromisoformat(document["created_at"]),
            "revoked_at": _instant(document["revoked_at"]),
            "rights": Rights(scopes, read_only=read_only, later=later),
        }
    )


class Access(Documents):
    """Reads and writes accounts' access, and takes requests off their buckets."""

    def __init__(self, tables: Tables, region: str | None = None, client: Any = None) -> None:
        super().__init__(tables, region, client)
        self._full_at: dict[str, int] = {}
        self._used_at: dict[str, datetime] = {}

    def account(self, account_sid: str) -> Account | None:
        """An account's access, in one read of one item."""
        key = account_key(account_sid)
        held = self.fetch([key]).get(key[1:])
        return None if held is None else account_of(held.document, int(held.version))

    def last_uses(self, account: Account) -> Used:
        """When the account's credentials were last used, by this version or an earlier one."""
        earlier = earlier_used_key(account.account_sid)
        keys = {each.credential_id: used_key(each.credential_id) for each in account.credentials}
        held = self.fetch([earlier, *keys.values()])
        noted = held[earlier[1:]].document if earlier[1:] in held else {}
        used = {each: read_stamp(noted[each]) for each in keys if each in noted}
        for credential_id, key in keys.items():
            if key[1:] in held:
                at = held[key[1:]].used_at
                used[credential_id] = max(at, used.get(credential_id, at))
        return used

    def put_account(self, account: Account, idempotency: "Idempotency | None" = None) -> bool:
        """Writes an account's access, with the record of an idempotency key, if there is one; False
        if somebody else has changed it meanwhile, or written with that key.

        Raises `RuleForbids` if a credential more would not fit into the item. A credential can
        always be revoked: the limit leaves room for that.
        """
        key = account_key(account.account_sid)
        was = self.held(key)
        row = rewritten(key, account_document(account), was)
        held = {each["credential_id"] for each in was.document["credentials"]} if was else set()
        if any(each.credential_id not in held for each in account.credentials):
            check_size(row, "shorten what a later version has added to its credentials")
        change = change_of(DirectoryRow, {"document": row.document, "version": row.version})
        unchanged = at_version(DirectoryRow, account.version)
        if idempotency is not None:
            return self._put_with(idempotency, row, change, unchanged)
        try:
            self.update(row, change, unchanged)
        except ClientError as error:
            if not refused(error):
                raise
            return False
        return True

    def _put_with(
        self, idempotency: "Idempotency", row: Row, change: Change, unchanged: Condition
    ) -> bool:
        """Both or nothing. Whoever signs in writes no account, so what does is imported here."""
        from makegood.store.requests import write_request
        from makegood.store.transactions import Contested, Writes, send

        writes = Writes()
        writes.updates.append(("access", row, change, unchanged))
        write_request(writes, idempotency)
        try:
            send(self, writes)
        except Contested:
            return False
        return True

    def note_use(self, credential_id: str, at: datetime) -> None:
        """Notes that a credential is used, once an hour at most.

        A process writes if it knows of no use within the hour; the condition refuses what another
        process has noted, and the refusal tells when. A note that cannot be written is left out: it
        is not worth failing a request.
        """
        noted = self._used_at.get(credential_id)
        if noted is not None and noted <= at < noted + USE_NOTED_EVERY:
            return
        try:
            noted = self._noted(credential_id, at)
        except (ClientError, BotoCoreError, Unavailable):
            return
        if len(self._used_at) >= REMEMBERED_MAX:
            self._used_at.clear()
        self._used_at[credential_id] = noted

    def _noted(self, credential_id: str, at: datetime) -> datetime:
        """Writes the note if one is due; returns the use that is stored then."""
        due = (
            is_missing("used_at")
            | compared(UsedRow, "used_at", "<=", at - USE_NOTED_EVERY)
            | compared(UsedRow, "used_at", ">", at)
        )
        model, pk, sk = used_key(credential_id)
        change = change_of(model, {"used_at": at})
        try:
            self.update(model(pk, sk), change, due, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ClientError as error:
            stored = error.response.get("Item", {}).get("used_at")
            if not refused(error) or stored is None:
                raise
            return read_stamp(stored["S"])
        return at

    def take(
        self, account_sid: str, allowance: Allowance, now: int, count: int = 1
    ) -> tuple[bool, int]:
        """Takes requests off the bucket; returns whether it had so many, and when it is full.

        A full bucket is written anew, and any other is moved on by a step, each on condition that
        it is so. The account's last request in this process says which to try first, so most
        requests take one write. A refusal returns the stored instant, and so what to try next.
        """
        thought = self._full_at.get(account_sid, 0)
        while True:
            full = thought < now
            taken, full_at = self._try(account_sid, allowance, now, full=full, count=count)
            if taken or full_at > allowance.latest(now, count):
                break
            if full_at == thought:
                raise Unavailable
            thought = full_at
        if len(self._full_at) >= REMEMBERED_MAX:
            self._full_at.clear()
        self._full_at[account_sid] = full_at
        return taken, full_at

    def _try(
        self, account_sid: str, allowance: Allowance, now: int, full: bool, count: int
    ) -> tuple[bool, int]:
        """Tries a write; returns whether the guess was right, and the bucket's instant."""
        expires_at = now // SECOND_MICROS + EXPIRY_SECONDS
        if full:
            full_at = now + count * allowance.step
            change = change_of(RateRow, {"full_at": full_at, "expires_at": expires_at})
            condition = is_missing("full_at") | compared(RateRow, "full_at", "<", now)
        else:
            sets = change_of(RateRow, {"expires_at": expires_at}).sets
            change = Change(sets, adds=(("full_at", count * allowance.step),))
            condition = compared(RateRow, "full_at", ">=", now) & compared(
                RateRow, "full_at", "<=", allowance.latest(now, count)
            )
        try:
            answer = self.update(
                RateRow(f"R#{account_sid}", "RATE"),
                change,
                condition,
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not refused(error):
                raise
            held = error.response.get("Item", {}).get("full_at", {"N": "0"})
            return False, int(held["N"])
        return True, int(answer["Attributes"]["full_at"]["N"])
