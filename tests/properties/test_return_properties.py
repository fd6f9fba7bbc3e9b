"""Whatever comes back, in whatever order and way, takes off its share of the order and no more.

The model keeps how many pieces are left of each line, and reckons in fractions: it shares the order
once, at its creation, and knows nothing of what the product keeps.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import action_changes, baskets
from makegood.domain.action_changes import Held
from makegood.domain.actions import Action, ActionState
from makegood.domain.orders import Item
from makegood.domain.problems import RuleForbids
from makegood.forms.changes import ActionName, ChangeRow, ModificationRequest

from tests.builders import ORDERED, a_contract, an_action, credits_of, terms, usd

CONTRACT = a_contract(terms("OPEN_ENDED", sale="7.25%"))
NOW = ORDERED + timedelta(days=1)
LINES_MAX = 6


def nearest(fraction: Fraction) -> int:
    """Half to even; what Python rounds by."""
    return round(fraction)


@dataclass
class Model:
    """An order over `cents` of these lines: pieces, and price in cents or None."""

    cents: int
    lines: list[tuple[int, int | None]]
    left: list[int] = field(init=False)
    shares: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.left = [pieces for pieces, _ in self.lines]
        prices = [price for _, price in self.lines if price is not None]
        by_price = len(prices) == len(self.lines) and sum(prices) > 0
        weights = prices if by_price else list(self.left)
        exact = [Fraction(self.cents * weight, sum(weights)) for weight in weights]
        self.shares = [int(each) for each in exact]
        most_lost = sorted(range(len(exact)), key=lambda at: self.shares[at] - exact[at])
        for at in most_lost[: self.cents - sum(self.shares)]:
            self.shares[at] += 1

    def worth(self) -> list[int]:
        return [
            nearest(Fraction(share * left, pieces))
            for share, left, (pieces, _) in zip(self.shares, self.left, self.lines, strict=True)
        ]

    def price_left(self, at: int) -> str:
        """What the shop says that the pieces left cost, as it sent the order."""
        pieces, price = self.lines[at]
        return "" if price is None else str(usd(nearest(Fraction(price * self.left[at], pieces))))


prices = st.integers(0, 30_000)
pieces = st.integers(1, 5)


@st.composite
def orders(draw: Any) -> Model:
    """With prices, without, or with some; with a coupon, with shipping, or with neither."""
    told = draw(st.sampled_from([prices, st.none(), st.none() | prices]))
    lines = draw(st.lists(st.tuples(pieces, told), min_size=1, max_size=LINES_MAX))
    known = sum(price or 0 for _, price in lines)
    besides = draw(st.integers(-known // 2, known // 2 + 1_000))
    cents = draw(st.sampled_from([known + besides, 1, len(lines), 1_000]))
    return Model(max(cents, 1), lines)


def started(model: Model) -> Action:
    items = tuple(
        Item(f"S{at // 2}", count, None if price is None else usd(price), category=f"C{at}")
        for at, (count, price) in enumerate(model.lines)
    )
    payout = usd(nearest(Fraction(model.cents * 725, 10_000)))
    action = an_action(contract=CONTRACT, order_amount=usd(model.cents), payout=payout)
    return replace(action, order=replace(action.order, items=items))


def row(model: Model, at: int) -> dict[str, str]:
    """A row of a file for one line."""
    left = {"Sku": f"S{at // 2}", "Category": f"C{at}", "Quantity": str(model.left[at])}
    return {"Reason": "ITEM_RETURNED", **left}


def form(model: Model, said: frozenset[str]) -> dict[str, str]:
    """A request that tells the basket that is left."""
    fields = {"Reason": "ITEM_RETURNED"}
    for at, left in enumerate(model.left):
        if left:
            fields |= {f"ItemSku{at + 1}": f"S{at // 2}", f"ItemCategory{at + 1}": f"C{at}"}
            fields |= {f"ItemQty{at + 1}": str(left)}
            if "prices" in said:
                fields |= {f"ItemSubtotal{at + 1}": model.price_left(at)}
    return fields


def asked(action: Action, fields: dict[str, str]) -> tuple[Action, Any]:
    request = ChangeRow if "Sku" in fields else ModificationRequest
    change = request(ActionName(action.action_id), fields).change(action)
    held = Held(action, credits_of(action), CONTRACT)
    after, outcome = action_changes.decide(change, held, NOW, "reviewer")
    assert action_changes.is_done(change, after)
    if after.state is ActionState.PENDING:
        again, nothing = action_changes.decide(change, replace(held, action=after), NOW, "reviewer")
        assert (again, bool(nothing)) == (after, False)
    return after, outcome


@given(orders(), st.data())
def test_what_comes_back_takes_off_its_share_and_the_last_reverses(model, data) -> None:
    action = started(model)
    amount, payout = action.order_amount.minor, action.payout.minor
    assert [each.minor for each in baskets.shares_of(action)] == model.shares
    while action.state is ActionState.PENDING:
        at = data.draw(st.sampled_from([at for at, left in enumerate(model.left) if left]))
        model.left[at] = data.draw(st.integers(0, model.left[at]))
        said = data.draw(st.sampled_from([None, frozenset(), frozenset({"prices"})]))
        last = not any(model.left)
        fields = row(model, at) if said is None or last else form(model, said)
        action, outcome = asked(action, fields)
        for update in outcome.updates:
            amount += update.delta_amount.minor
            payout += update.delta_payout.minor
        expected = sum(model.worth())
        assert amount == expected
        assert payout == nearest(Fraction(expected * 725, 10_000))
        assert (action.state is ActionState.REVERSED) == (last or not expected)
        if action.state is ActionState.PENDING:
            held = {item.category: item.quantity for item in action.order.items}
            assert [held.get(f"C{at}", 0) for at in range(len(model.left))] == model.left
            worth = dict(zip(held, baskets.shares_of(action), strict=True))
            told = [worth.get(f"C{at}", usd(0)).minor for at in range(len(model.left))]
            assert told == model.worth()
    assert (amount, payout) == (0, 0)


@given(orders(), st.integers(1, 50_000), st.data())
def test_all_comes_back_of_an_order_whose_amount_was_stated_in_between(model, cents, data) -> None:
    action, amount = started(model), model.cents
    for at in data.draw(st.permutations(range(len(model.lines)))):
        before = action
        if data.draw(st.booleans()):
            action, outcome = asked(action, {"Reason": "ORDER_UPDATE", "Amount": str(usd(cents))})
            amount += sum(each.delta_amount.minor for each in outcome.updates)
            before = action
        model.left[at] = 0
        worth = dict(zip(before.order.items, baskets.shares_of(before), strict=True))
        share = next(each for item, each in worth.items() if item.category == f"C{at}")
        action, outcome = asked(action, row(model, at))
        (update,) = outcome.updates
        amount += update.delta_amount.minor
        assert amount == before.order_amount.minor - share.minor
        if action.state is ActionState.REVERSED:
            break
    assert (action.state, amount) == (ActionState.REVERSED, 0)


@given(orders(), st.data())
def test_a_reset_after_returns_brings_all_back(model, data) -> None:
    action = started(model)
    for at in data.draw(st.lists(st.integers(0, len(model.lines) - 1), max_size=4)):
        model.left[at] = data.draw(st.integers(0, model.left[at]))
        if sum(model.worth()) and any(model.left):
            action, _ = asked(action, row(model, at))
        else:
            break
    again, _ = asked(action, {"Reason": "RESET"})
    assert (again.order_amount, again.order.items) == (usd(model.cents), started(model).order.items)
    assert again.payout == started(model).payout


new_lines = st.tuples(
    st.sampled_from(["S0", "S1", "S9"]), st.none() | pieces, st.none() | prices, st.booleans()
)


@given(orders(), st.lists(st.lists(new_lines, min_size=1, max_size=LINES_MAX), max_size=4))
def test_no_list_of_items_makes_an_order_pay_on_more_than_its_amount(model, lists) -> None:
    action = started(model)
    for lines in lists:
        fields = {"Reason": "ORDER_UPDATE"}
        for number, (sku, count, price, told) in enumerate(lines, 1):
            fields |= {f"ItemSku{number}": sku, f"ItemQty{number}": str(count or "")}
            fields |= {f"ItemSubtotal{number}": "" if price is None else str(usd(price))}
            fields |= {f"ItemCategory{number}": f"C{number - 1}" if told else ""}
        try:
            action, _ = asked(action, fields)
        except RuleForbids:
            continue
        if action.state is not ActionState.PENDING:
            return
        assert 0 < action.order_amount.minor <= model.cents
        assert sum(each.minor for each in baskets.shares_of(action)) == action.order_amount.minor
