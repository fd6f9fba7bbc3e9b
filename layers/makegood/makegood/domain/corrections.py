"""An INCORRECT inquiry accepted: what the order's earlier actions come to, and what is left to pay.

A pending action is reversed, and the new one stands for the whole order; one that is locked or paid
stays, and the new one carries only the difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, Credit, Disposition, OrderCredits
from makegood.domain.grants import Grant
from makegood.domain.inquiries import Claim, InquiryType
from makegood.domain.money import Money, total
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.problems import RuleForbids


@dataclass(frozen=True, slots=True)
class Corrected:
    """What is left for the new action once the order's earlier actions are taken into account."""

    amount: Money
    payout: Money
    order: OrderCredits
    outcome: Outcome = NOTHING
    checks: tuple[str, ...] = ()

    @property
    def difference(self) -> Money:
        """What changes of what the order pays: what is new, less what was reversed for it."""
        undone = (each.delta_payout for each in self.outcome.updates)
        return total((self.payout, *undone), self.payout.currency)


def _tracked_wrong(order: OrderCredits, partner_id: str, event_type_id: str) -> tuple[Credit, ...]:
    """What an INCORRECT inquiry corrects: the partner's credit of that event type; where it has
    none, its credit of the one other type, which then is what was tracked wrong.
    """
    same = order.of(partner_id, event_type_id)
    if same:
        return same
    others = [credit for credit in order.credits if credit.partner_id == partner_id]
    types = dict.fromkeys(credit.event_type_id for credit in others)
    if len(types) > 1:
        raise RuleForbids(
            f"Order {order.order_id} is credited under event types {', '.join(types)}; accept "
            "under the one that was tracked wrong",
            code="which_event_type",
        )
    return tuple(others)


def corrected(
    order: OrderCredits,
    claim: Claim,
    event_type_id: str,
    earlier: Mapping[str, Action],
    given: Grant,
    now: datetime,
    by: str,
) -> Corrected:
    """The order is never paid twice: pending actions are reversed, locked ones are deducted.

    `earlier` are the actions that hold the partner's credits on the order, by id. An inquiry of
    another type corrects nothing, and is refused where the order is credited already.
    """
    granted, amount = given.payout, given.order_amount
    if claim.inquiry_type is not InquiryType.INCORRECT:
        action_lifecycle.refuse_second_credit(order, claim.partner_id, event_type_id)
        return Corrected(amount, granted, order)
    left = Corrected(amount, granted, order)
    for credit in _tracked_wrong(order, claim.partner_id, event_type_id):
        action = earlier[credit.action_id]
        if action.payout.currency != granted.currency:
            raise RuleForbids(
                f"Action {action.action_id} is in {action.payout.currency}; an inquiry in "
                f"{granted.currency} cannot correct it",
                code="currency_mismatch",
            )
        if action.may_change(now) or action.outside:
            undone = action_lifecycle.reverse(action, left.order, Disposition.ORDER_UPDATE, now, by)
            left = replace(
                left,
                order=undone.orders[0][1],
                outcome=left.outcome + replace(undone, orders=()),
                checks=(*left.checks, f"action {action.action_id} was pending and is reversed"),
            )
            continue
        left = replace(
            left,
            amount=left.amount - action.order_amount,
            payout=left.payout - action.payout,
            checks=(*left.checks, f"action {action.action_id} is locked and is deducted"),
        )
    if left.payout.minor < 0 or left.amount.minor < 0:
        raise RuleForbids(
            f"Order {claim.order_id} is locked already with more than {granted} {granted.currency} "
            f"for {amount}; correct it with a funds transfer",
            code="nothing_left_to_pay",
        )
    return left
