"""Orders whose cells tell what they were typed as."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from makegood.domain.amounts import JsonNumber
from makegood.domain.problems import Fault
from makegood.files.order_columns import OrderColumns
from makegood.files.typed_columns import TypedColumns


@dataclass(frozen=True, slots=True)
class TypedOrderColumns(OrderColumns):
    """Columns of orders in a workbook: a number is exact, and what was refused stays so."""

    MEND_EXTRA: ClassVar[str] = TypedColumns.MEND_EXTRA

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        found = OrderColumns.fields(self, cells)
        for title, at in self.shop.places.items():
            if at < len(cells) and isinstance(cells[at], JsonNumber):
                found[title] = cells[at]
        return found

    def _of_cells(self, cells: Sequence[str]) -> Iterator[Fault]:
        return TypedColumns._of_cells(self, cells)  # type: ignore[arg-type]
