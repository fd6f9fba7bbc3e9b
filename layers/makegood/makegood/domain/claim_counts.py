"""What is counted of a partner's customers, so that a person sees who claims unusually often.

A customer is counted under a keyed hash (`store.customers`), for each partner and campaign: claims,
those for round amounts, and tracked orders. From the second claim on, the customer also counts in
the campaign's spread: how many customers have so many claims for each tracked order. Its middle is
the campaign's median. Someone with a claim or none says nothing of what is usual, and costs less.

Counts change in the transaction of the claim or the order, on condition that they are as they were
read. A claim and an order of one customer at the same instant may leave it one step off in the
spread.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from makegood.domain.money import Money
from makegood.domain.policy_tallies import Tallied, Tallies, Tally

CLAIMED, ROUND, TRACKED, SPREAD = "claimed", "claimed round", "tracked", "claims per order"

BOUNDS = ((1, 2), (1, 1), (2, 1), (3, 1), (5, 1), (10, 1))
"""The steps of the spread: at most so many claims for so many orders; one more step is beyond."""

WORDS = (
    "at most 1 for 2 orders",
    "at most 1",
    "more than 1, at most 2",
    "more than 2, at most 3",
    "more than 3, at most 5",
    "more than 5, at most 10",
    "more than 10",
)

CLAIMS_COUNTED_FROM = 2
"""A customer is in the spread from so many claims on."""

ROUND_UNITS = 10
"""An amount is round if it is a multiple of so many whole units of its currency."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer of a partner in a campaign; `name` is a keyed hash of the id."""

    campaign_id: str
    partner_id: str
    name: str

    def tally(self, what: str) -> Tally:
        return Tally(self.campaign_id, what, f"{self.partner_id}#{self.name}")

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return tuple(map(self.tally, (CLAIMED, ROUND, TRACKED)))


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of one customer, and `median`, the step in the middle of the campaign."""

    claims: int = 0
    round_claims: int = 0
    orders: int = 0
    median: int | None = None

    @property
    def step(self) -> int:
        return step_of(self.claims, self.orders)


NOBODY = Counted()
"""What is counted of a customer that nobody knows."""


def is_round(amount: Money) -> bool:
    """Like 50.00 or 120 USD."""
    whole = ROUND_UNITS * 10 ** len(str(amount).partition(".")[2])
    return amount.minor > 0 and amount.minor % whole == 0


def step_of(claims: int, orders: int) -> int:
    """The step of a customer; one without a tracked order is where one with a single order is."""
    at_least_one = max(orders, 1)
    fits = (claims * of <= most * at_least_one for most, of in BOUNDS)
    return next((at for at, each in enumerate(fits) if each), len(BOUNDS))


def spread_of(campaign_id: str) -> tuple[Tally, ...]:
    """How many customers are at each step."""
    return tuple(_at(campaign_id, step) for step in range(len(WORDS)))


def _at(campaign_id: str, step: int) -> Tally:
    return Tally(campaign_id, SPREAD, str(step))


def median(campaign_id: str, counts: Tallies) -> int | None:
    """The step in the middle; None where no customer counts."""
    at_steps = [max(0, counts.get(each, 0)) for each in spread_of(campaign_id)]
    half, below = sum(at_steps) / 2, 0
    for step, count in enumerate(at_steps):
        below += count
        if below and below >= half:
            return step
    return None


def counted(customer: Customer, counts: Tallies) -> Counted:
    claims, round_claims, orders = (counts.get(each, 0) for each in customer.tallies)
    return Counted(claims, round_claims, orders, median(customer.campaign_id, counts))


def claimed(customer: Customer, amount: Money, counts: Tallies) -> tuple[Tallied, ...]:
    """What a new claim of the customer changes."""
    claims, _, orders = (counts.get(each, 0) for each in customer.tallies)
    changes = [Tallied(customer.tally(CLAIMED), 1, most=claims + 1)]
    if is_round(amount):
        changes.append(Tallied(customer.tally(ROUND), 1))
    return (*changes, *_moved(customer, (claims, orders), (claims + 1, orders)))


def tracked(customer: Customer, counts: Tallies) -> tuple[Tallied, ...]:
    """What a new tracked order of the customer changes."""
    claims, _, orders = (counts.get(each, 0) for each in customer.tallies)
    change = Tallied(customer.tally(TRACKED), 1, most=orders + 1)
    return (change, *_moved(customer, (claims, orders), (claims, orders + 1)))


def _moved(
    customer: Customer, before: tuple[int, int], after: tuple[int, int]
) -> Iterator[Tallied]:
    """The customer's move in the spread, if it makes one."""
    was, now = _placed(*before), _placed(*after)
    if was != now:
        if was is not None:
            yield Tallied(_at(customer.campaign_id, was), -1)
        if now is not None:
            yield Tallied(_at(customer.campaign_id, now), 1)


def _placed(claims: int, orders: int) -> int | None:
    return step_of(claims, orders) if claims >= CLAIMS_COUNTED_FROM else None


def wanted(customers: Iterable[Customer]) -> list[Tally]:
    """The counts that these customers' claims and orders change."""
    return [tally for each in dict.fromkeys(customers) for tally in each.tallies]
