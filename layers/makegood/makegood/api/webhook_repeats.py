"""Requests about webhooks that are sent again: an idempotency key is answered as it was at first.

The first answer is kept in the transaction of its effect. A secret in it is shown again for a day:
a client that lost the answer has no other way to it, and one more rotation would end the time in
which the secret that its receiver knows still signs. It is kept apart from the endpoint's, and
encrypted as part of an answer, so that who answers requests can read answers and no endpoint's
secret.

An older version kept all answers by the account, a person's too, and did not say whose they were.
Such an answer is nobody's to read: a person whose key it has is refused, rather than shown somebody
else's secret, or given a second endpoint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from makegood.api.http import Reply
from makegood.aws.kms import Key
from makegood.domain import webhook_signatures
from makegood.domain.problems import Conflict, Problem, RuleForbids
from makegood.domain.webhooks import ENDPOINTS_MAX
from makegood.store.deliveries import RequestedStore
from makegood.store.store import Contested, Idempotency
from makegood.store.transactions import Writes
from makegood.store.webhooks import ACCOUNT

SECRET_SHOWN_FOR = timedelta(hours=24)
"""How long a request that is sent again is answered with the secret of its first answer."""

KEPT_ANSWER = "kept answer"
BODY, WHOSE = "body", "whose"
"""What a kept answer says, and whose key it answers (`Caller.keys`): no older version told that."""


@dataclass(frozen=True, slots=True)
class Commits:
    """Commits what one request asks for; `asked` is its idempotency key, if it has one.

    `account_sid` is the account of who asks, a person or a machine.
    """

    store: RequestedStore
    key: Key
    now: datetime
    account_sid: str
    asked: Idempotency | None = None

    def once(self, write: Callable[[], Reply]) -> Reply:
        """What the write answers, or the first answer to its key."""
        first = self._first()
        if first is not None:
            return first
        try:
            return write()
        except Problem:
            first = self._first()
            if first is None:
                raise
            return first

    def commit(self, writes: Writes, body: Mapping[str, Any], secret: bytes = b"") -> Reply:
        """Writes all or nothing, with the record of the answer that follows from it."""
        try:
            self.store.commit_requested(writes, self._made(body, secret))
        except Contested as lost:
            raise _refusal(lost) from lost
        return _reply(body, secret)

    def _made(self, body: Mapping[str, Any], secret: bytes) -> Idempotency | None:
        if self.asked is None:
            return None
        reply: dict[str, Any] = {BODY: dict(body), WHOSE: self.asked.account_sid}
        if secret:
            reply["secret"] = self.key.encrypt(secret, self._context(self.asked))
            reply["secret_until"] = (self.now + SECRET_SHOWN_FOR).isoformat()
        return replace(self.asked, reply=reply)

    def _first(self) -> Reply | None:
        kept = None if self.asked is None else self.store.replay(self.asked)
        if kept is None or self.asked is None:
            self._check_older()
            return None
        shown = "secret" in kept and self.now < datetime.fromisoformat(kept["secret_until"])
        secret = self.key.decrypt(kept["secret"], self._context(self.asked)) if shown else b""
        return _reply(kept[BODY], secret)

    def _check_older(self) -> None:
        """Refuses a person's key that an older version has an answer to, whoever's it is."""
        if self.asked is None or self.asked.account_sid == self.account_sid:
            return
        answered = self.store.answered(self.account_sid, self.asked.key)
        if answered and BODY in answered and WHOSE not in answered:
            raise Conflict(
                "This Idempotency-Key was used in this account before; read the endpoints to see "
                "what has become of them, and choose a new key if anything is left to do",
                code="idempotency_key_reused",
            )

    def _context(self, asked: Idempotency) -> dict[str, str]:
        """What a kept secret is encrypted with besides; the functions' rights name its purpose."""
        return {"purpose": KEPT_ANSWER, "account": asked.account_sid}


def _reply(body: Mapping[str, Any], secret: bytes) -> Reply:
    shown = {"Secret": webhook_signatures.secret_text(secret)} if secret else {}
    return Reply({**body, **shown})


def _refusal(lost: Contested) -> Problem:
    if ACCOUNT in lost.labels:
        return RuleForbids(
            f"There are {ENDPOINTS_MAX} endpoints, which is the most an account has; delete one, "
            "or change one",
            code="too_many_endpoints",
        )
    return Conflict(
        "The endpoint has changed meanwhile; read it again, then change it", code="endpoint_changed"
    )
