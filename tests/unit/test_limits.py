"""Limits as they are agreed: what they say, what they refuse, and which period an instant is in."""

from dataclasses import replace
from typing import Any

import pytest
from makegood.domain import limits
from makegood.domain.limits import Countable, Every, Limit, Measure, Scope, Use, period_of
from makegood.domain.money import Money
from makegood.domain.payout_plans import LIMITS_MAX, PayoutPlan, PayoutTerm
from makegood.domain.problems import Malformed

from tests.builders import A_MOMENT, NEW_YORK, at, usd

BUDGET = Limit(Measure.PAYOUT, usd(50_000), Scope.ALL, Every.MONTH)
VISITS = Limit(Measure.NUMBER, 3, Scope.CUSTOMER, Every.DAY)
SALE = Countable("501", "4000", "CD1", "C-9", at("2026-03-05 10:00"), NEW_YORK)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (BUDGET, "500.00 USD a month in all"),
        (VISITS, "3 actions a day for each customer"),
        (Limit(Measure.NUMBER, 1, Scope.ORDER), "1 action for each order"),
        (Limit(Measure.NUMBER, 1_500, every=Every.QUARTER), "1,500 actions a quarter in all"),
        (Limit(Measure.PAYOUT, Money(900, "JPY"), every=Every.WEEK), "900 JPY a week in all"),
    ],
)
def test_a_limit_is_told_in_words_and_read_back_from_its_object(limit: Limit, words: str) -> None:
    assert str(limit) == words
    assert Limit.from_dict(limit.to_dict()) == limit


def test_scope_and_period_may_be_left_out() -> None:
    assert Limit.from_dict({"measure": "NUMBER", "most": 2}) == Limit(Measure.NUMBER, 2)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"measure": "AMOUNT"}, "measure is one of PAYOUT, NUMBER"),
        ({"most": 500}, 'like "500.00 USD"'),
        ({"most": "500.00"}, 'like "500.00 USD"'),
        ({"most": "0.00 USD"}, "above 0"),
        ({"most": "-1.00 USD"}, "above 0"),
        ({"most": "1.005 USD"}, "USD has 2 decimals"),
        ({"most": None}, "a number"),
        ({"measure": "NUMBER", "most": "3"}, "a number"),
        ({"measure": "NUMBER", "most": True}, "a number"),
        ({"measure": "NUMBER", "most": 2.5}, "a number"),
        ({"measure": "NUMBER", "most": 0}, "above 0"),
        ({"measure": "NUMBER", "most": limits.NUMBER_MAX + 1}, "at most 1,000,000,000 actions"),
        ({"scope": "SHOP"}, "scope is one of ORDER, CUSTOMER, ALL"),
        ({"every": "YEAR"}, "every is one of DAY, WEEK, MONTH, QUARTER, NEVER"),
        ({"per": "DAY"}, "check per"),
    ],
)
def test_a_limit_at_fault_says_what_may_stand_there(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        Limit.from_dict(BUDGET.to_dict() | wrong, by_hand=True)


def test_a_plan_keeps_its_limits_and_refuses_two_that_count_the_same() -> None:
    plan = PayoutPlan(PayoutTerm.parse("5%"), limits=(BUDGET, VISITS))
    assert PayoutPlan.from_dict(plan.to_dict()) == plan
    with pytest.raises(Malformed, match="leave the lower one"):
        replace(plan, limits=(BUDGET, replace(BUDGET, most=usd(1))))
    scopes = [Limit(Measure.NUMBER, 1, scope, each) for scope in Scope for each in Every]
    assert replace(plan, limits=tuple(scopes[:LIMITS_MAX]))
    with pytest.raises(Malformed, match="At most 8 limits"):
        replace(plan, limits=tuple(scopes[: LIMITS_MAX + 1]))


@pytest.mark.parametrize(
    ("every", "first", "period"),
    [
        (Every.DAY, "2026-03-08", "2026-03-08"),
        (Every.DAY, "2026-11-01", "2026-11-01"),
        (Every.WEEK, "2026-03-09", "2026-W11"),
        (Every.WEEK, "2026-12-28", "2026-W53"),
        (Every.WEEK, "2027-01-04", "2027-W01"),
        (Every.MONTH, "2026-03-01", "2026-03"),
        (Every.MONTH, "2026-11-01", "2026-11"),
        (Every.QUARTER, "2026-04-01", "2026-Q2"),
        (Every.QUARTER, "2027-01-01", "2027-Q1"),
    ],
)
def test_a_period_starts_at_its_local_midnight(every: Every, first: str, period: str) -> None:
    assert period_of(every, at(first), NEW_YORK) == period
    assert period_of(every, at(first) - A_MOMENT, NEW_YORK) != period


@pytest.mark.parametrize(
    ("every", "last", "period"),
    [
        (Every.DAY, "2026-03-08 23:59", "2026-03-08"),
        (Every.DAY, "2026-11-01 23:59", "2026-11-01"),
        (Every.WEEK, "2027-01-03 23:59", "2026-W53"),
        (Every.QUARTER, "2026-03-31 23:59", "2026-Q1"),
        (Every.QUARTER, "2026-12-31 23:59", "2026-Q4"),
    ],
)
def test_a_period_lasts_until_the_end_of_its_last_day(every: Every, last: str, period: str) -> None:
    assert period_of(every, at(last), NEW_YORK) == period


def test_what_is_never_reset_has_one_period() -> None:
    assert {period_of(Every.NEVER, at(day), NEW_YORK) for day in ("2020-01-01", "2026-12-31")} == {
        ""
    }


def test_a_payout_limit_takes_what_is_paid_in_its_currency() -> None:
    use = BUDGET.use(SALE, usd(700))
    assert use == Use(BUDGET.meter(SALE), 700)
    assert use.meter.period == "2026-03"
    assert BUDGET.use(SALE, usd(0)) is None
    assert BUDGET.use(SALE, Money(700, "EUR")) is None


def test_a_number_limit_takes_one_even_of_an_action_that_pays_nothing() -> None:
    assert VISITS.use(SALE, usd(0)) == Use(VISITS.meter(SALE), 1)


def test_an_order_of_an_unknown_customer_is_under_no_customer_limit() -> None:
    assert VISITS.use(replace(SALE, customer_id=""), usd(700)) is None


def test_meters_differ_by_contract_event_type_scope_and_period_but_not_by_the_most() -> None:
    others = [
        replace(SALE, contract_id="502"),
        replace(SALE, event_type_id="4001"),
        replace(SALE, customer_id="C-8"),
        replace(SALE, event_at=at("2026-03-06 10:00")),
    ]
    assert len({VISITS.meter(each) for each in [SALE, *others]}) == 5
    assert replace(VISITS, most=9).meter(SALE) == VISITS.meter(SALE)
    assert VISITS.meter(replace(SALE, order_id="CD2")) == VISITS.meter(SALE)
