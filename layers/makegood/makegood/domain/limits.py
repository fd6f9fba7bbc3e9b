"""Limits of a contract: how much payout, or how many actions, it allows in a period.

    PAYOUT 500.00 USD, ALL, every MONTH      500.00 USD a month in all
    NUMBER 3, CUSTOMER, every DAY            3 actions a day for each customer
    NUMBER 1, ORDER, NEVER reset             1 action for each order

What goes beyond a limit is outside of terms. An action counts in the period of its event date, by
the campaign's calendar; a week starts on Monday. As an object:

    {"measure": "PAYOUT", "most": "500.00 USD", "scope": "ALL", "every": "MONTH"}

What has been used is counted by `Meter`: one limit of one contract and event type, for one order or
customer or for all, in one period.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from makegood.domain.calendar import local_day
from makegood.domain.carried import Carrying
from makegood.domain.json_fields import read_field, read_money, read_object, read_one_of
from makegood.domain.money import Money
from makegood.domain.problems import Malformed

NUMBER_MAX = 1_000_000_000
"""The largest number that a limit may name; beyond it, leave the limit out."""


class Measure(StrEnum):
    """What is counted: minor units of payout, or actions."""

    PAYOUT = "PAYOUT"
    NUMBER = "NUMBER"


class Scope(StrEnum):
    """For whom it counts. No CUSTOMER limit applies to an order whose customer is unknown."""

    ORDER = "ORDER"
    CUSTOMER = "CUSTOMER"
    ALL = "ALL"


class Every(StrEnum):
    """The period after which counting starts anew."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    NEVER = "NEVER"


_FOR_WHOM = {
    Scope.ORDER: "for each order",
    Scope.CUSTOMER: "for each customer",
    Scope.ALL: "in all",
}


@dataclass(frozen=True, slots=True)
class Meter:
    """One count of one limit. `limit` is the limit's key; `of` the order or customer, or blank;
    `period` like `2026-03`, or blank if counting never starts anew.
    """

    contract_id: str
    event_type_id: str
    limit: str
    of: str
    period: str


@dataclass(frozen=True, slots=True)
class Use(Carrying):
    """What an action uses of a limit: minor units of its payout, or 1."""

    meter: Meter
    taken: int


@dataclass(frozen=True, slots=True)
class Metered:
    """A change of what is used. With a `most`, the change is refused if it would exceed that."""

    meter: Meter
    delta: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Countable:
    """What limits look at of an action: for whom and when it counts, and what it pays."""

    contract_id: str
    event_type_id: str
    order_id: str
    customer_id: str
    event_at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of a measure, for each of a scope, in a period: an amount for PAYOUT, else a count.

    Its `key` leaves out the most: if a contract's next version raises it, counting continues.
    """

    measure: Measure
    most: Money | int
    scope: Scope = Scope.ALL
    every: Every = Every.NEVER

    def __post_init__(self) -> None:
        if isinstance(self.most, Money) != (self.measure is Measure.PAYOUT):
            raise _not_a_most()
        if isinstance(self.most, bool) or self.most_count < 1:
            raise Malformed("payout_limit", "A limit lets something through: its most is above 0")
        if isinstance(self.most, int) and self.most > NUMBER_MAX:
            raise Malformed("payout_limit", f"A limit takes at most {NUMBER_MAX:,} actions")

    @property
    def most_count(self) -> int:
        """The most in what is counted: minor units, or actions."""
        return self.most.minor if isinstance(self.most, Money) else self.most

    @property
    def currency(self) -> str:
        """ISO 4217 of a PAYOUT limit; a NUMBER limit has none."""
        return self.most.currency if isinstance(self.most, Money) else ""

    def told(self, count: int) -> str:
        """What is counted as a text: an amount, or a number of actions."""
        return str(Money(count, self.currency) if self.currency else count)

    @property
    def key(self) -> str:
        """Its own name among a contract's limits, like `PAYOUT-USD-ALL-MONTH`."""
        currency = f"-{self.currency}" if self.currency else ""
        return f"{self.measure}{currency}-{self.scope}-{self.every}"

    def __str__(self) -> str:
        """In words: `500.00 USD a month in all`."""
        if isinstance(self.most, Money):
            what = f"{self.most} {self.most.currency}"
        else:
            what = f"{self.most:,} action{'s' if self.most > 1 else ''}"
        often = "" if self.every is Every.NEVER else f" a {self.every.lower()}"
        return f"{what}{often} {_FOR_WHOM[self.scope]}"

    def meter(self, thing: Countable) -> Meter | None:
        """Where it counts that action; None where it does not apply to it."""
        of = {Scope.ORDER: thing.order_id, Scope.CUSTOMER: thing.customer_id, Scope.ALL: ""}
        if self.scope is Scope.CUSTOMER and not thing.customer_id:
            return None
        period = period_of(self.every, thing.event_at, thing.zone)
        return Meter(thing.contract_id, thing.event_type_id, self.key, of[self.scope], period)

    def use(self, thing: Countable, payout: Money) -> Use | None:
        """What that action uses of it; None for nothing, such as a payout in another currency."""
        meter = self.meter(thing)
        if meter is None:
            return None
        if not isinstance(self.most, Money):
            return Use(meter, 1)
        counts = payout.currency == self.most.currency and payout.minor > 0
        return Use(meter, payout.minor) if counts else None

    def to_dict(self) -> dict[str, Any]:
        most = self.most
        return {
            "measure": str(self.measure),
            "most": f"{most} {most.currency}" if isinstance(most, Money) else most,
            "scope": str(self.scope),
            "every": str(self.every),
        }

    @classmethod
    def from_dict(cls, data: object, by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or an operator `by_hand`; scope ALL, every NEVER may be missing."""
        fields = read_object(data, "A limit", ("measure", "most", "scope", "every"), by_hand)
        measure = read_one_of(Measure, fields, "measure")
        most = fields.get("most")
        if measure is Measure.PAYOUT and isinstance(most, str):
            most = read_money(most, *_NOT_A_MOST, by_hand=by_hand)
        elif measure is Measure.PAYOUT or type(most) is not int:
            raise _not_a_most()
        return cls(
            measure,
            most,
            read_one_of(Scope, fields, "scope", Scope.ALL),
            read_one_of(Every, fields, "every", Every.NEVER),
        )

    @classmethod
    def list_from(cls, data: Mapping[str, Any], by_hand: bool = False) -> tuple[Self, ...]:
        """The `limits` of a plan's object."""
        return tuple(cls.from_dict(each, by_hand) for each in read_field(data, "limits", list, []))


_NOT_A_MOST = (
    "payout_limit",
    'The most of a PAYOUT limit is a text like "500.00 USD", that of a NUMBER limit a number',
)


def _not_a_most() -> Malformed:
    return Malformed(*_NOT_A_MOST)


def period_of(every: Every, at: datetime, zone: ZoneInfo) -> str:
    """The period that an instant is in: `2026-03-05`, `2026-W10`, `2026-03`, `2026-Q1`, or "".

    Weeks are ISO weeks: 2027-01-01 is in 2026-W53.
    """
    day = local_day(at, zone)
    if every is Every.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return {
        Every.DAY: f"{day}",
        Every.MONTH: f"{day:%Y-%m}",
        Every.QUARTER: f"{day.year}-Q{(day.month + 2) // 3}",
        Every.NEVER: "",
    }[every]


def recounted(uses: Iterable[Use]) -> Counter[Meter]:
    """What every meter must show, summed from what all actions use."""
    counted: Counter[Meter] = Counter()
    for use in uses:
        counted[use.meter] += use.taken
    return counted


def moved(used: Mapping[Meter, int], changes: Iterable[Metered]) -> dict[Meter, int]:
    """The use of each meter after these changes."""
    after = Counter(used)
    for change in changes:
        after[change.meter] += change.delta
    return dict(after)
