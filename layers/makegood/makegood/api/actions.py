"""Actions by HTTP: actions, their items, and the changes of actions; listed, and one by one."""

from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote

from makegood.api import filters, listing, ownership, pagination, parties, presenters
from makegood.api.http import Reply, Request
from makegood.api.listing import BEGINNING
from makegood.domain import baskets
from makegood.domain.actions import Action, ActionState
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
        action_listing(store, request),
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


def action_listing(store: Store, request: Request) -> listing.Listing:
    """The list that the parameters ask for; raises `Invalid` with every parameter at fault."""
    form = filters.form_of(request.query, ownership.asked_campaign(store, request))
    changed = filters.span(form, "StartDate", "EndDate")
    happened = filters.span(form, "ActionDateStart", "ActionDateEnd")
    locking = filters.span(form, "LockingDateStart", "LockingDateEnd")
    state = filters.state_of(form, "State", ActionState)
    awaiting = form.read("AwaitingApproval", filters.switch) or False
    equal = filters.equal_to(form, OrderId=lambda each: each.order.order_id)
    form.done()
    order_id = form.text("OrderId")
    stored, tests = ownership.own_list("actions", request, order_id)
    if awaiting and stored.is_of_campaign:
        stored = StoredList.awaiting_approval(stored.owner)
    elif awaiting:
        tests = (*tests, lambda each: each.awaits_approval)
    within = filters.within(
        (changed, lambda each: each.changed_at or each.created_at),
        (happened, lambda each: each.event_at),
        (locking, lambda each: each.locks_at),
    )
    if state:
        tests = (*tests, lambda each: presenters.wire_state(each.state) == state)
    return listing.Listing(store, stored, filters.Span(None, None), (*tests, *equal, *within))


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
    stored, tests = ownership.own_list("updates", request)
    return listing.Listing(store, stored, made, tests)


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
    return pagination.reply("ActionItems", page, request, asked, len(shown), positions, onward)


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
