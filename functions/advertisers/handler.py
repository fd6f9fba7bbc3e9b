"""What advertisers alone do by HTTP: decide, report conversions, change actions, order sheets, read
contracts and funds.
"""

from typing import Any

from makegood.api import balances, contracts, parties, writes
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.api.writes import Written
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role
from makegood.forms import fields
from makegood.runtime import start, telemetry

ROUTES = AudienceRoutes(Role.ADVERTISER)
CHUNKS = Queue(ROUTES.settings.chunks_queue)
API = ROUTES.api


def inquiry(request: Request, written: Written) -> Reply:
    return ROUTES.written(request, "ActionInquiries", written)


def action(request: Request, written: Written) -> Reply:
    return ROUTES.written(request, "Actions", written)


@API.route("PUT", "/ActionInquiries")
def resolve_inquiry(request: Request) -> Reply:
    fields.check_known(request.fields, fields.RESOLUTION_FIELDS, items=True)
    return inquiry(request, writes.resolve(ROUTES.context(request), request.fields))


@API.route("PUT", "/ActionInquiries/<inquiry_id>")
def resolve_one_inquiry(request: Request, inquiry_id: str) -> Reply:
    fields.check_known(request.fields, fields.RESOLUTION_FIELDS, items=True)
    asked = {**request.fields, "Id": inquiry_id}
    return inquiry(request, writes.resolve(ROUTES.context(request), asked))


@API.route("POST", "/Conversions")
def report_conversion(request: Request) -> Reply:
    fields.check_known(request.fields, fields.CONVERSION_FIELDS, items=True)
    return action(request, writes.convert(ROUTES.context(request), request.fields))


@API.route("PUT", "/Actions")
def modify_action(request: Request) -> Reply:
    fields.check_known(request.fields, fields.MODIFICATION_FIELDS, items=True)
    return action(request, writes.modify(ROUTES.context(request), request.fields))


@API.route("PUT", "/Actions/<action_id>")
def modify_one_action(request: Request, action_id: str) -> Reply:
    fields.check_known(request.fields, fields.MODIFICATION_FIELDS, items=True)
    asked = {**request.fields, "ActionId": action_id}
    return action(request, writes.modify(ROUTES.context(request), asked))


def reversed_by(request: Request, named: dict[str, str]) -> Reply:
    """A body is not every client's idea of a DELETE: what is asked may stand in the query, too."""
    fields.check_known(request.fields, fields.REVERSAL_FIELDS)
    queried = fields.only_known(request.query, fields.REVERSAL_FIELDS)
    asked = {**queried, **request.fields, **named}
    return action(request, writes.reverse(ROUTES.context(request), asked))


@API.route("DELETE", "/Actions")
def reverse_action(request: Request) -> Reply:
    return reversed_by(request, {})


@API.route("DELETE", "/Actions/<action_id>")
def reverse_one_action(request: Request, action_id: str) -> Reply:
    return reversed_by(request, {"ActionId": action_id})


@API.route("POST", "/Sheets")
def order_sheet(request: Request) -> Reply:
    fields.check_known(request.fields, fields.SHEET_FIELDS)
    context, sheet_id = ROUTES.context(request), telemetry.new_id()
    return Reply(writes.show_ordered(writes.order_sheet(context, CHUNKS, sheet_id, request.fields)))


@API.route("GET", "/Campaigns/<campaign_id>/Contracts")
def list_contracts(request: Request, campaign_id: str) -> Reply:
    return contracts.campaign_contracts(ROUTES.store, request, campaign_id, ROUTES.clock())


@API.route("GET", "/Campaigns/<campaign_id>/Contracts/<contract_id>")
def read_contract(request: Request, campaign_id: str, contract_id: str) -> Reply:
    now = ROUTES.clock()
    return contracts.campaign_contract(ROUTES.store, request, campaign_id, contract_id, now)


@API.route("GET", "/MediaPartners")
def list_partners(request: Request) -> Reply:
    return parties.partners(ROUTES.store, request, ROUTES.clock())


@API.route("GET", "/MediaPartners/<partner_id>")
def read_partner(request: Request, partner_id: str) -> Reply:
    return parties.partner(ROUTES.store, request, partner_id, ROUTES.clock())


@API.route("GET", "/Funds")
def read_funds(request: Request) -> Reply:
    return balances.advertiser_funds(ROUTES.store, request, ROUTES.clock())


@API.route("GET", "/Funds/Entries")
def list_entries(request: Request) -> Reply:
    return balances.entries(ROUTES.store, request)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return API.handle(event, context)


start.started()
