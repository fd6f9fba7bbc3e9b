"""What both audiences do by HTTP, in one place: read what is theirs, and send files.

An `AudienceRoutes` is one audience's API with the routes that the other has as well; a function
adds those that are its own.
"""

from makegood.api import actions, csv_lists, events, http, inquiries, parties, statements, writes
from makegood.api.app import Api
from makegood.api.http import Reply, Request
from makegood.api.presenters import root
from makegood.api.writes import RequestContext, Written
from makegood.aws.s3 import Bucket
from makegood.domain.parties import Role
from makegood.forms import fields
from makegood.runtime import telemetry
from makegood.store.store import Store


class AudienceRoutes:
    """One audience's API; made once, when its function starts."""

    def __init__(self, role: Role) -> None:
        self.settings = settings = telemetry.settings()
        self.role = role
        self.store = Store(settings.tables)
        self.inbox, self.results = Bucket(settings.inbox), Bucket(settings.results)
        self.statements = Bucket(settings.statements)
        self.clock = telemetry.Clock(self.store, settings.clock_adjustable)
        self.wall_clock = telemetry.Clock(self.store, adjustable=False)
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

    def context(self, request: Request) -> RequestContext:
        """What one write is served with."""
        key, wall_now = request.idempotency_key, self.wall_clock()
        return RequestContext(self.store, request.caller, self.clock(), key, wall_now)

    def written(self, request: Request, collection: str, written: Written) -> Reply:
        """The answer to a write, with the URI of what it made or changed in that collection."""
        base = root(self.role, request.caller.account_id)
        left = dict(written.left)
        if left.get("ActionId"):
            left["ActionUri"] = f"{base}/Actions/{left['ActionId']}"
        return http.written(f"{base}/{collection}/{written.subject_id}", left, written.preview)

    def list_inquiries(self, request: Request) -> Reply:
        if request.suffix == "csv" and self.role is Role.ADVERTISER:
            return csv_lists.undecided(self.store, request)
        return inquiries.inquiries(self.store, request)

    def read_inquiry(self, request: Request, inquiry_id: str) -> Reply:
        return inquiries.inquiry(self.store, request, inquiry_id)

    def list_actions(self, request: Request) -> Reply:
        if request.suffix == "csv" and self.role is Role.ADVERTISER:
            return csv_lists.awaiting(self.store, request)
        return actions.actions(self.store, request, self.clock())

    def read_action(self, request: Request, action_id: str) -> Reply:
        return actions.action(self.store, request, action_id, self.clock())

    def list_items(self, request: Request, action_id: str) -> Reply:
        return actions.items(self.store, request, action_id)

    def read_company(self, request: Request) -> Reply:
        return parties.company(self.store, request)

    def list_campaigns(self, request: Request) -> Reply:
        return parties.campaigns(self.store, request, self.clock())

    def read_campaign(self, request: Request, campaign_id: str) -> Reply:
        return parties.campaign(self.store, request, campaign_id, self.clock())

    def list_updates(self, request: Request) -> Reply:
        return actions.updates(self.store, request, self.clock())

    def read_update(self, request: Request, update_id: str) -> Reply:
        return actions.update(self.store, request, update_id, self.clock())

    def list_statements(self, request: Request) -> Reply:
        return statements.statements(self.store, request, self.statements)

    def read_statement(self, request: Request, invoice_id: str) -> Reply:
        return statements.statement(self.store, request, invoice_id, self.statements)

    def show_statement(self, request: Request, invoice_id: str) -> Reply:
        return statements.page(self.store, request, invoice_id, self.statements)

    def list_events(self, request: Request) -> Reply:
        return events.events(self.store, request)

    def open_upload(self, request: Request) -> Reply:
        fields.check_known(request.fields, fields.FILE_FIELDS)
        opened = writes.open_upload(
            self.context(request), self.inbox, telemetry.new_id(), request.fields
        )
        return Reply(writes.show_opened(opened))

    def list_uploads(self, request: Request) -> Reply:
        return writes.list_uploads(self.context(request), self.results, request)

    def read_upload(self, request: Request, upload_id: str) -> Reply:
        upload = writes.find_upload(self.context(request), upload_id)
        return Reply(writes.show_upload(upload, self.results))
