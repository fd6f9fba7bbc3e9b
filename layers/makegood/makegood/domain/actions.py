"""The action: one conversion credited to one partner, and its lifecycle.

    PENDING ──▶ LOCKED ──▶ PAID
    PENDING ──▶ REVERSED

STATES is the only place that knows this, and whatever else holds for a state.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.domain.calendar import Due, LockKind, LockRule, PaymentRule
from makegood.domain.carried import Carrying
from makegood.domain.limits import Use
from makegood.domain.money import Money
from makegood.domain.orders import Item, Order
from makegood.domain.problems import RuleForbids

MODIFICATIONS_MAX = 1_000


class ActionState(StrEnum):
    PENDING = "PENDING"
    LOCKED = "LOCKED"
    PAID = "PAID"
    REVERSED = "REVERSED"

    @property
    def rules(self) -> "StateRules":
        return STATES[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """What holds for an action in one state.

    `public_name` is what partners and advertisers call the state, in messages and on the wire: to
    them, what is locked and what is paid are both APPROVED. `leads_to` are the states that it may
    become, and `instead` is what is told of a step to another one. `may_change`: until its lock
    date. `due` is what falls due of it. `is_locked` and `is_paid`: the ledger has that entry of it.
    `is_undone`: it is worth nothing, and holds no credit on its order.
    """

    public_name: str
    leads_to: frozenset[ActionState] = frozenset()
    instead: str
    may_change: bool = False
    due: Due | None = None
    is_locked: bool = False
    is_paid: bool = False
    is_undone: bool = False

    @property
    def is_set_aside(self) -> bool:
        """Whether its payout is held back from the advertiser's funds, and not paid yet."""
        return self.is_locked and not self.is_paid


STATES: dict[ActionState, StateRules] = {
    ActionState.PENDING: StateRules(
        public_name="PENDING",
        leads_to=frozenset({ActionState.LOCKED, ActionState.REVERSED}),
        instead="it has to lock first",
        may_change=True,
        due=Due.LOCK,
    ),
    ActionState.LOCKED: StateRules(
        public_name="APPROVED",
        leads_to=frozenset({ActionState.PAID}),
        instead="a locked action no longer changes; correct it with a funds transfer",
        due=Due.PAY,
        is_locked=True,
    ),
    ActionState.PAID: StateRules(
        public_name="APPROVED",
        instead="a paid action no longer changes; correct it with a funds transfer",
        is_locked=True,
        is_paid=True,
    ),
    ActionState.REVERSED: StateRules(
        public_name="REVERSED",
        instead="a reversed action is over; the partner may file an inquiry",
        is_undone=True,
    ),
}
"""A row for each state."""


class Disposition(StrEnum):
    """Why an action was reversed."""

    REJECTED = "REJECTED"
    CONS_INFO_INVALID = "CONS_INFO_INVALID"
    CONS_ERROR = "CONS_ERROR"
    CONS_FRAUD = "CONS_FRAUD"
    ITEM_RETURNED = "ITEM_RETURNED"
    ITEM_OUT_OF_STOCK = "ITEM_OUT_OF_STOCK"
    ORDER_ERROR = "ORDER_ERROR"
    PUB_ACT_DISPUTE = "PUB_ACT_DISPUTE"
    ADV_ACT_DISPUTE = "ADV_ACT_DISPUTE"
    NOT_COMPLIANCE_TERMS = "NOT_COMPLIANCE_TERMS"
    MP_RETURNED = "MP_RETURNED"
    CREDITED_DIFFERENT_MP = "CREDITED_DIFFERENT_MP"
    TEST_ACTION = "TEST_ACTION"
    ORDER_UPDATE = "ORDER_UPDATE"
    OTHER = "OTHER"


PARTNER_DISPOSITIONS = frozenset(Disposition) - {Disposition.ORDER_UPDATE}
"""The codes that an advertiser may name; accepting an INCORRECT inquiry writes ORDER_UPDATE."""


RULE = "rule:"
"""Prefix of the source of a rule's decisions; all other sources are people."""


class Origin(StrEnum):
    """What brought an action about; `api.presenters` has its values on the wire."""

    TRACKED = "CLICK"
    INQUIRY = "ACTION_INQUIRY"


@dataclass(frozen=True, slots=True)
class Original(Carrying):
    """The values of an action at its creation, of those that modifications may change."""

    order_amount: Money
    payout: Money
    customer_status: str
    items: tuple[Item, ...]
    contract_version: int
    explanation: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Action(Carrying):
    """One conversion credited to one partner.

    `event_at` is the reference that locking counts from. `locks_at` is the projection until the
    action is locked, then the instant it locked; `clears_at` likewise for payment. `changed_at` is
    the last step of any kind; `modified_at` is when somebody last changed what it is worth or when
    it locks, or it was undone: locking and payment on their dates are none of these. `order_amount`
    and `payout` are what this action carries: for a correction of a locked action, the difference.
    `explanation` says how the order's payout came about. `original` is there while the action
    differs from what it was at its creation. A pending action has changed `version` - 1 times.
    `shop_order_id` is the shop's order that backs it (`backings`), blank where none was known.

    `counts` is what it takes of its contract's limits, and `beyond` the limit, in words, that it
    goes beyond. `outside` of terms, it counts nowhere; `approved`, it counts in spite of limits.

    A `stray` was locked or paid by a version that knew of no sums of what clears (`clearings`):
    they lack it though it is locked, or hold it though it is paid.
    """

    action_id: str
    advertiser_id: str
    campaign_id: str
    partner_id: str
    event_type_id: str
    order: Order
    order_amount: Money
    payout: Money
    event_at: datetime
    created_at: datetime
    locks_at: datetime
    clears_at: datetime
    locking: LockRule
    payment: PaymentRule
    time_zone: str
    contract_id: str
    contract_version: int
    origin: Origin
    state: ActionState = ActionState.PENDING
    version: int = 1
    inquiry_id: str = ""
    shop_order_id: str = ""
    paid_at: datetime | None = None
    disposition: Disposition | None = None
    source: str = ""
    changed_at: datetime | None = None
    modified_at: datetime | None = None
    explanation: str = ""
    original: Original | None = None
    counts: tuple[Use, ...] = ()
    beyond: str = ""
    outside: bool = False
    approved: bool = False
    stray: bool = False

    @property
    def is_summed(self) -> bool:
        """Whether the sums of what clears hold it."""
        return self.state.rules.is_set_aside != self.stray

    @property
    def last_modified_at(self) -> datetime:
        """When it last became what it is, whatever its dates have made of it since."""
        return self.modified_at or self.created_at

    def state_at(self, now: datetime) -> ActionState:
        """The state that it is in by its dates: from its lock date on a pending action is locked,
        or undone if it is outside of terms, whether or not the sweep has come to it.
        """
        if not self.state.rules.may_change or now < self.locks_at:
            return self.state
        return ActionState.REVERSED if self.outside else ActionState.LOCKED

    @property
    def awaits_approval(self) -> bool:
        """Whether it waits for an approval: under an open-ended contract, or outside of terms."""
        waits = self.outside or self.locking.kind is LockKind.OPEN_ENDED
        return self.state.rules.may_change and waits

    @property
    def stands(self) -> bool:
        """Whether its advertiser approved it, as it is or by accepting its inquiry."""
        by_rule = self.source.startswith(RULE)
        return self.approved or (self.origin is Origin.INQUIRY and not by_rule)

    @property
    def worth(self) -> Money:
        """The present payout: zero while it is outside of terms, and once it is reversed."""
        nothing = self.outside or self.state.rules.is_undone
        return Money.zero(self.payout.currency) if nothing else self.payout

    @property
    def sale(self) -> Money:
        """The present order amount: zero once the action is reversed."""
        undone = self.state.rules.is_undone
        return Money.zero(self.order_amount.currency) if undone else self.order_amount

    @property
    def reason(self) -> str:
        """The reason of its payout, with the limit that it exceeds."""
        if not self.beyond:
            return self.explanation
        how = "outside of terms" if self.outside else "approved by the advertiser"
        return f"{self.explanation}; beyond {self.beyond}, {how}"

    @property
    def due(self) -> Due | None:
        """What falls due next; an action outside of terms lapses when it would lock."""
        due = self.state.rules.due
        return Due.LAPSE if due is Due.LOCK and self.outside else due

    @property
    def due_at(self) -> datetime | None:
        """When `due` falls due."""
        due = self.state.rules.due
        return due and (self.clears_at if due is Due.PAY else self.locks_at)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it has cleared and is unpaid."""
        return self.state.rules.is_set_aside and self.clears_at <= now

    def may_change(self, now: datetime) -> bool:
        """Whether it is pending and before its lock date, from which on nothing changes."""
        return self.state.rules.may_change and now < self.locks_at

    def moved(self, to: ActionState, at: datetime, **changes: object) -> "Action":
        """This action after a step of its lifecycle; refuses a step that STATES does not have."""
        rules = self.state.rules
        if to not in rules.leads_to:
            raise RuleForbids(
                f"Action {self.action_id} is {rules.public_name} and cannot become "
                f"{to.rules.public_name}: {rules.instead}",
                code=f"action_{self.state.lower()}",
            )
        modified_at = at if to.rules.is_undone else self.modified_at
        stepped: dict[str, Any] = {"modified_at": modified_at, **changes}
        return replace(
            self, state=to, version=self.version + 1, changed_at=at, stray=False, **stepped
        )

    def check_changes(self, at: datetime) -> None:
        """Refuses what wants to change an action that is not pending, or whose lock date has come,
        whether or not it has been locked yet.
        """
        if self.may_change(at):
            return
        state = ActionState.LOCKED if self.state.rules.may_change else self.state
        raise RuleForbids(
            f"Action {self.action_id} is {state.rules.public_name} and cannot be changed: "
            f"{state.rules.instead}",
            code=f"action_{state.lower()}",
        )

    def changed(self, at: datetime, **changes: object) -> "Action":
        """This action with other values, still pending."""
        self.check_changes(at)
        if self.version > MODIFICATIONS_MAX:
            raise RuleForbids(
                f"Action {self.action_id} was modified {MODIFICATIONS_MAX:,} times, which is the "
                "most there is; reverse it, or correct it with a funds transfer once it locks",
                code="too_many_modifications",
            )
        return replace(self, version=self.version + 1, changed_at=at, modified_at=at, **changes)

    def as_created(self) -> Original:
        """The values before the first modification."""
        return self.original or Original(
            self.order_amount,
            self.payout,
            self.order.customer_status,
            self.order.items,
            self.contract_version,
            self.explanation,
        )


@dataclass(frozen=True, slots=True)
class ActionUpdate:
    """One change of an action: who, when, why, from what to what.

    `order_amount` and `payout` are what the action is worth after it, nothing once it is reversed.
    `once` names the row of a file that asked for it, so that the row is not worked on twice.
    """

    action_id: str
    campaign_id: str
    partner_id: str
    version: int
    state: ActionState
    reason: str
    order_amount: Money
    payout: Money
    delta_amount: Money
    delta_payout: Money
    contract_version: int
    made_at: datetime
    made_by: str
    once: str = ""

    @property
    def update_id(self) -> str:
        """The action's id and the version that this change made of it."""
        return f"{self.action_id}.{self.version}"

    @property
    def created_at(self) -> datetime:
        return self.made_at


def update_of(before: Action, after: Action, reason: str, by: str) -> ActionUpdate:
    """The record of a change; a reversed action is worth nothing."""
    amount, payout = after.sale, after.worth
    return ActionUpdate(
        after.action_id,
        after.campaign_id,
        after.partner_id,
        after.version,
        after.state,
        reason,
        amount,
        payout,
        amount - before.order_amount,
        payout - before.worth,
        after.contract_version,
        after.changed_at or after.created_at,
        by,
    )
