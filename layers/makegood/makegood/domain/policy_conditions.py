"""What a policy's rules look at, and the conditions that they ask.

    variable          values                          unknown
    VERDICT           those of `verdicts`             until a claim has one
    HOLDER            OWN, OTHER, OTHER_BY_CODE       where the order is credited to nobody
    INQUIRY_TYPE      UNTRACKED, INCORRECT, DECLINED
    PARTNER           ids of partners
    PARTNER_KIND      CASHBACK, LOYALTY, ...
    APPEAL            YES, NO
    EVIDENCE          YES, NO: whether evidence is attached to the claim
    PROMO_CODE        YES, NO: whether somebody is credited for the order by a code; with HOLDER
    PAYOUT            an amount                       where nothing says what would be paid
    AMOUNT            an amount: the claim's order
    AGE_DAYS          days since the order
    ATTEMPTS          inquiries before this one for the order
    CUSTOMER_CLAIMS   claims in the last `days`       where the customer is unknown; and before
                                                      the span is counted, unless the claims that
                                                      are counted already are enough to hold
    ACCEPTED_SHARE    percent of the partner's        until one of its claims is decided

The first eight are asked by ONE_OF and NONE_OF, the others by AT_MOST and AT_LEAST. What is unknown
meets no condition. An amount is compared in its own currency alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from makegood.domain.inquiries import InquiryType
from makegood.domain.json_fields import read_money, read_object, read_one_of
from makegood.domain.money import Money
from makegood.domain.parties import PartnerKind
from makegood.domain.problems import Malformed
from makegood.domain.verdicts import Verdict

VALUES_MAX = 100
VALUE_MAX = 64
SHOWN_MAX = 9
NUMBER_MAX = 1_000_000
PERCENT_MAX = 100
CUSTOMER_DAYS_MAX = 31
"""The longest span in which a customer's claims are counted."""


class Holder(StrEnum):
    """Who is credited for the order: this partner, or another channel, and whether by a code."""

    OWN = "OWN"
    OTHER = "OTHER"
    OTHER_BY_CODE = "OTHER_BY_CODE"


class Appeal(StrEnum):
    YES = "YES"
    NO = "NO"


class Present(StrEnum):
    """Whether there is such a thing."""

    YES = "YES"
    NO = "NO"


class Variable(StrEnum):
    VERDICT = "VERDICT"
    HOLDER = "HOLDER"
    INQUIRY_TYPE = "INQUIRY_TYPE"
    PARTNER = "PARTNER"
    PARTNER_KIND = "PARTNER_KIND"
    APPEAL = "APPEAL"
    EVIDENCE = "EVIDENCE"
    PROMO_CODE = "PROMO_CODE"
    PAYOUT = "PAYOUT"
    AMOUNT = "AMOUNT"
    AGE_DAYS = "AGE_DAYS"
    ATTEMPTS = "ATTEMPTS"
    CUSTOMER_CLAIMS = "CUSTOMER_CLAIMS"
    ACCEPTED_SHARE = "ACCEPTED_SHARE"


class Operator(StrEnum):
    ONE_OF = "ONE_OF"
    NONE_OF = "NONE_OF"
    AT_MOST = "AT_MOST"
    AT_LEAST = "AT_LEAST"


CHOICES: dict[Variable, type[StrEnum]] = {
    Variable.VERDICT: Verdict,
    Variable.HOLDER: Holder,
    Variable.INQUIRY_TYPE: InquiryType,
    Variable.PARTNER_KIND: PartnerKind,
    Variable.APPEAL: Appeal,
    Variable.EVIDENCE: Present,
    Variable.PROMO_CODE: Present,
}
"""Variables with values of a list; what they can be."""

AMOUNTS = frozenset({Variable.PAYOUT, Variable.AMOUNT})
NUMBERS: dict[Variable, int] = {
    Variable.AGE_DAYS: NUMBER_MAX,
    Variable.ATTEMPTS: NUMBER_MAX,
    Variable.CUSTOMER_CLAIMS: NUMBER_MAX,
    Variable.ACCEPTED_SHARE: PERCENT_MAX,
}
"""Variables that count something; the highest number that each is compared with."""

RANGES = AMOUNTS | NUMBERS.keys()
"""Variables that are compared by AT_MOST and AT_LEAST; all others by ONE_OF and NONE_OF."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision by a policy looks at; it is kept with the decision.

    `expected` is the payout that the claim asks for; `pays` is what each offer of the policy's
    rules would pay, by `Offer.key`. `shop_left` is the shop's amount less the whole refund. `alike`
    is a credited order whose id differs in spelling alone. `tripped` says why the breaker sends
    everything to people. `draw` is from 0 to 9,999, by a hash of the inquiry's id. `has_orders`:
    the claim was looked up in the shop's own orders. `was_asked`: the partner was asked something
    before, and no rule asks again. `customer_claims` are counts by days; those of the spans
    `counted_in_part` are the least that there can be.
    """

    inquiry_type: InquiryType
    partner_id: str
    partner_kind: PartnerKind
    amount: Money
    age_days: int
    draw: int
    expected: Money | None = None
    is_appeal: bool = False
    has_evidence: bool = False
    has_promo_code: bool = False
    attempts: int = 0
    was_asked: bool = False
    verdict: Verdict | None = None
    shop_left: Money | None = None
    has_orders: bool = False
    holder: Holder | None = None
    disputed: bool = False
    alike: str = ""
    tripped: str = ""
    customer_known: bool = False
    customer_claims: tuple[tuple[int, int], ...] = ()
    counted_in_part: tuple[int, ...] = ()
    accepted_share: int | None = None
    pays: tuple[tuple[str, Money], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it is kept: what is blank is left out."""
        told = (
            (each.name, getattr(self, each.name))
            for each in fields(self)
            if each.default is MISSING or getattr(self, each.name) != each.default
        )
        return {name: _written(value) for name, value in told}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote; names of a later version are passed over."""
        known = ((name, value) for name, value in data.items() if name in cls.__slots__)
        return cls(**{name: _READ.get(name, _as_it_is)(value) for name, value in known})


def _as_it_is(value: Any) -> Any:
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Money):
        return f"{value} {value.currency}"
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value


def _money(text: str) -> Money:
    return read_money(text, *_NOT_AN_AMOUNT)


_NOT_AN_AMOUNT = "policy_value", 'An amount is a text like "100.00 USD"'

_READ: dict[str, Callable[[Any], Any]] = {
    "inquiry_type": InquiryType,
    "partner_kind": PartnerKind,
    "amount": _money,
    "expected": _money,
    "shop_left": _money,
    "verdict": Verdict,
    "holder": Holder,
    "counted_in_part": tuple,
    "customer_claims": lambda pairs: tuple((days, count) for days, count in pairs),
    "pays": lambda pairs: tuple((key, _money(text)) for key, text in pairs),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One condition, the value that it saw, blank if that was unknown, and whether it held."""

    condition: str
    saw: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. `value` is of the variable's kind: texts, an amount, a number.

    `days` is the span of CUSTOMER_CLAIMS, and 0 for all others.
    """

    variable: Variable
    operator: Operator
    value: tuple[str, ...] | Money | int
    days: int = 0

    def __post_init__(self) -> None:
        _check_operator(self.variable, self.operator)
        counted = self.variable is Variable.CUSTOMER_CLAIMS
        if not (1 <= self.days <= CUSTOMER_DAYS_MAX if counted else self.days == 0):
            told = f"Days, from 1 to {CUSTOMER_DAYS_MAX}, goes with CUSTOMER_CLAIMS, and only there"
            raise Malformed("policy_days", told)
        self._check_value()

    def _check_value(self) -> None:
        if isinstance(self.value, tuple):
            if not 1 <= len(self.value) <= VALUES_MAX or len({*self.value}) < len(self.value):
                told = f"{self.variable} is compared with 1 to {VALUES_MAX} values, each once"
                raise Malformed("policy_value", told)
        elif isinstance(self.value, Money):
            if self.value.minor < 0:
                raise Malformed("policy_value", f"{self.variable} is compared with zero or more")
        elif not 0 <= self.value <= (most := NUMBERS.get(self.variable, NUMBER_MAX)):
            raise Malformed("policy_value", f"{self.variable} is compared with 0 to {most:,}")

    def holds(self, saw: str | Money | int | None) -> bool:
        """Whether it holds for that value; for one that is unknown, it does not."""
        if saw is None:
            return False
        if isinstance(self.value, tuple):
            return (str(saw) in self.value) is (self.operator is Operator.ONE_OF)
        if isinstance(self.value, Money):
            same = isinstance(saw, Money) and saw.currency == self.value.currency
            return same and self._in_range(saw.minor, self.value.minor)
        return isinstance(saw, int) and self._in_range(saw, self.value)

    def _in_range(self, saw: int, bound: int) -> bool:
        return saw <= bound if self.operator is Operator.AT_MOST else saw >= bound

    def __str__(self) -> str:
        """In one line: `PAYOUT AT_MOST 10.00 USD`."""
        value = _few(self.value) if isinstance(self.value, tuple) else _written(self.value)
        span = f" in {self.days} days" if self.days else ""
        return f"{self.variable} {self.operator} {value}{span}"

    def to_dict(self) -> dict[str, Any]:
        value = _written(self.value)
        days = {"Days": self.days} if self.days else {}
        return {
            "Variable": str(self.variable),
            "Operator": str(self.operator),
            "Value": value,
        } | days

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or somebody `by_hand`; raises `Malformed`."""
        names = ("Variable", "Operator", "Value", "Days")
        fields = read_object(data, "A condition", names, by_hand)
        variable = read_one_of(Variable, fields, "Variable")
        operator = read_one_of(Operator, fields, "Operator")
        _check_operator(variable, operator)
        return cls(
            variable,
            operator,
            _value(variable, fields.get("Value"), by_hand),
            read_count(fields, "Days"),
        )


def read_count(fields: Mapping[str, Any], name: str, default: int = 0, told: str = "") -> int:
    """A whole number, which may be written as a text."""
    given = fields.get(name, default)
    if isinstance(given, str) and re.fullmatch(r"(?a)\d{1,9}", given):
        return int(given)
    if type(given) is not int:
        raise Malformed("policy_value", told or f"{name} is a whole number")
    return given


def _check_operator(variable: Variable, operator: Operator) -> None:
    ranged = (Operator.AT_MOST, Operator.AT_LEAST)
    known = ranged if variable in RANGES else (Operator.ONE_OF, Operator.NONE_OF)
    if operator not in known:
        raise Malformed("policy_operator", f"{variable} is compared by {' or '.join(known)}")


def _value(variable: Variable, given: object, by_hand: bool) -> tuple[str, ...] | Money | int:
    """A condition's value, of the kind that its variable has."""
    if variable in AMOUNTS:
        if not isinstance(given, str):
            raise Malformed(*_NOT_AN_AMOUNT)
        return read_money(given, *_NOT_AN_AMOUNT, by_hand)
    if variable in NUMBERS:
        told = f"{variable} is compared with a whole number"
        return read_count({"Value": given}, "Value", told=told)
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise Malformed("policy_value", f"{variable} is compared with a list of texts")
    choices = CHOICES.get(variable)
    for each in texts:
        if choices is not None and each not in choices.__members__:
            told = f"{variable} is one of {', '.join(choices.__members__)}"
            raise Malformed("policy_value", told)
        if not each or len(each) > VALUE_MAX or not each.isprintable():
            raise Malformed("policy_value", f"A value has 1 to {VALUE_MAX} characters")
    return tuple(texts)


def _few(values: tuple[str, ...]) -> str:
    """The first of many values: what is shown of a condition stays short."""
    more = len(values) - SHOWN_MAX
    shown = ", ".join(values[:SHOWN_MAX])
    return f"{shown} and {more} more" if more > 0 else shown


def seen(condition: Condition, facts: Facts, pays: Money | None) -> Seen:
    """A condition with the value it saw; `pays` is what the rule that asks it would pay."""
    saw = _SAW[condition.variable](facts, condition, pays)
    text = "" if saw is None else str(_written(saw))
    return Seen(str(condition), text, condition.holds(saw))


def _present(holds: bool) -> Present:
    return Present.YES if holds else Present.NO


def _customer_claims(facts: Facts, asked: Condition) -> int | None:
    """The customer's claims, or None while it is not known whether there are more than counted."""
    counted = dict(facts.customer_claims).get(asked.days)
    if counted is None or asked.days not in facts.counted_in_part:
        return counted
    settled = asked.operator is Operator.AT_LEAST and asked.holds(counted)
    return counted if settled else None


_SAW: dict[Variable, Callable[[Facts, Condition, Money | None], str | Money | int | None]] = {
    Variable.VERDICT: lambda facts, _, __: facts.verdict,
    Variable.HOLDER: lambda facts, _, __: facts.holder,
    Variable.INQUIRY_TYPE: lambda facts, _, __: facts.inquiry_type,
    Variable.PARTNER: lambda facts, _, __: facts.partner_id,
    Variable.PARTNER_KIND: lambda facts, _, __: facts.partner_kind,
    Variable.APPEAL: lambda facts, _, __: Appeal.YES if facts.is_appeal else Appeal.NO,
    Variable.EVIDENCE: lambda facts, _, __: _present(facts.has_evidence),
    Variable.PROMO_CODE: lambda facts, _, __: _present(facts.has_promo_code),
    Variable.PAYOUT: lambda facts, _, pays: facts.expected if pays is None else pays,
    Variable.AMOUNT: lambda facts, _, __: facts.amount,
    Variable.AGE_DAYS: lambda facts, _, __: facts.age_days,
    Variable.ATTEMPTS: lambda facts, _, __: facts.attempts,
    Variable.CUSTOMER_CLAIMS: lambda facts, asked, _: _customer_claims(facts, asked),
    Variable.ACCEPTED_SHARE: lambda facts, _, __: facts.accepted_share,
}
"""Where each variable is found."""
