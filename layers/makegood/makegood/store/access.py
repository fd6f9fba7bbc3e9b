"""Access: credentials, when each was last used, and the rate of requests.

An account's credentials are one document, which the operator changes on condition of its version.
When a token was last used is kept apart, in the only kind of item that the authorizer may write.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from makegood.domain.access import Account, Credential, Rights
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.domain.rate_limit import SECOND_MICROS, Allowance
from makegood.store.connection import Tables, refused
from makegood.store.directory import DirectoryRow, Documents
from makegood.store.expressions import IS_NEW, Change, at_version, change_of, compared, is_missing
from makegood.store.items import Key, Number, Row, stamp

USE_NOTED_EVERY = timedelta(hours=1)
FULL_AT_KEPT_MAX = 10_000
EXPIRY_SECONDS = 86_400
"""How long a bucket is kept after it is full."""

Used = Mapping[str, datetime]
"""When each credential was last used, by its id; right to the hour."""


class RateRow(Row):
    """An account's bucket of requests: when it is full again, in microseconds."""

    table = "requests"

    full_at = Number()
    expires_at = Number()


def account_key(account_sid: str) -> Key:
    return DirectoryRow, f"CREDENTIAL#{account_sid}", "CREDENTIAL"


def used_key(account_sid: str) -> Key:
    return DirectoryRow, f"USED#{account_sid}", "USED"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def account_document(account: Account) -> dict[str, Any]:
    return {
        "role": account.role.value,
        "account_id": account.account_id,
        "allowance": asdict(account.allowance),
        "credentials": [
            {
                **asdict(each),
                "created_at": stamp(each.created_at),
                "revoked_at": stamp(each.revoked_at) if each.revoked_at else None,
            }
            for each in account.credentials
        ],
    }


def account_of(document: Mapping[str, Any], version: int) -> Account:
    credentials = tuple(
        Credential(
            **{
                **each,
                "created_at": datetime.fromisoformat(each["created_at"]),
                "revoked_at": _instant(each["revoked_at"]),
                "rights": Rights(
                    tuple(each["rights"]["scopes"]), read_only=each["rights"]["read_only"]
                ),
            }
        )
        for each in document["credentials"]
    )
    allowance = Allowance(**document["allowance"])
    role = Role(document["role"])
    return Account(role, document["account_id"], credentials, allowance, version)


class Access(Documents):
    """Reads and writes accounts' access, and takes requests off their buckets."""

    def __init__(self, tables: Tables, region: str | None = None) -> None:
        super().__init__(tables, region)
        self._full_at: dict[str, int] = {}

    def account(self, account_sid: str) -> tuple[Account | None, Used]:
        """An account's access, and when its credentials were last used, in one read."""
        keys = account_key(account_sid), used_key(account_sid)
        held, used = (self.fetch(keys).get(key[1:]) for key in keys)
        noted = used.document if used else {}
        at = {each: datetime.fromisoformat(noted[each]) for each in noted}
        if held is None:
            return None, at
        return account_of(held.document, int(held.version)), at

    def put_account(self, account: Account) -> bool:
        """Writes an account's access; False if somebody else has changed it meanwhile."""
        model, pk, sk = account_key(account.account_sid)
        row = model(pk, sk, document=account_document(account), version=account.version + 1)
        try:
            self.write(row, at_version(model, account.version))
        except ClientError as error:
            if not refused(error):
                raise
            return False
        return True

    def note_use(self, account: Account, credential_id: str, used: Used, at: datetime) -> None:
        """Notes that a credential is used, once an hour at most; `used` is what was read.

        A note that cannot be written is left out: it is not worth failing a request.
        """
        before = used.get(credential_id)
        if before is not None and before <= at < before + USE_NOTED_EVERY:
            return
        known = {each.credential_id for each in account.credentials}
        noted = {each: stamp(used[each]) for each in sorted(used) if each in known}
        model, pk, sk = used_key(account.account_sid)
        change = change_of(model, {"document": {**noted, credential_id: stamp(at)}})
        seen = {each: stamp(used[each]) for each in used}
        condition = compared(model, "document", "=", seen) if used else IS_NEW
        try:
            self.update(model(pk, sk), change, condition)
        except (ClientError, BotoCoreError, Unavailable):
            return

    def take(self, account_sid: str, allowance: Allowance, now: int) -> tuple[bool, int]:
        """Takes a request off the bucket; returns whether it had one, and when it is full.

        A full bucket is written anew, and any other is moved on by a step, each on condition that
        it is so. The account's last request in this process says which to try first, so most
        requests take one write. A refusal returns the stored instant, and so what to try next.
        """
        thought = self._full_at.get(account_sid, 0)
        while True:
            taken, full_at = self._try(account_sid, allowance, now, full=thought < now)
            if taken or full_at > allowance.latest(now):
                break
            if full_at == thought:
                raise Unavailable
            thought = full_at
        if len(self._full_at) >= FULL_AT_KEPT_MAX:
            self._full_at.clear()
        self._full_at[account_sid] = full_at
        return taken, full_at

    def _try(
        self, account_sid: str, allowance: Allowance, now: int, full: bool
    ) -> tuple[bool, int]:
        """Tries a write; returns whether the guess was right, and the bucket's instant."""
        expires_at = now // SECOND_MICROS + EXPIRY_SECONDS
        if full:
            change = change_of(RateRow, {"full_at": now + allowance.step, "expires_at": expires_at})
            condition = is_missing("full_at") | compared(RateRow, "full_at", "<", now)
        else:
            sets = change_of(RateRow, {"expires_at": expires_at}).sets
            change = Change(sets, adds=(("full_at", allowance.step),))
            condition = compared(RateRow, "full_at", ">=", now) & compared(
                RateRow, "full_at", "<=", allowance.latest(now)
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
