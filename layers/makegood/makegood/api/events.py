"""Events, as accounts read them: what changed after one of them, in order."""

from datetime import UTC

from makegood.api import filters, pagination, presenters
from makegood.api.http import Reply, Request
from makegood.domain import calendar
from makegood.domain.events import Event, EventType, Owner
from makegood.domain.parties import account_path
from makegood.domain.problems import Malformed
from makegood.store.events import DIGITS
from makegood.store.store import Store

COLLECTIONS = {
    EventType.INQUIRY: "ActionInquiries",
    EventType.ACTION: "Actions",
    EventType.UPDATE: "ActionUpdates",
    EventType.FILE: "Files",
    EventType.STATEMENT: "Invoices",
    EventType.WEBHOOK: "Webhooks",
}
"""What an object of that type is found in by its id."""

LISTS = {EventType.ENTRY: "Funds/Entries", EventType.FUNDS: "Funds"}
"""Where an object is found that has no address of its own."""


def number_of(text: str) -> int:
    """The number of an event; raises `Malformed`."""
    if not (text.isascii() and text.isdigit() and len(text) < DIGITS):
        raise Malformed("not_a_count", "The Id of an event; 0 is the beginning")
    return int(text)


def _place(event: Event) -> str:
    if event.event_type is EventType.POLICY:
        return f"Campaigns/{event.object_id}/Policies"
    if event.event_type in LISTS:
        return LISTS[event.event_type]
    return f"{COLLECTIONS[event.event_type]}/{event.object_id}"


def show(owner: Owner, event: Event) -> dict[str, str]:
    """An event as its account sees it."""
    return {
        "Id": str(event.number),
        "Type": str(event.event_type),
        "ObjectId": event.object_id,
        "EventType": event.event_name,
        "Uri": f"{account_path(owner.role, owner.account_id)}/{_place(event)}",
        "State": presenters.wire_state(event.state),
        "Version": str(event.version),
        "Date": calendar.in_zone(event.made_at, UTC),
    }


def events(store: Store, request: Request) -> Reply:
    """What changed after an event, oldest first; `LastEventId` is what to ask after next."""
    form = filters.form_of(request.query)
    after = form.read("After", number_of) or 0
    form.done()
    size = pagination.page_request(request, pagination.PAGE_SIZE).size
    role, account_id = request.caller.role, request.caller.account_id
    found = store.events(Owner(role, account_id), after, size)
    last = found[-1].number if found else after
    shown = [show(Owner(role, account_id), each) for each in found]
    return Reply(
        {
            "@pagesize": str(size),
            "@uri": request.uri(),
            "@nextpageuri": request.uri(After=str(last)) if len(found) == size else "",
            "LastEventId": str(last),
            "Events": shown,
            **pagination.warnings_beside(request, "Events"),
        }
    )
