"""Transfers, returns and withdrawals: what they move, what holds them, done once by reference."""

from collections.abc import Callable
from typing import Any

import pytest
from makegood.domain.ledger import EntryReason
from makegood.domain.outcome import Outcome
from makegood.domain.problems import Conflict, Invalid, NotFound, Problem, RuleForbids
from makegood.jobs import reconciliation
from makegood.operator import commands
from makegood.store.store import Store

from tests.integration import market
from tests.integration.market import CASHBACK, LONG_AGO, LOYALTY, SHOP, STRANGE_SHOP
from tests.integration.test_commands import context

PAIR = {"advertiser_id": SHOP, "partner_id": CASHBACK, "currency": "USD"}


def say(store: Store, command: str, **arguments: Any) -> dict[str, Any]:
    taken = commands.COMMANDS[command].arguments
    known = {name: PAIR[name] for name in PAIR if name in taken and name not in arguments}
    return commands.run(context(store), {"command": command, **known, **arguments})


def stands(store: Store) -> tuple[str, str, str]:
    """Funds, committed, and what the partner has."""
    return (*market.cash(store), str(store.payable(CASHBACK, "USD")))


@pytest.fixture
def funded(trading: Store) -> Store:
    market.deposit(trading, "20.00")
    return trading


@pytest.fixture
def paid(funded: Store) -> Store:
    """The partner has 8.00 of the shop's 20.00."""
    say(funded, "transfer", amount="8.00", reference="t-1")
    return funded


def meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], times: int = 1
) -> None:
    """Something else is committed after each of the next decisions, before its commit."""
    real, left = store.commit, [times]

    def commit(outcome: Outcome, **more: Any) -> None:
        if left[0]:
            left[0] -= 1
            ahead, left[0] = left[0], 0
            act()
            left[0] = ahead
        real(outcome, **more)

    monkeypatch.setattr(Store, "commit", lambda _, outcome, **more: commit(outcome, **more))


def test_a_transfer_goes_from_funds_to_the_partner_as_far_as_they_go(paid: Store) -> None:
    assert stands(paid) == ("12.00", "0.00", "8.00")
    with pytest.raises(RuleForbids, match=r"funds are 12\.00") as refused:
        say(paid, "transfer", amount="12.01", reference="t-2")
    assert refused.value.code == "not_enough_funds"
    say(paid, "transfer", amount="12.00", reference="t-2")
    assert stands(paid) == ("0.00", "0.00", "20.00")
    assert reconciliation.prove(paid)["holds"]


def test_who_never_had_a_contract_is_paid_only_if_it_is_meant(funded: Store) -> None:
    commands.run(
        context(funded),
        {"command": "create_partner", "partner_id": "77", "name": "New", "kind": "CONTENT"},
    )
    stranger = {"partner_id": "77", "amount": "1.00", "reference": "t-9"}
    with pytest.raises(RuleForbids, match=r"77 never had a contract.*\"no_contract\"") as refused:
        say(funded, "transfer", **stranger)
    assert refused.value.code == "no_contract"
    meant = say(funded, "transfer", **stranger, despite=["no_contract"])
    assert (meant["recorded"], meant["despite"]) == (True, ["no_contract"])
    assert say(funded, "transfer", **stranger)["recorded"] is False
    with pytest.raises(RuleForbids, match="no campaign in EUR"):
        say(funded, "transfer", amount="1.00", reference="t-8", currency="EUR")


def test_what_is_set_aside_for_others_is_not_transferred(funded: Store) -> None:
    market.accept(funded, "A-1")
    market.sweep(funded, market.RECENT_LOCKS_AT)
    with pytest.raises(RuleForbids, match=r"15\.00"):
        say(funded, "transfer", amount="15.01", reference="t-1")


def test_a_partner_returns_what_it_was_paid_and_no_more(paid: Store) -> None:
    say(paid, "return_payment", amount="5.00", reference="r-1")
    assert stands(paid) == ("17.00", "0.00", "3.00")
    with pytest.raises(RuleForbids, match=r"balance is 3\.00") as refused:
        say(paid, "return_payment", amount="3.01", reference="r-2")
    assert refused.value.code == "not_enough_balance"
    assert reconciliation.prove(paid)["holds"]


def test_a_withdrawal_waits_for_the_threshold_and_then_takes_all_or_a_part(paid: Store) -> None:
    say(paid, "set_payout_threshold", amount="8.01")
    with pytest.raises(RuleForbids, match=r"8\.00 is below the threshold 8\.01") as refused:
        say(paid, "withdraw", reference="w-1")
    assert refused.value.code == "below_threshold"
    say(paid, "set_payout_threshold", amount="8.00")
    assert say(paid, "withdraw", amount="0.50", reference="w-1")["amount"] == "0.50"
    say(paid, "set_payout_threshold", amount="0.00")
    answer = say(paid, "withdraw", reference="w-2")
    assert (answer["amount"], answer["recorded"]) == ("7.50", True)
    again = {**answer, "recorded": False}
    assert say(paid, "withdraw", reference="w-2") == again
    assert stands(paid) == ("12.00", "0.00", "0.00")
    with pytest.raises(RuleForbids, match="nothing to withdraw"):
        say(paid, "withdraw", reference="w-3")
    assert reconciliation.prove(paid)["holds"]


def test_a_threshold_outlives_the_partner_s_next_name(paid: Store) -> None:
    say(paid, "set_payout_threshold", amount="50.00")
    say(paid, "create_partner", name="Cashback Club 2", kind="CASHBACK", change=True)
    with pytest.raises(RuleForbids, match="threshold"):
        say(paid, "withdraw", reference="w-1")
    assert str(paid.payout_threshold(CASHBACK, "EUR")) == "0.00"


@pytest.mark.parametrize("command", ["transfer", "return_payment", "withdraw"])
def test_a_reference_names_it_for_good(paid: Store, command: str) -> None:
    first = say(paid, command, amount="2.00", reference="once")
    after = stands(paid)
    assert say(paid, command, amount="2.00", reference="once") == {**first, "recorded": False}
    with pytest.raises(Conflict, match="its own reference"):
        say(paid, command, amount="2.01", reference="once")
    assert stands(paid) == after


@pytest.mark.parametrize(
    ("command", "amount", "code"),
    [
        ("transfer", "12.00", "not_enough_funds"),
        ("return_payment", "8.00", "not_enough_balance"),
        ("withdraw", "8.00", "not_enough_balance"),
    ],
)
def test_of_two_at_once_the_loser_is_told_what_is_left(
    paid: Store, monkeypatch: pytest.MonkeyPatch, command: str, amount: str, code: str
) -> None:
    def other() -> None:
        say(paid, command, amount="0.01", reference="first")

    meanwhile(paid, monkeypatch, other)
    with pytest.raises(RuleForbids) as refused:
        say(paid, command, amount=amount, reference="second")
    assert refused.value.code == code
    assert reconciliation.prove(paid)["holds"]


def test_a_balance_that_falls_below_the_threshold_meanwhile_is_not_paid_out(
    paid: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(paid, "set_payout_threshold", amount="8.00")

    def other() -> None:
        say(paid, "return_payment", amount="0.01", reference="r-1")

    meanwhile(paid, monkeypatch, other)
    with pytest.raises(RuleForbids, match=r"7\.99 is below"):
        say(paid, "withdraw", amount="1.00", reference="w-1")


def test_the_same_at_the_same_time_is_done_once(
    paid: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    meanwhile(paid, monkeypatch, lambda: made.append(say(paid, "withdraw", reference="w-1")))
    answer = say(paid, "withdraw", reference="w-1")
    assert answer["entry_id"] == made[0]["entry_id"]
    assert stands(paid) == ("12.00", "0.00", "0.00")


def test_one_after_the_other_they_never_overdraw(paid: Store) -> None:
    recorded = []
    for at in range(12):
        command = ("transfer", "return_payment", "withdraw")[at % 3]
        try:
            recorded.append(say(paid, command, amount="3.00", reference=f"x-{at}")["recorded"])
        except Problem:
            recorded.append(False)
    assert True in recorded
    assert False in recorded
    assert reconciliation.prove(paid)["holds"]


def test_a_correction_names_its_action(funded: Store) -> None:
    action = market.accept(funded, "A-1", TransactionDate=LONG_AGO)
    for command in ("transfer", "return_payment"):
        answer = say(funded, command, amount="1.00", reference="c-1", action_id=action.action_id)
        entry = funded.entries([answer["entry_id"]])[answer["entry_id"]]
        assert (entry.corrects, entry.settles) == (action.action_id, {})
        with pytest.raises(Conflict):
            say(funded, command, amount="1.00", reference="c-1")
        for stranger in ({"partner_id": LOYALTY}, {"advertiser_id": STRANGE_SHOP}):
            with pytest.raises(NotFound, match="no action"):
                say(
                    funded,
                    command,
                    amount="1.00",
                    reference="c-2",
                    action_id=action.action_id,
                    **stranger,
                )
        with pytest.raises(RuleForbids, match="is in USD"):
            say(
                funded,
                command,
                amount="1.00",
                reference="c-2",
                currency="EUR",
                action_id=action.action_id,
            )
    assert reconciliation.prove(funded)["holds"]


@pytest.mark.parametrize(
    ("command", "arguments", "problem"),
    [
        ("transfer", {"amount": "0"}, Invalid),
        ("return_payment", {"amount": "-1.00"}, Invalid),
        ("withdraw", {"amount": "1.001"}, Invalid),
        ("set_payout_threshold", {"amount": "-0.01"}, Invalid),
        ("transfer", {"amount": "1.00", "reference": ""}, Invalid),
        ("transfer", {"amount": "1.00", "advertiser_id": "none"}, NotFound),
        ("withdraw", {"amount": "1.00", "partner_id": "none"}, NotFound),
    ],
)
def test_what_cannot_be_meant_is_refused(
    paid: Store, command: str, arguments: dict[str, str], problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        say(paid, command, **{"reference": "x", **arguments})


def test_a_lock_leaves_funds_negative_where_they_do_not_cover_it(funded: Store) -> None:
    market.accept(funded, "A-1", FinalPayout="20.01")
    market.sweep(funded, market.RECENT_LOCKS_AT)
    assert stands(funded) == ("-0.01", "20.01", "0.00")
    assert reconciliation.prove(funded)["holds"]


def test_what_is_overdue_is_paid_after_a_deposit_and_before_any_bonus(trading: Store) -> None:
    market.accept(trading, "A-1")
    market.sweep(trading, market.RECENT_CLEARS_AT)
    assert market.cash(trading) == ("-5.00", "5.00")
    market.deposit(trading, "5.00")
    with pytest.raises(RuleForbids, match="deposit first"):
        say(trading, "transfer", amount="0.01", reference="t-1")
    assert market.sweep(trading, market.RECENT_CLEARS_AT).paid == 1
    reasons = {each.reason for each in trading.entries_in(f"partner:{CASHBACK}", None, None)}
    assert reasons == {EntryReason.PAY}
    assert stands(trading) == ("0.00", "0.00", "5.00")


DEPOSIT = {"reference": "bank-17", "explanation": "The bank took 5.00 back"}


@pytest.fixture
def deposited(trading: Store) -> Store:
    say(trading, "deposit", amount="20.00", reference="bank-17")
    return trading


def test_a_refund_takes_what_is_in_the_funds_once(deposited: Store) -> None:
    first = say(deposited, "refund_deposit", amount="5.00", **DEPOSIT)
    assert (first["amount"], first["recorded"]) == ("5.00", True)
    assert stands(deposited) == ("15.00", "0.00", "0.00")
    again = say(deposited, "refund_deposit", amount="5.00", **DEPOSIT)
    assert again == {**first, "recorded": False}
    with pytest.raises(Conflict) as differs:
        say(deposited, "refund_deposit", amount="6.00", **DEPOSIT)
    assert differs.value.code == "refund_differs"
    assert stands(deposited) == ("15.00", "0.00", "0.00")
    entry = deposited.entries([first["entry_id"]])[first["entry_id"]]
    assert (entry.reason, entry.explanation) == (EntryReason.REFUND, DEPOSIT["explanation"])


@pytest.mark.parametrize(
    ("command", "amount"), [("refund_deposit", "12.01"), ("correct_deposit", "7.99")]
)
def test_what_is_committed_or_spent_never_goes_back(
    deposited: Store, command: str, amount: str
) -> None:
    say(deposited, "transfer", amount="8.00", reference="t-1")
    with pytest.raises(RuleForbids, match=r"The funds are 12\.00 USD") as refused:
        say(deposited, command, amount=amount, **DEPOSIT)
    assert refused.value.code == "not_enough_funds"
    assert stands(deposited) == ("12.00", "0.00", "8.00")


@pytest.mark.parametrize(
    ("right", "funds"), [("25.00", "25.00"), ("14.70", "14.70"), ("0", "0.00")]
)
def test_a_deposit_is_corrected_by_the_difference_once(
    deposited: Store, right: str, funds: str
) -> None:
    first = say(deposited, "correct_deposit", amount=right, **DEPOSIT)
    assert first["recorded"] is True
    assert stands(deposited)[0] == funds
    assert say(deposited, "correct_deposit", amount=right, **DEPOSIT) == {
        **first,
        "recorded": False,
    }
    with pytest.raises(Conflict) as differs:
        say(deposited, "correct_deposit", amount="19.00", **DEPOSIT)
    assert differs.value.code == "correction_differs"
    assert stands(deposited)[0] == funds
    proof = reconciliation.at_once(deposited, market.NOW, lambda: True)
    assert proof["violations"] == {}


def test_a_correction_needs_a_deposit_and_a_difference(deposited: Store) -> None:
    with pytest.raises(NotFound, match="no deposit bank-18"):
        say(deposited, "correct_deposit", amount="1.00", **{**DEPOSIT, "reference": "bank-18"})
    with pytest.raises(RuleForbids) as refused:
        say(deposited, "correct_deposit", amount="20.00", **DEPOSIT)
    assert refused.value.code == "no_difference"
    for command in ("refund_deposit", "correct_deposit"):
        with pytest.raises(Invalid):
            say(deposited, command, amount="1.00", reference="bank-17")


def test_of_two_refunds_at_once_that_the_funds_cover_one_of_one_is_refused(
    deposited: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"reference": "bank-18", "explanation": "Another"}
    meanwhile(
        deposited,
        monkeypatch,
        lambda: say(deposited, "refund_deposit", amount="15.00", **other),
    )
    with pytest.raises(RuleForbids) as refused:
        say(deposited, "refund_deposit", amount="15.00", **DEPOSIT)
    assert refused.value.code == "not_enough_funds"
    assert stands(deposited)[0] == "5.00"
