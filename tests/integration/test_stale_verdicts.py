"""A verdict that the shop's orders no longer bear out decides nothing: the claim is verified again.

While a file of orders is at work, an order is there before the walk that follows it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.shop_orders import ShopOrder, ShopState
from makegood.domain.verdicts import Verdict
from makegood.domain.verification_walks import Walk
from makegood.store.store import Store
from makegood.usecases import verification_walks

from tests.integration import market, shop_orders, stack
from tests.integration.market import NOW, SHOP, usd
from tests.integration.policies import activate
from tests.integration.shop_orders import ORDERED, an_order
from tests.integration.test_deadlines import LATE, MATCHED, seen, sign
from tests.policies import a_policy, approve, decline

LATER = NOW + timedelta(minutes=5)
UNDONE = an_order("1001", state=ShopState.UNDONE, status="refunded")
PARTLY = an_order("1001", state=ShopState.PARTLY_UNDONE, refunded=usd("60.00"))
DEARER = an_order("1001", amount="160.00")


def found(store: Store, inquiry: Inquiry) -> tuple[InquiryState, Verdict | None]:
    after = seen(store, inquiry)
    return after.state, after.verification and after.verification.verdict


@pytest.mark.parametrize(
    ("order", "verdict"),
    [(UNDONE, "UNDONE"), (PARTLY, "PARTLY_UNDONE"), (DEARER, "MISMATCH")],
)
def test_no_rule_approves_on_a_verdict_that_the_order_no_longer_bears_out(
    trading: Store, order: ShopOrder, verdict: str
) -> None:
    activate(trading, a_policy(approve()))
    shop_orders.give(trading, an_order("1001"))
    inquiry = market.file(trading, "1001")
    assert inquiry.auto_approval_at == NOW
    shop_orders.give(trading, order, at=LATER)
    for minutes in (6, 7):
        assert market.sweep(trading, NOW + timedelta(minutes=minutes)).approved == 0
        assert found(trading, inquiry) == (InquiryState.UNRESOLVED, verdict)
    assert seen(trading, inquiry).auto_approval_at is None


def test_an_order_that_is_undone_while_its_claim_is_approved_keeps_it_from_that(
    trading: Store,
) -> None:
    activate(trading, a_policy(approve()))
    shop_orders.give(trading, an_order("1001"))
    inquiry = market.file(trading, "1001")
    with stack.before_commits(lambda: shop_orders.give(stack.rival(), UNDONE, at=LATER)):
        assert market.sweep(trading, LATER).approved == 0
    assert found(trading, inquiry) == (InquiryState.UNRESOLVED, Verdict.UNDONE)


def test_what_the_rules_say_of_the_new_verdict_is_done(trading: Store) -> None:
    activate(trading, a_policy(decline(), approve()))
    shop_orders.give(trading, an_order("1001"), an_order("1002"))
    undone, stands = market.file(trading, "1001"), market.file(trading, "1002")
    shop_orders.give(trading, UNDONE, at=LATER)
    assert market.sweep(trading, LATER).approved == 1
    assert found(trading, undone) == (InquiryState.DECLINED, Verdict.UNDONE)
    assert found(trading, stands) == (InquiryState.VALID, Verdict.MATCH)


def test_silence_approves_nothing_on_it_either(trading: Store) -> None:
    sign(trading, replace(MATCHED, payout_max=usd("50.00")))
    shop_orders.give(trading, an_order("1001"), an_order("1002"))
    undone, stands = market.file(trading, "1001"), market.file(trading, "1002")
    shop_orders.give(trading, UNDONE, at=LATER)
    market.sweep(trading, LATE)
    market.sweep(trading, LATE)
    assert found(trading, undone) == (InquiryState.UNRESOLVED, Verdict.UNDONE)
    assert found(trading, stands) == (InquiryState.VALID, Verdict.MATCH)


def test_a_walk_finds_claims_of_other_days_that_mean_another_order_now(trading: Store) -> None:
    shop_orders.give(trading, an_order("#1001"), an_order("#1002"))
    first, second = market.file(trading, "1001"), market.file(trading, "1002")
    earlier = ORDERED - timedelta(days=20)
    shop_orders.give(trading, an_order("1001", ordered_at=earlier), at=LATER)
    days = Walk(SHOP, *(earlier.date() + timedelta(days=each) for each in (-1, 1)))
    for stretch in verification_walks.walk(trading, days, LATER):
        verification_walks.walk(trading, stretch, LATER)
    verdict = seen(trading, first).verification
    assert verdict is not None
    assert (verdict.order_id, verdict.verdict) == ("1001", Verdict.MISMATCH)
    assert seen(trading, second) == second
