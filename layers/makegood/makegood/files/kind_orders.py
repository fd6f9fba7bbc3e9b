"""Lines of a shop's orders."""

from makegood.files import order_rows, outcomes
from makegood.files.kinds import FileKind, as_they_are
from makegood.files.subjects import OrderSubjects
from makegood.usecases.take_shop_order import ShopOrderWork

KIND = FileKind(
    request=as_they_are,
    fields=as_they_are,
    gathered=order_rows.gathered,
    work=ShopOrderWork,
    subjects=OrderSubjects,
    told=outcomes.order_told,
    sums=outcomes.order_sums,
)
