"""The proof of the books: every balance from its entries, every action against the ledger.

It reads the whole store by streaming and reports the first violations of each invariant with ids.
While others write, what it sees may be torn; a violation that stays on a second look is real.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from makegood import ledger
from makegood.actions import Action, ActionState
from makegood.inquiries import InquiryType
from makegood.ledger import Entry, EntryReason
from makegood.store import Store
from makegood.store_commit import balance_place
from makegood.store_ledger import entry_of
from makegood.store_rows import action_of
from makegood.store_tables import ActionRow, BalanceRow, EntryRow, InquiryRow, OrderRow

REPORTED_MAX = 20

SETTLED_BY = {
    EntryReason.LOCK: frozenset({ActionState.LOCKED, ActionState.PAID}),
    EntryReason.PAY: frozenset({ActionState.PAID}),
}
"""Which states of an action an entry must stand for."""


@dataclass(slots=True)
class Proof:
    """Every invariant with its violations, and what was counted on the way."""

    violations: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    balances: dict[tuple[str, str], int] = field(default_factory=dict)

    def check(self, invariant: str, holds: bool, what: str) -> None:
        if not holds:
            self.violations[invariant].append(what)

    def report(self) -> dict[str, Any]:
        """JSON: `holds`, the first violations, counts, and balances in minor units."""
        return {
            "holds": not self.violations,
            "violations": {
                name: found[:REPORTED_MAX] for name, found in sorted(self.violations.items())
            },
            "counts": dict(sorted(self.counts.items())),
            "balances": {
                f"{account} {currency}": minor
                for (account, currency), minor in sorted(self.balances.items())
            },
        }


def prove(store: Store) -> dict[str, Any]:
    """Checks the ledger's invariants over the whole store."""
    proof = Proof()
    settled = _ledger(store, proof)
    actions = _actions(store, proof, settled)
    _inquiries(store, proof, actions)
    return proof.report()


def _ledger(store: Store, proof: Proof) -> dict[EntryReason, dict[str, int]]:
    """Entries against balances; answers what each reason settled, by action."""
    settled: dict[EntryReason, dict[str, int]] = defaultdict(dict)
    computed: Counter[tuple[str, str]] = Counter()
    kept: dict[tuple[str, str], int] = {}
    for pk, sk, read in store.scan("ledger"):
        if pk.startswith("E#") and sk == "E":
            entry = entry_of(read(EntryRow))
            proof.counts["entries"] += 1
            _entry(entry, computed, settled, proof)
            continue
        if pk.startswith("B#"):
            for account, minor in _kept(pk[2:], read(BalanceRow)):
                kept[account, sk] = minor
    for key in computed.keys() | kept.keys():
        account, currency = key
        of_entries, of_store = computed[key], kept.get(key, 0)
        proof.check(
            "balances equal the sum of their postings",
            of_entries == of_store,
            f"{account} {currency}: {of_store} kept, {of_entries} by entries",
        )
        proof.check(
            "only funds and the world may be negative",
            of_entries >= 0 or ledger.may_be_negative(account),
            f"{account} {currency}: {of_entries}",
        )
    proof.balances = dict(computed)
    sums: Counter[str] = Counter()
    for (_, currency), minor in kept.items():
        sums[currency] += minor
    for currency, minor in sums.items():
        proof.check("all balances sum to zero", minor == 0, f"{minor} {currency}")
    _paid_within_deposits(computed, proof)
    return settled


def _entry(
    entry: Entry,
    computed: Counter[tuple[str, str]],
    settled: dict[EntryReason, dict[str, int]],
    proof: Proof,
) -> None:
    for account, minor in entry.deltas().items():
        computed[account, entry.currency] += minor
    for action_id, minor in entry.settles.items():
        proof.check(
            f"an action has at most one {entry.reason} entry",
            action_id not in settled[entry.reason],
            f"{action_id} in {entry.entry_id}",
        )
        settled[entry.reason][action_id] = minor


def _kept(owner: str, row: BalanceRow) -> list[tuple[str, int]]:
    if not owner.startswith("advertiser:"):
        return [(owner, int(row.minor or 0))]
    advertiser_id = owner.partition(":")[2]
    accounts = (ledger.funds(advertiser_id), ledger.committed(advertiser_id))
    return [(each, int(getattr(row, balance_place(each)[1]) or 0)) for each in accounts]


def _paid_within_deposits(computed: Counter[tuple[str, str]], proof: Proof) -> None:
    """Cash = funds + committed = deposited - paid, so it is never negative."""
    cash: Counter[tuple[str, str]] = Counter()
    for (account, currency), minor in computed.items():
        if account.startswith("advertiser:"):
            cash[account.rpartition(":")[0], currency] += minor
    for (owner, currency), minor in cash.items():
        proof.check("paid is at most deposited", minor >= 0, f"{owner} {currency}: {minor}")


def _actions(
    store: Store, proof: Proof, settled: dict[EntryReason, dict[str, int]]
) -> dict[str, Action]:
    """Actions against the entries that settled them, and orders against their credits."""
    actions: dict[str, Action] = {}
    credited: dict[str, str] = {}
    for pk, sk, read in store.scan("actions"):
        if sk == "H":
            action = action_of(read(ActionRow))
            actions[action.action_id] = action
            proof.counts[f"actions {action.state}"] += 1
        elif sk == "O":
            for _, _, action_id, _ in read(OrderRow).credits:
                credited[action_id] = pk
    for action in actions.values():
        for reason, states in SETTLED_BY.items():
            expected = action.payout.minor if action.state in states else 0
            found = settled[reason].get(action.action_id, 0)
            proof.check(
                f"an action's {reason} entry is its payout, once it is due and not before",
                expected == found,
                f"{action.action_id} is {action.state}: {found}, not {expected}",
            )
        proof.check(
            "an action holds its order's credit until it is reversed",
            (action.state is not ActionState.REVERSED) == (action.action_id in credited),
            f"{action.action_id} is {action.state}",
        )
    for action_id in credited.keys() - actions.keys():
        proof.check(
            "a credit names an action that exists", False, f"{action_id} in {credited[action_id]}"
        )
    for reason, by_action in settled.items():
        for action_id in by_action.keys() - actions.keys():
            proof.check("an entry settles actions that exist", False, f"{reason} of {action_id}")
    return actions


def _inquiries(store: Store, proof: Proof, actions: dict[str, Action]) -> None:
    """An accepted inquiry has exactly one action, any other has none."""
    corrections: set[str] = set()
    inquiry_of = {each.inquiry_id: each for each in actions.values() if each.inquiry_id}
    proof.check(
        "an inquiry has at most one action",
        len(inquiry_of) == sum(1 for each in actions.values() if each.inquiry_id),
        "two actions name one inquiry",
    )
    for pk, sk, read in store.scan("inquiries"):
        if sk != "H":
            continue
        row = read(InquiryRow)
        proof.counts[f"inquiries {row.state}"] += 1
        made = inquiry_of.get(pk[2:])
        if made is not None and row.inquiry_type == InquiryType.INCORRECT.value:
            corrections.add(made.action_id)
        proof.check(
            "an accepted inquiry has exactly one action",
            (row.state == "VALID") == (made is not None),
            f"{pk[2:]} is {row.state}",
        )
        proof.check(
            "an inquiry and its action name each other",
            (row.action_id or None) == (made.action_id if made else None),
            f"{pk[2:]} names {row.action_id}",
        )
    _paid_once(actions, corrections, proof)


def _paid_once(actions: dict[str, Action], corrections: set[str], proof: Proof) -> None:
    """An order's actions of one partner and event type are one, and corrections by difference."""
    originals = Counter(
        (each.campaign_id, each.order.order_id, each.partner_id, each.event_type_id)
        for each in actions.values()
        if each.state is not ActionState.REVERSED and each.action_id not in corrections
    )
    for (campaign_id, order_id, partner_id, event_type_id), count in originals.items():
        proof.check(
            "no order is paid twice to one partner for one event type",
            count == 1,
            f"order {order_id} of {campaign_id}: {count} of {event_type_id} to {partner_id}",
        )
