"""Entries that balance, cannot be built wrong, and are the same entry when made again."""

from dataclasses import FrozenInstanceError

import pytest
from makegood.domain import ledger
from makegood.domain.ledger import Cash, Entry, EntryReason, Posting, Share
from makegood.domain.money import Money

from tests.builders import at, usd

NOW = at("2026-03-16")
LATER = at("2026-03-17")

SHARES = [
    Share("a1", "10001", usd(500)),
    Share("a2", "10002", usd(150)),
    Share("a3", "10001", usd(20)),
]


# What cannot be built


@pytest.mark.parametrize("minor", [0, -1])
def test_a_posting_moves_a_positive_amount(minor: int) -> None:
    with pytest.raises(ValueError, match="positive amount"):
        Posting("world:deposits", "advertiser:7:funds", usd(minor))


def test_a_posting_moves_money_between_two_accounts() -> None:
    with pytest.raises(ValueError, match="between two accounts"):
        Posting("advertiser:7:funds", "advertiser:7:funds", usd(1))


def test_an_entry_has_a_posting_and_one_currency() -> None:
    with pytest.raises(ValueError, match="has a posting"):
        Entry("e", EntryReason.LOCK, (), NOW)
    mixed = (Posting("a", "b", usd(1)), Posting("a", "b", Money(1, "EUR")))
    with pytest.raises(ValueError, match="one currency"):
        Entry("e", EntryReason.LOCK, mixed, NOW)


def test_a_posting_settles_what_it_moves() -> None:
    with pytest.raises(ValueError, match="what it moves"):
        Posting("a", "b", usd(5), {"a1": 4})


def test_an_entry_names_each_owner_of_an_account_once_and_the_world_never() -> None:
    assert ledger.deposit("7", usd(1), "B1", NOW).owners == ("advertiser:7",)
    paid = ledger.pay("7", SHARES, NOW)
    assert paid is not None
    assert paid.owners[0] == "advertiser:7"
    assert set(paid.owners[1:]) == {f"partner:{share.partner_id}" for share in SHARES}


def test_an_entry_is_never_edited() -> None:
    entry = ledger.deposit("7", usd(1), "B1", NOW)
    with pytest.raises(FrozenInstanceError):
        entry.note = "other"


def test_one_action_twice_in_a_settlement_is_refused() -> None:
    with pytest.raises(ValueError, match="what it moves"):
        ledger.lock("7", [SHARES[0], SHARES[0]], NOW)


# The three entries


def test_a_deposit_comes_from_the_world_into_the_advertisers_funds() -> None:
    entry = ledger.deposit("7", usd(50_000), "B1", NOW)
    assert entry.deltas() == {"world:deposits": -50_000, "advertiser:7:funds": 50_000}
    assert (entry.reason, entry.currency, entry.note) == (EntryReason.DEPOSIT, "USD", "B1")


def test_a_lock_sets_aside_from_the_funds_what_all_the_actions_come_to() -> None:
    entry = ledger.lock("7", SHARES, NOW)
    assert entry is not None
    assert entry.deltas() == {"advertiser:7:funds": -670, "advertiser:7:committed": 670}
    assert entry.settles == {"a1": 500, "a2": 150, "a3": 20}


def test_a_payment_goes_from_what_was_set_aside_to_each_partner_once() -> None:
    entry = ledger.pay("7", SHARES, NOW)
    assert entry is not None
    assert entry.deltas() == {
        "advertiser:7:committed": -670,
        "partner:10001:payable": 520,
        "partner:10002:payable": 150,
    }
    assert len(entry.postings) == 2
    assert entry.settles == {"a1": 500, "a2": 150, "a3": 20}


@pytest.mark.parametrize("make", [ledger.lock, ledger.pay])
def test_what_comes_to_nothing_makes_no_entry(make) -> None:
    assert make("7", [], NOW) is None
    assert make("7", [Share("a1", "10001", usd(0))], NOW) is None


@pytest.mark.parametrize("make", [ledger.lock, ledger.pay])
def test_zeros_among_others_leave_no_trace_in_an_entry(make) -> None:
    assert make("7", [Share("a0", "10009", usd(0)), *SHARES], NOW) == make("7", SHARES, NOW)


@pytest.mark.parametrize("make", [ledger.lock, ledger.pay])
def test_actions_of_two_currencies_do_not_settle_together(make) -> None:
    with pytest.raises(ValueError, match="do not mix"):
        make("7", [SHARES[0], Share("a9", "10001", Money(1, "EUR"))], NOW)


# Derived ids


def test_a_settlement_made_again_later_or_in_another_order_has_the_same_id() -> None:
    first, again = ledger.lock("7", SHARES, NOW), ledger.lock("7", SHARES[::-1], LATER)
    assert first is not None
    assert again is not None
    assert first.entry_id == again.entry_id


def test_lock_and_payment_of_the_same_actions_are_two_entries() -> None:
    one, other = ledger.lock("7", SHARES, NOW), ledger.pay("7", SHARES, NOW)
    assert one is not None
    assert other is not None
    assert one.entry_id != other.entry_id


def test_a_deposit_is_named_by_advertiser_currency_and_reference_for_good() -> None:
    first = ledger.deposit("7", usd(1), "B1", NOW)
    assert ledger.deposit("7", usd(2), "B1", LATER).entry_id == first.entry_id
    others = [
        ledger.deposit("8", usd(1), "B1", NOW),
        ledger.deposit("7", Money(1, "EUR"), "B1", NOW),
        ledger.deposit("7", usd(1), "B2", NOW),
    ]
    assert len({first.entry_id, *(each.entry_id for each in others)}) == 4


# Balances


def test_only_funds_and_the_world_may_be_negative() -> None:
    allowed = ["world:deposits", "world:payouts", "advertiser:7:funds"]
    assert all(ledger.may_be_negative(account) for account in allowed)
    assert not ledger.may_be_negative("advertiser:7:committed")
    assert not ledger.may_be_negative("partner:10001:payable")


def test_balances_follow_from_the_entries_alone_by_account_and_currency() -> None:
    entries = [
        ledger.deposit("7", usd(600), "B1", NOW),
        ledger.deposit("7", Money(9, "EUR"), "B1", NOW),
        ledger.lock("7", SHARES, NOW),
        ledger.pay("7", SHARES[:1], NOW),
    ]
    assert ledger.balances(each for each in entries if each is not None) == {
        ("world:deposits", "USD"): -600,
        ("advertiser:7:funds", "USD"): -70,
        ("advertiser:7:committed", "USD"): 170,
        ("partner:10001:payable", "USD"): 500,
        ("world:deposits", "EUR"): -9,
        ("advertiser:7:funds", "EUR"): 9,
    }


def test_cash_is_what_came_in_and_was_not_paid_out_set_aside_or_not() -> None:
    assert Cash("7", "USD", funds_minor=-70, committed_minor=170).cash_minor == 100
