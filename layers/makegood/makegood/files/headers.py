"""What a header means, by the kind of its file.

Orders come in the layouts of shops, and a workbook tells what its cells were typed as; what reads
those is loaded when the first one comes.
"""

from collections.abc import Callable, Mapping, Sequence

from makegood.domain.uploads import Kind
from makegood.files.columns import Columns
from makegood.files.layouts import LAYOUTS, suits


def match(
    header: Sequence[str], kind: Kind, given: Mapping[str, str], typed: bool = False
) -> Columns:
    """The columns of a file; raises `Invalid` for a header that cannot be read."""
    return _columns(kind, typed).match(header, kind, given)


def _columns(kind: Kind, typed: bool) -> type[Columns]:
    if kind is Kind.ORDERS:
        from makegood.files import order_columns, typed_orders

        return typed_orders.TypedOrderColumns if typed else order_columns.OrderColumns
    if typed:
        from makegood.files import typed_columns

        return typed_columns.TypedColumns
    return Columns


def goes_on(
    header: Sequence[str], kind: Kind | None, given: Mapping[str, str]
) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """Tells of two rows that follow each other whether they must not be cut apart: lines of one
    order are read together.
    """
    if kind is not Kind.ORDERS:
        return lambda row, following: False
    (at,) = (at for at, wire in match(header, kind, given).places if wire == "OrderId")

    def same(row: Sequence[str], following: Sequence[str]) -> bool:
        return min(len(row), len(following)) > at and row[at] == following[at] != ""

    return same


def is_ours(header: Sequence[str], kind: Kind, given: Mapping[str, str]) -> bool:
    """Whether a header has all columns that its kind of file needs."""
    if kind is not Kind.ORDERS:
        return suits(header, kind, given)[0] == len(LAYOUTS[kind].required)
    from makegood.files import shop_layouts

    return bool(shop_layouts.platforms_of(header))
