"""A rule approves what it may when its day has come, and says why it leaves the rest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.contracts import contract_id_of
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.jobs import reconciliation
from makegood.store.approval_rules import rule_key
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SALE, usd


def sign(store: Store, payout: str = "6.00", month: str = "11.00", **waiting: object) -> None:
    store.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd(payout), usd(month), **waiting))


def seen(store: Store, inquiry: Inquiry) -> Inquiry:
    return store.inquiries([inquiry.inquiry_id])[inquiry.inquiry_id]


def test_what_a_rule_approves_is_an_action_like_any_other(trading: Store) -> None:
    sign(trading)
    inquiry = market.file(trading, "A-1", ExpectedPayout="4.00")
    assert inquiry.auto_approval_at == NOW
    assert market.sweep(trading, NOW).approved == 1
    approved = seen(trading, inquiry)
    assert approved.state is InquiryState.VALID
    assert approved.decided_by == f"rule:approval:{CASHBACK}"
    assert str(trading.actions([approved.action_id])[approved.action_id].payout) == "4.00"
    assert trading.spend(CAMPAIGN, CASHBACK, "2026-06", "USD").granted_minor == 400
    assert reconciliation.prove(trading)["holds"]


def test_a_rule_waits_for_its_day(trading: Store) -> None:
    sign(trading, wait=Wait.DAYS_AFTER_MONTH, days=2)
    inquiry = market.file(trading, "A-1")
    due = datetime(2026, 7, 3, 7, tzinfo=UTC)
    assert inquiry.auto_approval_at == due
    early = market.sweep(trading, due - timedelta(milliseconds=1))
    assert [early.approved, market.sweep(trading, due).approved] == [0, 1]
    assert trading.spend(CAMPAIGN, CASHBACK, "2026-07", "USD").granted_minor == 500


def test_a_rule_is_for_its_partner_only(trading: Store) -> None:
    sign(trading)
    assert market.file(trading, "A-1", LOYALTY).auto_approval_at is None


def ask_for_more(store: Store, inquiry: Inquiry) -> None:
    market.resolve(store, {"Id": inquiry.inquiry_id, "ResolutionStatus": "INCOMPLETE"})


def credit_the_order(store: Store, inquiry: Inquiry) -> None:
    market.track(store, inquiry.claim.order_id, MediaPartnerId=LOYALTY)


def lower_the_maximum(store: Store, inquiry: Inquiry) -> None:
    sign(store, payout="5.00")


def claim_it_for_another(store: Store, inquiry: Inquiry) -> None:
    market.file(store, inquiry.claim.order_id, LOYALTY)


def end_the_contract(store: Store, inquiry: Inquiry) -> None:
    ended = market.replace(market.contract(CASHBACK), ended_at=NOW)
    store.put_contract(ended)


def take_the_rule_away(store: Store, inquiry: Inquiry) -> None:
    _, pk, sk = rule_key(CAMPAIGN, CASHBACK)
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    stack.client("dynamodb").delete_item(TableName=stack.TABLES.directory, Key=key)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (credit_the_order, "the order is credited already"),
        (claim_it_for_another, "another live inquiry is about the same order"),
        (lower_the_maximum, "the payout 5.00 is not below the rule's maximum 5.00"),
        (end_the_contract, f"Contract {contract_id_of(CAMPAIGN, CASHBACK)} ended"),
        (take_the_rule_away, "there is no approval rule any more"),
    ],
)
def test_what_a_rule_may_not_approve_is_left_with_the_reason(
    trading: Store, meanwhile: Callable[[Store, Inquiry], None], reason: str
) -> None:
    sign(trading, wait=Wait.DAYS, days=1)
    inquiry = market.file(trading, "A-1")
    meanwhile(trading, inquiry)
    assert market.sweep(trading, NOW + timedelta(days=2)).approved == 0
    left = seen(trading, inquiry)
    assert (left.state, left.auto_approval_at) == (InquiryState.UNRESOLVED, None)
    assert left.checks[-1].startswith(f"approval rule: not applied, {reason}")
    assert stack.everything("ledger") == {}


def test_an_inquiry_that_somebody_looked_at_is_left_to_them(trading: Store) -> None:
    sign(trading, wait=Wait.DAYS, days=1)
    inquiry = market.file(trading, "A-1")
    ask_for_more(trading, inquiry)
    assert market.sweep(trading, NOW + timedelta(days=2)).approved == 0
    assert seen(trading, inquiry).state is InquiryState.INCOMPLETE


def test_a_tracked_order_gets_no_day_to_be_approved_on(trading: Store) -> None:
    sign(trading)
    market.track(trading, "A-1", MediaPartnerId=LOYALTY)
    assert market.file(trading, "A-1").auto_approval_at is None


def test_a_rule_decides_untracked_claims_only(trading: Store) -> None:
    sign(trading)
    inquiry = market.file(trading, "A-1", InquiryType="DECLINED")
    market.sweep(trading, NOW)
    assert seen(trading, inquiry).state is InquiryState.UNRESOLVED


def test_the_months_total_stays_below_its_maximum_and_starts_anew(trading: Store) -> None:
    sign(trading, month="10.01")
    filed = [market.file(trading, f"A-{at}") for at in range(3)]
    assert market.sweep(trading, NOW).approved == 2
    left = next(each for each in filed if seen(trading, each).state is InquiryState.UNRESOLVED)
    assert "the month's total would not stay below 10.01" in seen(trading, left).checks[-1]
    next_month = NOW + timedelta(days=30)
    market.file(trading, "B-1", at=next_month)
    assert market.sweep(trading, next_month).approved == 1
    assert reconciliation.prove(trading)["holds"]


def test_an_approved_order_of_long_ago_pays_at_once(trading: Store) -> None:
    sign(trading)
    market.deposit(trading, "10.00")
    market.file(trading, "A-1", TransactionDate=market.LONG_AGO)
    market.sweep(trading, NOW)
    assert market.cash(trading) == ("5.00", "0.00")
