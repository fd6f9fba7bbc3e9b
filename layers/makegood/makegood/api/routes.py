"""Every operation of the API: who may ask for it, and what answers.

`BOTH` are the operations that advertisers and partners have alike, `OWN` those of one audience. An
`AudienceRoutes` is what a function serves one audience with.
"""

from collections.abc import Callable, Mapping
from functools import partial

from makegood.api import (
    actions,
    backtests,
    balances,
    contracts,
    events,
    http,
    inquiries,
    orders,
    ownership,
    parties,
    policies,
    statements,
    threads,
    uploads,
    verifications,
    webhooks,
    writes,
)
from makegood.api.app import Api
from makegood.api.cors import Origins
from makegood.api.http import Reply, Request
from makegood.api.presenters import wire_state
from makegood.api.webhooks import WebhookContext
from makegood.api.writes import RequestContext, Written
from makegood.aws.kms import Key
from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role, account_path
from makegood.domain.problems import Problem, TooManyRequests
from makegood.forms import checks, conversion_names, fields, reading
from makegood.runtime import telemetry
from makegood.store.store import Store


class AudienceRoutes:
    """One audience's API, and what it answers with; made once, when its function starts."""

    def __init__(self, role: Role) -> None:
        settings = telemetry.settings()
        self.role = role
        self.store = Store(settings.tables)
        self.inbox, self.results = Bucket(settings.inbox), Bucket(settings.results)
        self.statements = Bucket(settings.statements)
        self.chunks = Queue(settings.chunks_queue)
        self.key, self.loopback = Key(settings.webhooks_key), settings.webhooks_loopback
        self.clock = telemetry.Clock(self.store, settings.clock_adjustable)
        self.wall_clock = telemetry.Clock(self.store, adjustable=False)
        self.api = Api(role, self.store, Origins.parse(settings.allowed_origins))
        for method, resource, answer in (*BOTH, *OWN[role]):
            self.api.route(method, resource)(partial(answer, self))

    def context(self, request: Request) -> RequestContext:
        """What one write is served with."""
        wall_now = self.wall_clock()
        return RequestContext(
            store=self.store,
            caller=request.caller,
            now=self.clock(),
            idempotency_key=request.idempotency_key,
            wall_now=wall_now,
        )

    def webhook_context(self, request: Request) -> WebhookContext:
        """What one request about endpoints is served with: they live by the real clock."""
        return WebhookContext(
            store=self.store,
            caller=request.caller,
            key=self.key,
            now=self.wall_clock(),
            fresh=telemetry.new_id(),
            loopback=self.loopback,
        )

    def written(self, request: Request, collection: str, written: Written) -> Reply:
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

Write = Callable[[RequestContext, Mapping[str, str]], Written]
"""A write, which takes its fields."""

FIELD_OF_ID = {"inquiry_id": "Id", "action_id": "ActionId"}
"""The field that an id in a path stands for."""


def _named(ids: Mapping[str, str]) -> dict[str, str]:
    return {FIELD_OF_ID[name]: each for name, each in ids.items()}


def _write(collection: str, write: Write, known: frozenset[str], items: bool = False) -> Answer:
    """Answers to a write of something in that collection, which knows these fields."""

    def answer(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
        fields.check_known(request.fields, known, items=items)
        asked = {**request.fields, **_named(ids)}
        return audience.written(request, collection, write(audience.context(request), asked))

    return answer


def _convert(audience: AudienceRoutes, request: Request) -> Reply:
    """Its fields may have the names of the field's API, and are at fault by those."""
    said = conversion_names.read(request.fields)
    try:
        written = writes.convert(audience.context(request), said.fields)
    except Problem as refused:
        refused.faults = said.by_their_names(refused.faults)
        raise
    return audience.written(request, "Actions", written)


def _withdraw(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
    """The path names the inquiry, and nothing else is needed: the body is not read."""
    written = writes.withdraw(audience.context(request), _named(ids))
    return audience.written(request, "ActionInquiries", written)


def _verify(audience: AudienceRoutes, request: Request, inquiry_id: str) -> Reply:
    """Answers with the inquiry as it is then; a body says nothing."""
    verifications.verify(audience.context(request), inquiry_id)
    return inquiries.inquiry(audience.store, request, inquiry_id)


def _check(audience: AudienceRoutes, request: Request) -> Reply:
    """Each claim counts as a request; the first has been counted."""
    asked, caller = checks.read(request.fields), request.caller
    more = min(len(asked), caller.allowance.burst) - 1
    rate = audience.api.take_from_bucket(caller, more) if more else None
    if rate and rate.wait_seconds:
        raise TooManyRequests(rate.wait_seconds)
    return verifications.check(audience.context(request), asked)


def _reverse(audience: AudienceRoutes, request: Request, **ids: str) -> Reply:
    """Not every client sends a body with DELETE, so the fields may be in the query, too."""
    fields.check_known(request.fields, fields.REVERSAL_FIELDS)
    queried = fields.only_known(request.query, fields.REVERSAL_FIELDS)
    asked = {**queried, **request.fields, **_named(ids)}
    return audience.written(request, "Actions", writes.reverse(audience.context(request), asked))


def _list_inquiries(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix == "csv" and audience.role is Role.ADVERTISER:
        from makegood.api import csv_lists

        return csv_lists.undecided(audience.store, request)
    return inquiries.inquiries(audience.store, request)


def _list_actions(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix == "csv" and audience.role is Role.ADVERTISER:
        from makegood.api import csv_lists

        return csv_lists.awaiting(audience.store, request, audience.clock())
    return actions.actions(audience.store, request, audience.clock())


def _explain_inquiry(audience: AudienceRoutes, request: Request, inquiry_id: str) -> Reply:
    from makegood.api import explanations

    return explanations.of_inquiry(audience.store, request, inquiry_id, audience.clock())


def _explain_action(audience: AudienceRoutes, request: Request, action_id: str) -> Reply:
    from makegood.api import explanations

    return explanations.of_action(audience.store, request, action_id, audience.clock())


def _list_entries(audience: AudienceRoutes, request: Request) -> Reply:
    if request.suffix in ("csv", "xlsx"):
        from makegood.api import csv_lists

        return csv_lists.entries(audience.store, request, audience.clock())
    return balances.entries(audience.store, request)


def _list_uploads(audience: AudienceRoutes, request: Request) -> Reply:
    return uploads.list_uploads(audience.context(request), audience.results, request)


def _open_upload(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.FILE_FIELDS)
    context, upload_id = audience.context(request), telemetry.new_id()
    opened = uploads.open_upload(context, audience.inbox, upload_id, request.fields)
    return Reply(uploads.show_opened(opened))


def _read_upload(audience: AudienceRoutes, request: Request, upload_id: str) -> Reply:
    upload = uploads.find_upload(audience.context(request), upload_id)
    return Reply(uploads.show_upload(upload, audience.results))


def _order_sheet(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.SHEET_FIELDS)
    context, sheet_id = audience.context(request), telemetry.new_id()
    ordered = uploads.order_sheet(context, audience.chunks, sheet_id, request.fields)
    return Reply(uploads.show_ordered(ordered))


def _list_webhooks(audience: AudienceRoutes, request: Request) -> Reply:
    return webhooks.endpoints(audience.webhook_context(request), request)


def _open_webhook(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    context, secret = audience.webhook_context(request), telemetry.new_secret()
    return webhooks.create(context, request.fields, secret)


def _change_webhook(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    return webhooks.change(audience.webhook_context(request), request.fields, webhook_id)


def _rotate_webhook(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    context, secret = audience.webhook_context(request), telemetry.new_secret()
    return webhooks.rotate(context, webhook_id, secret)


def _replay_webhook(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    """The number may be in the query or in the body."""
    fields.check_known(request.fields, fields.REPLAY_FIELDS)
    queried = fields.only_known(request.query, fields.REPLAY_FIELDS)
    asked = {**queried, **request.fields}
    return webhooks.replay_after(audience.webhook_context(request), asked, webhook_id)


def _list_deliveries(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.deliveries(audience.webhook_context(request), request, webhook_id)


def _of_webhooks(answer: Callable[..., Reply]) -> Answer:
    """What needs no more than the ids in its path."""
    return lambda audience, request, **ids: answer(audience.webhook_context(request), **ids)


def _put_order(audience: AudienceRoutes, request: Request, order_id: str) -> Reply:
    return orders.put(audience.context(request), request, order_id)


def _order_backtest(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.BACKTEST_FIELDS)
    campaign_id = reading.campaign_id(request.fields)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    context, backtest_id = audience.context(request), telemetry.new_id()
    asked = audience.chunks, backtest_id, campaign, request.fields
    ordered = backtests.order(context, *asked)
    return Reply({"Status": "QUEUED", "QueuedUri": backtests.uri_of(ordered)})


def _read_backtest(audience: AudienceRoutes, request: Request, backtest_id: str) -> Reply:
    return Reply(backtests.show(audience.context(request), audience.results, backtest_id))


def _make_policy(audience: AudienceRoutes, request: Request, campaign_id: str) -> Reply:
    fields.check_known(request.fields, fields.POLICY_FIELDS)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    number = policies.make(audience.context(request), campaign, request.fields)
    uri = policies.uri_of(campaign, number)
    return Reply({"Status": "OK", "Uri": uri, "Version": str(number), "State": "DRAFT"})


def _choose_policy(
    audience: AudienceRoutes, request: Request, campaign_id: str, version: str
) -> Reply:
    fields.check_known(request.fields, fields.POLICY_STATE_FIELDS)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    policies.choose(audience.context(request), campaign, version, request.fields)
    return policies.policy(audience.store, request, campaign_id, version)


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


_file = _write("ActionInquiries", writes.submit, fields.CLAIM_FIELDS)
_answer = _write("ActionInquiries", writes.answer, fields.ANSWER_FIELDS)
_comment = _write("ActionInquiries", writes.comment, fields.COMMENT_FIELDS)
_resolve = _write("ActionInquiries", writes.resolve, fields.RESOLUTION_FIELDS, items=True)
_modify = _write("Actions", writes.modify, fields.MODIFICATION_FIELDS, items=True)

Operation = tuple[str, str, Answer]

BOTH: tuple[Operation, ...] = (
    ("GET", "/ActionInquiries", _list_inquiries),
    ("GET", "/ActionInquiries/<inquiry_id>", _read(inquiries.inquiry)),
    ("GET", "/ActionInquiries/<inquiry_id>/Explanation", _explain_inquiry),
    ("GET", "/ActionInquiries/<inquiry_id>/Comments", _read(threads.comments)),
    ("POST", "/ActionInquiries/<inquiry_id>/Comments", _comment),
    ("GET", "/Actions", _list_actions),
    ("GET", "/Actions/<action_id>", _read_now(actions.action)),
    ("GET", "/Actions/<action_id>/Explanation", _explain_action),
    ("GET", "/Actions/<action_id>/Items", _read(actions.items)),
    ("GET", "/Actions/<action_id>/Items/<sku>", _read(actions.item)),
    ("GET", "/ActionUpdates", _read_now(actions.updates)),
    ("GET", "/ActionUpdates/<update_id>", _read_now(actions.update)),
    ("GET", "/CompanyInformation", _read(parties.company)),
    ("GET", "/Campaigns", _read_now(parties.campaigns)),
    ("GET", "/Campaigns/<campaign_id>", _read_now(parties.campaign)),
    ("GET", "/Files", _list_uploads),
    ("GET", "/Events", _read(events.events)),
    ("GET", "/Invoices", _read_statement(statements.statements)),
    ("GET", "/Invoices/<invoice_id>", _read_statement(statements.statement)),
    ("GET", "/Invoices/<invoice_id>/Page", _read_statement(statements.page)),
    ("POST", "/Files", _open_upload),
    ("GET", "/Files/<upload_id>", _read_upload),
    ("GET", "/Webhooks", _list_webhooks),
    ("POST", "/Webhooks", _open_webhook),
    ("GET", "/Webhooks/<webhook_id>", _of_webhooks(webhooks.endpoint)),
    ("PUT", "/Webhooks/<webhook_id>", _change_webhook),
    ("DELETE", "/Webhooks/<webhook_id>", _of_webhooks(webhooks.delete)),
    ("POST", "/Webhooks/<webhook_id>/Rotate", _rotate_webhook),
    ("POST", "/Webhooks/<webhook_id>/Replay", _replay_webhook),
    ("GET", "/Webhooks/<webhook_id>/Deliveries", _list_deliveries),
    (
        "POST",
        "/Webhooks/<webhook_id>/Deliveries/<delivery_id>/Replay",
        _of_webhooks(webhooks.replay_one),
    ),
)
OWN: dict[Role, tuple[Operation, ...]] = {
    Role.ADVERTISER: (
        ("PUT", "/ActionInquiries", _resolve),
        ("PUT", "/ActionInquiries/<inquiry_id>", _resolve),
        ("POST", "/ActionInquiries/<inquiry_id>/Verification", _verify),
        ("POST", "/Conversions", _convert),
        ("PUT", "/Actions", _modify),
        ("PUT", "/Actions/<action_id>", _modify),
        ("DELETE", "/Actions", _reverse),
        ("DELETE", "/Actions/<action_id>", _reverse),
        ("POST", "/Sheets", _order_sheet),
        ("GET", "/Campaigns/<campaign_id>/Contracts", _read_now(contracts.campaign_contracts)),
        (
            "GET",
            "/Campaigns/<campaign_id>/Contracts/<contract_id>",
            _read_now(contracts.campaign_contract),
        ),
        ("GET", "/Orders", _read_now(orders.orders)),
        ("GET", "/Orders/<order_id>", _read(orders.order)),
        ("PUT", "/Orders/<order_id>", _put_order),
        ("POST", "/Backtests", _order_backtest),
        ("GET", "/Backtests/<backtest_id>", _read_backtest),
        ("POST", "/Campaigns/<campaign_id>/Policies", _make_policy),
        ("GET", "/Campaigns/<campaign_id>/Policies", _read(policies.policies)),
        ("GET", "/Campaigns/<campaign_id>/Policies/<version>", _read(policies.policy)),
        ("PUT", "/Campaigns/<campaign_id>/Policies/<version>", _choose_policy),
        ("GET", "/MediaPartners", _read_now(parties.partners)),
        ("GET", "/MediaPartners/<partner_id>", _read_now(parties.partner)),
        ("GET", "/Funds", _read_now(balances.advertiser_funds)),
        ("GET", "/Funds/Entries", _list_entries),
    ),
    Role.PARTNER: (
        ("POST", "/ActionInquiries", _file),
        ("POST", "/ActionInquiries/Check", _check),
        ("PUT", "/ActionInquiries/<inquiry_id>", _answer),
        ("DELETE", "/ActionInquiries/<inquiry_id>", _withdraw),
        ("GET", "/Contracts", _read_now(contracts.contracts)),
        ("GET", "/Contracts/<contract_id>", _read_now(contracts.contract)),
        ("GET", "/Earnings", _read_now(balances.partner_earnings)),
        ("GET", "/Earnings/Entries", _list_entries),
    ),
}
