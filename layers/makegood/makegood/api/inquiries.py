"""Inquiries by HTTP: listed, and one by one."""

from typing import Any

from makegood.api import filters, listing, ownership, parties
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.presenters import inquiry_for_advertiser, inquiry_for_partner
from makegood.domain.inquiries import LIVE, InquiryState
from makegood.domain.parties import Role
from makegood.store.indexes import StoredList
from makegood.store.store import Store


def inquiries(store: Store, request: Request) -> Reply:
    """A page of inquiries."""
    return listing.reply(
        request,
        "ActionInquiries",
        inquiry_listing(store, request),
        lambda found: _shown(store, request, found),
    )


def inquiry(store: Store, request: Request, inquiry_id: str) -> Reply:
    """One inquiry of the caller's own."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    ownership.check_own(request, found, found.advertiser_id if found else "")
    return Reply(_shown(store, request, [found])[0])


def inquiry_listing(store: Store, request: Request, default_state: str = "") -> listing.Listing:
    """The list that the parameters ask for; raises `Invalid` with every parameter at fault."""
    form = filters.form_of(request.query, ownership.asked_campaign(store, request))
    created = filters.span(form, "StartDate", "EndDate")
    ordered = filters.span(form, "TransactionDateStart", "TransactionDateEnd")
    happened = filters.span(form, "ActionDateStart", "ActionDateEnd")
    state = filters.state_of(form, "ResolutionStatus", InquiryState) or default_state
    equal = filters.equal_to(
        form,
        MediaPartnerId=lambda each: each.partner_id,
        OrderId=lambda each: each.claim.order_id,
        MediaPartnerInquiryId=lambda each: each.claim.partner_reference,
        CustomerId=lambda each: each.claim.customer_id,
    )
    form.done()
    order_id = form.text("OrderId")
    stored, tests = ownership.own_list("inquiries", request, order_id)
    in_state: tuple[Matches, ...] = (lambda each: each.state == state,) if state else ()
    checks: tuple[Matches, ...] = ()
    if stored.is_of_campaign and state in LIVE:
        stored = StoredList.open_inquiries(stored.owner, state)
        in_state, checks = (), in_state
    within = filters.within(
        (ordered, lambda each: each.claim.ordered_at),
        (happened, lambda each: each.claim.ordered_at),
    )
    every = (*tests, *in_state, *equal, *within)
    return listing.Listing(store, stored, created, every, checks=checks)


def _shown(store: Store, request: Request, found: list[Any]) -> list[dict[str, Any]]:
    """Inquiries as the caller may see them."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    if request.caller.role is Role.PARTNER:
        return [inquiry_for_partner(each, campaigns[each.campaign_id]) for each in found]
    names = parties.partner_names(store, found)
    return [
        inquiry_for_advertiser(each, campaigns[each.campaign_id], names.get(each.partner_id, ""))
        for each in found
    ]
