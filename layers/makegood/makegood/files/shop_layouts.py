"""How shops export their orders: our own layout and four platforms', told apart by their headers.

Columns may stand in any order, and unknown ones are passed over. A header is refused whole when no
platform or more than one fits, or when it leaves open what nobody may guess: the time zone of local
dates, the currency, the amount on the campaign's basis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from makegood.domain import calendar
from makegood.domain.money import parse_currency
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.shop_orders import AmountBasis, ShopState
from makegood.files.layouts import plain


@dataclass(frozen=True, slots=True)
class Platform:
    """One way to export orders: the titles of its columns by what they hold.

    `amounts` are titles to add and, with a minus in front, to subtract, for each basis that the
    file can tell. `local_dates`: its dates are the shop's local time. `status` may be blank: then
    every order is a sale. `statuses` are in lower case.
    """

    name: str
    order_id: str
    date: str
    status: str
    amounts: Mapping[AmountBasis, tuple[str, ...]]
    statuses: Mapping[str, ShopState]
    status_required: bool = True
    alias: str = ""
    currency: str = ""
    refunded: str = ""
    cancelled: str = ""
    item_status: str = ""
    local_dates: bool = False

    def required(self, basis: AmountBasis) -> tuple[str, ...]:
        """Titles without which a file is not this platform's, for an amount on this basis."""
        columns = (self.order_id, self.date, *(self.status,) * self.status_required)
        refunds = (self.refunded,) if self.refunded and self.status_required else ()
        states = tuple(each for each in (self.item_status, self.cancelled) if each)
        amounts = self.amounts.get(basis, ())
        return (*columns, *refunds, *states, *(each.lstrip("-") for each in amounts))


def _statuses(**words: str) -> dict[str, ShopState]:
    return {word: ShopState(state) for state, listed in words.items() for word in listed.split()}


_GOODS = AmountBasis()
_ALL = AmountBasis(tax=True, shipping=True)

PLATFORMS = (
    Platform(
        name="our own layout",
        order_id="Order Id",
        date="Order Date",
        status="Status",
        status_required=False,
        amounts={AmountBasis(tax, ship): ("Amount",) for tax in (0, 1) for ship in (0, 1)},
        statuses=_statuses(
            SALE="sale", PENDING="pending", UNDONE="undone", PARTLY_UNDONE="partly_undone"
        ),
        alias="Aliases",
        currency="Currency",
        refunded="Refunded Amount",
    ),
    Platform(
        name="Shopify's export",
        order_id="Name",
        date="Created at",
        status="Financial Status",
        amounts={
            _GOODS: ("Subtotal",),
            _ALL: ("Total",),
            AmountBasis(tax=True): ("Total", "-Shipping"),
            AmountBasis(shipping=True): ("Total", "-Taxes"),
        },
        statuses=_statuses(
            SALE="paid partially_paid",
            PENDING="pending authorized expired",
            PARTLY_UNDONE="partially_refunded",
            UNDONE="refunded voided",
        ),
        alias="Id",
        currency="Currency",
        refunded="Refunded Amount",
        cancelled="Cancelled at",
    ),
    Platform(
        name="WooCommerce's export",
        order_id="Order #",
        date="Date",
        status="Status",
        amounts={_GOODS: ("Net Sales",)},
        statuses=_statuses(
            SALE="processing completed",
            PENDING="pending on-hold checkout-draft",
            UNDONE="refunded cancelled failed",
        ),
        local_dates=True,
    ),
    Platform(
        name="Magento's export",
        order_id="ID",
        date="Purchase Date",
        status="Status",
        amounts={_GOODS: ("Subtotal",), _ALL: ("Grand Total (Purchased)",)},
        statuses=_statuses(
            SALE="processing complete",
            PENDING="pending pending_payment payment_review holded",
            UNDONE="closed canceled fraud",
        ),
        refunded="Total Refunded",
        local_dates=True,
    ),
    Platform(
        name="Amazon's export",
        order_id="amazon-order-id",
        date="purchase-date",
        status="order-status",
        amounts={_GOODS: ("item-price",)},
        statuses=_statuses(SALE="shipped unshipped", PENDING="pending", UNDONE="cancelled"),
        alias="merchant-order-id",
        currency="currency",
        item_status="item-status",
    ),
)


@dataclass(frozen=True, slots=True)
class ShopColumns:
    """A shop's header: its platform and the place of each column, by the column's plain title.

    `given` is `TimeZone` and `Currency`, as far as they came with the upload.
    """

    platform: Platform
    basis: AmountBasis
    places: Mapping[str, int]
    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def match(cls, header: Sequence[str], basis: AmountBasis, given: Mapping[str, str]) -> Self:
        """Raises `Invalid` for a header that no platform, or more than one, can have written."""
        titles = [plain(each) for each in header]
        platform = _platform(titles, basis)
        columns = cls(platform, basis, {each: at for at, each in enumerate(titles)}, given)
        if faults := (*columns._repeated(titles), *columns._untold()):
            raise Invalid(faults=faults)
        return columns

    def cell(self, cells: Sequence[str], title: str) -> str:
        """A row's cell below a title; blank if the file has no such column."""
        at = self.places.get(plain(title)) if title else None
        return cells[at].strip() if at is not None and at < len(cells) else ""

    def _repeated(self, titles: Sequence[str]) -> tuple[Fault, ...]:
        platform = self.platform
        read = {*platform.required(self.basis), platform.status, platform.alias, platform.currency}
        read |= {platform.refunded, platform.cancelled}
        return tuple(
            Fault(title, "This column is there twice; keep one", "duplicate_column")
            for title in sorted(read - {""})
            if titles.count(plain(title)) > 1
        )

    def _untold(self) -> tuple[Fault, ...]:
        """What neither the file nor the upload says, and values given that cannot be read."""
        faults = []
        platform, given = self.platform, self.given
        if self.basis not in platform.amounts:
            message = f"{platform.name} has no amount on this basis; use one without tax, shipping"
            faults.append(Fault("AmountBasis", message, "basis_not_in_file"))
        if platform.local_dates and not given.get("TimeZone"):
            message = "Dates are the shop's local time; give TimeZone with the upload"
            faults.append(Fault("TimeZone", message, "no_time_zone"))
        if plain(platform.currency) not in self.places and not given.get("Currency"):
            message = "The file names no currency; give Currency with the upload"
            faults.append(Fault("Currency", message, "no_currency"))
        for name, read in (("TimeZone", calendar.zone), ("Currency", parse_currency)):
            try:
                if given.get(name):
                    read(given[name])
            except Malformed as malformed:
                faults.append(malformed.at(name))
        return tuple(faults)


def _platform(titles: Sequence[str], basis: AmountBasis) -> Platform:
    lacking = {
        each.name: [title for title in each.required(basis) if plain(title) not in titles]
        for each in PLATFORMS
    }
    whole = [each for each in PLATFORMS if not lacking[each.name]]
    if len(whole) == 1:
        return whole[0]
    if whole:
        names = " and ".join(each.name for each in whole)
        message = f"The header has the columns of {names}; send a file of one platform"
        raise Invalid(faults=(Fault("header", message, "mixed_platforms"),))
    nearest = max(PLATFORMS, key=lambda each: _share(each, lacking, basis))
    if _share(nearest, lacking, basis) < 1 / 2:
        message = "No platform's header; export in English, or use Order Id, Order Date, Amount"
        raise Invalid(faults=(Fault("header", message, "unknown_platform"),))
    message = f"This is nearly {nearest.name}, but lacks this column; export it whole, in English"
    raise Invalid(
        faults=tuple(Fault(each, message, "missing_column") for each in lacking[nearest.name])
    )


def _share(platform: Platform, lacking: Mapping[str, list[str]], basis: AmountBasis) -> float:
    return 1 - len(lacking[platform.name]) / len(platform.required(basis))
