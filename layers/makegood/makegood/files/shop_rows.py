"""A shop's rows, read into its orders: lines of one order are grouped, first non-blank cell wins.

An order is read whole or not at all. Lines of it that contradict each other refuse the order.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Never, TypeVar

from makegood.domain import calendar, spreadsheet_damage
from makegood.domain.amounts import read_amount
from makegood.domain.money import Money, parse_currency, total
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.domain.shop_orders import ALIASES_MAX, ShopOrder, ShopState
from makegood.domain.texts import one_line
from makegood.files.shop_layouts import ShopColumns
from makegood.forms.reading import ORDER_ID_MAX

_STATUS_CHARS_MAX = 64
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_MONTH_FIRST = r"(?a)([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d) (AM|PM)"
_T = TypeVar("_T")

Cells = Mapping[str, str]
"""What a row says, by the titles of its columns; those that are blank are left out."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line of an order that cannot be read, and why."""

    line: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class ShopFile:
    """What was read, by order id. `unknown` are lines whose status nobody knows: never a sale."""

    orders: tuple[ShopOrder, ...]
    refused: tuple[RefusedRow, ...]
    unknown: tuple[RefusedRow, ...]


def read(columns: ShopColumns, rows: Iterable[tuple[int, Sequence[str]]]) -> ShopFile:
    """The orders of numbered rows, in whatever sequence the rows come."""
    grouped: dict[str, list[tuple[int, Cells]]] = {}
    orders: list[ShopOrder] = []
    refused: list[RefusedRow] = []
    unknown: list[RefusedRow] = []
    for line, row in rows:
        cells = columns.cells(row)
        try:
            grouped.setdefault(order_id_of(columns, cells), []).append((line, cells))
        except Invalid as invalid:
            refused.append(RefusedRow(line, invalid.faults))
    for order_id, lines in grouped.items():
        try:
            order = order_of(columns, order_id, [cells for _, cells in lines])
        except Invalid as invalid:
            refused += (RefusedRow(line, invalid.faults) for line, _ in lines)
            continue
        orders.append(order)
        if order.state is ShopState.UNKNOWN:
            message = f'Nobody knows the status "{order.status}"; claims on it go to a person'
            fault = Fault(columns.platform.status, message, "unknown_status")
            unknown += (RefusedRow(line, (fault,)) for line, _ in lines)
    by_line = sorted(refused, key=lambda each: each.line)
    by_id = sorted(orders, key=lambda each: each.order_id)
    return ShopFile(tuple(by_id), tuple(by_line), tuple(sorted(unknown, key=lambda e: e.line)))


def order_id_of(columns: ShopColumns, cells: Cells) -> str:
    """The order that a row is a line of; raises `Invalid`."""
    title = columns.platform.order_id
    try:
        return _order_id(cells.get(title, ""))
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(title),)) from None


def order_of(columns: ShopColumns, order_id: str, lines: Sequence[Cells]) -> ShopOrder:
    """The order that all its lines say together; raises `Invalid`."""
    return _Lines(columns, lines).order(order_id)


def _order_id(text: str) -> str:
    if not text:
        raise Malformed("required", "Must not be blank")
    return one_line(spreadsheet_damage.check(text), ORDER_ID_MAX)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one order."""

    columns: ShopColumns
    lines: Sequence[Cells]

    def order(self, order_id: str) -> ShopOrder:
        """Raises `Invalid`."""
        platform, given = self.columns.platform, self.columns.given
        currency = self._one(platform.currency, parse_currency, "Currency")
        currency = currency or parse_currency(given.get("Currency") or self._lacks_currency())
        ordered_at = self._one(platform.date, self._instant) or self._lacks(platform.date)
        status = self._one(platform.status, _status) or ""
        if platform.status_required and not status:
            self._lacks(platform.status)
        amount, live = self._amount(currency, platform.state_of(status))
        refunded = self._one(platform.refunded, lambda text: _money(text, currency))
        state = self._state(status, live, refunded)
        return ShopOrder(
            order_id=order_id,
            ordered_at=ordered_at,
            amount=amount,
            state=state,
            status=status or "sale",
            refunded=refunded or Money.zero(currency),
            aliases=self._one(platform.alias, _aliases) or (),
        )

    def _state(self, status: str, live: bool, refunded: Money | None) -> ShopState:
        platform = self.columns.platform
        state = platform.state_of(status) if status else ShopState.SALE
        if state is not ShopState.UNKNOWN and (
            not live or self._one(platform.cancelled, bool) is not None
        ):
            return ShopState.UNDONE
        if state is ShopState.SALE and refunded is not None and refunded.minor:
            return ShopState.PARTLY_UNDONE
        if state is ShopState.PARTLY_UNDONE and (refunded is None or not refunded.minor):
            message = "The order is partly refunded; say how much, or nobody knows what is left"
            raise Invalid(faults=(Fault(platform.refunded, message, "refund_missing"),))
        return state

    def _amount(self, currency: str, state: ShopState) -> tuple[Money, bool]:
        """The amount on the basis, and whether any item of the order is left.

        Items that are still pending may have no price yet, and those of an undone order none.
        """
        platform = self.columns.platform
        if not platform.item_status:
            amounts = []
            for title in platform.amounts[self.columns.basis]:
                column = title.lstrip("-")
                money = self._one(column, lambda text: _money(text, currency))
                money = money or self._lacks(column)
                amounts.append(-money if title.startswith("-") else money)
            return total(amounts, currency), True
        (column,) = platform.amounts[self.columns.basis]
        live = [
            cells
            for cells in self.lines
            if cells.get(platform.item_status, "").lower() != "cancelled"
        ]
        prices = [_Lines(self.columns, [cells]) for cells in live]
        found = [each._one(column, lambda text: _money(text, currency)) for each in prices]
        if None in found and state not in (ShopState.PENDING, ShopState.UNDONE):
            self._lacks(column)
        return total([each for each in found if each], currency), bool(live)

    def _one(self, title: str, parse: Callable[[str], _T], field: str = "") -> _T | None:
        """What the lines say in a column, in one voice; None where all are blank."""
        texts = {cells[title] for cells in self.lines if title in cells}
        try:
            values = {parse(text) for text in texts}
        except Malformed as malformed:
            raise Invalid(faults=(malformed.at(title or field),)) from None
        if len(values) > 1:
            told = " and ".join(f'"{each}"' for each in sorted(texts))
            message = f"Lines of this order contradict each other, {told}; keep the right one"
            raise Invalid(faults=(Fault(title, message, "rows_contradict"),))
        return values.pop() if values else None

    def _lacks(self, title: str) -> Never:
        raise Invalid(faults=(Fault(title, "Must not be blank", "required"),))

    def _lacks_currency(self) -> Never:
        message = "Must not be blank; fill it in, or give Currency with the upload"
        title = self.columns.platform.currency or "Currency"
        raise Invalid(faults=(Fault(title, message, "required"),))

    def _instant(self, text: str) -> datetime:
        zone = self.columns.given.get("TimeZone", "")
        text = _month_first(text)
        if not zone and calendar.lacks_offset(text):
            message = "Says no time zone; give TimeZone with the upload, or add an offset to it"
            raise Malformed("no_time_zone", message)
        return calendar.parse_instant(text, calendar.zone(zone) if zone else UTC)


def _status(text: str) -> str:
    return one_line(text, _STATUS_CHARS_MAX).lower()


def _aliases(text: str) -> tuple[str, ...]:
    ids = (each.strip() for each in text.split("|"))
    aliases = tuple(sorted({_order_id(each) for each in ids if each}))
    if len(aliases) > ALIASES_MAX:
        raise Malformed("too_many_aliases", f"Over the limit; give at most {ALIASES_MAX}")
    return aliases


def _money(text: str, currency: str) -> Money:
    money = read_amount(text, currency)
    if money.minor < 0:
        raise Malformed("negative_amount", "Must not be below zero")
    return money


def _month_first(text: str) -> str:
    """`May 09, 2025, 04:48:53 PM` as ISO 8601 has it; any other text as it is."""
    match = re.fullmatch(_MONTH_FIRST, text)
    if match is None or match[1] not in _MONTHS.split() or not 1 <= int(match[4]) <= 12:
        return text
    month = _MONTHS.split().index(match[1]) + 1
    hour = int(match[4]) % 12 + 12 * (match[7] == "PM")
    return f"{match[3]}-{month:02d}-{int(match[2]):02d} {hour:02d}:{match[5]}:{match[6]}"
