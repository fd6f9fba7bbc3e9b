"""The life of an action as pure decisions: credit, convert, approve, lock, pay, reverse.

Each takes values and the instant it is made at, and answers with an `Outcome`. Money moves only
here: an action is set aside from the advertiser's funds when it locks, and goes to the partner when
it clears and the advertiser's cash covers it, oldest clearing date first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain import calendar, ids, ledger, limit_usage
from makegood.domain.actions import Action, ActionState, Disposition, Origin, update_of
from makegood.domain.calendar import Due, LockKind
from makegood.domain.contracts import Contract, Terms
from makegood.domain.ledger import Cash, Floor, Share
from makegood.domain.limit_usage import NO_USE
from makegood.domain.limits import Countable, Meter
from makegood.domain.money import Money
from makegood.domain.orders import Conversion, Credit, Order, OrderCredits
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Campaign
from makegood.domain.problems import Conflict, Fault, Invalid, RuleForbids


@dataclass(frozen=True, slots=True)
class Origination:
    """What a new action is made of: the order, the credited partner, the payout and its reason."""

    action_id: str
    partner_id: str
    event_type_id: str
    order: Order
    order_amount: Money
    payout: Money
    event_at: datetime
    origin: Origin
    inquiry_id: str = ""
    source: str = ""
    explanation: str = ""


def originate(made: Origination, campaign: Campaign, contract: Contract, now: datetime) -> Action:
    """A pending action with both its dates, under the contract version in force now."""
    terms = contract.in_force(now)
    locks_at = calendar.locks_at(terms.locking, made.event_at, campaign.zone)
    return Action(
        action_id=made.action_id,
        advertiser_id=campaign.advertiser_id,
        campaign_id=campaign.campaign_id,
        partner_id=made.partner_id,
        event_type_id=made.event_type_id,
        order=made.order,
        order_amount=made.order_amount,
        payout=made.payout,
        event_at=made.event_at,
        created_at=now,
        changed_at=now,
        locks_at=locks_at,
        clears_at=calendar.clears_at(terms.payment, locks_at, campaign.zone),
        locking=terms.locking,
        payment=terms.payment,
        time_zone=campaign.time_zone,
        contract_id=contract.contract_id,
        contract_version=terms.version,
        origin=made.origin,
        inquiry_id=made.inquiry_id,
        source=made.source,
        explanation=made.explanation,
    )


def conversion_action_id(conversion: Conversion) -> str:
    """The id of a conversion's action: derived from order, event type and partner."""
    origin = f"conversion:{conversion.partner_id}:{conversion.order.order_id}"
    return ids.action_id(conversion.campaign_id, conversion.event_type_id, origin)


def convert(
    conversion: Conversion,
    *,
    campaign: Campaign,
    contract: Contract,
    order: OrderCredits,
    existing: Action | None,
    now: datetime,
    source: str = "",
    used: Mapping[Meter, int] = NO_USE,
) -> tuple[Action, Outcome]:
    """Makes a pending action of a tracked order; a repeat changes nothing.

    If `used` leaves no room within the contract's limits, the action is outside of terms.
    """
    if existing is not None:
        return _same_conversion(conversion, existing), NOTHING
    campaign.event_type(conversion.event_type_id)
    refuse_future(conversion.order.ordered_at, now, "EventDate")
    refuse_second_credit(order, conversion.partner_id, conversion.event_type_id)
    terms = contract.in_force(now)
    priced = terms.payout(conversion.event_type_id, conversion.order_amount, conversion.order)
    action = originate(
        Origination(
            conversion_action_id(conversion),
            conversion.partner_id,
            conversion.event_type_id,
            conversion.order,
            conversion.order_amount,
            priced.payout,
            still_open_at(conversion.order.ordered_at, terms, campaign, now),
            Origin.TRACKED,
            source=source,
            explanation=str(priced.explanation),
        ),
        campaign,
        contract,
        now,
    )
    action, uses = limit_usage.counted(action, contract, used)
    return action, Outcome(
        actions=((None, action),), orders=((order, credited(order, action)),), uses=uses
    )


def still_open_at(
    ordered_at: datetime, terms: Terms, campaign: Campaign, now: datetime
) -> datetime:
    """The reference of an action that is not to lock at once: the order's date, and `now` where the
    lock date that follows from it has passed.
    """
    late = calendar.locks_at(terms.locking, ordered_at, campaign.zone) <= now
    return now if late else ordered_at


def conversion_meters(
    conversion: Conversion, campaign: Campaign, contract: Contract, now: datetime
) -> list[Meter]:
    """The meters that a conversion would count in; `convert` needs their use."""
    terms = contract.in_force(now)
    if not terms.limits(conversion.event_type_id):
        return []
    order, event_at = (
        conversion.order,
        still_open_at(conversion.order.ordered_at, terms, campaign, now),
    )
    thing = Countable(
        contract.contract_id,
        conversion.event_type_id,
        order.order_id,
        order.customer_id,
        event_at,
        campaign.zone,
    )
    return limit_usage.meters(terms, thing)


def _same_conversion(conversion: Conversion, existing: Action) -> Action:
    if existing.state.rules.is_undone:
        raise RuleForbids(
            f"Action {existing.action_id} of this order was reversed; the partner may file a "
            "DECLINED inquiry for it",
            code="action_reversed",
        )
    if existing.order_amount != conversion.order_amount:
        raise Conflict(
            f"Order {conversion.order.order_id} is tracked already, as action "
            f"{existing.action_id} over {existing.order_amount}; modify that action instead",
            code="conversion_differs",
        )
    return existing


def refuse_future(at: datetime, now: datetime, field: str) -> None:
    if at > now:
        fault = Fault(field, "Lies in the future; give the date of the order", "in_the_future")
        raise Invalid(faults=(fault,))


def refuse_second_credit(order: OrderCredits, partner_id: str, event_type_id: str) -> None:
    """Refuses a second credit: no order is paid twice to one partner for one event type."""
    for credit in order.of(partner_id, event_type_id):
        raise RuleForbids(
            f"Order {order.order_id} is credited to this partner already, by action "
            f"{credit.action_id}; decline with reason 1, or settle an INCORRECT inquiry",
            code="order_already_credited",
        )


def credited(order: OrderCredits, action: Action) -> OrderCredits:
    """The order with this action's credit on it."""
    by_promo_code = bool(action.order.promo_code)
    return order.with_credit(
        Credit(action.event_type_id, action.partner_id, action.action_id, by_promo_code)
    )


def settle_at_once(action: Action, cash: Cash, now: datetime) -> tuple[Action, Outcome]:
    """Locks and pays a new action at once, as far as its dates have passed.

    It pays here only if the funds stay at or above zero: then the cash covers everything that is
    locked, so nobody older is overtaken, and the commit only has to check the funds. Otherwise the
    sweep pays it in its turn.
    """
    if action.locks_at > now or action.outside:
        return action, NOTHING
    entries = _entries(ledger.lock(action.advertiser_id, [_share(action)], now))
    locked = replace(action, state=ActionState.LOCKED)
    after_lock = replace(cash, funds_minor=cash.funds_minor - action.payout.minor)
    if action.clears_at > now or after_lock.funds_minor < 0:
        return locked, Outcome(entries=entries)
    entries += _entries(ledger.pay(action.advertiser_id, [_share(action)], now))
    paid = replace(locked, state=ActionState.PAID, paid_at=now)
    needed = Floor(ledger.funds(cash.advertiser_id), cash.currency, action.payout.minor)
    return paid, Outcome(entries=entries, floors=(needed,) if action.payout.minor else ())


def approve(
    action: Action,
    now: datetime,
    by: str,
    contract: Contract | None = None,
    used: Mapping[Meter, int] = NO_USE,
) -> Outcome:
    """Approves an action; an open-ended one locks.

    One outside of terms counts from then on, whatever is `used`; under a contract that is not
    open-ended it stays pending, and locks on its date.
    """
    after, uses = limit_usage.admitted(action, contract, used) if action.outside else (action, ())
    if action.locking.kind is LockKind.OPEN_ENDED:
        clears_at = calendar.clears_at(action.payment, now, calendar.zone(action.time_zone))
        after = after.moved(
            ActionState.LOCKED, now, locks_at=now, clears_at=clears_at, modified_at=now
        )
        entries = _entries(ledger.lock(action.advertiser_id, [_share(action)], now))
    elif action.outside:
        after, entries = after.changed(now), ()
    else:
        raise RuleForbids(
            f"Action {action.action_id} locks by itself on {action.locks_at:%Y-%m-%d}; only "
            "actions under an open-ended contract, or outside of terms, are approved",
            code="not_open_ended",
        )
    return Outcome(
        actions=((action, after),),
        updates=(update_of(action, after, "APPROVED", by),),
        entries=entries,
        uses=uses,
    )


def reverse(
    action: Action, order: OrderCredits, disposition: Disposition, now: datetime, by: str
) -> Outcome:
    """Reverses a pending action: nothing was set aside for it, and its order is free again.

    Its lock date fixes what would lock then; what is outside of terms is undone from it on, too.
    """
    if not action.outside:
        action.check_changes(now)
    reversed_ = action.moved(ActionState.REVERSED, now, disposition=disposition, counts=())
    return Outcome(
        actions=((action, reversed_),),
        orders=((order, order.without(action.action_id)),),
        updates=(update_of(action, reversed_, disposition, by),),
        uses=limit_usage.released(action),
    )


def lapse(action: Action, order: OrderCredits, now: datetime, by: str) -> Outcome:
    """Reverses an action that is outside of terms and was not approved by its lock date."""
    _due(action.action_id, action.locks_at, now)
    if action.due is not Due.LAPSE:
        return NOTHING
    return reverse(action, order, Disposition.NOT_COMPLIANCE_TERMS, now, by)


def lock(actions: Sequence[Action], now: datetime) -> Outcome:
    """Locks actions of one advertiser and currency whose lock date has come, in one entry."""
    _one_account(actions)
    for action in actions:
        _due(action.action_id, action.locks_at, now)
        if action.outside:
            raise ValueError(f"action {action.action_id} is outside of terms and cannot lock")
    moved = [(action, action.moved(ActionState.LOCKED, now)) for action in actions]
    entry = ledger.lock(actions[0].advertiser_id, [_share(action) for action in actions], now)
    return Outcome(actions=tuple(moved), entries=_entries(entry))


def pay(actions: Sequence[Action], cash: Cash, now: datetime) -> Outcome:
    """Pays what has cleared, oldest first, as far as the advertiser's cash goes, in one entry.

    After the first payout that is not covered, all others wait, however small: nothing younger
    jumps the queue. While funds are at or above zero there is no queue, and the commit only checks
    that they stay so. Otherwise it requires that `cash` has not moved.
    """
    _one_account(actions)
    covered: list[Action] = []
    left = cash.cash_minor
    for action in sorted(actions, key=clearing_order):
        _due(action.action_id, action.clears_at, now)
        left -= action.payout.minor
        if left < 0:
            break
        covered.append(action)
    if not covered:
        return NOTHING
    moved = [(action, action.moved(ActionState.PAID, now, paid_at=now)) for action in covered]
    entry = ledger.pay(cash.advertiser_id, [_share(action) for action in covered], now)
    paid = Outcome(actions=tuple(moved), entries=_entries(entry))
    if cash.funds_minor >= 0:
        return replace(paid, floors=(Floor(ledger.funds(cash.advertiser_id), cash.currency, 0),))
    return replace(paid, relies_on=(cash,))


def clearing_order(action: Action) -> tuple[datetime, str]:
    """Oldest clearing date first; the id settles a tie."""
    return action.clears_at, action.action_id


def _one_account(actions: Sequence[Action]) -> None:
    if len({(action.advertiser_id, action.payout.currency) for action in actions}) != 1:
        raise ValueError("one settlement is for one advertiser and currency")


def _due(action_id: str, due_at: datetime, now: datetime) -> None:
    if due_at > now:
        raise ValueError(f"action {action_id} is due at {due_at}, not at {now}")


def _share(action: Action) -> Share:
    return Share(action.action_id, action.partner_id, action.payout)


def _entries(entry: ledger.Entry | None) -> tuple[ledger.Entry, ...]:
    return () if entry is None else (entry,)
