"""What partners do by HTTP: file inquiries, answer and withdraw them, see their actions."""

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
API = runtime.Api(Role.PARTNER, STORE, CLOCK)


def desk(request: Request) -> Desk:
    return Desk(STORE, request.caller, CLOCK(), request.idempotency_key)


def inquiry_written(request: Request, written: frontdesk.Written) -> Reply:
    uri = f"{root(Role.PARTNER, request.caller.account_id)}/ActionInquiries/{written.subject_id}"
    return wire.written(uri, written.preview)


@API.route("GET", "/ActionInquiries")
def list_inquiries(request: Request) -> Reply:
    return listings.inquiries(STORE, request)


@API.route("GET", "/ActionInquiries/<inquiry_id>")
def read_inquiry(request: Request, inquiry_id: str) -> Reply:
    return listings.inquiry(STORE, request, inquiry_id)


@API.route("POST", "/ActionInquiries")
def file_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CLAIM_FIELDS)
    return inquiry_written(request, frontdesk.submit(desk(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def answer_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.ANSWER_FIELDS)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry_written(request, frontdesk.answer(desk(request), asked))


@API.route("DELETE", "/ActionInquiries/<inquiry_id>")
def withdraw_inquiry(request: Request, inquiry_id: str) -> Reply:
    return inquiry_written(request, frontdesk.withdraw(desk(request), {"Id": inquiry_id}))


@API.route("GET", "/Actions")
def list_actions(request: Request) -> Reply:
    return listings.actions(STORE, request)


@API.route("GET", "/Actions/<action_id>")
def read_action(request: Request, action_id: str) -> Reply:
    return listings.action(STORE, request, action_id)


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
