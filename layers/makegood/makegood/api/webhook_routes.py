"""What answers requests about webhooks; imported with the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from makegood.api import webhooks
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.api.webhooks import WebhookContext
from makegood.aws.kms import Key
from makegood.forms import fields
from makegood.forms.reading import Fields
from makegood.store.deliveries import RequestedStore
from makegood.store.store import Idempotency, fingerprint


def _context(audience: AudienceRoutes, request: Request) -> WebhookContext:
    """What one request about endpoints is served with: they live by the real clock."""
    settings = audience.settings
    return WebhookContext(
        store=RequestedStore(settings.tables),
        caller=request.caller,
        key=Key(settings.webhooks_key),
        now=audience.wall_clock(),
        fresh=audience.new_id(),
        loopback=settings.webhooks_loopback,
    )


def _once(
    audience: AudienceRoutes,
    request: Request,
    asked: Sequence[str],
    write: Callable[[WebhookContext], Reply],
    said: Fields | None = None,
) -> Reply:
    """Answers a write, once for each idempotency key; `asked` names what is written, and where."""
    context = _context(audience, request)
    if request.idempotency_key:
        printed = fingerprint(asked, request.fields if said is None else said)
        whose = request.caller.keys, request.idempotency_key
        context = replace(context, asked=Idempotency(*whose, printed, context.now))
    return context.commits.once(lambda: write(context))


def endpoints(audience: AudienceRoutes, request: Request) -> Reply:
    return webhooks.endpoints(_context(audience, request), request)


def create(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    return _once(
        audience,
        request,
        ["webhook"],
        lambda context: webhooks.create(context, request.fields, audience.new_secret()),
    )


def change(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    fields.check_known(request.fields, fields.WEBHOOK_FIELDS)
    return _once(
        audience,
        request,
        ["change", webhook_id],
        lambda context: webhooks.change(context, request.fields, webhook_id),
    )


def rotate(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return _once(
        audience,
        request,
        ["rotate", webhook_id],
        lambda context: webhooks.rotate(context, webhook_id, audience.new_secret()),
    )


def replay_after(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    """The number may be in the query or in the body."""
    fields.check_known(request.fields, fields.REPLAY_FIELDS)
    queried = fields.only_known(request.query, fields.REPLAY_FIELDS)
    said = {**queried, **request.fields}
    return _once(
        audience,
        request,
        ["replay", webhook_id],
        lambda context: webhooks.replay_after(context, said, webhook_id),
        said,
    )


def deliveries(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.deliveries(_context(audience, request), request, webhook_id)


def endpoint(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return webhooks.endpoint(_context(audience, request), webhook_id)


def delete(audience: AudienceRoutes, request: Request, webhook_id: str) -> Reply:
    return _once(
        audience,
        request,
        ["delete", webhook_id],
        lambda context: webhooks.delete(context, webhook_id),
    )


def replay_one(
    audience: AudienceRoutes, request: Request, webhook_id: str, delivery_id: str
) -> Reply:
    return _once(
        audience,
        request,
        ["replay", webhook_id, delivery_id],
        lambda context: webhooks.replay_one(context, webhook_id, delivery_id),
    )
