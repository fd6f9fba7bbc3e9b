"""CSV as spreadsheets write it, and as they may read it without running anything.

UTF-8 with or without a byte order mark, comma or semicolon, CRLF or LF; quoted cells may hold
separators, quotes and line breaks. A stream is cut at record boundaries only, by counting quotes,
so that memory is bounded by a chunk. Headers match whatever their case, spaces and underscores.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from makegood.problems import Fault, Invalid

RECORD_BYTES_MAX = 64 * 1024
CELL_CHARS_MAX = 8_000
COLUMNS_MAX = 500
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"


class Kind(StrEnum):
    """What a file's rows are; the value is the folder it is uploaded to."""

    RESOLUTIONS = "resolutions"
    INQUIRIES = "inquiries"
    CONVERSIONS = "conversions"
    ACTIONS = "actions"


COLUMNS: dict[Kind, dict[str, str]] = {
    Kind.RESOLUTIONS: {
        "Id": "Id",
        "Resolution Status": "ResolutionStatus",
        "Transaction Date": "TransactionDate",
        "Action Tracker": "ActionTrackerId",
        "Resolution Reason": "RejectReason",
        "Final Payout": "FinalPayout",
        "Resolution Notes": "ResolutionNotes",
        "Sale Amount": "TransactionAmount",
        "Customer Id": "CustomerId",
        "Customer Status": "CustomerStatus",
        "Promo Code": "PromoCode",
        "Version": "Version",
    },
    Kind.INQUIRIES: {
        "Inquiry Id": "MediaPartnerInquiryId",
        "Campaign Id": "CampaignId",
        "Order Id": "OrderId",
        "Sale Amount": "TransactionAmount",
        "Transaction Date": "TransactionDate",
        "Type": "InquiryType",
        "Expected Payout": "ExpectedPayout",
        "Resolution Deadline": "ResolutionDeadlineDate",
        "Customer Id": "CustomerId",
        "Tracking Link": "TrackingLink",
        "Notes": "InquiryNotes",
        "Currency": "Currency",
        "Appeal Of": "AppealOf",
    },
    Kind.CONVERSIONS: {
        "Campaign Id": "CampaignId",
        "Action Tracker": "ActionTrackerId",
        "Order Id": "OrderId",
        "Event Date": "EventDate",
        "Amount": "Amount",
        "Currency": "Currency",
        "Partner Id": "MediaPartnerId",
        "Customer Id": "CustomerId",
        "Customer Status": "CustomerStatus",
        "Promo Code": "PromoCode",
    },
}
"""The columns of each kind, and the API's names of the same fields."""

REQUIRED: dict[Kind, tuple[str, ...]] = {
    Kind.RESOLUTIONS: ("Id", "Resolution Status"),
    Kind.INQUIRIES: ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type"),
    Kind.CONVERSIONS: (
        "Campaign Id",
        "Action Tracker",
        "Order Id",
        "Event Date",
        "Amount",
        "Partner Id",
    ),
}

ITEM_PARTS = {
    "itemsku": "ItemSku",
    "itemname": "ItemName",
    "itemcategory": "ItemCategory",
    "itemsubcategory": "ItemSubCategory",
    "itemmpn": "ItemMPN",
    "itemqty": "ItemQty",
    "itemsubtotal": "ItemSubtotal",
    "itemtotalrebate": "ItemTotalRebate",
}
WITH_ITEMS = frozenset({Kind.RESOLUTIONS, Kind.CONVERSIONS})

_PLAIN = re.compile(r"[ _\-]+")
_ITEM = re.compile(r"([a-z]+?)([1-9]\d{0,2})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?", re.ASCII)
_BLANK = re.compile(rb'\s*(?:"\s*")?\s*')
_QUOTED = re.compile(r'"[^"]*"')
_LEADS = ("=", "@", "+", "-", "\t", "\r")


def _refused(message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault("file", message, code),))


def decompressed(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The blocks themselves, or what they hold when they are gzip; stops at `limit` bytes."""
    stream = iter(blocks)
    first = next(stream, b"")
    if not first.startswith(GZIP):
        yield first
        yield from stream
        return
    total = 0
    for block in _inflated(first, stream):
        total += len(block)
        if total > limit:
            raise _refused(f"Unpacks to more than {limit} bytes; split it", "too_large")
        yield block


def _inflated(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """Unpacks all members of a gzip stream, a bounded piece at a time."""
    inflater = zlib.decompressobj(wbits=31)
    pending = first
    more = iter(rest)
    try:
        while True:
            piece = inflater.decompress(pending, RECORD_BYTES_MAX)
            if piece:
                yield piece
            pending = inflater.unconsumed_tail
            if inflater.eof:
                pending = inflater.unused_data or next(more, b"")
                if not pending:
                    return
                inflater = zlib.decompressobj(wbits=31)
            elif not pending:
                pending = next(more, b"")
                if not pending:
                    raise _refused("The gzip ends too early; upload it again", "bad_gzip")
    except zlib.error as error:
        raise _refused("Not a gzip that can be unpacked; upload it again", "bad_gzip") from error


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file's cells are told apart."""

    separator: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole records: `data` as it came, `first_line` its line in the input, from 1."""

    number: int
    first_line: int
    row_count: int
    data: bytes


@dataclass(slots=True)
class Cutter:
    """A stream of CSV: its header at once, and its records in chunks while it is iterated."""

    blocks: Iterable[bytes]
    bytes_max: int
    rows_max: int
    header: list[str] = field(init=False)
    layout: Layout = field(init=False)
    _lines: Iterator[tuple[int, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = _records(self.blocks)
        line, head = next(self._lines, (1, b""))
        head = head.removeprefix(BOM)
        if not head.strip():
            raise _refused("The file is empty; its first line names the columns", "empty_file")
        if head.startswith(b"PK") or b"\x00" in head:
            raise _refused("Not a CSV file; save the sheet as CSV UTF-8", "not_csv")
        text = _decoded(head, line)
        outside = _QUOTED.sub("", text)
        self.layout = Layout(";" if outside.count(";") > outside.count(",") else ",")
        self.header = [name.strip() for name in _cells(text, self.layout)]
        if len(self.header) > COLUMNS_MAX:
            raise _refused(f"More than {COLUMNS_MAX} columns; leave some out", "too_many_columns")

    def __iter__(self) -> Iterator[Chunk]:
        number, first_line, rows, data = 1, 0, 0, bytearray()
        for line, record in self._lines:
            _decoded(record, line)
            if rows and (rows == self.rows_max or len(data) + len(record) > self.bytes_max):
                yield Chunk(number, first_line, rows, bytes(data))
                number, rows, data = number + 1, 0, bytearray()
            if not rows:
                first_line = line
            data += record
            rows += 1
        if rows:
            yield Chunk(number, first_line, rows, bytes(data))


def _records(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Whole records with the line each begins in; blank ones are skipped.

    A record ends at a line break outside quotes, and a cell's quotes are always paired, so a line
    break ends a record exactly when the quotes before it are even.
    """
    line, start = 1, 1
    record = bytearray()
    odd = False
    for piece in _lines(blocks):
        record += piece
        odd ^= piece.count(b'"') % 2 == 1
        line += 1
        if len(record) > RECORD_BYTES_MAX:
            what = "no quote closes it" if odd else "shorten it"
            raise _refused(
                f"The row that begins in line {start} is longer than {RECORD_BYTES_MAX} bytes; "
                f"{what}",
                "row_too_long",
            )
        if odd:
            continue
        if not _BLANK.fullmatch(record):
            yield start, bytes(record)
        record = bytearray()
        start = line
    if odd:
        raise _refused(f"A quote that opens in line {start} is never closed", "unclosed_quote")
    if not _BLANK.fullmatch(record):
        yield start, bytes(record)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their break, however the blocks fall; a last one may lack it."""
    rest = b""
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield line + b"\n"
        while len(rest) > RECORD_BYTES_MAX:
            yield rest
            rest = b""
    if rest:
        yield rest


def _decoded(record: bytes, line: int) -> str:
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        message = f"Line {line} is not UTF-8; save the sheet as CSV UTF-8"
        raise _refused(message, "not_utf8") from error
    if "\x00" in text:
        raise _refused(f"Line {line} holds NUL characters; save the sheet as CSV", "not_csv")
    if "\r" in text.removesuffix("\r\n") and "\r" in _QUOTED.sub("", text).removesuffix("\r\n"):
        message = f"Line {line} has a line break of CR alone; save the sheet with CRLF or LF"
        raise _refused(message, "bad_line_break")
    return text


def _cells(text: str, layout: Layout) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline="\n"), delimiter=layout.separator), [])


def records(data: bytes, layout: Layout, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a chunk, each with the line that it begins in."""
    text = data.decode()
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=layout.separator)
    line = first_line
    for cells in reader:
        if cells and (len(cells) > 1 or cells[0].strip()):
            yield line, cells
        line = first_line + reader.line_num


def _name(header: str) -> str:
    return _PLAIN.sub("", header.strip().casefold())


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header, read: where each field stands, and what the file calls it."""

    header: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    names: dict[str, str]

    @classmethod
    def match(cls, header: Sequence[str], kind: Kind) -> "Columns":
        """Refuses a header that lacks a required column, or has one twice; keeps unknown ones."""
        known = {_name(name): wire for name, wire in COLUMNS[kind].items()}
        places: list[tuple[int, str]] = []
        names: dict[str, str] = {}
        faults: list[Fault] = []
        for at, written in enumerate(header):
            wire = known.get(_name(written)) or _item_field(_name(written), kind)
            if wire is None:
                continue
            if wire in names:
                message = f'Columns "{names[wire]}" and "{written}" mean the same; keep one'
                faults.append(Fault(written, message, "duplicate_column"))
                continue
            places.append((at, wire))
            names[wire] = written
        for name in REQUIRED[kind]:
            if COLUMNS[kind][name] not in names:
                message = f"This column is missing; the file has {', '.join(header)}"
                faults.append(Fault(name, message, "missing_column"))
        if faults:
            raise Invalid(faults=tuple(faults))
        return cls(tuple(header), tuple(places), names)

    def fields(self, cells: Sequence[str]) -> dict[str, str]:
        """Known cells by the API's names; blank ones are left out."""
        width = len(cells)
        return {
            wire: cells[at].strip() for at, wire in self.places if at < width and cells[at].strip()
        }

    def header_of(self, wire: str) -> str:
        """What this file calls a field; what its own column would be called, if it has none."""
        if wire in self.names:
            return self.names[wire]
        for columns in COLUMNS.values():
            for name, field_name in columns.items():
                if field_name == wire:
                    return name
        return wire

    def faults(self, cells: Sequence[str]) -> tuple[Fault, ...]:
        """What is wrong with a row before it is read: its shape, and cells that would run."""
        if len(cells) > len(self.header):
            message = (
                f"The row has {len(cells)} cells, the header {len(self.header)}; "
                "quote cells that hold the separator"
            )
            return (Fault("row", message, "too_many_cells"),)
        faults = []
        for at, cell in enumerate(cells):
            if is_formula(cell):
                message = "The cell begins like a formula; send the value itself"
                faults.append(Fault(self._field(at), message, "formula"))
            elif len(cell) > CELL_CHARS_MAX:
                message = f"The cell has more than {CELL_CHARS_MAX} characters; shorten it"
                faults.append(Fault(self._field(at), message, "too_long"))
        return tuple(faults)

    def _field(self, at: int) -> str:
        return next((wire for place, wire in self.places if place == at), self.header[at])


def _item_field(name: str, kind: Kind) -> str | None:
    match = _ITEM.fullmatch(name)
    if match is None or kind not in WITH_ITEMS or match.group(1) not in ITEM_PARTS:
        return None
    return ITEM_PARTS[match.group(1)] + match.group(2)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run it: it begins with = @ + - and is not a number."""
    start = cell.lstrip(" ")
    return start.startswith(_LEADS) and not _NUMBER.fullmatch(start.strip())


def render(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV with commas and CRLF, in which no cell can run: what would is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(["'" + cell if is_formula(cell) else cell for cell in row])
    return out.getvalue().encode()
