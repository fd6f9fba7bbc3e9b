"""Webhook endpoints as items: an account's endpoints, how many it has, and when each is to be
looked at next.

`due_at` of an endpoint is there while a delivery of it may wait: the index `due` has these
endpoints in few partitions, and the waiting deliveries of each in a partition of its own
(`store.deliveries`). So looking costs what is due, and one endpoint's backlog hides nobody else's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.events import Owner
from makegood.domain.ids import digest
from makegood.domain.parties import Role
from makegood.domain.webhooks import (
    DELIVERY_DAYS,
    ENDPOINTS_MAX,
    Endpoint,
    EndpointState,
    Step,
    Wake,
)
from makegood.store.connection import Connection
from makegood.store.expressions import (
    IS_NEW,
    Change,
    Condition,
    added,
    at_version,
    change_of,
    compared,
    is_missing,
    within,
)
from makegood.store.items import Compact, Instant, Key, Number, RawItem, Row, Text, stamp
from makegood.store.transactions import Contested, Writes, send

LOOK_SHARDS = 4
ACCOUNT = "account"
"""What the write of an account's count is labelled with."""


class WebhookAccountRow(Row):
    """How many endpoints an account has."""

    table = "webhooks"

    count = Number()


class EndpointRow(Row):
    table = "webhooks"

    url = Text()
    secret = Text()
    created_at = Instant()
    event_names = Compact(null=True)
    description = Text(null=True)
    state = Text()
    old_secret = Text(null=True)
    old_until = Instant(null=True)
    cursor = Number()
    failures = Number(default=0)
    failing_since = Instant(null=True)
    next_try_at = Instant(null=True)
    quiet_until = Instant(null=True)
    reason = Text(null=True)
    due_key = Text(null=True)
    due_at = Text(null=True)
    expires_at = Number(null=True)


def _account_key(owner: Owner) -> Key:
    return WebhookAccountRow, f"W#{owner.name}", "ACCOUNT"


def endpoint_key(owner: Owner, endpoint_id: str) -> Key:
    return EndpointRow, f"W#{owner.name}", f"E#{endpoint_id}"


def _look_key(shard: int) -> str:
    return f"LOOK#{shard:02d}"


def looked_at(owner: Owner, endpoint_id: str, at: datetime | None) -> dict[str, str | None]:
    """The attributes that say when an endpoint is to be looked at; None for no more."""
    if at is None:
        return {"due_key": None, "due_at": None}
    shard = int(digest("look", endpoint_id)[:8], 16) % LOOK_SHARDS
    return {"due_key": _look_key(shard), "due_at": f"{stamp(at)}#{owner.name}#{endpoint_id}"}


def values_of(endpoint: Endpoint) -> dict[str, Any]:
    """What may change of an endpoint but for its cursor and when it is looked at."""
    return {
        "url": endpoint.url,
        "secret": endpoint.secret,
        "event_names": list(endpoint.event_names) or None,
        "description": endpoint.description or None,
        "state": endpoint.state.value,
        "old_secret": endpoint.old_secret or None,
        "old_until": endpoint.old_until,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "next_try_at": endpoint.next_try_at,
        "quiet_until": endpoint.quiet_until,
        "reason": endpoint.reason or None,
        "version": endpoint.version,
    }


def endpoint_of(row: EndpointRow) -> Endpoint:
    return Endpoint(
        owner=_owner_of(row.pk),
        endpoint_id=row.sk[2:],
        url=row.url,
        secret=row.secret,
        created_at=row.created_at,
        event_names=tuple(row.event_names or ()),
        description=row.description or "",
        state=EndpointState(row.state),
        old_secret=row.old_secret or "",
        old_until=row.old_until,
        cursor=int(row.cursor),
        failures=int(row.failures or 0),
        failing_since=row.failing_since,
        next_try_at=row.next_try_at,
        quiet_until=row.quiet_until,
        reason=row.reason or "",
        version=int(row.version),
    )


def live_endpoint(row: EndpointRow | None) -> Endpoint | None:
    """The endpoint of a row, if it is not deleted."""
    found = None if row is None else endpoint_of(row)
    return None if found is None or found.state is EndpointState.DELETED else found


def _owner_of(pk: str) -> Owner:
    _, role, account_id = pk.split("#", 2)
    return Owner(Role(role), account_id)


def _row(made: Endpoint, **more: str | None) -> EndpointRow:
    key = endpoint_key(made.owner, made.endpoint_id)
    kept = {"created_at": made.created_at, "cursor": made.cursor}
    return EndpointRow(*key[1:], **kept, **values_of(made), **more)


def endpoint_image(endpoint: Endpoint) -> RawItem:
    """An endpoint as its item has it."""
    return _row(endpoint).serialize()


def endpoint_as(image: RawItem) -> Endpoint:
    """The endpoint that an item has."""
    return endpoint_of(EndpointRow.from_raw_data(image))


def opening_endpoint(made: Endpoint) -> Writes:
    """The writing of a new endpoint, if its account has not as many as there may be."""
    owner, look = made.owner, looked_at(made.owner, made.endpoint_id, made.created_at)
    row = _row(made, **look)
    room = compared(WebhookAccountRow, "count", "<", ENDPOINTS_MAX) | is_missing("count")
    return Writes(puts=[("endpoint", row, IS_NEW)], updates=[_counted(owner, 1, room)])


def deleting_endpoint(endpoint: Endpoint, at: datetime) -> Writes:
    """It is gone for its owner, and for good once its deliveries are."""
    left = endpoint.after(Step.DELETE)
    after = replace(left, old_secret="", old_until=None)  # none is kept # nosec B106
    expires_at = int((at + timedelta(days=DELIVERY_DAYS)).timestamp())
    last = {**looked_at(after.owner, after.endpoint_id, None), "expires_at": expires_at}
    writes = _changed(endpoint, {**values_of(after), **last})
    writes.updates.append(_counted(after.owner, -1, None))
    return writes


def changing(before: Endpoint, after: Endpoint, look_at: datetime | None = None) -> Writes:
    """The change of an endpoint, on condition that it is as it was read. It is looked at then."""
    values = values_of(after)
    if look_at is not None:
        values |= looked_at(after.owner, after.endpoint_id, look_at)
    return _changed(before, values)


def _changed(before: Endpoint, values: dict[str, Any]) -> Writes:
    row = EndpointRow(*endpoint_key(before.owner, before.endpoint_id)[1:])
    held = at_version(EndpointRow, before.version)
    return Writes(updates=[("endpoint", row, change_of(EndpointRow, values), held)])


def _counted(
    owner: Owner, by: int, held: Condition | None
) -> tuple[str, Row, Change, Condition | None]:
    return ACCOUNT, WebhookAccountRow(*_account_key(owner)[1:]), added({"count": by}), held


class Webhooks(Connection):
    """Endpoints."""

    def having_webhooks(self, owners: Iterable[Owner]) -> set[Owner]:
        """Which of these accounts have an endpoint."""
        keys = {_account_key(each)[1:]: each for each in owners}
        rows = self.fetch((WebhookAccountRow, *key) for key in keys)
        return {keys[place] for place, row in rows.items() if row.count}

    def endpoints(self, owner: Owner) -> list[Endpoint]:
        """An account's endpoints, oldest first."""
        stretch = within("pk", f"W#{owner.name}", "sk", ("E#", "E#~"))
        pages = self.pages("webhooks", stretch, ConsistentRead=True)
        found = [endpoint_as(item) for page in pages for item in page["Items"]]
        live = [each for each in found if each.state is not EndpointState.DELETED]
        return sorted(live, key=lambda each: (each.created_at, each.endpoint_id))

    def endpoint(self, owner: Owner, endpoint_id: str) -> Endpoint | None:
        """An endpoint that is not deleted."""
        key = endpoint_key(owner, endpoint_id)
        return live_endpoint(self.fetch([key]).get(key[1:]))

    def to_look_at(self, until: datetime) -> Iterator[tuple[Wake, str]]:
        """Endpoints that are to be looked at, each with the position that says so."""
        for shard in range(LOOK_SHARDS):
            stretch = within("due_key", _look_key(shard), "due_at", ("0", f"{stamp(until)}#~"))
            for page in self.pages("webhooks", stretch, "due"):
                for item in page["Items"]:
                    endpoint_id = item["sk"]["S"][2:]
                    yield Wake(_owner_of(item["pk"]["S"]), endpoint_id), item["due_at"]["S"]

    def look_again(self, wake: Wake, seen: str, at: datetime | None) -> None:
        """Moves an endpoint's next look, unless somebody else has moved it since it was seen."""
        key = endpoint_key(wake.owner, wake.endpoint_id)
        change = change_of(EndpointRow, looked_at(wake.owner, wake.endpoint_id, at))
        held = compared(EndpointRow, "due_at", "=", seen)
        try:
            send(self, Writes(updates=[("look", EndpointRow(*key[1:]), change, held)]))
        except Contested:
            return
