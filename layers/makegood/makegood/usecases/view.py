"""Requests on their way to a decision, and what was read from the store for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from makegood.domain.actions import Action, ActionUpdate
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.backings import Backing
from makegood.domain.claim_counts import Customer
from makegood.domain.contracts import Contract
from makegood.domain.exhibits import Exhibit
from makegood.domain.inquiries import Inquiry, Note
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.ledger import Cash, Entry, committed, funds
from makegood.domain.limits import Meter
from makegood.domain.order_proposals import OrderProposal
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.parties import Campaign, Partner
from makegood.domain.policies import Policy
from makegood.domain.policy_tallies import BreakerState, Tally, tallied
from makegood.domain.problems import Problem
from makegood.domain.verification_settings import CampaignSetting, ShopSetting
from makegood.usecases.shops import Shop

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Ask(Generic[R_co]):
    """A request and its source. Two with the same content are still two.

    `source` names the request or the file's row for good, so a row that comes twice is known to be
    the same row. `once`: nothing else has this source, so whatever has it is this row's own work.
    """

    request: R_co
    source: str
    once: bool = False


@dataclass(slots=True)
class View:
    """What was read for some rows, with the changes that were decided since."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    contracts: dict[tuple[str, str], Contract] = field(default_factory=dict)
    rules: dict[tuple[str, str], ApprovalRule] = field(default_factory=dict)
    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    orders: dict[tuple[str, str], OrderCredits] = field(default_factory=dict)
    cash: dict[tuple[str, str], Cash] = field(default_factory=dict)
    spends: dict[tuple[str, str, str, str], RuleSpend] = field(default_factory=dict)
    uses: dict[Meter, int] = field(default_factory=dict)
    shop_setting: ShopSetting | None = None
    campaign_settings: dict[str, CampaignSetting] = field(default_factory=dict)
    kept_orders: dict[str, KeptOrder] = field(default_factory=dict)
    notes: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    exhibits: dict[str, tuple[Exhibit, ...]] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    """The shop's orders that have an id, its own or an alias, by that id."""

    worked_on: dict[tuple[str, str], ActionUpdate] = field(default_factory=dict)
    policies: dict[tuple[str, int], Policy] = field(default_factory=dict)
    tallies: dict[Tally, int] = field(default_factory=dict)
    breakers: dict[str, BreakerState] = field(default_factory=dict)
    customers: dict[tuple[str, str, str], Customer] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    backings: dict[tuple[str, str, str], Backing] = field(default_factory=dict)
    order_proposals: dict[str, OrderProposal] = field(default_factory=dict)

    disputed: set[str] = field(default_factory=set)
    """Inquiries whose order another live inquiry is about, too."""

    evidenced: set[str] = field(default_factory=set)
    """Inquiries with a clean file of their partner's, where a policy asks for that."""

    alike: dict[tuple[str, str], str] = field(default_factory=dict)
    """A credited order of the campaign whose id differs from a claim's in spelling alone, by the
    claim's campaign and order; blank where there is none.
    """

    asked: dict[Ask[Any], Any] = field(default_factory=dict)
    """What each row asks, in the currency and time zone of what it is about; or the problem that
    keeps it from being read. Reading a form costs as much as deciding on it.
    """

    def once(self, row: Ask[R], read: Callable[[R], T]) -> T:
        """A row's request, read once for this view; raises the problem if it cannot be read."""
        if row not in self.asked:
            try:
                self.asked[row] = read(row.request)
            except Problem as problem:
                self.asked[row] = problem
        held = self.asked[row]
        if isinstance(held, Problem):
            raise held
        return held

    def copy(self) -> "View":
        """One that changes alone: for a row that makes several changes, each on the one before."""
        held = ((each.name, getattr(self, each.name)) for each in fields(self))
        return View(**{n: each.copy() if isinstance(each, dict) else each for n, each in held})

    def apply(self, outcome: Outcome) -> None:
        """Applies a decision's changes, so that later rows see them."""
        for _, inquiry in outcome.inquiries:
            self.inquiries[inquiry.inquiry_id] = inquiry
        for _, action in outcome.actions:
            self.actions[action.action_id] = action
        for _, order in outcome.orders:
            self.orders[order.campaign_id, order.order_id] = order
        for _, spend in outcome.spends:
            key = spend.campaign_id, spend.partner_id, spend.month, spend.currency
            self.spends[key] = spend
        for _, kept in outcome.kept_orders:
            self.kept_orders[kept.order_id] = kept
        for _, mentions in outcome.mentions:
            self.shops[mentions.advertiser_id].mentions[mentions.key] = mentions
        for _, proposal in outcome.order_proposals:
            self.order_proposals[proposal.proposal_id] = proposal
        for _, backing in outcome.backings:
            self.backings[backing.place] = backing
        for change in outcome.uses:
            self.uses[change.meter] = self.uses.get(change.meter, 0) + change.delta
        if outcome.tallies:
            self.tallies = tallied(self.tallies, outcome.tallies)
        for _, breaker in outcome.breakers:
            self.breakers[breaker.campaign_id] = breaker
        self.worked_on |= {
            (each.action_id, each.once): each for each in outcome.updates if each.once
        }
        for entry in outcome.entries:
            self._move(entry)

    def _move(self, entry: Entry) -> None:
        """Balances follow entries; the version stays the one that was read."""
        deltas = entry.deltas()
        for (advertiser_id, currency), cash in self.cash.items():
            if currency == entry.currency:
                self.cash[advertiser_id, currency] = replace(
                    cash,
                    funds_minor=cash.funds_minor + deltas.get(funds(advertiser_id), 0),
                    committed_minor=cash.committed_minor + deltas.get(committed(advertiser_id), 0),
                )
