"""An INCORRECT inquiry accepted: what the order's earlier actions come to, and what is left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.problems import RuleForbids

from tests.builders import (
    A_MOMENT,
    ADVERTISER,
    LEAD,
    ORDERED,
    SALE,
    a_case,
    a_claim,
    a_contract,
    a_conversion,
    accepted,
    an_action,
    an_inquiry,
    cash_of,
    credits_of,
    terms,
    usd,
)
from tests.reference import Memory, check

NOW = ORDERED + timedelta(days=2)
PENDING, REVERSED = ActionState.PENDING, ActionState.REVERSED
SETTLED = [ActionState.LOCKED, ActionState.PAID]
FLAT = a_contract(terms(sale="1.50 USD"))


def correct(*earlier: Action, amount_minor: int = 20_000, **resolution):
    """The acceptance of an INCORRECT inquiry over that amount, on an order with these actions."""
    claim = a_claim(InquiryType.INCORRECT, order_amount=usd(amount_minor))
    contract = resolution.pop("contract", a_contract())
    case = a_case(*earlier, inquiry=an_inquiry(claim), contract=contract)
    return accepted(case, NOW, **resolution)


def refused(*earlier: Action, **asked) -> str:
    with pytest.raises(RuleForbids) as caught:
        correct(*earlier, **asked)
    return caught.value.code


@pytest.mark.parametrize("earlier", [[], [an_action(REVERSED)]])
def test_without_a_standing_action_the_new_one_carries_everything(earlier) -> None:
    decided, action, outcome = correct(*earlier)
    assert (action.order_amount, action.payout) == (usd(20_000), usd(1_000))
    assert decided.final_payout == usd(1_000)
    assert outcome.actions == ((None, action),)


@pytest.mark.parametrize("amount_minor", [20_000, 10_000, 4_000])
def test_a_pending_action_is_reversed_and_the_new_one_stands_for_all(amount_minor: int) -> None:
    earlier = an_action()
    decided, action, outcome = correct(earlier, amount_minor=amount_minor)
    assert (action.order_amount, action.payout) == (usd(amount_minor), usd(amount_minor // 20))
    assert decided.final_payout == action.payout
    undone = dict(outcome.actions)[earlier]
    assert (undone.state, undone.disposition) == (REVERSED, Disposition.ORDER_UPDATE)
    (update,) = outcome.updates
    assert (update.action_id, update.reason) == (earlier.action_id, "ORDER_UPDATE")
    ((before, after),) = outcome.orders
    assert [each.action_id for each in after.credits] == [action.action_id]
    assert after.version == before.version + 1
    assert outcome.entries == ()


def test_the_explanation_of_a_difference_says_what_is_carried_elsewhere() -> None:
    _, action, _ = correct(an_action(ActionState.LOCKED))
    assert action.explanation == (
        "Contract version 1, default: 5% of 200.00 USD = 10.00 USD; "
        "5.00 USD of it are on locked actions already"
    )


@pytest.mark.parametrize("state", SETTLED)
@pytest.mark.parametrize(
    ("contract", "amount_minor", "earlier_payout", "amount_left", "payout_left"),
    [
        (a_contract(), 20_000, 500, 10_000, 500),
        (a_contract(), 10_001, 500, 1, 0),
        (a_contract(), 10_000, 500, 0, 0),
        (a_contract(), 10_000, 499, 0, 1),
        (FLAT, 20_000, 150, 10_000, 0),
        (FLAT, 10_000, 150, 0, 0),
        (FLAT, 10_000, 100, 0, 50),
    ],
)
def test_of_a_locked_or_paid_action_only_the_difference_is_new(
    state, contract, amount_minor, earlier_payout, amount_left, payout_left
) -> None:
    earlier = an_action(state, payout=usd(earlier_payout))
    decided, action, outcome = correct(earlier, amount_minor=amount_minor, contract=contract)
    assert (action.order_amount, action.payout) == (usd(amount_left), usd(payout_left))
    assert decided.final_payout == usd(earlier_payout + payout_left)
    assert outcome.actions == ((None, action),)
    assert [each.action_id for each in outcome.orders[0][1].of("10001", SALE)] == [
        earlier.action_id,
        action.action_id,
    ]


@pytest.mark.parametrize("state", SETTLED)
def test_a_stated_payout_is_for_the_whole_order(state: ActionState) -> None:
    decided, action, _ = correct(an_action(state), final_payout=usd(640))
    assert (decided.final_payout, action.payout) == (usd(640), usd(140))


@pytest.mark.parametrize("state", SETTLED)
def test_a_locked_action_is_not_corrected_downwards(state: ActionState) -> None:
    earlier = an_action(state)
    assert refused(earlier, final_payout=usd(499)) == "nothing_left_to_pay"
    assert refused(earlier, amount_minor=9_999) == "nothing_left_to_pay"
    assert correct(earlier, final_payout=usd(500))[1].payout == usd(0)


def test_an_action_in_another_currency_is_not_corrected() -> None:
    euros = an_action(payout=Money(500, "EUR"), order_amount=Money(10_000, "EUR"))
    assert refused(euros) == "currency_mismatch"


def test_actions_of_other_partners_are_left_alone() -> None:
    _, action, outcome = correct(an_action(partner_id="10002"))
    assert (action.payout, outcome.actions) == (usd(1_000), ((None, action),))


def test_beside_an_action_of_the_event_type_those_of_others_are_left_alone() -> None:
    lead = an_action(action_id="1000.4001.1", event_type_id=LEAD)
    _, _, outcome = correct(an_action(), lead)
    assert lead not in dict(outcome.actions)


def test_an_order_tracked_under_the_wrong_event_type_is_not_paid_twice() -> None:
    pending = an_action(action_id="1000.4001.1", event_type_id=LEAD)
    _, action, outcome = correct(pending)
    assert (action.payout, dict(outcome.actions)[pending].state) == (usd(1_000), REVERSED)
    locked = replace(pending, state=ActionState.LOCKED)
    _, action, _ = correct(locked)
    assert action.payout == usd(1_000) - locked.payout


def test_which_of_two_other_event_types_was_tracked_wrong_is_for_people_to_say() -> None:
    lead = an_action(action_id="1000.4001.1", event_type_id=LEAD)
    visit = an_action(action_id="1000.4002.1", event_type_id="4002")
    assert refused(lead, visit) == "which_event_type"


@pytest.mark.parametrize("state", SETTLED)
def test_of_a_locked_base_with_a_pending_correction_the_base_alone_is_deducted(state) -> None:
    base = an_action(state)
    first = an_action(action_id="1000.4000.2", order_amount=usd(10_000), payout=usd(500))
    decided, action, outcome = correct(base, first, amount_minor=16_000)
    assert (action.order_amount, action.payout) == (usd(6_000), usd(300))
    assert decided.final_payout == usd(800)
    assert [after.action_id for before, after in outcome.actions if before] == [first.action_id]
    standing = [each.action_id for each in outcome.orders[0][1].credits]
    assert standing == [base.action_id, action.action_id]


def test_all_locked_parts_of_an_order_are_deducted_together() -> None:
    parts = [
        an_action(ActionState.PAID),
        an_action(
            ActionState.LOCKED, action_id="1000.4000.2", order_amount=usd(6_000), payout=usd(300)
        ),
    ]
    _, action, _ = correct(*parts, amount_minor=20_000)
    assert (action.order_amount, action.payout) == (usd(4_000), usd(200))
    assert refused(*parts, amount_minor=15_999) == "nothing_left_to_pay"


def test_each_step_of_a_chain_of_corrections_leaves_the_order_at_what_was_last_granted() -> None:
    """Tracked, corrected while pending, locked, corrected upwards twice: 4.00, 5.00, 8.00, 9.00."""
    memory, now = Memory(), NOW
    _, tracked = action_lifecycle.convert(
        a_conversion(usd(8_000)),
        campaign=a_case().campaign,
        contract=a_contract(),
        order=memory.order("CD1"),
        existing=None,
        now=now,
    )
    memory.commit(tracked)
    standing = [400]
    for step, amount_minor in enumerate((10_000, 16_000, 18_000)):
        claim = a_claim(InquiryType.INCORRECT, order_amount=usd(amount_minor))
        inquiry = an_inquiry(claim, inquiry_id=f"90{step}")
        memory.commit(Outcome(inquiries=((None, inquiry),)))
        case = a_case(
            inquiry=inquiry,
            order=memory.order("CD1"),
            earlier=memory.actions,
            cash=memory.cash(ADVERTISER),
        )
        _, action, outcome = accepted(case, now, inquiry_id=inquiry.inquiry_id)
        memory.commit(outcome)
        check(memory, now)
        left = [each for each in memory.actions.values() if each.state is not REVERSED]
        assert sum(each.order_amount.minor for each in left) == amount_minor
        standing.append(sum(each.payout.minor for each in left))
        now = max(now, action.locks_at)
        due = [each for each in left if each.state is PENDING and each.locks_at <= now]
        if due:
            memory.commit(action_lifecycle.lock(due, now))
    assert standing == [400, 500, 800, 900]
    assert memory.cash(ADVERTISER) == replace(cash_of(-900, 900), version=3)


def test_an_action_whose_lock_date_has_come_is_deducted_though_no_sweep_locked_it_yet() -> None:
    earlier = an_action(ActionState.PENDING)
    case = a_case(earlier, inquiry=an_inquiry(a_claim(InquiryType.INCORRECT)))
    _, before, undone = accepted(case, earlier.locks_at - A_MOMENT)
    _, after, kept = accepted(case, earlier.locks_at)
    assert undone.updates
    assert not kept.updates
    assert before.payout == after.payout + earlier.payout


def test_an_action_is_not_reversed_from_its_lock_date_on() -> None:
    action = an_action(ActionState.PENDING)
    order = credits_of(action)
    args = (action, order, Disposition.ITEM_RETURNED)
    assert action_lifecycle.reverse(*args, action.locks_at - A_MOMENT, "shop").updates
    with pytest.raises(RuleForbids) as caught:
        action_lifecycle.reverse(*args, action.locks_at, "shop")
    assert caught.value.code == "action_locked"
