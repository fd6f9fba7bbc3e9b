"""Where an action's money is: a word for each place, and its meaning.

The state on the wire has three values, and both locked and paid are APPROVED; the detail tells them
apart, and says what a pending action waits for.
"""

from datetime import datetime
from enum import StrEnum

from makegood.domain.actions import Action


class StateDetail(StrEnum):
    PENDING = "PENDING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    OUTSIDE_OF_TERMS = "OUTSIDE_OF_TERMS"
    LOCKED = "LOCKED"
    OVERDUE = "OVERDUE"
    PAID = "PAID"
    REVERSED = "REVERSED"


MEANINGS: dict[StateDetail, str] = {
    StateDetail.PENDING: "Locks by itself on its locking date; it may change until then",
    StateDetail.AWAITING_APPROVAL: "Waits for the advertiser's approval; its locking date is the "
    "last day",
    StateDetail.OUTSIDE_OF_TERMS: "Outside of terms: pays nothing, and is reversed on its locking "
    "date unless the advertiser approves it",
    StateDetail.LOCKED: "Set aside from the advertiser's funds until its clearing date",
    StateDetail.OVERDUE: "Its clearing date has passed; it waits for the advertiser's funds",
    StateDetail.PAID: "Paid to the partner",
    StateDetail.REVERSED: "Undone, and worth nothing",
}


def state_detail(action: Action, now: datetime) -> StateDetail:
    """OVERDUE is locked, and due at `now`; who is outside of terms is so only while pending."""
    if action.state.rules.may_change:
        if action.outside:
            return StateDetail.OUTSIDE_OF_TERMS
        return StateDetail.AWAITING_APPROVAL if action.awaits_approval else StateDetail.PENDING
    if action.is_overdue(now):
        return StateDetail.OVERDUE
    return StateDetail(action.state)


def description(action: Action, now: datetime) -> str:
    """The detail in words, with the limit or the disposition behind it."""
    detail = state_detail(action, now)
    if detail is StateDetail.OUTSIDE_OF_TERMS:
        return f"{MEANINGS[detail]}; it is beyond {action.beyond}"
    if action.disposition is not None:
        beyond = f"; it was beyond {action.beyond}" if action.outside else ""
        return f"{MEANINGS[detail]}: {action.disposition}{beyond}"
    return MEANINGS[detail]
