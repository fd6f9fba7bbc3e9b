"""An upload: a file of many rows on its way from the inbox to its result.

    AWAITED ──▶ RUNNING ──▶ DONE | FAILED

AWAITED until its object arrives; FAILED if it cannot be read at all; DONE once every row has its
result. The object's key names the owner, the kind of file and the upload.

A sheet goes through the same states without an object: its rows come from the store.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from makegood.domain.carried import Carrying
from makegood.domain.parties import Role
from makegood.domain.problems import Fault, Invalid
from makegood.domain.texts import trimmed


class Kind(StrEnum):
    """What a file's rows are; the value is the folder it is uploaded to."""

    RESOLUTIONS = "resolutions"
    INQUIRIES = "inquiries"
    CONVERSIONS = "conversions"
    ACTIONS = "actions"
    ORDERS = "orders"


SIZE_MAX = 512 * 1024 * 1024
"""Bytes of one uploaded object."""

NAME_MAX = 100
"""Characters of a file's name, so 400 bytes: with all that stands before it, a key has 554 at most,
and S3 takes 1,024."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The content type of a workbook."""

K = TypeVar("K", bound=StrEnum)
_NOT_IN_NAMES = r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|%(?i:2f|5c|0[0-9a-f]|1[0-9a-f])"
"""Slashes and controls, also as an address writes them."""

_FILLED_IN = "${filename}"
"""S3 puts the sender's own name there: the object would not have the key that was announced."""

_KEY = r"(advertisers|partners)/([A-Za-z0-9._-]{1,64})/([a-z]+)/([A-Za-z0-9._-]{1,64})/([^/]+)"

FOLDERS = {Role.ADVERTISER: "advertisers", Role.PARTNER: "partners"}
KINDS = {
    Role.ADVERTISER: frozenset({Kind.RESOLUTIONS, Kind.CONVERSIONS, Kind.ACTIONS, Kind.ORDERS}),
    Role.PARTNER: frozenset({Kind.INQUIRIES}),
}
"""The kinds of files that each side may upload."""


class SheetKind(StrEnum):
    """What sheets list: inquiries to be decided, actions to be approved; and claims of a span with
    what a version of a policy would have said of them.
    """

    UNDECIDED = "undecided"
    APPROVALS = "approvals"
    BACKTESTS = "backtests"


SHEETS = {
    Role.ADVERTISER: frozenset({SheetKind.UNDECIDED, SheetKind.APPROVALS}),
    Role.PARTNER: frozenset[SheetKind](),
}
"""The kinds of sheets that each side may order."""

MADE_HERE = {
    Role.ADVERTISER: frozenset(SheetKind),
    Role.PARTNER: frozenset[SheetKind](),
}
"""The kinds of files whose rows come from the store: sheets, and backtests."""

CUTTING = 0
"""Stands in the place of a chunk's number for the cutting of a sheet; chunks count from 1."""


class UploadState(StrEnum):
    AWAITED = "AWAITED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Place:
    """An object's place in the inbox, as its key says it."""

    role: Role
    account_id: str
    kind: Kind | SheetKind
    upload_id: str
    name: str

    @property
    def key(self) -> str:
        folder = FOLDERS[self.role]
        return f"{folder}/{self.account_id}/{self.kind}/{self.upload_id}/{self.name}"

    @property
    def owner(self) -> str:
        """Whose it is, in one word: accounts share workers fairly by it."""
        return f"{FOLDERS[self.role]}/{self.account_id}"

    def result_key(self, name: str) -> str:
        """A key in the results bucket: `result.csv`, `summary.json`, a part or a chunk."""
        return f"{FOLDERS[self.role]}/{self.account_id}/{self.upload_id}/{name}"


def uploaded_to(key: str) -> Place:
    """The place of an object; refuses an unknown key, and a kind that its owner may not send."""
    place = place_of(key)
    check_kind(place.kind, place.role)
    return place


def place_of(key: str) -> Place:
    """Reads the key of an upload or a sheet; refuses a kind that is not its owner's."""
    match = re.fullmatch(_KEY, key)
    roles = {folder: role for role, folder in FOLDERS.items()}
    if match is None:
        raise _refused("key", "Upload to the key that POST Files answered with", "unknown_key")
    folder, account_id, kind, upload_id, name = match.groups()
    role = roles[folder]
    return Place(role, account_id, _known(kind, KINDS[role] | MADE_HERE[role]), upload_id, name)


def check_kind(kind: str, role: Role) -> Kind:
    """The kind of file that an account announces."""
    return _known(kind, KINDS[role])


def check_sheet(kind: str, role: Role) -> SheetKind:
    """The kind of sheet that an account orders."""
    return _known(kind, SHEETS[role])


def _known(kind: str, allowed: frozenset[K]) -> K:
    for each in sorted(allowed):
        if kind.strip().lower() == each:
            return each
    known = ", ".join(sorted(allowed))
    raise _refused(
        "Kind", f"Not a kind of file that this account has; give {known}", "unknown_kind"
    )


def check_name(name: str) -> str:
    """Any name that a browser gives a file: letters of all scripts, signs and spaces."""
    odd = re.search(_NOT_IN_NAMES, name) or _FILLED_IN in name
    if odd or len(name) > NAME_MAX or not trimmed(name).strip(". "):
        message = f"Up to {NAME_MAX} characters, without slashes, backslashes and controls"
        raise _refused("Name", message, "bad_name")
    return name


FORMATS = {"csv": ".csv", "xlsx": ".xlsx"}
"""The formats of a sheet, and how the names of such files end."""

WORKBOOK_ROWS_MAX = 100_000
"""The most rows of a workbook that is written here."""


def check_format(text: str) -> str:
    """The format of a sheet that is ordered; CSV if nothing is said."""
    name = text.strip().lower() or "csv"
    if name not in FORMATS:
        raise _refused("Format", "Not a format of sheets; give csv or xlsx", "unknown_format")
    return name


def content_type(name: str) -> str:
    """What a file of that name says it is; how it is read depends on what it holds."""
    return XLSX if name.lower().endswith(".xlsx") else "text/csv"


def check_size(text: str) -> int:
    """Bytes, of no more digits than the largest has: Python refuses to read thousands of them."""
    readable = text.isdecimal() and len(text) <= len(str(SIZE_MAX))
    if not readable or not 0 < int(text) <= SIZE_MAX:
        message = f"The file's size in bytes, from 1 to {SIZE_MAX}; split a larger file"
        raise _refused("Size", message, "bad_size")
    return int(text)


def _refused(name: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(name, message, code),))


UNNAMED = "unnamed"
"""The name of a sum that an older version wrote without a name."""


@dataclass(frozen=True, slots=True)
class Count(Carrying):
    """Rows with one result, and sums of the money in them.

    A sum's name says what it adds up; its values are minor units by currency.
    """

    rows: int = 0
    money: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def kept(cls, row: Sequence[Any]) -> "Count":
        """Reads a stored count; an older version wrote one sum of several things."""
        rows, money = row[:2]
        named = all(isinstance(each, Mapping) for each in money.values())
        return cls(rows, dict(money) if named else {UNNAMED: dict(money)}, carried=row)

    def plus(self, rows: int, money: Mapping[str, Mapping[str, int]]) -> "Count":
        both = {name: dict(each) for name, each in self.money.items()}
        for name, each in money.items():
            sums = both.setdefault(name, {})
            for currency, minor in each.items():
                sums[currency] = sums.get(currency, 0) + minor
        return replace(self, rows=self.rows + rows, money=both)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a chunk has come whose rows act in turn: so many of its first rows have their
    results, in that part. `counts` and `noted` are of these. Version 0 is of one not begun.
    """

    rows_done: int = 0
    part: str = ""
    counts: dict[str, Count] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """One file. `started_at` is the instant that all its rows are decided at; `given` is what it
    lacks and its owner said with it, by the API's names. The first `handed_on` of its chunks have
    their messages. `warnings` are sentences about the file as a whole; some are known once it is
    cut, the others once all its rows are done.
    """

    place: Place
    created_at: datetime
    size: int = 0
    dry: bool = False
    state: UploadState = UploadState.AWAITED
    object_version: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    checksum: str = ""
    chunk_count: int | None = None
    handed_on: int = 0
    chunks_done: int = 0
    row_count: int = 0
    rows_done: int = 0
    fault: str = ""
    given: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sent_by: str = ""
    """The id of the person who announced it; blank where a machine did."""

    ordered_from: int | None = None
    """The first of the chunks that are worked on one after the other, if there are any: they are
    the last of the file, or all of it.
    """

    @property
    def upload_id(self) -> str:
        return self.place.upload_id

    @property
    def is_made_here(self) -> bool:
        """Whether its rows come from the store, and no object is awaited."""
        return isinstance(self.place.kind, SheetKind)

    @property
    def is_over(self) -> bool:
        return self.state in (UploadState.DONE, UploadState.FAILED)

    @property
    def has_rows_apart(self) -> bool:
        """Whether rows that act in order are in chunks of their own."""
        return self.ordered_from is not None and self.ordered_from > 1

    @property
    def wants_workbook(self) -> bool:
        """Whether its result comes as a workbook besides: where its name says that it is one."""
        return content_type(self.place.name) == XLSX

    @property
    def has_workbook(self) -> bool:
        """Whether its result, once it is over, is there as a workbook."""
        fits = self.row_count <= WORKBOOK_ROWS_MAX
        return self.wants_workbook and fits and self.state is UploadState.DONE

    @property
    def first_chunks(self) -> int:
        """How many chunks are handed on at once: the others follow one after the other."""
        return self.ordered_from or self.chunk_count or 0

    def is_ordered(self, number: int) -> bool:
        """Whether that chunk is worked on after the one before it."""
        return self.ordered_from is not None and number >= self.ordered_from

    def chunk_message(self, number: int) -> dict[str, Any]:
        """The message that has a worker do this chunk, or the cutting of a sheet (`CUTTING`)."""
        return {"upload_id": self.upload_id, "chunk": number}

    @property
    def all_chunks_done(self) -> bool:
        return self.chunk_count is not None and self.chunks_done >= self.chunk_count

    def started(self, object_version: str, at: datetime) -> "Upload":
        return replace(
            self, state=UploadState.RUNNING, object_version=object_version, started_at=at
        )
