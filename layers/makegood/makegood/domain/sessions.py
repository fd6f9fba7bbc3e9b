"""A session: a person who is signed in for one account, until it ends or somebody ends it.

Its token is the password of HTTP Basic, as a machine's token is, and is told from one by how it
begins. It names the session, so one read finds it; of its secret part a hash is kept. What the
person may do is read with it by the authorizer, whose answer the gateway keeps for up to a minute:
so long a changed role, a disabled person or an ended session may take to count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from makegood.domain.ids import digest
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import Unauthorized
from makegood.domain.rate_limit import Allowance

PREFIX = "mgs_"
LASTS = timedelta(hours=8)
TOLD = timedelta(days=1)
"""How long the token of a session that is over is answered that it has ended. After that it is
refused as any other: that answer takes nothing from a rate.
"""

OPENINGS = Allowance(per_hour=120, burst=20)
"""How many sessions a person may open: each has a rate of its own."""


class SessionEnded(Unauthorized):
    code = "session_ended"
    message = "This session has ended; sign in again"


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session. `ended_at` is when somebody ended it, None while nobody has."""

    session_id: str
    person_id: str
    role: Role
    account_id: str
    secret_hash: str
    ends_at: datetime
    ended_at: datetime | None = None

    @property
    def account_sid(self) -> str:
        return account_sid(self.role, self.account_id)

    def knows(self, secret: str, sid: str) -> bool:
        """Whether this is the secret of this session, for that account."""
        hashed = hash_secret(self.session_id, secret)
        return compare_digest(self.secret_hash, hashed) and self.account_sid == sid

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at

    def is_told(self, now: datetime) -> bool:
        """Whether its token is still answered: while it is open, and for a day after its end."""
        return now < (self.ended_at or self.ends_at) + TOLD


def hash_secret(session_id: str, secret: str) -> str:
    """Secrets are 256 random bits, so one fast hash keeps them; the session's id salts it."""
    return digest("session", session_id, secret)


def token_of(session_id: str, secret: str) -> str:
    """The token that a person's browser is given, once."""
    return f"{PREFIX}{session_id}.{secret}"


def is_session_token(token: str) -> bool:
    return token.startswith(PREFIX)


def parts_of(token: str) -> tuple[str, str]:
    """The id and the secret that a session's token names."""
    session_id, _, secret = token.removeprefix(PREFIX).partition(".")
    return session_id, secret
