"""Webhook endpoints and deliveries: what they are, and every decision about them.

    PENDING ──▶ ENABLED ◀──▶ FAILING ──▶ DISABLED        DELETED from any of them
       ▲            └─────────────────────▲  │
       └──────────────────────────────────┼──┘  (the owner turns it on again)

An endpoint is a cursor on its account's events: from each that it wants a delivery is made, once.
A delivery is tried until it is answered 2xx, or ten times over three days. `EDGES` is the only
place that knows the steps of an endpoint; what an answer makes of it is in `webhook_answers`.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from makegood.domain.carried import Carrying
from makegood.domain.event_names import MEANINGS, EventName
from makegood.domain.events import Event, Owner
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import Malformed, RuleForbids

ENDPOINTS_MAX = 10
"""Endpoints of an account."""

DESCRIPTION_MAX = 200
BODY_BYTES_MAX = 20_000
OLD_SECRET_FOR = timedelta(hours=24)
DELIVERY_DAYS = 30
EARLIER_MAX = 50
"""Tries that are kept of a delivery from before it was last sent anew, the latest."""


LANES, LANES_FAILING = 10, 1
"""Tries of an endpoint that may be on their way at once."""

LEASE = timedelta(seconds=60)
"""How long a try has: after that another worker may try, and the slower one marks nothing."""

PING, PINGS = "endpoint.ping", "PING-"
"""The name of a ping's event, and what the names of its deliveries begin with."""

NUMBER_DIGITS = 15
"""So that the names of deliveries sort as the numbers of their events."""


class EndpointState(StrEnum):
    PENDING = "PENDING"
    ENABLED = "ENABLED"
    FAILING = "FAILING"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


class Step(StrEnum):
    """What may happen to an endpoint."""

    ANSWERED = "answered"
    FAILED = "failed"
    EXHAUSTED = "exhausted"
    WAS_GONE = "gone"
    TURNED_OFF = "turned off"
    TURNED_ON = "turned on"
    DELETE = "delete"


_S = EndpointState
EDGES: dict[tuple[EndpointState, Step], EndpointState] = {
    (_S.PENDING, Step.ANSWERED): _S.ENABLED,
    (_S.PENDING, Step.FAILED): _S.PENDING,
    (_S.PENDING, Step.EXHAUSTED): _S.DISABLED,
    (_S.PENDING, Step.WAS_GONE): _S.DISABLED,
    (_S.PENDING, Step.TURNED_ON): _S.PENDING,
    (_S.PENDING, Step.TURNED_OFF): _S.DISABLED,
    (_S.PENDING, Step.DELETE): _S.DELETED,
    (_S.ENABLED, Step.ANSWERED): _S.ENABLED,
    (_S.ENABLED, Step.FAILED): _S.FAILING,
    (_S.ENABLED, Step.EXHAUSTED): _S.DISABLED,
    (_S.ENABLED, Step.WAS_GONE): _S.DISABLED,
    (_S.ENABLED, Step.TURNED_ON): _S.PENDING,
    (_S.ENABLED, Step.TURNED_OFF): _S.DISABLED,
    (_S.ENABLED, Step.DELETE): _S.DELETED,
    (_S.FAILING, Step.ANSWERED): _S.ENABLED,
    (_S.FAILING, Step.FAILED): _S.FAILING,
    (_S.FAILING, Step.EXHAUSTED): _S.DISABLED,
    (_S.FAILING, Step.WAS_GONE): _S.DISABLED,
    (_S.FAILING, Step.TURNED_ON): _S.PENDING,
    (_S.FAILING, Step.TURNED_OFF): _S.DISABLED,
    (_S.FAILING, Step.DELETE): _S.DELETED,
    (_S.DISABLED, Step.ANSWERED): _S.DISABLED,
    (_S.DISABLED, Step.FAILED): _S.DISABLED,
    (_S.DISABLED, Step.EXHAUSTED): _S.DISABLED,
    (_S.DISABLED, Step.WAS_GONE): _S.DISABLED,
    (_S.DISABLED, Step.TURNED_ON): _S.PENDING,
    (_S.DISABLED, Step.TURNED_OFF): _S.DISABLED,
    (_S.DISABLED, Step.DELETE): _S.DELETED,
}
"""The state after each step. Nothing leads out of DELETED."""

LANES_OF: dict[EndpointState, int] = {
    _S.PENDING: 1,
    _S.ENABLED: LANES,
    _S.FAILING: LANES_FAILING,
    _S.DISABLED: 0,
    _S.DELETED: 0,
}
"""How many tries may be on their way at once in each state."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account has its events sent. No names in `event_names` means all.

    `secret` and `old_secret` are encrypted; the old one signs besides until `old_until`. `cursor`
    is the number of the last event that deliveries were made of. `failures` counts those since the
    last success, `failing_since` is the first of them; `next_try_at` is when a failing endpoint is
    probed again, and one that was given up is told of. `quiet_until` is how long its receiver has
    asked to be left alone. `reason` is why it is disabled. `event_names` may be of a newer version.
    """

    owner: Owner
    endpoint_id: str
    url: str
    secret: str
    created_at: datetime
    event_names: tuple[str, ...] = ()
    description: str = ""
    state: EndpointState = EndpointState.PENDING
    old_secret: str = ""
    old_until: datetime | None = None
    cursor: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    next_try_at: datetime | None = None
    quiet_until: datetime | None = None
    reason: str = ""
    version: int = 1

    @property
    def wants_events(self) -> bool:
        """Whether deliveries are made for it: from the answer to its ping on, until it is off."""
        return self.state in (EndpointState.ENABLED, EndpointState.FAILING)

    @property
    def was_given_up(self) -> bool:
        """Whether it is off because of what it answered, and not by its owner's wish."""
        return self.state is EndpointState.DISABLED and self.failing_since is not None

    @property
    def paused_until(self) -> datetime | None:
        """When it is next tried: it fails, or its receiver has asked for a pause."""
        return max(filter(None, (self.next_try_at, self.quiet_until)), default=None)

    def is_paused_at(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now

    def may_send(self, delivery: "Delivery") -> bool:
        """Whether this may be sent now: before an endpoint has answered a ping, nothing else is."""
        return self.state is not EndpointState.PENDING or delivery.is_ping

    @property
    def lanes(self) -> int:
        return LANES_OF[self.state]

    def wants(self, event_name: str) -> bool:
        """Whether a delivery is made of an event; those without a name are told by others."""
        return bool(event_name) and (not self.event_names or event_name in self.event_names)

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """The encrypted secrets that sign at `now`, the new one first."""
        still = self.old_secret and self.old_until is not None and now < self.old_until
        return (self.secret, self.old_secret) if still else (self.secret,)

    def after(self, step: Step, **changes: object) -> "Endpoint":
        """This endpoint after a step; refuses one that `EDGES` does not have."""
        to = EDGES.get((self.state, step))
        if to is None:
            raise RuleForbids(f"The endpoint is {self.state}", code="endpoint_deleted")
        return replace(self, state=to, version=self.version + 1, **changes)

    def rotated(self, secret: str, now: datetime) -> "Endpoint":
        """With a new secret; the present one signs beside it for a day."""
        return replace(
            self,
            secret=secret,
            old_secret=self.secret,
            old_until=now + OLD_SECRET_FOR,
            version=self.version + 1,
        )


CLEAN: dict[str, Any] = {"failures": 0, "failing_since": None, "next_try_at": None}
"""What an endpoint without a failure has."""

ANEW: dict[str, Any] = {**CLEAN, "quiet_until": None}
"""What an endpoint has that its owner turns on or off."""


class DeliveryState(StrEnum):
    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: a status, or a fault's code if there was none."""

    status: int = 0
    fault: str = ""
    milliseconds: int = 0
    text: str = ""
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Try(Carrying):
    """One try, as it is kept: `text` is how the answer begins."""

    made_at: datetime
    status: int
    fault: str
    milliseconds: int
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint; number 0 is a ping.

    `name` is its place among the endpoint's deliveries. `tries` are those since it was last sent
    anew, and `earlier` the latest of those before, which are shown and count for nothing. `due_at`
    is when the next try is due, None once nothing is; while a try is on its way it is when another
    worker may try, and `holder` is the worker that tries.
    """

    endpoint_id: str
    name: str
    owner: Owner
    number: int
    event_name: str
    created_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: tuple[Try, ...] = ()
    due_at: datetime | None = None
    holder: str = ""
    version: int = 1
    earlier: tuple[Try, ...] = ()

    @property
    def all_tries(self) -> tuple[Try, ...]:
        return (*self.earlier, *self.tries)

    def sent_anew_after(self, before: "Delivery") -> "Delivery":
        """This delivery, with the tries of what it replaces."""
        return replace(self, tries=(), earlier=before.all_tries[-EARLIER_MAX:])

    @property
    def is_ping(self) -> bool:
        return not self.number

    @property
    def message_id(self) -> str:
        """The header `webhook-id`: the same over all tries, replays, and endpoints of an account
        for one event.
        """
        if self.is_ping:
            return f"msg_ping_{self.endpoint_id}_{self.name.rpartition('-')[2]}"
        return f"msg_{account_sid(self.owner.role, self.owner.account_id)}_{self.number}"


def event_names(text: str, role: Role) -> tuple[EventName, ...]:
    """The names in a list with commas between them, of those that the account can be told."""
    known = [name for name, each in MEANINGS.items() if role in each.roles]
    names = [each.strip() for each in text.split(",") if each.strip()]
    for each in names:
        if each not in known:
            raise Malformed("unknown_event_type", f"Not {each}; give some of {', '.join(known)}")
    return tuple(name for name in known if name in names)


def ping_of(endpoint: Endpoint, at: datetime, name: str) -> Delivery:
    """A ping, which is due at once."""
    return Delivery(endpoint.endpoint_id, f"{PINGS}{name}", endpoint.owner, 0, PING, at, due_at=at)


def delivery_of(endpoint: Endpoint, event: Event, at: datetime) -> Delivery:
    """A delivery of an event, which is due at once."""
    return Delivery(
        endpoint.endpoint_id,
        f"{event.number:0{NUMBER_DIGITS}d}",
        endpoint.owner,
        event.number,
        event.event_name,
        at,
        due_at=at,
    )


def ping_body(ping: Delivery) -> str:
    """A ping's body, the same over all tries."""
    told = {"type": PING, "timestamp": ping.created_at.astimezone(UTC).isoformat(), "data": {}}
    return json.dumps(told, separators=(",", ":"))


def secret_context(endpoint_id: str) -> dict[str, str]:
    """What a secret is encrypted with besides: it is of use for its endpoint alone."""
    return {"endpoint": endpoint_id}


@dataclass(frozen=True, slots=True)
class Wake:
    """A message to the workers: this endpoint has something due."""

    owner: Owner
    endpoint_id: str

    @property
    def message(self) -> dict[str, str]:
        owner = self.owner
        return {
            "role": str(owner.role),
            "account_id": owner.account_id,
            "endpoint_id": self.endpoint_id,
        }

    @classmethod
    def of(cls, message: dict[str, str]) -> "Wake":
        owner = Owner(Role(message["role"]), message["account_id"])
        return cls(owner, message["endpoint_id"])
