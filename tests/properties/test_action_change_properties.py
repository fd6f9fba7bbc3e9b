"""Whatever is done to a pending action, its updates tell the whole story of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import action_changes
from makegood.domain.action_changes import Approve, Held, Modify, Reason, Reset, Reverse
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.baskets import Line
from makegood.domain.orders import Item
from makegood.domain.problems import RuleForbids

from tests.builders import ORDERED, a_contract, an_action, credits_of, terms, usd
from tests.reference import Memory

CONTRACT = a_contract(
    terms("OPEN_ENDED"),
    terms("OPEN_ENDED", sale="7.25%", version=2, valid_from=ORDERED + timedelta(days=3)),
)
BASKET = (Item("SHOES", 2, usd(6_000)), Item("HAT", 1, usd(4_000)))

amounts = st.integers(0, 20_000).map(usd)
reasons = st.sampled_from(sorted(set(Reason) - {Reason.APPROVED, Reason.RESET}))
lines = st.builds(
    Line,
    st.sampled_from(["SHOES", "HAT"]),
    quantity=st.none() | st.integers(0, 3),
    subtotal=st.none() | amounts,
)
modifications = st.one_of(
    st.builds(Modify, reasons, amounts, st.sampled_from(["", "NEW", "OLD"])),
    st.builds(Modify, reasons, line=lines),
    st.builds(Modify, reasons, items=st.just((Line("BAG", subtotal=usd(1_500)),))),
)
steps = st.one_of(modifications, st.just(Reset()))
endings = st.sampled_from([Approve(), Reverse(Disposition.CONS_FRAUD)])


def started() -> tuple[Action, Memory]:
    action = an_action(contract=CONTRACT)
    action = replace(action, order=replace(action.order, items=BASKET))
    memory = Memory()
    memory.actions[action.action_id] = action
    memory.orders[action.order.order_id] = credits_of(action)
    return action, memory


def play(memory: Memory, action: Action, asked: list[Any]) -> Action:
    """Each change in its turn, a day after the other; what is refused changes nothing."""
    for day, change in enumerate(asked, 1):
        held = Held(action, memory.order(action.order.order_id), CONTRACT)
        try:
            after, outcome = action_changes.decide(
                change, held, ORDERED + timedelta(days=day), "reviewer"
            )
        except RuleForbids:
            continue
        memory.commit(outcome)
        assert bool(outcome) == (after != action)
        action = after
    return action


@given(st.lists(steps, max_size=8), endings | st.none())
def test_the_deltas_sum_to_the_change_from_the_creation(asked: list[Any], ending: Any) -> None:
    action, memory = started()
    last = play(memory, action, [*asked, *([ending] if ending else [])])
    updates = sorted(memory.updates.values(), key=lambda each: each.version)
    amount, payout = action.order_amount, action.payout
    for update in updates:
        amount, payout = amount + update.delta_amount, payout + update.delta_payout
        assert (update.order_amount, update.payout) == (amount, payout)
    gone = last.state is ActionState.REVERSED
    expected = (usd(0), usd(0)) if gone else (last.order_amount, last.payout)
    assert (amount, payout) == expected
    assert [each.version for each in updates] == list(range(2, last.version + 1))


@given(st.lists(steps, max_size=8))
def test_a_reset_undoes_any_modifications(asked: list[Any]) -> None:
    """What was changed back before it may tell another reason for the same payout."""
    action, memory = started()
    last = play(memory, action, asked)
    again = play(memory, last, [Reset()])
    if last.state is ActionState.PENDING:
        told = {"changed_at": action.changed_at, "explanation": action.explanation}
        assert replace(again, version=1, modified_at=None, **told) == action
        assert (again.modified_at is None) == (again.version == 1)


@given(st.lists(steps, max_size=8), steps)
def test_the_same_change_twice_is_one(asked: list[Any], change: Any) -> None:
    action, memory = started()
    last = play(memory, action, asked)
    once = play(memory, last, [change])
    if once != last and once.state is ActionState.PENDING:
        assert action_changes.is_done(change, once)
        assert play(memory, once, [change]) == once
