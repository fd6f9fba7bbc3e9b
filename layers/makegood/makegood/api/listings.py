"""Lists of inquiries and actions: filters, newest first, page after page.

What is asked for becomes a `Listing`, which is read page by page; what it answers depends on who
asks.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from makegood.api import pagination
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing, Matches, Span, Thing
from makegood.api.presenters import (
    action_for_advertiser,
    action_for_partner,
    inquiry_for_advertiser,
    inquiry_for_partner,
    update_for_advertiser,
    update_for_partner,
)
from makegood.domain import calendar, texts
from makegood.domain.actions import Action, ActionState, wire_state
from makegood.domain.inquiries import LIVE, InquiryState
from makegood.domain.parties import Campaign, Role, own_campaign
from makegood.domain.problems import Malformed, NotFound
from makegood.forms import forms
from makegood.forms.forms import Form
from makegood.store.indexes import open_name, order_name
from makegood.store.store import Store

UTC = calendar.zone("UTC")

Show = Callable[[list[Any]], list[dict[str, Any]]]
"""Things as the caller may see them."""


def _campaign(store: Store, request: Request) -> Campaign | None:
    """The campaign that is asked about; an advertiser has to name one, and only its own.

    For a partner it is a filter like any other: nobody learns which campaigns there are.
    """
    advertiser = request.caller.role is Role.ADVERTISER
    if not advertiser and not texts.trimmed(request.query.get("CampaignId", "")):
        return None
    campaign_id = forms.campaign_id(request.query)
    campaign = store.campaigns([campaign_id]).get(campaign_id)
    return own_campaign(campaign, request.caller.account_id) if advertiser else campaign


def span(form: Form, start: str, end: str) -> Span:
    """The time from a date or an instant to another one; both are in it."""
    return Span(form.date(start), form.end(end))


def _choice(form: Form, name: str, known: type[StrEnum]) -> str:
    """One of a lifecycle's states as the wire calls them, in any case; blank is any."""

    def parse(text: str) -> str:
        states = dict.fromkeys(
            wire_state(each) if isinstance(each, ActionState) else str(each) for each in known
        )
        if text.upper() not in states:
            raise Malformed("unknown_state", f"Not a state; give one of {', '.join(states)}")
        return text.upper()

    return form.read(name, parse) or ""


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Malformed("not_a_switch", "true or false")
    return text.lower() == "true"


def _equals(form: Form, **readers: Callable[[Any], str]) -> tuple[Matches, ...]:
    """Tests of equality for the parameters that were given, each read as such a text is stored."""
    given = [(read, wanted) for name, read in readers.items() if (wanted := form.text(name))]
    return tuple(
        lambda thing, read=read, wanted=wanted: read(thing) == wanted for read, wanted in given
    )


def _within(*spans: tuple[Span, Callable[[Any], datetime]]) -> Iterator[Matches]:
    """Tests of time for the spans that have an end."""
    for span, read in spans:
        if not span.is_open:
            yield lambda thing, span=span, read=read: span.holds(read(thing))


def _owner(request: Request, order_id: str = "") -> tuple[str, str, tuple[Matches, ...]]:
    """The index and owner to list along, of one order if it is named, and what else they ask."""
    campaign_id = texts.trimmed(request.query.get("CampaignId", ""))
    if request.caller.role is Role.ADVERTISER:
        if order_id:
            return "by_order", order_name(campaign_id, order_id), ()
        return "by_campaign", campaign_id, ()
    partner_id = request.caller.account_id
    if not campaign_id:
        return "by_partner", partner_id, ()
    return "by_partner", partner_id, (lambda thing: thing.campaign_id == campaign_id,)


def _form(request: Request, campaign: Campaign | None) -> Form:
    """The parameters; dates without an offset are the campaign's, or UTC where there is none."""
    return Form(request.query, campaign.zone if campaign else UTC, "")


def inquiry_listing(store: Store, request: Request, default_state: str = "") -> Listing:
    """What a list of inquiries is asked for; raises `Invalid` with every parameter at fault."""
    form = _form(request, _campaign(store, request))
    created = span(form, "StartDate", "EndDate")
    ordered = span(form, "TransactionDateStart", "TransactionDateEnd")
    state = _choice(form, "ResolutionStatus", InquiryState) or default_state
    equal = _equals(
        form,
        MediaPartnerId=lambda each: each.partner_id,
        OrderId=lambda each: each.claim.order_id,
        MediaPartnerInquiryId=lambda each: each.claim.partner_reference,
        CustomerId=lambda each: each.claim.customer_id,
    )
    form.done()
    order_id = form.text("OrderId")
    index, owner_id, tests = _owner(request, order_id)
    in_state: tuple[Matches, ...] = (lambda each: each.state == state,) if state else ()
    checks: tuple[Matches, ...] = ()
    if index == "by_campaign" and state in LIVE:
        index, owner_id = "by_open", open_name(owner_id, state)
        in_state, checks = (), in_state
    within = _within((ordered, lambda each: each.claim.ordered_at))
    every = (*tests, *in_state, *equal, *within)
    return Listing(store, "inquiries", index, owner_id, created, every, checks=checks)


def action_listing(store: Store, request: Request) -> Listing:
    """What a list of actions is asked for; raises `Invalid` with every parameter at fault."""
    form = _form(request, _campaign(store, request))
    changed = span(form, "StartDate", "EndDate")
    happened = span(form, "ActionDateStart", "ActionDateEnd")
    locking = span(form, "LockingDateStart", "LockingDateEnd")
    state = _choice(form, "State", ActionState)
    awaiting = form.read("AwaitingApproval", _switch) or False
    equal = _equals(form, OrderId=lambda each: each.order.order_id)
    form.done()
    order_id = form.text("OrderId")
    index, owner_id, tests = _owner(request, order_id)
    if awaiting and index == "by_campaign":
        index = "by_approval"
    elif awaiting:
        tests = (*tests, lambda each: each.awaits_approval)
    within = _within(
        (changed, lambda each: each.changed_at or each.created_at),
        (happened, lambda each: each.event_at),
        (locking, lambda each: each.locks_at),
    )
    if state:
        tests = (*tests, lambda each: wire_state(each.state) == state)
    return Listing(store, "actions", index, owner_id, Span(None, None), (*tests, *equal, *within))


def update_listing(store: Store, request: Request) -> Listing:
    """What a list of changes of actions is asked for; its dates are those of the changes."""
    form = _form(request, _campaign(store, request))
    made = span(form, "StartDate", "EndDate")
    form.done()
    index, owner_id, tests = _owner(request)
    return Listing(store, "updates", index, owner_id, made, tests)


def _shown_updates(
    store: Store, request: Request, found: list[Any], now: datetime
) -> list[dict[str, Any]]:
    """Changes as the caller may see them, with what has become of their actions by now."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    held = store.actions(each.action_id for each in found)
    by_partner = request.caller.role is Role.PARTNER
    show = update_for_partner if by_partner else update_for_advertiser
    return [show(each, held[each.action_id], campaigns[each.campaign_id], now) for each in found]


def _shown_inquiries(store: Store, request: Request, found: list[Any]) -> list[dict[str, Any]]:
    """Inquiries as the caller may see them."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    if request.caller.role is Role.PARTNER:
        return [inquiry_for_partner(each, campaigns[each.campaign_id]) for each in found]
    names = partner_names(store, found)
    return [
        inquiry_for_advertiser(each, campaigns[each.campaign_id], names.get(each.partner_id, ""))
        for each in found
    ]


def _shown_actions(
    store: Store, request: Request, found: list[Any], now: datetime
) -> list[dict[str, Any]]:
    """Actions as the caller may see them, and where their money is by now."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    if request.caller.role is Role.PARTNER:
        return [action_for_partner(each, campaigns[each.campaign_id], now) for each in found]
    names = partner_names(store, found)
    return [
        action_for_advertiser(
            each, campaigns[each.campaign_id], names.get(each.partner_id, ""), now
        )
        for each in found
    ]


def partner_names(store: Store, things: list[Any]) -> dict[str, str]:
    """What the partners of these things are called."""
    partners = store.partners({each.partner_id for each in things})
    return {partner_id: partner.name for partner_id, partner in partners.items()}


def _reply(request: Request, key: str, listing: Listing, show: Show) -> Reply:
    asked = pagination.asked(request)
    page = listing.page(asked)
    shown = show([thing for _, thing in page.found])
    return pagination.reply(key, shown, request, asked, page.total, page.positions, page.position)


def inquiries(store: Store, request: Request) -> Reply:
    """A page of inquiries."""
    return _reply(
        request,
        "ActionInquiries",
        inquiry_listing(store, request),
        lambda found: _shown_inquiries(store, request, found),
    )


def actions(store: Store, request: Request, now: datetime) -> Reply:
    """A page of actions."""
    return _reply(
        request,
        "Actions",
        action_listing(store, request),
        lambda found: _shown_actions(store, request, found, now),
    )


def updates(store: Store, request: Request, now: datetime) -> Reply:
    """A page of changes of actions."""
    return _reply(
        request,
        "ActionUpdates",
        update_listing(store, request),
        lambda found: _shown_updates(store, request, found, now),
    )


def inquiry(store: Store, request: Request, inquiry_id: str) -> Reply:
    """One inquiry of the caller's own."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    _check_own(request, found, found.advertiser_id if found else "")
    return Reply(_shown_inquiries(store, request, [found])[0])


def action(store: Store, request: Request, action_id: str, now: datetime) -> Reply:
    """One action of the caller's own."""
    return Reply(_shown_actions(store, request, [own_action(store, request, action_id)], now)[0])


def own_action(store: Store, request: Request, action_id: str) -> Action:
    """One action of the caller's own, whole."""
    found = store.actions([action_id]).get(action_id)
    _check_own(request, found, found.advertiser_id if found else "")
    return cast(Action, found)


def update(store: Store, request: Request, update_id: str, now: datetime) -> Reply:
    """One change of an action of the caller's own."""
    found = store.updates([update_id]).get(update_id)
    action = store.actions([found.action_id]).get(found.action_id) if found else None
    _check_own(request, found, action.advertiser_id if action else "")
    return Reply(_shown_updates(store, request, [found], now)[0])


def _check_own(request: Request, found: Thing | None, advertiser_id: str) -> None:
    """What is not the caller's own is not there."""
    if found is None:
        raise NotFound
    owner = advertiser_id if request.caller.role is Role.ADVERTISER else found.partner_id
    if owner != request.caller.account_id:
        raise NotFound
