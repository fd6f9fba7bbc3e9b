"""What holds for every plan and every order, against a model in exact fractions."""

import json
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.money import MILLIONTHS, Money, Rate, apportioned, rounded, total
from makegood.domain.orders import Item, Order
from makegood.domain.payout_plans import (
    Condition,
    Level,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.pricing import Rounding, price

WORDS = ("", "a", "A", "b", "ab", "abc")
words = st.sampled_from(WORDS)
amounts = st.integers(0, 10**8).map(lambda minor: Money(minor, "USD"))
terms = st.builds(PayoutTerm, rate=st.builds(Rate, st.integers(0, MILLIONTHS))) | st.builds(
    PayoutTerm, flat=st.integers(0, 10_000).map(lambda minor: Money(minor, "USD"))
)
TEXTS = sorted(set(Variable) - {Variable.CURRENCY, Variable.ORDER_AMOUNT})
equal = st.sampled_from([Operator.IS, Operator.IS_NOT])
conditions = st.one_of(
    st.builds(Condition, st.sampled_from(TEXTS), equal, words),
    st.builds(
        Condition, st.sampled_from(TEXTS), st.just(Operator.CONTAINS), st.sampled_from(WORDS[1:])
    ),
    st.builds(Condition, st.just(Variable.CURRENCY), equal, st.sampled_from(["USD", "EUR"])),
    st.builds(
        Condition,
        st.just(Variable.ORDER_AMOUNT),
        st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.AT_LEAST, Operator.BELOW]),
        st.sampled_from(["0 USD", "5000.00 USD", "5000.00 EUR"]),
    ),
)
items = st.builds(
    Item,
    sku=st.sampled_from(WORDS[1:]),
    quantity=st.integers(0, 5),
    subtotal=st.none() | amounts,
    category=words,
)
orders = st.builds(
    Order,
    order_id=st.just("CD1"),
    ordered_at=st.just(datetime(2026, 1, 5, tzinfo=UTC)),
    customer_status=words,
    promo_code=words,
    items=st.lists(items, max_size=6).map(tuple),
    customer_country=words,
    customer_region=words,
    customer_city=words,
    customer_postcode=words,
)


@st.composite
def plans(draw: st.DrawFn) -> PayoutPlan:
    ranks = sorted(draw(st.sets(st.integers(1, 100), max_size=5)))
    whens = st.lists(conditions, min_size=1, max_size=3).map(tuple)
    groups = tuple(PayoutGroup(f"G{rank}", rank, draw(terms), draw(whens)) for rank in ranks)
    return PayoutPlan(draw(terms), draw(st.sampled_from(Level)), groups)


def known(variable: Variable, order: Order, bought: tuple[Item, ...]) -> list[str]:
    """What is known of an order, each time in another way than the code knows it."""
    of_items = {"ITEM_SKU": "sku", "ITEM_CATEGORY": "category"}
    if variable in of_items:
        return [getattr(item, of_items[variable]).lower() for item in bought]
    return [getattr(order, variable.lower()).lower()]


def met(condition: Condition, amount: Money, order: Order, bought: tuple[Item, ...]) -> bool:
    operator, value = condition.operator, condition.value
    if condition.variable is Variable.CURRENCY:
        return (value == "USD") == (operator is Operator.IS)
    if condition.variable is Variable.ORDER_AMOUNT:
        minor = 0 if value == "0 USD" else 500_000
        same = value.endswith("USD")
        return {
            Operator.IS: same and amount.minor == minor,
            Operator.IS_NOT: not same or amount.minor != minor,
            Operator.AT_LEAST: same and amount.minor >= minor,
            Operator.BELOW: same and amount.minor < minor,
        }[operator]
    texts = known(condition.variable, order, bought)
    if operator is Operator.CONTAINS:
        return sum(value.lower() in text for text in texts) > 0
    found = (texts or [""]).count(value.lower())
    return found > 0 if operator is Operator.IS else found == 0


def model(plan: PayoutPlan, amount: Money, order: Order) -> list[tuple[str, Fraction]]:
    """The deciding group's name and the exact payout of each thing that is priced."""
    by_item = plan.level is Level.ITEM and len(order.items) > 0
    looks = [(item,) for item in order.items] if by_item else [order.items]
    subtotals = [item.subtotal.minor if item.subtotal else None for item in order.items]
    if any(item.subtotal is None for item in order.items) or not any(subtotals):
        subtotals = [item.quantity for item in order.items]
    if not any(subtotals):
        subtotals = [1 for _ in order.items]
    result = []
    for at, look in enumerate(looks):
        matching = [
            group
            for group in plan.groups
            if all(met(each, amount, order, look) for each in group.when)
        ]
        best = min(matching, key=lambda group: group.rank, default=None)
        term = best.payout if best else plan.default
        if term.flat is not None:
            exact = Fraction(term.flat.minor * (look[0].quantity if by_item else 1))
        else:
            base = Fraction(amount.minor)
            if by_item:
                base *= Fraction(subtotals[at], sum(subtotals))
            exact = base * Fraction(term.rate.millionths, MILLIONTHS)
        result.append((best.name if best else "", exact))
    return result


@given(plans(), amounts, orders)
def test_the_first_group_by_rank_that_matches_prices_it(
    plan: PayoutPlan, amount: Money, order: Order
) -> None:
    lines = price(plan, 1, amount, order).explanation.lines
    decided = [line.group.name if line.group else "" for line in lines]
    assert decided == [name for name, _ in model(plan, amount, order)]
    assert [line.term for line in lines] == [
        line.group.payout if line.group else plan.default for line in lines
    ]


@given(plans(), amounts, orders)
def test_the_exact_sum_is_rounded_half_to_even_once(
    plan: PayoutPlan, amount: Money, order: Order
) -> None:
    found = price(plan, 1, amount, order)
    exact = sum(part for _, part in model(plan, amount, order))
    assert found.payout == Money(round(exact), "USD")
    told = (Rounding.NONE, Rounding.UP, Rounding.DOWN)
    assert found.explanation.rounding is told[(round(exact) > exact) - (round(exact) < exact)]


@given(plans(), amounts, orders)
def test_items_sum_to_the_order_and_none_is_a_unit_off(
    plan: PayoutPlan, amount: Money, order: Order
) -> None:
    found = price(plan, 1, amount, order)
    assert len(found.items) == len(order.items)
    if order.items:
        assert total(found.items, "USD") == found.payout
    lines = found.explanation.lines
    assert total(tuple(line.payout for line in lines), "USD") == found.payout
    assert total(tuple(line.base for line in lines), "USD") == amount
    for line, (_, exact) in zip(lines, model(plan, amount, order), strict=True):
        assert abs(line.payout.minor - exact) < 1


@given(plans(), amounts, orders)
def test_without_groups_a_percentage_pays_the_same_at_both_levels(
    plan: PayoutPlan, amount: Money, order: Order
) -> None:
    if plan.default.rate is None:
        return
    payouts = {price(PayoutPlan(plan.default, level), 1, amount, order).payout for level in Level}
    assert payouts == {plan.default.rate.of(amount)}


@given(plans())
def test_a_plan_survives_its_json(plan: PayoutPlan) -> None:
    assert PayoutPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


fractions = st.lists(st.integers(0, 10**9), max_size=8)


@given(fractions, st.integers(1, 10**6))
def test_what_is_apportioned_sums_to_the_whole_and_stays_near_its_fractions(
    numerators: list[int], denominator: int
) -> None:
    whole = rounded(sum(numerators), denominator)
    parts = apportioned(whole, numerators, denominator)
    assert sum(parts) == whole
    for part, numerator in zip(parts, numerators, strict=True):
        assert abs(part - Fraction(numerator, denominator)) < 1
        assert numerator % denominator or part * denominator == numerator
