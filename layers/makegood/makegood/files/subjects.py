"""Which rows of a file are about the same thing, told while the file is cut.

A row's subject is the key that its parser finds what it changes by, and is kept as a hash of 64
bits, the same in every process. Two spellings of one key have one hash. Two keys may have one as
well: rows that are taken for the same act one after the other, which does no harm.

    inquiries, conversions   the campaign and the order
    actions                  the action, or the order when they are named by it
    resolutions              the inquiry, and the order where the sheet's own column names it

What is about an order or an action is one thing under two names, so in a file of actions that are
named in both ways all rows count as one subject.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise

from makegood.domain.problems import Invalid
from makegood.domain.texts import folded, trimmed
from makegood.domain.uploads import Kind
from makegood.files.csv_format import Columns
from makegood.files.layouts import field_of, with_whole_id

HASH_BYTES = 8
SLICE = 250_000
"""Hashes that are sorted at once: all of a large file's would take ten times their bytes."""

_EDGES = " '"
"""What may stand around a key without being part of it: a spreadsheet's apostrophe, too."""

Cells = Sequence[str]


@dataclass(slots=True)
class Subjects:
    """The subjects of a file's rows, which are noted in their order.

    A row without a key is refused whatever the others do, and has none: its hash is 0. Rows of
    resolutions have two hashes each, the others one.
    """

    columns: Columns
    kind: Kind
    hashes: array[int] = field(default_factory=lambda: array("Q"))
    _places: dict[str, int] = field(init=False)
    _hashed: Callable[[Cells], tuple[int, ...]] = field(init=False)
    _ways: set[str] = field(default_factory=set)
    """How a file's rows name their actions, by the API's names."""

    def __post_init__(self) -> None:
        self._places = {wire: at for at, wire in self.columns.places}
        if self.kind is Kind.RESOLUTIONS:
            for at, written in enumerate(self.columns.header):
                if field_of(written, Kind.INQUIRIES) == "OrderId":
                    self._places["OrderId"] = at
            self._hashed = self._of_resolution
        else:
            self._hashed = self._of_action if self.kind is Kind.ACTIONS else self._of_order

    def note(self, cells: Cells) -> None:
        """The next row."""
        self.hashes.extend(self._hashed(cells))

    def repeated(self) -> bytearray:
        """A byte for each row, 1 where another row has a subject of it; no byte if none has."""
        if len(self._ways) > 1:
            return bytearray(map(bool, self.hashes))
        found = _repeated(self.hashes)
        if not found:
            return bytearray()
        each = map(found.__contains__, self.hashes)
        if self.kind is Kind.RESOLUTIONS:
            return bytearray(inquiry or order for inquiry, order in zip(each, each, strict=True))
        return bytearray(each)

    def _of_order(self, cells: Cells) -> tuple[int, ...]:
        order_id = self._key("OrderId", cells)
        return (_hash(f"{self._key('CampaignId', cells)}\n{order_id}") if order_id else 0,)

    def _of_action(self, cells: Cells) -> tuple[int, ...]:
        for way in ("ActionId", "OrderId"):
            key = self._key(way, cells)
            if key:
                self._ways.add(way)
                return (_hash(key),)
        return (0,)

    def _of_resolution(self, cells: Cells) -> tuple[int, ...]:
        names = {name: self._cell(name, cells) for name in ("Id", "Inquiry")}
        try:
            inquiry_id = _plain(with_whole_id(self.kind, names)["Id"])
        except Invalid:
            return 0, 0
        if not inquiry_id:
            return 0, 0
        order_id = self._key("OrderId", cells)
        return _hash(inquiry_id), _hash(f"order\n{order_id}") if order_id else 0

    def _key(self, wire: str, cells: Cells) -> str:
        return _plain(self._cell(wire, cells))

    def _cell(self, wire: str, cells: Cells) -> str:
        """A cell without what may stand around a key, or what was given for those left blank."""
        at = self._places.get(wire, -1)
        text = trimmed(cells[at]).strip(_EDGES) if 0 <= at < len(cells) else ""
        return text or self.columns.given.get(wire, "")


def _plain(key: str) -> str:
    """The same for all spellings that some parser takes for one."""
    if not key.isascii():
        return folded(key)
    return " ".join(key.split()).casefold()


def _hash(key: str) -> int:
    digest = blake2b(key.encode(), digest_size=HASH_BYTES).digest()
    return int.from_bytes(digest) or 1


def _repeated(hashes: array[int]) -> set[int]:
    """Those that are there more than once, 0 apart."""
    slices = len(hashes) // SLICE + 1
    found: set[int] = set()
    for number in range(slices):
        ordered = sorted(each for each in hashes if each % slices == number)
        found.update(one for one, other in pairwise(ordered) if one == other)
    found.discard(0)
    return found
