"""A store in memory, and what must always hold in it: the reference that decisions are played on.

`Memory.commit` takes an outcome whole, or raises `Stale` and takes nothing of it, on the same
conditions as the real store: everything is still as the decision saw it. `check` is the list of
invariants, each counted from the postings and states themselves and not from the code under test.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from makegood.domain import clearings
from makegood.domain.actions import Action, ActionState, ActionUpdate
from makegood.domain.inquiries import LIVE, Inquiry, InquiryState
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.ledger import Cash, Entry, EntryReason
from makegood.domain.limits import Limit, Meter, recounted
from makegood.domain.order_proposals import OrderProposal
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.store.work_store import weight_of, writes_of

OVER = {ActionState.REVERSED}
SET_ASIDE = {ActionState.LOCKED, ActionState.PAID}


class Stale(Exception):
    """Something is no longer as the decision saw it."""


@dataclass
class Memory:
    """Everything that is kept, by id."""

    inquiries: dict[str, Inquiry] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    orders: dict[str, OrderCredits] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    updates: dict[tuple[str, int], ActionUpdate] = field(default_factory=dict)
    spends: dict[str, RuleSpend] = field(default_factory=dict)
    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    uses: Counter[Meter] = field(default_factory=Counter)
    taken: dict[str, KeptOrder] = field(default_factory=dict)
    proposed: dict[str, OrderProposal] = field(default_factory=dict)
    sums: Counter[tuple[str, str, datetime]] = field(default_factory=Counter)
    waiting: Counter[tuple[str, str, datetime]] = field(default_factory=Counter)
    """Minor units, and how many actions, that clear by owner, currency and instant."""

    def verification_settings(self, pairs: object) -> dict[str, Any]:
        """Nobody has given orders."""
        return {}

    def order(self, order_id: str) -> OrderCredits:
        return self.orders.get(order_id, OrderCredits("1000", order_id))

    def cash(self, advertiser_id: str, currency: str = "USD") -> Cash:
        funds, committed = (f"advertiser:{advertiser_id}:{name}" for name in ("funds", "committed"))
        return Cash(
            advertiser_id,
            currency,
            self.balances[funds, currency],
            self.balances[committed, currency],
            self.moves[advertiser_id, currency],
        )

    def commit(self, outcome: Outcome) -> None:
        spare = weight_of(outcome) - len(writes_of(outcome))
        assert 0 <= spare <= len(outcome.inquiries) + len(outcome.actions), "of its weight"
        self._refuse_stale(outcome)
        for _, inquiry in outcome.inquiries:
            before = self.inquiries.get(inquiry.inquiry_id)
            assert_inquiry_step(before, inquiry)
            self.inquiries[inquiry.inquiry_id] = inquiry
        for _, action in outcome.actions:
            assert_action_step(self.actions.get(action.action_id), action)
            self.actions[action.action_id] = action
        for _, order in outcome.orders:
            assert order.version == self.order(order.order_id).version + 1
            self.orders[order.order_id] = order
        for update in outcome.updates:
            self.updates[update.action_id, update.version] = update
        for _, spend in outcome.spends:
            self.spends[spend.month] = spend
        for change in outcome.uses:
            self.uses[change.meter] += change.delta
        for _, kept in outcome.kept_orders:
            self.taken[kept.order_id] = kept
        for _, proposal in outcome.order_proposals:
            self.proposed[proposal.proposal_id] = proposal
        for place, (minor, count) in clearings.moves(outcome.actions).items():
            at = place.owner, place.currency, place.clears_at
            self.sums[at] += minor
            self.waiting[at] += count
        for entry in outcome.entries:
            self._enter(entry)

    def _refuse_stale(self, outcome: Outcome) -> None:
        _refuse_moved(outcome.inquiries, self.inquiries, "inquiry_id")
        _refuse_moved(outcome.actions, self.actions, "action_id")
        for before, _ in outcome.orders:
            _refuse(self.order(before.order_id) != before)
        for before, after in outcome.spends:
            _refuse(self.spends.get(after.month, before).version != before.version)
        for before, kept in outcome.kept_orders:
            _refuse(self.taken.get(kept.order_id) != before)
        for before, proposal in outcome.order_proposals:
            _refuse(self.proposed.get(proposal.proposal_id) != before)
        used = Counter(self.uses)
        for change in outcome.uses:
            used[change.meter] += change.delta
            _refuse(change.most is not None and used[change.meter] > change.most)
        for update in outcome.updates:
            _refuse((update.action_id, update.version) in self.updates)
        for entry in outcome.entries:
            _refuse(entry.entry_id in self.entries)
        for floor in outcome.floors:
            _refuse(self.balances[floor.account, floor.currency] < floor.minor)
        for cash in outcome.relies_on:
            _refuse(self.cash(cash.advertiser_id, cash.currency) != cash)

    def _enter(self, entry: Entry) -> None:
        self.entries[entry.entry_id] = entry
        for posting in entry.postings:
            self.balances[posting.source, entry.currency] -= posting.amount.minor
            self.balances[posting.destination, entry.currency] += posting.amount.minor
        touched = {each for posting in entry.postings for each in _advertisers(posting)}
        for advertiser_id in touched:
            self.moves[advertiser_id, entry.currency] += 1


def _advertisers(posting: Any) -> set[str]:
    accounts = (posting.source, posting.destination)
    return {each.split(":")[1] for each in accounts if each.startswith("advertiser:")}


def _refuse_moved(pairs: Iterable[tuple[Any, Any]], kept: dict[str, Any], name: str) -> None:
    """Each thing is still as it was seen first; a thing may change twice in one outcome."""
    seen: dict[str, Any] = {}
    for before, after in pairs:
        identity = getattr(after, name)
        _refuse(seen.get(identity, kept.get(identity)) != before)
        seen[identity] = after


def _refuse(stale: bool) -> None:
    if stale:
        raise Stale


def assert_inquiry_step(before: Inquiry | None, after: Inquiry) -> None:
    """From nothing to waiting, or declined at once; then along the edges, each with its version.

    What became of the appeal of a decision changes nothing else of it.
    """
    if before and not before.is_live and replace(after, appealed=before.appealed) == before:
        return
    if before is None:
        assert after.state in {InquiryState.UNRESOLVED, InquiryState.DECLINED}
        return
    assert after.version == before.version + 1
    assert after.state in before.state.rules.leads_to or (after.state is before.state in LIVE)
    assert after.inquiry_id == before.inquiry_id


def assert_action_step(before: Action | None, after: Action) -> None:
    """From nothing to as far as it is due; then along the edges, its order and money unchanged,
    unless it is modified and stays pending.
    """
    if before is None:
        assert after.state is not ActionState.REVERSED
        return
    assert after.version == before.version + 1
    if before.state is after.state is ActionState.PENDING:
        assert (after.order.order_id, after.partner_id) == (
            before.order.order_id,
            before.partner_id,
        )
        return
    assert after.state in before.state.rules.leads_to
    assert (after.order, after.order_amount, after.payout, after.partner_id) == (
        before.order,
        before.order_amount,
        before.payout,
        before.partner_id,
    )


def check(memory: Memory, now: datetime) -> None:
    """Every invariant that can be seen from outside, over everything that is kept."""
    _check_books(memory)
    _check_settlements(memory)
    _check_credits(memory)
    _check_inquiries(memory)
    _check_dates(memory, now)
    _check_uses(memory)
    _check_clearings(memory)


def _check_clearings(memory: Memory) -> None:
    """What clears is what is locked, and comes to the same for who owes as for who earns."""
    sums: Counter[tuple[str, str, datetime]] = Counter()
    waiting: Counter[tuple[str, str, datetime]] = Counter()
    for action in memory.actions.values():
        if action.state is ActionState.LOCKED:
            for owner in (f"advertiser:{action.advertiser_id}", f"partner:{action.partner_id}"):
                at = owner, action.payout.currency, action.clears_at
                sums[at] += action.payout.minor
                waiting[at] += 1
    for kept, counted in ((memory.sums, sums), (memory.waiting, waiting)):
        assert {at: each for at, each in kept.items() if each} == +counted
        sides: Counter[tuple[str, str, datetime]] = Counter()
        for (owner, currency, clears_at), each in kept.items():
            sides[owner.partition(":")[0], currency, clears_at] += each
        owed = {at[1:]: each for at, each in sides.items() if at[0] == "advertiser"}
        assert owed == {at[1:]: each for at, each in sides.items() if at[0] == "partner"}


def _check_books(memory: Memory) -> None:
    """Balances are the sum of the postings, sum to zero, and stay where they may be."""
    counted: Counter[tuple[str, str]] = Counter()
    sums: Counter[str] = Counter()
    moved: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry in memory.entries.values():
        for posting in entry.postings:
            assert posting.amount.minor > 0
            counted[posting.source, entry.currency] -= posting.amount.minor
            counted[posting.destination, entry.currency] += posting.amount.minor
            for advertiser_id in _advertisers(posting):
                moved[advertiser_id, entry.currency][entry.reason] += posting.amount.minor
    assert {each: counted[each] for each in memory.balances} == dict(memory.balances)
    for (account, currency), minor in memory.balances.items():
        sums[currency] += minor
        if not account.startswith("world:") and not account.endswith(":funds"):
            assert minor >= 0, f"{account} is overdrawn"
    assert not any(sums.values())
    for by_reason in moved.values():
        assert by_reason[EntryReason.PAY] <= by_reason[EntryReason.DEPOSIT]
        assert by_reason[EntryReason.PAY] <= by_reason[EntryReason.LOCK]


def _check_settlements(memory: Memory) -> None:
    """An action is set aside once when it has locked, and paid once when it is paid, in full."""
    settled: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for entry in memory.entries.values():
        for action_id, minor in entry.settles.items():
            settled[entry.reason, action_id].append(minor)
    for action_id, action in memory.actions.items():
        worth = [action.payout.minor] if action.payout.minor else []
        locked = worth if action.state in SET_ASIDE else []
        paid = worth if action.state is ActionState.PAID else []
        assert settled[EntryReason.LOCK, action_id] == locked
        assert settled[EntryReason.PAY, action_id] == paid
    for account, earned in _earned(memory).items():
        assert memory.balances[account, "USD"] == earned


def _earned(memory: Memory) -> Counter[str]:
    earned: Counter[str] = Counter()
    for action in memory.actions.values():
        if action.state is ActionState.PAID:
            earned[f"partner:{action.partner_id}:payable"] += action.payout.minor
    return earned


def _check_credits(memory: Memory) -> None:
    """An order is credited for just the actions that are not reversed."""
    held: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for action in memory.actions.values():
        if action.state not in OVER:
            credit = (action.event_type_id, action.partner_id, action.action_id)
            held[action.order.order_id].add(credit)
    for order_id, order in memory.orders.items():
        found = [(each.event_type_id, each.partner_id, each.action_id) for each in order.credits]
        assert len(found) == len(set(found))
        assert set(found) == held.pop(order_id, set())
    assert not held


def _check_inquiries(memory: Memory) -> None:
    """An accepted inquiry has exactly one action, no other has any.

    A claim is live once; what was decided is appealed once, and an appeal never.
    """
    appealed: Counter[str] = Counter()
    made = Counter(each.inquiry_id for each in memory.actions.values() if each.inquiry_id)
    live: Counter[tuple[str, ...]] = Counter()
    for inquiry_id, inquiry in memory.inquiries.items():
        assert made[inquiry_id] == (inquiry.state is InquiryState.VALID)
        if inquiry.state is InquiryState.VALID:
            assert memory.actions[inquiry.action_id].inquiry_id == inquiry_id
        claim = inquiry.claim
        key = (claim.partner_id, claim.campaign_id, claim.order_id, claim.inquiry_type)
        live[key] += inquiry.state in LIVE
        if claim.appeal_of:
            assert memory.inquiries[claim.appeal_of].claim.appeal_of == ""
            appealed[claim.appeal_of] += inquiry.state is not InquiryState.WITHDRAWN
    assert all(count <= 1 for count in (*live.values(), *appealed.values()))


def _check_dates(memory: Memory, now: datetime) -> None:
    """Nothing locks or is paid before its day, nor is a payment dated before its lock."""
    for action in memory.actions.values():
        assert action.clears_at >= action.locks_at
        if action.state in SET_ASIDE:
            assert action.locks_at <= now
        if action.state is ActionState.PAID:
            assert action.paid_at is not None
            assert action.clears_at <= action.paid_at <= now


def _check_uses(memory: Memory) -> None:
    """What is used of each limit is what its actions take; what is outside of terms, or over, takes
    nothing, and is never locked.
    """
    uses = [use for action in memory.actions.values() for use in action.counts]
    assert +recounted(uses) == +memory.uses
    assert all(minor >= 0 for minor in memory.uses.values())
    for action in memory.actions.values():
        if action.outside:
            assert action.state in {ActionState.PENDING, ActionState.REVERSED}
        if action.outside or action.state is ActionState.REVERSED:
            assert action.counts == ()


def check_limits(memory: Memory, limits: Iterable[Limit]) -> None:
    """What is beyond a limit was approved: what others take stays within the most of each, which is
    the last that is given of its name.
    """
    most = {limit.key: limit.most_count for limit in limits}
    actions = memory.actions.values()
    others = recounted(use for each in actions if not each.stands for use in each.counts)
    assert all(taken <= most[meter.limit] for meter, taken in others.items())
    assert all(each.outside or each.stands for each in actions if each.beyond)
