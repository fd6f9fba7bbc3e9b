"""What accepting a claim grants: the order as it is known then, its payout, and the reason.

The payout is the one that the decision states; where it states none, the contract version in force
at the decision prices the order.
"""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain.actions import Order
from makegood.domain.contracts import Contract
from makegood.domain.inquiries import Claim, Resolution
from makegood.domain.money import Money


@dataclass(frozen=True, slots=True)
class Grant:
    """An order over `order_amount`, what it pays in all, and why."""

    order: Order
    order_amount: Money
    payout: Money
    explanation: str

    def explain(self, carried: Money) -> str:
        """The reason for an action that carries this much of the payout."""
        if carried == self.payout:
            return self.explanation
        held = self.payout - carried
        return f"{self.explanation}; {held} {held.currency} of it are on locked actions already"


def grant(resolution: Resolution, claim: Claim, contract: Contract, now: datetime) -> Grant:
    """What this resolution grants; its own words go before the partner's."""
    order = Order(
        claim.order_id,
        resolution.ordered_at or claim.ordered_at,
        resolution.customer_id or claim.customer_id,
        resolution.customer_status,
        resolution.promo_code,
        resolution.notes,
        resolution.items,
    )
    amount = resolution.order_amount or claim.order_amount
    stated = resolution.final_payout
    if stated is not None:
        return Grant(order, amount, stated, f"Stated: {stated} {stated.currency}")
    priced = contract.in_force(now).payout(resolution.event_type_id, amount, order)
    return Grant(order, amount, priced.payout, str(priced.explanation))


def warnings(payout: Money | None, amount: Money) -> tuple[str, ...]:
    """What is told of a payout granted for an order over this amount, and may not be meant."""
    if payout is None or payout <= amount:
        return ()
    return (
        f"The payout granted, {payout} {payout.currency}, exceeds the order amount of {amount}; "
        "check it, a payout that has locked no longer changes",
    )
