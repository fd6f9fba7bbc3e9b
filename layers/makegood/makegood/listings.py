"""Lists of inquiries and actions: filters, newest first, page after page.

A list is read along an index of keys that never change, so pages neither lose nor repeat anything
while items arrive. Filters on what does change are applied item by item on the way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, cast

from makegood import calendar, forms, paging
from makegood.actions import Action, ActionState, ActionUpdate, wire_state
from makegood.directory import Campaign, Role
from makegood.forms import Form
from makegood.inquiries import Inquiry, InquiryState
from makegood.paging import Asked
from makegood.problems import Malformed, NotFound
from makegood.store import Store
from makegood.uploads import Upload
from makegood.wire import Reply, Request
from makegood.wire_objects import (
    action_for_advertiser,
    action_for_partner,
    inquiry_for_advertiser,
    inquiry_for_partner,
    update_for_advertiser,
    update_for_partner,
)

READ_MAX = 500
KEYS_MAX = 5_000
IDS = {
    "inquiries": "inquiry_ids",
    "actions": "action_ids",
    "updates": "update_ids",
    "uploads": "upload_ids",
    "entries": "entry_ids",
}
"""What reads the ids of each kind of thing."""

UTC = calendar.zone("UTC")
Thing = Inquiry | Action | ActionUpdate
Listed = Thing | Upload
Matches = Callable[[Any], bool]
Placed = tuple[str, Listed]
"""A thing and its position in the list."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, half-open at its end; an absent side is open."""

    low: datetime | None
    high: datetime | None

    def holds(self, at: datetime) -> bool:
        return (self.low is None or self.low <= at) and (self.high is None or at < self.high)

    @property
    def is_open(self) -> bool:
        return self.low is None and self.high is None

    @property
    def is_empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low >= self.high


@dataclass(frozen=True, slots=True)
class Page:
    """Some things in a row, whether anything follows them, and how many there are in all."""

    found: list[Placed]
    follows: bool
    total: int

    @property
    def positions(self) -> list[str]:
        return [position for position, _ in self.found]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: along which index, created when, and which of it."""

    store: Store
    kind: str
    index: str
    owner_id: str
    created: Span
    tests: tuple[Matches, ...]

    def _keys(self, after: str | None, limit: int) -> tuple[list[str], str | None]:
        if self.created.is_empty or self._is_past(after):
            return [], None
        read = getattr(self.store, IDS[self.kind])
        return read(self.index, self.owner_id, self.created.low, self._before(), after, limit)

    def _is_past(self, after: str | None) -> bool:
        """Whether a position lies before everything that is asked for."""
        low = self.created.low
        return after is not None and low is not None and after < self.store.position(low, "")

    def _before(self) -> datetime | None:
        """Index ranges include their end; a span does not."""
        return None if self.created.high is None else self.created.high - calendar.MILLISECOND

    def _things(self, ids: list[str]) -> Mapping[str, Listed]:
        return getattr(self.store, self.kind)(ids)

    def _position(self, thing_id: str, thing: Any) -> str:
        return self.store.position(thing.created_at, thing_id)

    def walk(self, after: str | None, limit: int) -> Iterator[Placed]:
        """Everything that matches after a position, newest first, read `limit` at a time."""
        while True:
            ids, following = self._keys(after, min(limit, READ_MAX))
            things = self._things(ids)
            for each in ids:
                thing = things.get(each)
                if thing is not None and all(test(thing) for test in self.tests):
                    yield self._position(each, thing), thing
            if following is None:
                return
            after = following

    def _count(self) -> int:
        """How many there are, by keys alone."""
        if self.created.is_empty:
            return 0
        count = getattr(self.store, f"count_{self.kind}")
        return count(self.index, self.owner_id, self.created.low, self._before())

    def _beginning(self, asked: Asked) -> tuple[str | None, int]:
        """Where to read on from, and how much to pass over from there.

        A cursor says it. A page that is asked for by number alone is walked to: by keys, unless
        there are tests to make on the way.
        """
        if asked.cursor is not None:
            return asked.cursor.after, 0
        after, left = None, asked.start
        while left and not self.tests:
            ids, following = self._keys(after, min(left, KEYS_MAX))
            if following is None:
                break
            after, left = following, left - len(ids)
        return after, left

    def page(self, asked: Asked, counted: bool = True) -> Page:
        """One page. The total is the cursor's; without one it is counted, in the same walk if
        there are tests to make.
        """
        after, left = self._beginning(asked)
        walked = self.walk(after, READ_MAX if self.tests else left + asked.size + 2)
        passed_count = sum(1 for _ in islice(walked, left))
        found = list(islice(walked, asked.size + 1))
        if asked.cursor is not None:
            total = asked.cursor.total
        elif not counted:
            total = 0
        elif self.tests:
            total = passed_count + len(found) + sum(1 for _ in walked)
        else:
            total = self._count()
        return Page(found[: asked.size], len(found) > asked.size, total)


def _campaign(store: Store, request: Request) -> Campaign | None:
    """The campaign that is asked about; an advertiser has to name one, and only its own.

    For a partner it is a filter like any other: nobody learns which campaigns there are.
    """
    advertiser = request.caller.role is Role.ADVERTISER
    if not advertiser and not request.query.get("CampaignId", "").strip():
        return None
    campaign_id = forms.campaign_id(request.query)
    campaign = store.campaigns([campaign_id]).get(campaign_id)
    if advertiser and (campaign is None or campaign.advertiser_id != request.caller.account_id):
        raise NotFound("There is no such campaign in this account; check CampaignId")
    return campaign


def span(form: Form, start: str, end: str) -> Span:
    return Span(form.date(start), form.date(end))


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


def _equals(request: Request, **readers: Callable[[Any], str]) -> Iterator[Matches]:
    """Tests of equality for the parameters that were given."""
    for name, read in readers.items():
        wanted = request.query.get(name, "").strip()
        if wanted:
            yield lambda thing, read=read, wanted=wanted: read(thing) == wanted


def _within(*spans: tuple[Span, Callable[[Any], datetime]]) -> Iterator[Matches]:
    """Tests of time for the spans that have an end."""
    for span, read in spans:
        if not span.is_open:
            yield lambda thing, span=span, read=read: span.holds(read(thing))


def _owner(request: Request) -> tuple[str, str, tuple[Matches, ...]]:
    """The index and owner to list along, and what else the owner asks."""
    campaign_id = request.query.get("CampaignId", "").strip()
    if request.caller.role is Role.ADVERTISER:
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
    form.done()
    index, owner_id, tests = _owner(request)
    equal = _equals(
        request,
        MediaPartnerId=lambda each: each.partner_id,
        OrderId=lambda each: each.claim.order_id,
        MediaPartnerInquiryId=lambda each: each.claim.partner_reference,
        CustomerId=lambda each: each.claim.customer_id,
    )
    within = _within((ordered, lambda each: each.claim.ordered_at))
    if state:
        tests = (*tests, lambda each: each.state == state)
    return Listing(store, "inquiries", index, owner_id, created, (*tests, *equal, *within))


def action_listing(store: Store, request: Request) -> Listing:
    """What a list of actions is asked for; raises `Invalid` with every parameter at fault."""
    form = _form(request, _campaign(store, request))
    changed = span(form, "StartDate", "EndDate")
    happened = span(form, "ActionDateStart", "ActionDateEnd")
    locking = span(form, "LockingDateStart", "LockingDateEnd")
    state = _choice(form, "State", ActionState)
    awaiting = form.read("AwaitingApproval", _switch) or False
    form.done()
    index, owner_id, tests = _owner(request)
    if awaiting and index == "by_campaign":
        index = "by_approval"
    elif awaiting:
        tests = (*tests, lambda each: each.awaits_approval)
    equal = _equals(request, OrderId=lambda each: each.order.order_id)
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


def _shown(store: Store, request: Request, things: list[Any]) -> list[dict[str, Any]]:
    """Things as the caller may see them."""
    campaigns = store.campaigns({each.campaign_id for each in things})
    if request.caller.role is Role.PARTNER:
        show = inquiry_for_partner if things and isinstance(things[0], Inquiry) else None
        show = show or action_for_partner
        return [show(each, campaigns[each.campaign_id]) for each in things]
    names = partner_names(store, things)
    shown = (
        inquiry_for_advertiser
        if things and isinstance(things[0], Inquiry)
        else action_for_advertiser
    )
    return [
        shown(each, campaigns[each.campaign_id], names.get(each.partner_id, "")) for each in things
    ]


def partner_names(store: Store, things: list[Any]) -> dict[str, str]:
    """What the partners of these things are called."""
    partners = store.partners({each.partner_id for each in things})
    return {partner_id: partner.name for partner_id, partner in partners.items()}


def _reply(store: Store, request: Request, key: str, listing: Listing) -> Reply:
    asked = paging.asked(request)
    page = listing.page(asked)
    shown = _shown(store, request, [thing for _, thing in page.found])
    return paging.reply(key, shown, request, asked, page.total, page.positions, page.follows)


def inquiries(store: Store, request: Request) -> Reply:
    """A page of inquiries."""
    return _reply(store, request, "ActionInquiries", inquiry_listing(store, request))


def actions(store: Store, request: Request) -> Reply:
    """A page of actions."""
    return _reply(store, request, "Actions", action_listing(store, request))


def updates(store: Store, request: Request, now: datetime) -> Reply:
    """A page of changes of actions."""
    listing, asked = update_listing(store, request), paging.asked(request)
    page = listing.page(asked)
    shown = _shown_updates(store, request, [thing for _, thing in page.found], now)
    return paging.reply(
        "ActionUpdates", shown, request, asked, page.total, page.positions, page.follows
    )


def inquiry(store: Store, request: Request, inquiry_id: str) -> Reply:
    """One inquiry of the caller's own."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    _check_own(request, found, found.advertiser_id if found else "")
    return Reply(_shown(store, request, [found])[0])


def action(store: Store, request: Request, action_id: str) -> Reply:
    """One action of the caller's own."""
    return Reply(_shown(store, request, [own_action(store, request, action_id)])[0])


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
