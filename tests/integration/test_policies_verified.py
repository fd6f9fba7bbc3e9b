"""What the shop's orders say reaches the policy: a new verdict is decided, filed or asked for."""

import pytest
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.verify_claims import VerifyRequest, VerifyWork
from makegood.usecases.view import Ask

from tests.integration import market, shop_orders
from tests.integration.market import LOYALTY, NOW, SHOP
from tests.integration.policies import activate
from tests.integration.test_policies import seen
from tests.policies import a_policy, approve, decline, on

DECIDES = a_policy(decline(), approve(), decline(on("NOT_FOUND"), name="unknown", reason=6))


def verify(store: Store, inquiry: Inquiry) -> Inquiry:
    work = VerifyWork(SHOP, NOW)
    unit_of_work.one(store, work, Ask(VerifyRequest(inquiry.inquiry_id), "test"))
    return seen(store, inquiry)


def test_an_order_that_arrives_has_its_claim_approved_by_the_sweep(trading: Store) -> None:
    activate(trading, DECIDES)
    inquiry = market.file(trading, "1001")
    assert inquiry.auto_approval_at is None
    shop_orders.give(trading, shop_orders.an_order("1001"))
    assert verify(trading, inquiry).auto_approval_at == NOW
    assert market.sweep(trading, NOW).approved == 1
    assert seen(trading, inquiry).decided_by == "rule:policy:2:matches"


def test_a_claim_that_is_filed_on_an_order_that_is_there_has_its_day_at_once(
    trading: Store,
) -> None:
    activate(trading, DECIDES)
    shop_orders.give(trading, shop_orders.an_order("1001"))
    assert market.file(trading, "1001").auto_approval_at == NOW


@pytest.mark.parametrize("spelled", ["1001", "#1001", " 1001", "01001"])
def test_of_two_claims_of_one_order_however_spelled_none_is_decided(
    trading: Store, spelled: str
) -> None:
    activate(trading, DECIDES)
    shop_orders.give(trading, shop_orders.an_order("1001"))
    first = market.file(trading, "1001")
    second = market.file(trading, spelled, market.LOYALTY)
    verify(trading, first)
    assert market.sweep(trading, NOW).approved == 0
    states = {seen(trading, each).state for each in (first, second)}
    assert states == {InquiryState.UNRESOLVED}


def test_an_order_that_is_credited_under_another_of_its_ids_is_declined_like_a_tracked_one(
    trading: Store,
) -> None:
    """A spelling of a credited id stays with a person."""
    trading.put_campaign(market.campaign(declines_tracked=True, names_channel=True))
    shop_orders.give(trading, shop_orders.an_order("#1001", "555", "1001"))
    market.track(trading, "#1001", MediaPartnerId=LOYALTY)
    aliased, spelled = (market.file(trading, each) for each in ("555", "1001"))
    assert (aliased.state, aliased.reject_reason) == (InquiryState.DECLINED, 2)
    assert aliased.decided_by == "rule:tracked-orders"
    assert aliased.comments[-1].text == "Channel credited: loyalty"
    assert spelled.state is InquiryState.UNRESOLVED
    own = market.file(trading, "555", LOYALTY)
    assert (own.state, own.reject_reason) == (InquiryState.DECLINED, 1)
