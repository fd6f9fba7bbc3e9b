"""The credentials of an account: its tokens are checked here, and what each of them may do.

An account is one user of HTTP Basic, named by its SID. Each of its valid tokens opens it, with the
rights of that token. Rotating a token makes a second one with the same rights; both are valid until
the first is revoked. Tokens that replace each other form a line, and at most two of a line are
valid at once. Revoked tokens are kept for a while, and are never valid again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from makegood.domain.ids import digest
from makegood.domain.parties import EVERYTHING, SCOPES, Role, account_sid
from makegood.domain.problems import Conflict, Malformed, NotFound
from makegood.domain.rate_limit import DEFAULT, Allowance

VALID_MAX = 10
LINE_MAX = 2
REVOKED_KEPT_MAX = 20
"""The most revoked credentials that an account keeps."""


def hash_token(account_sid: str, token: str) -> str:
    """Tokens are 256 random bits, so one fast hash keeps them; the SID salts it."""
    return digest("token", account_sid, token)


@dataclass(frozen=True, slots=True)
class Rights:
    """The collections that a token opens (all by default), and whether it may write.

    `later` is what a later version has added. A rotated token has the same rights, these as well.
    """

    scopes: tuple[str, ...] = (EVERYTHING,)
    read_only: bool = False
    later: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


FULL = Rights()


def rights(scopes: Iterable[str], read_only: bool) -> Rights:
    """The rights to these collections; raises `Malformed` for none, and for one there is not."""
    named = tuple(sorted(set(scopes)))
    if not named or not (SCOPES | {EVERYTHING}).issuperset(named):
        message = f"Any of {', '.join(sorted(SCOPES))}; leave it out for all"
        raise Malformed("unknown_scope", message)
    return Rights(named, read_only)


class TokenState(StrEnum):
    VALID = "VALID"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Credential:
    """One token, as its hash. `line` is the id of the first credential of its line.

    `name` says what uses the token, and `made_by` is the source of the person who made it; both are
    blank of a token that the operator made.
    """

    credential_id: str
    line: str
    token_hash: str
    created_at: datetime
    rights: Rights = FULL
    revoked_at: datetime | None = None
    name: str = ""
    made_by: str = ""

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None

    @property
    def state(self) -> TokenState:
        return TokenState.VALID if self.is_valid else TokenState.REVOKED


@dataclass(frozen=True, slots=True)
class Account:
    """An advertiser's or partner's access: its credentials, oldest first, and how often it asks."""

    role: Role
    account_id: str
    credentials: tuple[Credential, ...] = ()
    allowance: Allowance = DEFAULT
    version: int = 0

    @property
    def account_sid(self) -> str:
        return account_sid(self.role, self.account_id)

    def admitted(self, token: str) -> Credential | None:
        """The valid credential of this token; takes the same time for every wrong one."""
        hashed = hash_token(self.account_sid, token)
        found = None
        for each in self.credentials:
            if compare_digest(each.token_hash, hashed) and each.is_valid:
                found = each
        return found

    def credential(self, credential_id: str) -> Credential:
        for each in self.credentials:
            if each.credential_id == credential_id:
                return each
        raise NotFound(f"There is no credential {credential_id}")

    def with_token(
        self, token: str, at: datetime, rights: Rights = FULL, name: str = "", made_by: str = ""
    ) -> "Account":
        """The account with one credential more, the last of its list."""
        return self._with(token, Credential("", "", "", at, rights, name=name, made_by=made_by))

    def rotated(self, credential_id: str, token: str, at: datetime) -> "Account":
        """The account with a second token beside that one, with the same rights."""
        current = self.credential(credential_id)
        if not current.is_valid:
            raise Conflict(
                f"Credential {credential_id} is revoked; create a new one",
                code="credential_revoked",
            )
        beside = [each for each in self._valid() if each.line == current.line]
        if len(beside) >= LINE_MAX:
            ids = " and ".join(each.credential_id for each in beside)
            raise Conflict(
                f"{ids} are valid already; revoke one of them first", code="rotation_underway"
            )
        return self._with(token, replace(current, created_at=at))

    def revoked(self, credential_id: str, at: datetime) -> "Account":
        """The account without that token; again changes nothing."""
        revoked = self.credential(credential_id)
        if not revoked.is_valid:
            return self
        changed = replace(revoked, revoked_at=at)
        return replace(
            self,
            credentials=tuple(changed if each is revoked else each for each in self.credentials),
        )

    def _valid(self) -> list[Credential]:
        return [each for each in self.credentials if each.is_valid]

    def _with(self, token: str, like: Credential) -> "Account":
        """The account with a credential more for this token, which is like that one otherwise."""
        if len(self._valid()) >= VALID_MAX:
            raise Conflict(
                f"This account has {VALID_MAX} valid credentials already; revoke one first",
                code="too_many_credentials",
            )
        hashed = hash_token(self.account_sid, token)
        credential_id = f"{self.account_sid}.{digest('credential', hashed)[:12]}"
        made = replace(
            like, credential_id=credential_id, line=like.line or credential_id, token_hash=hashed
        )
        gone = [each for each in self.credentials if not each.is_valid]
        forgotten = gone[: max(0, len(gone) - REVOKED_KEPT_MAX)]
        kept = tuple(each for each in self.credentials if each not in forgotten)
        return replace(self, credentials=(*kept, made))


def sid_of(credential_id: str) -> str:
    """The account that a credential's id names."""
    return credential_id.partition(".")[0]
