"""Actions under limits: what counts, what is outside of terms, and what an approval makes of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from makegood.domain import (
    action_changes,
    action_lifecycle,
    automatic_decisions,
    limit_usage,
    limits,
)
from makegood.domain.action_changes import Approve, Held, Modify, Reason, Reset, Reverse
from makegood.domain.actions import Action, ActionState, Disposition
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.limits import Every, Limit, Measure, Meter, Metered, Scope
from makegood.domain.outcome import NOTHING, Outcome, RuleSpend
from makegood.domain.problems import RuleForbids
from makegood.domain.state_details import state_detail

from tests.builders import (
    A_MOMENT,
    LOCKS,
    LONG_AGO,
    ORDERED,
    a_campaign,
    a_case,
    a_claim,
    a_contract,
    a_conversion,
    a_rule,
    accepted,
    an_inquiry,
    credits_of,
    no_credits,
    terms,
    usd,
)

BUDGET = Limit(Measure.PAYOUT, usd(1_200), every=Every.MONTH)
ONE_EACH = Limit(Measure.NUMBER, 1, Scope.CUSTOMER)
CONTRACT = a_contract(terms(limits=(BUDGET,)))
OPEN_ENDED = a_contract(terms("OPEN_ENDED", limits=(BUDGET,)))
METER = Meter("501", "4000", BUDGET.key, "", "2026-03")


def converted(
    used_minor: int = 0, contract: Any = CONTRACT, minor: int = 10_000, **order: str
) -> tuple[Action, Outcome]:
    """A sale of 100.00 for 5.00, where so much of the budget is used already."""
    conversion = a_conversion(usd(minor))
    conversion = replace(conversion, order=replace(conversion.order, **order))
    return action_lifecycle.convert(
        conversion,
        campaign=a_campaign(),
        contract=contract,
        order=no_credits(),
        existing=None,
        now=ORDERED,
        used={METER: used_minor},
    )


def changed(
    action: Action,
    change: action_changes.Change,
    used: Mapping[Meter, int],
    contract: Any = CONTRACT,
) -> tuple[Action, Outcome]:
    held = Held(action, credits_of(action), contract, used)
    return action_changes.decide(change, held, ORDERED + A_MOMENT, "reviewer")


def to(minor: int) -> Modify:
    return Modify(Reason.ORDER_UPDATE, usd(minor))


def test_what_just_fits_counts_and_needs_its_room_to_be_there_still() -> None:
    action, outcome = converted(700)
    assert (action.outside, action.beyond) == (False, "")
    assert outcome.uses == (Metered(METER, 500, 1_200),)


def test_what_is_a_minor_unit_too_much_is_outside_of_terms_and_counts_nowhere() -> None:
    action, outcome = converted(701)
    assert (action.state, action.outside, action.counts) == (ActionState.PENDING, True, ())
    assert (action.payout, action.worth) == (usd(500), usd(0))
    assert outcome.uses == ()
    assert state_detail(action, ORDERED) == "OUTSIDE_OF_TERMS"
    assert action.reason == (
        "Contract version 1, default: 5% of 100.00 USD = 5.00 USD; "
        "beyond 12.00 USD a month in all, outside of terms"
    )


def test_it_counts_in_the_period_of_its_event_date_in_the_campaign_s_time_zone() -> None:
    conversion = a_conversion(ordered_at=LONG_AGO - A_MOMENT)
    contract = a_contract(terms("OPEN_ENDED", limits=(BUDGET,)))
    (meter,) = action_lifecycle.conversion_meters(conversion, a_campaign(), contract, LONG_AGO)
    assert meter.period == "2019-12"


def test_every_limit_counts_and_the_first_that_is_exceeded_is_named() -> None:
    both = a_contract(terms(limits=(BUDGET, ONE_EACH)))
    known, outcome = converted(0, both, customer_id="C-1")
    assert [use.taken for use in known.counts] == [500, 1]
    assert [change.most for change in outcome.uses] == [1_200, 1]
    unknown, _ = converted(0, both)
    assert [use.meter.limit for use in unknown.counts] == [BUDGET.key]
    third = replace(METER, limit=ONE_EACH.key, of="C-1", period="")
    again, _ = limit_usage.counted(replace(known, counts=()), both, {third: 1})
    assert again.beyond == "1 action for each customer"


def test_a_reversal_gives_back_just_what_was_taken() -> None:
    action, _ = converted()
    gone, outcome = changed(action, Reverse(Disposition.OTHER), {METER: 500})
    assert gone.counts == ()
    assert outcome.uses == (Metered(METER, -500),)


def test_a_modification_takes_only_what_is_more_and_needs_room_only_for_that() -> None:
    action, _ = converted()
    more, outcome = changed(action, to(20_000), {METER: 700})
    assert (more.outside, outcome.uses) == (False, (Metered(METER, 500, 1_200),))
    less, outcome = changed(action, to(6_000), {METER: 5_000})
    assert (less.outside, outcome.uses) == (False, (Metered(METER, -200),))


def test_a_modification_that_no_longer_fits_is_outside_and_back_in_when_it_fits_again() -> None:
    action, _ = converted()
    over, outcome = changed(action, to(20_000), {METER: 701})
    assert (over.outside, outcome.uses) == (True, (Metered(METER, -500),))
    (update,) = outcome.updates
    assert update.delta_payout == usd(-500)
    back, outcome = changed(over, Reset(), {METER: 201})
    assert (back.outside, back.beyond, outcome.uses) == (False, "", (Metered(METER, 500, 1_200),))


def test_a_version_without_the_limit_gives_its_use_back() -> None:
    free = a_contract(
        terms(limits=(BUDGET,)), terms(version=2, valid_from=ORDERED + A_MOMENT, sale="6%")
    )
    action, _ = converted(contract=free)
    after, outcome = changed(action, to(20_000), {METER: 500}, free)
    assert (after.counts, outcome.uses) == ((), (Metered(METER, -500),))


def test_an_approval_counts_what_was_outside_even_beyond_the_limit_and_locks_on_its_date() -> None:
    action, _ = converted(701)
    kept, outcome = changed(action, Approve(), {METER: 701})
    assert (kept.state, kept.outside, kept.locks_at) == (ActionState.PENDING, False, LOCKS)
    assert outcome.uses == (Metered(METER, 500),)
    (update,) = outcome.updates
    assert (update.reason, update.delta_payout) == ("APPROVED", usd(500))
    assert kept.reason.endswith("; beyond 12.00 USD a month in all, approved by the advertiser")
    assert action_lifecycle.lock([kept], LOCKS).entries
    assert action_changes.is_done(Approve(), kept)
    assert changed(kept, Approve(), {METER: 1_201}) == (kept, NOTHING)


def test_what_was_approved_once_stays_in_whatever_it_is_modified_to() -> None:
    kept, _ = changed(converted(701)[0], Approve(), {METER: 701})
    more, outcome = changed(kept, to(90_000), {METER: 1_201})
    assert (more.outside, outcome.uses) == (False, (Metered(METER, 4_000),))


def test_an_approval_of_what_is_open_ended_locks_it_and_counts_it() -> None:
    action, _ = converted(701, OPEN_ENDED)
    kept, outcome = changed(action, Approve(), {METER: 701}, OPEN_ENDED)
    assert (kept.state, kept.outside) == (ActionState.LOCKED, False)
    assert outcome.uses == (Metered(METER, 500),)
    assert [entry.settles for entry in outcome.entries] == [{action.action_id: 500}]


def test_what_is_in_terms_and_not_open_ended_is_not_approved() -> None:
    with pytest.raises(RuleForbids, match="or outside of terms, are approved"):
        changed(converted()[0], Approve(), {})


def test_what_nobody_approved_is_reversed_on_its_lock_date_and_not_before() -> None:
    action, _ = converted(701)
    with pytest.raises(ValueError, match="is due at"):
        action_lifecycle.lapse(action, credits_of(action), LOCKS - A_MOMENT, "sweep")
    outcome = action_lifecycle.lapse(action, credits_of(action), LOCKS, "sweep")
    (_, gone) = outcome.actions[0]
    assert (gone.state, gone.disposition) == (
        ActionState.REVERSED,
        Disposition.NOT_COMPLIANCE_TERMS,
    )
    (update,) = outcome.updates
    assert (update.made_by, update.delta_payout, update.delta_amount) == (
        "sweep",
        usd(0),
        usd(-10_000),
    )
    assert outcome.orders[0][1].credits == ()
    assert action_lifecycle.lapse(gone, credits_of(), LOCKS, "sweep") == NOTHING
    assert action_lifecycle.lapse(converted()[0], credits_of(), LOCKS, "sweep") == NOTHING


def test_what_is_outside_of_terms_cannot_lock() -> None:
    with pytest.raises(ValueError, match="outside of terms and cannot lock"):
        action_lifecycle.lock([converted(701)[0]], LOCKS)


def test_a_reviewer_who_accepts_approves_and_is_told_that_it_is_beyond_the_limit() -> None:
    case = a_case(contract=CONTRACT, used={METER: 701})
    inquiry, action, outcome = accepted(case, ORDERED + A_MOMENT)
    assert (action.outside, action.worth) == (False, usd(500))
    assert outcome.uses == (Metered(METER, 500),)
    assert action.reason.endswith("; beyond 12.00 USD a month in all, approved by the advertiser")
    assert inquiry.checks[-1] == "the payout is beyond 12.00 USD a month in all"


def test_a_stated_payout_of_an_event_type_that_the_contract_lacks_has_no_limit() -> None:
    only_leads = a_contract(replace(terms(), payouts=terms().payouts[1:]))
    _, action, outcome = accepted(a_case(contract=only_leads), LOCKS, final_payout=usd(900))
    assert (action.counts, outcome.uses) == ((), ())


def test_a_correction_counts_in_the_place_of_what_it_reverses() -> None:
    earlier, _ = converted()
    claim = a_claim(InquiryType.INCORRECT, order_amount=usd(24_000))
    case = a_case(earlier, inquiry=an_inquiry(claim), contract=CONTRACT, used={METER: 500})
    _, action, outcome = accepted(case, ORDERED + A_MOMENT)
    assert action.beyond == ""
    assert outcome.uses == (Metered(METER, -500), Metered(METER, 1_200, 1_200))


def test_a_correction_reverses_what_is_outside_of_terms_even_after_its_lock_date() -> None:
    earlier, _ = converted(701)
    case = a_case(earlier, inquiry=an_inquiry(a_claim(InquiryType.INCORRECT)), contract=CONTRACT)
    _, action, outcome = accepted(case, LOCKS + A_MOMENT)
    assert (action.payout, action.order_amount) == (usd(500), usd(10_000))
    assert ActionState.REVERSED in [after.state for _, after in outcome.actions]


@pytest.mark.parametrize(("used", "approved"), [(700, True), (701, False)])
def test_a_rule_leaves_to_people_what_would_be_outside_of_terms(used: int, approved: bool) -> None:
    case = a_case(contract=CONTRACT, used={METER: used})
    spend = RuleSpend("1000", "10001", "2026-03", "USD")
    inquiry, action, outcome = automatic_decisions.decide(case, a_rule(), spend, ORDERED + A_MOMENT)
    if approved:
        assert action is not None
        assert (action.stands, outcome.uses) == (False, (Metered(METER, 500, 1_200),))
        return
    assert (action, inquiry.state, outcome.uses) == (None, InquiryState.UNRESOLVED, ())
    assert inquiry.checks[-1] == (
        "approval rule: not applied, the payout would be beyond 12.00 USD a month in all"
    )


def test_counters_are_recomputed_from_what_actions_take() -> None:
    one, two = converted()[0], converted(500, minor=4_000)[0]
    assert limits.recounted([*one.counts, *two.counts]) == {METER: 700}
