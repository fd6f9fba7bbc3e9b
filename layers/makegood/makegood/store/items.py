"""Items: attributes, declared with pynamodb's types, and rows that hold their values.

Rows are read and written by the thousand, so they skip what pynamodb's models do for maps,
discriminators and computed defaults: a row is a plain object, and the encoding of each attribute is
looked up once for each kind.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import STRING

RawItem = dict[str, dict[str, Any]]
"""An item in DynamoDB's JSON: `{"pk": {"S": "A#1"}, ...}`."""

INSTANTS_REMEMBERED_MAX = 1_000
"""Rows that are worked on together share most of theirs: now, and the ends of days."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def stamp(at: datetime) -> str:
    """An instant as sortable text, in milliseconds."""
    if at.tzinfo is None:
        raise ValueError("an instant knows its time zone")
    return _stamp(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(INSTANTS_REMEMBERED_MAX)
def _stamp(at: datetime) -> str:
    """Of instants in UTC alone: in an hour that comes twice, two instants of a zone are equal."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def read_stamp(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Text(UnicodeAttribute):
    """Text, never empty; for an enumeration, its value."""

    serialize = str


class Number(NumberAttribute):
    """A whole number."""

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class Flag(BooleanAttribute):
    """Yes or no."""


class Texts(UnicodeSetAttribute):
    """A set of texts."""


class Instant(Attribute[datetime]):
    """An aware instant, kept as UTC text that sorts."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return stamp(value)

    def deserialize(self, value: str) -> datetime:
        return read_stamp(value)


class Compact(Attribute[Any]):
    """A small value that no query needs, as compact JSON."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return _ENCODER.encode(value)

    def deserialize(self, value: str) -> Any:
        return json.loads(value)


Code = tuple[str, Callable[[Any], Any], Callable[[Any], Any]]
"""How an attribute is stored: DynamoDB's type, and functions that write and read it."""


class Kept(NamedTuple):
    """How a kind of row is kept: the code of each attribute, what some are when nothing is said of
    them, and which none may lack.
    """

    codes: dict[str, Code]
    defaults: dict[str, Any]
    needed: frozenset[str]


class Declared:
    """One item of a kind, which `table` says the table of.

    A kind declares attributes; its rows have the values, and None where there is none. `unknown`
    are attributes of a newer version, as they are stored.
    """

    __slots__ = ("__dict__", "unknown")

    table: ClassVar[str] = ""
    kept: ClassVar[Kept] = Kept({}, {}, frozenset())

    def __init_subclass__(cls) -> None:
        declared = {name: each for name, each in vars(cls).items() if isinstance(each, Attribute)}
        defaults = {n: each.default for n, each in declared.items() if each.default is not None}
        cls.kept = Kept(
            cls.kept.codes
            | {
                name: (each.attr_type, each.serialize, each.deserialize)
                for name, each in declared.items()
            },
            cls.kept.defaults | defaults,
            cls.kept.needed | {name for name, each in declared.items() if not each.null},
        )
        for name in declared:
            setattr(cls, name, None)

    def __init__(self, pk: str, sk: str, **values: Any) -> None:
        kept = self.kept
        if not values.keys() <= kept.codes.keys():
            unknown = ", ".join(sorted(values.keys() - kept.codes.keys()))
            raise ValueError(f"{type(self).__name__} has no {unknown}")
        vars(self).update(kept.defaults, pk=pk, sk=sk, **values)
        self.unknown: RawItem = {}

    def serialize(self) -> RawItem:
        """The item; attributes that are None are left out."""
        codes = self.kept.codes
        item = dict(self.unknown)
        for name, value in vars(self).items():
            if value is not None:
                kind, write, _ = codes[name]
                item[name] = {kind: write(value)}
        if not self.kept.needed <= item.keys():
            missing = ", ".join(sorted(self.kept.needed - item.keys()))
            raise ValueError(f"{type(self).__name__} {self.pk} lacks {missing}")
        return item

    @classmethod
    def typed(cls, name: str, value: Any) -> dict[str, Any]:
        """A value of that attribute, as DynamoDB has it."""
        kind, write, _ = cls.kept.codes[name]
        return {kind: write(value)}

    @classmethod
    def from_raw_data(cls, item: Mapping[str, Mapping[str, Any]]) -> Self:
        """The row of an item."""
        codes, row = cls.kept.codes, cls.__new__(cls)
        values = vars(row)
        values.update(cls.kept.defaults)
        row.unknown = {}
        for name, typed in item.items():
            if name in codes:
                kind, _, read = codes[name]
                values[name] = read(typed[kind])
            else:
                row.unknown[name] = dict(typed)
        return row

    @property
    def place(self) -> RawItem:
        """Its key, as DynamoDB has it."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


class Row(Declared):
    """What every item has."""

    pk = Text()
    sk = Text()
    version = Number(null=True)


Key = tuple[type[Row], str, str]
"""Where an item is: its kind, which says the table; and both parts of its key."""


def bytes_of(item: RawItem) -> int:
    """What DynamoDB counts of an item against its limit of 400 KB, rounded up for numbers."""
    return sum(len(name.encode()) + _bytes_of_value(typed) for name, typed in item.items())


def _bytes_of_value(typed: Mapping[str, Any]) -> int:
    """Texts and numbers by their UTF-8 bytes; sets and lists with what each element adds."""
    (value,) = typed.values()
    if isinstance(value, str):
        return len(value.encode()) + 1
    if isinstance(value, list | tuple | set | frozenset):
        typed_each = (each if isinstance(each, Mapping) else {"": each} for each in value)
        return 3 + sum(_bytes_of_value(each) + 1 for each in typed_each)
    if isinstance(value, Mapping):
        return 3 + bytes_of(dict(value)) if value else 3
    return 1
