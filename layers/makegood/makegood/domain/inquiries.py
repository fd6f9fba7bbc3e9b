"""The inquiry: a partner's claim about an order, and its lifecycle.

    UNRESOLVED ──▶ VALID | DECLINED | INCOMPLETE | WITHDRAWN
    INCOMPLETE ──▶ UNRESOLVED | INCOMPLETE | VALID | DECLINED | WITHDRAWN

VALID, DECLINED and WITHDRAWN are final. STATES is the only place that knows this, and whatever else
holds for a state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.domain.carried import Carrying
from makegood.domain.deadlines import Clock
from makegood.domain.money import Money
from makegood.domain.orders import Item
from makegood.domain.parties import Role
from makegood.domain.problems import AlreadyDecided, Malformed
from makegood.domain.verdicts import KeptVerdict


class InquiryType(StrEnum):
    UNTRACKED = "UNTRACKED"
    INCORRECT = "INCORRECT"
    DECLINED = "DECLINED"


class InquiryState(StrEnum):
    UNRESOLVED = "UNRESOLVED"
    INCOMPLETE = "INCOMPLETE"
    VALID = "VALID"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"

    @property
    def rules(self) -> "StateRules":
        return STATES[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """What holds for an inquiry in one state.

    `leads_to` are the states that it may become, and `instead` is what is told of a step to another
    one. `awaits_decision`: the advertiser is to decide it, or a rule; `awaits_answer`: the partner
    is to answer it. `is_resolution`: an advertiser's answer may choose the state. `is_accepted`: an
    action stands for the inquiry. `needs_reason`: one of the nine comes with it. `is_void`: it is
    as if the inquiry had never been filed.
    """

    leads_to: frozenset[InquiryState] = frozenset()
    instead: str = "a decision is final, the partner may appeal it once"
    awaits_decision: bool = False
    awaits_answer: bool = False
    is_resolution: bool = False
    is_accepted: bool = False
    needs_reason: bool = False
    is_void: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it waits for somebody; otherwise it is final."""
        return bool(self.leads_to)


STATES: dict[InquiryState, StateRules] = {
    InquiryState.UNRESOLVED: StateRules(
        leads_to=frozenset(
            {
                InquiryState.VALID,
                InquiryState.DECLINED,
                InquiryState.INCOMPLETE,
                InquiryState.WITHDRAWN,
            }
        ),
        instead="answer what was asked first",
        awaits_decision=True,
    ),
    InquiryState.VALID: StateRules(is_resolution=True, is_accepted=True),
    InquiryState.DECLINED: StateRules(is_resolution=True, needs_reason=True),
    InquiryState.INCOMPLETE: StateRules(
        leads_to=frozenset(
            {
                InquiryState.UNRESOLVED,
                InquiryState.INCOMPLETE,
                InquiryState.VALID,
                InquiryState.DECLINED,
                InquiryState.WITHDRAWN,
            }
        ),
        instead="answer what was asked first",
        awaits_answer=True,
        is_resolution=True,
    ),
    InquiryState.WITHDRAWN: StateRules(is_void=True),
}
"""A row for each state, in the order in which messages list them."""

LIVE = frozenset(state for state, rules in STATES.items() if rules.is_live)
RESOLUTIONS = tuple(state for state, rules in STATES.items() if rules.is_resolution)
ANSWERED = tuple(state for state, rules in STATES.items() if rules.awaits_answer)
(UNDECIDED,) = (state for state, rules in STATES.items() if rules.awaits_decision)
(ACCEPTED,) = (state for state, rules in STATES.items() if rules.is_accepted)

REJECT_REASONS: dict[int, str] = {
    1: "This transaction has been tracked successfully",
    2: "Another marketing channel was credited with the sale",
    3: "Another marketing channel was credited with the sale, due to a voucher/discount code used",
    4: "Did not meet terms and conditions set by merchant",
    5: "Transaction not completed - Order cancelled, changed, or returned",
    6: "Transaction cannot be traced",
    7: "Transaction not fully completed online",
    8: "Enquiry does not provide complete information required for evaluation",
    9: "Other",
}
"""The nine reasons by code; these texts on the wire."""

ALL_REASONS = " · ".join(REJECT_REASONS.values())
"""For messages."""


_DASHES = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), " ")
"""Hyphens, dashes and minuses, which programs exchange for each other while somebody types."""


def _spelling(text: str) -> str:
    """What two spellings of a reason share: no case, no spaces or dashes to speak of, no "the"."""
    words = text.casefold().translate(_DASHES).split()
    return " ".join(word for word in words if word != "the")


_REASON_CODES = {_spelling(text): code for code, text in REJECT_REASONS.items()}


def parse_reject_reason(text: str) -> int:
    """The reason's code from either spelling, or from the code itself; raises `Malformed`."""
    code = _REASON_CODES.get(_spelling(text))
    if code is None and text.strip() in {str(each) for each in REJECT_REASONS}:
        code = int(text)
    if code is None:
        raise Malformed("unknown_reject_reason", f"Not one of the nine reasons: {ALL_REASONS}")
    return code


@dataclass(frozen=True, slots=True)
class Claim:
    """What a partner files: the order as it knows it, and what it asks for."""

    partner_id: str
    campaign_id: str
    order_id: str
    inquiry_type: InquiryType
    order_amount: Money
    ordered_at: datetime
    expected_payout: Money | None = None
    partner_reference: str = ""
    resolution_deadline_at: datetime | None = None
    customer_id: str = ""
    tracking_link: str = ""
    inquired_at: datetime | None = None
    notes: str = ""
    appeal_of: str = ""

    def same_details(self, other: "Claim") -> bool:
        """Whether two submissions for one order agree; a blank detail agrees with any."""
        return (
            self.order_amount == other.order_amount
            and self.ordered_at == other.ordered_at
            and _agree(self.expected_payout, other.expected_payout)
            and _agree(self.customer_id, other.customer_id)
        )


def _agree(one: object, other: object) -> bool:
    return one == other or one in (None, "") or other in (None, "")


@dataclass(frozen=True, slots=True)
class Resolution:
    """An advertiser's answer. Blank fields keep what the partner said.

    `final_payout` None on VALID means: computed from the contract. `version` is that of the inquiry
    it was decided on, None when the advertiser did not say. `shop_order_id` is the candidate that a
    person picked.
    """

    inquiry_id: str
    state: InquiryState
    reject_reason: int | None = None
    event_type_id: str = ""
    ordered_at: datetime | None = None
    order_amount: Money | None = None
    final_payout: Money | None = None
    notes: str = ""
    promo_code: str = ""
    customer_id: str = ""
    customer_status: str = ""
    items: tuple[Item, ...] = ()
    version: int | None = None
    shop_order_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Comment(Carrying):
    """One comment of a partner or an advertiser; `user` is the account's name.

    `source` names the request or the file's row that said it. `side` is the role of who said it;
    older comments do not know it.
    """

    user: str
    text: str
    made_at: datetime
    source: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class Note(Carrying):
    """What one side wrote for itself; `number` counts that side's notes of the inquiry from 1.

    `source` names the request that wrote it; older notes do not know it.
    """

    inquiry_id: str
    side: Role
    number: int
    user: str
    text: str
    made_at: datetime
    source: str = ""


class AppealState(StrEnum):
    """What became of a decision that was appealed; OVERTURNED if the appeal was accepted."""

    OPEN = "OPEN"
    WITHDRAWN = "WITHDRAWN"
    UPHELD = "UPHELD"
    OVERTURNED = "OVERTURNED"


@dataclass(frozen=True, slots=True)
class Appealed(Carrying):
    """The appeal of a decision, as the inquiry that was decided knows it.

    `version` is that of the inquiry when this was written, which made no new one.
    """

    appeal_id: str
    state: AppealState
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class FirstDecision(Carrying):
    """An acceptance that waits for a second person to decide the same; the module
    `second_decisions` has the rule. `by` is its source, `version` the one that it made.
    """

    payout: Money
    event_type_id: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Inquiry(Carrying):
    """A claim on file. `version` counts its changes; a decision names the one it was made on.

    `source` names the request or the file's row that filed it. `resolution_key` stands for the
    whole resolution, so that the same one again is known. `final_payout` is what was granted for
    the order; the action carries what is new of it. `difference` is what an accepted INCORRECT one
    changes of what the order pays, negative where less is granted than was tracked. `asked_by` are
    the latest that made it INCOMPLETE, like `decided_by`: of all decisions, that one alone is not
    the last.
    `decisions` are the records of what rules decided, as they are kept, the newest last; the module
    `policy_decisions` reads them. `tracked_action_id` is the partner's own action by which the
    order was tracked already, where the claim was declined at once for that. `commented_version` is
    the latest version that only added a comment. `changed_at` dates changes that neither
    a decision nor a comment dates.
    `clock` says where its deadlines stand, None where its contract has none.
    `appealed` is its latest appeal, None where there is none, or only one from before this was
    kept. It changes nothing of the decision, so it makes no new version.
    `verification` is what the shop's orders said last, None before they were asked. A new one is no
    new version: the partner, who is told of versions, is not told when its order is looked at.
    """

    inquiry_id: str
    advertiser_id: str
    claim: Claim
    created_at: datetime
    attempt: int = 0
    state: InquiryState = InquiryState.UNRESOLVED
    version: int = 1
    reject_reason: int | None = None
    final_payout: Money | None = None
    difference: Money | None = None
    resolved_at: datetime | None = None
    decided_by: str = ""
    resolution_key: str = ""
    auto_approval_at: datetime | None = None
    checks: tuple[str, ...] = ()
    action_id: str = ""
    source: str = ""
    comments: tuple[Comment, ...] = ()
    asked_by: tuple[str, ...] = ()
    tracked_action_id: str = ""
    clock: Clock | None = None
    commented_version: int | None = None
    verification: KeptVerdict | None = None
    appealed: Appealed | None = None
    decisions: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    first: FirstDecision | None = None
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def latest_change_at(self) -> datetime:
        """When its latest change was made."""
        known = (self.created_at, self.resolved_at, self.changed_at)
        made = (each.made_at for each in self.comments)
        return max(each for each in (*known, *made) if each is not None)

    @property
    def due_at(self) -> datetime | None:
        """When the earliest of all that is due of it is due: an approval by rule, or a deadline."""
        if not self.is_live:
            return None
        due = (self.auto_approval_at, self.clock and self.clock.next_at)
        return min((each for each in due if each), default=None)

    @property
    def answer_by(self) -> datetime | None:
        """When an answer is due at the latest, by the contract or as the partner asked for."""
        due = (self.claim.resolution_deadline_at, self.clock and self.clock.answer_by)
        return min((each for each in due if each), default=None)

    @property
    def partner_id(self) -> str:
        return self.claim.partner_id

    @property
    def campaign_id(self) -> str:
        return self.claim.campaign_id

    @property
    def is_live(self) -> bool:
        return self.state.rules.is_live

    @property
    def awaits_second(self) -> bool:
        """Whether one person has accepted it, and another has to."""
        return self.is_live and self.first is not None

    def holds_word_of(self, source: str) -> bool:
        """Whether one of the comments came with that request or row."""
        return any(each.source == source for each in self.comments)

    def commented(
        self, user: str, text: str, at: datetime, source: str = "", *, side: Role
    ) -> "Inquiry":
        """This inquiry with one more comment, in the same version."""
        comment = Comment(user, text, at, source, side.value)
        return replace(self, comments=(*self.comments, comment))

    def checked(self, what: str) -> "Inquiry":
        """This inquiry with one more check, in the same version."""
        return replace(self, checks=(*self.checks, what))

    def moved(self, to: InquiryState, **changes: object) -> "Inquiry":
        """This inquiry after a step of its lifecycle; refuses a step that STATES does not have. A
        first of two decisions goes with the step, unless it is given again.
        """
        if to not in self.state.rules.leads_to:
            raise AlreadyDecided(
                f"Inquiry {self.inquiry_id} is {self.state} and cannot become {to}; "
                f"{self.state.rules.instead}"
            )
        after = {"first": None, **changes}
        return replace(self, state=to, version=self.version + 1, **after)
