"""Signals for the people who decide: each with its numbers, and none where nothing is unusual."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import claim_counts, signals
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.claim_counts import Counted, Customer
from makegood.domain.inquiries import InquiryState
from makegood.domain.money import Money
from makegood.domain.policies import Policy
from makegood.domain.policy_tallies import tallied
from makegood.domain.signals import Signal, Surroundings

from tests import policies
from tests.builders import ORDERED, SALE, a_campaign, a_claim, an_inquiry, terms, usd

ANNA, BEN, CARO = (Customer("1000", "10001", name) for name in ("anna", "ben", "caro"))


def told(inquiry, **around) -> dict[str, dict[str, str]]:
    """The facts of each signal."""
    found = signals.signals(inquiry, Surroundings(a_campaign(), **around))
    return {each.code: dict(each.facts) for each in found}


def counted(*events: tuple[str, Customer]) -> dict:
    """Counts after these claims and orders."""
    counts: dict = {}
    for what, customer in events:
        if what == "order":
            changes = claim_counts.tracked(customer, counts)
        else:
            changes = claim_counts.claimed(customer, usd(int(what)), counts)
        counts = tallied(counts, changes)
    return counts


def test_claims_of_a_customer_are_told_beside_the_campaign_s_median() -> None:
    usual = [("1234", each) for each in (BEN, BEN, CARO, CARO)]
    counts = counted(*usual, ("order", BEN), ("order", CARO), *[("1234", ANNA)] * 7)
    found = claim_counts.counted(ANNA, counts)
    assert (found.claims, found.orders, found.median) == (7, 0, 2)
    assert told(an_inquiry(a_claim(order_amount=usd(1234))), counted=found) == {
        Signal.CLAIMS_PER_ORDER: {
            "Claims": "7",
            "TrackedOrders": "0",
            "Median": "more than 1, at most 2",
        }
    }
    quiet = claim_counts.counted(BEN, counts)
    assert told(an_inquiry(a_claim(order_amount=usd(1234))), counted=quiet) == {}


def test_a_campaign_in_which_nobody_claims_twice_has_no_median() -> None:
    assert claim_counts.counted(ANNA, counted(("100", ANNA), ("100", BEN))).median is None


EVENTS = st.lists(
    st.tuples(st.sampled_from(["order", "1234", "5000"]), st.sampled_from([ANNA, BEN, CARO])),
    max_size=40,
)


@given(EVENTS)
def test_the_spread_is_that_of_the_customers_however_they_came_by_their_counts(events) -> None:
    counts = counted(*events)
    claims = Counter(who for what, who in events if what != "order")
    orders = Counter(who for what, who in events if what == "order")
    steps = Counter(
        claim_counts.step_of(claims[who], orders[who]) for who in claims if claims[who] >= 2
    )
    spread = claim_counts.spread_of("1000")
    assert [counts.get(each, 0) for each in spread] == [steps[at] for at in range(len(spread))]
    ordered = sorted(steps.elements())
    median = claim_counts.median("1000", counts)
    assert median == (ordered[(len(ordered) - 1) // 2] if ordered else None)


def test_a_count_changes_only_as_it_was_read() -> None:
    (change,) = claim_counts.claimed(ANNA, usd(1234), {ANNA.tally("claimed"): 0})
    assert (change.delta, change.most) == (1, 1)


@pytest.mark.parametrize(
    ("amount", "is_round"),
    [
        (usd(10_000), True),
        (usd(1_000), True),
        (usd(500), False),
        (usd(10_001), False),
        (usd(0), False),
        (Money(120, "JPY"), True),
        (Money(125, "JPY"), False),
    ],
)
def test_an_amount_is_round_by_whole_tens_of_its_currency(amount: Money, is_round: bool) -> None:
    found = told(an_inquiry(a_claim(order_amount=amount)), counted=Counted(4, 3))
    shown = {"Amount": f"{amount} {amount.currency}", "RoundClaims": "3", "Claims": "4"}
    assert found == ({Signal.ROUND_AMOUNT: shown} if is_round else {})


def numbered(order_id: str):
    return an_inquiry(a_claim(order_id=order_id, order_amount=usd(1234)))


@pytest.mark.parametrize(
    ("order_id", "claimed", "run"),
    [
        ("A-100", ["A-99", "A-101", "A-103"], ("A-99", "A-100", "A-101")),
        ("A-100", ["A-098", "A-099"], ("A-100",)),
        ("0100", ["0099", "0101"], ("0099", "0100", "0101")),
        ("A", ["B", "C"], ()),
        ("3", ["0", "1", "2"], ("0", "1", "2", "3")),
    ],
)
def test_orders_in_a_row_are_those_without_a_gap(order_id, claimed, run) -> None:
    inquiry = numbered(order_id)
    assert signals.run_of(inquiry, claimed) == run
    found = told(inquiry, run=run)
    if len(run) < 3:
        assert found == {}
    else:
        ends = {"Claims": str(len(run)), "First": run[0], "Last": run[-1]}
        assert found == {Signal.CONSECUTIVE_ORDERS: ends}


def test_neighbours_are_looked_for_by_the_ids_that_their_inquiries_have() -> None:
    near = signals.neighbours(numbered("A-100"))
    assert list(near.values()) == [f"A-{each}" for each in range(90, 111)]
    assert next(iter(signals.neighbours(numbered("A-110")))) == list(near)[10]


@pytest.mark.parametrize(
    ("payout", "shown"), [(2000, True), (1900, True), (1899, False), (2001, False), (None, False)]
)
def test_a_payout_just_under_a_cap_is_told_with_the_cap(payout: int | None, shown: bool) -> None:
    rules = [policies.approve(policies.on("MATCH"), Caps={"Claim": "20.00 USD"})]
    policy = Policy.from_dict({"Rules": rules}, 2, by_hand=True)
    asked = None if payout is None else usd(payout)
    claim = a_claim(order_amount=usd(1234), expected_payout=asked)
    found = told(an_inquiry(claim), bounds=signals.bounds_of(policy, None))
    assert (Signal.JUST_UNDER in found) is shown
    if shown:
        assert found[Signal.JUST_UNDER]["Bound"] == "20.00 USD"
        assert found[Signal.JUST_UNDER]["Of"] == "rule matches of the policy"


def test_bounds_are_those_of_conditions_caps_and_the_approval_rule() -> None:
    rules = [
        policies.approve(
            policies.on("MATCH"),
            policies.when("AMOUNT", "AT_MOST", "99.00 USD"),
            policies.when("PAYOUT", "AT_MOST", "9.00 USD"),
            Caps={"Claim": "8.00 USD", "CampaignDay": "500.00 USD"},
        )
    ]
    policy = Policy.from_dict({"Rules": rules}, 2, by_hand=True)
    rule = ApprovalRule("1000", "10001", SALE, usd(1_000), usd(50_000))
    found = signals.bounds_of(policy, rule)
    bounds = {(str(each.variable), each.most.minor) for each in found}
    assert bounds == {("AMOUNT", 9900), ("PAYOUT", 900), ("PAYOUT", 800), ("PAYOUT", 1000)}


def test_the_last_day_of_the_window_is_told_and_no_other() -> None:
    agreed = terms()
    last = agreed.claim_window_days[1]
    claim = a_claim(order_amount=usd(1234))
    for days, shown in ((last - 1, False), (last, True)):
        inquiry = an_inquiry(claim, created_at=ORDERED + timedelta(days=days))
        found = told(inquiry, terms=agreed)
        assert found == ({Signal.LAST_DAY: {"Days": str(last)}} if shown else {})


@pytest.mark.parametrize(
    ("partners", "text"),
    [
        (["10001"], "was sent for 1 other claim, too: 0."),
        (["10001", "10002"], "was sent for 2 other claims, too: 0, 1. Of these, 1 is by another"),
        (["10002"] * 12, "for 12 other claims, too: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more."),
    ],
)
def test_other_claims_that_a_file_was_sent_for_are_named(partners: list[str], text: str) -> None:
    others = [
        an_inquiry(a_claim(order_id="B-2", partner_id=each), inquiry_id=str(number))
        for number, each in enumerate(partners)
    ]
    inquiry = an_inquiry(a_claim(order_amount=usd(1234)))
    (found,) = signals.signals(inquiry, Surroundings(a_campaign(), files={"e1": others}))
    assert (found.code, found.facts[0].value) == (Signal.SAME_FILE, "e1")
    assert text in found.text
    counted = {each.name: each.value for each in found.facts[1:3]}
    foreign = partners.count("10002")
    assert counted == {"Claims": str(len(partners)), "OtherPartners": str(foreign)}
    named = [each.value for each in found.facts[3:]]
    assert named == [str(each) for each in range(len(partners))][-10:]


def test_a_decided_claim_shows_no_signal() -> None:
    decided = an_inquiry(a_claim(), state=InquiryState.DECLINED, reject_reason=6)
    assert told(decided, counted=Counted(9, 9, 0, 0), run=("1", "2", "3")) == {}
