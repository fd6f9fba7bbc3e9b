"""The sweep locks and pays everything that is due, once, oldest first, as far as cash goes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.problems import RuleForbids
from makegood.domain.state_details import state_detail
from makegood.jobs import reconciliation, sweep
from makegood.jobs.sweep import Sweep, SweepResult
from makegood.store.store import Contested, Store

from tests.integration import market, stack
from tests.integration.market import CASHBACK, LOYALTY, NOW, RECENT_CLEARS_AT, RECENT_LOCKS_AT

INSTANT = timedelta(milliseconds=1)
LATER = RECENT_CLEARS_AT + timedelta(days=30)


def states(store: Store, actions: Sequence[Action]) -> str:
    """The first letter of each action's state: Pending, Locked, Done, Reversed."""
    found = store.actions([each.action_id for each in actions])
    letters = {ActionState.PAID: "D"}
    kept = [found[each.action_id].state for each in actions]
    return "".join(letters.get(each, each[0]) for each in kept)


def holds(store: Store) -> bool:
    return reconciliation.prove(store)["holds"]


def ordered(store: Store, *payouts: str) -> list[Action]:
    """Actions of these payouts, each a day younger than the one before."""
    made = []
    for at, payout in enumerate(payouts):
        ordered_at = datetime(2026, 6, 1 + at, 17, tzinfo=UTC).isoformat()
        inquiry = market.file(store, f"A-{at}", TransactionDate=ordered_at)
        fields = market.accepted(inquiry.inquiry_id, FinalPayout=payout)
        action = market.resolve(store, fields).action
        assert action is not None
        made.append(action)
    return made


def reverse(store: Store, action: Action, at: datetime) -> None:
    order_key = action.campaign_id, action.order.order_id
    seen = store.actions([action.action_id])[action.action_id]
    order = store.orders([order_key])[order_key]
    store.commit(action_lifecycle.reverse(seen, order, Disposition.ITEM_RETURNED, at, "test"))


def test_an_action_locks_at_its_lock_date_and_is_paid_at_its_clearing_date(trading: Store) -> None:
    market.deposit(trading, "20.00")
    action = market.accept(trading, "A-1")
    course = []
    for at in (RECENT_LOCKS_AT, RECENT_CLEARS_AT):
        for now in (at - INSTANT, at):
            market.sweep(trading, now)
            course.append((states(trading, [action]), *market.cash(trading)))
    assert course == [
        ("P", "20.00", "0.00"),
        ("L", "15.00", "5.00"),
        ("L", "15.00", "5.00"),
        ("D", "15.00", "0.00"),
    ]
    assert trading.actions([action.action_id])[action.action_id].paid_at == RECENT_CLEARS_AT
    assert holds(trading)


def test_a_sweep_that_comes_late_locks_and_pays_in_one_go_and_tells_its_lag(trading: Store) -> None:
    market.deposit(trading, "20.00")
    actions = [market.accept(trading, "A-1"), market.track(trading, "A-2")]
    result = market.sweep(trading, RECENT_CLEARS_AT + timedelta(minutes=10))
    assert result.facts() == {
        "locked": 2,
        "paid": 2,
        "overdue": 0,
        "approved": 0,
        "lapsed": 0,
        "conflicts": 0,
        "lag_seconds": int((RECENT_CLEARS_AT - RECENT_LOCKS_AT).total_seconds()) + 600,
        "overdue_seconds": 0,
    }
    assert states(trading, actions) == "DD"
    assert holds(trading)


def test_what_is_not_funded_is_overdue_until_money_comes(trading: Store) -> None:
    action = market.accept(trading, "A-1")
    first = market.sweep(trading, RECENT_CLEARS_AT)
    locked = trading.actions([action.action_id])[action.action_id]
    assert (first.paid, first.overdue) == (0, 1)
    assert state_detail(locked, RECENT_CLEARS_AT) == "OVERDUE"
    assert market.cash(trading) == ("-5.00", "5.00")
    market.deposit(trading, "5.00")
    assert market.sweep(trading, LATER).paid == 1
    assert market.cash(trading) == ("0.00", "0.00")
    assert holds(trading)


@pytest.mark.parametrize(
    ("cash", "expected"),
    [
        ("0.99", "LLLL"),
        ("1.00", "DLLL"),
        ("10.99", "DLLL"),
        ("11.00", "DDLL"),
        ("12.00", "DDDL"),
        ("13.00", "DDDD"),
    ],
)
def test_the_oldest_is_paid_first_and_nothing_younger_jumps_the_queue(
    trading: Store, cash: str, expected: str
) -> None:
    actions = ordered(trading, "1.00", "10.00", "1.00", "1.00")
    market.deposit(trading, cash)
    market.sweep(trading, LATER)
    assert states(trading, actions) == expected
    assert holds(trading)


def test_a_queue_whose_balance_keeps_moving_waits_for_the_next_sweep(trading: Store) -> None:
    actions = ordered(trading, "1.00", "10.00", "1.00", "1.00")
    market.sweep(trading, LATER)
    market.deposit(trading, "5.00")

    def pay_in(at: int) -> None:
        market.deposit(stack.rival(), "0.01", f"small-{at}")

    meanwhile = [lambda at=at: pay_in(at) for at in range(sweep.TRIES_MAX)]
    with stack.before_commits(*meanwhile):
        result = market.sweep(trading, LATER)
    assert (result.paid, result.overdue) == (0, 4)
    assert states(trading, actions) == "LLLL"
    market.sweep(trading, LATER)
    assert states(trading, actions) == "DLLL"
    assert holds(trading)


def test_a_request_pays_nothing_while_somebody_older_waits(trading: Store) -> None:
    older = ordered(trading, "10.00")
    market.sweep(trading, LATER)
    market.deposit(trading, "7.00")
    younger = market.accept(trading, "B-1", LATER, TransactionDate=market.RECENT)
    assert states(trading, [*older, younger]) == "LL"
    market.deposit(trading, "8.00", "bank-2")
    market.sweep(trading, LATER)
    assert states(trading, [*older, younger]) == "DD"
    assert holds(trading)


def test_an_order_of_long_ago_locks_and_pays_at_once_while_funds_last(trading: Store) -> None:
    market.deposit(trading, "5.00")
    first = market.accept(trading, "A-1", TransactionDate=market.LONG_AGO)
    second = market.accept(trading, "A-2", TransactionDate=market.LONG_AGO)
    assert states(trading, [first, second]) == "DL"
    assert market.cash(trading) == ("-5.00", "5.00")
    assert holds(trading)


def test_shops_do_not_wait_for_one_another(trading: Store) -> None:
    own = market.accept(trading, "A-1")
    strange = market.file(trading, "A-1", LOYALTY, CampaignId=market.STRANGE_CAMPAIGN)
    fields = market.accepted(strange.inquiry_id)
    other = market.resolve(trading, fields, advertiser_id=market.STRANGE_SHOP).action
    assert other is not None
    market.deposit(trading, "5.00", advertiser_id=market.STRANGE_SHOP)
    for shard in sweep.shards():
        Sweep(trading, shard, LATER, lambda: True).run()
    assert states(trading, [own, other]) == "LD"
    assert holds(trading)


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of three, so that a few actions make several."""
    monkeypatch.setattr(sweep, "LOCK_MAX", 3)
    monkeypatch.setattr(sweep, "PAY_MAX", 3)


@pytest.mark.usefixtures("small_groups")
def test_what_does_not_fit_in_one_group_goes_in_several(trading: Store) -> None:
    actions = ordered(trading, *["1.00"] * 8)
    market.deposit(trading, "7.00")
    result = market.sweep(trading, LATER)
    assert (result.locked, result.paid, result.overdue) == (8, 7, 1)
    assert states(trading, actions) == "DDDDDDDL"
    assert holds(trading)


def test_more_actions_than_a_transaction_takes_are_settled(trading: Store) -> None:
    actions = []
    for at in range(101):
        partner_id = (CASHBACK, LOYALTY)[at % 2]
        actions.append(market.track(trading, f"A-{at}", MediaPartnerId=partner_id, Amount="20.00"))
    market.deposit(trading, "101.00")
    result = market.sweep(trading, LATER)
    assert (result.locked, result.paid, result.overdue) == (101, 101, 0)
    assert states(trading, actions) == "D" * 101
    assert holds(trading)


def test_a_group_with_one_action_changed_meanwhile_still_goes_through(trading: Store) -> None:
    actions = [market.track(trading, f"A-{at}") for at in range(4)]
    market.deposit(trading, "100.00")
    with stack.before_commits(lambda: reverse(stack.rival(), actions[1], NOW)):
        result = market.sweep(trading, LATER)
    assert (result.locked, result.paid, result.conflicts) == (3, 3, 1)
    assert states(trading, actions) == "DRDD"
    assert holds(trading)


def test_two_sweeps_at_once_do_everything_once(trading: Store) -> None:
    actions = [market.track(trading, f"A-{at}") for at in range(3)]
    market.deposit(trading, "100.00")
    with stack.before_commits(lambda: market.sweep(stack.rival(), LATER)):
        result = market.sweep(trading, LATER)
    assert (result.locked, result.paid) == (0, 0)
    assert states(trading, actions) == "DDD"
    assert market.cash(trading) == ("85.00", "0.00")
    assert holds(trading)


def test_a_second_sweep_finds_nothing_left_to_do(trading: Store) -> None:
    market.accept(trading, "A-1")
    market.deposit(trading, "100.00")
    market.sweep(trading, LATER)
    before = stack.contents()
    assert market.sweep(trading, LATER + timedelta(minutes=15)) == SweepResult()
    assert stack.contents() == before


def test_a_sweep_without_time_leaves_the_rest_to_the_next(trading: Store) -> None:
    market.accept(trading, "A-1")
    market.deposit(trading, "100.00")
    result = market.sweep(trading, LATER, has_time=lambda: False)
    assert (result.finished, result.locked) == (False, 0)
    assert market.sweep(trading, LATER).paid == 1


def test_an_action_worth_nothing_is_settled_without_an_entry(trading: Store) -> None:
    action = market.track(trading, "A-1", Amount="0.00")
    market.sweep(trading, LATER)
    assert states(trading, [action]) == "D"
    kept = {pk for pk, _ in stack.everything("ledger")}
    assert kept == {f"C#advertiser:{market.SHOP}", f"C#partner:{CASHBACK}"}
    assert holds(trading)


class TestOpenEnded:
    @pytest.fixture(autouse=True)
    def _signed(self, trading: Store) -> None:
        trading.put_contract(market.contract(CASHBACK, market.terms("OPEN_ENDED")))
        market.deposit(trading, "100.00")

    def test_it_stays_pending_for_730_days_and_then_locks_by_itself(self, store: Store) -> None:
        action = market.track(store, "A-1")
        locks_at = datetime(2028, 5, 31, 17, tzinfo=UTC)
        course = []
        for at in (locks_at - INSTANT, locks_at):
            market.sweep(store, at)
            course.append(states(store, [action]))
        assert course == ["P", "L"]

    def test_it_locks_when_its_advertiser_approves_it(self, store: Store) -> None:
        action = market.track(store, "A-1")
        approved = action_lifecycle.approve(action, NOW, "test")
        store.commit(approved)
        assert states(store, [action]) == "L"
        assert store.actions([action.action_id])[action.action_id].clears_at == datetime(
            2026, 6, 15, 7, tzinfo=UTC
        )
        with pytest.raises(Contested):
            store.commit(approved)
        assert holds(store)

    def test_one_that_is_locked_is_reversed_no_more(self, store: Store) -> None:
        action = market.track(store, "A-1")
        store.commit(action_lifecycle.approve(action, NOW, "test"))
        with pytest.raises(RuleForbids, match="funds transfer"):
            reverse(store, action, NOW)


def corrected(store: Store, at: datetime) -> Action:
    """The action of an accepted claim that order A-1 was over 300.00."""
    fields = {"InquiryType": "INCORRECT", "TransactionAmount": "300.00"}
    inquiry = market.file(store, "A-1", at=at, **fields)
    action = market.resolve(store, market.accepted(inquiry.inquiry_id), at).action
    assert action is not None
    return action


def test_a_pending_action_gives_way_to_its_correction(trading: Store) -> None:
    market.deposit(trading, "100.00")
    actions = [market.track(trading, "A-1"), corrected(trading, NOW)]
    market.sweep(trading, LATER)
    assert states(trading, actions) == "RD"
    assert market.cash(trading) == ("85.00", "0.00")
    assert holds(trading)


def test_a_correction_of_a_locked_action_pays_the_difference(trading: Store) -> None:
    market.deposit(trading, "100.00")
    first = market.track(trading, "A-1")
    market.sweep(trading, RECENT_LOCKS_AT)
    second = corrected(trading, RECENT_LOCKS_AT)
    market.sweep(trading, LATER)
    assert states(trading, [first, second]) == "DD"
    assert str(second.payout) == "10.00"
    assert market.cash(trading) == ("85.00", "0.00")
    assert holds(trading)
