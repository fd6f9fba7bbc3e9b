"""The life of an action, step by step, and who holds an order's credit."""

from dataclasses import replace
from itertools import product

import pytest
from makegood.api.presenters import wire_state
from makegood.domain.actions import PARTNER_DISPOSITIONS, STATES, ActionState, Disposition
from makegood.domain.calendar import LockRule
from makegood.domain.money import Money
from makegood.domain.orders import Credit, OrderCredits
from makegood.domain.problems import RuleForbids
from makegood.domain.state_details import MEANINGS, StateDetail, description, state_detail

from tests.builders import A_MOMENT, CLEARS, LEAD, LOCKS, SALE, an_action

PENDING = ActionState.PENDING
LOCKED = ActionState.LOCKED
PAID = ActionState.PAID
REVERSED = ActionState.REVERSED

STEPS = {(PENDING, LOCKED), (LOCKED, PAID), (PENDING, REVERSED)}


@pytest.mark.parametrize(("before", "after"), list(product(ActionState, ActionState)))
def test_an_action_takes_just_the_steps_of_its_life(
    before: ActionState, after: ActionState
) -> None:
    action = an_action(before, version=2)
    if (before, after) in STEPS:
        moved = action.moved(after, LOCKS)
        assert (moved.state, moved.version, moved.changed_at) == (after, 3, LOCKS)
        return
    with pytest.raises(RuleForbids) as caught:
        action.moved(after, LOCKS)
    assert caught.value.code == f"action_{before.lower()}"
    assert action.action_id in caught.value.message


def test_the_table_of_edges_names_every_state_and_no_other_step() -> None:
    assert set(STATES) == set(ActionState)
    edges = {(before, after) for before, rules in STATES.items() for after in rules.leads_to}
    assert edges == STEPS


@pytest.mark.parametrize("state", [LOCKED, PAID])
def test_who_may_not_change_a_locked_action_is_told_of_the_funds_transfer(
    state: ActionState,
) -> None:
    with pytest.raises(RuleForbids, match="correct it with a funds transfer"):
        an_action(state).moved(REVERSED, LOCKS)


@pytest.mark.parametrize(
    ("state", "shown"),
    [(PENDING, "PENDING"), (LOCKED, "APPROVED"), (PAID, "APPROVED"), (REVERSED, "REVERSED")],
)
def test_locked_and_paid_are_both_approved_on_the_wire(state: ActionState, shown: str) -> None:
    assert wire_state(state) == shown


@pytest.mark.parametrize(
    ("state", "since_clearing", "detail"),
    [
        (PENDING, A_MOMENT, "PENDING"),
        (LOCKED, -A_MOMENT, "LOCKED"),
        (LOCKED, 0 * A_MOMENT, "OVERDUE"),
        (LOCKED, A_MOMENT, "OVERDUE"),
        (PAID, -A_MOMENT, "PAID"),
        (PAID, A_MOMENT, "PAID"),
        (REVERSED, A_MOMENT, "REVERSED"),
    ],
)
def test_every_action_says_where_its_money_is(
    state: ActionState, since_clearing, detail: str
) -> None:
    assert state_detail(an_action(state), CLEARS + since_clearing) == detail


def test_who_waits_for_an_approval_says_which_and_a_reversed_one_no_longer_waits() -> None:
    now = CLEARS + A_MOMENT
    open_ended = replace(an_action(PENDING), locking=LockRule.parse("OPEN_ENDED"))
    assert state_detail(open_ended, now) == "AWAITING_APPROVAL"
    beyond = replace(open_ended, outside=True, beyond="1 action a day in all")
    assert state_detail(beyond, now) == "OUTSIDE_OF_TERMS"
    assert "beyond 1 action a day in all" in description(beyond, now)
    undone = beyond.moved(REVERSED, now, disposition=Disposition.NOT_COMPLIANCE_TERMS)
    assert state_detail(undone, now) == "REVERSED"
    assert "NOT_COMPLIANCE_TERMS" in description(undone, now)


def test_each_place_that_money_may_be_at_has_a_meaning() -> None:
    assert set(MEANINGS) == set(StateDetail)


@pytest.mark.parametrize("state", ActionState)
def test_what_is_undone_is_worth_nothing_and_carries_what_was_intended(state: ActionState) -> None:
    action = an_action(state)
    undone = state is REVERSED
    assert action.worth == (Money.zero("USD") if undone else action.payout)
    assert action.sale == (Money.zero("USD") if undone else action.order_amount)
    assert action.payout.minor > 0


def test_an_advertiser_may_name_the_fourteen_codes_of_the_api() -> None:
    codes = (
        "REJECTED CONS_INFO_INVALID CONS_ERROR CONS_FRAUD ITEM_RETURNED ITEM_OUT_OF_STOCK "
        "ORDER_ERROR PUB_ACT_DISPUTE ADV_ACT_DISPUTE NOT_COMPLIANCE_TERMS MP_RETURNED "
        "CREDITED_DIFFERENT_MP TEST_ACTION OTHER"
    )
    assert set(codes.split()) == PARTNER_DISPOSITIONS
    assert Disposition.ORDER_UPDATE not in PARTNER_DISPOSITIONS


# Credits of an order


def test_credits_are_told_apart_by_partner_and_by_event_type() -> None:
    sale, lead = Credit(SALE, "10001", "a1"), Credit(LEAD, "10001", "a2")
    theirs = Credit(SALE, "10002", "a3")
    order = OrderCredits("1000", "CD1", (sale, lead, theirs), version=3)
    assert order.of("10001", SALE) == (sale,)
    assert order.of("10001", LEAD) == (lead,)
    assert order.of("10002", SALE) == (theirs,)
    assert order.of("10002", LEAD) == ()


def test_a_credit_that_comes_or_goes_is_a_new_version_of_the_order() -> None:
    sale, theirs = Credit(SALE, "10001", "a1"), Credit(SALE, "10002", "a3")
    order = OrderCredits("1000", "CD1").with_credit(sale).with_credit(theirs)
    assert (order.credits, order.version) == ((sale, theirs), 2)
    left = order.without("a1")
    assert (left.credits, left.version) == ((theirs,), 3)
