"""Finds which rows of a file are about the same thing, while the file is cut into chunks.

A row's subject is the key by which its parser finds what it changes. It is kept as a hash of 64
bits, which is the same in every process. All spellings of a key have one hash. Two keys may share a
hash by chance: their rows then act one after the other, which does no harm.

    inquiries, conversions   the campaign and the order
    actions                  the action, or the order when they are named by it
    resolutions              the inquiry, and the order where the sheet's own column names it
    orders                   the order, if its lines lie in more than one chunk

An action may be named by its id or by its order. In an actions file that does both, all rows count
as one subject.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import IO

from makegood.domain.problems import Invalid
from makegood.domain.texts import folded, trimmed
from makegood.domain.uploads import Kind
from makegood.files.columns import Columns
from makegood.files.layouts import field_of, with_whole_id

HASH_BYTES = 8
NONE = bytes(HASH_BYTES)
"""The hash of a row without a key; such a row is refused whatever the others do."""

GROUPS = 256
BUFFER_BYTES = 256 * 1024
"""Bytes of hashes that wait in memory before they go to disk."""

_EDGES = " '"
"""Characters around a key that are not part of it: blanks, and a spreadsheet's apostrophe."""

Cells = Sequence[str]


class Hashes:
    """Hashes on disk: in the order of the rows, and in groups that are sorted one by one."""

    def __init__(self, scratch: IO[bytes]) -> None:
        self.scratch = scratch
        self.count = 0
        self._ordered = bytearray()
        self._held = [bytearray() for _ in range(GROUPS)]
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(GROUPS + 1)]

    def add(self, digest: bytes, counts: bool = True) -> None:
        """The hash of the next row. One that does not count is told of, but repeats nothing."""
        self.count += 1
        self._ordered += digest
        if counts and digest is not NONE:
            self._held[digest[0]] += digest
        if len(self._ordered) >= BUFFER_BYTES:
            self._write_down()

    def _write_down(self) -> None:
        for places, held in zip(self._places, (*self._held, self._ordered), strict=True):
            places.append((self.scratch.tell(), len(held)))
            self.scratch.write(held)
            held.clear()

    def in_order(self) -> Iterator[int]:
        return self._read(GROUPS, self._ordered)

    def _read(self, number: int, held: bytearray) -> Iterator[int]:
        for place, size in self._places[number]:
            self.scratch.seek(place)
            yield from memoryview(self.scratch.read(size)).cast("Q")
        yield from memoryview(bytes(held)).cast("Q")

    def repeated(self) -> Callable[[int], bool] | None:
        """Tells of a hash whether it came more than once; None where none did. Where most did, it
        says so of all, and the rest is not looked through.
        """
        groups: list[array[int]] = []
        twice = 0
        for number, held in enumerate(self._held):
            hashes = sorted(self._read(number, held))
            again = [one for one, other in pairwise(hashes) if one == other]
            groups.append(array("Q", dict.fromkeys(again)))
            twice += len(again) + len(groups[-1])
            if 2 * twice > self.count:
                return bool
        return (lambda each: _holds(groups[each % GROUPS], each)) if twice else None


def _holds(ordered: array[int], wanted: int) -> bool:
    at = bisect_left(ordered, wanted)
    return at < len(ordered) and ordered[at] == wanted


class Subjects:
    """The subjects of a file's rows, noted in their order: the order that a row is about."""

    def __init__(self, columns: Columns, hashes: Hashes) -> None:
        self.columns, self.hashes = columns, hashes
        self._places = {wire: at for at, wire in columns.places}
        self._campaigns: dict[str, str] = {}
        """Those of the file, each with what all of its spellings share."""

    def next_chunk(self) -> None:
        """The rows from here on are in another chunk."""

    def note(self, cells: Cells) -> None:
        """Notes the subject of the next row."""
        order_id = self._key("OrderId", cells)
        if not order_id:
            self.hashes.add(NONE)
            return
        campaign_id = self._cell("CampaignId", cells)
        if campaign_id not in self._campaigns:
            self._campaigns = {campaign_id: _plain(campaign_id)}
        self.hashes.add(_hash(f"{self._campaigns[campaign_id]}\n{order_id}"))

    def repeated(self) -> bytearray:
        """A byte for each row: 1 if another row shares a subject with it. Empty if no rows do."""
        repeats = self.hashes.repeated()
        if repeats is None:
            return bytearray()
        return self._marked(map(repeats, self.hashes.in_order()))

    def _marked(self, repeats: Iterator[bool]) -> bytearray:
        """A byte for each row, from what is said of its hashes."""
        return bytearray(repeats)

    def _key(self, wire: str, cells: Cells) -> str:
        return _plain(self._cell(wire, cells))

    def _cell(self, wire: str, cells: Cells) -> str:
        """A cell without what may stand around a key, or what was given for those left blank."""
        at = self._places.get(wire)
        if at is not None and at < len(cells):
            text = cells[at]
            if not (text.isascii() and text.isprintable()):
                text = trimmed(text)
            text = text.strip(_EDGES)
            if text:
                return text
        return self.columns.given.get(wire, "")


class ActionSubjects(Subjects):
    """A row is about an action, by its id or by its order."""

    def __init__(self, columns: Columns, hashes: Hashes) -> None:
        super().__init__(columns, hashes)
        self._ways: set[str] = set()
        """How a file's rows name their actions, by the API's names."""

    def note(self, cells: Cells) -> None:
        for way in ("ActionId", "OrderId"):
            key = self._key(way, cells)
            if key:
                self._ways.add(way)
                self.hashes.add(_hash(key))
                return
        self.hashes.add(NONE)

    def repeated(self) -> bytearray:
        if len(self._ways) > 1:
            return bytearray(map(bool, self.hashes.in_order()))
        return super().repeated()


class InquirySubjects(Subjects):
    """A row is about an inquiry, and about its order where our own sheet names it: two hashes."""

    def __init__(self, columns: Columns, hashes: Hashes) -> None:
        super().__init__(columns, hashes)
        for at, written in enumerate(columns.header):
            if field_of(written, Kind.INQUIRIES) == "OrderId":
                self._places["OrderId"] = at

    def note(self, cells: Cells) -> None:
        inquiry_id = _plain(self._inquiry_id(cells))
        order_id = self._key("OrderId", cells) if inquiry_id else ""
        self.hashes.add(_hash(inquiry_id) if inquiry_id else NONE)
        self.hashes.add(_hash(f"order\n{order_id}") if order_id else NONE)

    def _marked(self, repeats: Iterator[bool]) -> bytearray:
        return bytearray(inquiry or order for inquiry, order in zip(repeats, repeats, strict=True))

    def _inquiry_id(self, cells: Cells) -> str:
        """As the row is read; blank where it is refused."""
        inquiry_id, inquiry = self._cell("Id", cells), self._cell("Inquiry", cells)
        if not inquiry or inquiry == f"#{inquiry_id}":
            return inquiry_id
        try:
            return with_whole_id({"Id": inquiry_id, "Inquiry": inquiry})["Id"]
        except Invalid:
            return ""


class OrderSubjects(Subjects):
    """A row is a line of an order. Lines in one chunk are read together wherever they stand."""

    def __init__(self, columns: Columns, hashes: Hashes) -> None:
        super().__init__(columns, hashes)
        self._here: set[bytes] = set()

    def next_chunk(self) -> None:
        self._here.clear()

    def note(self, cells: Cells) -> None:
        digest = self.subject_of(cells)
        self.hashes.add(digest, counts=digest not in self._here)
        self._here.add(digest)

    def subject_of(self, cells: Cells) -> bytes:
        """The hash of a row's order."""
        order_id = self._key("OrderId", cells)
        return _hash(order_id) if order_id else NONE


def _plain(key: str) -> str:
    """The form that all spellings of a key share."""
    if not key.isascii():
        return folded(key)
    return " ".join(key.split()).casefold() if " " in key else key.casefold()


def _hash(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=HASH_BYTES).digest()
