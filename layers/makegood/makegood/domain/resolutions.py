"""The advertiser's answer to an inquiry: what it decides, what it grants, and what it corrects.

VALID creates the action with what the resolution grants, under the contract in force. For an
INCORRECT inquiry, the order's earlier actions are taken into account. The same functions serve an
HTTP request, a row of a file, and an approval rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from makegood.domain import (
    action_lifecycle,
    appeals,
    ids,
    limit_usage,
    limits,
    second_decisions,
)
from makegood.domain.action_lifecycle import Origination
from makegood.domain.actions import Action, Disposition, Origin
from makegood.domain.backings import Backed
from makegood.domain.contracts import Contract, Terms
from makegood.domain.inquiries import Claim, Inquiry, InquiryType, Resolution
from makegood.domain.ledger import Cash
from makegood.domain.limits import Countable, Meter
from makegood.domain.money import Money, total
from makegood.domain.orders import Credit, Order, OrderCredits
from makegood.domain.outcome import NOTHING, Outcome, together
from makegood.domain.parties import Campaign, Retroactive, Role
from makegood.domain.problems import (
    Fault,
    Forbidden,
    Invalid,
    RuleForbids,
    SameDecision,
    VersionConflict,
)

ASKED_BY_MAX = 4

ASKS_FOR_ALL = (
    "Please send the complete details of this order: the date, the amount and the items, as the "
    "confirmation or the invoice shows them"
)
"""The question to the partner if the advertiser asks for more without saying what."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a decision on a resolution needs.

    `earlier` are the actions that hold this partner's credits on the order, by id; `cash` is the
    advertiser's in the inquiry's currency; `used` is what is used of the contract's limits.
    `backed` is the shop's order that the claim means, None where none is known. `appealed` is the
    inquiry that this one appeals.
    """

    inquiry: Inquiry
    campaign: Campaign
    contract: Contract | None
    order: OrderCredits
    earlier: Mapping[str, Action]
    cash: Cash
    used: Mapping[Meter, int] = field(default_factory=dict)
    backed: Backed | None = None
    appealed: Inquiry | None = None


def resolution_key(resolution: Resolution) -> str:
    """A hash of all that a resolution says, whatever version it was made on."""
    said = resolution if resolution.version is None else replace(resolution, version=None)
    picked = (said.shop_order_id,) if said.shop_order_id else ()
    return ids.digest(repr(said), *picked)


def resolve(
    resolution: Resolution, case: Case, now: datetime, by: str
) -> tuple[Inquiry, Action | None, Outcome]:
    """Decides an inquiry; VALID creates the action, and settles it as far as it is due.

    INCOMPLETE always asks the partner something, and may be given again; the same question again
    is the same decision.
    """
    inquiry = case.inquiry
    asks = resolution.state.rules.awaits_answer
    if asks and not resolution.notes:
        resolution = replace(resolution, notes=ASKS_FOR_ALL)
    key = resolution_key(resolution)
    if inquiry.resolution_key == key:
        raise SameDecision
    if resolution.version is not None and resolution.version != inquiry.version:
        raise VersionConflict(
            f"Inquiry {inquiry.inquiry_id} is at version {inquiry.version} and {inquiry.state}, "
            f"not at {resolution.version}; read it again, then decide"
        )
    if not asks:
        appeals.check_decider(case.appealed, by)
    decided = answered(resolution, inquiry, case.campaign, now, by, key)
    if not resolution.state.rules.is_accepted:
        return decided, None, Outcome(inquiries=((inquiry, decided),))
    accepted, action, outcome = _accept(resolution, case, decided, now, by)
    first = second_decisions.waiting(
        inquiry, accepted.final_payout, resolution.event_type_id, case.campaign, now, by
    )
    if first is not None:
        return first, None, Outcome(inquiries=((inquiry, first),))
    return accepted, action, outcome


def answered(
    resolution: Resolution,
    inquiry: Inquiry,
    campaign: Campaign,
    now: datetime,
    by: str,
    key: str = "",
) -> Inquiry:
    """The inquiry with this answer, as far as it concerns the inquiry alone. `key` is the
    resolution's, where it is known already.
    """
    decided = inquiry.moved(
        resolution.state,
        resolved_at=now,
        decided_by=by,
        reject_reason=resolution.reject_reason,
        resolution_key=key or resolution_key(resolution),
        auto_approval_at=None,
    )
    if resolution.state.rules.awaits_answer:
        clock = inquiry.clock and inquiry.clock.stopped(now, campaign.zone)
        asked_by = (*inquiry.asked_by, by)[-ASKED_BY_MAX:]
        decided = replace(decided, asked_by=asked_by, clock=clock)
    if resolution.notes:
        decided = decided.commented(campaign.name, resolution.notes, now, by, side=Role.ADVERTISER)
    return decided


def _accept(
    resolution: Resolution, case: Case, decided: Inquiry, now: datetime, by: str
) -> tuple[Inquiry, Action, Outcome]:
    if case.contract is None:
        raise Forbidden("There is no contract with this partner to pay under", code="no_contract")
    case.campaign.event_type(resolution.event_type_id)
    decided = _picked(decided, resolution.shop_order_id)
    claim = decided.claim
    ordered_at = resolution.ordered_at or claim.ordered_at
    action_lifecycle.refuse_future(ordered_at, now, "TransactionDate")
    given = grant(resolution, claim, case.contract, now)
    left = corrected(case.order, claim, resolution.event_type_id, case.earlier, given, now, by)
    action = action_lifecycle.originate(
        Origination(
            action_id_of(decided, resolution.event_type_id),
            decided.partner_id,
            resolution.event_type_id,
            given.order,
            left.amount,
            left.payout,
            _event_at(ordered_at, case, now),
            Origin.INQUIRY,
            decided.inquiry_id,
            by,
            given.explain(left.payout),
        ),
        case.campaign,
        case.contract,
        now,
    )
    action, backing = _backed(action, case.backed, left)
    used = limits.moved(case.used, left.outcome.uses)
    action, uses = limit_usage.counted(action, case.contract, used)
    action, settled = action_lifecycle.settle_at_once(action, case.cash, now)
    over = (f"the payout is beyond {action.beyond}",) if action.beyond else ()
    decided = replace(
        decided,
        final_payout=given.payout,
        first=second_decisions.seconded(
            case.inquiry, given.payout, resolution.event_type_id, case.campaign
        ),
        difference=left.difference if claim.inquiry_type is InquiryType.INCORRECT else None,
        action_id=action.action_id,
        checks=(*decided.checks, *left.checks, *over),
    )
    credited, version = action_lifecycle.credited(left.order, action), case.order.version + 1
    if credited.version != version:
        credited = replace(credited, version=version)
    outcome = Outcome(
        inquiries=((case.inquiry, decided),),
        actions=((None, action),),
        orders=((case.order, credited),),
    )
    parts = outcome, left.outcome, backing, Outcome(uses=uses), settled
    return decided, action, together(parts)


def _picked(decided: Inquiry, shop_order_id: str) -> Inquiry:
    """The inquiry with the shop's order that a person picked; refuses what is no candidate."""
    if not shop_order_id:
        return decided
    kept = decided.verification
    if kept is None or shop_order_id not in kept.candidates:
        listed = ", ".join(kept.candidates) if kept else ""
        told = f"one of {listed}" if listed else "none: it has no candidates"
        fault = Fault("ShopOrderId", f"Not a candidate of this claim; give {told}", "no_candidate")
        raise Invalid(faults=(fault,))
    return replace(decided, verification=replace(kept, picked=shop_order_id))


def _backed(action: Action, backed: Backed | None, left: "Corrected") -> tuple[Action, Outcome]:
    """The action on the shop's order that backs it, which backs no other claim."""
    if backed is None:
        return action, NOTHING
    before = backed.of(action.event_type_id)
    after = before.taken_by(action.action_id, left.corrects, left.undone)
    action = replace(action, shop_order_id=backed.order_id)
    return action, Outcome(backings=((before, after),))


def meters_of(resolution: Resolution, case: Case, now: datetime) -> list[Meter]:
    """The meters that an acceptance's action would count in; `Case.used` has their use."""
    if case.contract is None or not resolution.event_type_id:
        return []
    terms = case.contract.in_force(now)
    if not terms.limits(resolution.event_type_id):
        return []
    claim = case.inquiry.claim
    thing = Countable(
        case.contract.contract_id,
        resolution.event_type_id,
        claim.order_id,
        resolution.customer_id or claim.customer_id,
        _event_at(resolution.ordered_at or claim.ordered_at, case, now),
        case.campaign.zone,
    )
    return limit_usage.meters(terms, thing)


def action_id_of(inquiry: Inquiry, event_type_id: str) -> str:
    """An accepted inquiry's action id derives from the inquiry, so it has exactly one."""
    return ids.action_id(inquiry.campaign_id, event_type_id, f"inquiry:{inquiry.inquiry_id}")


def _event_at(ordered_at: datetime, case: Case, now: datetime) -> datetime:
    """The reference that both clocks start from (calendar rules, reference)."""
    if case.campaign.retroactive is Retroactive.FROM_TRANSACTION or case.contract is None:
        return ordered_at
    terms = case.contract.in_force(now)
    return action_lifecycle.still_open_at(ordered_at, terms, case.campaign, now)


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted: the order amount, the payout in all, and its reason."""

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
    """What this resolution grants; its own values take precedence over the partner's."""
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
    if resolution.final_payout is not None:
        return as_stated(order, amount, resolution.final_payout)
    return as_agreed(contract.in_force(now), resolution.event_type_id, order, amount)


def as_stated(order: Order, amount: Money, payout: Money) -> Grant:
    """The payout that the resolution names."""
    return Grant(order, amount, payout, f"Stated: {payout} {payout.currency}")


def as_agreed(terms: Terms, event_type_id: str, order: Order, amount: Money) -> Grant:
    """The payout that these terms come to."""
    priced = terms.payout(event_type_id, amount, order)
    return Grant(order, amount, priced.payout, str(priced.explanation))


def warnings(payout: Money | None, amount: Money) -> tuple[str, ...]:
    """The warning about a payout above the order amount, which may be a slip."""
    if payout is None or payout <= amount:
        return ()
    return (
        f"The payout granted, {payout} {payout.currency}, exceeds the order amount of {amount}; "
        "check it, a payout that has locked no longer changes",
    )


@dataclass(frozen=True, slots=True)
class Corrected:
    """What is left for the new action once the order's earlier actions are taken into account.

    `corrects` are the ids of those actions, whether they are reversed or deducted.
    """

    amount: Money
    payout: Money
    order: OrderCredits
    outcome: Outcome = NOTHING
    checks: tuple[str, ...] = ()
    corrects: frozenset[str] = frozenset()

    @property
    def undone(self) -> frozenset[str]:
        """The ids of those that are reversed."""
        return frozenset(each.action_id for _, each in self.outcome.actions)

    @property
    def difference(self) -> Money:
        """What changes of what the order pays: what is new, less what was reversed for it."""
        undone = (each.delta_payout for each in self.outcome.updates)
        return total((self.payout, *undone), self.payout.currency)


def _tracked_wrong(order: OrderCredits, partner_id: str, event_type_id: str) -> tuple[Credit, ...]:
    """What an INCORRECT inquiry corrects: the partner's credit of that event type; where it has
    none, its credit of the one other type, which then is what was tracked wrong.
    """
    same = order.of(partner_id, event_type_id)
    if same:
        return same
    others = [credit for credit in order.credits if credit.partner_id == partner_id]
    types = dict.fromkeys(credit.event_type_id for credit in others)
    if len(types) > 1:
        raise RuleForbids(
            f"Order {order.order_id} is credited under event types {', '.join(types)}; accept "
            "under the one that was tracked wrong",
            code="which_event_type",
        )
    return tuple(others)


def corrected(
    order: OrderCredits,
    claim: Claim,
    event_type_id: str,
    earlier: Mapping[str, Action],
    given: Grant,
    now: datetime,
    by: str,
) -> Corrected:
    """Keeps the order from being paid twice: reverses pending actions, deducts locked ones.

    `earlier` are the actions that hold the partner's credits on the order, by id. An inquiry of
    another type corrects nothing, and is refused where the order is credited already.
    """
    granted, amount = given.payout, given.order_amount
    if claim.inquiry_type is not InquiryType.INCORRECT:
        action_lifecycle.refuse_second_credit(order, claim.partner_id, event_type_id)
        return Corrected(amount, granted, order)
    wrong = _tracked_wrong(order, claim.partner_id, event_type_id)
    corrects = frozenset(credit.action_id for credit in wrong)
    left = Corrected(amount, granted, order, corrects=corrects)
    for credit in wrong:
        action = earlier[credit.action_id]
        if action.payout.currency != granted.currency:
            raise RuleForbids(
                f"Action {action.action_id} is in {action.payout.currency}; an inquiry in "
                f"{granted.currency} cannot correct it",
                code="currency_mismatch",
            )
        if action.may_change(now) or action.outside:
            undone = action_lifecycle.reverse(action, left.order, Disposition.ORDER_UPDATE, now, by)
            left = replace(
                left,
                order=undone.orders[0][1],
                outcome=left.outcome + replace(undone, orders=()),
                checks=(*left.checks, f"action {action.action_id} was pending and is reversed"),
            )
            continue
        left = replace(
            left,
            amount=left.amount - action.order_amount,
            payout=left.payout - action.payout,
            checks=(*left.checks, f"action {action.action_id} is locked and is deducted"),
        )
    if left.payout.minor < 0 or left.amount.minor < 0:
        raise RuleForbids(
            f"Order {claim.order_id} is locked already with more than {granted} {granted.currency} "
            f"for {amount}; correct it with a funds transfer",
            code="nothing_left_to_pay",
        )
    return left
