"""The directory's documents: read whole, and written over what was read; and the adjustable clock.

A document outlives the version of the code that wrote it. Fields that this version does not know
are passed over when it reads, and kept when it writes. A document is written on condition that it
is still as it was read, so of two operators who change the same one, the second is told.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, Self, TypeVar

from botocore.exceptions import ClientError

from makegood.domain.problems import RuleForbids, VersionConflict
from makegood.store.connection import Connection, refused
from makegood.store.expressions import (
    IS_NEW,
    Condition,
    at_version,
    change_of,
    compared,
    is_missing,
)
from makegood.store.items import Compact, Key, RawItem, Row, Texts, bytes_of, stamp

T = TypeVar("T")

ITEM_BYTES_MAX = 390_000
"""Bytes of an item of the directory, safely within DynamoDB's 400 KB."""


class DirectoryRow(Row):
    """An item of the directory; `unknown` are its attributes that this version does not know."""

    __slots__ = ("unknown",)

    table = "directory"

    document = Compact(null=True)
    campaign_ids = Texts(null=True)
    lock_rules = Texts(null=True)

    def __init__(self, pk: str, sk: str, unknown: RawItem | None = None, **values: Any) -> None:
        super().__init__(pk, sk, **values)
        self.unknown: RawItem = unknown or {}

    @classmethod
    def from_raw_data(cls, item: Mapping[str, Mapping[str, Any]]) -> Self:
        row = super().from_raw_data(item)
        known = cls.kept.codes
        row.unknown = {name: dict(typed) for name, typed in item.items() if name not in known}
        return row

    def serialize(self) -> RawItem:
        return {**self.unknown, **super().serialize()}

    def next_version(self, **values: Any) -> Self:
        """This item with other values, as the next version of it."""
        version = (self.version or 0) + 1
        return type(self)(self.pk, self.sk, self.unknown, **values, version=version)


CLOCK: Key = (DirectoryRow, "CLOCK", "CLOCK")


class Seen(NamedTuple, Generic[T]):
    """What a change was decided on; None where there was nothing yet."""

    value: T | None


def known(kind: type, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a document that a dataclass of this version has."""
    fields = kind.__dataclass_fields__
    return {name: value for name, value in document.items() if name in fields}


IDENTITIES = frozenset({"credential_id", "event_type_id", "person_id"})
"""Fields by which an object in a document's list is the same one as before."""


def merged(stored: Any, written: Any) -> Any:
    """What is written, with every field of what was stored that this version does not know.

    What is written names each field that this version knows, in objects within it as well.
    """
    if isinstance(stored, Mapping) and isinstance(written, Mapping):
        return {
            **stored,
            **{name: merged(stored.get(name), each) for name, each in written.items()},
        }
    if isinstance(stored, list) and isinstance(written, list | tuple):
        before = {_identity(each): each for each in stored}
        before.pop(None, None)
        return [merged(before.get(_identity(each)), each) for each in written]
    return written


def _identity(thing: Any) -> Any:
    """What an object in a list is known by; None for what has no identity."""
    names = IDENTITIES & thing.keys() if isinstance(thing, Mapping) else None
    return thing[min(names)] if names else None


def as_read(was: DirectoryRow | None) -> Condition:
    """That a document is still as it was read; one from before there were versions has none."""
    if was is None:
        return IS_NEW
    if was.version:
        return at_version(DirectoryRow, was.version)
    unversioned = is_missing("version")
    if was.document is None:
        return unversioned & is_missing("document")
    return unversioned & compared(DirectoryRow, "document", "=", was.document)


def differs(key: Key, value: T, stored: T | None, seen: Seen[T] | None) -> bool:
    """Whether a value is to be written over what is stored, of which `seen` is what was known.

    Raises `VersionConflict` if that is something else.
    """
    if stored == value:
        return False
    if seen is not None and stored != seen.value:
        raise changed_meanwhile(key)
    return True


def rewritten(key: Key, document: Any, was: DirectoryRow | None) -> DirectoryRow:
    """The next version of a document, with all that is unknown of the one before."""
    if was is None:
        return DirectoryRow(*key[1:], document=document, version=1)
    return was.next_version(document=merged(was.document, document))


def changed_meanwhile(key: Key) -> VersionConflict:
    """The refusal of a change that was decided on what is no longer so."""
    return VersionConflict(
        f"{_named(key)} was changed by somebody else meanwhile; look at it, and send the command "
        "again if it still fits"
    )


def check_size(row: Row, mend: str) -> None:
    """Refuses an item that is too large for DynamoDB, before anything is written."""
    size = bytes_of(row.serialize())
    if size > ITEM_BYTES_MAX:
        raise RuleForbids(
            f"{_named((type(row), row.pk, row.sk))} would take {size:,} bytes, and at most "
            f"{ITEM_BYTES_MAX:,} can be kept; {mend}",
            code="too_large",
        )


def _named(key: Key) -> str:
    """What people call a document: `PARTNER 10001`, or `CAMPAIGN 1000, RULE 10001`."""
    _, pk, sk = key
    owner = pk.replace("#", " ", 1)
    return owner if "#" not in sk else f"{owner}, {sk.replace('#', ' ', 1)}"


class Documents(Connection):
    """Reads documents in batches, and writes them on condition of what was read."""

    def documents(self, keys: Iterable[Key]) -> dict[tuple[str, str], Any]:
        """Documents by (pk, sk); missing ones are left out."""
        return {key: row.document for key, row in self.fetch(keys).items()}

    def held(self, key: Key) -> Any:
        """The row of a document; None where there is none."""
        return self.fetch([key]).get(key[1:])

    def put(
        self,
        key: Key,
        value: T,
        read: Callable[[Any], T],
        document: Any,
        seen: Seen[T] | None = None,
    ) -> None:
        """Writes a value's document, if that changes anything; `read` makes a value of a document.

        If it says what the change was decided on, and that is no longer so, it raises
        `VersionConflict`.
        """
        was = self.held(key)
        if not differs(key, value, None if was is None else read(was.document), seen):
            return
        row = rewritten(key, document, was)
        check_size(row, "shorten its texts")
        try:
            self.write(row, as_read(was))
        except ClientError as error:
            if not refused(error):
                raise
            raise changed_meanwhile(key) from error

    def adjusted_clock(self) -> datetime | None:
        """The instant that the adjustable clock is set to, if it is set."""
        for each in self.documents([CLOCK]).values():
            return datetime.fromisoformat(each)
        return None

    def set_clock(self, at: datetime) -> None:
        """Sets the adjustable clock; whoever sets it last is right."""
        model, pk, sk = CLOCK
        self.update(model(pk, sk), change_of(model, {"document": stamp(at)}))
