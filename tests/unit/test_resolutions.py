"""What an advertiser's answer comes to: decided once, paid by contract, settled as it is due."""

from datetime import timedelta
from itertools import product

import pytest
from makegood.domain import claims, resolutions
from makegood.domain.actions import Action, ActionState, Origin
from makegood.domain.calendar import LockRule
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.orders import Item
from makegood.domain.parties import Retroactive
from makegood.domain.problems import (
    AlreadyDecided,
    Forbidden,
    Invalid,
    RuleForbids,
    VersionConflict,
)
from makegood.domain.resolutions import SameDecision

from tests.builders import (
    A_MOMENT,
    CLEARS,
    CODES,
    LEAD,
    LOCKS,
    ORDERED,
    SALE,
    a_campaign,
    a_case,
    a_claim,
    a_contract,
    a_resolution,
    accepted,
    an_action,
    an_inquiry,
    at,
    cash_of,
    terms,
    usd,
)

NOW = ORDERED + timedelta(days=2)
VALID, DECLINED = InquiryState.VALID, InquiryState.DECLINED
INCOMPLETE, UNRESOLVED = InquiryState.INCOMPLETE, InquiryState.UNRESOLVED


def resolve(state=VALID, case=None, now=NOW, by="reviewer", **resolution):
    return resolutions.resolve(a_resolution(state, **resolution), case or a_case(), now, by)


# Decided once


@pytest.mark.parametrize("before", [UNRESOLVED, INCOMPLETE])
def test_a_decline_keeps_its_reason_and_makes_no_action(before: InquiryState) -> None:
    inquiry = an_inquiry(state=before, auto_approval_at=NOW)
    decided, action, outcome = resolve(DECLINED, a_case(inquiry=inquiry), reject_reason=4)
    assert (decided.state, decided.reject_reason) == (DECLINED, 4)
    assert (decided.resolved_at, decided.decided_by) == (NOW, "reviewer")
    assert decided.auto_approval_at is None
    assert action is None
    assert outcome == claims.Outcome(inquiries=((inquiry, decided),))


def test_a_question_leaves_the_inquiry_with_its_partner_and_with_no_rule() -> None:
    case = a_case(inquiry=an_inquiry(auto_approval_at=NOW))
    asked, action, _ = resolve(INCOMPLETE, case, notes="Which shop?")
    assert (asked.state, asked.is_live, action) == (INCOMPLETE, True, None)
    assert asked.auto_approval_at is None
    (comment,) = asked.comments
    assert (comment.user, comment.text, comment.made_at) == ("CD Shop", "Which shop?", NOW)


def test_a_question_without_words_asks_for_complete_details() -> None:
    case = a_case()
    asked, _, _ = resolve(INCOMPLETE, case)
    (comment,) = asked.comments
    assert (comment.user, comment.text) == ("CD Shop", resolutions.ASKS_FOR_ALL)
    for same in ("", resolutions.ASKS_FOR_ALL):
        with pytest.raises(SameDecision):
            resolve(INCOMPLETE, a_case(inquiry=asked), notes=same)


def test_more_may_be_asked_before_the_partner_answers_and_each_question_is_a_version() -> None:
    asked, _, _ = resolve(INCOMPLETE, by="file:1:2")
    more, _, _ = resolve(INCOMPLETE, a_case(inquiry=asked), notes="Which shop?", by="file:2:2")
    again, _, _ = resolve(INCOMPLETE, a_case(inquiry=more), by="file:3:2")
    told = [each.text for each in again.comments]
    assert told == [resolutions.ASKS_FOR_ALL, "Which shop?", resolutions.ASKS_FOR_ALL]
    assert (again.state, again.version, again.decided_by) == (INCOMPLETE, 4, "file:3:2")
    assert again.asked_by == ("file:1:2", "file:2:2", "file:3:2")
    with pytest.raises(VersionConflict):
        resolve(INCOMPLETE, a_case(inquiry=again), notes="Where?", version=3)


@pytest.mark.parametrize("decision", [VALID, DECLINED, INCOMPLETE])
@pytest.mark.parametrize("state", [VALID, DECLINED, InquiryState.WITHDRAWN])
def test_what_is_decided_or_withdrawn_is_not_decided_again(state, decision) -> None:
    with pytest.raises(AlreadyDecided) as caught:
        resolve(decision, a_case(inquiry=an_inquiry(state=state)))
    assert caught.value.code == "already_decided"


@pytest.mark.parametrize("decision", [VALID, DECLINED, INCOMPLETE])
def test_the_very_same_decision_again_is_known_and_changes_nothing(decision) -> None:
    decided, _, _ = resolve(decision, notes="As said")
    for version in (None, 1, 2):
        with pytest.raises(SameDecision):
            resolve(decision, a_case(inquiry=decided), notes="As said", version=version)


@pytest.mark.parametrize("first", [VALID, DECLINED, INCOMPLETE])
@pytest.mark.parametrize("second", [VALID, DECLINED])
def test_of_two_reviewers_on_one_version_the_first_wins(first, second) -> None:
    decided, _, _ = resolve(first, version=1, notes="First")
    with pytest.raises(VersionConflict):
        resolve(second, a_case(inquiry=decided), version=1, notes="Second")


def test_a_reviewer_who_read_the_newest_version_decides() -> None:
    asked, _, _ = resolve(INCOMPLETE, version=1)
    decided, _, _ = resolve(DECLINED, a_case(inquiry=asked), version=2)
    assert (decided.state, decided.version) == (DECLINED, 3)


# Accepting


@pytest.mark.parametrize("inquiry_type", InquiryType)
def test_an_accepted_inquiry_has_one_action_under_the_contract(inquiry_type) -> None:
    inquiry = an_inquiry(a_claim(inquiry_type, customer_id="c-1"))
    decided, action, outcome = accepted(a_case(inquiry=inquiry), NOW, "request:5")
    assert (decided.state, decided.action_id) == (VALID, action.action_id)
    assert decided.final_payout == usd(500)
    assert (action.state, action.origin) == (ActionState.PENDING, Origin.INQUIRY)
    assert (action.inquiry_id, action.partner_id, action.source) == ("900", "10001", "request:5")
    assert (action.order.order_id, action.order.customer_id) == ("CD1", "c-1")
    assert (action.order_amount, action.payout) == (usd(10_000), usd(500))
    assert (action.contract_id, action.contract_version) == ("501", 1)
    assert (action.event_at, action.locks_at, action.clears_at) == (ORDERED, LOCKS, CLEARS)
    assert outcome.actions == ((None, action),)
    ((before, after),) = outcome.orders
    assert (before.version, after.version) == (0, 1)
    assert [each.action_id for each in after.of("10001", SALE)] == [action.action_id]


def test_the_action_of_an_inquiry_is_the_same_whoever_accepts_it_when() -> None:
    _, one, _ = accepted(a_case(), NOW)
    _, other, _ = accepted(a_case(), NOW + timedelta(days=3), "other", final_payout=usd(1))
    assert one.action_id == other.action_id


def test_the_action_carries_what_the_advertiser_knows_better() -> None:
    items = (Item("SKU-1", 2, usd(9_000)),)
    _, action, _ = accepted(
        a_case(inquiry=an_inquiry(a_claim(customer_id="c-1"))),
        NOW,
        ordered_at=at("2026-03-04 09:00"),
        order_amount=usd(9_000),
        customer_id="c-2",
        customer_status="NEW",
        promo_code="SAVE10",
        items=items,
    )
    assert action.order_amount == usd(9_000)
    assert action.payout == usd(450)
    assert action.event_at == action.order.ordered_at == at("2026-03-04 09:00")
    assert (action.order.customer_id, action.order.customer_status) == ("c-2", "NEW")
    assert (action.order.promo_code, action.order.items) == ("SAVE10", items)


@pytest.mark.parametrize(
    ("expected", "stated", "payout"),
    [
        (None, None, usd(500)),
        (usd(800), None, usd(500)),
        (usd(800), usd(800), usd(800)),
        (usd(800), usd(20), usd(20)),
        (None, usd(0), usd(0)),
    ],
)
def test_the_payout_is_the_stated_one_or_the_contracts(expected, stated, payout) -> None:
    case = a_case(inquiry=an_inquiry(a_claim(expected_payout=expected)))
    decided, action, _ = accepted(case, NOW, final_payout=stated)
    assert (decided.final_payout, action.payout) == (payout, payout)


def test_an_inquiry_is_priced_by_what_the_advertiser_knows_of_the_order() -> None:
    case = a_case(contract=a_contract(terms(payouts=((SALE, CODES),))))
    for promo_code, stated, payout, why in (
        ("", None, 500, "Contract version 1, default: 5% of 100.00 USD = 5.00 USD"),
        ("X", None, 200, "Contract version 1, group Codes (rank 1): 2% of 100.00 USD = 2.00 USD"),
        ("X", usd(350), 350, "Stated: 3.50 USD"),
    ):
        decided, action, _ = accepted(case, NOW, promo_code=promo_code, final_payout=stated)
        assert (decided.final_payout, action.payout) == (usd(payout), usd(payout))
        assert action.explanation == why


def test_a_lead_pays_what_the_contract_says_of_leads() -> None:
    _, action, outcome = accepted(a_case(), NOW, event_type_id=LEAD)
    assert (action.payout, action.event_type_id) == (usd(300), LEAD)
    assert outcome.orders[0][1].of("10001", SALE) == ()


def test_an_inquiry_is_priced_by_the_version_in_force_at_its_acceptance() -> None:
    contract = a_contract(terms(), terms(sale="7%", version=2, valid_from=NOW))
    before = accepted(a_case(contract=contract), NOW - A_MOMENT)[1]
    after = accepted(a_case(contract=contract), NOW)[1]
    assert (before.payout, before.contract_version) == (usd(500), 1)
    assert (after.payout, after.contract_version) == (usd(700), 2)


@pytest.mark.parametrize(
    "contract",
    [None, a_contract(terms(valid_from=NOW + A_MOMENT)), a_contract(ended_at=NOW)],
    ids=["none", "not yet", "ended"],
)
def test_nothing_is_accepted_without_a_contract_in_force_but_declined_it_may_be(contract) -> None:
    case = a_case(contract=contract)
    with pytest.raises(Forbidden) as caught:
        accepted(case, NOW)
    assert caught.value.code == "no_contract"
    assert resolve(DECLINED, case)[0].state is DECLINED


def test_event_types_unknown_to_the_campaign_or_the_contract_are_refused() -> None:
    with pytest.raises(RuleForbids) as caught:
        accepted(a_case(), NOW, event_type_id="4999")
    assert caught.value.code == "unknown_event_type"
    only_sales = a_contract(terms(payouts=terms().payouts[:1]))
    with pytest.raises(RuleForbids) as caught:
        accepted(a_case(contract=only_sales), NOW, event_type_id=LEAD)
    assert caught.value.code == "event_type_not_in_contract"


def test_the_chosen_transaction_date_does_not_lie_in_the_future() -> None:
    assert accepted(a_case(), NOW, ordered_at=NOW)[1].event_at == NOW
    with pytest.raises(Invalid) as caught:
        accepted(a_case(), NOW, ordered_at=NOW + A_MOMENT)
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [
        ("TransactionDate", "in_the_future")
    ]


# Never twice


@pytest.mark.parametrize("inquiry_type", [InquiryType.UNTRACKED, InquiryType.DECLINED])
@pytest.mark.parametrize("state", [ActionState.PENDING, ActionState.LOCKED, ActionState.PAID])
def test_an_order_credited_to_the_partner_already_is_not_accepted_again(
    inquiry_type, state
) -> None:
    earlier = an_action(state)
    case = a_case(earlier, inquiry=an_inquiry(a_claim(inquiry_type)))
    with pytest.raises(RuleForbids) as caught:
        accepted(case, NOW)
    assert caught.value.code == "order_already_credited"
    assert earlier.action_id in caught.value.message


@pytest.mark.parametrize("inquiry_type", InquiryType)
def test_a_reversed_action_stays_as_it_is_beside_the_new_one(inquiry_type) -> None:
    wronged = an_action(ActionState.REVERSED)
    case = a_case(wronged, inquiry=an_inquiry(a_claim(inquiry_type)))
    _, action, outcome = accepted(case, NOW)
    assert outcome.actions == ((None, action),)
    assert action.action_id != wronged.action_id
    assert (action.payout, outcome.updates) == (usd(500), ())


OTHERS = [*product(InquiryType, [{"partner_id": "10002"}])]
OTHERS += [(each, {"event_type_id": LEAD}) for each in InquiryType if each != "INCORRECT"]


@pytest.mark.parametrize(("inquiry_type", "changes"), OTHERS)
def test_credits_of_others_and_for_other_events_are_left_alone(inquiry_type, changes) -> None:
    theirs = an_action(**changes)
    case = a_case(theirs, inquiry=an_inquiry(a_claim(inquiry_type)))
    _, action, outcome = accepted(case, NOW)
    assert action.payout == usd(500)
    assert outcome.actions == ((None, action),)
    assert len(outcome.orders[0][1].credits) == 2


# At once, and retroactive


FUNDS = [(500, ActionState.PAID), (499, ActionState.LOCKED), (-1, ActionState.LOCKED)]


@pytest.mark.parametrize(("funds_minor", "state"), FUNDS)
def test_a_past_date_locks_and_pays_at_once_as_far_as_the_funds_go(funds_minor, state) -> None:
    _, action, outcome = accepted(a_case(cash=cash_of(funds_minor)), CLEARS)
    assert action.state is state
    assert (action.event_at, action.locks_at, action.clears_at) == (ORDERED, LOCKS, CLEARS)
    assert len(outcome.entries) == (2 if state is ActionState.PAID else 1)
    assert outcome.actions == ((None, action),)


def test_a_payout_of_zero_is_granted_locked_and_paid_without_an_entry() -> None:
    decided, action, outcome = accepted(a_case(cash=cash_of(0)), CLEARS, final_payout=usd(0))
    assert (decided.final_payout, action.state) == (usd(0), ActionState.PAID)
    assert outcome.entries == ()


RETROACTIVE = [
    (LOCKS - A_MOMENT, ActionState.PENDING, ORDERED, ActionState.PENDING),
    (LOCKS, ActionState.LOCKED, LOCKS, ActionState.PENDING),
    (CLEARS - A_MOMENT, ActionState.LOCKED, CLEARS - A_MOMENT, ActionState.PENDING),
    (CLEARS, ActionState.PAID, CLEARS, ActionState.PENDING),
]


@pytest.mark.parametrize(("now", "from_order", "event_at", "from_approval"), RETROACTIVE)
def test_the_campaigns_policy_says_where_the_clocks_of_a_past_date_start(
    now, from_order, event_at, from_approval
) -> None:
    def made(policy: Retroactive) -> Action:
        return accepted(a_case(campaign=a_campaign(retroactive=policy)), now)[1]

    action = made(Retroactive.FROM_TRANSACTION)
    assert (action.state, action.event_at) == (from_order, ORDERED)
    action = made(Retroactive.FROM_APPROVAL)
    assert (action.state, action.event_at) == (from_approval, event_at)
    assert action.order.ordered_at == ORDERED
    assert (action.locks_at > now, action.clears_at > action.locks_at) == (True, True)


AUTO_LOCK = at("2028-03-04 10:00")


@pytest.mark.parametrize("policy", Retroactive)
def test_an_open_ended_action_stays_pending_until_it_is_approved(policy: Retroactive) -> None:
    campaign = a_campaign(retroactive=policy)
    case = a_case(campaign=campaign, contract=a_contract(terms("OPEN_ENDED")))
    _, action, outcome = accepted(case, AUTO_LOCK - A_MOMENT)
    assert (action.state, action.event_at) == (ActionState.PENDING, ORDERED)
    assert action.locking == LockRule.parse("OPEN_ENDED")
    assert (action.locks_at, outcome.entries) == (AUTO_LOCK, ())


def test_an_open_ended_action_of_730_days_ago_locks_at_once_or_starts_anew_by_policy() -> None:
    contract = a_contract(terms("OPEN_ENDED"))
    _, action, _ = accepted(a_case(contract=contract), AUTO_LOCK)
    assert (action.state, action.locks_at) == (ActionState.LOCKED, AUTO_LOCK)
    anew = a_case(contract=contract, campaign=a_campaign(retroactive=Retroactive.FROM_APPROVAL))
    _, action, _ = accepted(anew, AUTO_LOCK)
    assert (action.state, action.event_at) == (ActionState.PENDING, AUTO_LOCK)
    assert action.locks_at == at("2030-03-04 10:00")
