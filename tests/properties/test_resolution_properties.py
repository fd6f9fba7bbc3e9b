"""What holds for any amounts: payments in their turn, and corrections that never pay twice."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, ActionState
from makegood.domain.inquiries import InquiryType
from makegood.domain.orders import Order
from makegood.domain.problems import RuleForbids

from tests.builders import (
    CLEARS,
    ORDERED,
    a_case,
    a_claim,
    a_contract,
    accepted,
    an_action,
    an_inquiry,
    cash_of,
    terms,
    usd,
)

NOW = CLEARS + timedelta(days=60)
STANDING = [ActionState.PENDING, ActionState.LOCKED, ActionState.PAID]

minors = st.integers(0, 2_000)


@st.composite
def queues(draw: st.DrawFn) -> list[Action]:
    """Locked actions of one advertiser, due on a few days, some of them worth nothing."""
    worths = draw(st.lists(st.tuples(minors, st.integers(0, 3)), min_size=1, max_size=6))
    return [
        an_action(
            ActionState.LOCKED,
            action_id=f"1000.4000.{number}",
            payout=usd(worth),
            clears_at=CLEARS + timedelta(days=later),
        )
        for number, (worth, later) in enumerate(worths)
    ]


@given(queues(), st.integers(0, 8_000), st.randoms(use_true_random=False))
def test_just_the_longest_covered_head_of_the_queue_is_paid(queue, cash_minor, random) -> None:
    in_turn = sorted(queue, key=lambda each: (each.clears_at, each.action_id))
    head = 0
    while head < len(queue) and worth(in_turn[: head + 1]) <= cash_minor:
        head += 1
    random.shuffle(queue)
    locked = worth(queue)
    outcome = action_lifecycle.pay(queue, cash_of(cash_minor - locked, locked), NOW)
    assert [before for before, _ in outcome.actions] == in_turn[:head]
    settled = {
        action_id: minor for entry in outcome.entries for action_id, minor in entry.settles.items()
    }
    assert settled == {
        each.action_id: each.payout.minor for each in in_turn[:head] if each.payout.minor
    }


def worth(actions: list[Action]) -> int:
    return sum(action.payout.minor for action in actions)


def amount(actions: list[Action]) -> int:
    return sum(action.order_amount.minor for action in actions)


@st.composite
def credited_parts(draw: st.DrawFn) -> list[Action]:
    """Standing actions of one order: what it was tracked with, and what was added since."""
    states = draw(st.lists(st.sampled_from(STANDING), max_size=3))
    return [
        an_action(
            state,
            action_id=f"1000.4000.{number}",
            order_amount=usd(draw(st.integers(0, 20_000))),
            payout=usd(draw(minors)),
        )
        for number, state in enumerate(states)
    ]


@given(
    credited_parts(),
    st.integers(1, 60_000),
    st.none() | st.integers(0, 4_000),
    st.sampled_from(["5%", "3.3333%", "12.5%", "1.50 USD", "0%"]),
    st.sampled_from([1, 12, 90]),
)
def test_after_a_correction_an_order_stands_at_what_was_granted_or_nothing_changed(
    parts, amount_minor, stated, sale, age
) -> None:
    claim = a_claim(InquiryType.INCORRECT, order_amount=usd(amount_minor))
    contract = a_contract(terms(sale=sale))
    case = a_case(*parts, inquiry=an_inquiry(claim), contract=contract, cash=cash_of(2_500))
    order = Order(claim.order_id, claim.ordered_at)
    asked = contract.versions[0].payout("4000", claim.order_amount, order).payout.minor
    granted_minor = asked if stated is None else stated
    final = None if stated is None else usd(stated)
    now = ORDERED + timedelta(days=age)
    settled = [each for each in parts if not each.may_change(now)]
    if worth(settled) > granted_minor or amount(settled) > amount_minor:
        with pytest.raises(RuleForbids, match="funds transfer"):
            accepted(case, now, final_payout=final)
        return
    decided, action, outcome = accepted(case, now, final_payout=final)
    assert decided.final_payout == usd(granted_minor)
    assert worth([*settled, action]) == granted_minor
    assert amount([*settled, action]) == amount_minor
    standing = {credit.action_id for credit in outcome.orders[-1][1].credits}
    assert standing == {each.action_id for each in [*settled, action]}
    undone = [before for before, after in outcome.actions if after.state is ActionState.REVERSED]
    assert undone == [each for each in parts if each.may_change(now)]
