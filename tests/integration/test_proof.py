"""The proof of the books finds whatever is wrong with them, and names it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from makegood.domain import clearings, ledger
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.ledger import Entry, EntryReason, Posting, Share
from makegood.domain.orders import Credit
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Role
from makegood.domain.uploads import Count, Kind, Place, Upload, UploadState
from makegood.jobs import reconciliation
from makegood.store.actions import action_key
from makegood.store.clearings import Backfill, clearing_key
from makegood.store.indexes import StoredList
from makegood.store.inquiries import inquiry_key
from makegood.store.ledger import EntryRow, balance_key, entry_key
from makegood.store.store import Store
from makegood.store.uploads import ChunkRow, UploadRow

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
    ids = market.listed(store, StoredList.of_partner("actions", CASHBACK))
    return next(each for each in store.actions(ids).values() if each.order.order_id == order_id)


def inquiry_of(store: Store, order_id: str) -> Inquiry:
    ids = market.listed(store, StoredList.of_partner("inquiries", CASHBACK))
    return next(each for each in store.inquiries(ids).values() if each.claim.order_id == order_id)


def plant(key: tuple[Any, str, str], **values: Any) -> None:
    """Changes an item behind the store's back."""
    model, pk, sk = key
    stack.client("dynamodb").update_item(
        TableName=getattr(stack.TABLES, model.table),
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in values.items()
        },
    )


def test_books_that_are_kept_by_the_rules_hold(books: Store) -> None:
    assert reconciliation.prove(books) == {
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


def change_a_balance(store: Store) -> str:
    plant(balance_key(f"advertiser:{SHOP}", "USD"), minor=-499)
    return f"advertiser:{SHOP}:funds USD +1"


def change_the_sum(store: Store) -> str:
    change_a_balance(store)
    return "USD +1"


def take_more_than_was_earned(store: Store) -> str:
    postings = (Posting(ledger.payable(CASHBACK), ledger.WORLD_PAYOUTS, usd("6.00")),)
    store.commit(Outcome(entries=(Entry("e-1", EntryReason.DEPOSIT, postings, NOW),)))
    return ledger.payable(CASHBACK)


def pay_more_than_was_deposited(store: Store) -> str:
    postings = (Posting(ledger.committed(SHOP), ledger.payable(CASHBACK), usd("5.00")),)
    store.commit(Outcome(entries=(Entry("e-1", EntryReason.PAY, postings, NOW),)))
    return f"advertiser:{SHOP} USD"


def unbalance_an_entry(store: Store) -> str:
    locked = ledger.lock(SHOP, [share_of(action_of(store, "PAID"))], NOW)
    assert locked is not None
    plant(entry_key(locked.entry_id), postings=f'[["{ledger.funds(SHOP)}","world:payouts",-1]]')
    return locked.entry_id


def lock_twice(store: Store) -> str:
    action = action_of(store, "PAID")
    locked = ledger.lock(SHOP, [share_of(action)], NOW)
    assert locked is not None
    store.commit(Outcome(entries=(replace(locked, entry_id="e-1"),)))
    return action.action_id


def pay_twice(store: Store) -> str:
    action = action_of(store, "PAID")
    paid = ledger.pay(SHOP, [share_of(action)], NOW)
    assert paid is not None
    store.commit(Outcome(entries=(replace(paid, entry_id="e-1"),)))
    return action.action_id


def share_of(action: Action) -> Share:
    return Share(action.action_id, action.partner_id, action.payout)


def lock_without_an_entry(store: Store) -> str:
    before = action_of(store, "PENDING")
    store.commit(Outcome(actions=((before, before.moved(ActionState.LOCKED, NOW)),)))
    return before.action_id


def pay_without_an_entry(store: Store) -> str:
    before = action_of(store, "LOCKED")
    store.commit(Outcome(actions=((before, before.moved(ActionState.PAID, NOW)),)))
    return before.action_id


def change_a_locked_payout(store: Store) -> str:
    action_id = action_of(store, "LOCKED").action_id
    plant(action_key(action_id), payout_minor=501)
    return action_id


def settle_nothing(store: Store) -> str:
    locked = ledger.lock(SHOP, [Share("1000.4000.0", CASHBACK, usd("1.00"))], NOW)
    assert locked is not None
    store.commit(Outcome(entries=(locked,)))
    return "1000.4000.0"


def reverse_and_keep_the_credit(store: Store) -> str:
    before = action_of(store, "PENDING")
    after = before.moved(ActionState.REVERSED, NOW, disposition=Disposition.OTHER)
    store.commit(Outcome(actions=((before, after),)))
    return before.action_id


def take_the_credit_away(store: Store) -> str:
    action = action_of(store, "PENDING")
    order = store.orders([(action.campaign_id, "PENDING")])[action.campaign_id, "PENDING"]
    store.commit(Outcome(orders=((order, order.without(action.action_id)),)))
    return action.action_id


def move_to_another_order(store: Store) -> str:
    action_id = action_of(store, "PENDING").action_id
    plant(action_key(action_id), order_id="ANOTHER")
    return action_id


def credit_nothing(store: Store) -> str:
    order = store.orders([(market.CAMPAIGN, "NONE")])[market.CAMPAIGN, "NONE"]
    credit = Credit(SALE, CASHBACK, "1000.4000.0")
    store.commit(Outcome(orders=((order, order.with_credit(credit)),)))
    return "1000.4000.0"


def accept_without_an_action(store: Store) -> str:
    before = market.file(store, "B-1")
    store.commit(Outcome(inquiries=((before, before.moved(InquiryState.VALID)),)))
    return before.inquiry_id


def decline_and_keep_the_action(store: Store) -> str:
    inquiry_id = inquiry_of(store, "LOCKED").inquiry_id
    plant(inquiry_key(inquiry_id), state="DECLINED")
    return inquiry_id


def make_two_actions(store: Store) -> str:
    inquiry_id = inquiry_of(store, "LOCKED").inquiry_id
    plant(action_key(action_of(store, "PENDING").action_id), inquiry_id=inquiry_id)
    return inquiry_id


def name_another_action(store: Store) -> str:
    inquiry_id = inquiry_of(store, "LOCKED").inquiry_id
    plant(inquiry_key(inquiry_id), action_id="1000.4000.0")
    return inquiry_id


def pay_an_order_twice(store: Store) -> str:
    order_id = action_of(store, "LOCKED").order.order_id
    again = action_of(store, "PENDING")
    plant(action_key(again.action_id), order_id=order_id)
    order = store.orders([(again.campaign_id, order_id)])[again.campaign_id, order_id]
    credit = Credit(SALE, CASHBACK, again.action_id)
    store.commit(Outcome(orders=((order, order.with_credit(credit)),)))
    return again.action_id


def filed(store: Store) -> str:
    """A file of two chunks that is done."""
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-1", "claims.csv")
    store.open_upload(Upload(place, NOW, state=UploadState.RUNNING))
    store.cut_upload("upload-1", 2, 501, "checksum")
    store.finish_chunk("upload-1", 1, "part-1", {"APPLIED": Count(499), "REFUSED": Count(1)})
    store.finish_chunk("upload-1", 2, "part-2", {"APPLIED": Count(1)})
    store.finish_upload("upload-1", UploadState.DONE, NOW, "")
    return "upload-1"


def list_nothing(store: Store) -> str:
    plant((EntryRow, "E#e-1", "L#partner:10001"), account_key="partner:10001")
    return "e-1 partner:10001"


def lose_a_row(store: Store) -> str:
    plant((UploadRow, f"F#{filed(store)}", "FILE"), row_count=502)
    return "upload-1"


def lose_a_result(store: Store) -> str:
    plant((ChunkRow, f"F#{filed(store)}", "CHUNK#000002"), counts="{}")
    return "upload-1"


def sum_of(store: Store, side: int) -> tuple[tuple[Any, str, str], clearings.Place]:
    """Where the locked order is added up for its advertiser (0) or its partner (1)."""
    place = clearings.places(action_of(store, "LOCKED"))[side]
    return clearing_key(place), place


def change_what_an_advertiser_owes(store: Store) -> str:
    key, place = sum_of(store, 0)
    plant(key, minor=499)
    return f"{place.owner} USD {place.clears_at.isoformat()} [499, 1] [500, 1]"


def change_how_much_a_partner_waits_for(store: Store) -> str:
    key, place = sum_of(store, 1)
    plant(key, count=2)
    return f"{place.owner} USD {place.clears_at.isoformat()} [500, 2] [500, 1]"


def owe_for_nothing(store: Store) -> str:
    _, place = sum_of(store, 1)
    plant(clearing_key(place._replace(clears_at=NOW)), minor=1, count=1)
    return f"{place.owner} USD {NOW.isoformat()} [1, 1] [0, 0]"


def lock_as_an_older_version(store: Store) -> str:
    action_id = action_of(store, "PENDING").action_id
    plant(action_key(action_id), state="LOCKED")
    return action_id


def spoil_an_action(store: Store) -> str:
    action_id = action_of(store, "PENDING").action_id
    plant(action_key(action_id), state="SPOILT")
    return action_id


@pytest.mark.parametrize(
    ("planted", "invariant"),
    [
        (change_a_balance, "balances equal the sum of their postings"),
        (change_the_sum, "all balances sum to zero"),
        (unbalance_an_entry, "every entry balances"),
        (take_more_than_was_earned, "only funds and the world may be negative"),
        (pay_more_than_was_deposited, "paid is at most deposited"),
        (lock_twice, "an action has at most one LOCK entry"),
        (pay_twice, "an action has at most one PAY entry"),
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
        (list_nothing, "an entry is listed under everybody whose accounts it touches"),
        (reverse_and_keep_the_credit, "an action holds its order's credit until it is reversed"),
        (take_the_credit_away, "an action holds its order's credit until it is reversed"),
        (move_to_another_order, "an action holds its order's credit until it is reversed"),
        (credit_nothing, "a credit names an action that exists"),
        (accept_without_an_action, "an accepted inquiry has exactly one action"),
        (decline_and_keep_the_action, "an accepted inquiry has exactly one action"),
        (make_two_actions, "an inquiry has at most one action"),
        (pay_an_order_twice, "no order is paid twice to one partner for one event type"),
        (name_another_action, "an inquiry and its action name each other"),
        (lose_a_row, "every row of a file has exactly one result"),
        (lose_a_result, "every row of a file has exactly one result"),
        (change_what_an_advertiser_owes, "sums of what clears are those of what is locked"),
        (change_how_much_a_partner_waits_for, "sums of what clears are those of what is locked"),
        (owe_for_nothing, "sums of what clears are those of what is locked"),
        (lock_as_an_older_version, "sums of what clears hold just what is locked"),
        (spoil_an_action, "what is kept can be read"),
    ],
)
def test_a_violation_is_found_and_named(
    books: Store, planted: Callable[[Store], str], invariant: str
) -> None:
    name = planted(books)
    report = reconciliation.prove(books)
    assert not report["holds"]
    assert [each for each in report["violations"][invariant] if name in each] != []


def test_before_the_backfill_is_complete_sums_need_not_hold_what_is_locked(books: Store) -> None:
    name = lock_as_an_older_version(books)
    books.keep_backfill(Backfill(version=books.backfill().version))
    violations = reconciliation.prove(books)["violations"]
    assert [each for each in violations if each.startswith("sums")] == []
    assert any(name in each for found in violations.values() for each in found)


def test_corrections_by_difference_and_whole_files_hold(books: Store) -> None:
    filed(books)
    claim = market.file(books, "LOCKED", InquiryType="INCORRECT", TransactionDate=LONG_AGO,
                        TransactionAmount="120.00")  # fmt: skip
    market.resolve(books, market.accepted(claim.inquiry_id))
    report = reconciliation.prove(books)
    assert report["violations"] == {}
    assert report["counts"]["files"] == 1
    assert len(books.orders([(market.CAMPAIGN, "LOCKED")])[market.CAMPAIGN, "LOCKED"].credits) == 2


def test_rows_of_other_kinds_are_passed_over(books: Store) -> None:
    before = reconciliation.prove(books)
    plant((EntryRow, "E#e-1", "M#more"), minor=-1)
    plant((EntryRow, "X#unknown", "E"), minor=1)
    assert reconciliation.prove(books) == before


def test_only_the_first_violations_are_reported(books: Store) -> None:
    for at in range(reconciliation.REPORTED_MAX + 1):
        inquiry = market.file(books, f"B-{at}")
        books.commit(Outcome(inquiries=((inquiry, inquiry.moved(InquiryState.VALID)),)))
    found = reconciliation.prove(books)["violations"]["an accepted inquiry has exactly one action"]
    assert len(found) == reconciliation.REPORTED_MAX
