"""Pricing an order by a payout plan, with the reason in words.

An item's base is its share of the order amount: by subtotals, or by quantities if an item has no
subtotal. So the bases sum to the order amount, whatever tax, shipping or discount it includes, and
one percentage pays the same at both levels. A flat amount is paid for each order, or for each piece
of an item. Exact fractions are added up and rounded half to even once, at the end; the items'
payouts are parts of that sum. An order without items is priced whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from makegood.domain.baskets import weights_of
from makegood.domain.money import MILLIONTHS, Money, apportioned, rounded
from makegood.domain.orders import Item, Order
from makegood.domain.payout_plans import Level, PayoutGroup, PayoutPlan, PayoutTerm, Share
from makegood.domain.problems import RuleForbids


class Rounding(StrEnum):
    """What the one rounding did to the exact sum."""

    NONE = ""
    UP = "rounded up, half to even"
    DOWN = "rounded down, half to even"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing priced: the order (blank `sku`) or an item; `group` None is the default."""

    sku: str
    group: PayoutGroup | None
    term: PayoutTerm
    pieces: int
    base: Money
    payout: Money

    def __str__(self) -> str:
        who = f"group {self.group.name} (rank {self.group.rank})" if self.group else "default"
        what = f"{self.term} of {_shown(self.base)}"
        if self.term.flat is not None:
            what = f"{self.term} for each of {self.pieces}" if self.sku else f"{self.term} flat"
        return f"{self.sku}{', ' if self.sku else ''}{who}: {what} = {_shown(self.payout)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an order pays what it pays: the contract's version, the group and term of each line."""

    contract_version: int
    lines: tuple[Line, ...]
    payout: Money
    rounding: Rounding

    def __str__(self) -> str:
        parts = "; ".join(str(line) for line in self.lines)
        if self.lines[0].sku:
            parts += f"; together {_shown(self.payout)}"
        rounding = f", {self.rounding}" if self.rounding else ""
        return f"Contract version {self.contract_version}, {parts}{rounding}"


@dataclass(frozen=True, slots=True)
class Priced:
    """What an order pays. `items` are the payouts of its items, in their order, and sum to it."""

    payout: Money
    explanation: Explanation
    items: tuple[Money, ...]


def _shown(money: Money) -> str:
    return f"{money} {money.currency}"


def price(
    plan: PayoutPlan,
    contract_version: int,
    amount: Money,
    order: Order,
    bought: Sequence[Item] = (),
) -> Priced:
    """Prices an order over `amount`; refuses a flat amount in another currency than the order's.

    `bought` is the original basket, if the order's basket is what returns left of it; it decides
    whether shares go by subtotals or quantities.
    """
    shares = _shares(amount, order.items, bought or order.items)
    by_item = plan.level is Level.ITEM and bool(order.items)
    priced = shares if by_item else [Share(amount)]
    looks = [replace(order, items=(item,)) for item in order.items] if by_item else [order]
    groups = [plan.group_for(amount, look) for look in looks]
    terms = [group.payout if group else plan.default for group in groups]
    fractions = [term.fraction_of(share) for term, share in zip(terms, priced, strict=True)]
    scale = priced[0].of * MILLIONTHS
    exact = sum(fractions)
    payout_minor = rounded(exact, scale)
    payouts = _in(amount.currency, apportioned(payout_minor, fractions, scale))
    payout = Money(payout_minor, amount.currency)
    lines = tuple(
        Line(look.items[0].sku if by_item else "", group, term, share.pieces, base, paid)
        for look, group, term, share, base, paid in zip(
            looks, groups, terms, priced, _parts(amount, priced), payouts, strict=True
        )
    )
    explanation = Explanation(
        contract_version, lines, payout, _rounding(payout_minor, exact, scale)
    )
    return Priced(payout, explanation, payouts if by_item else _parts(payout, shares))


def item_payouts(
    plan: PayoutPlan | None,
    amount: Money,
    payout: Money,
    order: Order,
    bought: Sequence[Item] = (),
) -> tuple[Money, ...]:
    """The payout of each item of an order, summing to the order's payout.

    The plan's own item payouts, if they make this payout. If the payout was stated, or another plan
    made it, it is split by the items' shares of the order.
    """
    try:
        priced = price(plan, 1, amount, order, bought) if plan else None
    except RuleForbids:
        priced = None
    if priced is not None and priced.payout == payout:
        return priced.items
    return _parts(payout, _shares(amount, order.items, bought or order.items))


def _shares(amount: Money, items: Sequence[Item], bought: Sequence[Item]) -> list[Share]:
    """The items' shares of the order, weighed as the original basket is."""
    if not items:
        return []
    weights = weights_of(items, bought)
    of = sum(weights)
    return [
        Share(amount, weight, of, item.quantity)
        for weight, item in zip(weights, items, strict=True)
    ]


def _parts(money: Money, shares: Sequence[Share]) -> tuple[Money, ...]:
    """This money in whole minor units by share, summing to it; none for no shares."""
    if not shares:
        return ()
    fractions = [money.minor * share.weight for share in shares]
    return _in(money.currency, apportioned(money.minor, fractions, shares[0].of))


def _in(currency: str, minors: Sequence[int]) -> tuple[Money, ...]:
    return tuple(Money(minor, currency) for minor in minors)


def _rounding(minor: int, exact: int, scale: int) -> Rounding:
    if minor * scale == exact:
        return Rounding.NONE
    return Rounding.UP if minor * scale > exact else Rounding.DOWN
