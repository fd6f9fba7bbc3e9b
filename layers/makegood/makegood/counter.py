"""What both audiences do by HTTP, in one place: read what is theirs, and send files.

A `Counter` is one audience's API with the routes that the other has as well; a function adds those
that are its own.
"""

from makegood import (
    event_lists,
    fields,
    frontdesk,
    invoices,
    listings,
    rosters,
    runtime,
    wire,
    worksheets,
)
from makegood.api import Api
from makegood.directory import Role
from makegood.files import Bucket
from makegood.frontdesk import Desk, Written
from makegood.store import Store
from makegood.wire import Reply, Request
from makegood.wire_objects import root


class Counter:
    """One audience's API; made once, when its function starts."""

    def __init__(self, role: Role) -> None:
        self.settings = settings = runtime.settings()
        self.role = role
        self.store = Store(settings.tables)
        self.inbox, self.results = Bucket(settings.inbox), Bucket(settings.results)
        self.clock = runtime.Clock(self.store, settings.clock_adjustable)
        self.wall_clock = runtime.Clock(self.store, adjustable=False)
        self.api = Api(role, self.store)
        for method, resource, answer in (
            ("GET", "/ActionInquiries", self.list_inquiries),
            ("GET", "/ActionInquiries/<inquiry_id>", self.read_inquiry),
            ("GET", "/Actions", self.list_actions),
            ("GET", "/Actions/<action_id>", self.read_action),
            ("GET", "/Actions/<action_id>/Items", self.list_items),
            ("GET", "/ActionUpdates", self.list_updates),
            ("GET", "/ActionUpdates/<update_id>", self.read_update),
            ("GET", "/CompanyInformation", self.read_company),
            ("GET", "/Campaigns", self.list_campaigns),
            ("GET", "/Campaigns/<campaign_id>", self.read_campaign),
            ("GET", "/Files", self.list_uploads),
            ("GET", "/Events", self.list_events),
            ("GET", "/Invoices", self.list_statements),
            ("GET", "/Invoices/<invoice_id>", self.read_statement),
            ("GET", "/Invoices/<invoice_id>/Page", self.show_statement),
            ("POST", "/Files", self.open_upload),
            ("GET", "/Files/<upload_id>", self.read_upload),
        ):
            self.api.route(method, resource)(answer)

    def desk(self, request: Request) -> Desk:
        """What one write is served with."""
        key, wall_now = request.idempotency_key, self.wall_clock()
        return Desk(self.store, request.caller, self.clock(), key, wall_now)

    def written(self, request: Request, collection: str, written: Written) -> Reply:
        """The answer to a write, with the URI of what it made or changed in that collection."""
        base = root(self.role, request.caller.account_id)
        left = dict(written.left)
        if left.get("ActionId"):
            left["ActionUri"] = f"{base}/Actions/{left['ActionId']}"
        return wire.written(f"{base}/{collection}/{written.subject_id}", left, written.preview)

    def list_inquiries(self, request: Request) -> Reply:
        if request.suffix == "csv" and self.role is Role.ADVERTISER:
            return worksheets.undecided(self.store, request)
        return listings.inquiries(self.store, request)

    def read_inquiry(self, request: Request, inquiry_id: str) -> Reply:
        return listings.inquiry(self.store, request, inquiry_id)

    def list_actions(self, request: Request) -> Reply:
        if request.suffix == "csv" and self.role is Role.ADVERTISER:
            return worksheets.awaiting(self.store, request)
        return listings.actions(self.store, request, self.clock())

    def read_action(self, request: Request, action_id: str) -> Reply:
        return listings.action(self.store, request, action_id, self.clock())

    def list_items(self, request: Request, action_id: str) -> Reply:
        return rosters.items(self.store, request, action_id)

    def read_company(self, request: Request) -> Reply:
        return rosters.company(self.store, request)

    def list_campaigns(self, request: Request) -> Reply:
        return rosters.campaigns(self.store, request, self.clock())

    def read_campaign(self, request: Request, campaign_id: str) -> Reply:
        return rosters.campaign(self.store, request, campaign_id, self.clock())

    def list_updates(self, request: Request) -> Reply:
        return listings.updates(self.store, request, self.clock())

    def read_update(self, request: Request, update_id: str) -> Reply:
        return listings.update(self.store, request, update_id, self.clock())

    def list_statements(self, request: Request) -> Reply:
        return invoices.statements(self.store, request, self.results)

    def read_statement(self, request: Request, invoice_id: str) -> Reply:
        return invoices.statement(self.store, request, invoice_id, self.results)

    def show_statement(self, request: Request, invoice_id: str) -> Reply:
        return invoices.page(self.store, request, invoice_id, self.results)

    def list_events(self, request: Request) -> Reply:
        return event_lists.events(self.store, request)

    def open_upload(self, request: Request) -> Reply:
        fields.check_known(request.fields, fields.FILE_FIELDS)
        opened = frontdesk.open_upload(
            self.desk(request), self.inbox, runtime.new_id(), request.fields
        )
        return Reply(frontdesk.show_opened(opened))

    def list_uploads(self, request: Request) -> Reply:
        return frontdesk.list_uploads(self.desk(request), self.results, request)

    def read_upload(self, request: Request, upload_id: str) -> Reply:
        upload = frontdesk.find_upload(self.desk(request), upload_id)
        return Reply(frontdesk.show_upload(upload, self.results))
