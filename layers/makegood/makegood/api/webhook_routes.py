"""What answers requests about webhooks; imported with the first of them."""

from makegood.api import webhooks
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.api.webhooks import WebhookContext
from makegood.aws.kms import Key
from makegood.forms import fields
from makegood.store.deliveries import DeliveryStore


def _context(audience: AudienceRoutes, request: Request) -> WebhookContext:
    """What one request about endpoints is served with: they live by the real clock."""
    settings = audience.settings
    return WebhookContext(
        store=DeliveryStore(settings.tables),
        caller=request.caller,
        key=Key(settings.webhooks_key),
        now=audience.wall_clock(),
        fresh=audience.new_id(),
        loopback=settings.webhooks_loopback,
    )


def endpoints(audience: AudienceRoutes, request: Request) -> Reply:
    return webhooks.endpoints(_context(audience, request), request)


def create(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    context, secret = _context(audience, request), audience.new_secret()
    return webhooks.create(context, request.fields, secret)


def change(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    return webhooks.change(_context(audience, request), request.fields, webhook_id)


def rotate(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    context, secret = _context(audience, request), audience.new_secret()
    return webhooks.rotate(context, webhook_id, secret)


def replay_after(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    """The number may be in the query or in the body."""
    fields.check_known(request.fields, fields.REPLAY_FIELDS)
    queried = fields.only_known(request.query, fields.REPLAY_FIELDS)
    asked = {**queried, **request.fields}
    return webhooks.replay_after(_context(audience, request), asked, webhook_id)


def deliveries(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.deliveries(_context(audience, request), request, webhook_id)


def endpoint(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.endpoint(_context(audience, request), webhook_id)


def delete(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.delete(_context(audience, request), webhook_id)


def replay_one(
    audience: AudienceRoutes, request: Request, webhook_id: str, delivery_id: str
) -> Reply:
    return webhooks.replay_one(_context(audience, request), webhook_id, delivery_id)
