"""How shops export their orders: our own layout and four platforms', told apart by their headers.

Columns may stand in any order, and unknown ones are passed over. A header is refused whole when no
platform or more than one fits, or when it leaves open what nobody may guess: the time zone of local
dates, the currency, the amount on the campaign's basis.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from makegood.domain import calendar
from makegood.domain.money import parse_currency
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.shop_orders import AmountBasis, ShopState
from makegood.files import near_headings
from makegood.files.layouts import plain


@dataclass(frozen=True, slots=True)
class Platform:
    """One way to export orders: the titles of its columns by what they hold.

    `amounts` are titles to add and, with a minus in front, to subtract, for each basis that the
    file can tell. `local_dates`: its dates are the shop's local time. `status` may be blank: then
    every order is a sale. `statuses` are in lower case, with `_` between words.
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

    def state_of(self, status: str) -> ShopState:
        """What a status says: a program's word for it, or the label that people are shown."""
        return self.statuses.get(re.sub(r"[\s_-]+", "_", status.lower()), ShopState.UNKNOWN)

    def read(self, basis: AmountBasis) -> dict[str, str]:
        """The titles that are read of it, each with the API's name of what it holds."""
        titles = {
            **{each.lstrip("-"): "Amount" for each in self.amounts.get(basis, ())},
            self.order_id: "OrderId",
            self.date: "OrderDate",
            self.status: "Status",
            self.alias: "Aliases",
            self.currency: "Currency",
            self.refunded: "RefundedAmount",
            self.cancelled: "CancelledDate",
            self.item_status: "Status",
        }
        return {title: wire for title, wire in titles.items() if title}

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

OURS = Platform(
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
)

PLATFORMS = (
    OURS,
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
            PENDING="pending pending_payment on_hold draft checkout_draft",
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
            PENDING="pending pending_payment payment_review holded on_hold",
            UNDONE="closed canceled fraud suspected_fraud",
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
    """A shop's header: its platform and the place of each column that is read, by its title.

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
        platform = _platform(header, titles, basis)
        known = {each: at for at, each in enumerate(titles)}
        read = {title: plain(title) for title in platform.read(basis)}
        places = {title: known[each] for title, each in read.items() if each in known}
        columns = cls(platform, basis, places, given)
        if faults := (*_repeated(read, titles), *columns._untold(header)):
            raise Invalid(faults=faults)
        return columns

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """A row's cells by their titles, without those that are blank."""
        width = len(row)
        found = ((title, row[at].strip()) for title, at in self.places.items() if at < width)
        return {title: text for title, text in found if text}

    def _untold(self, header: Sequence[str]) -> tuple[Fault, ...]:
        """What neither the file nor the upload says, and values given that cannot be read."""
        faults = []
        platform, given = self.platform, self.given
        if self.basis not in platform.amounts:
            message = f"{platform.name} has no amount on this basis; use one without tax, shipping"
            faults.append(Fault("AmountBasis", message, "basis_not_in_file"))
        if platform.local_dates and not given.get("TimeZone"):
            message = "Dates are the shop's local time; give TimeZone with the upload"
            faults.append(Fault("TimeZone", message, "no_time_zone"))
        if platform.currency not in self.places and not given.get("Currency"):
            mend = _mend("Currency", header, "give Currency with the upload")
            message = f"The file names no currency; {mend}"
            faults.append(Fault("Currency", message, "no_currency"))
        for name, read in (("TimeZone", calendar.zone), ("Currency", parse_currency)):
            try:
                if given.get(name):
                    read(given[name])
            except Malformed as malformed:
                faults.append(malformed.at(name))
        return tuple(faults)


def platforms_of(header: Sequence[str]) -> tuple[Platform, ...]:
    """Those whose columns a header has, on whichever basis."""
    titles = {plain(each) for each in header}
    return tuple(
        each
        for each in PLATFORMS
        if any({*map(plain, each.required(basis))} <= titles for basis in each.amounts)
    )


def _repeated(read: Mapping[str, str], titles: Sequence[str]) -> tuple[Fault, ...]:
    return tuple(
        Fault(title, "This column is there twice; keep one", "duplicate_column")
        for title, each in sorted(read.items())
        if titles.count(each) > 1
    )


def _platform(header: Sequence[str], titles: Sequence[str], basis: AmountBasis) -> Platform:
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
    raise Invalid(
        faults=tuple(
            Fault(
                title,
                f"This is nearly {nearest.name}, but lacks this column; "
                f"{_mend(title, header, 'export it whole, in English')}",
                "missing_column",
            )
            for title in lacking[nearest.name]
        )
    )


def _mend(title: str, header: Sequence[str], otherwise: str) -> str:
    """What to do about a column that is not there: a heading may be nearly its own."""
    near = next((each for each in header if near_headings.is_near(each, title)), "")
    return f'name "{near}" so, if it is meant' if near else otherwise


def _share(platform: Platform, lacking: Mapping[str, list[str]], basis: AmountBasis) -> float:
    return 1 - len(lacking[platform.name]) / len(platform.required(basis))
