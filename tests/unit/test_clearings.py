"""Sums of what clears follow from the steps of actions, for who owes and for who earns alike."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import action_lifecycle, clearings
from makegood.domain.actions import Action, ActionState
from makegood.domain.calendar import LockRule
from makegood.domain.clearings import Clearing, Totals, totals
from makegood.domain.outcome import Outcome, together
from makegood.jobs import sweep
from makegood.store.actions import action_of, action_rows
from makegood.store.transactions import WRITES_MAX
from makegood.store.work_store import writes_of

from tests.builders import A_MOMENT, CLEARS, LOCKS, an_action, cash_of, usd

PENDING, LOCKED, PAID = ActionState.PENDING, ActionState.LOCKED, ActionState.PAID
NOW = CLEARS + timedelta(days=60)
CASH = cash_of(1_000_000)


def pending(number: int, minor: int = 500, partner_id: str = "10001", days: int = 0) -> Action:
    return an_action(
        action_id=f"1000.4000.{number}",
        payout=usd(minor),
        partner_id=partner_id,
        clears_at=CLEARS + timedelta(days=days),
    )


def moved(outcome: Outcome) -> dict[tuple[str, str], tuple[int, int]]:
    """What becomes of sums, by owner and the date that they clear at (UTC)."""
    return {
        (place.owner, place.clears_at.date().isoformat()): sums
        for place, sums in clearings.moves(outcome.actions).items()
    }


def locked(*actions: Action) -> list[Action]:
    return [after for _, after in action_lifecycle.lock(actions, NOW).actions]


def test_a_lock_adds_on_both_sides_and_a_payment_takes_the_same_off() -> None:
    actions = [pending(1, 500), pending(2, 70, "10002"), pending(3, 8, days=1), pending(4, 0)]
    added = moved(action_lifecycle.lock(actions, NOW))
    assert added == {
        ("advertiser:7", "2026-03-20"): (570, 3),
        ("partner:10001", "2026-03-20"): (500, 2),
        ("partner:10002", "2026-03-20"): (70, 1),
        ("advertiser:7", "2026-03-21"): (8, 1),
        ("partner:10001", "2026-03-21"): (8, 1),
    }
    taken = moved(action_lifecycle.pay(locked(*actions), CASH, NOW))
    assert taken == {place: (-minor, -count) for place, (minor, count) in added.items()}


def test_an_approval_adds_at_the_instant_that_it_sets() -> None:
    open_ended = replace(pending(1), locking=LockRule.parse("OPEN_ENDED"))
    outcome = action_lifecycle.approve(open_ended, NOW, "reviewer")
    ((_, after),) = outcome.actions
    day = after.clears_at.date().isoformat()
    assert after.clears_at > open_ended.clears_at
    assert moved(outcome) == {("advertiser:7", day): (500, 1), ("partner:10001", day): (500, 1)}


def test_what_locks_and_is_paid_at_once_moves_no_sum() -> None:
    paid, _ = action_lifecycle.settle_at_once(pending(1), CASH, NOW)
    waits, _ = action_lifecycle.settle_at_once(pending(2), cash_of(0), NOW)
    assert (paid.state, waits.state) == (PAID, LOCKED)
    assert moved(Outcome(actions=((None, paid),))) == {}
    assert len(moved(Outcome(actions=((None, waits),)))) == 2
    lock = action_lifecycle.lock([pending(1)], NOW)
    pay = action_lifecycle.pay(locked(pending(1)), CASH, NOW)
    labels = writes_of(together([lock, pay])).labels
    assert "clearing" not in labels


@pytest.mark.parametrize("state", [PENDING, ActionState.REVERSED])
def test_what_is_not_locked_is_in_no_sum(state: ActionState) -> None:
    assert moved(Outcome(actions=((pending(1), replace(pending(1), state=state)),))) == {}
    assert moved(Outcome(actions=((None, pending(1)),))) == {}


# What older versions have done


def as_kept(action: Action, mark: bool | None) -> Action:
    """The action read from its item, with another mark on it."""
    hot, _ = action_rows(action)
    assert hot.summed == (True if action.is_summed else None)
    hot.summed = mark
    return action_of(hot)


@pytest.mark.parametrize(
    ("state", "mark", "stray", "mends"),
    [
        (PENDING, None, False, 0),
        (LOCKED, True, False, 0),
        (LOCKED, None, True, 500),
        (PAID, None, False, 0),
        (PAID, True, True, -500),
    ],
)
def test_an_item_says_whether_it_is_summed_and_a_mend_makes_that_true(
    state: ActionState, mark: bool | None, stray: bool, mends: int
) -> None:
    read = as_kept(replace(pending(1), state=state), mark)
    assert (read.stray, read.is_summed) == (stray, bool(mark))
    outcome = clearings.mended([read])
    assert bool(outcome) is stray
    if stray:
        ((_, after),) = outcome.actions
        assert (after.stray, after.version) == (False, read.version)
        assert after.is_summed is (state is LOCKED)
        assert set(moved(outcome).values()) == {(mends, mends // 500)}


def test_what_was_never_added_is_not_taken_off() -> None:
    stray = as_kept(replace(pending(1), state=LOCKED), None)
    ((_, paid),) = action_lifecycle.pay([stray], CASH, NOW).actions
    assert not paid.is_summed
    assert moved(action_lifecycle.pay([stray], CASH, NOW)) == {}


# What they come to


def test_totals_split_at_an_instant_that_is_included_and_by_currency() -> None:
    kept = [
        Clearing("partner:1", "USD", CLEARS, 500, 2),
        Clearing("partner:1", "USD", CLEARS, 1, 1),
        Clearing("partner:1", "USD", CLEARS + A_MOMENT, 30, 4),
        Clearing("partner:1", "EUR", CLEARS + A_MOMENT, 9, 1),
        Clearing("partner:1", "JPY", LOCKS, 0, 0),
    ]
    assert totals(kept, CLEARS) == {
        "USD": Totals(531, 501, 3),
        "EUR": Totals(9, 0, 0),
        "JPY": Totals(0, 0, 0),
    }


# What fits in a transaction


@pytest.mark.parametrize("partner_count", [1, 2, 30, 120])
@pytest.mark.parametrize("instants", [1, 2, 30, 120])
def test_a_group_takes_what_a_transaction_takes_with_all_its_sums(
    partner_count: int, instants: int
) -> None:
    due = [pending(at, 500, str(at % partner_count), at % instants) for at in range(120)]

    def lock(fitting: list[Action]) -> Outcome:
        return action_lifecycle.lock(fitting, NOW + timedelta(days=200))

    def pay(fitting: list[Action]) -> Outcome:
        return action_lifecycle.pay(
            [replace(each, state=LOCKED) for each in fitting], CASH, NOW + timedelta(days=200)
        )

    for decide, each in ((lock, sweep.LOCKED_EACH), (pay, sweep.PAID_EACH)):
        fitting = sweep._fitting(due, each)
        assert len(writes_of(decide(fitting))) <= WRITES_MAX
        ordered = sorted(due, key=action_lifecycle.clearing_order)
        assert len(writes_of(decide(ordered[: len(fitting) + 1]))) > WRITES_MAX
