"""The versions of a campaign's policy, of which one is in force and one may be in the shadow."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from makegood.domain.parties import Campaign
from makegood.domain.policies import Policy


class State(StrEnum):
    """Where a version stands. PAST has been in force, and may be again."""

    DRAFT = "DRAFT"
    SHADOW = "SHADOW"
    ACTIVE = "ACTIVE"
    PAST = "PAST"


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version: its policy, which never changes, who made it, and when it was first put in
    force.
    """

    campaign_id: str
    policy: Policy
    made_at: datetime
    made_by: str
    note: str = ""
    activated_at: datetime | None = None

    @property
    def number(self) -> int:
        return self.policy.version

    def state(self, campaign: Campaign) -> State:
        if campaign.policy == self.number:
            return State.ACTIVE
        if campaign.shadow == self.number:
            return State.SHADOW
        return State.DRAFT if self.activated_at is None else State.PAST
