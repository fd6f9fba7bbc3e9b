"""Amounts in a contract that could never meet an order, because none is in their currency.

An order is in its campaign's currency, unless a partner or an advertiser says otherwise. A contract
foresees orders in another one by a payout group that asks for it: CURRENCY IS USD. Amounts of that
group are in USD then, and a limit may be; everything else is in the campaign's currency.
"""

from collections.abc import Iterator

from makegood.domain.contracts import Terms
from makegood.domain.money import Money, parse_currency
from makegood.domain.payout_plans import Operator, PayoutGroup, PayoutPlan, PayoutTerm, Variable
from makegood.domain.problems import Fault

Found = tuple[str, str]
"""Where something stands in a plan, and what is wrong with it."""


def foreign_amounts(terms: Terms, currency: str) -> tuple[Fault, ...]:
    """Everything in a contract that its campaign's currency makes pointless, each by its place."""
    faults = tuple(
        Fault(f"terms.payouts.{event_type_id}.{where}", message, "foreign_currency")
        for event_type_id, agreed in terms.payouts
        for where, message in _of_plan(
            PayoutPlan(agreed) if isinstance(agreed, PayoutTerm) else agreed, currency
        )
    )
    most = terms.deadlines.payout_max
    if most is None or most.currency == currency:
        return faults
    message = f"{_text(most)} is never reached: {_orders(currency)}"
    return (*faults, Fault("terms.deadlines.payout_max", message, "foreign_currency"))


def _of_plan(plan: PayoutPlan, currency: str) -> Iterator[Found]:
    known = {currency}.union(*(_asked(group)[0] for group in plan.groups))
    yield from _of_term("default", plan.default, currency)
    for group in plan.groups:
        yield from _of_group(group, currency)
    for limit in plan.limits:
        if isinstance(limit.most, Money) and limit.most.currency not in known:
            yield f"limits.{limit.key}", f"{limit} never bites: {_orders(currency)}"


def _of_group(group: PayoutGroup, currency: str) -> Iterator[Found]:
    where = f"groups.{group.name}"
    asked, refused = _asked(group)
    if len(asked) > 1 or asked & refused:
        yield f"{where}.when", "Never holds: its conditions on CURRENCY contradict each other"
        return
    own = next(iter(asked), currency)
    if own in refused:
        named = [each for each in (group.payout.flat, *_amounts(group)) if each is not None]
        if named:
            yield where, "Has amounts for orders in any other currency; ask for one: CURRENCY IS"
        return
    yield from _of_term(f"{where}.payout", group.payout, own)
    for amount in _amounts(group):
        if amount.currency != own:
            message = f"No order amount compares with {_text(amount)}: {_orders(own)}"
            yield f"{where}.when", message


def _of_term(where: str, term: PayoutTerm, currency: str) -> Iterator[Found]:
    if term.flat is not None and term.flat.currency != currency:
        yield where, f"{_text(term.flat)} cannot be paid for an order: {_orders(currency)}"


def _asked(group: PayoutGroup) -> tuple[set[str], set[str]]:
    """The currencies that a group asks for, and those that it does not take."""
    named: dict[Operator, set[str]] = {Operator.IS: set(), Operator.IS_NOT: set()}
    for condition in group.when:
        if condition.variable is Variable.CURRENCY:
            named[condition.operator].add(parse_currency(condition.value))
    return named[Operator.IS], named[Operator.IS_NOT]


def _amounts(group: PayoutGroup) -> list[Money]:
    """The order amounts that a group's conditions compare with."""
    return [each.threshold() for each in group.when if each.variable is Variable.ORDER_AMOUNT]


def _text(amount: Money) -> str:
    return f"{amount} {amount.currency}"


def _orders(currency: str) -> str:
    return f"orders here are in {currency}"
