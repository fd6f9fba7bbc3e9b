"""Whatever happens at once, only what its advertiser approved goes beyond a limit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import action_changes, action_lifecycle
from makegood.domain.action_changes import Approve, Held, Modify, Reason, Reset, Reverse
from makegood.domain.actions import Disposition
from makegood.domain.limits import Every, Limit, Measure, Scope
from makegood.domain.orders import Order
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.problems import Problem

from tests.builders import ORDERED, a_campaign, a_contract, a_conversion, terms, usd
from tests.reference import Memory, Stale, check, check_limits

LIMITS = (
    Limit(Measure.PAYOUT, usd(1_000), every=Every.WEEK),
    Limit(Measure.NUMBER, 1, Scope.CUSTOMER, Every.DAY),
    Limit(Measure.PAYOUT, usd(900), Scope.ORDER),
    Limit(Measure.NUMBER, 3, every=Every.QUARTER),
)
LOOSE = (replace(LIMITS[1], most=2),)
NOW = ORDERED + timedelta(days=5)
CONTRACT = a_contract(
    terms("OPEN_ENDED", limits=LIMITS),
    terms("OPEN_ENDED", sale="7.25%", version=2, valid_from=NOW + timedelta(days=2), limits=LOOSE),
)
amounts = st.sampled_from([2_000, 8_000, 12_000, 20_000]).map(usd)
conversions = st.builds(
    lambda order, amount, day, customer: a_conversion(
        amount, order=Order(f"CD{order}", ORDERED + timedelta(days=day), customer)
    ),
    st.integers(1, 6),
    amounts,
    st.integers(0, 4),
    st.sampled_from(["", "C-1", "C-2"]),
)
steps = st.tuples(
    st.integers(0, 5),
    st.one_of(
        st.builds(Modify, st.just(Reason.ORDER_UPDATE), amounts),
        st.sampled_from([Approve(), Reset(), Reverse(Disposition.OTHER)]),
    ),
)
asked = st.one_of(conversions, conversions, steps)


def decide(thing: Any, memory: Memory, now: Any) -> Outcome:
    """What is asked, decided on what is there; what is refused changes nothing."""
    try:
        if not isinstance(thing, tuple):
            order = memory.order(thing.order.order_id)
            existing = memory.actions.get(action_lifecycle.conversion_action_id(thing))
            return action_lifecycle.convert(
                thing,
                campaign=a_campaign(),
                contract=CONTRACT,
                order=order,
                existing=existing,
                now=now,
                used=memory.uses,
            )[1]
        at, change = thing
        if at >= len(memory.actions):
            return NOTHING
        action = list(memory.actions.values())[at]
        held = Held(action, memory.order(action.order.order_id), CONTRACT, memory.uses)
        return action_changes.decide(change, held, now, "reviewer")[1]
    except Problem:
        return NOTHING


def keep_all_at_once(memory: Memory, things: list[Any], now: Any) -> None:
    """All are decided on what was there before any; who comes too late is decided anew."""
    made = [(thing, decide(thing, memory, now)) for thing in things]
    for thing, outcome in made:
        try:
            memory.commit(outcome)
        except Stale:
            memory.commit(decide(thing, memory, now))


@given(st.lists(st.lists(asked, min_size=2, max_size=5), min_size=1, max_size=5))
def test_only_what_was_approved_goes_beyond_a_limit(batches: list[list[Any]]) -> None:
    memory = Memory()
    for day, things in enumerate(batches):
        keep_all_at_once(memory, things, NOW + timedelta(days=day))
        check(memory, NOW + timedelta(days=day))
        check_limits(memory, (*LIMITS, *LOOSE))
