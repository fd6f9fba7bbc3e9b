"""Inquiries by HTTP: listed, and one by one."""

from typing import Any

from makegood.api import filters, listing, ownership, parties
from makegood.api.http import Reply, Request
from makegood.api.presenters import inquiry_for_advertiser, inquiry_for_partner
from makegood.domain.inquiries import LIVE, InquiryState, InquiryType
from makegood.domain.money import parse_currency
from makegood.domain.parties import Role
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
    inquiry_type = filters.state_of(form, "InquiryType", InquiryType)
    currency = form.read("Currency", parse_currency) or ""
    unlisted = filters.equal_to(
        form,
        MediaPartnerInquiryId=lambda each: each.claim.partner_reference,
        CustomerId=lambda each: each.claim.customer_id,
    )
    equal = filters.equal_to(
        form,
        MediaPartnerId=lambda each: each.partner_id,
        OrderId=lambda each: each.claim.order_id,
    )
    form.done()
    within = filters.within(
        (created, lambda each: each.created_at),
        (ordered, lambda each: each.claim.ordered_at),
        (happened, lambda each: each.claim.ordered_at),
    )
    tests = [*ownership.own(request), *unlisted, *equal, *within]
    if state:
        tests.append(lambda each: each.state == state)
    if inquiry_type:
        tests.append(lambda each: each.claim.inquiry_type == inquiry_type)
    if currency:
        tests.append(lambda each: each.claim.order_amount.currency == currency)
    is_open = state in LIVE and request.caller.role is Role.ADVERTISER
    selection = ownership.selection(
        "inquiries",
        store,
        request,
        about=form.text("OrderId"),
        by_partner=form.text("MediaPartnerId"),
        inquiry_type=inquiry_type,
        currency=currency,
        created=created,
        happened=ordered.within(happened.low, happened.high),
        open_state=state if is_open else "",
        more=bool(unlisted) or bool(state and not is_open),
    )
    return listing.Listing(store, store.list_plan(selection), "inquiries", tuple(tests))


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
