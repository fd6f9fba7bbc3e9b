"""The header of a shop's own orders, whichever platform wrote it, as the columns of a file.

Of a platform's export only what is read counts: the names, addresses and notes beside that may be
anything. A header is refused with all that nobody may guess (`shop_layouts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from makegood.domain import spreadsheet_damage
from makegood.domain.problems import Fault, Malformed
from makegood.domain.shop_orders import AmountBasis
from makegood.domain.texts import trimmed
from makegood.domain.uploads import Kind
from makegood.files import near_headings
from makegood.files.columns import Columns
from makegood.files.csv_injection import bare, understood
from makegood.files.shop_layouts import OURS, ShopColumns
from makegood.forms.given import BASIS


@dataclass(frozen=True, slots=True)
class OrderColumns(Columns):
    """A header of orders: `shop` tells what its rows mean."""

    shop: ShopColumns = field(kw_only=True)

    @classmethod
    def match(
        cls, header: Sequence[str], kind: Kind, given: Mapping[str, str] | None = None
    ) -> Self:
        """Raises `Invalid` for a header that no platform, or more than one, can have written, and
        for what neither it nor the upload says.
        """
        given = given or {}
        shop = ShopColumns.match(header, AmountBasis.of(given.get(BASIS, "")), given)
        wires = shop.platform.read(shop.basis)
        return cls(
            header=tuple(header),
            places=tuple(sorted((at, wires[title]) for title, at in shop.places.items())),
            names={title: header[at] for title, at in shop.places.items()},
            given=given,
            shop=shop,
        )

    def check_spelling(self, kind: Kind) -> tuple[str, ...]:
        """Of our own layout alone: a platform's columns are named by a program."""
        if self.shop.platform is not OURS:
            return ()
        return near_headings.check(self.header, kind, foreign=False)

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """What a row says by the titles of its columns, as `shop_rows` reads it."""
        found = {}
        for title, text in self.shop.cells(cells).items():
            if not (text.isascii() and text.isprintable()):
                text = trimmed(text)
            if "'" in text:
                text = bare(text) if title in self._ids else understood(text)
            if text:
                found[title] = text
        return found

    @property
    def _ids(self) -> tuple[str, str]:
        return self.shop.platform.order_id, self.shop.platform.alias

    def faults(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """What is wrong with a row before it is read. Columns that nobody reads are passed over,
        where it was a program that wrote them.
        """
        if self.shop.platform is OURS:
            return Columns.faults(self, cells)
        read, width = {*self.shop.places.values()}, len(self.header)
        seen = [cell if at in read or at >= width else "" for at, cell in enumerate(cells)]
        return Columns.faults(self, seen)

    def damages(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """Errors of a spreadsheet; ids are looked at where they are read."""
        faults = [] if self.shop.platform is not OURS else self._zeros_lost(cells)
        text = "".join(cells)
        if "#" not in text and ":5" not in text:
            return tuple(faults)
        for title, written in self.shop.cells(cells).items():
            try:
                spreadsheet_damage.check_error(trimmed(written))
            except Malformed as malformed:
                faults.append(malformed.at(title))
        return tuple(faults)

    def _zeros_lost(self, cells: Sequence[str]) -> list[Fault]:
        """Ids that another column has with zeros in front; a platform's own columns never do."""
        ids = [self.shop.places[each] for each in self._ids if each in self.shop.places]
        read = {*self.shop.places.values()} - {*ids}
        beside = [at for at in range(len(self.header)) if at not in read]
        lost = spreadsheet_damage.lost_zeros(cells, ids, beside)
        return [spreadsheet_damage.zeros_lost().at(self._field(at)) for at in lost]

    def _field(self, at: int) -> str:
        return self.header[at]
