"""What partners alone do by HTTP: file inquiries, answer and withdraw them, read contracts and
earnings.
"""

from typing import Any

from makegood.api import balances, contracts, writes
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.api.writes import Written
from makegood.domain.parties import Role
from makegood.forms import fields
from makegood.runtime import start

ROUTES = AudienceRoutes(Role.PARTNER)
API = ROUTES.api


def inquiry(request: Request, written: Written) -> Reply:
    return ROUTES.written(request, "ActionInquiries", written)


@API.route("POST", "/ActionInquiries")
def file_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CLAIM_FIELDS)
    return inquiry(request, writes.submit(ROUTES.context(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def answer_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.ANSWER_FIELDS)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry(request, writes.answer(ROUTES.context(request), asked))


@API.route("DELETE", "/ActionInquiries/<inquiry_id>")
def withdraw_inquiry(request: Request, inquiry_id: str) -> Reply:
    return inquiry(request, writes.withdraw(ROUTES.context(request), {"Id": inquiry_id}))


@API.route("GET", "/Contracts")
def list_contracts(request: Request) -> Reply:
    return contracts.contracts(ROUTES.store, request, ROUTES.clock())


@API.route("GET", "/Contracts/<contract_id>")
def read_contract(request: Request, contract_id: str) -> Reply:
    return contracts.contract(ROUTES.store, request, contract_id, ROUTES.clock())


@API.route("GET", "/Earnings")
def read_earnings(request: Request) -> Reply:
    return balances.partner_earnings(ROUTES.store, request, ROUTES.clock())


@API.route("GET", "/Earnings/Entries")
def list_entries(request: Request) -> Reply:
    return balances.entries(ROUTES.store, request)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return API.handle(event, context)


start.started()
