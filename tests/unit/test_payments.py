"""Who is paid, when, and in which turn: the sweep's payments, and settling at once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from makegood.domain import action_lifecycle, ledger
from makegood.domain.actions import Action, ActionState
from makegood.domain.ledger import Cash, EntryReason, Floor
from makegood.domain.outcome import Outcome, together
from makegood.domain.problems import RuleForbids

from tests.builders import A_MOMENT, CLEARS, LOCKS, an_action, cash_of, credits_of, usd
from tests.reference import Memory, Stale, check

PENDING, LOCKED, PAID = ActionState.PENDING, ActionState.LOCKED, ActionState.PAID
BEFORE_LOCK, AT_LOCK = LOCKS - A_MOMENT, LOCKS
BEFORE_CLEARING, AT_CLEARING = CLEARS - A_MOMENT, CLEARS
NOW = CLEARS + timedelta(days=30)


def due(number: int, payout_minor: int, days_later: int = 0, **changes) -> Action:
    """A locked action that cleared so many days after the first did."""
    return an_action(
        LOCKED,
        action_id=f"1000.4000.{number}",
        payout=usd(payout_minor),
        clears_at=CLEARS + timedelta(days=days_later),
        **changes,
    )


def paid_ids(actions: list[Action], cash_minor: int, now: datetime = NOW) -> list[str]:
    """Who is paid, in which order, while that much cash is there."""
    locked = sum(action.payout.minor for action in actions)
    cash = cash_of(cash_minor - locked, locked)
    outcome = action_lifecycle.pay(actions, cash, now)
    assert all(after.paid_at == now for _, after in outcome.actions)
    assert all(after.state is PAID for _, after in outcome.actions)
    queued = cash.funds_minor < 0
    assert outcome.relies_on == ((cash,) if outcome.actions and queued else ())
    untouched = (Floor("advertiser:7:funds", "USD", 0),)
    assert outcome.floors == (untouched if outcome.actions and not queued else ())
    settled = sum(minor for entry in outcome.entries for minor in entry.settles.values())
    assert settled == sum(after.payout.minor for _, after in outcome.actions)
    return [after.action_id.rpartition(".")[2] for _, after in outcome.actions]


# The queue


def test_the_oldest_clearing_date_is_paid_first_however_they_are_handed_in() -> None:
    actions = [due(1, 100, days_later=2), due(2, 100, days_later=0), due(3, 100, days_later=1)]
    assert paid_ids(actions, 300) == ["2", "3", "1"]
    assert paid_ids(actions, 200) == ["2", "3"]
    assert paid_ids(actions[::-1], 299) == ["2", "3"]


def test_nothing_younger_jumps_the_queue_however_small() -> None:
    actions = [due(1, 100), due(2, 500, days_later=1), due(3, 1, days_later=2)]
    assert paid_ids(actions, 599) == ["1"]
    assert paid_ids(actions, 99) == []


def test_an_action_of_no_worth_waits_its_turn_and_then_needs_no_cash() -> None:
    actions = [due(1, 100), due(2, 0, days_later=1)]
    assert paid_ids(actions, 99) == []
    assert paid_ids(actions, 100) == ["1", "2"]
    assert paid_ids([due(2, 0)], 0) == ["2"]


def test_two_that_cleared_together_go_by_their_ids() -> None:
    assert paid_ids([due(2, 100), due(1, 100)], 100) == ["1"]


@pytest.mark.parametrize(("cash_minor", "paid"), [(499, []), (500, ["1"]), (501, ["1"])])
def test_cash_covers_a_payment_to_the_last_cent_and_not_one_below(cash_minor, paid) -> None:
    assert paid_ids([due(1, 500)], cash_minor) == paid


def test_cash_is_what_counts_even_while_the_funds_are_negative() -> None:
    outcome = action_lifecycle.pay([due(1, 500)], cash_of(-400, 900), NOW)
    assert [after.state for _, after in outcome.actions] == [PAID]


def test_nothing_is_paid_a_moment_before_it_clears() -> None:
    assert paid_ids([due(1, 100)], 100, now=CLEARS) == ["1"]
    with pytest.raises(ValueError, match="is due at"):
        paid_ids([due(1, 100)], 100, now=CLEARS - A_MOMENT)


@pytest.mark.parametrize("state", [PENDING, PAID, ActionState.REVERSED])
def test_only_what_is_locked_is_paid_and_only_once(state: ActionState) -> None:
    with pytest.raises(RuleForbids):
        action_lifecycle.pay([replace(due(1, 100), state=state)], cash_of(1_000), NOW)


def test_one_entry_pays_each_partner_its_sum() -> None:
    actions = [due(1, 100), due(2, 30, partner_id="10002"), due(3, 7)]
    (entry,) = action_lifecycle.pay(actions, cash_of(0, 137), NOW).entries
    assert entry.reason is EntryReason.PAY
    assert entry.deltas() == {
        "advertiser:7:committed": -137,
        "partner:10001:payable": 107,
        "partner:10002:payable": 30,
    }


def test_without_cash_for_the_first_nothing_happens_at_all() -> None:
    assert not action_lifecycle.pay([due(1, 100), due(2, 50)], cash_of(-100, 150), NOW)


# Settling at once


SETTLED = [
    (BEFORE_LOCK, 10_000, PENDING),
    (AT_LOCK, 10_000, LOCKED),
    (BEFORE_CLEARING, 10_000, LOCKED),
    (AT_CLEARING, 501, PAID),
    (AT_CLEARING, 500, PAID),
    (AT_CLEARING, 499, LOCKED),
    (AT_CLEARING, 0, LOCKED),
    (AT_CLEARING, -1, LOCKED),
    (AT_LOCK, -1, LOCKED),
]


@pytest.mark.parametrize(("now", "funds_minor", "state"), SETTLED)
def test_a_new_action_goes_as_far_as_its_dates_and_the_funds_let_it(
    now: datetime, funds_minor: int, state: ActionState
) -> None:
    action, outcome = action_lifecycle.settle_at_once(an_action(), cash_of(funds_minor), now)
    assert action.state is state
    assert (action.locks_at, action.clears_at) == (LOCKS, CLEARS)
    assert action.paid_at == (now if state is PAID else None)
    reasons = {PENDING: [], LOCKED: ["LOCK"], PAID: ["LOCK", "PAY"]}[state]
    assert [entry.reason for entry in outcome.entries] == reasons
    assert all(entry.settles == {action.action_id: 500} for entry in outcome.entries)


def test_a_lock_without_funds_takes_the_balance_below_zero() -> None:
    action, outcome = action_lifecycle.settle_at_once(an_action(), cash_of(120), AT_CLEARING)
    assert action.state is LOCKED
    assert ledger.balances(outcome.entries)["advertiser:7:funds", "USD"] == -500


def test_what_pays_at_once_needs_funds_for_itself_and_nothing_else() -> None:
    cash = cash_of(10_000)
    _, paid = action_lifecycle.settle_at_once(an_action(), cash, AT_CLEARING)
    _, locked = action_lifecycle.settle_at_once(an_action(), cash, AT_LOCK)
    assert paid.floors == (Floor("advertiser:7:funds", "USD", 500),)
    assert locked.floors == ()
    assert paid.relies_on == locked.relies_on == ()


def test_several_that_pay_at_once_need_funds_for_all_of_them() -> None:
    cash = cash_of(1_200)
    outcomes = []
    for number in (1, 2, 3):
        action = an_action(action_id=f"1000.4000.{number}")
        _, outcome = action_lifecycle.settle_at_once(action, cash, AT_CLEARING)
        cash = replace(cash, funds_minor=cash.funds_minor - 500)
        outcomes.append(outcome)
    assert together(outcomes).floors == (Floor("advertiser:7:funds", "USD", 1_000),)
    deposited = Outcome(entries=(ledger.deposit("7", usd(300), "B1", NOW),))
    assert (deposited + outcomes[0]).floors == (Floor("advertiser:7:funds", "USD", 200),)


def test_nobody_who_is_locked_already_is_overtaken_at_once() -> None:
    """Cash of 600 would do for 500, but 200 of it are promised to somebody."""
    short, enough = cash_of(400, 200), cash_of(500, 200)
    assert action_lifecycle.settle_at_once(an_action(), short, AT_CLEARING)[0].state is LOCKED
    assert action_lifecycle.settle_at_once(an_action(), enough, AT_CLEARING)[0].state is PAID


@pytest.mark.parametrize(
    ("now", "funds_minor", "state"),
    [
        (BEFORE_LOCK, 0, PENDING),
        (AT_LOCK, 0, LOCKED),
        (AT_CLEARING, 0, PAID),
        (AT_CLEARING, -1, LOCKED),
    ],
)
def test_an_action_of_no_worth_locks_and_pays_without_an_entry(now, funds_minor, state) -> None:
    worthless = an_action(payout=usd(0))
    action, outcome = action_lifecycle.settle_at_once(worthless, cash_of(funds_minor, 50), now)
    assert action.state is state
    assert not outcome


# At the same time


def made_at_once(memory: Memory, cash: Cash, action: Action) -> Outcome:
    """A new action of an order that is locked and paid at once, on the cash as it was seen."""
    made, outcome = action_lifecycle.settle_at_once(action, cash, CLEARS)
    assert made.state is PAID
    order = memory.order(made.order.order_id)
    credit = (order, action_lifecycle.credited(order, made))
    return outcome + Outcome(actions=((None, made),), orders=(credit,))


SECOND = {"action_id": "1000.4000.2", "partner_id": "10002", "payout": usd(400)}


def test_of_two_payments_that_the_funds_do_not_both_cover_one_is_decided_again() -> None:
    """Either would do alone; both would pay more than was ever deposited."""
    first = an_action(action_id="1000.4000.1")
    second = an_action(order=replace(first.order, order_id="CD2"), **SECOND)
    memory = Memory()
    memory.commit(Outcome(entries=(ledger.deposit("7", usd(899), "B1", LOCKS),)))
    cash = memory.cash("7")
    one, other = (made_at_once(memory, cash, each) for each in (first, second))
    memory.commit(one)
    with pytest.raises(Stale):
        memory.commit(other)
    check(memory, CLEARS)


@pytest.mark.parametrize("sweep_first", [False, True])
def test_a_sweep_and_an_acceptance_pay_side_by_side_while_there_is_enough(sweep_first) -> None:
    first = an_action(action_id="1000.4000.1")
    memory = Memory()
    memory.commit(
        Outcome(
            actions=((None, first),),
            orders=((memory.order("CD1"), credits_of(first)),),
            entries=(ledger.deposit("7", usd(900), "B1", LOCKS),),
        )
    )
    memory.commit(action_lifecycle.lock([first], LOCKS))
    cash = memory.cash("7")
    swept = action_lifecycle.pay(list(memory.actions.values()), cash, CLEARS)
    at_once = made_at_once(memory, cash, an_action(**SECOND))
    for outcome in (swept, at_once) if sweep_first else (at_once, swept):
        memory.commit(outcome)
    assert memory.cash("7").cash_minor == 0
    check(memory, CLEARS)


def test_while_there_is_a_queue_a_payment_is_decided_again_when_the_balance_moved() -> None:
    """What locked meanwhile may have cleared before it."""
    memory = Memory()
    first = an_action(action_id="1000.4000.1")
    memory.commit(
        Outcome(
            actions=((None, first),),
            orders=((memory.order("CD1"), credits_of(first)),),
        )
    )
    memory.commit(action_lifecycle.lock([first], LOCKS))
    memory.commit(Outcome(entries=(ledger.deposit("7", usd(300), "B1", LOCKS),)))
    (locked,) = memory.actions.values()
    small = replace(locked, payout=usd(200))
    outcome = action_lifecycle.pay([small], memory.cash("7"), CLEARS)
    memory.commit(Outcome(entries=(ledger.deposit("7", usd(1), "B2", LOCKS),)))
    with pytest.raises(Stale):
        memory.commit(replace(outcome, actions=()))
