"""What follows for an action when the shop undoes its order, whole or in part.

The action loses what the order lost, and never gains. From its lock date on nothing changes, and
that is only told. Until then the campaign says whether the change is made, or told to a person.
"""

from datetime import datetime

from makegood.domain.action_changes import Change, Modify, Reason, Reverse
from makegood.domain.actions import Action, Disposition
from makegood.domain.shop_orders import ShopOrder, ShopState

UNDOING = (ShopState.UNDONE, ShopState.PARTLY_UNDONE)
"""The states of an order that may take something from its action."""


def change_of(order: ShopOrder, action: Action) -> Change | None:
    """What the order's state asks of its action; None where nothing is to be taken from it.

    A partly undone order leaves its amount less the whole refund. In another currency than the
    action's nobody knows how much that is, so nothing is asked.
    """
    if action.state.rules.is_undone or order.state not in UNDOING:
        return None
    if order.state is ShopState.UNDONE or not order.left.minor:
        return Reverse(Disposition.ITEM_RETURNED)
    same = order.left.currency == action.order_amount.currency
    if not same or order.left.minor >= action.order_amount.minor:
        return None
    return Modify(Reason.ORDER_UPDATE, order_amount=order.left)


def told(change: Change, action: Action, now: datetime) -> str:
    """What a person is told of a change that is not made."""
    undone = f"The shop has undone the order of action {action.action_id}"
    if not action.may_change(now):
        return f"{undone}, which is locked"
    how = "reverse it with DispositionCode=ITEM_RETURNED"
    if isinstance(change, Modify):
        how = f"modify it with Reason=ORDER_UPDATE and Amount={change.order_amount}"
    return f"{undone}, which is pending; {how}"
