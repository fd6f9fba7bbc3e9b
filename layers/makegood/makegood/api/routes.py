"""Every operation of the API: who may ask for it, and what answers.

`BOTH` are the operations that advertisers and partners have alike, `OWN` those of one audience. An
`AudienceRoutes` is what a function serves one audience with.

An operation's module is imported with the first request that asks for it, so a start takes what all
requests need. A snapshot of a started function has all of its audience's, since nobody waits for
its start and every request begins from it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from makegood.api import http
from makegood.api.app import Api
from makegood.api.cors import Origins
from makegood.api.http import Reply, Request
from makegood.api.presenters import wire_state
from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role, account_path
from makegood.forms import fields
from makegood.runtime import telemetry
from makegood.store.store import Store

if TYPE_CHECKING:
    from makegood.api.writes import RequestContext, Written


LATER: set[str] = set()
"""The modules of operations."""


def _later(module: str, name: str) -> Callable[..., Any]:
    """A function of a module of the API, which is imported when the function is first called."""
    LATER.add(module)

    def answer(*asked: Any, **more: Any) -> Any:
        return getattr(import_module(f"makegood.api.{module}"), name)(*asked, **more)

    return answer


_request_context = _later("writes", "RequestContext")


class AudienceRoutes:
    """One audience's API, and what it answers with; made once, when its function starts."""

    def __init__(self, role: Role) -> None:
        settings = telemetry.settings()
        self.role = role
        self.store = Store(settings.tables)
        self.inbox, self.results = Bucket(settings.inbox), Bucket(settings.results)
        self.statements = Bucket(settings.statements)
        self.chunks = Queue(settings.chunks_queue)
        self.settings = settings
        self.clock = telemetry.Clock(self.store, settings.clock_adjustable)
        self.wall_clock = telemetry.Clock(self.store, adjustable=False)
        self.api = Api(role, self.store, Origins.parse(settings.allowed_origins))
        for method, resource, answer in (*BOTH, *OWN[role]):
            self.api.route(method, resource)(partial(answer, self))
        if settings.snapshot:
            self.import_operations()

    def import_operations(self) -> None:
        """Imports the modules of all operations but those named after the other audience."""
        others = tuple(f"{each.lower()}_" for each in Role if each is not self.role)
        for module in sorted(LATER):
            if not module.startswith(others):
                import_module(f"makegood.api.{module}")

    def context(self, request: Request) -> "RequestContext":
        """What one write is served with."""
        wall_now = self.wall_clock()
        context: RequestContext = _request_context(
            store=self.store,
            caller=request.caller,
            now=self.clock(),
            idempotency_key=request.idempotency_key,
            wall_now=wall_now,
        )
        return context

    def new_id(self) -> str:
        return telemetry.new_id()

    def new_token(self) -> str:
        return telemetry.new_token()

    def new_secret(self) -> bytes:
        return telemetry.new_secret()

    def written(self, request: Request, collection: str, written: "Written") -> Reply:
        """The answer to a write, with the URI of what it made or changed in that collection."""
        base = account_path(self.role, request.caller.account_id)
        left = dict(written.left)
        if "State" in left:
            left["State"] = wire_state(left["State"])
        if left.get("ActionId"):
            left["ActionUri"] = f"{base}/Actions/{left['ActionId']}"
        return http.write_reply(f"{base}/{collection}/{written.subject_id}", left, written.preview)


Answer = Callable[..., Reply]
"""Answers a request of an audience; the ids in its path follow by their names."""

Write = Callable[["RequestContext", Mapping[str, str]], "Written"]
"""A write, which takes its fields."""

FIELD_OF_ID = {"inquiry_id": "Id", "action_id": "ActionId"}
"""The field that an id in a path stands for."""


def named(ids: Mapping[str, str]) -> dict[str, str]:
    return {FIELD_OF_ID[name]: each for name, each in ids.items()}


def _write(collection: str, write: Write, known: frozenset[str], items: bool = False) -> Answer:
    """Answers to a write of something in that collection, which knows these fields."""

    def answer(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
        fields.check_known(request.fields, known, items=items)
        asked = {**request.fields, **named(ids)}
        return audience.written(request, collection, write(audience.context(request), asked))

    return answer


def _withdraw(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
    """The path names the inquiry, and nothing else is needed: the body is not read."""
    written = _later("partner_writes", "withdraw")(audience.context(request), named(ids))
    return audience.written(request, "ActionInquiries", written)


def _read_now(answer: Callable[..., Reply]) -> Answer:
    """What is read from the store and depends on the time."""
    return lambda audience, request, **ids: answer(
        audience.store, request, now=audience.clock(), **ids
    )


def _read(answer: Callable[..., Reply]) -> Answer:
    """What is read from the store."""
    return lambda audience, request, **ids: answer(audience.store, request, **ids)


def _read_statement(answer: Callable[..., Reply]) -> Answer:
    """What is read from the store and from the bucket of statements."""
    return lambda audience, request, **ids: answer(
        audience.store, request, bucket=audience.statements, **ids
    )


_file = _write("ActionInquiries", _later("partner_writes", "submit"), fields.CLAIM_FIELDS)
_answer = _write("ActionInquiries", _later("partner_writes", "answer"), fields.ANSWER_FIELDS)
_appeal = _write("ActionInquiries", _later("partner_writes", "appeal"), fields.APPEAL_FIELDS)
_comment = _write("ActionInquiries", _later("writes", "comment"), fields.COMMENT_FIELDS)
_resolve = _write(
    "ActionInquiries", _later("advertiser_writes", "resolve"), fields.RESOLUTION_FIELDS, items=True
)
_modify = _write(
    "Actions", _later("advertiser_writes", "modify"), fields.MODIFICATION_FIELDS, items=True
)

Operation = tuple[str, str, Answer]

BOTH: tuple[Operation, ...] = (
    ("GET", "/ActionInquiries", _later("list_routes", "inquiries")),
    ("GET", "/ActionInquiries/<inquiry_id>", _read(_later("inquiries", "inquiry"))),
    (
        "GET",
        "/ActionInquiries/<inquiry_id>/Explanation",
        _read_now(_later("explanations", "of_inquiry")),
    ),
    ("GET", "/ActionInquiries/<inquiry_id>/Comments", _read(_later("threads", "comments"))),
    ("POST", "/ActionInquiries/<inquiry_id>/Comments", _comment),
    ("POST", "/ActionInquiries/<inquiry_id>/Evidence", _later("exhibits", "add")),
    ("GET", "/ActionInquiries/<inquiry_id>/Evidence", _later("exhibits", "listed")),
    (
        "GET",
        "/ActionInquiries/<inquiry_id>/Evidence/<evidence_id>/Link",
        _later("exhibits", "link"),
    ),
    ("GET", "/Actions", _later("list_routes", "actions")),
    ("GET", "/Actions/<action_id>", _read_now(_later("actions", "action"))),
    ("GET", "/Actions/<action_id>/Explanation", _read_now(_later("explanations", "of_action"))),
    ("GET", "/Actions/<action_id>/Items", _read(_later("actions", "items"))),
    ("GET", "/Actions/<action_id>/Items/<sku>", _read(_later("actions", "item"))),
    ("GET", "/ActionUpdates", _read_now(_later("actions", "updates"))),
    ("GET", "/ActionUpdates/<update_id>", _read_now(_later("actions", "update"))),
    ("GET", "/CompanyInformation", _read(_later("parties", "company"))),
    ("GET", "/Campaigns", _read_now(_later("parties", "campaigns"))),
    ("GET", "/Campaigns/<campaign_id>", _read_now(_later("parties", "campaign"))),
    ("GET", "/Files", _later("upload_routes", "uploads")),
    ("GET", "/Events", _read(_later("events", "events"))),
    ("GET", "/ServiceLevels", _read_now(_later("service_levels", "levels"))),
    ("GET", "/Invoices", _read_statement(_later("statements", "statements"))),
    ("GET", "/Invoices/<invoice_id>", _read_statement(_later("statements", "statement"))),
    ("GET", "/Invoices/<invoice_id>/Page", _read_statement(_later("statements", "page"))),
    ("POST", "/Files", _later("upload_routes", "open_upload")),
    ("GET", "/Files/<upload_id>", _later("upload_routes", "upload")),
    ("GET", "/People", _later("people", "people")),
    ("POST", "/People", _later("people", "invite")),
    ("PUT", "/People/<person_id>", _later("people", "change")),
    ("GET", "/Preferences", _later("people", "preferences")),
    ("PUT", "/Preferences", _later("people", "prefer")),
    ("GET", "/Tokens", _later("tokens", "tokens")),
    ("POST", "/Tokens", _later("tokens", "make")),
    ("DELETE", "/Tokens/<token_id>", _later("tokens", "revoke")),
    ("GET", "/Webhooks", _later("webhook_routes", "endpoints")),
    ("POST", "/Webhooks", _later("webhook_routes", "create")),
    ("GET", "/Webhooks/<webhook_id>", _later("webhook_routes", "endpoint")),
    ("PUT", "/Webhooks/<webhook_id>", _later("webhook_routes", "change")),
    ("DELETE", "/Webhooks/<webhook_id>", _later("webhook_routes", "delete")),
    ("POST", "/Webhooks/<webhook_id>/Rotate", _later("webhook_routes", "rotate")),
    ("POST", "/Webhooks/<webhook_id>/Replay", _later("webhook_routes", "replay_after")),
    ("GET", "/Webhooks/<webhook_id>/Deliveries", _later("webhook_routes", "deliveries")),
    (
        "POST",
        "/Webhooks/<webhook_id>/Deliveries/<delivery_id>/Replay",
        _later("webhook_routes", "replay_one"),
    ),
)
OWN: dict[Role, tuple[Operation, ...]] = {
    Role.ADVERTISER: (
        ("PUT", "/ActionInquiries", _resolve),
        ("PUT", "/ActionInquiries/<inquiry_id>", _resolve),
        ("POST", "/ActionInquiries/<inquiry_id>/Verification", _later("shop_routes", "verify")),
        ("POST", "/Conversions", _later("advertiser_routes", "convert")),
        ("PUT", "/Actions", _modify),
        ("PUT", "/Actions/<action_id>", _modify),
        ("DELETE", "/Actions", _later("advertiser_routes", "reverse")),
        ("DELETE", "/Actions/<action_id>", _later("advertiser_routes", "reverse")),
        ("POST", "/Sheets", _later("upload_routes", "order_sheet")),
        (
            "GET",
            "/Campaigns/<campaign_id>/Contracts",
            _read_now(_later("contracts", "campaign_contracts")),
        ),
        (
            "GET",
            "/Campaigns/<campaign_id>/Contracts/<contract_id>",
            _read_now(_later("contracts", "campaign_contract")),
        ),
        ("GET", "/Campaigns/<campaign_id>/Coverage", _read_now(_later("coverage", "coverage"))),
        ("GET", "/Orders", _read_now(_later("orders", "orders"))),
        ("GET", "/Orders/<order_id>", _read(_later("orders", "order"))),
        ("PUT", "/Orders/<order_id>", _later("shop_routes", "put_order")),
        ("GET", "/Proposals", _read_now(_later("order_proposals", "proposals"))),
        ("GET", "/Proposals/<proposal_id>", _read_now(_later("order_proposals", "proposal"))),
        ("PUT", "/Proposals/<proposal_id>", _later("shop_routes", "decide_proposal")),
        ("POST", "/Backtests", _later("policy_routes", "order_backtest")),
        ("GET", "/Backtests/<backtest_id>", _later("policy_routes", "backtest")),
        ("POST", "/Campaigns/<campaign_id>/Policies", _later("policy_routes", "make")),
        ("GET", "/Campaigns/<campaign_id>/Policies", _read(_later("policies", "policies"))),
        ("GET", "/Campaigns/<campaign_id>/Policies/<version>", _read(_later("policies", "policy"))),
        ("PUT", "/Campaigns/<campaign_id>/Policies/<version>", _later("policy_routes", "choose")),
        ("GET", "/MediaPartners", _read_now(_later("parties", "partners"))),
        ("GET", "/MediaPartners/<partner_id>", _read_now(_later("parties", "partner"))),
        ("GET", "/Funds", _read_now(_later("balances", "advertiser_funds"))),
        ("GET", "/Funds/Entries", _later("list_routes", "entries")),
    ),
    Role.PARTNER: (
        ("POST", "/ActionInquiries", _file),
        ("POST", "/ActionInquiries/Check", _later("shop_routes", "check")),
        ("PUT", "/ActionInquiries/<inquiry_id>", _answer),
        ("DELETE", "/ActionInquiries/<inquiry_id>", _withdraw),
        ("POST", "/ActionInquiries/<inquiry_id>/Appeal", _appeal),
        ("GET", "/Contracts", _read_now(_later("contracts", "contracts"))),
        ("GET", "/Contracts/<contract_id>", _read_now(_later("contracts", "contract"))),
        ("GET", "/Earnings", _read_now(_later("balances", "partner_earnings"))),
        ("GET", "/Earnings/Entries", _later("list_routes", "entries")),
    ),
}
