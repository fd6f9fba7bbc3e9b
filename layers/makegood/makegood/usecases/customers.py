"""Counting partners' customers (`domain.claim_counts`), for advertisers that have given orders."""

from collections.abc import Iterable

from makegood.domain import claim_counts
from makegood.domain.actions import Action
from makegood.domain.claim_counts import Customer
from makegood.domain.inquiries import Inquiry
from makegood.domain.outcome import NOTHING, Outcome
from makegood.store.work_store import WorkStore
from makegood.usecases.view import View

Met = tuple[str, str, str]
"""A campaign, a partner and a customer's id, which may be blank."""


def load(store: WorkStore, view: View, advertiser_id: str, met: Iterable[Met]) -> None:
    """Names of these customers, and what is counted of them."""
    known = [each for each in met if each[2]]
    names = store.customer_names(advertiser_id, {each[2] for each in known})
    new = {e: Customer(e[0], e[1], names[e[2]]) for e in known if e[2] in names}
    view.customers |= new
    if new:
        view.tallies |= store.tallies(claim_counts.wanted(new.values()))


def claimed(inquiry: Inquiry, view: View) -> Outcome:
    """What a claim that is filed counts for."""
    claim = inquiry.claim
    customer = view.customers.get((claim.campaign_id, claim.partner_id, claim.customer_id))
    if customer is None:
        return NOTHING
    return Outcome(tallies=claim_counts.claimed(customer, claim.order_amount, view.tallies))


def tracked(action: Action, view: View) -> Outcome:
    """What an order that is tracked counts for."""
    met = action.campaign_id, action.partner_id, action.order.customer_id
    customer = view.customers.get(met)
    if customer is None:
        return NOTHING
    return Outcome(tallies=claim_counts.tracked(customer, view.tallies))
