"""What a contract pays for one event type: a default, and groups of exceptions by rank.

Groups are tried by rank: the first whose conditions all hold decides; if none does, the default
decides. A plan at ORDER level is applied once, to the whole order; one at ITEM level is applied to
each item. `limits` cap what it pays for one order, customer or all. As an object:

    {"default": "5%", "level": "ITEM", "groups": [
        {"name": "Shoes to new customers", "rank": 1, "payout": "7.5%", "when": [
            {"variable": "ITEM_CATEGORY", "operator": "IS", "value": "Shoes"},
            {"variable": "CUSTOMER_STATUS", "operator": "IS", "value": "new"}]}],
     "limits": [{"measure": "PAYOUT", "most": "500.00 USD", "scope": "ALL", "every": "MONTH"}]}

A plain text like `5%` stands for a plan of nothing but that default.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

from makegood.domain.json_fields import read_field, read_money, read_object, read_one_of
from makegood.domain.limits import Limit
from makegood.domain.money import MILLIONTHS, Money, Rate, parse_currency
from makegood.domain.orders import Order
from makegood.domain.problems import Malformed, RuleForbids
from makegood.domain.texts import caseless, one_line

GROUPS_MAX = 50
CONDITIONS_MAX = 10
NAME_MAX = 100
VALUE_MAX = 255
RANK_MAX = 10_000
LIMITS_MAX = 8


class Level(StrEnum):
    """What is priced: the order as a whole, or each of its items."""

    ORDER = "ORDER"
    ITEM = "ITEM"


class Variable(StrEnum):
    """What a condition looks at; ITEM_* at any item of the order, or at the one being priced."""

    CURRENCY = "CURRENCY"
    CUSTOMER_COUNTRY = "CUSTOMER_COUNTRY"
    CUSTOMER_STATUS = "CUSTOMER_STATUS"
    CUSTOMER_CITY = "CUSTOMER_CITY"
    CUSTOMER_REGION = "CUSTOMER_REGION"
    CUSTOMER_POSTCODE = "CUSTOMER_POSTCODE"
    PROMO_CODE = "PROMO_CODE"
    ITEM_CATEGORY = "ITEM_CATEGORY"
    ITEM_SKU = "ITEM_SKU"
    ORDER_AMOUNT = "ORDER_AMOUNT"


class Operator(StrEnum):
    IS = "IS"
    IS_NOT = "IS_NOT"
    CONTAINS = "CONTAINS"
    AT_LEAST = "AT_LEAST"
    BELOW = "BELOW"


_EQUAL = frozenset({Operator.IS, Operator.IS_NOT})
_OPERATORS = {
    **dict.fromkeys(Variable, _EQUAL | {Operator.CONTAINS}),
    Variable.CURRENCY: _EQUAL,
    Variable.ORDER_AMOUNT: _EQUAL | {Operator.AT_LEAST, Operator.BELOW},
}

_TEXTS: dict[Variable, Callable[[Order], Sequence[str]]] = {
    Variable.CUSTOMER_COUNTRY: lambda order: [order.customer_country],
    Variable.CUSTOMER_STATUS: lambda order: [order.customer_status],
    Variable.CUSTOMER_CITY: lambda order: [order.customer_city],
    Variable.CUSTOMER_REGION: lambda order: [order.customer_region],
    Variable.CUSTOMER_POSTCODE: lambda order: [order.customer_postcode],
    Variable.PROMO_CODE: lambda order: [order.promo_code],
    Variable.ITEM_CATEGORY: lambda order: [item.category for item in order.items],
    Variable.ITEM_SKU: lambda order: [item.sku for item in order.items],
}


@dataclass(frozen=True, slots=True)
class Share:
    """The part of an order that one term prices: `weight` of `of` parts of the whole `amount`."""

    amount: Money
    weight: int = 1
    of: int = 1
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class PayoutTerm:
    """What is paid: a `rate` of the amount, or a `flat` amount per order or per piece of an item.

    Exactly one of the two is there. As text: `5%`, `1.50 USD`.
    """

    rate: Rate | None = None
    flat: Money | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.flat is None):
            raise Malformed("not_a_payout", "A payout is either a percentage or a flat amount")
        if self.flat is not None and self.flat.minor < 0:
            raise Malformed("negative_payout", "A flat payout is zero or more")

    @classmethod
    def parse(cls, text: str, by_hand: bool = False) -> Self:
        """The term that `str` writes, or an operator `by_hand`; raises `Malformed`.

        A percentage knows the decimal point alone.
        """
        text = text.strip()
        if text.endswith("%"):
            return cls(rate=Rate.parse_percent(text.removesuffix("%")))
        message = "Not a payout; write it like 5% or 1.50 USD"
        return cls(flat=read_money(text, "not_a_payout", message, by_hand))

    def __str__(self) -> str:
        if self.flat is not None:
            return f"{self.flat} {self.flat.currency}"
        return f"{self._rate().percent()}%"

    def fraction_of(self, share: Share) -> int:
        """What this pays for a share of an order, in millionths of `share.of` of a minor unit."""
        if self.flat is None:
            return share.amount.minor * share.weight * self._rate().millionths
        if self.flat.currency != share.amount.currency:
            raise RuleForbids(
                f"The contract pays {self}, and the order is in {share.amount.currency}; "
                f"give the amount in {self.flat.currency}",
                code="currency_mismatch",
            )
        return self.flat.minor * share.pieces * share.of * MILLIONTHS

    def _rate(self) -> Rate:
        return self.rate or Rate(0)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. Texts are compared without regard to case, outer spaces and the
    encoding of accents.

    An unknown value is blank: IS with a blank value asks for that. IS_NOT is always the opposite of
    IS, so an unknown value meets it. An order amount is compared only with orders in its currency:
    for an order in another, IS, AT_LEAST and BELOW do not hold.
    """

    variable: Variable
    operator: Operator
    value: str

    def __post_init__(self) -> None:
        allowed = _OPERATORS[self.variable]
        if self.operator not in allowed:
            known = ", ".join(each for each in Operator if each in allowed)
            raise Malformed("payout_operator", f"{self.variable} is compared by one of {known}")
        if len(self.value) > VALUE_MAX:
            raise Malformed("payout_value", f"A value has at most {VALUE_MAX} characters")
        if self.variable is Variable.CURRENCY:
            parse_currency(self.value)
        elif self.variable is Variable.ORDER_AMOUNT:
            self.threshold()
        elif self.operator is Operator.CONTAINS and not self.value.strip():
            raise Malformed("payout_value", "CONTAINS needs a value that is not blank")

    def holds(self, amount: Money, order: Order) -> bool:
        if self.operator is Operator.IS_NOT:
            return not self._is(amount, order)
        if self.operator is Operator.CONTAINS:
            part = caseless(self.value)
            return any(part in caseless(text) for text in _TEXTS[self.variable](order))
        if self.operator is Operator.IS:
            return self._is(amount, order)
        limit = self.threshold()
        if limit.currency != amount.currency:
            return False
        return amount < limit if self.operator is Operator.BELOW else limit <= amount

    def _is(self, amount: Money, order: Order) -> bool:
        if self.variable is Variable.ORDER_AMOUNT:
            return amount == self.threshold()
        if self.variable is Variable.CURRENCY:
            return amount.currency == parse_currency(self.value)
        known = _TEXTS[self.variable](order) or [""]
        return caseless(self.value) in [caseless(text) for text in known]

    def to_dict(self) -> dict[str, Any]:
        return {
            "variable": str(self.variable),
            "operator": str(self.operator),
            "value": self.value,
        }

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or an operator `by_hand`, whose value is kept as we write it."""
        fields = read_object(data, "A condition", ("variable", "operator", "value"), by_hand)
        variable = read_one_of(Variable, fields, "variable")
        value = read_field(fields, "value", str)
        if by_hand and variable is Variable.ORDER_AMOUNT:
            amount = read_money(value, *_NOT_AN_AMOUNT, by_hand)
            value = f"{amount} {amount.currency}"
        elif by_hand:
            value = one_line(value, VALUE_MAX)
        return cls(variable, read_one_of(Operator, fields, "operator"), value)

    def threshold(self) -> Money:
        """What a condition on ORDER_AMOUNT compares with."""
        return read_money(self.value, *_NOT_AN_AMOUNT)


_NOT_AN_AMOUNT = "payout_value", "Not an amount; write it like 100.00 USD"


@dataclass(frozen=True, slots=True)
class PayoutGroup:
    """An exception from the default: what is paid where all conditions hold. Rank 1 is first."""

    name: str
    rank: int
    payout: PayoutTerm
    when: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > NAME_MAX or not self.name.isprintable():
            raise Malformed("payout_group", f"A group's name is a line of 1 to {NAME_MAX} letters")
        if not 1 <= self.rank <= RANK_MAX:
            raise Malformed("payout_group", f"A group's rank is from 1 to {RANK_MAX:,}")
        if not 1 <= len(self.when) <= CONDITIONS_MAX:
            raise Malformed(
                "payout_group",
                f"A group has 1 to {CONDITIONS_MAX} conditions; what always holds is the default",
            )

    def matches(self, amount: Money, order: Order) -> bool:
        return all(condition.holds(amount, order) for condition in self.when)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rank": self.rank,
            "payout": str(self.payout),
            "when": [condition.to_dict() for condition in self.when],
        }

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        fields = read_object(data, "A payout group", ("name", "rank", "payout", "when"), by_hand)
        name = read_field(fields, "name", str)
        try:
            when = read_field(fields, "when", list)
            return cls(
                one_line(name, NAME_MAX) if by_hand else name,
                read_field(fields, "rank", int),
                PayoutTerm.parse(read_field(fields, "payout", str), by_hand),
                tuple(Condition.from_dict(each, by_hand) for each in when),
            )
        except Malformed as malformed:
            raise Malformed(malformed.code, f"Group {name!r}: {malformed.message}") from malformed


@dataclass(frozen=True, slots=True)
class PayoutPlan:
    """All that one event type pays; groups are sorted by rank."""

    default: PayoutTerm
    level: Level = Level.ORDER
    groups: tuple[PayoutGroup, ...] = ()
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if len(self.groups) > GROUPS_MAX:
            raise Malformed("payout_group", f"At most {GROUPS_MAX} groups; put some together")
        if any(later.rank <= earlier.rank for earlier, later in pairwise(self.groups)):
            raise Malformed("payout_rank", "Each group has a rank of its own, in ascending order")
        if len({group.name for group in self.groups}) != len(self.groups):
            raise Malformed("payout_group", "Each group has a name of its own")
        if len(self.limits) > LIMITS_MAX:
            raise Malformed("payout_limit", f"At most {LIMITS_MAX} limits; put some together")
        if len({limit.key for limit in self.limits}) != len(self.limits):
            raise Malformed("payout_limit", "Two limits count the same; leave the lower one")

    def group_for(self, amount: Money, order: Order) -> PayoutGroup | None:
        """The first group by rank that matches; None means the default."""
        return next((group for group in self.groups if group.matches(amount, order)), None)

    def to_dict(self) -> dict[str, Any]:
        """Lossless, for storage and commands; amounts and rates are texts."""
        plan = {
            "default": str(self.default),
            "level": str(self.level),
            "groups": [group.to_dict() for group in self.groups],
        }
        limits = [limit.to_dict() for limit in self.limits]
        return {**plan, "limits": limits} if limits else plan

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or an operator `by_hand` in the same shape; raises `Malformed`.

        Level ORDER, the groups and the limits may be left out; groups may come in any order.
        """
        names = ("default", "level", "groups", "limits")
        fields = read_object(data, "A payout that is no text like 5%", names, by_hand)
        groups = [
            PayoutGroup.from_dict(each, by_hand) for each in read_field(fields, "groups", list, [])
        ]
        return cls(
            PayoutTerm.parse(read_field(fields, "default", str), by_hand),
            read_one_of(Level, fields, "level", Level.ORDER),
            tuple(sorted(groups, key=lambda group: group.rank)),
            Limit.list_from(fields, by_hand),
        )
