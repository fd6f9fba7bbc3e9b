"""Events, as accounts read them: what changed after one of them, in order."""

from makegood import calendar, paging, wire_objects
from makegood.events import EventType, Owner
from makegood.forms import Form
from makegood.problems import Malformed
from makegood.store import Store
from makegood.store_events import DIGITS
from makegood.wire import Reply, Request

UTC = calendar.zone("UTC")
COLLECTIONS = {
    EventType.INQUIRY: "ActionInquiries",
    EventType.ACTION: "Actions",
    EventType.UPDATE: "ActionUpdates",
}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < DIGITS):
        raise Malformed("not_a_count", "The Id of an event; 0 is the beginning")
    return int(text)


def events(store: Store, request: Request) -> Reply:
    """What changed after an event, oldest first; `LastEventId` is what to ask after next."""
    form = Form(request.query, UTC, "")
    after = form.read("After", _number) or 0
    form.done()
    size = paging.asked(request).size
    role, account_id = request.caller.role, request.caller.account_id
    found = store.events(Owner(role, account_id), after, size)
    last = found[-1].number if found else after
    root = wire_objects.root(role, account_id)
    shown = [
        {
            "Id": str(each.number),
            "Type": str(each.event_type),
            "ObjectId": each.object_id,
            "Uri": f"{root}/{COLLECTIONS[each.event_type]}/{each.object_id}",
            "State": each.state,
            "Version": str(each.version),
            "Date": calendar.in_zone(each.made_at, UTC),
        }
        for each in found
    ]
    return Reply(
        {
            "@pagesize": str(size),
            "@uri": request.uri(),
            "@nextpageuri": request.uri(After=str(last)) if len(found) == size else "",
            "LastEventId": str(last),
            "Events": shown,
            **paging.warned(request, "Events"),
        }
    )
