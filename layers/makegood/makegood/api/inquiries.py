"""Inquiries by HTTP: listed, and one by one.

An advertiser may ask for those that somebody has to decide in the order of their deadlines, and for
what a list adds up to.
"""

from typing import Any, NamedTuple

from makegood.api import filters, listing, ownership, parties
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.pagination import NOTHING
from makegood.api.presenters import inquiry_for_advertiser, inquiry_for_partner
from makegood.domain.inquiries import LIVE, InquiryState, InquiryType
from makegood.domain.money import parse_currency
from makegood.domain.parties import Role
from makegood.domain.problems import Malformed, Unavailable
from makegood.forms.reading import Form
from makegood.store.selection import Selection
from makegood.store.store import Store


class Asked(NamedTuple):
    """What is asked for, as indexes know it; the tests that all of it passes; and whether it is
    added up, and counted.
    """

    selection: Selection
    tests: tuple[Matches, ...]
    totals: bool = False
    counted: bool = True


def inquiries(store: Store, request: Request) -> Reply:
    """A page of inquiries; with `Totals=true` what all of them add up to besides, and with
    `Count=false` sooner, since nobody counts them.
    """
    asked = _asked_for(store, request)
    found = _listing(store, asked)
    beside = NOTHING
    if asked.totals:
        from makegood.api import totals

        beside = totals.beside(store, asked.selection, found)
    return listing.reply(
        request,
        "ActionInquiries",
        found,
        lambda each: _shown(store, request, each),
        beside,
        asked.counted,
    )


def inquiry(store: Store, request: Request, inquiry_id: str) -> Reply:
    """One inquiry of the caller's own."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    ownership.check_own(request, found, found.advertiser_id if found else "")
    return Reply(_shown(store, request, [found])[0])


def inquiry_listing(store: Store, request: Request, default_state: str = "") -> listing.Listing:
    """The list that the parameters ask for; raises `Invalid` with every parameter at fault."""
    return _listing(store, _asked_for(store, request, default_state))


def _listing(store: Store, asked: Asked) -> listing.Listing:
    selection = asked.selection
    if selection.by_deadline and not store.has_deadlines():
        raise Unavailable(NO_DEADLINES, code="sort_not_ready")
    return listing.Listing(store, store.list_plan(selection), "inquiries", asked.tests)


NO_DEADLINES = (
    "Inquiries are not listed by deadline yet: the operator's migration of them is under way; "
    "leave Sort out until then"
)


def _sorted_by_deadline(form: Form, state: str) -> bool:
    """Whether the earliest deadline comes first: of what somebody has to decide."""
    if not form.read("Sort", _deadline):
        return False
    if state and state not in LIVE:
        open_states = " or ".join(sorted(LIVE))
        message = f"Only what is open has a deadline: give ResolutionStatus {open_states}, or none"
        form.fault("Sort", message, "sort_of_decided")
    return True


def _deadline(text: str) -> bool:
    if text.casefold() != "deadline":
        raise Malformed("unknown_sort", "Give Deadline, or leave it out for the newest first")
    return True


def _asked_for(store: Store, request: Request, default_state: str = "") -> Asked:
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
    is_advertisers = request.caller.role is Role.ADVERTISER
    by_deadline = is_advertisers and _sorted_by_deadline(form, state)
    totals = is_advertisers and form.read("Totals", filters.switch)
    uncounted = is_advertisers and form.read("Count", filters.switch) is False
    form.done()
    within = filters.within(
        (created, lambda each: each.created_at),
        (ordered, lambda each: each.claim.ordered_at),
        (happened, lambda each: each.claim.ordered_at),
    )
    tests = [*ownership.own(request), *unlisted, *equal, *within]
    if state:
        tests.append(lambda each: each.state == state)
    if by_deadline:
        tests.append(lambda each: each.is_live)
    if inquiry_type:
        tests.append(lambda each: each.claim.inquiry_type == inquiry_type)
    if currency:
        tests.append(lambda each: each.claim.order_amount.currency == currency)
    is_open = state in LIVE and is_advertisers
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
        by_deadline=by_deadline,
        more=bool(unlisted) or bool(state and not is_open),
    )
    return Asked(selection, tuple(tests), bool(totals), counted=not uncounted)


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
