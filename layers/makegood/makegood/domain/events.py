"""Events: what changed, in order, for each account whose object it is.

A change is one version of one object. Each of the two accounts that the object belongs to has an
event of each thing that it tells (`domain.event_names`), numbered from 1 without gaps, so a client
resumes after the last number that it knows. A new type is a member of `EventType`, a case of
`store.event_images`, and an entry of `COLLECTIONS` in `api.events`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.domain.parties import Role


class EventType(StrEnum):
    INQUIRY = "ActionInquiry"
    ACTION = "Action"
    UPDATE = "ActionUpdate"
    ENTRY = "Entry"
    FUNDS = "Funds"
    FILE = "File"
    STATEMENT = "Invoice"
    POLICY = "Policy"
    WEBHOOK = "Webhook"


@dataclass(frozen=True, slots=True)
class Owner:
    """An account, as events are kept for it."""

    role: Role
    account_id: str

    @property
    def name(self) -> str:
        return f"{self.role}#{self.account_id}"


@dataclass(frozen=True, slots=True)
class Change:
    """One version of one object, and whether it is the object's first.

    `hints` are what `domain.event_names` goes by besides; `event_name` is the thing of it that an
    event tells, and `besides` says that another event stands for the version. Accounts that it does
    not belong to are blank. `state` is that of the object, in the domain's own words: LOCKED and
    PAID are two. `made_at` is the object's own date of it, by the stack's clock; `stored_at` is the
    real instant that the stream tells. `image` is the item as the change left it.
    """

    event_type: EventType
    object_id: str
    version: int
    state: str
    campaign_id: str
    partner_id: str
    advertiser_id: str
    made_at: datetime
    stored_at: datetime
    is_new: bool
    hints: tuple[str, ...] = ()
    event_name: str = ""
    besides: bool = False
    image: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Names the event for good: it is written once."""
        version = f"{self.event_type}#{self.object_id}#{self.version}"
        return f"{version}#{self.event_name}" if self.besides else version

    @property
    def owners(self) -> tuple[Owner, ...]:
        both = Owner(Role.ADVERTISER, self.advertiser_id), Owner(Role.PARTNER, self.partner_id)
        return tuple(each for each in both if each.account_id)

    def listed_under(self, owner: Owner) -> str:
        """The partition of the listing index in which that account finds the object."""
        return self.campaign_id if owner.role is Role.ADVERTISER else self.partner_id


@dataclass(frozen=True, slots=True)
class Event:
    """A change as one account sees it; `number` is its place in the account's sequence.

    `state` is as in `Change`; older events say APPROVED for both LOCKED and PAID, and have no name.
    """

    number: int
    event_type: EventType
    object_id: str
    version: int
    state: str
    made_at: datetime
    event_name: str = ""
