"""Deliveries as items: made once from an account's events, leased for a try, and marked once.

A delivery is listed under its endpoint by the event's number. While a try is due it is in the index
`due`, in its endpoint's partition. A lane is a lease of the endpoint's: as many tries as there are
lanes may be on their way at once, and each has one that nobody else holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from makegood.domain.events import Event, Owner
from makegood.domain.parties import Role
from makegood.domain.webhook_answers import Outcome
from makegood.domain.webhooks import (
    DELIVERY_DAYS,
    LEASE,
    PINGS,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    Try,
    Wake,
    delivery_of,
)
from makegood.store.carried import longer
from makegood.store.event_bodies import EventBodies, body_key
from makegood.store.events import Events
from makegood.store.expressions import (
    Change,
    Condition,
    at_version,
    change_of,
    compared,
    is_missing,
    is_there,
    within,
)
from makegood.store.items import Compact, Instant, Key, Number, Row, Text, read_stamp, stamp
from makegood.store.requests import Idempotency, Requests, write_request
from makegood.store.transactions import Contested, Writes, send
from makegood.store.webhooks import (
    EndpointRow,
    Webhooks,
    changing,
    endpoint_key,
    live_endpoint,
    looked_at,
)

__all__ = ["MADE_TOGETHER", "Contested", "Deliveries"]

MADE_TOGETHER = 24
"""Events that deliveries are made of in one transaction."""


class DeliveryRow(Row):
    table = "webhooks"

    role = Text()
    account_id = Text()
    number = Number()
    event_name = Text()
    created_at = Instant()
    state = Text()
    tries = Compact(null=True)
    earlier = Compact(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)
    holder = Text(null=True)
    expires_at = Number()


class LaneRow(Row):
    """Who sends on a lane, and until when nobody else may."""

    table = "webhooks"

    holder = Text()
    until = Text()


def delivery_key(endpoint_id: str, name: str) -> Key:
    return DeliveryRow, f"D#{endpoint_id}", name


def _lane_key(endpoint_id: str, lane: int) -> Key:
    return LaneRow, f"L#{endpoint_id}", f"{lane:02d}"


def _row(delivery: Delivery) -> DeliveryRow:
    due = delivery.due_at
    expires_at = int((delivery.created_at + timedelta(days=DELIVERY_DAYS)).timestamp())
    return DeliveryRow(
        *delivery_key(delivery.endpoint_id, delivery.name)[1:],
        version=delivery.version,
        role=delivery.owner.role.value,
        account_id=delivery.owner.account_id,
        number=delivery.number,
        event_name=delivery.event_name,
        created_at=delivery.created_at,
        state=delivery.state.value,
        tries=[_try_row(each) for each in delivery.tries] or None,
        earlier=[_try_row(each) for each in delivery.earlier] or None,
        due_key=f"D#{delivery.endpoint_id}" if due else None,
        due_at=f"{stamp(due)}#{delivery.name}" if due else None,
        holder=delivery.holder or None,
        expires_at=expires_at,
    )


def _try_row(made: Try) -> tuple[object, ...]:
    said = stamp(made.made_at), made.status, made.fault, made.milliseconds, made.text
    return longer(said, made.carried)


def _delivery_of(row: DeliveryRow) -> Delivery:
    return Delivery(
        endpoint_id=row.pk[2:],
        name=row.sk,
        owner=Owner(Role(row.role), row.account_id),
        number=int(row.number),
        event_name=row.event_name,
        created_at=row.created_at,
        state=DeliveryState(row.state),
        tries=_tries_of(row.tries),
        earlier=_tries_of(row.earlier),
        due_at=read_stamp(row.due_at.partition("#")[0]) if row.due_at else None,
        holder=row.holder or "",
        version=int(row.version),
    )


def _tries_of(rows: Sequence[Sequence[Any]] | None) -> tuple[Try, ...]:
    return tuple(Try(read_stamp(each[0]), *each[1:5], carried=each) for each in rows or ())


def _moving(before: Delivery, after: Delivery) -> Writes:
    held = at_version(DeliveryRow, before.version)
    return Writes(moves=[("delivery", _row(before), _row(after), held)])


def delivering(delivery: Delivery) -> Writes:
    """The writing of a new delivery."""
    return Writes(puts=[("delivery", _row(delivery), None)])


def delivering_anew(delivery: Delivery, at: datetime) -> Writes:
    """Has a delivery that is over sent once more, and its endpoint looked at."""
    waits = replace(delivery, state=DeliveryState.WAITING, due_at=at, version=delivery.version + 1)
    again = waits.sent_anew_after(delivery)
    writes = _moving(delivery, again)
    owner, endpoint_id = delivery.owner, delivery.endpoint_id
    row = EndpointRow(*endpoint_key(owner, endpoint_id)[1:])
    change = change_of(EndpointRow, looked_at(owner, endpoint_id, at))
    writes.updates.append(("endpoint", row, change, is_there("url")))
    return writes


def winding_back(endpoint: Endpoint, after: int, at: datetime) -> Writes:
    """Sets the cursor back, so that deliveries are made anew, if nobody has moved it meanwhile."""
    owner, endpoint_id = endpoint.owner, endpoint.endpoint_id
    values = {"cursor": after, **looked_at(owner, endpoint_id, at)}
    row = EndpointRow(*endpoint_key(owner, endpoint_id)[1:])
    held = compared(EndpointRow, "cursor", "=", endpoint.cursor)
    return Writes(updates=[("cursor", row, change_of(EndpointRow, values), held)])


class Deliveries(Webhooks):
    """Deliveries of endpoints."""

    def make_deliveries(
        self, endpoint: Endpoint, events: Sequence[Event], at: datetime
    ) -> Endpoint | None:
        """Makes deliveries of the events that follow the endpoint's cursor, and moves it on.

        None if somebody else has moved it, or turned the endpoint off: then nothing was written.
        """
        owner, endpoint_id = endpoint.owner, endpoint.endpoint_id
        onward = {"cursor": events[-1].number}
        wanted = [each for each in events if endpoint.wants(each.event_name)]
        if wanted:
            onward |= looked_at(owner, endpoint_id, at)
        held = compared(EndpointRow, "cursor", "=", endpoint.cursor) & compared(
            EndpointRow, "state", "=", endpoint.state.value
        )
        row = EndpointRow(*endpoint_key(owner, endpoint_id)[1:])
        change = change_of(EndpointRow, onward)
        writes = Writes(updates=[("cursor", row, change, held)])
        writes.puts += [("delivery", each, None) for each in self._rows(endpoint, wanted, at)]
        try:
            send(self, writes)
        except Contested:
            return None
        return replace(endpoint, cursor=events[-1].number)

    def _rows(self, endpoint: Endpoint, events: Sequence[Event], at: datetime) -> list[DeliveryRow]:
        """Rows of new deliveries, with the tries of those that they replace."""
        made = {each.name: each for each in (delivery_of(endpoint, one, at) for one in events)}
        rows = {name: _row(each) for name, each in made.items()}
        for (_, name), was in self.carry(rows.values()).items():
            again = made[name].sent_anew_after(_delivery_of(was))
            rows[name].earlier = _row(again).earlier
        return list(rows.values())

    def deliveries(self, endpoint_id: str, before: str, limit: int) -> list[Delivery]:
        """An endpoint's deliveries, latest events first, of those whose name is below another."""
        low, high = "0", before or "~"
        if high < low:
            return []
        stretch = within("pk", f"D#{endpoint_id}", "sk", (low, high))
        pages = self.pages("webhooks", stretch, most=limit + 1, ScanIndexForward=False)
        rows = [DeliveryRow.from_raw_data(item) for page in pages for item in page["Items"]]
        return [_delivery_of(each) for each in rows if each.sk != before][:limit]

    def delivery(self, endpoint_id: str, name: str) -> Delivery | None:
        key = delivery_key(endpoint_id, name)
        row = self.fetch([key]).get(key[1:])
        return None if row is None else _delivery_of(row)

    def due_deliveries(self, endpoint: Endpoint, limit: int) -> list[tuple[datetime, str]]:
        """The endpoint's deliveries that are due first: when, and their names. While it is PENDING,
        these are pings; what else waits is passed over.
        """
        pings = endpoint.state is EndpointState.PENDING
        stretch = within("due_key", f"D#{endpoint.endpoint_id}")
        pages = self.pages("webhooks", stretch, "due", most=None if pings else limit)
        found = (
            (read_stamp(item["due_at"]["S"].partition("#")[0]), item["sk"]["S"])
            for page in pages
            for item in page["Items"]
            if not pings or item["sk"]["S"].startswith(PINGS)
        )
        return list(islice(found, limit))

    def lease(self, delivery: Delivery, now: datetime, holder: str) -> Delivery | None:
        """The delivery for a try that begins now; None if another worker has it, or it is done."""
        if delivery.state is not DeliveryState.WAITING or not _is_due(delivery, now):
            return None
        leased = replace(delivery, due_at=now + LEASE, holder=holder, version=delivery.version + 1)
        return leased if self._moved(delivery, leased) else None

    def drop(self, delivery: Delivery) -> None:
        """Nothing more is tried of it: there is nothing left to send."""
        after = replace(
            delivery, state=DeliveryState.DROPPED, due_at=None, version=delivery.version + 1
        )
        self._moved(delivery, after)

    def _moved(self, before: Delivery, after: Delivery) -> bool:
        try:
            send(self, _moving(before, after))
        except Contested:
            return False
        return True

    def settle(self, leased: Delivery, endpoint: Endpoint, outcome: Outcome) -> bool:
        """Marks what came of a try, once; False if the lease was lost, and so nothing is marked.

        An endpoint that begins to get events is looked at, for those that wait. Raises `Contested`
        if it has changed meanwhile: decide again.
        """
        writes = _moving(leased, outcome.delivery)
        after = outcome.endpoint
        if after != endpoint:
            begins = after.wants_events and not endpoint.wants_events
            made_at = outcome.delivery.tries[-1].made_at
            writes.take(changing(endpoint, after, made_at if begins else after.next_try_at))
        try:
            send(self, writes)
        except Contested as lost:
            if "delivery" in lost.labels:
                return False
            raise
        return True

    def take_lane(self, endpoint_id: str, lane: int, holder: str, now: datetime) -> bool:
        """Takes a lane for one try, or keeps it for the next; False if another worker has it."""
        row = LaneRow(*_lane_key(endpoint_id, lane)[1:])
        change = change_of(LaneRow, {"holder": holder, "until": stamp(now + LEASE)})
        over = compared(LaneRow, "until", "<=", stamp(now)) | is_missing("until")
        held = over | compared(LaneRow, "holder", "=", holder)
        return self._written("lane", row, change, held)

    def leave_lane(self, endpoint_id: str, lane: int, holder: str, now: datetime) -> None:
        """Lets others have the lane at once."""
        row = LaneRow(*_lane_key(endpoint_id, lane)[1:])
        change = change_of(LaneRow, {"until": stamp(now)})
        self._written("lane", row, change, compared(LaneRow, "holder", "=", holder))

    def _written(self, label: str, row: Row, change: Change, held: Condition) -> bool:
        try:
            send(self, Writes(updates=[(label, row, change, held)]))
        except Contested:
            return False
        return True


def _is_due(delivery: Delivery, now: datetime) -> bool:
    return delivery.due_at is not None and delivery.due_at <= now


class WorkerStore(Deliveries):
    """What workers read and mark: endpoints, deliveries and stored bodies."""

    def to_send(
        self, wake: Wake, name: str
    ) -> tuple[Endpoint | None, Delivery | None, bytes | None]:
        """What one try needs, by one read: an endpoint that is not deleted, one of its deliveries,
        and the stored body of its event; a ping has none.
        """
        endpoint, delivery = (
            endpoint_key(wake.owner, wake.endpoint_id),
            delivery_key(wake.endpoint_id, name),
        )
        told = body_key(wake.owner, int(name)) if name.isdigit() else None
        rows = self.fetch([endpoint, delivery, *([told] if told else [])])
        found = rows.get(delivery[1:])
        stored = rows.get(told[1:]) if told else None
        return (
            live_endpoint(rows.get(endpoint[1:])),
            None if found is None else _delivery_of(found),
            None if stored is None else stored.body.encode(),
        )


class DeliveryStore(Deliveries, Events, EventBodies):
    """Endpoints, and the events that their deliveries are made of."""


class RequestedStore(DeliveryStore, Requests):
    """What requests about webhooks read and change."""

    def commit_requested(self, writes: Writes, made: Idempotency | None) -> None:
        """Commits what a request asks for, and with it the record of its idempotency key; raises
        `Contested` if something has changed, or the key was used, meanwhile.
        """
        if made is not None:
            write_request(writes, made)
        send(self, writes)
