"""What a decision changes, before anything is stored.

A decision is a pure function that returns an `Outcome`. The store commits an outcome whole or not
at all, on condition that nothing has changed since the decision read it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from itertools import chain
from operator import attrgetter

from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.backings import Backing
from makegood.domain.inquiries import Inquiry, Note
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.ledger import Cash, Entry, Floor
from makegood.domain.limits import Metered
from makegood.domain.mentions import Mentions
from makegood.domain.order_proposals import OrderProposal
from makegood.domain.orders import OrderCredits
from makegood.domain.policy_tallies import BreakerState, Tallied
from makegood.domain.shop_orders import ShopOrder


@dataclass(frozen=True, slots=True)
class RuleSpend:
    """What one approval rule has granted in one calendar month of the campaign, in minor units."""

    campaign_id: str
    partner_id: str
    month: str
    currency: str
    granted_minor: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pairs are (as the decision saw it, as it becomes); None where there was nothing.

    Balances follow the entries. `floors` say what must be there before any of it happens, and
    `relies_on` names balances that must not even have moved since they were read. `borne_out_by`
    are orders of advertisers' shops that must be as they were read. `uses` change what is used of
    limits, in this order: the most of each is for what those before it leave; `tallies` change what
    policies count, in the same way.
    """

    inquiries: tuple[tuple[Inquiry | None, Inquiry], ...] = ()
    actions: tuple[tuple[Action | None, Action], ...] = ()
    orders: tuple[tuple[OrderCredits, OrderCredits], ...] = ()
    updates: tuple[ActionUpdate, ...] = ()
    entries: tuple[Entry, ...] = ()
    floors: tuple[Floor, ...] = ()
    relies_on: tuple[Cash, ...] = ()
    spends: tuple[tuple[RuleSpend, RuleSpend], ...] = ()
    uses: tuple[Metered, ...] = ()
    tallies: tuple[Tallied, ...] = ()
    breakers: tuple[tuple[BreakerState, BreakerState], ...] = ()
    kept_orders: tuple[tuple[KeptOrder | None, KeptOrder], ...] = ()
    mentions: tuple[tuple[Mentions, Mentions], ...] = ()
    backings: tuple[tuple[Backing, Backing], ...] = ()
    notes: tuple[Note, ...] = ()
    order_proposals: tuple[tuple[OrderProposal | None, OrderProposal], ...] = ()
    borne_out_by: tuple[tuple[str, ShopOrder], ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both, in this order; used where one decision is made of smaller ones."""
        return together((self, other))

    def __bool__(self) -> bool:
        return any(_parts(self))


NOTHING = Outcome()
PARTS = tuple(each.name for each in fields(Outcome))
_parts = attrgetter(*PARTS)
"""All parts of an outcome, in their order; a decision asks many times whether there are any."""


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Joins several outcomes, each decided on what the ones before it leave.

    A floor of a later one counts from before the first: what those before it take of the account
    comes on top, what they bring to it helps.
    """
    parts = [each for each in outcomes if each]
    if len(parts) == 1:
        return parts[0]
    gathered = map(chain.from_iterable, zip(*map(_parts, parts), strict=True))
    joined = Outcome(*map(tuple, gathered)) if parts else NOTHING
    return replace(joined, floors=_floors(parts)) if joined.floors else joined


def _floors(parts: Iterable[Outcome]) -> tuple[Floor, ...]:
    """The highest floor of each account, each counted from before the first part."""
    moved: Counter[tuple[str, str]] = Counter()
    highest: dict[tuple[str, str], int] = {}
    for part in parts:
        for floor in part.floors:
            account = floor.account, floor.currency
            needed = floor.minor - moved[account]
            highest[account] = max(highest.get(account, needed), needed)
        for entry in part.entries:
            for name, minor in entry.deltas().items():
                moved[name, entry.currency] += minor
    return tuple(Floor(*account, minor) for account, minor in highest.items())
