"""Policies and facts for tests: short ways to write them, and random ones."""

from typing import Any

from hypothesis import strategies as st
from makegood.domain.approval_rules import Wait
from makegood.domain.inquiries import InquiryType
from makegood.domain.money import Money
from makegood.domain.parties import PartnerKind
from makegood.domain.policies import At, Breaker, Cap, Offer, Policy, Rule, Then
from makegood.domain.policy_conditions import (
    CHOICES,
    RANGES,
    Condition,
    Facts,
    Holder,
    Operator,
    Variable,
)
from makegood.domain.policy_options import Options
from makegood.domain.verdicts import Verdict

from tests.builders import SALE, usd


def when(variable: str, operator: str, value: Any, days: int = 0) -> dict[str, Any]:
    return {"Variable": variable, "Operator": operator, "Value": value} | (
        {"Days": days} if days else {}
    )


def on(*verdicts: str) -> dict[str, Any]:
    return when("VERDICT", "ONE_OF", [*verdicts])


def approve(*conditions: Any, name: str = "matches", **more: Any) -> dict[str, Any]:
    asked = list(conditions) or [on("MATCH")]
    return {"Name": name, "Then": "APPROVE", "ActionTrackerId": SALE, "When": asked, **more}


def decline(*conditions: Any, name: str = "undone", reason: int = 5) -> dict[str, Any]:
    asked = list(conditions) or [on("UNDONE")]
    return {"Name": name, "Then": "DECLINE", "Reason": reason, "When": asked}


def review(*conditions: Any, name: str = "look") -> dict[str, Any]:
    return {"Name": name, "Then": "REVIEW", "When": list(conditions)}


def a_policy(*rules: dict[str, Any], version: int = 2, **more: Any) -> Policy:
    return Policy.from_dict({"Rules": [*rules], "SamplePercent": 0, **more}, version, by_hand=True)


def facts(**changes: Any) -> Facts:
    """A claim whose order the shop has, with all that agrees."""
    usual: dict[str, Any] = {
        "inquiry_type": InquiryType.UNTRACKED,
        "partner_id": "10001",
        "partner_kind": PartnerKind.CASHBACK,
        "amount": usd(10_000),
        "age_days": 5,
        "draw": 9_999,
        "verdict": Verdict.MATCH,
        "shop_left": usd(10_000),
        "has_orders": True,
        "customer_known": True,
        "pays": ((f"{SALE}:SHOP", usd(500)),),
    }
    return Facts(**{**usual, **changes})


# Random ones

MONEY = st.builds(Money, st.integers(0, 2_000), st.sampled_from(["USD", "EUR"]))
PARTNERS = ["10001", "10002"]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    variable = draw(st.sampled_from(Variable))
    if variable not in RANGES:
        values = [*map(str, CHOICES.get(variable, ()))] or PARTNERS
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
        asked = draw(st.sampled_from([Operator.ONE_OF, Operator.NONE_OF]))
        return Condition(variable, asked, tuple(chosen))
    asked = draw(st.sampled_from([Operator.AT_MOST, Operator.AT_LEAST]))
    if variable in (Variable.PAYOUT, Variable.AMOUNT):
        return Condition(variable, asked, draw(MONEY))
    days = draw(st.sampled_from([7, 30])) if variable is Variable.CUSTOMER_CLAIMS else 0
    return Condition(variable, asked, draw(st.integers(0, 100)), days)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that can be written down, sensible or not."""
    then = draw(st.sampled_from(Then))
    name = draw(st.sampled_from("abcdefgh"))
    asked = tuple(draw(st.lists(conditions(), max_size=3)))
    if then is not Then.APPROVE:
        return Rule(name, then, asked, reason=draw(st.integers(0, 9)), text="Which shop?")
    at = draw(st.sampled_from([At.SHOP, At.CLAIM, At.STATED]))
    offer = Offer(SALE, at, usd(300) if at is At.STATED else None)
    caps = draw(st.dictionaries(st.sampled_from(Cap), st.builds(usd, st.integers(1, 2_000))))
    return Rule(name, then, asked, offer=offer, caps=tuple(caps.items()))


BREAKERS = st.none() | st.builds(Breaker, st.integers(10, 20), st.integers(0, 50), st.just(90))
POLICIES = st.builds(
    Policy,
    st.integers(2, 9),
    st.lists(rules(), min_size=1, max_size=6).map(tuple),
    st.sampled_from([0, 200, 10_000]),
    BREAKERS,
)
OPTIONS = st.builds(Options, st.booleans()) | st.builds(
    Options, st.booleans(), st.just("10001"), st.just(Offer(SALE, At.FILED)), st.just(Wait.DAYS)
)


def is_possible(facts: Facts) -> bool:
    """An appeal comes after another inquiry, and a code is known of what is credited."""
    appeal = facts.attempts > 0 or not facts.is_appeal
    return appeal and (facts.holder is not None or not facts.has_promo_code)


FACTS = st.builds(
    Facts,
    st.sampled_from(InquiryType),
    st.sampled_from(PARTNERS),
    st.sampled_from(PartnerKind),
    MONEY,
    st.integers(0, 100),
    st.integers(0, 9_999),
    expected=st.none() | MONEY,
    is_appeal=st.booleans(),
    has_evidence=st.booleans(),
    has_promo_code=st.booleans(),
    attempts=st.integers(0, 3),
    was_asked=st.booleans(),
    verdict=st.none() | st.sampled_from(Verdict),
    shop_left=st.none() | MONEY,
    has_orders=st.booleans(),
    holder=st.none() | st.sampled_from(Holder),
    disputed=st.booleans(),
    alike=st.sampled_from(["", "CD-1"]),
    tripped=st.sampled_from(["", "the share of approvals is 95%"]),
    customer_known=st.booleans(),
    customer_claims=st.sampled_from([(), ((7, 1), (30, 1)), ((7, 3), (30, 4))]),
    counted_in_part=st.sampled_from([(), (30,), (7, 30)]),
    accepted_share=st.none() | st.integers(0, 100),
    pays=st.just(()) | st.tuples(st.tuples(st.just(f"{SALE}:SHOP"), MONEY)),
).filter(is_possible)
