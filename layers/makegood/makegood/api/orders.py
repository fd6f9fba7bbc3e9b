"""A shop's own orders by HTTP: one in, one by any of its ids, and those of some days.

They belong to the advertiser, and to none of its campaigns. A campaign that is named says in which
time zone dates are meant and shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from makegood.api import filters, listing, ownership, writes
from makegood.api.http import Reply, Request
from makegood.api.listing import COUNT_SECONDS, Listing, clock_of
from makegood.api.writes import RequestContext, Written
from makegood.aws.sqs import Queue
from makegood.domain import calendar, texts
from makegood.domain.kept_orders import KeptOrder, Taking
from makegood.domain.parties import Campaign, Role, account_path, own_campaign
from makegood.domain.problems import Conflict, Fault, Invalid, NotFound
from makegood.domain.shop_orders import ShopOrders
from makegood.domain.texts import ending_a_path
from makegood.domain.verification_walks import Look, Walk
from makegood.forms import fields
from makegood.forms.shop_orders import read_order
from makegood.store.indexes import id_at
from makegood.store.lists import Entry
from makegood.store.plans import Plan
from makegood.store.selection import Window
from makegood.store.store import Store

DAYS, DAYS_MAX = timedelta(days=30), timedelta(days=366)
"""How many days are listed where no start is given, and the most: each is a read of the index."""

SPARE_DAY = timedelta(days=1)
"""Where the shop is, an order's day may be the one before or after that in UTC."""

FIELDS = {
    "date": "OrderDate",
    "amount": "Amount",
    "state": "Status",
    "status": "ShopStatus",
    "refund": "RefundedAmount",
    "aliases": "Aliases",
}
"""What the fields of an order are called here, by their names in a difference."""


def put(context: RequestContext, chunks: Queue, request: Request, order_id: str) -> Reply:
    """Takes one order, which replaces what there is of it; answers what that changed.

    The open claims that name it are verified again; with the advertiser's first order, all are.
    """
    fields.check_known(request.fields, fields.ORDER_FIELDS, items=True)
    asked = {**request.fields, "Id": unquote(order_id)}
    advertiser_id = context.caller.account_id
    campaign = None
    if campaign_id := texts.trimmed(asked.get("CampaignId", "")):
        found = context.store.campaigns([campaign_id]).get(campaign_id)
        campaign = own_campaign(found, advertiser_id)
    told = read_order(asked, campaign)
    dry = writes.is_dry(asked)
    is_first = not dry and not context.store.has_orders(advertiser_id)
    if is_first:
        context.store.begin_orders(advertiser_id)
    done = writes.take_order(context, asked, told)
    if not dry and done.left.get("Result") != Taking.SAME:
        day = told.ordered_at.astimezone(UTC).date()
        walk = Walk(advertiser_id, day - SPARE_DAY, day + SPARE_DAY)
        chunks.send((walk if is_first else Look(advertiser_id, (told.order_id,))).message())
    return Reply(_answer(request, done))


def _answer(request: Request, done: Written) -> dict[str, Any]:
    dry = done.preview is not None
    return {
        "Status": "OK",
        "Uri": "" if dry else _uri(request.caller.account_id, done.subject_id),
        **({"DryRun": "true"} if dry else {}),
        "Result": done.left.get("Result", ""),
        "Changes": [_change(*each) for each in done.left.get("Changes", ())],
        "Warnings": done.left.get("Warnings", []),
    }


def _change(name: str, before: str, after: str) -> dict[str, str]:
    return {"Field": FIELDS.get(name, name), "Before": before, "After": after}


def order(store: Store, request: Request, order_id: str) -> Reply:
    """The order that an id means: its own, an alias, or another spelling of either."""
    advertiser_id, wanted = request.caller.account_id, unquote(order_id)
    kept = store.kept_orders(advertiser_id, [wanted])
    if not kept:
        affixes = store.shop_setting(advertiser_id).affixes
        known = ShopOrders(store.shop_orders(advertiser_id, [wanted], affixes), affixes)
        found = [each.order_id for each in known.find(wanted).orders]
        if len(found) > 1:
            listed = ", ".join(found)
            raise Conflict(f"Several orders answer to this id; ask for one of {listed}")
        kept = store.kept_orders(advertiser_id, found)
    campaign = ownership.asked_campaign(store, request, optional=True)
    for each in kept.values():
        return Reply(_shown(each, campaign))
    raise NotFound


def orders(store: Store, request: Request, now: datetime) -> Reply:
    """Orders by their dates, newest first."""
    campaign = ownership.asked_campaign(store, request, optional=True)
    span = _span(request, campaign, now)
    found = OrderListing(
        store, Plan((), chooses=True), "", owner=request.caller.account_id, span=span
    )
    return listing.reply(
        request, "Orders", found, lambda kept: [_shown(each, campaign) for each in kept]
    )


def _span(request: Request, campaign: Campaign | None, now: datetime) -> Window:
    """The days asked for; up to now, and thirty of them, where nothing is said of that."""
    form = filters.form_of(request.query, campaign)
    asked = filters.span(form, "StartDate", "EndDate")
    form.done()
    high = asked.high or max(now, asked.low or now) + timedelta(days=1)
    low = asked.low or high - DAYS
    if high - low > DAYS_MAX + timedelta(days=1):
        message = f"From StartDate to EndDate at most {DAYS_MAX.days} days; ask for fewer"
        raise Invalid(faults=(Fault("StartDate", message, "too_wide"),))
    return Window(low, high)


@dataclass(frozen=True, slots=True)
class OrderListing(Listing):
    """An advertiser's orders of a span, by the index of its days.

    `ids` are those of the orders that were met, by what their positions end with.
    """

    owner: str = field(kw_only=True)
    span: Window = field(kw_only=True)
    ids: dict[str, str] = field(default_factory=dict, kw_only=True)

    def _entries(self, after: str | None, count: int) -> Iterator[Entry]:
        for position, order_id in self.store.days_orders(self.owner, self.span, after, count):
            self.ids[id_at(position)] = order_id
            yield Entry(position, found=True)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        wanted = {mark: self.ids[mark] for mark in ids}
        kept = self.store.kept_orders(self.owner, wanted.values())
        return {mark: kept[each] for mark, each in wanted.items() if each in kept}

    def _count_entries(self, after: str | None) -> int:
        return self.store.count_orders(self.owner, self.span, clock_of(COUNT_SECONDS))


def _uri(advertiser_id: str, order_id: str) -> str:
    name = quote(ending_a_path(order_id), safe="")
    return f"{account_path(Role.ADVERTISER, advertiser_id)}/Orders/{name}"


def _shown(kept: KeptOrder, campaign: Campaign | None) -> dict[str, Any]:
    found, zone = kept.order, campaign.zone if campaign else UTC
    return {
        "Id": found.order_id,
        "OrderDate": calendar.in_zone(found.ordered_at, zone),
        "Amount": str(found.amount),
        "Currency": found.amount.currency,
        "Status": str(found.state),
        "ShopStatus": found.status,
        "RefundedAmount": str(found.refunded),
        "Aliases": "|".join(found.aliases),
        "LastUpdatedDate": calendar.in_zone(kept.started_at, zone),
        "LastChanges": [_change(e.field, e.before, e.after) for e in kept.differences],
        "Uri": _uri(kept.advertiser_id, found.order_id),
    }
