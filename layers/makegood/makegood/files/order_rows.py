"""The rows of a file of orders: lines that are read together, order by order.

An order is read whole or not at all. The first of its lines asks for it, and tells what became of
it; the others say where that stands. All lines of an order are in one chunk (`gathering`).
"""

from collections.abc import Sequence
from typing import Any

from makegood.domain.problems import Fault, Invalid, Problem
from makegood.files.columns import Columns
from makegood.files.gathering import Record
from makegood.files.order_columns import OrderColumns
from makegood.files.outcomes import OtherLine
from makegood.files.shop_rows import Cells, order_id_of, order_of


def gathered(
    columns: Columns, records: Sequence[Record], rows: Sequence[Cells | Problem]
) -> list[Any]:
    """For each row the order that it asks for, or the problem that says what it is instead."""
    if not isinstance(columns, OrderColumns):
        raise TypeError("orders are read by their own columns")
    found: list[Any] = list(rows)
    lines: dict[str, list[int]] = {}
    for at, (row, (_, cells)) in enumerate(zip(rows, records, strict=True)):
        try:
            said = columns.fields(cells) if isinstance(row, Problem) else row
            lines.setdefault(order_id_of(columns.shop, said), []).append(at)
        except Invalid as invalid:
            found[at] = row if isinstance(row, Problem) else invalid
    for order_id, places in lines.items():
        told = _told(columns, order_id, [(records[at][0], rows[at]) for at in places])
        for at, each in zip(places, told, strict=True):
            found[at] = each
    return found


def _told(
    columns: OrderColumns, order_id: str, lines: Sequence[tuple[int, Cells | Problem]]
) -> list[Any]:
    """The same, for the numbered lines of one order."""
    refused = [line for line, row in lines if isinstance(row, Problem)]
    if refused:
        message = f"Row {refused[0]} of this order is refused; mend it, and send the order again"
        fault = Fault(columns.shop.platform.order_id, message, "order_refused")
        return [row if isinstance(row, Problem) else Invalid(faults=(fault,)) for _, row in lines]
    try:
        order = order_of(columns.shop, order_id, [row for _, row in lines])
    except Invalid as invalid:
        return [invalid] * len(lines)
    return [order] + [OtherLine(lines[0][0])] * (len(lines) - 1)
