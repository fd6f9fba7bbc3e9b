"""The proof of the books finds whatever is wrong with them, and names it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from makegood import ledger, reconcile
from makegood.actions import Action, ActionState, Credit, Disposition
from makegood.inquiries import Inquiry, InquiryState
from makegood.ledger import Entry, EntryReason, Posting, Share
from makegood.outcome import Outcome
from makegood.store import Store
from makegood.store_tables import action_key, balance_key, inquiry_key

from tests.integration import market, stack
from tests.integration.market import CASHBACK, LONG_AGO, NOW, SALE, SHOP, usd


@pytest.fixture
def books(trading: Store) -> Store:
    """An order that is paid, one that is locked and overdue, one pending, a claim declined."""
    market.deposit(trading, "5.00")
    market.accept(trading, "PAID", TransactionDate=LONG_AGO)
    market.accept(trading, "LOCKED", TransactionDate=LONG_AGO)
    market.track(trading, "PENDING")
    inquiry = market.file(trading, "DECLINED")
    market.resolve(trading, market.declined(inquiry.inquiry_id))
    return trading


def action_of(store: Store, order_id: str) -> Action:
    ids, _ = store.action_ids("by_partner", CASHBACK, None, None, None, 9)
    return next(each for each in store.actions(ids).values() if each.order.order_id == order_id)


def inquiry_of(store: Store, order_id: str) -> Inquiry:
    ids, _ = store.inquiry_ids("by_partner", CASHBACK, None, None, None, 9)
    return next(each for each in store.inquiries(ids).values() if each.claim.order_id == order_id)


def plant(key: tuple[Any, str, str], **values: Any) -> None:
    """Changes an item behind the store's back."""
    model, pk, sk = key
    stack.client("dynamodb").update_item(
        TableName=model.Meta.table_name,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in values.items()
        },
    )


def test_books_that_are_kept_by_the_rules_hold(books: Store) -> None:
    assert reconcile.prove(books) == {
        "finished": True,
        "holds": True,
        "violations": {},
        "counts": {
            "actions LOCKED": 1,
            "actions PAID": 1,
            "actions PENDING": 1,
            "entries": 4,
            "inquiries DECLINED": 1,
            "inquiries VALID": 2,
        },
        "balances": {
            f"advertiser:{SHOP}:committed USD": 500,
            f"advertiser:{SHOP}:funds USD": -500,
            f"partner:{CASHBACK}:payable USD": 500,
            "world:deposits USD": -500,
        },
    }


def change_a_balance(store: Store) -> None:
    plant(balance_key(f"advertiser:{SHOP}", "USD"), minor=-499)


def take_more_than_was_earned(store: Store) -> None:
    postings = (Posting(ledger.payable(CASHBACK), ledger.WORLD_PAYOUTS, usd("6.00")),)
    store.commit(Outcome(entries=(Entry("e-1", EntryReason.DEPOSIT, postings, NOW),)))


def pay_more_than_was_deposited(store: Store) -> None:
    postings = (Posting(ledger.committed(SHOP), ledger.payable(CASHBACK), usd("5.00")),)
    store.commit(Outcome(entries=(Entry("e-1", EntryReason.PAY, postings, NOW),)))


def lock_twice(store: Store) -> None:
    locked = ledger.lock(SHOP, [share_of(action_of(store, "PAID"))], NOW)
    assert locked is not None
    store.commit(Outcome(entries=(replace(locked, entry_id="e-1"),)))


def share_of(action: Action) -> Share:
    return Share(action.action_id, action.partner_id, action.payout)


def lock_without_an_entry(store: Store) -> None:
    before = action_of(store, "PENDING")
    store.commit(Outcome(actions=((before, before.moved(ActionState.LOCKED, NOW)),)))


def pay_without_an_entry(store: Store) -> None:
    before = action_of(store, "LOCKED")
    store.commit(Outcome(actions=((before, before.moved(ActionState.PAID, NOW)),)))


def change_a_locked_payout(store: Store) -> None:
    plant(action_key(action_of(store, "LOCKED").action_id), payout_minor=501)


def settle_nothing(store: Store) -> None:
    locked = ledger.lock(SHOP, [Share("1000.4000.0", CASHBACK, usd("1.00"))], NOW)
    assert locked is not None
    store.commit(Outcome(entries=(locked,)))


def reverse_and_keep_the_credit(store: Store) -> None:
    before = action_of(store, "PENDING")
    after = before.moved(ActionState.REVERSED, NOW, disposition=Disposition.OTHER)
    store.commit(Outcome(actions=((before, after),)))


def take_the_credit_away(store: Store) -> None:
    action = action_of(store, "PENDING")
    order = store.orders([(action.campaign_id, "PENDING")])[action.campaign_id, "PENDING"]
    store.commit(Outcome(orders=((order, order.without(action.action_id)),)))


def credit_nothing(store: Store) -> None:
    order = store.orders([(market.CAMPAIGN, "NONE")])[market.CAMPAIGN, "NONE"]
    credit = Credit(SALE, CASHBACK, "1000.4000.0")
    store.commit(Outcome(orders=((order, order.with_credit(credit)),)))


def accept_without_an_action(store: Store) -> None:
    before = market.file(store, "B-1")
    store.commit(Outcome(inquiries=((before, before.moved(InquiryState.VALID)),)))


def decline_and_keep_the_action(store: Store) -> None:
    plant(inquiry_key(inquiry_of(store, "LOCKED").inquiry_id), state="DECLINED")


def make_two_actions(store: Store) -> None:
    inquiry_id = inquiry_of(store, "LOCKED").inquiry_id
    plant(action_key(action_of(store, "PENDING").action_id), inquiry_id=inquiry_id)


def name_another_action(store: Store) -> None:
    plant(inquiry_key(inquiry_of(store, "LOCKED").inquiry_id), action_id="1000.4000.0")


def pay_an_order_twice(store: Store) -> None:
    order_id = action_of(store, "LOCKED").order.order_id
    again = action_of(store, "PENDING")
    plant(action_key(again.action_id), order_id=order_id)
    order = store.orders([(again.campaign_id, order_id)])[again.campaign_id, order_id]
    credit = Credit(SALE, CASHBACK, again.action_id)
    store.commit(Outcome(orders=((order, order.with_credit(credit)),)))


@pytest.mark.parametrize(
    ("planted", "invariant"),
    [
        (change_a_balance, "balances equal the sum of their postings"),
        (change_a_balance, "all balances sum to zero"),
        (take_more_than_was_earned, "only funds and the world may be negative"),
        (pay_more_than_was_deposited, "paid is at most deposited"),
        (lock_twice, "an action has at most one LOCK entry"),
        (
            lock_without_an_entry,
            "an action's LOCK entry is its payout, once it is due and not before",
        ),
        (
            pay_without_an_entry,
            "an action's PAY entry is its payout, once it is due and not before",
        ),
        (
            change_a_locked_payout,
            "an action's LOCK entry is its payout, once it is due and not before",
        ),
        (settle_nothing, "an entry settles actions that exist"),
        (reverse_and_keep_the_credit, "an action holds its order's credit until it is reversed"),
        (take_the_credit_away, "an action holds its order's credit until it is reversed"),
        (credit_nothing, "a credit names an action that exists"),
        (accept_without_an_action, "an accepted inquiry has exactly one action"),
        (decline_and_keep_the_action, "an accepted inquiry has exactly one action"),
        (make_two_actions, "an inquiry has at most one action"),
        (pay_an_order_twice, "no order is paid twice to one partner for one event type"),
        (name_another_action, "an inquiry and its action name each other"),
    ],
)
def test_a_violation_is_found_and_named(
    books: Store, planted: Callable[[Store], None], invariant: str
) -> None:
    planted(books)
    report = reconcile.prove(books)
    assert not report["holds"]
    assert invariant in report["violations"]


def test_only_the_first_violations_are_reported(books: Store) -> None:
    for at in range(reconcile.REPORTED_MAX + 1):
        inquiry = market.file(books, f"B-{at}")
        books.commit(Outcome(inquiries=((inquiry, inquiry.moved(InquiryState.VALID)),)))
    found = reconcile.prove(books)["violations"]["an accepted inquiry has exactly one action"]
    assert len(found) == reconcile.REPORTED_MAX
