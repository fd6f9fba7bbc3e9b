"""Changing a pending action: modify, reverse, reset, approve, and what each leaves behind."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from makegood.domain import action_changes
from makegood.domain.action_changes import Approve, Change, Held, Modify, Reason, Reset, Reverse
from makegood.domain.actions import (
    MODIFICATIONS_MAX,
    PARTNER_DISPOSITIONS,
    Action,
    ActionState,
    Disposition,
)
from makegood.domain.baskets import Line
from makegood.domain.ledger import EntryReason
from makegood.domain.money import Money
from makegood.domain.orders import Item
from makegood.domain.outcome import Outcome
from makegood.domain.payout_plans import (
    Condition,
    Level,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.problems import Forbidden, RuleForbids

from tests.builders import (
    A_MOMENT,
    LOCKS,
    ORDERED,
    SALE,
    a_contract,
    an_action,
    credits_of,
    terms,
    usd,
)

NOW = ORDERED + timedelta(days=1)
OPEN_ENDED = a_contract(terms("OPEN_ENDED"))
BASKET = (
    Item("SHOES", 2, usd(6_000), category="Shoes"),
    Item("HAT", 1, usd(4_000), category="Hats"),
)


def order_of(amount_minor: int, reason: Reason = Reason.ORDER_UPDATE) -> Modify:
    return Modify(reason, usd(amount_minor))


def basket(action: Action | None = None) -> Action:
    """An action whose order holds two pairs of shoes and a hat."""
    action = action or an_action()
    return replace(action, order=replace(action.order, items=BASKET))


def decide(change: Change, action: Action, now=NOW, contract: Any = ...) -> tuple[Action, Outcome]:
    contract = a_contract() if contract is ... else contract
    return action_changes.decide(
        change, Held(action, credits_of(action), contract), now, "reviewer"
    )


# Modify


def test_another_amount_is_priced_anew_and_told_with_its_deltas() -> None:
    action = an_action()
    after, outcome = decide(order_of(8_000), action)
    assert (after.order_amount, after.payout) == (usd(8_000), usd(400))
    assert (after.state, after.version, after.changed_at) == (ActionState.PENDING, 2, NOW)
    assert outcome.actions == ((action, after),)
    assert (outcome.orders, outcome.entries) == ((), ())
    (update,) = outcome.updates
    assert (update.made_by, update.made_at, update.reason) == ("reviewer", NOW, "ORDER_UPDATE")
    assert (update.order_amount, update.payout) == (usd(8_000), usd(400))
    assert (update.delta_amount, update.delta_payout) == (usd(-2_000), usd(-100))
    assert update.update_id == "1000.4000.1.2"


def test_a_modification_keeps_both_dates() -> None:
    action = an_action()
    after, _ = decide(order_of(8_000), action)
    assert (after.locks_at, after.clears_at) == (action.locks_at, action.clears_at)


def test_a_modification_is_priced_by_the_version_in_force_when_it_is_made() -> None:
    contract = a_contract(terms(), terms(sale="7%", version=2, valid_from=NOW))
    before, _ = decide(order_of(8_000), an_action(), NOW - A_MOMENT, contract)
    after, outcome = decide(order_of(8_000), an_action(), NOW, contract)
    assert (before.payout, before.contract_version) == (usd(400), 1)
    assert (after.payout, after.contract_version) == (usd(560), 2)
    assert outcome.updates[0].contract_version == 2


def test_a_customer_status_alone_is_no_reason_to_price_anew() -> None:
    contract = a_contract(terms(sale="7%"))
    change = Modify(Reason.OTHER, customer_status="NEW")
    after, outcome = decide(change, an_action(), contract=contract)
    assert (after.order.customer_status, after.payout) == ("NEW", usd(500))
    assert outcome.updates[0].delta_payout == usd(0)


@pytest.mark.parametrize("state", ActionState)
def test_what_is_just_so_already_changes_nothing(state: ActionState) -> None:
    action = an_action(state)
    if state is ActionState.PENDING:
        assert decide(order_of(10_000), action) == (action, Outcome())
    assert action_changes.is_done(order_of(10_000), action) is (state is not ActionState.REVERSED)


def test_items_replace_the_basket_and_sum_to_the_order() -> None:
    left = (Line("SHOES", quantity=1, subtotal=usd(3_000)), Line("BAG", subtotal=usd(1_500)))
    after, _ = decide(Modify(Reason.ORDER_UPDATE, items=left), basket())
    shoes = Item("SHOES", 1, usd(3_000), category="Shoes")
    assert after.order.items == (shoes, Item("BAG", 1, usd(1_500)))
    assert (after.order_amount, after.payout) == (usd(4_500), usd(225))


def test_a_changed_basket_is_priced_by_its_groups_and_a_reset_brings_the_reason_back() -> None:
    when = (Condition(Variable.ITEM_SKU, Operator.IS, "HAT"),)
    group = PayoutGroup("Hats", 1, PayoutTerm.parse("10%"), when)
    plan = PayoutPlan(PayoutTerm.parse("5%"), Level.ITEM, (group,))
    contract = a_contract(terms(payouts=((SALE, plan),)))
    action = replace(basket(), explanation="Stated: 5.00 USD")
    after, _ = decide(
        Modify(Reason.ORDER_UPDATE, line=Line("SHOES", subtotal=usd(3_000))), action, NOW, contract
    )
    assert (after.order_amount, after.payout) == (usd(7_000), usd(550))
    assert "HAT, group Hats (rank 1): 10% of 40.00 USD = 4.00 USD" in after.explanation
    again, _ = decide(Reset(), after)
    assert (again.payout, again.explanation) == (usd(500), "Stated: 5.00 USD")


def test_a_stated_amount_stands_whatever_its_items_come_to() -> None:
    bought = (Line("SHOES", subtotal=usd(3_000)), Line("BAG"))
    after, _ = decide(Modify(Reason.ORDER_UPDATE, usd(4_000), items=bought), basket())
    assert after.order_amount == usd(4_000)


@pytest.mark.parametrize(
    ("line", "amount", "kept"),
    [
        (Line("HAT", subtotal=usd(2_500)), 8_500, (1, usd(2_500))),
        (Line("HAT", "Hats", 0), 6_000, (0, usd(0))),
        (Line("HAT", subtotal=usd(0)), 6_000, (0, usd(0))),
        (Line("SHOES", quantity=1), 7_000, (1, usd(3_000))),
    ],
    ids=["subtotal", "returned", "nothing of it", "quantity"],
)
def test_one_line_of_the_basket_is_changed_and_the_order_follows(
    line: Line, amount: int, kept: Any
) -> None:
    after, _ = decide(Modify(Reason.ITEM_RETURNED, line=line), basket())
    assert after.order_amount == usd(amount)
    (item,) = (each for each in after.order.items if each.sku == line.sku)
    assert (item.quantity, item.subtotal) == kept


TWICE = (Item("HAT", 1, usd(1)), Item("HAT", 1, usd(2)))


@pytest.mark.parametrize(
    ("items", "line", "code"),
    [
        (BASKET, Line("BAG", quantity=1), "unknown_item"),
        (BASKET, Line("HAT", "Shoes", 1), "unknown_item"),
        (TWICE, Line("HAT", quantity=1), "unknown_item"),
        ((Item("HAT"),), Line("HAT", subtotal=usd(1)), "item_without_subtotal"),
        (BASKET, Line("HAT", quantity=2), "amount_required"),
        (BASKET, Line("HAT", subtotal=usd(4_001)), "amount_required"),
    ],
)
def test_a_line_that_cannot_be_changed_is_refused(items: Any, line: Line, code: str) -> None:
    action = an_action()
    action = replace(action, order=replace(action.order, items=items))
    with pytest.raises(RuleForbids) as caught:
        decide(Modify(Reason.ORDER_UPDATE, line=line), action)
    assert caught.value.code == code


def test_the_thousandth_modification_is_the_last() -> None:
    after, _ = decide(order_of(8_000), an_action(version=MODIFICATIONS_MAX))
    with pytest.raises(RuleForbids) as caught:
        decide(order_of(9_000), after)
    assert caught.value.code == "too_many_modifications"
    assert decide(Reverse(Disposition.OTHER), after)[0].state is ActionState.REVERSED


def test_without_a_contract_in_force_nothing_is_priced() -> None:
    for contract in (None, a_contract(ended_at=NOW)):
        with pytest.raises(Forbidden) as caught:
            decide(order_of(8_000), an_action(), contract=contract)
        assert caught.value.code == "no_contract"


# An amount of zero


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.APPROVED, Reason.RESET}))
def test_an_amount_of_zero_reverses_for_that_reason(reason: Reason) -> None:
    after, outcome = decide(order_of(0, reason), an_action())
    assert after.state is ActionState.REVERSED
    assert after.disposition == (
        Disposition.OTHER if reason is Reason.PARTNER_NOT_ACTIVE else reason
    )
    (update,) = outcome.updates
    assert (update.reason, update.delta_amount, update.payout) == (reason, usd(-10_000), usd(0))
    assert outcome.orders[0][1].credits == ()
    assert action_changes.is_done(order_of(0, reason), after)


def test_an_action_of_no_amount_is_not_reversed_by_an_amount_of_zero() -> None:
    lead = an_action(order_amount=usd(0))
    assert decide(order_of(0), lead) == (lead, Outcome())


def test_a_basket_of_nothing_reverses() -> None:
    after, _ = decide(Modify(Reason.ITEM_RETURNED, line=Line("HAT", quantity=0)), basket())
    after, _ = decide(Modify(Reason.ITEM_RETURNED, line=Line("SHOES", quantity=0)), after)
    assert (after.state, after.disposition) == (ActionState.REVERSED, Disposition.ITEM_RETURNED)


# Reset


def test_a_reset_brings_back_what_was_there_at_the_creation() -> None:
    action = basket()
    after = action
    contract = a_contract(terms(), terms(sale="7%", version=2, valid_from=ORDERED))
    for change in (
        order_of(8_000),
        Modify(Reason.OTHER, customer_status="NEW"),
        Modify(Reason.ITEM_RETURNED, items=(Line("BAG", subtotal=usd(100)),)),
    ):
        after, _ = decide(change, after, contract=contract)
    again, outcome = decide(Reset(), after)
    same = {"version": 1, "changed_at": action.changed_at, "modified_at": None}
    assert replace(again, **same) == action
    (update,) = outcome.updates
    assert (update.reason, update.delta_amount) == ("RESET", usd(9_920))


def test_a_reset_of_what_was_never_changed_changes_nothing() -> None:
    action = an_action()
    assert decide(Reset(), action) == (action, Outcome())
    assert action_changes.is_done(Reset(), action)


def test_who_comes_back_to_the_original_by_hand_has_nothing_to_reset() -> None:
    there, _ = decide(order_of(8_000), an_action())
    back, _ = decide(order_of(10_000), there)
    assert there.original is not None
    assert back.original is None


# Every change in every state


KINDS: dict[str, Change] = {
    "modify": order_of(8_000),
    "to zero": order_of(0),
    "reverse": Reverse(Disposition.CONS_FRAUD),
    "reset": Reset(),
    "approve": Approve(),
}
AFTER = {
    "modify": ActionState.PENDING,
    "to zero": ActionState.REVERSED,
    "reverse": ActionState.REVERSED,
    "reset": ActionState.PENDING,
    "approve": ActionState.LOCKED,
}


@pytest.mark.parametrize(("kind", "state"), list(product(KINDS, ActionState)))
def test_only_a_pending_action_is_changed(kind: str, state: ActionState) -> None:
    action, _ = decide(order_of(9_000), an_action(contract=OPEN_ENDED), contract=OPEN_ENDED)
    action = replace(action, state=state)
    if state is ActionState.PENDING:
        after, outcome = decide(KINDS[kind], action, contract=OPEN_ENDED)
        assert after.state is AFTER[kind]
        assert [each.version for each in outcome.updates] == [3]
        return
    with pytest.raises(RuleForbids) as caught:
        decide(KINDS[kind], action, contract=OPEN_ENDED)
    assert caught.value.code == f"action_{state.lower()}"


@pytest.mark.parametrize("state", [ActionState.LOCKED, ActionState.PAID])
def test_who_would_change_a_locked_action_is_told_of_the_funds_transfer(state) -> None:
    with pytest.raises(RuleForbids, match="correct it with a funds transfer"):
        decide(order_of(1), an_action(state))


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_lock_date_on_nothing_changes_whether_or_not_it_was_swept(kind: str) -> None:
    action, _ = decide(order_of(9_000), an_action())
    with pytest.raises(RuleForbids) as caught:
        decide(KINDS[kind], action, LOCKS)
    assert caught.value.code == "action_locked"
    if kind != "approve":
        decide(KINDS[kind], action, LOCKS - A_MOMENT)


def test_an_approval_locks_what_the_modifications_left() -> None:
    action, _ = decide(order_of(8_000), an_action(contract=OPEN_ENDED), contract=OPEN_ENDED)
    locked, outcome = decide(Approve(), action)
    (entry,) = outcome.entries
    assert (entry.reason, entry.settles) == (EntryReason.LOCK, {locked.action_id: 400})
    assert action_changes.is_done(Approve(), locked)


def test_an_action_with_a_lock_date_is_not_approved() -> None:
    with pytest.raises(RuleForbids) as caught:
        decide(Approve(), an_action())
    assert caught.value.code == "not_open_ended"
    assert not action_changes.is_done(Approve(), an_action(ActionState.LOCKED))


@pytest.mark.parametrize("disposition", sorted(PARTNER_DISPOSITIONS))
def test_every_code_reverses_and_the_same_again_is_done(disposition: Disposition) -> None:
    after, outcome = decide(Reverse(disposition), an_action())
    assert (after.disposition, outcome.updates[0].reason) == (disposition, disposition)
    assert action_changes.is_done(Reverse(disposition), after)
    assert not action_changes.is_done(Reverse(Disposition.ORDER_UPDATE), after)


def test_amounts_stay_in_the_action_s_currency() -> None:
    with pytest.raises(ValueError, match="EUR"):
        decide(Modify(Reason.OTHER, Money(1, "EUR")), an_action())
