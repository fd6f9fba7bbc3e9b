"""Conversions, approval, reversal, lock and the money that moves with them."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from makegood.domain import action_lifecycle
from makegood.domain.actions import Action, ActionState, Disposition, Origin
from makegood.domain.ledger import EntryReason
from makegood.domain.money import Money
from makegood.domain.problems import Conflict, Forbidden, Invalid, RuleForbids

from tests.builders import (
    A_MOMENT,
    CLEARS,
    CODES,
    LEAD,
    LOCKS,
    ORDERED,
    SALE,
    a_campaign,
    a_contract,
    a_conversion,
    an_action,
    at,
    cash_of,
    credits_of,
    no_credits,
    terms,
    usd,
)

REPORTED = ORDERED + timedelta(hours=1)


def convert(conversion=None, *earlier: Action, now=REPORTED, contract=None, existing=None):
    return action_lifecycle.convert(
        conversion or a_conversion(),
        campaign=a_campaign(),
        contract=contract or a_contract(),
        order=credits_of(*earlier),
        existing=existing,
        now=now,
    )


# Conversions


def test_a_conversion_becomes_a_pending_action_on_its_own_date_and_credits_the_order() -> None:
    action, outcome = convert()
    assert (action.state, action.origin) == (ActionState.PENDING, Origin.TRACKED)
    assert (action.event_at, action.order.ordered_at) == (ORDERED, ORDERED)
    assert (action.locks_at, action.clears_at) == (LOCKS, CLEARS)
    assert (action.order_amount, action.payout) == (usd(10_000), usd(500))
    assert outcome.actions == ((None, action),)
    ((before, after),) = outcome.orders
    assert before == no_credits()
    assert [each.action_id for each in after.of("10001", SALE)] == [action.action_id]
    assert not outcome.entries


def test_the_same_conversion_again_changes_nothing() -> None:
    action, _ = convert()
    again, outcome = convert(None, action, existing=action, now=REPORTED + timedelta(days=9))
    assert again == action
    assert not outcome


def test_a_conversion_with_another_amount_names_the_action_to_modify() -> None:
    action, _ = convert()
    with pytest.raises(Conflict, match=action.action_id) as caught:
        convert(a_conversion(usd(9_999)), action, existing=action)
    assert caught.value.code == "conversion_differs"


def test_a_conversion_whose_action_was_reversed_does_not_come_back() -> None:
    action = replace(convert()[0], state=ActionState.REVERSED)
    with pytest.raises(RuleForbids) as caught:
        convert(None, action, existing=action)
    assert caught.value.code == "action_reversed"


@pytest.mark.parametrize("state", [ActionState.PENDING, ActionState.LOCKED, ActionState.PAID])
def test_an_order_credited_through_an_inquiry_is_not_tracked_besides(state: ActionState) -> None:
    with pytest.raises(RuleForbids) as caught:
        convert(None, an_action(state, origin=Origin.INQUIRY))
    assert caught.value.code == "order_already_credited"


def test_the_order_stays_open_to_another_partner_and_another_event_type() -> None:
    held = an_action()
    lead, _ = convert(a_conversion(event_type_id=LEAD), held)
    theirs, outcome = convert(a_conversion(partner_id="10002"), held)
    assert lead.payout == usd(300)
    assert theirs.payout == usd(500)
    assert len({held.action_id, lead.action_id, theirs.action_id}) == 3
    assert len(outcome.orders[0][1].credits) == 2


def test_a_conversion_is_priced_by_the_group_that_its_order_falls_in() -> None:
    contract = a_contract(terms(payouts=((SALE, CODES),)))
    for promo_code, payout, why in (
        ("SAVE10", usd(200), "group Codes (rank 1): 2% of 100.00 USD = 2.00 USD"),
        ("", usd(500), "default: 5% of 100.00 USD = 5.00 USD"),
    ):
        action, _ = convert(a_conversion(promo_code=promo_code), contract=contract)
        assert (action.payout, action.explanation) == (payout, f"Contract version 1, {why}")


def test_a_credit_by_promo_code_is_marked_as_one() -> None:
    for promo_code in ("", "SAVE10"):
        _, outcome = convert(a_conversion(promo_code=promo_code))
        assert outcome.orders[0][1].credits[0].by_promo_code is bool(promo_code)


def test_a_conversion_of_the_future_is_refused_and_one_of_this_instant_is_not() -> None:
    assert convert(now=ORDERED)[0].event_at == ORDERED
    with pytest.raises(Invalid) as caught:
        convert(now=ORDERED - A_MOMENT)
    assert [fault.code for fault in caught.value.faults] == ["in_the_future"]


@pytest.mark.parametrize("late", [False, True])
def test_a_conversion_reported_after_its_lock_date_locks_from_its_report(late: bool) -> None:
    now = LOCKS if late else LOCKS - A_MOMENT
    action, _ = convert(now=now)
    assert action.event_at == (now if late else ORDERED)
    assert action.order.ordered_at == ORDERED
    assert action.locks_at == (at("2026-03-27") if late else LOCKS)
    assert action.clears_at == (at("2026-03-31") if late else CLEARS)
    assert action.state is ActionState.PENDING


def test_event_types_unknown_to_the_campaign_or_the_contract_are_refused() -> None:
    with pytest.raises(RuleForbids) as caught:
        convert(a_conversion(event_type_id="4999"))
    assert caught.value.code == "unknown_event_type"
    only_sales = a_contract(terms(payouts=terms().payouts[:1]))
    with pytest.raises(RuleForbids) as caught:
        convert(a_conversion(event_type_id=LEAD), contract=only_sales)
    assert caught.value.code == "event_type_not_in_contract"


@pytest.mark.parametrize(
    "contract",
    [a_contract(terms(valid_from=REPORTED + A_MOMENT)), a_contract(ended_at=REPORTED)],
    ids=["not yet", "ended"],
)
def test_a_contract_that_is_not_in_force_tracks_nothing(contract) -> None:
    with pytest.raises(Forbidden) as caught:
        convert(contract=contract)
    assert caught.value.code == "no_contract"


def test_a_conversion_is_priced_by_the_version_in_force_at_its_report() -> None:
    second = terms(sale="7%", version=2, valid_from=REPORTED)
    contract = a_contract(terms(), second)
    assert convert(contract=contract, now=REPORTED - A_MOMENT)[0].payout == usd(500)
    action, _ = convert(contract=contract, now=REPORTED)
    assert (action.payout, action.contract_version) == (usd(700), 2)


# Reversal


def test_a_reversed_action_frees_its_order_and_moves_no_money() -> None:
    action = an_action()
    outcome = action_lifecycle.reverse(
        action, credits_of(action), Disposition.ITEM_RETURNED, REPORTED, "reviewer"
    )
    ((_, after),) = outcome.actions
    assert (after.state, after.disposition) == (ActionState.REVERSED, Disposition.ITEM_RETURNED)
    assert outcome.orders[0][1].credits == ()
    assert not outcome.entries
    (update,) = outcome.updates
    assert (update.reason, update.made_by, update.made_at) == (
        "ITEM_RETURNED",
        "reviewer",
        REPORTED,
    )
    assert (update.delta_amount, update.delta_payout) == (usd(-10_000), usd(-500))
    assert (update.state, update.version) == (ActionState.REVERSED, after.version)


def test_a_reversal_leaves_the_credits_of_others() -> None:
    action, theirs = an_action(), an_action(action_id="1000.4000.2", partner_id="10002")
    order = credits_of(action, theirs)
    outcome = action_lifecycle.reverse(action, order, Disposition.OTHER, REPORTED, "reviewer")
    left = outcome.orders[0][1]
    assert [each.action_id for each in left.credits] == ["1000.4000.2"]


@pytest.mark.parametrize("state", [ActionState.LOCKED, ActionState.PAID, ActionState.REVERSED])
def test_only_a_pending_action_is_reversed(state: ActionState) -> None:
    with pytest.raises(RuleForbids) as caught:
        action_lifecycle.reverse(
            an_action(state), no_credits(), Disposition.OTHER, LOCKS, "reviewer"
        )
    assert caught.value.code == f"action_{state.lower()}"


# Approval


OPEN_ENDED = a_contract(terms("OPEN_ENDED"))


def test_an_open_ended_action_locks_when_it_is_approved_and_clears_from_then() -> None:
    now = at("2026-08-14 16:30")
    outcome = action_lifecycle.approve(an_action(contract=OPEN_ENDED), now, "reviewer")
    ((_, locked),) = outcome.actions
    assert (locked.state, locked.locks_at) == (ActionState.LOCKED, now)
    assert locked.clears_at == at("2026-08-19")
    (entry,) = outcome.entries
    assert (entry.reason, entry.settles) == (EntryReason.LOCK, {locked.action_id: 500})
    (update,) = outcome.updates
    assert (update.reason, update.made_by, update.made_at) == ("APPROVED", "reviewer", now)
    assert (update.delta_amount, update.delta_payout) == (usd(0), usd(0))


@pytest.mark.parametrize("rule", ["DAY 10d", "MONTH 0m+27d"])
def test_an_action_with_a_lock_date_is_not_approved(rule: str) -> None:
    with pytest.raises(RuleForbids) as caught:
        action_lifecycle.approve(an_action(contract=a_contract(terms(rule))), REPORTED, "reviewer")
    assert caught.value.code == "not_open_ended"


@pytest.mark.parametrize("state", [ActionState.LOCKED, ActionState.PAID, ActionState.REVERSED])
def test_an_open_ended_action_is_approved_only_while_it_is_pending(state: ActionState) -> None:
    with pytest.raises(RuleForbids) as caught:
        action_lifecycle.approve(an_action(state, OPEN_ENDED), REPORTED, "reviewer")
    assert caught.value.code == f"action_{state.lower()}"


def test_an_open_ended_action_of_no_worth_is_approved_without_an_entry() -> None:
    outcome = action_lifecycle.approve(an_action(contract=OPEN_ENDED, payout=usd(0)), REPORTED, "r")
    assert outcome.actions[0][1].state is ActionState.LOCKED
    assert not outcome.entries


def test_an_open_ended_action_locks_by_itself_after_730_days() -> None:
    action = an_action(contract=OPEN_ENDED)
    assert action.locks_at == at("2028-03-04 10:00")
    assert action.clears_at == at("2028-03-09")
    with pytest.raises(ValueError, match="is due at"):
        action_lifecycle.lock([action], action.locks_at - A_MOMENT)
    ((_, locked),) = action_lifecycle.lock([action], action.locks_at).actions
    assert locked.state is ActionState.LOCKED


# Lock


def test_actions_of_one_account_lock_with_one_entry_whatever_the_funds() -> None:
    actions = [an_action(action_id=f"1000.4000.{each}", payout=usd(each)) for each in (1, 2, 3)]
    outcome = action_lifecycle.lock(actions, LOCKS)
    assert {after.state for _, after in outcome.actions} == {ActionState.LOCKED}
    assert {(after.locks_at, after.clears_at) for _, after in outcome.actions} == {(LOCKS, CLEARS)}
    (entry,) = outcome.entries
    assert entry.deltas() == {"advertiser:7:funds": -6, "advertiser:7:committed": 6}
    assert not outcome.relies_on


def test_nothing_locks_a_moment_too_early() -> None:
    with pytest.raises(ValueError, match="is due at"):
        action_lifecycle.lock([an_action()], LOCKS - A_MOMENT)


@pytest.mark.parametrize("state", [ActionState.LOCKED, ActionState.PAID, ActionState.REVERSED])
def test_an_action_locks_once_and_never_after_a_reversal(state: ActionState) -> None:
    with pytest.raises(RuleForbids):
        action_lifecycle.lock([an_action(), an_action(state, action_id="1000.4000.2")], CLEARS)


OTHERS = [{"advertiser_id": "8"}, {"payout": Money(500, "EUR")}]
SETTLES = {
    ActionState.PENDING: lambda mixed: action_lifecycle.lock(mixed, CLEARS),
    ActionState.LOCKED: lambda mixed: action_lifecycle.pay(mixed, cash_of(10_000), CLEARS),
}


@pytest.mark.parametrize(("changes", "state"), list(product(OTHERS, SETTLES)))
def test_two_advertisers_or_currencies_never_settle_together(changes, state) -> None:
    mixed = [an_action(state), an_action(state, action_id="1000.4000.2", **changes)]
    with pytest.raises(ValueError, match="one advertiser and currency"):
        SETTLES[state](mixed)
