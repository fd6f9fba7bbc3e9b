"""Lists of inquiries and actions: filters, newest first, page after page.

A list is read along an index of keys that never change, so pages neither lose nor repeat anything
while items arrive. Filters on what does change are applied item by item on the way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from makegood import calendar, paging, tabular
from makegood.actions import Action, wire_state
from makegood.directory import Campaign, Role
from makegood.inquiries import Inquiry
from makegood.problems import Fault, Invalid, Malformed, NotFound
from makegood.store import Store
from makegood.wire import Reply, Request
from makegood.wire_objects import (
    RESOLUTION_HEADER,
    action_for_advertiser,
    action_for_partner,
    inquiry_for_advertiser,
    inquiry_for_partner,
    resolution_row,
)

READ_MAX = 500
UTC = calendar.zone("UTC")
Thing = Inquiry | Action
Matches = Callable[[Any], bool]


def _date(request: Request, name: str, zone: ZoneInfo) -> datetime | None:
    text = request.query.get(name, "").strip()
    if not text:
        return None
    try:
        return calendar.parse_instant(text, zone)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed


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


def _span(request: Request, prefix: str, zone: ZoneInfo, suffixed: bool) -> Span:
    """`StartDate`/`EndDate`, or with a prefix `ActionDateStart`/`ActionDateEnd`."""
    names = (f"{prefix}Start", f"{prefix}End") if suffixed else ("StartDate", "EndDate")
    return Span(_date(request, names[0], zone), _date(request, names[1], zone))


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
        read = self.store.inquiry_ids if self.kind == "inquiries" else self.store.action_ids
        return read(self.index, self.owner_id, self.created.low, self._before(), after, limit)

    def _before(self) -> datetime | None:
        """Index ranges include their end; a span does not."""
        return None if self.created.high is None else self.created.high - calendar.MILLISECOND

    def _things(self, ids: list[str]) -> Mapping[str, Thing]:
        return self.store.inquiries(ids) if self.kind == "inquiries" else self.store.actions(ids)

    def walk(self, after: str | None) -> Iterator[tuple[str, Thing]]:
        """Everything that matches after a position, newest first, each with its own position."""
        while True:
            ids, following = self._keys(after, READ_MAX)
            things = self._things(ids)
            for each in ids:
                thing = things.get(each)
                if thing is not None and all(test(thing) for test in self.tests):
                    yield self.store.position(thing.created_at, each), thing
            if following is None:
                return
            after = following

    def count(self) -> int:
        """How many there are; by keys alone when nothing else is asked of them."""
        if self.tests:
            return sum(1 for _ in self.walk(None))
        count = self.store.count_inquiries if self.kind == "inquiries" else self.store.count_actions
        return count(self.index, self.owner_id, self.created.low, self._before())

    def page(self, asked: paging.Asked) -> tuple[list[Thing], int, str | None]:
        """One page, the total, and the position after it; without a cursor it is walked to."""
        total = asked.cursor.total if asked.cursor else self.count()
        skipped = 0 if asked.cursor else asked.start
        after = asked.cursor.after if asked.cursor else None
        found = list(islice(self.walk(after), skipped, skipped + asked.size + 1))
        shown = found[: asked.size]
        position = shown[-1][0] if len(found) > asked.size else None
        return [thing for _, thing in shown], total, position


def _campaign(store: Store, request: Request) -> Campaign | None:
    """The campaign that is asked about; an advertiser has to name one, and only its own."""
    campaign_id = request.query.get("CampaignId", "").strip()
    advertiser = request.caller.role is Role.ADVERTISER
    if not campaign_id:
        if advertiser:
            raise Invalid(faults=(Fault("CampaignId", "Required", "required"),))
        return None
    campaign = store.campaigns([campaign_id]).get(campaign_id)
    if campaign is None or (advertiser and campaign.advertiser_id != request.caller.account_id):
        raise NotFound("There is no such campaign in this account; check CampaignId")
    return campaign


def _equals(request: Request, **readers: Callable[[Any], str]) -> Iterator[Matches]:
    """Tests of equality for the parameters that were given."""
    for name, read in readers.items():
        wanted = request.query.get(name, "").strip()
        if wanted:
            yield lambda thing, read=read, wanted=wanted: read(thing) == wanted


def _owner(request: Request, campaign: Campaign | None) -> tuple[str, str, tuple[Matches, ...]]:
    """The index and owner to list along, and what else the owner asks."""
    if request.caller.role is Role.ADVERTISER and campaign is not None:
        return "by_campaign", campaign.campaign_id, ()
    own = request.caller.account_id
    if campaign is None:
        return "by_partner", own, ()
    return "by_partner", own, (lambda thing: thing.campaign_id == campaign.campaign_id,)


def inquiry_listing(store: Store, request: Request, default_state: str = "") -> Listing:
    campaign = _campaign(store, request)
    zone = campaign.zone if campaign else UTC
    index, owner_id, tests = _owner(request, campaign)
    ordered = _span(request, "TransactionDate", zone, suffixed=True)
    equal = _equals(
        request,
        MediaPartnerId=lambda each: each.partner_id,
        OrderId=lambda each: each.claim.order_id,
        MediaPartnerInquiryId=lambda each: each.claim.partner_reference,
        CustomerId=lambda each: each.claim.customer_id,
    )
    tests = (*tests, *equal)
    state = request.query.get("ResolutionStatus", "").strip().upper() or default_state
    if state:
        tests = (*tests, lambda each: each.state == state)
    if not ordered.is_open:
        tests = (*tests, lambda each: ordered.holds(each.claim.ordered_at))
    created = _span(request, "", zone, suffixed=False)
    return Listing(store, "inquiries", index, owner_id, created, tests)


def action_listing(store: Store, request: Request) -> Listing:
    campaign = _campaign(store, request)
    zone = campaign.zone if campaign else UTC
    index, owner_id, tests = _owner(request, campaign)
    spans = (
        (_span(request, "", zone, suffixed=False), lambda each: each.changed_at),
        (_span(request, "ActionDate", zone, suffixed=True), lambda each: each.event_at),
        (_span(request, "LockingDate", zone, suffixed=True), lambda each: each.locks_at),
    )
    for span, read in spans:
        if not span.is_open:
            tests = (*tests, lambda each, span=span, read=read: span.holds(read(each)))
    equal = _equals(
        request,
        State=lambda each: wire_state(each.state),
        OrderId=lambda each: each.order.order_id,
    )
    return Listing(store, "actions", index, owner_id, Span(None, None), (*tests, *equal))


def _shown(store: Store, request: Request, things: list[Any]) -> list[dict[str, Any]]:
    """Things as the caller may see them."""
    campaigns = store.campaigns({each.campaign_id for each in things})
    if request.caller.role is Role.PARTNER:
        show = inquiry_for_partner if things and isinstance(things[0], Inquiry) else None
        show = show or action_for_partner
        return [show(each, campaigns[each.campaign_id]) for each in things]
    partners = store.partners({each.partner_id for each in things})
    names = {partner_id: partner.name for partner_id, partner in partners.items()}
    shown = (
        inquiry_for_advertiser
        if things and isinstance(things[0], Inquiry)
        else action_for_advertiser
    )
    return [
        shown(each, campaigns[each.campaign_id], names.get(each.partner_id, "")) for each in things
    ]


def _reply(store: Store, request: Request, key: str, listing: Listing) -> Reply:
    asked = paging.asked(request)
    things, total, position = listing.page(asked)
    shown = _shown(store, request, things)
    return Reply(paging.envelope(key, shown, request, asked, total, position))


def inquiries(store: Store, request: Request) -> Reply:
    """A page of inquiries; as a table of the undecided ones when `.csv` is asked for."""
    if request.suffix == "csv" and request.caller.role is Role.ADVERTISER:
        return _undecided(store, request)
    return _reply(store, request, "ActionInquiries", inquiry_listing(store, request))


def actions(store: Store, request: Request) -> Reply:
    """A page of actions."""
    return _reply(store, request, "Actions", action_listing(store, request))


def _undecided(store: Store, request: Request) -> Reply:
    """A page in the resolutions format; the next page's URI is in the Link header."""
    listing = inquiry_listing(store, request, default_state="UNRESOLVED")
    asked = paging.asked(request)
    things, total, position = listing.page(asked)
    campaigns = store.campaigns({each.campaign_id for each in things})
    partners = store.partners({each.partner_id for each in things})
    rows = [
        resolution_row(each, campaigns[each.campaign_id], partners[each.partner_id].name)
        for each in things
        if isinstance(each, Inquiry)
    ]
    following = paging.envelope("", (), request, asked, total, position)["@nextpageuri"]
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return Reply(tabular.render([RESOLUTION_HEADER, *rows]).decode(), headers=headers)


def inquiry(store: Store, request: Request, inquiry_id: str) -> Reply:
    """One inquiry of the caller's own."""
    found = store.inquiries([inquiry_id]).get(inquiry_id)
    return _one(store, request, found, found.advertiser_id if found else "")


def action(store: Store, request: Request, action_id: str) -> Reply:
    """One action of the caller's own."""
    found = store.actions([action_id]).get(action_id)
    return _one(store, request, found, found.advertiser_id if found else "")


def _one(store: Store, request: Request, found: Thing | None, advertiser_id: str) -> Reply:
    if found is None:
        raise NotFound
    owner = advertiser_id if request.caller.role is Role.ADVERTISER else found.partner_id
    if owner != request.caller.account_id:
        raise NotFound
    return Reply(_shown(store, request, [found])[0])
