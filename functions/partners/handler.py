"""What partners alone do by HTTP: file inquiries, answer and withdraw them, read contracts and
earnings.
"""

from typing import Any

from makegood.api import balances, parties, writes
from makegood.api.http import Reply, Request
from makegood.api.routes import Counter
from makegood.api.writes import Written
from makegood.domain.parties import Role
from makegood.forms import fields
from makegood.runtime import start

COUNTER = Counter(Role.PARTNER)
API = COUNTER.api


def inquiry(request: Request, written: Written) -> Reply:
    return COUNTER.written(request, "ActionInquiries", written)


@API.route("POST", "/ActionInquiries")
def file_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CLAIM_FIELDS)
    return inquiry(request, writes.submit(COUNTER.desk(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def answer_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.ANSWER_FIELDS)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry(request, writes.answer(COUNTER.desk(request), asked))


@API.route("DELETE", "/ActionInquiries/<inquiry_id>")
def withdraw_inquiry(request: Request, inquiry_id: str) -> Reply:
    return inquiry(request, writes.withdraw(COUNTER.desk(request), {"Id": inquiry_id}))


@API.route("GET", "/Contracts")
def list_contracts(request: Request) -> Reply:
    return parties.contracts(COUNTER.store, request, COUNTER.clock())


@API.route("GET", "/Contracts/<contract_id>")
def read_contract(request: Request, contract_id: str) -> Reply:
    return parties.contract(COUNTER.store, request, contract_id, COUNTER.clock())


@API.route("GET", "/Earnings")
def read_earnings(request: Request) -> Reply:
    return balances.partner_earnings(COUNTER.store, request, COUNTER.clock())


@API.route("GET", "/Earnings/Entries")
def list_entries(request: Request) -> Reply:
    return balances.entries(COUNTER.store, request)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return API.handle(event, context)


start.started()
