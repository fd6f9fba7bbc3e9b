"""From events to deliveries, and from what is due to the workers' queue.

The stream of events makes deliveries of what follows each endpoint's cursor, and wakes workers. A
look every minute does the same for endpoints that have something due: for retries, for replays, and
for whatever was cut off between two steps.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from makegood.aws.sqs import Queue
from makegood.domain.event_names import told
from makegood.domain.events import Event, Owner
from makegood.domain.webhooks import DELIVERY_DAYS, Endpoint, Wake
from makegood.store.deliveries import MADE_TOGETHER, DeliveryStore
from makegood.store.event_images import of_disabled
from makegood.store.events import BodyOf

GRACE = timedelta(seconds=30)
"""What was written so lately may still be missing in an index."""

LOOK_AGAIN = timedelta(minutes=1)
YOUNG = timedelta(hours=1)
"""So long after an endpoint was made, an event may still be written that was begun before."""

BareBody = Callable[[Owner, Event], str]
"""Makes the body of an event without its object."""

MADE_MAX = 2_400
"""Events of an endpoint that one call makes deliveries of; the next look goes on."""


@dataclass(slots=True)
class Apart:
    """Work on one after another, where a fault with one keeps nobody else waiting."""

    fault: Exception | None = None

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            error.add_note(f"with {name}")
            self.fault = self.fault or error

    def done(self) -> None:
        """Raises the first fault, so that the function fails, is heard of, and is called again."""
        if self.fault is not None:
            raise self.fault


def tell(
    store: DeliveryStore, queue: Queue, owners: Iterable[Owner], now: datetime, bare: BareBody
) -> int:
    """Makes deliveries of the accounts' latest events, and wakes workers; returns how many. A fault
    with one account is raised after all others were told. `bare` makes the bodies of events that
    were written before their account had an endpoint.
    """
    made, apart = 0, Apart()
    for owner in owners:
        with apart.of(owner.name):
            made += _tell_one(store, queue, owner, now, bare)
    apart.done()
    return made


def _tell_one(
    store: DeliveryStore, queue: Queue, owner: Owner, now: datetime, bare: BareBody
) -> int:
    made = 0
    for endpoint in store.endpoints(owner):
        if endpoint.wants_events:
            deliveries = _catch_up(store, endpoint, now, bare)
            _wake(queue, endpoint, deliveries)
            made += deliveries
    return made


def _catch_up(store: DeliveryStore, endpoint: Endpoint, now: datetime, bare: BareBody) -> int:
    """Makes deliveries of what follows the cursor; returns how many."""
    made = 0
    for _ in range(MADE_MAX // MADE_TOGETHER):
        events = store.events(endpoint.owner, endpoint.cursor, MADE_TOGETHER)
        if not events:
            return made
        _give_bodies(store, endpoint, events, now, bare)
        moved = store.make_deliveries(endpoint, events, now)
        if moved is None:
            return made
        endpoint = moved
        made += sum(endpoint.wants(each.event_name) for each in events)
        if len(events) < MADE_TOGETHER:
            return made
    return made


def _give_bodies(
    store: DeliveryStore,
    endpoint: Endpoint,
    events: Iterable[Event],
    now: datetime,
    bare: BareBody,
) -> None:
    """Gives bodies to events that were written, or begun, before there was an endpoint."""
    young, made_at = now - endpoint.created_at < YOUNG, endpoint.created_at
    wanted = (each for each in events if endpoint.wants(each.event_name))
    early = {each.number: each for each in wanted if young or each.made_at <= made_at}
    for number in store.without_body(endpoint.owner, early) if early else ():
        text = bare(endpoint.owner, early[number])
        store.add_body(endpoint.owner, number, text, now + timedelta(days=DELIVERY_DAYS))


def _wake(queue: Queue, endpoint: Endpoint, waiting: int) -> None:
    """As many workers as have something to do, and there are lanes for."""
    wake = Wake(endpoint.owner, endpoint.endpoint_id)
    for _ in range(min(waiting, endpoint.lanes)):
        queue.send_fairly(wake.message, endpoint.endpoint_id)


def look(
    store: DeliveryStore,
    queue: Queue,
    now: datetime,
    has_time: Callable[[], bool],
    body: BodyOf,
    bare: BareBody,
) -> int:
    """Looks at every endpoint that may have something due; returns how many were woken. `body`
    makes the body of the event that one was given up, and `bare` is as in `tell`. A fault with one
    endpoint is raised after all others were looked at.
    """
    woken, apart = 0, Apart()
    for wake, seen in store.to_look_at(now):
        if not has_time():
            break
        with apart.of(wake.endpoint_id):
            woken += _look_at(store, queue, wake, seen, now, body, bare)
    apart.done()
    return woken


def _look_at(
    store: DeliveryStore,
    queue: Queue,
    wake: Wake,
    seen: str,
    now: datetime,
    body: BodyOf,
    bare: BareBody,
) -> bool:
    """Looks at one endpoint; whether workers were woken."""
    endpoint = store.endpoint(wake.owner, wake.endpoint_id)
    if endpoint is None or not endpoint.lanes:
        if endpoint is not None and endpoint.was_given_up:
            store.add_events(endpoint.owner, told(of_disabled(endpoint, now)), body)
            tell(store, queue, [endpoint.owner], now, bare)
        store.look_again(wake, seen, None)
        return False
    if endpoint.wants_events:
        _catch_up(store, endpoint, now, bare)
    due = store.due_deliveries(endpoint, endpoint.lanes)
    waiting = sum(at <= now for at, _ in due)
    wakes = waiting > 0 and not endpoint.is_paused_at(now)
    if wakes:
        _wake(queue, endpoint, waiting)
    store.look_again(wake, seen, _next_look(endpoint, [at for at, _ in due], seen, now))
    return wakes


def _next_look(
    endpoint: Endpoint, due: list[datetime], seen: str, now: datetime
) -> datetime | None:
    """When the endpoint is to be looked at next; None once nothing of it waits."""
    if due:
        return max(due[0], endpoint.paused_until or due[0], now + LOOK_AGAIN)
    looked_for_since = datetime.fromisoformat(seen.partition("#")[0])
    return None if now - looked_for_since >= GRACE else now + LOOK_AGAIN
