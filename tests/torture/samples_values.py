"""The values of the samples' model, and the rules of a single one: days, payouts, baskets.

Nothing here knows the product. Rules are read from the domain's text; money is whole cents, out of
decimals and fractions; days are New York's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
CASHBACK, LOYALTY = "10001", "10002"
LINES_MAX = 9

Row = dict[str, str]
Key = tuple[str, str, str]
"""Partner, order, and what brought an action about, or what an inquiry asks: `TRACKED`,
`UNTRACKED`, `INCORRECT`.
"""


def cents(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def half_even(value: Fraction) -> int:
    return round(value)


def pays(partner: str, amount: int) -> int:
    """What the partner's contract pays for an order of so many cents."""
    if partner == LOYALTY:
        return 150
    return int((Decimal(amount) * Decimal("0.05")).quantize(Decimal(1), ROUND_HALF_EVEN))


def midnight(day: date) -> datetime:
    """The local midnight that a day starts with."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def after_month(day: date) -> date:
    """The first day of the month that follows."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def locks_at(partner: str, event_at: datetime) -> datetime:
    """MONTH 0m+27d for the one, DAY 15d for the other."""
    day = event_at.astimezone(ZONE).date()
    if partner == CASHBACK:
        return midnight(after_month(day) + timedelta(days=27))
    return midnight(day + timedelta(days=16))


def clears_at(partner: str, locked_at: datetime) -> datetime:
    """MONTH 0m+20d and DAY 4d; a lock at midnight belongs to the day that just ended."""
    day = locked_at.astimezone(ZONE).date() - timedelta(days=1)
    if partner == CASHBACK:
        return midnight(after_month(day) + timedelta(days=20))
    return midnight(day + timedelta(days=5))


@dataclass(slots=True)
class Line:
    """One line of a basket as it was bought, and how many pieces of it are left."""

    sku: str
    bought: int
    subtotal: int
    left: int


@dataclass(slots=True)
class Deed:
    """An action: one order credited to one partner."""

    key: Key
    amount: int
    payout: int
    event_at: datetime
    state: str = "PENDING"
    paid_at: datetime | None = None
    why: str = ""
    lines: list[Line] = field(default_factory=list)
    created: int = 0
    """The amount it was made with, which its lines have their shares of."""

    locks_at: datetime = field(init=False)
    clears_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.locks_at = locks_at(self.partner, self.event_at)
        self.clears_at = clears_at(self.partner, self.locks_at)
        self.created = self.amount

    @property
    def partner(self) -> str:
        return self.key[0]

    def changes(self, now: datetime) -> bool:
        return self.state == "PENDING" and now < self.locks_at

    def shown(self) -> tuple[object, ...]:
        """What is compared: state, amount, payout, and its four instants."""
        worth = (0, 0) if self.state == "REVERSED" else (self.amount, self.payout)
        return (self.state, *worth, self.event_at, self.locks_at, self.clears_at, self.paid_at)


@dataclass(slots=True)
class Question:
    """An inquiry."""

    key: Key
    amount: int
    at: datetime
    expected: str
    customer: str
    said: set[str]
    state: str = "UNRESOLVED"
    reason: int | None = None
    payout: int | None = None
    difference: int | None = None
    decided: tuple[str, ...] = ()

    def shown(self) -> tuple[object, ...]:
        """What is compared: state, reject reason, grant, difference, amount and date."""
        return self.state, self.reason, self.payout, self.difference, self.amount, self.at


def lines(row: Row) -> list[Line]:
    """The basket that a conversion tells."""
    found = []
    for number in range(1, LINES_MAX):
        if row.get(f"Item Sku {number}"):
            bought = int(row[f"Item Qty {number}"])
            worth = cents(row[f"Item Subtotal {number}"])
            found.append(Line(row[f"Item Sku {number}"], bought, worth, bought))
    return found


def shared(whole: int, weights: Sequence[int]) -> list[int]:
    """Cents by these weights; what rounding down leaves goes to those that lost most by it."""
    exact = [Fraction(whole * each, sum(weights)) for each in weights]
    parts = [each.numerator // each.denominator for each in exact]
    by_loss: Iterable[int] = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in list(by_loss)[: whole - sum(parts)]:
        parts[at] += 1
    return parts


def same(one: Question, other: Question) -> bool:
    """Whether two claims of one order say the same; a detail that is blank says nothing."""
    pairs = ((one.expected, other.expected), (one.customer, other.customer))
    agree = all(a == b or not a or not b for a, b in pairs)
    return agree and (one.amount, one.at) == (other.amount, other.at)
