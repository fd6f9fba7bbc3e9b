"""Which action an order of the shop backs: one accepted claim of one event type, and no second.

An inquiry that corrects an action takes its place, or stands beside it where the action is locked;
so an order is backed by one claim, and by what corrects it. It is free again once its actions are
reversed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from makegood.domain.problems import RuleForbids


@dataclass(frozen=True, slots=True)
class Backing:
    """The actions that one order of an advertiser's shop backs, for one event type."""

    advertiser_id: str
    order_id: str
    event_type_id: str
    holders: frozenset[str] = frozenset()

    @property
    def place(self) -> tuple[str, str, str]:
        return self.advertiser_id, self.order_id, self.event_type_id

    def taken_by(
        self, action_id: str, corrected: frozenset[str], undone: frozenset[str]
    ) -> "Backing":
        """The order with one more action; refuses what is not a correction of all it backs.

        `corrected` are the actions that the new one corrects, `undone` those of them that are
        reversed for it.
        """
        if others := sorted(self.holders - corrected - {action_id}):
            raise RuleForbids(
                f"The shop's order {self.order_id} backs an accepted claim already, action "
                f"{others[0]}; decline this inquiry, or reverse that action first",
                code="order_backs_another",
            )
        return replace(self, holders=self.holders - undone | {action_id})


@dataclass(frozen=True, slots=True)
class Backed:
    """The order that an inquiry is found to mean, and what it backs, by event type."""

    advertiser_id: str
    order_id: str
    by_event_type: Mapping[str, Backing] = field(default_factory=dict)

    def of(self, event_type_id: str) -> Backing:
        nothing = Backing(self.advertiser_id, self.order_id, event_type_id)
        return self.by_event_type.get(event_type_id, nothing)
