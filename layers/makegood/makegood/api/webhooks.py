"""Webhooks by HTTP: an account's endpoints, what was delivered to them, and sending it anew.

Times are the real ones: receivers check them, whatever instant the stack lives at. What an endpoint
is to be sent is noted with its change, so nothing is lost if the request ends there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from makegood.api import events, filters, pagination
from makegood.api.http import Reply, Request
from makegood.api.webhook_repeats import Commits
from makegood.aws.kms import Key
from makegood.domain import calendar, webhooks
from makegood.domain.event_names import EventName
from makegood.domain.events import Owner
from makegood.domain.parties import Caller, account_path
from makegood.domain.problems import Fault, Invalid, NotFound, RuleForbids
from makegood.domain.texts import one_line
from makegood.domain.webhook_addresses import target
from makegood.domain.webhooks import (
    DESCRIPTION_MAX,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    Step,
    secret_context,
)
from makegood.forms.reading import Fields, Form
from makegood.store.deliveries import RequestedStore, delivering, delivering_anew, winding_back
from makegood.store.store import Idempotency
from makegood.store.transactions import Writes
from makegood.store.webhooks import changing, deleting_endpoint, opening_endpoint

DELIVERIES_MAX = 100
"""Deliveries of a page."""


@dataclass(frozen=True, slots=True)
class WebhookContext:
    """What a request about endpoints is served with; `now` is the real instant, and `fresh` a
    random name.
    """

    store: RequestedStore
    caller: Caller
    key: Key
    now: datetime
    fresh: str
    loopback: bool = False
    asked: Idempotency | None = None

    @property
    def commits(self) -> Commits:
        return Commits(self.store, self.key, self.now, self.caller.account_sid, self.asked)

    @property
    def owner(self) -> Owner:
        return Owner(self.caller.role, self.caller.account_id)

    def find(self, webhook_id: str) -> Endpoint:
        found = self.store.endpoint(self.owner, webhook_id)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What the fields say; None of what they leave as it is."""

    url: str | None = None
    event_names: tuple[EventName, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


def _asked(context: WebhookContext, fields: Fields) -> Asked:
    """Reads the fields; raises `Invalid` with every one that is at fault. A field that is there and
    blank is blank from then on.
    """
    form = Form(fields, UTC, "")
    url = form.read("Url", lambda text: _url(context, text))
    names = form.read("EventTypes", lambda text: webhooks.event_names(text, context.caller.role))
    description = form.read("Description", _description)
    enabled = form.read("Enabled", filters.switch)
    form.done()
    return Asked(
        url=url,
        event_names=() if names is None and "EventTypes" in fields else names,
        description="" if description is None and "Description" in fields else description,
        enabled=enabled,
    )


def _url(context: WebhookContext, text: str) -> str:
    target(text, loopback=context.loopback)
    return text


def _description(text: str) -> str:
    return one_line(text, DESCRIPTION_MAX)


def create(context: WebhookContext, fields: Fields, secret: bytes) -> Reply:
    """Makes an endpoint, which gets a ping; the answer alone has its secret."""
    asked = _asked(context, fields)
    if not asked.url:
        raise Invalid(faults=(Fault("Url", "Required", "required"),))
    made = Endpoint(
        owner=context.owner,
        endpoint_id=context.fresh,
        url=asked.url,
        secret=context.key.encrypt(secret, secret_context(context.fresh)),
        created_at=context.now,
        event_names=asked.event_names or (),
        description=asked.description or "",
        cursor=context.store.last_number(context.owner),
    )
    writes = opening_endpoint(made)
    writes.take(delivering(webhooks.ping_of(made, context.now, context.fresh)))
    return context.commits.commit(writes, show(made), secret)


def change(context: WebhookContext, fields: Fields, webhook_id: str) -> Reply:
    """Changes what the fields say. One that is turned on, or that moves, is pinged anew."""
    before, asked = context.find(webhook_id), _asked(context, fields)
    said = {
        "url": before.url if asked.url is None else asked.url,
        "event_names": before.event_names if asked.event_names is None else asked.event_names,
        "description": before.description if asked.description is None else asked.description,
    }
    moves = said["url"] != before.url
    if asked.enabled is False:
        off = {"reason": "Its owner turned it off", **webhooks.ANEW}
        after, ping = before.after(Step.TURNED_OFF, **off), None
    elif asked.enabled or (moves and before.state is not EndpointState.DISABLED):
        after = before.after(Step.TURNED_ON, reason="", **webhooks.ANEW)
        ping = webhooks.ping_of(after, context.now, context.fresh)
    else:
        after, ping = replace(before, version=before.version + 1), None
    changed = replace(after, **said)
    writes = changing(before, changed, context.now)
    if ping is not None:
        writes.take(delivering(ping))
    return context.commits.commit(writes, show(changed))


def delete(context: WebhookContext, webhook_id: str) -> Reply:
    endpoint = context.find(webhook_id)
    done = {"Status": "OK", "Uri": _uri(endpoint)}
    return context.commits.commit(deleting_endpoint(endpoint, context.now), done)


def rotate(context: WebhookContext, webhook_id: str, secret: bytes) -> Reply:
    """Gives the endpoint a new secret, which the answer alone has; the old one signs for a day."""
    before = context.find(webhook_id)
    encrypted = context.key.encrypt(secret, secret_context(webhook_id))
    after = before.rotated(encrypted, context.now)
    return context.commits.commit(changing(before, after, context.now), show(after), secret)


def endpoints(context: WebhookContext, request: Request) -> Reply:
    shown = [show(each) for each in context.store.endpoints(context.owner)]
    return pagination.single_page(request, "Webhooks", shown)


def endpoint(context: WebhookContext, webhook_id: str) -> Reply:
    return Reply(show(context.find(webhook_id)))


def deliveries(context: WebhookContext, request: Request, webhook_id: str) -> Reply:
    """A page of deliveries, those of the latest events first."""
    found = context.find(webhook_id)
    form = filters.form_of(request.query)
    before = form.text("Before")
    form.done()
    size = min(pagination.page_request(request, DELIVERIES_MAX).size, DELIVERIES_MAX)
    page = context.store.deliveries(webhook_id, before, size)
    more = request.uri(Before=page[-1].name) if len(page) == size else ""
    return Reply(
        {
            "@pagesize": str(size),
            "@uri": request.uri(),
            "@nextpageuri": more,
            "Deliveries": [show_delivery(each, _uri(found)) for each in page],
            **pagination.warnings_beside(request, "Deliveries"),
        }
    )


def replay_one(context: WebhookContext, webhook_id: str, delivery_id: str) -> Reply:
    """Sends a delivery anew, with the same id and body; one that still waits stays as it is."""
    found = context.find(webhook_id)
    delivery = context.store.delivery(webhook_id, delivery_id)
    if delivery is None:
        raise NotFound
    waits = delivery.state is DeliveryState.WAITING
    writes = Writes() if waits else delivering_anew(delivery, context.now)
    return context.commits.commit(writes, _sent_anew(found))


def replay_after(context: WebhookContext, fields: Mapping[str, str], webhook_id: str) -> Reply:
    """Sends all events after a number anew, as far as the endpoint has come."""
    before = context.find(webhook_id)
    form = Form(fields, UTC, "")
    after = form.read("After", events.number_of)
    form.done()
    if after is None:
        raise Invalid(faults=(Fault("After", "Required", "required"),))
    if not before.wants_events:
        raise RuleForbids(
            f"The endpoint is {before.state}, and gets no events; turn it on first",
            code="endpoint_off",
        )
    writes = winding_back(before, after, context.now) if after < before.cursor else Writes()
    return context.commits.commit(writes, _sent_anew(before))


def _sent_anew(shown: Endpoint) -> dict[str, str]:
    return {"Status": "OK", "Uri": f"{_uri(shown)}/Deliveries"}


def _uri(shown: Endpoint) -> str:
    return f"{account_path(shown.owner.role, shown.owner.account_id)}/Webhooks/{shown.endpoint_id}"


def _date(at: datetime | None) -> str:
    return "" if at is None else calendar.in_zone(at, UTC)


def show(shown: Endpoint) -> dict[str, Any]:
    """An endpoint, without its secret."""
    return {
        "Id": shown.endpoint_id,
        "Url": shown.url,
        "EventTypes": [str(each) for each in shown.event_names],
        "Description": shown.description,
        "State": str(shown.state),
        "Reason": shown.reason,
        "FailingSince": _date(shown.failing_since),
        "OldSecretUntil": _date(shown.old_until),
        "LastEventId": str(shown.cursor),
        "CreationDate": _date(shown.created_at),
        "DeliveriesUri": f"{_uri(shown)}/Deliveries",
        "Uri": _uri(shown),
    }


def show_delivery(shown: Delivery, endpoint_uri: str) -> dict[str, Any]:
    return {
        "Id": shown.name,
        "EventId": str(shown.number) if shown.number else "",
        "EventType": shown.event_name,
        "State": str(shown.state),
        "DueDate": _date(shown.due_at),
        "CreationDate": _date(shown.created_at),
        "Tries": [
            {
                "Date": _date(each.made_at),
                "Status": str(each.status) if each.status else "",
                "Fault": each.fault,
                "Milliseconds": str(each.milliseconds),
                "Answer": each.text,
            }
            for each in shown.all_tries
        ],
        "ReplayUri": f"{endpoint_uri}/Deliveries/{shown.name}/Replay",
    }
