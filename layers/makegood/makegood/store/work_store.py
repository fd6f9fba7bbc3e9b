"""Reads what decisions need, in batches; commits what they decide, whole or not at all.

Reads for a decision are consistent, and the commit checks them again: every changed item must have
the version that the decision saw, and every new one must not exist. Balances follow their entries
in the same transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any

from makegood.domain.actions import Action
from makegood.domain.inquiries import Inquiry
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome
from makegood.store.action_updates import ActionUpdates, write_update
from makegood.store.actions import Actions, action_weight, write_action
from makegood.store.approval_rules import write_spend
from makegood.store.backings import Backings, write_backings
from makegood.store.clearings import write_clearings
from makegood.store.customers import Customers
from makegood.store.exhibits import Exhibits
from makegood.store.inquiries import Inquiries, inquiry_weight, write_inquiry
from makegood.store.ledger import Ledger, write_balances, write_entry
from makegood.store.limit_usage import LimitUsage, write_uses
from makegood.store.mentions import (
    MentionedOrders,
    spelling_places,
    write_mentions,
    write_spellings,
)
from makegood.store.notes import Notes, write_note
from makegood.store.order_proposals import OrderProposals, write_order_proposal
from makegood.store.orders import Orders, write_order
from makegood.store.parties import Directory
from makegood.store.policies import Policies
from makegood.store.policy_tallies import PolicyTallies, write_breaker, write_tallies
from makegood.store.requests import Idempotency, Requests, write_request
from makegood.store.shop_orders import KeptOrders, check_shop_orders, write_shop_order
from makegood.store.transactions import Contested, Writes, send
from makegood.store.verification_settings import VerificationSettings

__all__ = ["Contested", "Idempotency", "WorkStore"]


def writes_of(outcome: Outcome) -> Writes:
    """The outcome as writes: one for each item, however often the item changed on the way."""
    writes = Writes()
    actions = _folded(outcome.actions, _action_id)
    for before, after in _folded(outcome.inquiries, _inquiry_id):
        write_inquiry(writes, before, after)
    for before, after in actions:
        write_action(writes, before, after)
    _write_others(writes, outcome, actions)
    return writes


def _write_others(
    writes: Writes, outcome: Outcome, actions: list[tuple[Action | None, Action]]
) -> None:
    """All but inquiries and actions themselves."""
    for before, after in _folded(outcome.orders, _order_place):
        write_order(writes, before, after)
    write_spellings(writes, _made(actions))
    _write_rest(writes, outcome, actions)


def _write_rest(
    writes: Writes, outcome: Outcome, actions: list[tuple[Action | None, Action]]
) -> None:
    """What most outcomes have little of."""
    for update in outcome.updates:
        write_update(writes, update)
    for entry in outcome.entries:
        write_entry(writes, entry)
    write_balances(writes, outcome)
    write_clearings(writes, actions)
    for before, after in _folded(
        outcome.spends, lambda each: (each.campaign_id, each.partner_id, each.month, each.currency)
    ):
        write_spend(writes, before, after)
    write_uses(writes, outcome.uses)
    write_tallies(writes, outcome.tallies)
    for before, after in _folded(outcome.breakers, lambda each: (each.campaign_id, each.since)):
        write_breaker(writes, before, after)
    for seen, kept in _folded(outcome.kept_orders, lambda each: each.place):
        write_shop_order(writes, seen, kept)
    check_shop_orders(writes, outcome.borne_out_by)
    for seen, left in _folded(outcome.mentions, lambda each: each.place):
        write_mentions(writes, seen, left)
    write_backings(writes, _folded(outcome.backings, lambda each: each.place), actions)
    for seen, proposed in _folded(outcome.order_proposals, lambda each: each.place):
        write_order_proposal(writes, seen, proposed)
    for note in outcome.notes:
        write_note(writes, note)


def _inquiry_id(inquiry: Inquiry) -> str:
    return inquiry.inquiry_id


def _action_id(action: Action) -> str:
    return action.action_id


def _order_place(order: OrderCredits) -> tuple[str, str]:
    return order.campaign_id, order.order_id


def _made(actions: list[tuple[Action | None, Action]]) -> list[Action]:
    """The new ones."""
    return [action for was, action in actions if was is None]


def _folded(pairs: Sequence[tuple[Any, Any]], key: Callable[[Any], Any]) -> list[tuple[Any, Any]]:
    """The first before and the last after of each thing, in the order of first appearance."""
    if not pairs:
        return []
    result: dict[Any, tuple[Any, Any]] = {}
    for before, after in pairs:
        identity = key(after)
        result[identity] = (result[identity][0] if identity in result else before, after)
    return list(result.values())


def weight_of(outcome: Outcome) -> int:
    """How many writes an outcome is, at most.

    Inquiries, actions, orders and spellings are counted without being made: that is most of it.
    """
    inquiries = _folded(outcome.inquiries, _inquiry_id)
    actions = _folded(outcome.actions, _action_id)
    rest = Writes()
    _write_rest(rest, outcome, actions)
    return (
        sum(inquiry_weight(*each) for each in inquiries)
        + sum(action_weight(*each) for each in actions)
        + len(_folded(outcome.orders, _order_place))
        + len(spelling_places(_made(actions)))
        + len(rest)
    )


class WorkStore(
    Inquiries,
    Notes,
    Exhibits,
    Actions,
    ActionUpdates,
    Orders,
    Directory,
    Ledger,
    LimitUsage,
    Policies,
    PolicyTallies,
    Customers,
    KeptOrders,
    OrderProposals,
    VerificationSettings,
    MentionedOrders,
    Backings,
    Requests,
):
    """What use cases work on: who takes part, inquiries, actions, orders and their money."""

    def commit(
        self,
        outcome: Outcome,
        idempotency: Idempotency | None = None,
        along: Writes | None = None,
    ) -> None:
        """Commits all of it or nothing, with what goes `along`; raises `Contested` if anything has
        changed meanwhile.
        """
        writes = writes_of(outcome)
        if idempotency is not None:
            write_request(writes, idempotency)
        if along is not None:
            writes.take(along)
        send(self, writes)

    def weight(self, outcome: Outcome) -> int:
        """How many items of a transaction this outcome takes, at most."""
        return weight_of(outcome)
