"""The options that a campaign had before there were policies, as rules of every version.

Version 1 is the options alone: declining tracked orders, and the approval rules of `set_rule`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.inquiries import InquiryType
from makegood.domain.parties import Campaign
from makegood.domain.policies import BY_HOLDER, TRACKED, At, Offer, Policy, Rule, Then
from makegood.domain.policy_conditions import Condition, Holder, Operator, Variable

OPTIONS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What a campaign's options say of one partner's claims, as far as rules follow from it."""

    declines_tracked: bool = False
    partner_id: str = ""
    offer: Offer | None = None
    wait: Wait = Wait.IMMEDIATELY
    days: int = 0

    @classmethod
    def of(cls, campaign: Campaign, rule: ApprovalRule | None) -> Self:
        if rule is None:
            return cls(campaign.declines_tracked)
        offer = Offer(rule.event_type_id, At.FILED)
        return cls(campaign.declines_tracked, rule.partner_id, offer, rule.wait, rule.days)

    def __bool__(self) -> bool:
        return self.declines_tracked or self.offer is not None

    @property
    def rules(self) -> tuple[Rule, ...]:
        tracked = (_TRACKED_RULE,) if self.declines_tracked else ()
        return tracked if self.offer is None else (*tracked, self._approval())

    def _approval(self) -> Rule:
        """What `set_rule` set. Its maxima are checked where it is carried out."""
        mine = Condition(Variable.PARTNER, Operator.ONE_OF, (self.partner_id,))
        return Rule(
            f"approval:{self.partner_id}",
            Then.APPROVE,
            (mine, _UNTRACKED),
            offer=self.offer,
            wait=self.wait,
            days=self.days,
        )

    def to_list(self) -> list[Any]:
        """As it is kept with a decision."""
        if self.offer is None:
            return [int(self.declines_tracked)]
        offered = self.offer.event_type_id
        return [
            int(self.declines_tracked), self.partner_id, offered, str(self.wait), self.days
        ]  # fmt: skip

    @classmethod
    def from_list(cls, data: Sequence[Any]) -> Self:
        if len(data) < len(cls.__slots__):
            return cls(bool(data[0]))
        tracked, partner_id, event_type_id, wait, days = data[:5]
        return cls(bool(tracked), partner_id, Offer(event_type_id, At.FILED), Wait(wait), days)


NO_OPTIONS = Options()
_UNTRACKED = Condition(Variable.INQUIRY_TYPE, Operator.ONE_OF, (str(InquiryType.UNTRACKED),))
_TRACKED_RULE = Rule(
    TRACKED,
    Then.DECLINE,
    (_UNTRACKED, Condition(Variable.HOLDER, Operator.ONE_OF, tuple(map(str, Holder)))),
    reason=BY_HOLDER,
)
"""An UNTRACKED claim on a credited order is declined, and told by whom it was credited."""


def in_force(stored: Policy | None, options: Options) -> Policy:
    """A version with the options' rules, which come last among rules of their kind."""
    if stored is None:
        return Policy(OPTIONS_VERSION, options.rules, sample=0)
    return replace(stored, rules=(*stored.rules, *options.rules))
