"""What answers requests about policies and backtests; imported with the first of them."""

from makegood.api import backtests, ownership, policies
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.forms import fields, reading


def order_backtest(audience: AudienceRoutes, request: Request) -> Reply:
    fields.check_known(request.fields, fields.BACKTEST_FIELDS)
    campaign_id = reading.campaign_id(request.fields)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    context, backtest_id = audience.context(request), audience.new_id()
    asked = audience.chunks, backtest_id, campaign, request.fields
    ordered = backtests.order(context, *asked)
    return Reply({"Status": "QUEUED", "QueuedUri": backtests.uri_of(ordered)})


def backtest(audience: AudienceRoutes, request: Request, backtest_id: str) -> Reply:
    return Reply(backtests.show(audience.context(request), audience.results, backtest_id))


def make(audience: AudienceRoutes, request: Request, campaign_id: str) -> Reply:
    fields.check_known(request.fields, fields.POLICY_FIELDS)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    number = policies.make(audience.context(request), campaign, request.fields)
    uri = policies.uri_of(campaign, number)
    return Reply({"Status": "OK", "Uri": uri, "Version": str(number), "State": "DRAFT"})


def choose(audience: AudienceRoutes, request: Request, campaign_id: str, version: str) -> Reply:
    fields.check_known(request.fields, fields.POLICY_STATE_FIELDS)
    campaign = ownership.own_campaign(audience.store, request, campaign_id)
    policies.choose(audience.context(request), campaign, version, request.fields)
    return policies.policy(audience.store, request, campaign_id, version)
