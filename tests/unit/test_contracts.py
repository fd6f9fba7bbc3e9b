"""Which contract version is in force, what it pays, and how long an order may be claimed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.calendar import LockKind, LockRule, PaymentKind, PaymentRule
from makegood.domain.contracts import (
    CLAIM_DAYS_MAX,
    Contract,
    PayoutTerm,
    Terms,
    check_claim_window,
)
from makegood.domain.money import DECIMALS, Money, Rate
from makegood.domain.orders import Order
from makegood.domain.payout_plans import Level, PayoutPlan
from makegood.domain.problems import Fault, Forbidden, Malformed, RuleForbids

NEW_YORK = ZoneInfo("America/New_York")
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)

TERMS = Terms(
    version=1,
    valid_from=JANUARY,
    locking=LockRule.parse("MONTH 0m+27d"),
    payment=PaymentRule.parse("MONTH 0m+20d"),
    payouts=(("77", PayoutTerm.parse("5%")), ("78", PayoutTerm.parse("1.50 USD"))),
)
PLAN = PayoutPlan.from_dict(
    {
        "default": "5%",
        "groups": [
            {
                "name": "Codes",
                "rank": 1,
                "payout": "7.5%",
                "when": [{"variable": "PROMO_CODE", "operator": "IS", "value": "SAVE10"}],
            }
        ],
    }
)
CONTRACT = Contract("K1", "C1", "P1", (TERMS,))


# Payouts


@pytest.mark.parametrize(
    ("text", "order", "payout"),
    [
        ("5%", Money(1470, "USD"), Money(74, "USD")),
        ("5%", Money(1450, "USD"), Money(72, "USD")),
        ("2.5%", Money(10_000, "EUR"), Money(250, "EUR")),
        ("0%", Money(10_000, "EUR"), Money(0, "EUR")),
        ("1.50 USD", Money(1, "USD"), Money(150, "USD")),
        ("0.00 USD", Money(100, "USD"), Money(0, "USD")),
        ("200 JPY", Money(5000, "JPY"), Money(200, "JPY")),
    ],
)
def test_a_term_pays_a_share_of_the_order_or_a_flat_amount(
    text: str, order: Money, payout: Money
) -> None:
    assert paid(PayoutTerm.parse(text), order) == payout


def test_a_flat_amount_in_another_currency_than_the_orders_is_refused() -> None:
    with pytest.raises(RuleForbids, match="in EUR; give the amount in USD") as caught:
        paid(PayoutTerm.parse("1.50 USD"), Money(100, "EUR"))
    assert caught.value.code == "currency_mismatch"


def paid(term: PayoutTerm, amount: Money) -> Money:
    terms = replace(TERMS, payouts=(("77", term),))
    return terms.payout("77", amount, Order("CD1", JANUARY)).payout


payout_terms = st.builds(PayoutTerm, rate=st.builds(Rate, st.integers(0, 1_000_000))) | st.builds(
    PayoutTerm, flat=st.builds(Money, st.integers(0, 10**12), st.sampled_from(sorted(DECIMALS)))
)


@given(payout_terms)
def test_a_payout_term_survives_its_text(term: PayoutTerm) -> None:
    assert PayoutTerm.parse(str(term)) == term


# Terms


def test_an_event_type_is_paid_by_its_own_term() -> None:
    assert str(TERMS.plan("77").default) == "5%"
    assert str(TERMS.plan("78").default) == "1.50 USD"


def test_an_event_type_that_is_not_in_the_contract_is_refused_with_those_that_are() -> None:
    with pytest.raises(RuleForbids, match="event type 7; it pays for 77, 78") as caught:
        TERMS.plan("7")
    assert caught.value.code == "event_type_not_in_contract"


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"payouts": ()},
        {"payouts": (("", PayoutTerm.parse("5%")),)},
        {"payouts": (("77", PayoutTerm.parse("5%")), ("77", PayoutTerm.parse("6%")))},
        {"claim_window_days": (-1, 180)},
        {"claim_window_days": (10, 9)},
        {"claim_window_days": (0, CLAIM_DAYS_MAX + 1)},
    ],
)
def test_impossible_terms_cannot_be_built(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(TERMS, **changes)


def test_a_claim_window_may_reach_its_limit_and_be_one_day() -> None:
    assert replace(TERMS, claim_window_days=(0, 3_650)).claim_window_days[1] == CLAIM_DAYS_MAX
    assert replace(TERMS, claim_window_days=(7, 7)).claim_window_days == (7, 7)


def test_an_order_is_priced_by_its_event_types_plan_in_the_words_of_its_version() -> None:
    terms = replace(TERMS, version=3, payouts=(*TERMS.payouts, ("79", PLAN)))
    order = Order("CD1", JANUARY, promo_code="save10")
    for event_type_id, payout, why in (
        ("77", 500, "default: 5% of 100.00 USD = 5.00 USD"),
        ("79", 750, "group Codes (rank 1): 7.5% of 100.00 USD = 7.50 USD"),
    ):
        priced = terms.payout(event_type_id, Money(10_000, "USD"), order)
        assert priced.payout == Money(payout, "USD")
        assert str(priced.explanation) == f"Contract version 3, {why}"


# The claim window


@pytest.mark.parametrize(
    ("window", "ordered", "filed"),
    [
        ((0, 180), "2026-01-01T12:00:00", "2026-01-01T12:00:00"),
        ((0, 180), "2026-01-01T00:00:00", "2026-06-30T23:59:59"),
        ((0, 180), "2026-01-01T23:59:59", "2026-06-30T00:00:00"),
        ((7, 30), "2026-01-01T23:59:59", "2026-01-08T00:00:00"),
        ((7, 30), "2026-01-01T00:00:00", "2026-01-31T23:59:59"),
    ],
)
def test_an_order_may_be_claimed_on_every_local_day_of_the_window(
    window: tuple[int, int], ordered: str, filed: str
) -> None:
    check_claim_window(
        replace(TERMS, claim_window_days=window), local(ordered), local(filed), NEW_YORK
    )


@pytest.mark.parametrize(
    ("window", "ordered", "filed", "days", "advice"),
    [
        ((0, 180), "2026-01-01T23:59:59", "2026-07-01T00:00:00", 181, "too late"),
        ((7, 30), "2026-01-01T00:00:00", "2026-01-07T23:59:59", 6, "wait until day 7"),
        ((7, 30), "2026-01-01T23:59:59", "2026-02-01T00:00:00", 31, "too late"),
        ((0, 180), "2026-01-02T00:00:00", "2026-01-01T23:59:59", -1, "wait until day 0"),
    ],
)
def test_an_order_is_refused_outside_of_the_window_with_the_days_counted(
    window: tuple[int, int], ordered: str, filed: str, days: int, advice: str
) -> None:
    terms = replace(TERMS, claim_window_days=window)
    with pytest.raises(RuleForbids, match=advice) as caught:
        check_claim_window(terms, local(ordered), local(filed), NEW_YORK)
    assert caught.value.code == "outside_claim_window"
    message = caught.value.message
    assert f"from {window[0]} to {window[1]} days" in message
    assert f"{days} days old" in message
    assert caught.value.faults == (Fault("TransactionDate", message, "outside_claim_window"),)


def test_the_windows_days_are_the_campaigns_not_greenwichs() -> None:
    late_evening = datetime(2026, 1, 2, 3, tzinfo=UTC)
    terms = replace(TERMS, claim_window_days=(0, 0))
    check_claim_window(terms, datetime(2026, 1, 1, 6, tzinfo=UTC), late_evening, NEW_YORK)
    with pytest.raises(RuleForbids):
        check_claim_window(terms, datetime(2026, 1, 1, 4, tzinfo=UTC), late_evening, NEW_YORK)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


# Versions


def test_a_version_is_in_force_from_its_first_instant_until_the_next_ones() -> None:
    contract = CONTRACT.replaced_by(replace(TERMS, valid_from=MARCH))
    assert contract.in_force(JANUARY).version == 1
    assert contract.in_force(MARCH - A_MOMENT).version == 1
    assert contract.in_force(MARCH).version == 2
    assert contract.in_force(JUNE + timedelta(days=10_000)).version == 2


def test_nothing_is_in_force_before_the_first_version() -> None:
    with pytest.raises(Forbidden, match="2026-01-01T00:00:00") as caught:
        CONTRACT.in_force(JANUARY - A_MOMENT)
    assert caught.value.code == "no_contract"


def test_nothing_is_in_force_from_the_contracts_end_on() -> None:
    ended = replace(CONTRACT, ended_at=MARCH)
    assert ended.in_force(MARCH - A_MOMENT).version == 1
    with pytest.raises(Forbidden, match="ended on 2026-03-01") as caught:
        ended.in_force(MARCH)
    assert caught.value.code == "no_contract"


def test_replacing_terms_numbers_the_next_version_and_keeps_the_earlier_ones() -> None:
    contract = CONTRACT.replaced_by(replace(TERMS, valid_from=MARCH, version=9))
    contract = contract.replaced_by(replace(TERMS, valid_from=JUNE))
    assert [terms.version for terms in contract.versions] == [1, 2, 3]
    assert contract.versions[0] == TERMS
    assert CONTRACT.versions == (TERMS,)


def test_the_same_terms_again_are_the_version_that_they_made() -> None:
    contract = CONTRACT.replaced_by(replace(TERMS, valid_from=MARCH))
    assert contract.replaced_by(replace(TERMS, valid_from=MARCH)) == contract
    assert CONTRACT.replaced_by(replace(TERMS, version=7)) == CONTRACT


@pytest.mark.parametrize("start", [JANUARY, JANUARY - A_MOMENT])
def test_a_version_that_does_not_start_after_the_last_one_is_refused(start: datetime) -> None:
    with pytest.raises(RuleForbids, match="starts on 2026-01-01") as caught:
        CONTRACT.replaced_by(replace(TERMS, valid_from=start, locking=LockRule.parse("DAY 3d")))
    assert caught.value.code == "contract_version_order"


def test_an_ended_contract_takes_no_version_from_its_end_on() -> None:
    ended = replace(CONTRACT, ended_at=MARCH)
    with pytest.raises(RuleForbids, match="ends on 2026-03-01") as caught:
        ended.replaced_by(replace(TERMS, valid_from=MARCH))
    assert caught.value.code == "contract_ended"
    assert len(ended.replaced_by(replace(TERMS, valid_from=MARCH - A_MOMENT)).versions) == 2


def test_versions_count_from_one_in_the_order_of_their_starts() -> None:
    second = replace(TERMS, version=2, valid_from=MARCH)
    for versions in ((), (second,), (second, TERMS), (TERMS, replace(second, version=3)),
                     (TERMS, replace(second, valid_from=JANUARY))):  # fmt: skip
        with pytest.raises(Malformed):
            Contract("K1", "C1", "P1", versions)


def test_a_naive_datetime_is_refused_everywhere() -> None:
    naive = datetime(2026, 1, 1)
    for build in (
        lambda: replace(TERMS, valid_from=naive),
        lambda: replace(CONTRACT, ended_at=naive),
        lambda: CONTRACT.in_force(naive),
        lambda: check_claim_window(TERMS, naive, JANUARY, NEW_YORK),
    ):
        with pytest.raises(ValueError, match="naive"):
            build()


# Storage


moments = st.datetimes(
    datetime(2000, 1, 2),
    datetime(2900, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))]),
)
lock_rules = st.builds(
    LockRule, st.just(LockKind.MONTH), st.integers(0, 24), st.integers(0, 31)
) | st.just(LockRule(LockKind.OPEN_ENDED))
payment_rules = st.builds(PaymentRule, st.just(PaymentKind.WEEK), st.just(0), st.integers(0, 27))
payout_plans = st.builds(PayoutPlan, payout_terms, st.sampled_from(Level)) | st.just(PLAN)
payouts = st.dictionaries(st.text(min_size=1), payout_terms | payout_plans, min_size=1, max_size=4)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    starts = sorted(draw(st.sets(moments, min_size=1, max_size=4)))
    versions = tuple(
        Terms(
            number,
            start,
            draw(lock_rules),
            draw(payment_rules),
            tuple(draw(payouts).items()),
            draw(st.tuples(st.integers(0, 30), st.integers(30, 730))),
        )
        for number, start in enumerate(starts, 1)
    )
    return Contract(*draw(st.tuples(*[st.text()] * 3)), versions, draw(st.none() | moments))


@given(contracts())
def test_a_contract_survives_its_json(contract: Contract) -> None:
    stored = json.loads(json.dumps(contract.to_dict()))
    assert Contract.from_dict(stored) == contract


def test_a_contract_is_stored_in_texts_that_people_can_read() -> None:
    assert replace(CONTRACT, ended_at=local("2026-06-01T00:00:00")).to_dict() == {
        "contract_id": "K1",
        "campaign_id": "C1",
        "partner_id": "P1",
        "ended_at": "2026-06-01T04:00:00+00:00",
        "versions": [
            {
                "version": 1,
                "valid_from": "2026-01-01T00:00:00+00:00",
                "locking": "MONTH 0m+27d",
                "payment": "MONTH 0m+20d",
                "payouts": {"77": "5%", "78": "1.50 USD"},
                "claim_window_days": [0, 180],
            }
        ],
    }


def test_an_operator_may_leave_out_the_version_the_window_and_the_end() -> None:
    stored = CONTRACT.to_dict()
    del stored["ended_at"], stored["versions"][0]["version"]
    del stored["versions"][0]["claim_window_days"]
    assert Contract.from_dict(stored) == CONTRACT


@pytest.mark.parametrize("field", ["contract_id", "campaign_id", "partner_id", "versions"])
def test_a_contract_without_a_field_is_refused_with_its_name(field: str) -> None:
    stored = CONTRACT.to_dict()
    for wrong in ({}, {field: None}, {field: 7}, {field: True}):
        rest = {name: value for name, value in stored.items() if name != field}
        with pytest.raises(Malformed, match=field):
            Contract.from_dict(rest | wrong)


@pytest.mark.parametrize("field", ["valid_from", "locking", "payment", "payouts"])
def test_terms_without_a_field_are_refused_with_its_name(field: str) -> None:
    stored = TERMS.to_dict()
    for wrong in ({}, {field: None}, {field: 7}):
        rest = {name: value for name, value in stored.items() if name != field}
        with pytest.raises(Malformed, match=field):
            Terms.from_dict(rest | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "1"},
        {"version": True},
        {"valid_from": "2026-01-01T00:00:00"},
        {"valid_from": "soon"},
        {"valid_from": "0001-01-01T00:00:00+14:00"},
        {"payouts": {"77": 5}},
        {"payouts": {"77": "5"}},
        {"payouts": {"77": {"default": "5"}}},
        {"payouts": {"77": {"default": "5%", "groups": None}}},
        {"payouts": {}},
        {"locking": "WEEK 3d"},
        {"payment": "OPEN_ENDED"},
        {"claim_window_days": [0]},
        {"claim_window_days": [0, 1, 2]},
        {"claim_window_days": "0-180"},
        {"claim_window_days": [0, 1.5]},
        {"claim_window_days": [False, True]},
    ],
)
def test_malformed_terms_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Terms.from_dict(TERMS.to_dict() | wrong)


def test_a_payout_at_fault_names_its_event_type() -> None:
    wrong = {"payouts": {"77": "5%", "78": {"default": "5%", "level": "CART"}}}
    with pytest.raises(Malformed, match="event type 78: level is one of ORDER, ITEM") as caught:
        Terms.from_dict(TERMS.to_dict() | wrong)
    assert caught.value.code == "payout_field"


def test_versions_that_are_no_objects_are_refused() -> None:
    with pytest.raises(Malformed, match="versions"):
        Contract.from_dict(CONTRACT.to_dict() | {"versions": ["1"]})


@pytest.mark.parametrize("ended_at", [7, "", "2026-06-01"])
def test_an_end_that_is_no_instant_is_refused(ended_at: object) -> None:
    with pytest.raises(Malformed):
        Contract.from_dict(CONTRACT.to_dict() | {"ended_at": ended_at})
