"""What advertisers do by HTTP: see and decide inquiries, report conversions, see actions."""

from typing import Any

from makegood import fields, frontdesk, listings, runtime, wire
from makegood.directory import Role
from makegood.files import Bucket
from makegood.frontdesk import Desk
from makegood.store import Store
from makegood.wire import Reply, Request
from makegood.wire_objects import root

SETTINGS = runtime.settings()
STORE = Store(SETTINGS.tables)
INBOX, RESULTS = Bucket(SETTINGS.inbox), Bucket(SETTINGS.results)
CLOCK = runtime.Clock(STORE, SETTINGS.clock_adjustable)
API = runtime.Api(Role.ADVERTISER, STORE, CLOCK)


def desk(request: Request) -> Desk:
    return Desk(STORE, request.caller, CLOCK(), request.idempotency_key)


def inquiry_written(request: Request, written: frontdesk.Written) -> Reply:
    uri = f"{root(Role.ADVERTISER, request.caller.account_id)}/ActionInquiries/{written.subject_id}"
    return wire.written(uri, written.preview)


def action_written(request: Request, written: frontdesk.Written) -> Reply:
    uri = f"{root(Role.ADVERTISER, request.caller.account_id)}/Actions/{written.subject_id}"
    return wire.written(uri, written.preview)


@API.route("GET", "/ActionInquiries")
def list_inquiries(request: Request) -> Reply:
    return listings.inquiries(STORE, request)


@API.route("GET", "/ActionInquiries/<inquiry_id>")
def read_inquiry(request: Request, inquiry_id: str) -> Reply:
    return listings.inquiry(STORE, request, inquiry_id)


@API.route("PUT", "/ActionInquiries")
def resolve_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.RESOLUTION_FIELDS, items=True)
    return inquiry_written(request, frontdesk.resolve(desk(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def resolve_one_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.RESOLUTION_FIELDS, items=True)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry_written(request, frontdesk.resolve(desk(request), asked))


@API.route("POST", "/Conversions")
def report_conversion(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CONVERSION_FIELDS, items=True)
    return action_written(request, frontdesk.convert(desk(request), request.fields))


@API.route("GET", "/Actions")
def list_actions(request: Request) -> Reply:
    return listings.actions(STORE, request)


@API.route("GET", "/Actions/<action_id>")
def read_action(request: Request, action_id: str) -> Reply:
    return listings.action(STORE, request, action_id)


@API.route("PUT", "/Actions")
def modify_action(request: Request) -> Reply:
    fields.check_known(request.fields, fields.MODIFICATION_FIELDS, items=True)
    return action_written(request, frontdesk.modify(desk(request), request.fields))


@API.route("PUT", "/Actions/<action_id>")
def modify_one_action(request: Request, action_id: str) -> Reply:
    fields.check_known(request.fields, fields.MODIFICATION_FIELDS, items=True)
    asked = {**request.fields, "ActionId": action_id}
    return action_written(request, frontdesk.modify(desk(request), asked))


def reversed_by(request: Request, named: dict[str, str]) -> Reply:
    """A body is not every client's idea of a DELETE: what is asked may stand in the query, too."""
    fields.check_known(request.fields, fields.REVERSAL_FIELDS)
    queried = fields.only_known(request.query, fields.REVERSAL_FIELDS)
    asked = {**queried, **request.fields, **named}
    return action_written(request, frontdesk.reverse(desk(request), asked))


@API.route("DELETE", "/Actions")
def reverse_action(request: Request) -> Reply:
    return reversed_by(request, {})


@API.route("DELETE", "/Actions/<action_id>")
def reverse_one_action(request: Request, action_id: str) -> Reply:
    return reversed_by(request, {"ActionId": action_id})


@API.route("GET", "/ActionUpdates")
def list_updates(request: Request) -> Reply:
    return listings.updates(STORE, request)


@API.route("GET", "/ActionUpdates/<update_id>")
def read_update(request: Request, update_id: str) -> Reply:
    return listings.update(STORE, request, update_id)


@API.route("POST", "/Files")
def open_upload(request: Request) -> Reply:
    fields.check_known(request.fields, fields.FILE_FIELDS)
    opened = frontdesk.open_upload(desk(request), INBOX, runtime.new_id(), request.fields)
    return Reply(frontdesk.show_opened(opened))


@API.route("GET", "/Files/<upload_id>")
def read_upload(request: Request, upload_id: str) -> Reply:
    upload = frontdesk.find_upload(desk(request), upload_id)
    return Reply(frontdesk.show_upload(upload, RESULTS))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return API.handle(event, context)
