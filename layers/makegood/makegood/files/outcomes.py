"""The outcome of a row, by kind of file: a code, a sentence for people, and the money in it."""

from collections.abc import Mapping

from makegood.domain import calendar
from makegood.domain.actions import Action, ActionState
from makegood.domain.inquiries import REJECT_REASONS, Inquiry, InquiryType
from makegood.domain.kept_orders import KeptOrder, Taking
from makegood.domain.money import Money
from makegood.domain.problems import Internal, Problem
from makegood.domain.shop_orders import ShopOrder, ShopState
from makegood.usecases.unit_of_work import Done

ORDER_AMOUNTS = "order_amounts"
"""The order amounts of claims, of decided inquiries, and of tracked orders."""

PAYOUTS_GRANTED = "payouts_granted"
"""What accepted inquiries were granted; declined and INCOMPLETE ones grant nothing."""

CORRECTIONS = "corrections"
"""By how much accepted INCORRECT inquiries change what their orders pay."""

PAYOUTS = "payouts"
"""What tracked orders pay."""

AMOUNT_CHANGES, PAYOUT_CHANGES = "amount_changes", "payout_changes"
"""By how much changed actions became more, or less."""

Sums = Mapping[str, Money]
"""The money of a row, by the name of its sum."""


class NotDecided(Problem):
    """A row of the undecided download that the reviewer left as it was."""

    code = "not_decided"
    message = "Not decided: Resolution Status is blank, and nothing was changed"


class SetAside(Internal):
    """A row whose chunk failed on every delivery; it may have been done or not."""

    code = "set_aside"
    message = (
        "Set aside after several tries, and may be done or not; "
        "send this row again, what is done already comes back UNCHANGED"
    )


class OtherLine(Problem):
    """A line of an order beside the one that tells what became of it."""

    code = "line_of_order"

    def __init__(self, line: int) -> None:
        super().__init__(f"Read with row {line}, which tells what became of the order")


Told = tuple[str, str]
"""A code for a row's outcome, and a sentence for people."""


def inquiry_told(done: Done) -> Told:
    """Of a row that files or decides an inquiry."""
    inquiry = _inquiry(done)
    if not done.applied:
        message = f"Inquiry {inquiry.inquiry_id} was there already just so; nothing changed"
        return f"same_{inquiry.state.lower()}", message
    reason = REJECT_REASONS[inquiry.reject_reason] if inquiry.reject_reason else ""
    if inquiry.tracked_action_id:
        reason += f": action {inquiry.tracked_action_id}"
    return inquiry.state.lower(), _came_of(done.action) if done.action else reason


def claim_sums(done: Done) -> Sums:
    """Of a row that files an inquiry."""
    return {ORDER_AMOUNTS: _inquiry(done).claim.order_amount}


def resolution_sums(done: Done) -> Sums:
    """Of a row that decides an inquiry."""
    inquiry = _inquiry(done)
    if inquiry.claim.inquiry_type is InquiryType.INCORRECT:
        granted = {CORRECTIONS: inquiry.difference}
    else:
        granted = {PAYOUTS_GRANTED: inquiry.final_payout}
    return claim_sums(done) | {name: money for name, money in granted.items() if money is not None}


def conversion_told(done: Done) -> Told:
    """Of a row that reports a tracked order."""
    if done.applied:
        return "tracked", _came_of(_action(done))
    return "same_conversion", "The same conversion was there already; nothing changed"


def conversion_sums(done: Done) -> Sums:
    """Of a row that reports a tracked order; the same, however often the row comes."""
    action = _action(done)
    created = action.as_created()
    payout = action.worth if action.outside else created.payout
    return {ORDER_AMOUNTS: created.order_amount, PAYOUTS: payout}


CHANGES = {
    ActionState.PENDING: "modified",
    ActionState.LOCKED: "approved",
    ActionState.PAID: "approved",
    ActionState.REVERSED: "reversed",
}


def change_told(done: Done) -> Told:
    """Of a row that changes an action."""
    action = _action(done)
    if not done.applied:
        message = f"Action {action.action_id} was just so already; nothing changed"
        return "same_action", message
    return CHANGES[action.state], _came_of(action)


def change_sums(done: Done) -> Sums:
    """Of a row that changes an action: by how much it became more, or less."""
    update = done.update
    if update is None:
        return {}
    return {AMOUNT_CHANGES: update.delta_amount, PAYOUT_CHANGES: update.delta_payout}


def order_told(done: Done) -> Told:
    """Of a row that brings a shop's order."""
    kept = _kept(done)
    order = kept.order
    if done.taking is Taking.OLDER:
        return "newer_order", f"Order {order.order_id} came with a later file, which stays"
    state = f'status "{order.status}" is {order.state}'
    if order.state is ShopState.UNKNOWN:
        state = f'nobody knows the status "{order.status}"; claims on it go to a person'
    told = f"Order {order.order_id} of {order.amount} {order.amount.currency}, {state}"
    if done.taking is Taking.SAME:
        return "same_order", f"{told}; it was there already just so"
    if done.taking is Taking.REPLACED:
        return _code(order, "replaced"), f"{told}; {'; '.join(map(str, kept.differences))}"
    return _code(order, "taken"), told


def _code(order: ShopOrder, code: str) -> str:
    return "unknown_status" if order.state is ShopState.UNKNOWN else code


def order_sums(done: Done) -> Sums:
    """Of a row that brings a shop's order."""
    return {ORDER_AMOUNTS: _kept(done).order.amount}


def _kept(done: Done) -> KeptOrder:
    if not isinstance(done.subject, KeptOrder):
        raise ValueError("the row is about a shop's order")
    return done.subject


def _action(done: Done) -> Action:
    if not isinstance(done.subject, Action):
        raise ValueError("the row is about an action")
    return done.subject


def _inquiry(done: Done) -> Inquiry:
    if not isinstance(done.subject, Inquiry):
        raise ValueError("the row is about an inquiry")
    return done.subject


def _came_of(action: Action) -> str:
    """The state of a row's action, what it pays, and its lock date by the campaign's calendar."""
    pays = f"payout {action.worth} {action.worth.currency}"
    zone = calendar.zone(action.time_zone)
    locks_on = calendar.local_day(action.locks_at, zone)
    how = {
        ActionState.PAID: f"locked and was paid at once; {pays}",
        ActionState.LOCKED: "locked at once; it is paid when it clears on "
        f"{calendar.local_day(action.clears_at, zone)}, from funds; {pays}",
        ActionState.REVERSED: "is reversed; it pays nothing",
        ActionState.PENDING: f"is pending until it locks on {locks_on}; {pays}",
    }[action.state]
    if action.awaits_approval:
        how = f"is pending until it is approved, or locks on {locks_on}; {pays}"
    if action.awaits_approval and action.outside:
        how = (
            f"is beyond {action.beyond}: it pays nothing, and is reversed on {locks_on}, unless "
            "it is approved before"
        )
    return f"Action {action.action_id} {how}"
