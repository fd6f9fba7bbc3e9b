"""An outcome is stored whole or not at all, on condition that everything is as it was seen."""

from dataclasses import replace

import pytest
from makegood.domain import ledger
from makegood.domain.actions import ActionState
from makegood.domain.inquiries import InquiryState
from makegood.domain.ledger import Floor, Share
from makegood.domain.money import Money
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome, RuleSpend
from makegood.domain.problems import Internal, Unavailable
from makegood.store import transactions
from makegood.store.store import Contested, Store

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SHOP, usd
from tests.integration.test_store_values import ACTION, BARE_INQUIRY

PENDING = replace(ACTION, state=ActionState.PENDING, version=1, paid_at=None, disposition=None)
LOCKED = replace(PENDING, state=ActionState.LOCKED, version=2)
ORDER = OrderCredits(CAMPAIGN, "A-1")
SPEND = RuleSpend(CAMPAIGN, CASHBACK, "2026-06", "USD")
FUNDS = ledger.funds(SHOP)
DEPOSIT = ledger.deposit(SHOP, usd("9.00"), "bank-1", NOW)
DECLINED = replace(BARE_INQUIRY, state=InquiryState.DECLINED, version=2)

FIRST = Outcome(
    inquiries=((None, BARE_INQUIRY),),
    actions=((None, PENDING),),
    orders=((ORDER, replace(ORDER, version=1)),),
    entries=(DEPOSIT,),
    spends=((SPEND, replace(SPEND, version=1, granted_minor=5)),),
)
SECOND = Outcome(inquiries=((BARE_INQUIRY, DECLINED),), actions=((PENDING, LOCKED),))


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (Outcome(inquiries=FIRST.inquiries), f"inquiry:{BARE_INQUIRY.inquiry_id}"),
        (Outcome(inquiries=SECOND.inquiries), f"inquiry:{BARE_INQUIRY.inquiry_id}"),
        (Outcome(actions=FIRST.actions), f"action:{ACTION.action_id}"),
        (Outcome(actions=SECOND.actions), f"action:{ACTION.action_id}"),
        (Outcome(orders=FIRST.orders), "order:A-1"),
        (Outcome(entries=FIRST.entries), f"entry:{DEPOSIT.entry_id}"),
        (Outcome(spends=FIRST.spends), f"spend:S#{CAMPAIGN}#{CASHBACK}"),
        (Outcome(relies_on=(ledger.Cash(SHOP, "USD"),)), f"balance:advertiser:{SHOP}"),
        (Outcome(floors=(Floor(FUNDS, "USD", 901),)), f"balance:advertiser:{SHOP}"),
        (Outcome(floors=(Floor(FUNDS, "EUR", 1),)), f"balance:advertiser:{SHOP}"),
    ],
    ids=[
        "filed",
        "decided",
        "made",
        "locked",
        "credited",
        "recorded",
        "granted",
        "relied on",
        "too high a floor",
        "a floor under nothing",
    ],
)
def test_what_moved_meanwhile_is_named_and_nothing_is_stored(
    store: Store, outcome: Outcome, label: str
) -> None:
    store.commit(FIRST)
    store.commit(SECOND)
    before = stack.contents()
    fresh = ledger.deposit("501", usd("1.00"), "bank-2", NOW)
    with pytest.raises(Contested) as caught:
        store.commit(outcome + Outcome(entries=(fresh,)))
    assert caught.value.labels == (label,)
    assert stack.contents() == before


def test_all_that_moved_is_named(store: Store) -> None:
    store.commit(FIRST)
    with pytest.raises(Contested) as caught:
        store.commit(FIRST)
    assert len(caught.value.labels) == 5


def test_a_thing_that_changes_twice_in_one_outcome_is_stored_as_it_ends(store: Store) -> None:
    store.commit(FIRST + SECOND)
    assert store.inquiries([DECLINED.inquiry_id]) == {DECLINED.inquiry_id: DECLINED}
    assert store.actions([LOCKED.action_id])[LOCKED.action_id].state is ActionState.LOCKED


def test_balances_follow_their_entries(store: Store) -> None:
    shares = [Share("a-1", CASHBACK, usd("3.00")), Share("a-2", CASHBACK, usd("8.00"))]
    locked, paid = ledger.lock(SHOP, shares, NOW), ledger.pay(SHOP, shares[:1], NOW)
    assert locked is not None
    assert paid is not None
    store.commit(Outcome(entries=(DEPOSIT, locked)))
    assert market.cash(store) == ("-2.00", "11.00")
    store.commit(Outcome(entries=(paid,)))
    assert market.cash(store) == ("-2.00", "8.00")


def test_a_pay_that_relies_on_cash_is_refused_when_cash_moved(store: Store) -> None:
    locked = ledger.lock(SHOP, [Share("a-1", CASHBACK, usd("3.00"))], NOW)
    paid = ledger.pay(SHOP, [Share("a-1", CASHBACK, usd("3.00"))], NOW)
    assert locked is not None
    assert paid is not None
    store.commit(Outcome(entries=(DEPOSIT, locked)))
    cash = store.cash([(SHOP, "USD")])[SHOP, "USD"]
    market.deposit(stack.rival(), "1.00", "bank-2")
    with pytest.raises(Contested, match="balance") as refused:
        store.commit(Outcome(entries=(paid,), relies_on=(cash,)))
    assert f"balance:advertiser:{SHOP}" in "".join(refused.value.labels)
    cash = store.cash([(SHOP, "USD")])[SHOP, "USD"]
    store.commit(Outcome(entries=(paid,), relies_on=(cash,)))
    assert market.cash(store) == ("7.00", "0.00")


def test_who_draws_on_one_balance_meets_only_its_floor(store: Store) -> None:
    store.commit(Outcome(entries=(DEPOSIT,)))
    shares = [[Share(f"a-{each}", CASHBACK, usd("4.00"))] for each in (1, 2, 3)]
    locks = [ledger.lock(SHOP, share, NOW) for share in shares]
    drawn = [Outcome(entries=(lock,), floors=(Floor(FUNDS, "USD", 400),)) for lock in locks if lock]
    for outcome in drawn[:2]:
        store.commit(outcome)
    with pytest.raises(Contested, match="balance") as refused:
        store.commit(drawn[2])
    assert f"balance:advertiser:{SHOP}" in "".join(refused.value.labels)
    store.commit(Outcome(floors=(Floor(FUNDS, "USD", 100), Floor(FUNDS, "EUR", 0))))
    assert market.cash(store) == ("1.00", "8.00")


def test_an_entry_is_listed_under_everybody_whose_accounts_it_touches(store: Store) -> None:
    shares = [Share("a-1", CASHBACK, usd("3.00")), Share("a-2", "10002", usd("4.00"))]
    locked, paid = ledger.lock(SHOP, shares, NOW), ledger.pay(SHOP, shares, NOW)
    assert locked is not None
    assert paid is not None
    store.commit(Outcome(entries=(DEPOSIT, locked)))
    store.commit(Outcome(entries=(paid,)))
    for partner_id in (CASHBACK, "10002"):
        assert list(store.entries_in(f"partner:{partner_id}", None, None)) == [paid]
    assert {each.reason for each in store.entries_in(f"advertiser:{SHOP}", None, None)} == {
        "DEPOSIT",
        "LOCK",
        "PAY",
    }
    assert store.payable(CASHBACK, "USD") == usd("3.00")
    assert store.payable(CASHBACK, "EUR") == Money(0, "EUR")


def test_more_is_never_paid_than_was_set_aside(store: Store) -> None:
    locked = ledger.lock(SHOP, [Share("a-1", CASHBACK, usd("3.00"))], NOW)
    paid = ledger.pay(SHOP, [Share("a-1", CASHBACK, usd("3.01"))], NOW)
    assert locked is not None
    assert paid is not None
    store.commit(Outcome(entries=(DEPOSIT, locked)))
    with pytest.raises(Contested, match="balance"):
        store.commit(Outcome(entries=(paid,)))


def test_a_transaction_over_its_limit_is_refused_before_it_is_sent(store: Store) -> None:
    inquiries = (replace(BARE_INQUIRY, inquiry_id=str(at)) for at in range(51))
    with pytest.raises(ValueError, match="102"):
        store.commit(Outcome(inquiries=tuple((None, each) for each in inquiries)))
    assert stack.everything("inquiries") == {}


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BACKOFF_SECONDS_MAX", 0)


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
@pytest.mark.usefixtures("without_pauses")
def test_what_passes_by_itself_is_tried_again(store: Store, code: str) -> None:
    with stack.refused_commits(code, code) as refusals:
        store.commit(FIRST)
    assert refusals == []
    assert market.cash(store) == ("9.00", "0.00")


@pytest.mark.usefixtures("without_pauses")
def test_a_store_that_stays_busy_is_unavailable(store: Store) -> None:
    with (
        stack.refused_commits(*["TransactionConflict"] * 8) as refusals,
        pytest.raises(Unavailable),
    ):
        store.commit(FIRST)
    assert refusals == []


def test_a_refusal_that_nobody_expects_is_a_fault_of_ours(store: Store) -> None:
    with stack.refused_commits("ValidationError"), pytest.raises(Internal, match="ValidationError"):
        store.commit(FIRST)


def test_what_was_contested_is_told_by_its_kind_where_it_may_be_logged() -> None:
    contested = Contested(("order:ORDER-77", "action:1.2.3", "action:1.2.4"))
    assert str(contested) == "action, order"
    assert contested.labels[0] == "order:ORDER-77"
