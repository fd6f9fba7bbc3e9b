"""The lines of a basket: `ItemSku1`, `ItemQty1` and their like, counted from 1."""

from collections.abc import Callable
from typing import TypeVar

from makegood.domain.amounts import read_whole
from makegood.domain.money import Money, total
from makegood.domain.orders import ITEMS_MAX, Item
from makegood.domain.problems import Malformed
from makegood.forms.fields import ITEM_FIELD
from makegood.forms.reading import Form

QUANTITY_MAX = 1_000_000

T = TypeVar("T")


def items(form: Form) -> tuple[Item, ...]:
    """The lines of an order; each is of one piece unless told."""
    return lines(form, Item, lambda bought, name: bought.read(name, read_quantity) or 1)


def have_subtotals(form: Form) -> bool:
    """Whether there are items that may say what they come to; reads none."""
    return any(name.startswith("ItemSubtotal") for name in form.fields)


def amount(form: Form, bought: tuple[Item, ...]) -> Money | None:
    """What the items come to, as the order's amount; a fault where that is not plain."""
    subtotals = [each.subtotal for each in bought if each.subtotal is not None]
    if (
        not bought
        or len(subtotals) < len(bought)
        or any(each.rebate is not None for each in bought)
    ):
        form.fault("Amount", "Required where an item has no subtotal, or a rebate", "required")
        return None
    summed = {"Amount": str(total(subtotals, form.currency))}
    return Form(summed, form.zone, form.currency, form.faults).money("Amount")


def lines(
    form: Form, line: Callable[..., T], quantity: Callable[[Form, str], int | None]
) -> tuple[T, ...]:
    """The lines as `Item`, or as what has its fields, with this reading of their `ItemQty`."""
    matches = (ITEM_FIELD.fullmatch(name) for name in form.fields if name.startswith("Item"))
    places = {match.group(): int(match.group(2)) for match in matches if match}
    if not places:
        return ()
    bought = form.given(places)
    numbers = sorted({places[name] for name in bought.fields})
    if len(numbers) > ITEMS_MAX:
        form.fault("ItemSku1", f"At most {ITEMS_MAX} items; add some of them up", "too_many_items")
        return ()
    return tuple(_line(bought, number, line, quantity) for number in numbers)


def _line(
    form: Form, number: int, line: Callable[..., T], quantity: Callable[[Form, str], int | None]
) -> T:
    return line(
        sku=form.text(f"ItemSku{number}", required=True),
        quantity=quantity(form, f"ItemQty{number}"),
        subtotal=form.money(f"ItemSubtotal{number}"),
        name=form.text(f"ItemName{number}"),
        category=form.text(f"ItemCategory{number}"),
        sub_category=form.text(f"ItemSubCategory{number}"),
        mpn=form.text(f"ItemMPN{number}"),
        rebate=form.money(f"ItemTotalRebate{number}"),
    )


def read_quantity(text: str) -> int:
    quantity = read_whole(text)
    if not quantity:
        raise Malformed("not_a_count", "Not a whole number from 1 on; write it like 2")
    if quantity > QUANTITY_MAX:
        raise Malformed("too_many", f"Over the limit; give at most {QUANTITY_MAX:,}")
    return quantity
