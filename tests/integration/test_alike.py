"""A claim whose order id differs from a credited one in spelling alone is decided by a person."""

from dataclasses import replace

import pytest
from makegood.domain import policy_decisions
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.policy_evaluation import Why
from makegood.store.store import Store

from tests.integration import market, shop_orders
from tests.integration.gateway import PARTNER
from tests.integration.market import CAMPAIGN, CASHBACK, LEAD, LOYALTY, NOW, SALE, usd
from tests.integration.policies import activate
from tests.integration.test_deadlines import ANSWER_BY, MATCHED, sign
from tests.integration.test_policies import seen
from tests.policies import a_policy, approve, decline, on

DECIDES = a_policy(approve(), decline(on("NOT_FOUND"), name="unknown", reason=6))
RULE = ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd("6.00"), usd("60.00"))
ALIKE = [("#1001", "1001"), ("01001", "1001"), ("ab-7 ", "AB7"), ("1001", "#1001"), ("A 7", "a-7")]


def claim(store: Store, order_id: str) -> Inquiry:
    """What a partner files by the API."""
    filed = PARTNER.post("/ActionInquiries", market.claimed(order_id))
    assert filed.status == 200, filed.body
    (found,) = store.inquiries([filed.body["Uri"].rpartition("/")[2]]).values()
    return found


def credit(store: Store, order_id: str, event_type_id: str = SALE) -> None:
    market.track(store, order_id, MediaPartnerId=LOYALTY, ActionTrackerId=event_type_id)


def left_alike(store: Store, inquiry: Inquiry) -> str:
    """The credited order for whose sake the policy left this inquiry to a person."""
    found = seen(store, inquiry)
    assert (found.state, found.decided_by) == (InquiryState.UNRESOLVED, "")
    record = policy_decisions.records(found)[-1]
    assert record.why is Why.ALIKE
    return record.facts.alike


@pytest.mark.parametrize(("claimed", "credited"), ALIKE)
def test_a_policy_declines_no_claim_that_is_alike(live: Store, claimed: str, credited: str) -> None:
    activate(live, DECIDES)
    shop_orders.give(live, shop_orders.an_order("another"))
    credit(live, credited)
    inquiry = claim(live, claimed)
    assert inquiry.auto_approval_at is None
    assert left_alike(live, inquiry) == credited


def test_a_policy_approves_a_match_no_more_once_an_order_that_is_alike_is_credited(
    live: Store,
) -> None:
    activate(live, DECIDES)
    shop_orders.give(live, shop_orders.an_order("#1001"))
    inquiry = claim(live, "#1001")
    assert inquiry.auto_approval_at is not None
    credit(live, "1001")
    assert market.sweep(live, inquiry.auto_approval_at).approved == 0
    assert left_alike(live, inquiry) == "1001"


def test_what_is_credited_no_more_or_in_no_such_spelling_is_in_nobodys_way(live: Store) -> None:
    activate(live, DECIDES)
    shop_orders.give(live, shop_orders.an_order("#1001"))
    credit(live, "1002")
    inquiry = claim(live, "#1001")
    assert inquiry.auto_approval_at is not None
    assert market.sweep(live, inquiry.auto_approval_at).approved == 1


@pytest.mark.parametrize("has_orders", [True, False])
def test_an_approval_rule_is_kept_from_it_from_the_first_file_of_orders_on(
    live: Store, has_orders: bool
) -> None:
    live.put_rule(RULE)
    if has_orders:
        shop_orders.give(live, shop_orders.an_order("#1001"))
    inquiry = claim(live, "#1001")
    assert inquiry.auto_approval_at is not None
    credit(live, "1001", LEAD)
    assert market.sweep(live, inquiry.auto_approval_at).approved == (0 if has_orders else 1)


def test_silence_approves_no_claim_that_is_alike(live: Store) -> None:
    sign(live, replace(MATCHED, payout_max=usd("50.00")))
    shop_orders.give(live, shop_orders.an_order("#1001"))
    inquiry = market.file(live, "#1001", at=NOW)
    credit(live, "1001")
    market.sweep(live, ANSWER_BY)
    left = seen(live, inquiry)
    assert left.state is InquiryState.UNRESOLVED
    assert "differs in spelling alone" in left.checks[-1]


def test_where_nothing_decides_no_spelling_is_read(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr("makegood.usecases.policy_books.spelling_keys", read.append)
    shop_orders.give(live, shop_orders.an_order("#1001"))
    credit(live, "1001")
    market.file(live, "#1001")
    assert read == []
