"""What is known of the order that an inquiry is about, and the verdict that follows from it."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.inquiries import Claim, Inquiry, InquiryType
from makegood.domain.orders import Credit, OrderCredits
from makegood.domain.parties import Campaign
from makegood.domain.shop_orders import Coverage, ShopOrders
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.domain.verification import Claimed, Hold, Tolerance, verify


@dataclass(frozen=True, slots=True)
class Evidence:
    """The shop's orders that may be meant, what they hold already, and how far a claim may be off.

    `event_type_id` is what a claim of the campaign is for; blank where it has several. Then any
    credit is in the way.
    """

    orders: ShopOrders
    coverage: tuple[Coverage, ...]
    holds: tuple[Hold, ...]
    tolerance: Tolerance
    event_type_id: str = ""

    def verified(self, inquiry: Inquiry, now: datetime) -> Inquiry:
        """The inquiry with a new verdict, in the same version."""
        claim = inquiry.claim
        claimed = Claimed(
            inquiry.inquiry_id,
            self.event_type_id,
            claim.order_id,
            claim.order_amount,
            claim.ordered_at,
        )
        found = verify(claimed, self.orders, self.coverage, self.holds, self.tolerance)
        return replace(inquiry, verification=found.kept(now, inquiry.verification))

    def differs(self, inquiry: Inquiry, kept: KeptVerdict) -> bool:
        """Whether the order that a claim means, or what it is by itself, is not as its verdict has
        it. Who else holds the order does not count.
        """
        found = self.verified(inquiry, kept.made_at).verification
        if found is None or (found.order_id, found.left) != (kept.order_id, kept.left):
            return True
        alone = bool(kept.order_id) and kept.verdict is not Verdict.TAKEN
        return alone and found.verdict is not kept.verdict


def filed_with(inquiry: Inquiry, evidence: Evidence, now: datetime) -> Inquiry:
    """A new inquiry with its first verdict.

    Its partner is told that the order is taken if the claim knows the order: its date and amount
    are the shop's. To a guess the answer is the same whether there is such an order or not.
    """
    verified = evidence.verified(inquiry, now)
    kept = verified.verification
    if kept is None or kept.verdict is not Verdict.TAKEN:
        return verified
    told = all(each.holds for each in kept.checks)
    return replace(verified, verification=replace(kept, told=told))


def claimed_event_type(campaign: Campaign) -> str:
    """The event type that a claim is for, if the campaign has one alone."""
    types = campaign.event_types
    return types[0].event_type_id if len(types) == 1 else ""


def in_the_way(claim: Claim, order: OrderCredits) -> tuple[Credit, ...]:
    """The credits of a claim's order but those that it would correct: its partner's own, where it
    says that they are INCORRECT and they are of one event type.
    """
    if claim.inquiry_type is not InquiryType.INCORRECT:
        return order.credits
    own = [each for each in order.credits if each.partner_id == claim.partner_id]
    if len({each.event_type_id for each in own}) > 1:
        return order.credits
    return tuple(each for each in order.credits if each not in own)
