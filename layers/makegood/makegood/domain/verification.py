"""What the shop's own orders say about a claim: one verdict, with its checks and its reasons.

The first that holds, in this order:

    TAKEN  UNDONE  PARTLY_UNDONE  NOT_YET  MISMATCH  MATCH      an order is found
    CANDIDATES  NOT_FOUND  NO_DATA                              none is

An order whose status nobody knows is no evidence: unless it is taken, that is NO_DATA, which no
rule acts on. So is a sale in another currency, where the campaign has a person judge it. Likeness
proposes to a person, and never decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.money import Money
from makegood.domain.shop_orders import (
    Coverage,
    Found,
    ShopOrder,
    ShopOrders,
    ShopState,
    added_up,
    damage,
)
from makegood.domain.verdicts import Check, HoldKind, KeptVerdict, Verdict

CANDIDATES_MAX = 5
NEAR_DAYS = 1


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim says of an order; `corrects` is the action that an INCORRECT inquiry is about.

    `corrects` is blank for all others, and `event_type_id` where it is not known yet.
    """

    claim_id: str
    event_type_id: str
    order_id: str
    amount: Money
    ordered_at: datetime
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """An action or a claim that is about an order; `holder` is its id.

    The event type of an open claim is blank: whoever decides it chooses.
    """

    kind: HoldKind
    holder: str
    event_type_id: str
    order_id: str


class OtherCurrency(StrEnum):
    """What a claim is whose currency is not the shop's: a mismatch, or for a person to judge."""

    MISMATCH = "MISMATCH"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a claim may be off; `amount_minor` is in minor units of the claim's currency."""

    zone: ZoneInfo
    days: int = 1
    amount_minor: int = 0
    other_currency: OtherCurrency = OtherCurrency.MISMATCH


@dataclass(frozen=True, slots=True)
class Verification:
    """A verdict with its evidence.

    `step` is the one at which the id was found, or 0. `candidates` are the orders that a person may
    pick from. `explanation` is whole sentences. `holds` are what a TAKEN order backs already.
    """

    verdict: Verdict
    explanation: str
    order: ShopOrder | None = None
    step: int = 0
    checks: tuple[Check, ...] = ()
    candidates: tuple[ShopOrder, ...] = ()
    holds: tuple[Hold, ...] = ()

    def kept(self, made_at: datetime, before: KeptVerdict | None = None) -> KeptVerdict:
        """What an inquiry keeps of it, after the verdict that it had before."""
        return KeptVerdict(
            verdict=self.verdict,
            explanation=self.explanation,
            made_at=made_at,
            number=before.number + 1 if before else 1,
            order_id=self.order.order_id if self.order else "",
            left=self.order.left if self.order else None,
            step=self.step,
            checks=self.checks,
            candidates=tuple(each.order_id for each in self.candidates),
            holds=tuple(dict.fromkeys(each.kind for each in self.holds)),
            told=before.told if before else False,
        )


def verify(
    claimed: Claimed,
    orders: ShopOrders,
    coverage: Iterable[Coverage],
    holds: Iterable[Hold],
    tolerance: Tolerance,
) -> Verification:
    """The verdict on a claim, whatever the order in which orders, files and holds are given."""
    found = orders.find(claimed.order_id)
    if found.order is None:
        return _without_order(claimed, found, orders, coverage, tolerance.zone)
    checks = _checks(claimed, found.order, tolerance)
    taken = _taken(claimed, found.order, orders, holds)
    verdict, reason = _with_order(claimed, found.order, checks, taken, tolerance)
    return Verification(
        verdict=verdict,
        explanation=f"{_found_how(claimed, found.order, found.step)} {reason}",
        order=found.order,
        step=found.step,
        checks=checks,
        holds=taken,
    )


def _with_order(
    claimed: Claimed,
    order: ShopOrder,
    checks: tuple[Check, ...],
    taken: tuple[Hold, ...],
    tolerance: Tolerance,
) -> tuple[Verdict, str]:
    if any(each.kind is not HoldKind.LIVE for each in taken):
        return Verdict.TAKEN, "This order has been credited or accepted already."
    if taken:
        return Verdict.TAKEN, "Another open claim is about this order; a person decides."
    if order.state is ShopState.UNKNOWN:
        reason = f'Nobody knows its status "{order.status}", so a person has to look.'
        return Verdict.NO_DATA, reason
    if order.state is ShopState.UNDONE:
        return Verdict.UNDONE, f'The shop has undone it: its status is "{order.status}".'
    if order.state is ShopState.PARTLY_UNDONE:
        reason = f"The shop refunded {_told(order.refunded)} of it; {_told(order.left)} is left."
        return Verdict.PARTLY_UNDONE, reason
    if order.state is ShopState.PENDING:
        return Verdict.NOT_YET, f'The sale is still pending: its status is "{order.status}".'
    ours, shops = claimed.amount.currency, order.amount.currency
    if ours != shops and tolerance.other_currency is OtherCurrency.PERSON:
        return Verdict.NO_DATA, f"The claim is in {ours} and the order in {shops}; a person judges."
    off = [each for each in checks if not each.holds]
    if off:
        told = (f"The claim's {e.field} is {e.claimed}, the shop's is {e.shop}." for e in off)
        return Verdict.MISMATCH, " ".join(told)
    return Verdict.MATCH, "Its date and its amount agree with the claim, and the sale stands."


def _without_order(
    claimed: Claimed,
    found: Found,
    orders: ShopOrders,
    coverage: Iterable[Coverage],
    zone: ZoneInfo,
) -> Verification:
    day = calendar.local_day(claimed.ordered_at, zone)
    if candidates := (found.orders or _near(claimed, day, orders, zone))[:CANDIDATES_MAX]:
        listed = ", ".join(each.order_id for each in candidates)
        why = f"The shop has no single order {claimed.order_id}. A person may pick from: {listed}."
        return Verification(Verdict.CANDIDATES, why, step=found.step, candidates=candidates)
    damaged = damage(claimed.order_id, orders.affixes)
    named = f" {damaged}." if damaged else ""
    if any(each.rules_out(day) for each in added_up(coverage)):
        why = f"The shop has no order {claimed.order_id}, and its file covers {day}.{named}"
        return Verification(Verdict.NOT_FOUND, why)
    why = f"There is no order {claimed.order_id}, and no complete file covers {day}.{named}"
    return Verification(Verdict.NO_DATA, why)


def _near(claimed: Claimed, day: date, orders: ShopOrders, zone: ZoneInfo) -> tuple[ShopOrder, ...]:
    """Orders one edit off, with the same amount, within a day; the nearest in time first."""
    fitting = (
        each
        for each in orders.orders
        if each.amount == claimed.amount
        and abs((calendar.local_day(each.ordered_at, zone) - day).days) <= NEAR_DAYS
    )
    near = orders.near(claimed.order_id, fitting)
    away = {each: abs(each.ordered_at - claimed.ordered_at) for each in near}
    return tuple(sorted(away, key=lambda each: (away[each], each.order_id)))


def _checks(claimed: Claimed, order: ShopOrder, tolerance: Tolerance) -> tuple[Check, ...]:
    day = calendar.local_day(claimed.ordered_at, tolerance.zone)
    shop_day = calendar.local_day(order.ordered_at, tolerance.zone)
    same = claimed.amount.currency == order.amount.currency
    off = abs(claimed.amount.minor - order.amount.minor)
    near = abs((day - shop_day).days) <= tolerance.days
    return (
        Check("date", day.isoformat(), shop_day.isoformat(), near),
        Check(
            "amount",
            _told(claimed.amount),
            _told(order.amount),
            same and off <= tolerance.amount_minor,
        ),
    )


def _taken(
    claimed: Claimed, order: ShopOrder, orders: ShopOrders, holds: Iterable[Hold]
) -> tuple[Hold, ...]:
    """Everything else that is about this order and event type, by whichever of its ids."""
    taken = (
        each
        for each in holds
        if _may_be_one(each.event_type_id, claimed.event_type_id)
        and each.holder not in (claimed.claim_id, claimed.corrects)
        and order in orders.find(each.order_id).orders
    )
    return tuple(sorted(taken, key=lambda each: (each.kind, each.holder)))


def _may_be_one(event_type_id: str, other_id: str) -> bool:
    """Whether two event types are the same; one that is not known may be any."""
    return not event_type_id or not other_id or event_type_id == other_id


def _found_how(claimed: Claimed, order: ShopOrder, step: int) -> str:
    if step == 1:
        return f"The shop has an order {claimed.order_id}."
    return f"{claimed.order_id} is another spelling of the shop's order {order.order_id}."


def _told(money: Money) -> str:
    return f"{money} {money.currency}"
