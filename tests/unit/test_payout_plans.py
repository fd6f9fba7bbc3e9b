"""What is agreed for one event type: terms, conditions, groups, and the plan they make."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from makegood.domain.money import Money, Rate
from makegood.domain.orders import Item, Order
from makegood.domain.payout_plans import (
    CONDITIONS_MAX,
    GROUPS_MAX,
    NAME_MAX,
    RANK_MAX,
    VALUE_MAX,
    Condition,
    Level,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.problems import Malformed

HUNDRED = Money(10_000, "USD")
SHOE = Item("S-1", category="Shoes")
HAT = Item("H-1", category="Hats")
ORDER = Order(
    "CD1",
    datetime(2026, 1, 5, tzinfo=UTC),
    customer_status="New",
    promo_code="SPRING10",
    items=(SHOE, HAT),
    customer_country="US",
    customer_region="NY",
    customer_city="New York",
    customer_postcode="10001-2345",
)
UNKNOWN = Order("CD2", ORDER.ordered_at)


def holds(text: str, order: Order = ORDER, amount: Money = HUNDRED) -> bool:
    """Whether a condition holds; written as `VARIABLE OPERATOR value`."""
    variable, operator, value = text.split(" ", 2)
    return Condition(Variable(variable), Operator(operator), value).holds(amount, order)


def group(rank: int = 1, payout: str = "7%", name: str = "", *when: str) -> PayoutGroup:
    conditions = [each.split(" ", 2) for each in when or ("PROMO_CODE IS SPRING10",)]
    return PayoutGroup(
        name or f"Group {rank}",
        rank,
        PayoutTerm.parse(payout),
        tuple(Condition(Variable(a), Operator(b), value) for a, b, value in conditions),
    )


DEFAULT = PayoutTerm.parse("5%")
PLAN = PayoutPlan(DEFAULT, Level.ITEM, (group(1), group(3, "1.50 USD")))


# Terms


@pytest.mark.parametrize(
    "text",
    ["", "%", "5", "1.50", "101%", "-5%", "5 %%", "USD", "USD 1.50", "1.50 XXX", "-1.50 USD",
     "1.505 USD", "1.50USD", "5% USD", "five%"],
)  # fmt: skip
def test_what_is_no_payout_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        PayoutTerm.parse(text)


def test_a_payout_is_a_share_or_an_amount_and_never_both_or_none() -> None:
    for wrong in ({}, {"rate": Rate(1), "flat": Money(1, "USD")}):
        with pytest.raises(Malformed, match="either"):
            PayoutTerm(**wrong)
    with pytest.raises(Malformed, match="zero or more"):
        PayoutTerm(flat=Money(-1, "USD"))


# Conditions


@pytest.mark.parametrize(
    "text",
    [
        "CURRENCY IS USD",
        "CUSTOMER_COUNTRY IS US",
        "CUSTOMER_STATUS IS New",
        "CUSTOMER_REGION IS NY",
        "CUSTOMER_CITY IS New York",
        "CUSTOMER_CITY IS  new york ",
        "CUSTOMER_POSTCODE CONTAINS 10001",
        "PROMO_CODE IS spring10",
        "PROMO_CODE CONTAINS Spring",
        "ITEM_CATEGORY IS Hats",
        "ITEM_CATEGORY CONTAINS shoe",
        "ITEM_SKU IS S-1",
        "ORDER_AMOUNT IS 100.00 USD",
        "ORDER_AMOUNT AT_LEAST 100.00 USD",
        "ORDER_AMOUNT BELOW 100.01 USD",
    ],
)
def test_a_condition_holds_for_an_order_that_is_like_it(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "CURRENCY IS EUR",
        "CUSTOMER_COUNTRY IS U",
        "CUSTOMER_CITY IS York",
        "CUSTOMER_POSTCODE CONTAINS 10002",
        "PROMO_CODE IS ",
        "ITEM_CATEGORY IS Gloves",
        "ITEM_SKU CONTAINS S-12",
        "ORDER_AMOUNT IS 100.01 USD",
        "ORDER_AMOUNT AT_LEAST 100.01 USD",
        "ORDER_AMOUNT BELOW 100.00 USD",
    ],
)
def test_a_condition_does_not_hold_for_another_order(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize("order", [ORDER, UNKNOWN])
@pytest.mark.parametrize("value", ["", "US", "SPRING10", "Shoes"])
@pytest.mark.parametrize(
    "variable", sorted(set(Variable) - {Variable.CURRENCY, Variable.ORDER_AMOUNT})
)
def test_is_not_is_the_contrary_of_is(variable: Variable, value: str, order: Order) -> None:
    assert holds(f"{variable} IS {value}", order) is not holds(f"{variable} IS_NOT {value}", order)


def test_what_is_not_known_is_blank() -> None:
    for variable in ("CUSTOMER_COUNTRY", "CUSTOMER_STATUS", "PROMO_CODE", "ITEM_CATEGORY"):
        assert holds(f"{variable} IS ", UNKNOWN)
        assert holds(f"{variable} IS_NOT US", UNKNOWN)
        assert not holds(f"{variable} IS_NOT ", UNKNOWN)
        assert not holds(f"{variable} CONTAINS US", UNKNOWN)


def test_an_order_is_without_an_item_only_when_none_of_its_items_is_that() -> None:
    assert not holds("ITEM_SKU IS_NOT S-1")
    assert holds("ITEM_SKU IS_NOT S-1", replace(ORDER, items=(HAT,)))


def test_an_order_amount_is_compared_within_its_currency_only() -> None:
    euros = Money(10_000, "EUR")
    for operator in ("IS", "AT_LEAST", "BELOW"):
        assert not holds(f"ORDER_AMOUNT {operator} 100.00 USD", amount=euros)
    assert holds("ORDER_AMOUNT IS_NOT 100.00 USD", amount=euros)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CURRENCY CONTAINS US", "compared by one of IS, IS_NOT$"),
        ("PROMO_CODE BELOW 5", "compared by one of IS, IS_NOT, CONTAINS$"),
        ("ORDER_AMOUNT CONTAINS 1", "compared by one of IS, IS_NOT, AT_LEAST, BELOW$"),
        ("CURRENCY IS dollars", "ISO 4217"),
        ("ORDER_AMOUNT AT_LEAST 100", "write it like 100.00 USD"),
        ("ORDER_AMOUNT AT_LEAST 1.005 USD", "round the amount"),
        ("ORDER_AMOUNT IS many USD", "Not a number"),
        ("ITEM_SKU CONTAINS  ", "not blank"),
        (f"ITEM_SKU IS {'x' * (VALUE_MAX + 1)}", "at most 255"),
    ],
)
def test_a_condition_that_makes_no_sense_cannot_be_built(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        holds(text)


# Groups and plans


def test_all_conditions_of_a_group_must_hold() -> None:
    both = group(1, "7%", "", "PROMO_CODE IS SPRING10", "ORDER_AMOUNT AT_LEAST 50.00 USD")
    assert both.matches(HUNDRED, ORDER)
    assert not both.matches(Money(4_999, "USD"), ORDER)
    assert not both.matches(HUNDRED, UNKNOWN)


def test_the_first_group_by_rank_that_matches_decides_and_else_the_default() -> None:
    missed = group(1, "9%", "", "PROMO_CODE IS SUMMER")
    first, second = group(2), group(3, "8%")
    plan = PayoutPlan(DEFAULT, groups=(missed, first, second))
    assert plan.group_for(HUNDRED, ORDER) == first
    assert plan.group_for(HUNDRED, UNKNOWN) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "x" * (NAME_MAX + 1)},
        {"name": "two\nlines"},
        {"rank": 0},
        {"rank": RANK_MAX + 1},
        {"when": ()},
        {"when": PLAN.groups[0].when * (CONDITIONS_MAX + 1)},
    ],
)
def test_impossible_groups_cannot_be_built(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(PLAN.groups[0], **changes)


def test_groups_have_ranks_and_names_of_their_own() -> None:
    for groups, why in (
        ((group(1), group(1, name="other")), "rank of its own"),
        ((group(2), group(1)), "ascending"),
        ((group(1, name="same"), group(2, name="same")), "name of its own"),
    ):
        with pytest.raises(Malformed, match=why):
            PayoutPlan(DEFAULT, groups=groups)


def test_a_plan_holds_so_many_groups_of_so_many_conditions_and_no_more() -> None:
    most = tuple(replace(group(rank), when=group().when * CONDITIONS_MAX) for rank in range(1, 51))
    assert len(PayoutPlan(DEFAULT, groups=most).groups) == GROUPS_MAX
    with pytest.raises(Malformed, match="At most 50"):
        PayoutPlan(DEFAULT, groups=(*most, group(51)))


# As objects


def test_a_plan_is_written_in_texts_that_people_can_read() -> None:
    assert PayoutPlan(DEFAULT, Level.ITEM, (group(3),)).to_dict() == {
        "default": "5%",
        "level": "ITEM",
        "groups": [
            {
                "name": "Group 3",
                "rank": 3,
                "payout": "7%",
                "when": [{"variable": "PROMO_CODE", "operator": "IS", "value": "SPRING10"}],
            }
        ],
    }


def test_an_operator_may_leave_out_level_and_groups_and_give_groups_in_any_order() -> None:
    assert PayoutPlan.from_dict({"default": "5%"}) == PayoutPlan(DEFAULT)
    written = json.loads(json.dumps(PLAN.to_dict()))
    written["groups"].reverse()
    assert PayoutPlan.from_dict(written) == PLAN


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"default": None}, "default is missing"),
        ({"default": 5}, "default is missing, or not of the right kind"),
        ({"default": "5"}, "write it like 5%"),
        ({"level": "CART"}, "level is one of ORDER, ITEM"),
        ({"level": 1}, "level is missing, or not of the right kind"),
        ({"group": []}, "check group$"),
        ({"groups": {}}, "groups is missing, or not of the right kind"),
        ({"groups": ["Shoes"]}, "A payout group is an object with name, rank, payout, when"),
    ],
)
def test_a_plan_at_fault_says_what_to_mend(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        PayoutPlan.from_dict({"default": "5%"} | wrong, by_hand=True)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "a line of 1 to 100 letters"),
        ({"name": 7}, "name is missing"),
        ({"rank": "1"}, "Group 'Shoes': rank is missing, or not of the right kind"),
        ({"rank": True}, "Group 'Shoes': rank"),
        ({"rank": 1.5}, "Group 'Shoes': rank"),
        ({"payout": "5"}, "Group 'Shoes': Not a payout"),
        ({"pays": "5%"}, "check pays$"),
        ({"when": []}, "Group 'Shoes': .* 1 to 10 conditions"),
        ({"when": {}}, "Group 'Shoes': when is missing"),
        ({"when": ["ITEM_SKU"]}, "A condition is an object with variable, operator, value"),
    ],
)
def test_a_group_at_fault_is_named_with_what_to_mend(wrong: dict[str, Any], why: str) -> None:
    right = {**group().to_dict(), "name": "Shoes"}
    with pytest.raises(Malformed, match=why):
        PayoutPlan.from_dict({"default": "5%", "groups": [right | wrong]}, by_hand=True)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"variable": "WEATHER"}, "variable is one of CURRENCY, CUSTOMER_COUNTRY, "),
        ({"operator": "LIKE"}, "operator is one of IS, IS_NOT, CONTAINS, AT_LEAST, BELOW"),
        ({"value": 10}, "value is missing, or not of the right kind"),
        ({"values": []}, "check values$"),
    ],
)
def test_a_condition_at_fault_is_found_in_its_group(wrong: dict[str, Any], why: str) -> None:
    right = group().to_dict()
    with pytest.raises(Malformed, match=f"Group 'Group 1': .*{why}"):
        PayoutPlan.from_dict(
            {"default": "5%", "groups": [{**right, "when": [right["when"][0] | wrong]}]},
            by_hand=True,
        )
