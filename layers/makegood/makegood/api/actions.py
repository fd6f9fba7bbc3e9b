"""Actions by HTTP: actions, their items, and the changes of actions; listed, and one by one."""

from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote

from makegood.api import filters, listing, ownership, pagination, parties, presenters
from makegood.api.http import Reply, Request
from makegood.api.listing import BEGINNING
from makegood.api.pagination import Total
from makegood.domain import baskets, texts
from makegood.domain.actions import Action, ActionState
from makegood.domain.money import parse_currency
from makegood.domain.parties import Role
from makegood.domain.payout_plans import PayoutPlan
from makegood.domain.pricing import item_payouts
from makegood.domain.problems import NotFound
from makegood.store.indexes import StoredList, position_at
from makegood.store.store import Store


def actions(store: Store, request: Request, now: datetime) -> Reply:
    """A page of actions."""
    return listing.reply(
        request,
        "Actions",
        action_listing(store, request, now),
        lambda found: _shown_actions(store, request, found, now),
    )


def action(store: Store, request: Request, action_id: str, now: datetime) -> Reply:
    """One action of the caller's own."""
    return Reply(_shown_actions(store, request, [_own(store, request, action_id)], now)[0])


def _own(store: Store, request: Request, action_id: str) -> Action:
    """One action of the caller's own, whole."""
    found = store.actions([action_id]).get(action_id)
    ownership.check_own(request, found, found.advertiser_id if found else "")
    return cast(Action, found)


def action_listing(store: Store, request: Request, now: datetime) -> listing.Listing:
    """The list that the parameters ask for; raises `Invalid` with every parameter at fault."""
    form = filters.form_of(request.query, ownership.asked_campaign(store, request, optional=True))
    changed = filters.span(form, "StartDate", "EndDate")
    happened = filters.span(form, "ActionDateStart", "ActionDateEnd")
    locking = filters.span(form, "LockingDateStart", "LockingDateEnd")
    named = filters.state_of(form, "State", ActionState)
    awaiting = form.read("AwaitingApproval", filters.switch) or False
    currency = form.read("Currency", parse_currency) or ""
    equal = filters.equal_to(
        form,
        OrderId=lambda each: each.order.order_id,
        Oid=lambda each: each.order.order_id,
        MediaPartnerId=lambda each: each.partner_id,
        ActionTrackerId=lambda each: each.event_type_id,
    )
    form.done()
    within = filters.within(
        (changed, lambda each: each.last_modified_at),
        (happened, lambda each: each.event_at),
        (locking, lambda each: each.locks_at),
    )
    tests = [*ownership.own(request), *equal, *within]
    if named:
        tests.append(lambda each: presenters.wire_state(each.state_at(now)) == named)
    if awaiting:
        tests.append(lambda each: each.awaits_approval)
    if currency:
        tests.append(lambda each: each.payout.currency == currency)
    selection = ownership.selection(
        "actions",
        store,
        request,
        about=form.text("OrderId") or form.text("Oid"),
        by_partner=form.text("MediaPartnerId"),
        event_type_id=form.text("ActionTrackerId"),
        currency=currency,
        modified=changed,
        happened=happened,
        locking=locking,
        state=next((each for each in ActionState if each.rules.public_name == named), None),
        awaiting=awaiting,
        now=now,
    )
    return listing.Listing(store, store.list_plan(selection), "actions", tuple(tests))


def _shown_actions(
    store: Store, request: Request, found: list[Any], now: datetime
) -> list[dict[str, Any]]:
    """Actions as the caller may see them, and where their money is by now."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    if request.caller.role is Role.PARTNER:
        return [
            presenters.action_for_partner(each, campaigns[each.campaign_id], now) for each in found
        ]
    names = parties.partner_names(store, found)
    return [
        presenters.action_for_advertiser(
            each, campaigns[each.campaign_id], names.get(each.partner_id, ""), now
        )
        for each in found
    ]


def updates(store: Store, request: Request, now: datetime) -> Reply:
    """A page of changes of actions."""
    return listing.reply(
        request,
        "ActionUpdates",
        update_listing(store, request),
        lambda found: _shown_updates(store, request, found, now),
    )


def update(store: Store, request: Request, update_id: str, now: datetime) -> Reply:
    """One change of an action of the caller's own."""
    found = store.updates([update_id]).get(update_id)
    action = store.actions([found.action_id]).get(found.action_id) if found else None
    ownership.check_own(request, found, action.advertiser_id if action else "")
    return Reply(_shown_updates(store, request, [found], now)[0])


def update_listing(store: Store, request: Request) -> listing.Listing:
    """What a list of changes of actions is asked for; its dates are those of the changes."""
    form = filters.form_of(request.query, ownership.asked_campaign(store, request))
    made = filters.span(form, "StartDate", "EndDate")
    form.done()
    if request.caller.role is Role.ADVERTISER:
        campaign_id = texts.trimmed(request.query["CampaignId"])
        stored = StoredList.of_campaign("updates", campaign_id)
        return listing.Listing.of_stored(store, stored, made)
    stored = StoredList.of_partner("updates", request.caller.account_id)
    named = request.query.get("CampaignId", "").strip()
    return listing.Listing.of_stored(store, stored, made, ownership.own(request) if named else ())


def _shown_updates(
    store: Store, request: Request, found: list[Any], now: datetime
) -> list[dict[str, Any]]:
    """Changes as the caller may see them, with their actions' present state."""
    campaigns = store.campaigns({each.campaign_id for each in found})
    held = store.actions(each.action_id for each in found)
    by_partner = request.caller.role is Role.PARTNER
    show = presenters.update_for_partner if by_partner else presenters.update_for_advertiser
    return [show(each, held[each.action_id], campaigns[each.campaign_id], now) for each in found]


def items(store: Store, request: Request, action_id: str) -> Reply:
    """A page of the items of an action's order."""
    shown = _shown_items(store, request, action_id)
    asked = pagination.page_request(request)
    page = shown[asked.start : asked.start + asked.size]
    ends = range(asked.start + 1, asked.start + len(page) + 1)
    positions = [position_at(BEGINNING, str(each)) for each in ends]
    onward = positions[-1] if asked.start + len(page) < len(shown) and positions else None
    total = Total(len(shown))
    return pagination.reply("ActionItems", page, request, asked, total, positions, onward)[0]


def item(store: Store, request: Request, action_id: str, sku: str) -> Reply:
    """The first item of an action's order that has this SKU, as a path writes it."""
    wanted = {sku, unquote(sku)}
    for each in _shown_items(store, request, action_id):
        if each["Sku"] in wanted:
            return Reply(each)
    raise NotFound


def _shown_items(store: Store, request: Request, action_id: str) -> list[dict[str, str]]:
    """The items of an action's order, with their parts of its amount and payout."""
    action = _own(store, request, action_id)
    bought = baskets.basis_of(action).items
    payouts = item_payouts(
        _plan(store, action), action.order_amount, action.worth, action.order, bought
    )
    amounts = baskets.shares_of(action)
    if not action.sale.minor:
        amounts = tuple(action.sale for _ in amounts)
    return presenters.items(action, request.caller.role, amounts, payouts)


def _plan(store: Store, action: Action) -> PayoutPlan | None:
    """The plan that the action was made under."""
    pair = action.campaign_id, action.partner_id
    signed = store.contracts_for({pair: [action.contract_version]}).get(pair)
    terms = signed.numbered(action.contract_version) if signed else None
    if terms is None:
        return None
    known = {event_type_id for event_type_id, _ in terms.payouts}
    return terms.plan(action.event_type_id) if action.event_type_id in known else None
