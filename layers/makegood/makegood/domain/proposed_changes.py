"""What is proposed where an order asks something of an action, and what a person makes of it.

A person accepts what was proposed, or nothing: once the action or the order is another, the
proposal is void.
"""

from dataclasses import replace
from datetime import UTC, datetime

from makegood.domain import undoing
from makegood.domain.action_changes import Change, Modify, Reason, Reverse
from makegood.domain.actions import Action, Disposition
from makegood.domain.ids import digest
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.order_proposals import OrderProposal, ProposalState
from makegood.domain.problems import Conflict, RuleForbids
from makegood.domain.shop_orders import ShopOrder


def proposed(kept: KeptOrder, action: Action, change: Change, now: datetime) -> OrderProposal:
    """What the order asks of the action."""
    amount = change.order_amount if isinstance(change, Modify) else None
    return OrderProposal(
        advertiser_id=kept.advertiser_id,
        proposal_id=proposal_id(action, change),
        order_id=kept.order_id,
        action_id=action.action_id,
        amount=amount,
        made_at=now,
        expires_at=kept.expires_at,
    )


def proposal_id(action: Action, change: Change) -> str:
    """The same change of an action is proposed once. Ids begin with the instant at which the action
    was made, so they are in its order.
    """
    amount = change.order_amount if isinstance(change, Modify) else None
    at = action.created_at.astimezone(UTC)
    begins = f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03}"
    return f"{begins}-{digest('proposal', action.action_id, str(amount or ''))[:12]}"


def change_of(proposal: OrderProposal) -> Change:
    if proposal.amount is None:
        return Reverse(Disposition.ITEM_RETURNED)
    return Modify(Reason.ORDER_UPDATE, order_amount=proposal.amount)


def state_of(
    proposal: OrderProposal, order: ShopOrder | None, action: Action | None, now: datetime
) -> ProposalState:
    """Its state beside the order and the action as they are now."""
    if proposal.state is not ProposalState.OPEN:
        return proposal.state
    if order is None or action is None or not action.may_change(now):
        return ProposalState.VOID
    same = undoing.change_of(order, action) == change_of(proposal)
    return ProposalState.OPEN if same else ProposalState.VOID


def decided(
    proposal: OrderProposal,
    to: ProposalState,
    order: ShopOrder | None,
    action: Action | None,
    by: str,
    now: datetime,
) -> OrderProposal:
    """As a person decided it; the same where it was decided so before.

    Raises `Conflict` where it was decided otherwise, `RuleForbids` where it is void.
    """
    if proposal.state is to:
        return proposal
    state = state_of(proposal, order, action, now)
    if state is ProposalState.VOID:
        told = (
            f"Proposal {proposal.proposal_id} is void: the action is locked or changed, or the "
            "order is another again"
        )
        raise RuleForbids(told, code="proposal_void")
    if state is not ProposalState.OPEN:
        told = f"Proposal {proposal.proposal_id} is {state} already"
        raise Conflict(told, code=f"proposal_{state.lower()}")
    version = proposal.version + 1
    return replace(proposal, state=to, decided_by=by, decided_at=now, version=version)
