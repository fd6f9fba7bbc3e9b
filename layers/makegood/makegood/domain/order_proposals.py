"""A change of a pending action that a later order of the shop asks for, as it is kept.

    OPEN ──▶ ACCEPTED, with the change made | DISMISSED
         ── the action locks or is changed otherwise, or the order is another again ──▶ VOID

VOID is never stored: it follows from the action and the order as they are (`proposed_changes`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from makegood.domain.carried import Carrying
from makegood.domain.money import Money


class ProposalState(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"
    VOID = "VOID"


DECISIONS = (ProposalState.ACCEPTED, ProposalState.DISMISSED)
"""What a person may make of one."""


@dataclass(frozen=True, slots=True)
class OrderProposal(Carrying):
    """What an order asks of an action: that it is modified to `amount`, or reversed where that is
    None. `order_id` is the shop's own.
    """

    advertiser_id: str
    proposal_id: str
    order_id: str
    action_id: str
    amount: Money | None
    made_at: datetime
    expires_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1

    @property
    def place(self) -> tuple[str, str]:
        return self.advertiser_id, self.proposal_id
