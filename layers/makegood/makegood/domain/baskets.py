"""The worth of each line of a basket, and what is left of an order when goods come back.

A line is worth its share of the order amount: by subtotals, or by quantities if a subtotal is
missing or all are zero. So tax, shipping and discounts are spread over the lines, and come back
with them. Rebates are recorded and weigh nothing. Shares are whole minor units by largest
remainder, so they sum to the order amount:

    an order of 100.00, a coupon of 20.00    A 60.00 is worth 50.00, and so is B 60.00
    A comes back                             50.00 are left, all of them B's
    B comes back                             nothing is left: the action is reversed

What is left is computed from the basket and amount at creation, never from what an earlier return
left. So rounding loses nothing, and returns may come in any order. If some pieces of a line are
left, the line is worth that fraction of its share, rounded half to even. If an amount has been
stated since creation, a line takes off its share of that amount instead.

A list of items never makes an order larger than what was bought: for that, state the amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from makegood.domain.actions import Action
from makegood.domain.money import Money, apportioned, rounded
from makegood.domain.orders import Item
from makegood.domain.problems import RuleForbids


@dataclass(frozen=True, slots=True)
class Line:
    """A change of one line of the basket; what is blank or None stays as it was.

    A `subtotal` is in the basket's own prices, as the order was sent.
    """

    sku: str
    category: str = ""
    quantity: int | None = None
    subtotal: Money | None = None
    name: str = ""
    sub_category: str = ""
    mpn: str = ""
    rebate: Money | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """An order amount and its basket, of which lines have their shares."""

    amount: Money
    items: tuple[Item, ...]

    def worth(self, items: Sequence[Item]) -> list[tuple[int | None, int]]:
        """For each of these lines what it is worth, in minor units, and its share when bought.

        Goods that were not bought have a share of 0, and are worth their subtotal at the prices of
        this basket: None where that is not known.
        """
        weights = weights_of(self.items, self.items)
        fractions = [self.amount.minor * weight for weight in weights]
        shares = apportioned(self.amount.minor, fractions, sum(weights)) if weights else ()
        result: list[tuple[int | None, int]] = []
        for item, at in zip(items, _paired(items, self.items), strict=True):
            if at is None or not (self.items[at].quantity or self.items[at] == item):
                result.append((self._new(item, sum(weights)), 0))
            else:
                result.append((self._kept(item, self.items[at], shares[at], weights), shares[at]))
        return result

    def _new(self, item: Item, of: int) -> int | None:
        if not item.quantity:
            return 0
        if item.subtotal is None or not _by_subtotals(self.items):
            return None
        return rounded(self.amount.minor * item.subtotal.minor, of)

    def _kept(self, item: Item, bought: Item, share: int, weights: Sequence[int]) -> int | None:
        """What is left of a line's share."""
        if item == bought:
            return share
        if not item.quantity:
            return 0
        before, after = bought.subtotal, item.subtotal
        if before is None or after is None or after == portion(bought, item.quantity):
            return rounded(share * item.quantity, bought.quantity)
        if not before.minor:
            return self._new(item, sum(weights))
        return rounded(share * after.minor, before.minor)


def basis_of(action: Action) -> Basis:
    """The order at its creation, or as it is now if its amount has been stated since."""
    created = action.as_created()
    basis = Basis(created.order_amount, created.items)
    worth = [each for each, _ in basis.worth(action.order.items)]
    known = [each for each in worth if each is not None]
    if len(known) == len(worth) and sum(known) == action.order_amount.minor:
        return basis
    return Basis(action.order_amount, action.order.items)


def shares_of(action: Action) -> tuple[Money, ...]:
    """What each line of the action's basket is worth; they sum to its order amount."""
    parts = basis_of(action).worth(action.order.items)
    return tuple(Money(worth or 0, action.order_amount.currency) for worth, _ in parts)


def weights_of(items: Sequence[Item], bought: Sequence[Item]) -> list[int]:
    """The weights of the lines: subtotals, else quantities, else the same for each.

    The basket that was `bought` says which, so that a line's share is the same whatever is left.
    """
    weights = [item.subtotal.minor for item in items if item.subtotal is not None]
    if not _by_subtotals(bought) or len(weights) < len(items) or not sum(weights):
        weights = [item.quantity for item in items]
    return weights if sum(weights) else [1] * len(items)


def _by_subtotals(items: Sequence[Item]) -> bool:
    priced = [item.subtotal.minor for item in items if item.subtotal is not None]
    return len(priced) == len(items) and sum(priced) > 0


def portion(item: Item, quantity: int) -> Money | None:
    """The subtotal of so many pieces, at the price of this line's."""
    if item.subtotal is None or not item.quantity:
        return item.subtotal
    minor = rounded(item.subtotal.minor * quantity, item.quantity)
    return replace(item.subtotal, minor=minor)


def leaves_nothing(action: Action, items: tuple[Item, ...]) -> bool:
    """Whether this basket in place of the action's own leaves no goods, or none that is worth
    anything; the order came to something before.
    """
    if items == action.order.items:
        return False
    if not any(item.quantity for item in items):
        return True
    basis = basis_of(action)
    worth = [each for each, _ in basis.worth(items)]
    return bool(basis.items and action.order_amount.minor) and not any(each != 0 for each in worth)


def amount_left(action: Action, items: tuple[Item, ...], instead: str) -> Money:
    """What the action's order comes to with this basket in place of its own.

    Refuses a basket that would make it more than it is, unless it only holds what was bought; and
    one whose worth is not known. `instead` says how to state the amount.
    """
    present = action.order_amount
    if items == action.order.items:
        return present
    basis = basis_of(action)
    if not basis.items:
        _refuse_two_readings(action, items, instead)
        return present
    parts = basis.worth(items)
    unknown = [item.sku for item, (worth, _) in zip(items, parts, strict=True) if worth is None]
    if unknown:
        raise RuleForbids(
            f"Sku {unknown[0]} was not bought with this order, and what it is worth in it is not "
            f"known; {instead}",
            code="amount_required",
        )
    left = replace(present, minor=sum(worth or 0 for worth, _ in parts))
    if present < left and any((worth or 0) > share for worth, share in parts):
        raise RuleForbids(
            f"These items would come to {left}, and the order of action {action.action_id} is "
            f"{present}; more goods do not raise it by themselves: {instead}",
            code="amount_required",
        )
    return left


def _refuse_two_readings(action: Action, items: Sequence[Item], instead: str) -> None:
    """An order that named no items holds these from now on, unless they are what is left of it."""
    told = [item.subtotal.minor for item in items if item.subtotal is not None]
    if len(told) == len(items) and sum(told) < action.order_amount.minor:
        raise RuleForbids(
            f"The order of action {action.action_id} named no items until now, so these may be all "
            f"of its {action.order_amount}, or what is left of it; {instead}",
            code="amount_required",
        )


def replaced(action: Action, lines: Sequence[Line]) -> tuple[Item, ...]:
    """The basket that these lines make; what one of them leaves out is as it was."""
    present, created = action.order.items, action.as_created().items
    _refuse_two_meanings(lines, present)
    found = [present[at] if at is not None else None for at in _paired(lines, present)]
    missing = [line for line, item in zip(lines, found, strict=True) if item is None]
    earlier = iter(created[at] if at is not None else None for at in _paired(missing, created))
    known = [next(earlier) if item is None else item for item in found]
    return tuple(
        _new_line(line, present)
        if item is None
        else _as_said(line, item, _as_bought(item, created))
        for line, item in zip(lines, known, strict=True)
    )


def with_line(action: Action, line: Line) -> tuple[Item, ...]:
    """The basket with another quantity or subtotal of its one line with that SKU."""
    items = action.order.items
    matches = [at for at, item in enumerate(items) if _is_of(line, item)]
    if len(matches) != 1:
        raise _not_one(line, items, [items[at] for at in matches])
    at = matches[0]
    item = items[at]
    if item.subtotal is None and line.subtotal is not None and line.subtotal.minor:
        raise RuleForbids(
            f"Sku {line.sku} has no subtotal to change; give the order's Amount without a Sku",
            code="item_without_subtotal",
        )
    changed = _as_said(line, item, _as_bought(item, action.as_created().items))
    return (*items[:at], changed, *items[at + 1 :])


def _not_one(line: Line, items: Sequence[Item], matches: Sequence[Item]) -> RuleForbids:
    known = ", ".join(dict.fromkeys(item.sku for item in items))
    told = f"is not in the basket, which holds {known}"
    if not items:
        told = "is not in the basket, which names no items; give the order's Amount without a Sku"
    if matches:
        apart = {item.category for item in matches if item.category}
        told = "is in the basket more than once; give its Category"
        if line.category or len(apart) < len(matches):
            told = (
                "is in the basket more than once, and Category does not tell which; give the "
                "order's Amount without a Sku"
            )
    return RuleForbids(f"Sku {line.sku} {told}", code="unknown_item")


def is_taken_back(line: Line) -> bool:
    """Whether nothing is left of a line, by what is said of it."""
    if line.quantity is not None:
        return not line.quantity
    return line.subtotal is not None and not line.subtotal.minor


def _new_line(line: Line, items: Sequence[Item]) -> Item:
    if line.quantity == 0:
        raise _not_one(line, items, ())
    return Item(
        line.sku,
        1 if line.quantity is None else line.quantity,
        line.subtotal,
        line.name,
        line.category,
        line.sub_category,
        line.mpn,
        line.rebate,
    )


def _as_said(line: Line, item: Item, bought: Item) -> Item:
    """This line of the basket with what is said of it.

    A subtotal of nothing leaves no pieces, and one of a line that was gone says that it is back.
    """
    quantity = item.quantity if line.quantity is None else line.quantity
    subtotal = line.subtotal
    if is_taken_back(line) and subtotal != item.subtotal:
        quantity = 0
    elif line.quantity is None and not quantity and subtotal is not None and subtotal.minor:
        quantity = bought.quantity
    if not quantity:
        subtotal = None if item.subtotal is None else replace(item.subtotal, minor=0)
    elif subtotal is None:
        is_as_bought = bought.quantity and item.subtotal == portion(bought, item.quantity)
        subtotal = portion(bought if is_as_bought else item, quantity)
    return replace(
        item,
        quantity=quantity,
        subtotal=subtotal,
        name=line.name or item.name,
        category=line.category or item.category,
        sub_category=line.sub_category or item.sub_category,
        mpn=line.mpn or item.mpn,
        rebate=item.rebate if line.rebate is None else line.rebate,
    )


def _as_bought(item: Item, created: Sequence[Item]) -> Item:
    """The line at the creation that this one was; itself where there was none."""
    (at,) = _paired([item], created)
    return item if at is None else created[at]


def _is_of(line: Line | Item, item: Item) -> bool:
    return line.sku == item.sku and line.category in ("", item.category)


def _is_like(line: Line | Item, item: Item) -> bool:
    """Whether nothing that is said of a line contradicts this one."""
    return (
        _is_of(line, item)
        and line.quantity in (None, item.quantity)
        and line.subtotal in (None, item.subtotal)
    )


def _has_sku_of(line: Line | Item, item: Item) -> bool:
    return line.sku == item.sku


_NEARNESS = (_is_like, _is_of, _has_sku_of)
"""How a line finds its earlier self: all of it is equal, or SKU and category, or the SKU."""


def _paired(lines: Sequence[Line | Item], items: Sequence[Item]) -> list[int | None]:
    """Where each line stands among the items, each of which is taken once; None for what does not.

    Those that are nearest find each other first, and at the same place before any other.
    """
    free = dict.fromkeys(range(len(items)))
    found: list[int | None] = [None] * len(lines)
    for fits in _NEARNESS:
        for number, line in enumerate(lines):
            if found[number] is not None:
                continue
            places = [number, *free] if number in free else free
            found[number] = next((at for at in places if fits(line, items[at])), None)
            free.pop(found[number], None)
    return found


def _refuse_two_meanings(lines: Sequence[Line], items: Sequence[Item]) -> None:
    """Refuses to guess which of several lines with the same SKU is left, or whether one is."""
    for line in lines:
        if line.quantity == 0 and line.subtotal is not None and line.subtotal.minor:
            raise RuleForbids(
                f"Sku {line.sku} has a subtotal, and nothing is left of it; leave one of them out",
                code="amount_of_nothing",
            )
        found = ([item for item in items if fits(line, item)] for fits in _NEARNESS)
        rivals = [item for item in next(filter(None, found), []) if item.quantity]
        asked = sum(each.sku == line.sku for each in lines)
        if len(rivals) > asked and len(set(rivals)) > 1:
            raise RuleForbids(
                f"Sku {line.sku} is in the basket more than once; give each line's ItemCategory, "
                "ItemQty and ItemSubtotal as the order has it, or the order's Amount",
                code="unknown_item",
            )
