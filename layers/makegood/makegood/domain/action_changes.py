"""Changing a pending action as pure decisions: modify, reverse, reset, approve.

    Modify    other amount, basket or customer status; priced by the contract version in force now
    Reverse   undone, for a disposition; an amount of zero comes to the same
    Reset     back to what it was at its creation
    Approve   locks at once, under an open-ended contract; and counts what was outside of terms

Each leaves an `ActionUpdate`; from the lock date on none of them is possible.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from makegood.domain import action_lifecycle, baskets, limit_usage, second_decisions
from makegood.domain.actions import Action, Disposition, update_of
from makegood.domain.baskets import Line
from makegood.domain.calendar import LockKind
from makegood.domain.contracts import Contract, Terms
from makegood.domain.limits import Meter, Metered
from makegood.domain.money import Money
from makegood.domain.orders import Item, OrderCredits
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Campaign
from makegood.domain.problems import Forbidden


class Reason(StrEnum):
    """Why an action is modified; APPROVED and RESET are changes of their own."""

    ORDER_UPDATE = "ORDER_UPDATE"
    ITEM_RETURNED = "ITEM_RETURNED"
    CONS_FRAUD = "CONS_FRAUD"
    CONS_ERROR = "CONS_ERROR"
    ORDER_ERROR = "ORDER_ERROR"
    PUB_ACT_DISPUTE = "PUB_ACT_DISPUTE"
    ADV_ACT_DISPUTE = "ADV_ACT_DISPUTE"
    NOT_COMPLIANCE_TERMS = "NOT_COMPLIANCE_TERMS"
    ITEM_OUT_OF_STOCK = "ITEM_OUT_OF_STOCK"
    TEST_ACTION = "TEST_ACTION"
    PARTNER_NOT_ACTIVE = "PARTNER_NOT_ACTIVE"
    CREDITED_DIFFERENT_MP = "CREDITED_DIFFERENT_MP"
    APPROVED = "APPROVED"
    RESET = "RESET"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Modify:
    """What is given is changed; `items` replace the basket, `line` changes one line of it.

    The order's amount follows the basket, by the shares of what came back, unless it is given.
    """

    reason: Reason
    order_amount: Money | None = None
    customer_status: str = ""
    items: tuple[Line, ...] = ()
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Reverse:
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Reset:
    pass


@dataclass(frozen=True, slots=True)
class Approve:
    pass


Change = Modify | Reverse | Reset | Approve


@dataclass(frozen=True, slots=True)
class Held:
    """What a decision on a change needs: the action, its order's credits, its contract, and what is
    used of its limits; and its campaign where it stands for an inquiry.
    """

    action: Action
    order: OrderCredits
    contract: Contract | None
    used: Mapping[Meter, int] = field(default_factory=dict)
    campaign: Campaign | None = None


Decided = tuple[Action, Outcome]


def decide(change: Change, held: Held, now: datetime, by: str) -> Decided:
    """The changed action; a change that is made already changes nothing."""
    held.action.check_changes(now)
    match change:
        case Approve():
            return _approve(held, now, by)
        case Reverse(disposition):
            return _reverse(held, disposition, disposition, now, by)
        case Reset():
            return _reset(held, now, by)
        case Modify():
            return _modify(change, held, now, by)


def is_done(change: Change, action: Action) -> bool:
    """Whether the action is just so already, however it came to be; a file calls it unchanged."""
    match change:
        case Approve():
            if action.state.rules.may_change:
                return _is_admitted(action)
            approved = action.approved or action.locking.kind is LockKind.OPEN_ENDED
            return approved and not action.state.rules.is_undone
        case Reverse(disposition):
            return action.state.rules.is_undone and action.disposition is disposition
        case Reset():
            return action.original is None and not action.state.rules.is_undone
        case Modify():
            if action.state.rules.is_undone:
                undone = action.disposition is _disposition(change.reason)
                return undone and _came_to_nothing(change, action)
            items, status = _wanted(change, action)
            amount = action.order_amount if change.order_amount is None else change.order_amount
            return (amount, items, status) == _present(action)


def _came_to_nothing(change: Modify, action: Action) -> bool:
    """Whether a reversed action has nothing left of what this change takes back.

    Its basket is the one that the last return found.
    """
    if change.order_amount is not None:
        return not change.order_amount.minor
    items, _ = wanted = _wanted(change, action)
    taken = change.line is not None and baskets.is_taken_back(change.line)
    return taken or wanted == _present(action)[1:] or baskets.leaves_nothing(action, items)


def _is_admitted(action: Action) -> bool:
    """Approved, and pending until its lock date all the same."""
    return action.approved and action.locking.kind is not LockKind.OPEN_ENDED


def _approve(held: Held, now: datetime, by: str) -> Decided:
    if _is_admitted(held.action):
        return held.action, NOTHING
    return _changed(action_lifecycle.approve(held.action, now, by, held.contract, held.used))


def _changed(outcome: Outcome) -> Decided:
    return outcome.actions[0][1], outcome


def _reverse(held: Held, disposition: Disposition, reason: str, now: datetime, by: str) -> Decided:
    outcome = action_lifecycle.reverse(held.action, held.order, disposition, now, by)
    updates = tuple(replace(each, reason=reason) for each in outcome.updates)
    return _changed(replace(outcome, updates=updates))


def _reset(held: Held, now: datetime, by: str) -> Decided:
    action = held.action
    created = action.original
    if created is None:
        return action, NOTHING
    order = replace(action.order, items=created.items, customer_status=created.customer_status)
    after = action.changed(
        now,
        order=order,
        order_amount=created.order_amount,
        payout=created.payout,
        contract_version=created.contract_version,
        explanation=created.explanation,
        original=None,
    )
    after, uses = _counted(after, held)
    return _updated(action, after, Reason.RESET, by, uses)


def _modify(change: Modify, held: Held, now: datetime, by: str) -> Decided:
    action = held.action
    items, status = _wanted(change, action)
    amount = change.order_amount
    if amount is None and not baskets.leaves_nothing(action, items):
        amount = baskets.amount_left(action, items, _how_to_state(change))
    if (amount, items, status) == _present(action):
        return action, NOTHING
    if amount is None or (not amount.minor and action.order_amount.minor):
        return _reverse(held, _disposition(change.reason), change.reason, now, by)
    created = action.as_created()
    order = replace(action.order, items=items, customer_status=status)
    after, uses = action.changed(now, order=order, order_amount=amount, original=created), ()
    if (amount, items) != (action.order_amount, action.order.items):
        terms = _terms(held, now)
        bought = baskets.basis_of(after).items
        priced = terms.payout(action.event_type_id, amount, order, bought)
        after = replace(
            after,
            payout=priced.payout,
            contract_version=terms.version,
            explanation=str(priced.explanation),
        )
        second_decisions.check_raise(held.campaign, action, after.payout)
        after, uses = _counted(after, held)
    as_new = replace(after, original=None)
    if as_new.as_created() == created:
        after = as_new
    return _updated(action, after, change.reason, by, uses)


def _counted(after: Action, held: Held) -> tuple[Action, tuple[Metered, ...]]:
    """The action as it counts at its other payout: in terms where there is room, else outside."""
    if held.contract is None:
        return after, ()
    return limit_usage.counted(after, held.contract, held.used)


def _updated(
    before: Action, after: Action, reason: Reason, by: str, uses: tuple[Metered, ...]
) -> Decided:
    update = update_of(before, after, reason, by)
    return after, Outcome(actions=((before, after),), updates=(update,), uses=uses)


def _disposition(reason: Reason) -> Disposition:
    """What an action is reversed for when this reason brings its amount to zero."""
    return Disposition.__members__.get(reason, Disposition.OTHER)


def _terms(held: Held, now: datetime) -> Terms:
    if held.contract is None:
        raise Forbidden("There is no contract with this partner to price by", code="no_contract")
    return held.contract.in_force(now)


def _present(action: Action) -> tuple[Money, tuple[Item, ...], str]:
    return action.order_amount, action.order.items, action.order.customer_status


def _wanted(change: Modify, action: Action) -> tuple[tuple[Item, ...], str]:
    """Basket and customer status as the change wants them."""
    items = action.order.items
    if change.items:
        items = baskets.replaced(action, change.items)
    if change.line is not None:
        items = baskets.with_line(action, change.line)
    return items, change.customer_status or action.order.customer_status


def _how_to_state(change: Modify) -> str:
    """How to give an amount with this change, where its items alone do not say it."""
    if change.line is not None:
        return "give the order's new Amount, in a row without Sku"
    return "give the order's new Amount as well"
