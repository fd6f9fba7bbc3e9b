"""What answers requests about a shop's orders, and about claims that are held against them.

It is imported with the first of these requests.
"""

from makegood.api import inquiries, order_proposals, orders, verifications
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes
from makegood.domain.problems import TooManyRequests
from makegood.forms import checks


def put_order(audience: AudienceRoutes, request: Request, order_id: str) -> Reply:
    return orders.put(audience.context(request), audience.chunks, request, order_id)


def decide_proposal(audience: AudienceRoutes, request: Request, proposal_id: str) -> Reply:
    """Answers with the proposal as it is then."""
    context = audience.context(request)
    order_proposals.decide(context, request, proposal_id)
    return order_proposals.proposal(audience.store, request, proposal_id, context.now)


def verify(audience: AudienceRoutes, request: Request, inquiry_id: str) -> Reply:
    """Answers with the inquiry as it is then; a body says nothing."""
    verifications.verify(audience.context(request), inquiry_id)
    return inquiries.inquiry(audience.store, request, inquiry_id)


def check(audience: AudienceRoutes, request: Request) -> Reply:
    """Each claim counts as a request; the first has been counted."""
    asked, caller = checks.read(request.fields), request.caller
    more = min(len(asked), caller.allowance.burst) - 1
    rate = audience.api.take_from_bucket(caller, more) if more else None
    if rate and rate.wait_seconds:
        raise TooManyRequests(rate.wait_seconds)
    return verifications.check(audience.context(request), asked)
