"""What partners do by HTTP besides reading: file inquiries, answer them, withdraw them."""

from typing import Any

from makegood import fields, frontdesk
from makegood.counter import Counter
from makegood.directory import Role
from makegood.frontdesk import Written
from makegood.wire import Reply, Request

COUNTER = Counter(Role.PARTNER)
API = COUNTER.api


def inquiry(request: Request, written: Written) -> Reply:
    return COUNTER.written(request, "ActionInquiries", written)


@API.route("POST", "/ActionInquiries")
def file_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CLAIM_FIELDS)
    return inquiry(request, frontdesk.submit(COUNTER.desk(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def answer_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.ANSWER_FIELDS)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry(request, frontdesk.answer(COUNTER.desk(request), asked))


@API.route("DELETE", "/ActionInquiries/<inquiry_id>")
def withdraw_inquiry(request: Request, inquiry_id: str) -> Reply:
    return inquiry(request, frontdesk.withdraw(COUNTER.desk(request), {"Id": inquiry_id}))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return API.handle(event, context)
