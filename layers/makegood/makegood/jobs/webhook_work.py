"""The work of one lane of an endpoint: one delivery after another, while any is due.

A worker takes a lane that nobody holds, leases the delivery that is due first, sends it, and marks
what came of it. All three are conditions on writes, so any number of workers may be woken: those
that find no lane go away. If a worker dies, its lane and its delivery are free again after a
minute, and the event is sent again: at least once, and marked once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from makegood.aws.kms import Key
from makegood.domain import webhook_signatures, webhooks
from makegood.domain.problems import Unavailable
from makegood.domain.webhooks import (
    Answer,
    Delivery,
    Endpoint,
    EndpointState,
    Wake,
    secret_context,
)
from makegood.jobs.webhook_sender import Sender
from makegood.store.deliveries import Contested, Deliveries
from makegood.store.event_bodies import EventBodies

DUE_READ = 20
"""Deliveries that are looked at for one that nobody else has taken: twice as many as lanes."""

MISSED_MAX, MISSED_SECONDS = 5, 0.2
"""How often a lane looks for a delivery in vain, and its pause after each."""

WAITED_FOR = timedelta(seconds=10)
"""A pause so short is waited for; longer ones are for the next look."""

SETTLED_MAX = 5
"""How often a mark is decided again while others change the endpoint."""


class WorkerStore(Deliveries, EventBodies):
    """What workers read and mark: endpoints, deliveries and stored bodies."""


@dataclass(slots=True)
class LaneResult:
    """What one lane did: one log line, one set of metrics."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    disabled: int = 0

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
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Decrypted once for all deliveries of the lane."""

    def run(self, wake: Wake) -> LaneResult:
        """Works on what is due of the endpoint, if there is a lane for it."""
        endpoint = self.store.endpoint(wake.owner, wake.endpoint_id)
        lane = None if endpoint is None else self._free_lane(endpoint)
        if lane is None:
            return self.result
        try:
            while self.has_time() and self._once(wake, lane):
                continue
        finally:
            self.store.leave_lane(wake.endpoint_id, lane, self.holder, self.clock())
        return self.result

    def _free_lane(self, endpoint: Endpoint) -> int | None:
        """A lane that nobody else holds."""
        for lane in range(endpoint.lanes):
            if self.store.take_lane(endpoint.endpoint_id, lane, self.holder, self.clock()):
                return lane
        return None

    def _once(self, wake: Wake, lane: int) -> bool:
        """Does the next delivery; False if there is none, or the lane is no longer ours."""
        endpoint, now = self.store.endpoint(wake.owner, wake.endpoint_id), self.clock()
        if endpoint is None or lane >= endpoint.lanes:
            return False
        if endpoint.next_try_at is not None and endpoint.next_try_at > now:
            return self._waited(endpoint.next_try_at - now)
        if not self.store.take_lane(wake.endpoint_id, lane, self.holder, now):
            return False
        due = list(self.store.due_deliveries(wake.endpoint_id, DUE_READ))
        if not due:
            return False
        ready = [name for at, name in due if at <= now]
        if not ready:
            return self._waited(due[0][0] - now)
        for name in (*ready[lane:], *ready[:lane]):
            found = self.store.delivery(wake.endpoint_id, name)
            leased = found and self.store.lease(found, now, self.holder)
            if leased:
                self.missed = 0
                self._send(endpoint, leased)
                return True
        return self._missed()

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

    def _send(self, endpoint: Endpoint, leased: Delivery) -> None:
        begun = self.clock()
        body = self._body(leased)
        if body is None:
            self.store.drop(leased)
            self.result.dropped += 1
            return
        secrets = [self._secret(endpoint, each) for each in endpoint.secrets_at(begun)]
        headers = webhook_signatures.headers(secrets, leased.message_id, begun, body)
        self._settle(endpoint, leased, self.sender.send(endpoint.url, headers, body))

    def _body(self, leased: Delivery) -> bytes | None:
        """What is sent; None where an event has no body, or none any more."""
        if leased.number:
            return self.store.body_of(leased.owner, leased.number)
        return webhooks.ping_body(leased).encode()

    def _secret(self, endpoint: Endpoint, encrypted: str) -> bytes:
        if encrypted not in self.secrets:
            context = secret_context(endpoint.endpoint_id)
            self.secrets[encrypted] = self.key.decrypt(encrypted, context)
        return self.secrets[encrypted]

    def _settle(self, endpoint: Endpoint, leased: Delivery, answer: Answer) -> None:
        """Marks the try; decides again where the endpoint has changed meanwhile."""
        now, jitter, known = self.clock(), self.jitter(), endpoint
        for _ in range(SETTLED_MAX):
            outcome = webhooks.answered(known, leased, answer, now, jitter)
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

    def _note(self, before: Endpoint, outcome: webhooks.Outcome) -> None:
        delivered = outcome.delivery.state is webhooks.DeliveryState.DELIVERED
        self.result.delivered += delivered
        self.result.failed += not delivered
        off = EndpointState.DISABLED
        self.result.disabled += outcome.endpoint.state is off and before.state is not off
