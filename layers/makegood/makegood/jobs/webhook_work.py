"""The work of one lane of an endpoint: one delivery after another, while any is due.

A worker takes a lane that nobody holds, leases a delivery that is due, sends it, and marks what
came of it. All three are conditions on writes, so any number of workers may be woken: those that
find no lane go away. If a worker dies, its lane and its delivery are free again after a minute, and
the event is sent again: at least once, and marked once.

A worker keeps a lane for one turn. If more is due then, it sends a wake and goes: the queue serves
who waits first, so receivers that take long, however many, keep nobody else's waiting for long.

The lanes of an endpoint share what one look at the index sees: each takes every tenth, so they do
not meet, and a delivery costs one read and two writes besides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from makegood.aws.kms import Key
from makegood.domain import webhook_signatures, webhooks
from makegood.domain.problems import Unavailable
from makegood.domain.webhook_answers import Outcome, answered
from makegood.domain.webhooks import (
    LEASE,
    Answer,
    Delivery,
    Endpoint,
    EndpointState,
    Wake,
    secret_context,
)
from makegood.jobs.webhook_sender import Sender
from makegood.store.deliveries import Contested, WorkerStore

DUE_READ = 50
"""Deliveries that one look at the index sees: five for each lane."""

KEPT_FOR = LEASE / 4
"""How long a lane is kept before it is taken anew: a try fits into what is left of its lease."""

TURN = timedelta(seconds=10)
"""How long a worker goes on with one endpoint; a try that is on its way then is ended."""

MISSED_MAX, MISSED_SECONDS = 5, 0.2
"""How often a lane looks for a delivery in vain, and its pause after each."""

WAITED_FOR = timedelta(seconds=10)
"""A pause so short is waited for; longer ones are for the next look."""

SETTLED_MAX = 5
"""How often a mark is decided again while others change the endpoint."""


@dataclass(slots=True)
class LaneResult:
    """What one lane did: one log line, one set of metrics."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    disabled: int = 0
    unfinished: bool = False
    """Whether the turn was over while something may still have been due."""

    def facts(self) -> dict[str, int]:
        return {
            "delivered": self.delivered,
            "failed": self.failed,
            "dropped": self.dropped,
            "disabled": self.disabled,
        }


@dataclass(slots=True)
class Lane:
    """One worker on one lane. `holder` names this worker; `jitter` is from 0 up to 1."""

    store: WorkerStore
    sender: Sender
    key: Key
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    wait: Callable[[float], None]
    has_time: Callable[[], bool]
    holder: str
    result: LaneResult = field(default_factory=LaneResult)
    missed: int = 0
    began_at: datetime | None = None
    taken_at: datetime | None = None
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Decrypted once for all deliveries of the lane."""

    def run(self, wake: Wake) -> LaneResult:
        """Works for a turn on what is due of the endpoint, if there is a lane for it."""
        self.began_at = self.clock()
        endpoint = self.store.endpoint(wake.owner, wake.endpoint_id)
        lane = None if endpoint is None else self._free_lane(endpoint)
        if lane is None:
            return self.result
        try:
            more = True
            while more and self._has_turn():
                more = self._some(wake, lane)
            self.result.unfinished = more
        finally:
            self.store.leave_lane(wake.endpoint_id, lane, self.holder, self.clock())
        return self.result

    def _has_turn(self) -> bool:
        over = self.began_at is not None and self.clock() - self.began_at >= TURN
        return self.has_time() and not over

    def _free_lane(self, endpoint: Endpoint) -> int | None:
        """A lane that nobody else holds."""
        for lane in range(endpoint.lanes):
            if self._take(endpoint.endpoint_id, lane):
                return lane
        return None

    def _take(self, endpoint_id: str, lane: int) -> bool:
        now = self.clock()
        taken = self.store.take_lane(endpoint_id, lane, self.holder, now)
        self.taken_at = now if taken else None
        return taken

    def _keeps(self, endpoint_id: str, lane: int) -> bool:
        """Whether the lane is still ours for one try."""
        fresh = self.taken_at is not None and self.clock() - self.taken_at < KEPT_FOR
        return fresh or self._take(endpoint_id, lane)

    def _some(self, wake: Wake, lane: int) -> bool:
        """Does some of what one look sees; False if nothing is left, or the lane is not ours."""
        endpoint, now = self.store.endpoint(wake.owner, wake.endpoint_id), self.clock()
        if endpoint is None or lane >= endpoint.lanes:
            return False
        if endpoint.paused_until is not None and endpoint.paused_until > now:
            return self._waited(endpoint.paused_until - now)
        due = self.store.due_deliveries(endpoint, DUE_READ)
        if not due:
            return False
        ready = [name for at, name in due if at <= now]
        if not ready:
            return self._waited(due[0][0] - now)
        ours = ready[lane :: endpoint.lanes]
        others = [name for name in ready if name not in ours]
        if self._sent(wake, lane, ours, len(ours)) or self._sent(wake, lane, others, 1):
            self.missed = 0
            return True
        return self._missed()

    def _sent(self, wake: Wake, lane: int, names: Sequence[str], most: int) -> int:
        """Sends as many of these as nobody else has; returns how many it sent."""
        sent = 0
        for name in names:
            if sent == most or not self._has_turn() or not self._keeps(wake.endpoint_id, lane):
                break
            endpoint, found, body = self.store.to_send(wake, name)
            now = self.clock()
            if endpoint is None or lane >= endpoint.lanes or endpoint.is_paused_at(now):
                break
            sends = found is not None and endpoint.may_send(found)
            leased = self.store.lease(found, now, self.holder) if found and sends else None
            if leased:
                self._send(endpoint, leased, body)
                sent += 1
        return sent

    def _missed(self) -> bool:
        """Others were faster, or the index is behind: looks again, though not for ever."""
        self.missed += 1
        self.wait(MISSED_SECONDS)
        return self.missed < MISSED_MAX

    def _waited(self, pause: timedelta) -> bool:
        if pause > WAITED_FOR:
            return False
        self.wait(pause.total_seconds())
        return True

    def _send(self, endpoint: Endpoint, leased: Delivery, stored: bytes | None) -> None:
        """`stored` is an event's body; None if it has none, or none any more."""
        begun = self.clock()
        body = webhooks.ping_body(leased).encode() if leased.is_ping else stored
        if body is None:
            self.store.drop(leased)
            self.result.dropped += 1
            return
        secrets = [self._secret(endpoint, each) for each in endpoint.secrets_at(begun)]
        headers = webhook_signatures.headers(secrets, leased.message_id, begun, body)
        self._settle(endpoint, leased, self.sender.send(endpoint.url, headers, body))

    def _secret(self, endpoint: Endpoint, encrypted: str) -> bytes:
        if encrypted not in self.secrets:
            context = secret_context(endpoint.endpoint_id)
            self.secrets[encrypted] = self.key.decrypt(encrypted, context)
        return self.secrets[encrypted]

    def _settle(self, endpoint: Endpoint, leased: Delivery, answer: Answer) -> None:
        """Marks a try of what was the endpoint; decides again where that has changed meanwhile."""
        now, jitter, known = self.clock(), self.jitter(), endpoint
        for _ in range(SETTLED_MAX):
            outcome = answered(known, endpoint.url, leased, answer, now, jitter)
            try:
                if self.store.settle(leased, known, outcome):
                    self._note(known, outcome)
                return
            except Contested:
                again = self.store.endpoint(known.owner, known.endpoint_id)
                if again is None:
                    return
                known = again
        raise Unavailable

    def _note(self, before: Endpoint, outcome: Outcome) -> None:
        delivered = outcome.delivery.state is webhooks.DeliveryState.DELIVERED
        self.result.delivered += delivered
        self.result.failed += not delivered
        off = EndpointState.DISABLED
        self.result.disabled += outcome.endpoint.state is off and before.state is not off
