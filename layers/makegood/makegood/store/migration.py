"""What a migration is: what items should be like, and what makes an item so.

Only what an item lacks is written, and only if the item still is as it was read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from makegood.domain.problems import Problem, Unavailable, VersionConflict
from makegood.store.expressions import Change, Condition, change_of
from makegood.store.items import RawItem, Row

MIGRATED = "migrated"
"""The version that an item had when a migration or an erasure wrote it: that write is no event."""

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, Problem)
"""What reading a damaged item may raise."""


class Wanted(NamedTuple):
    """How an item should be: `values` of its attributes, None for one that it should not have.

    `new` are items that are put in the same transaction, except those that are there already.
    They are put only if a value of the item changes.
    """

    values: Mapping[str, Any]
    new: tuple[Row, ...] = ()


class Lacking(NamedTuple):
    """What is to be written about an item: its `change`, if it still is `as_read`, and `new` items
    that are not there.
    """

    change: Change
    as_read: Condition
    new: tuple[Row, ...]


class Unreadable(Exception):
    """Raised where a damaged item cannot be read; its text is the item's key."""


@contextmanager
def reading(item: RawItem) -> Iterator[None]:
    """Raises `Unreadable` where an item turns out to be damaged."""
    try:
        yield
    except (Unavailable, VersionConflict):
        raise
    except UNREADABLE as error:
        raise Unreadable(f"{item['pk']['S']} {item['sk']['S']}") from error


@dataclass(frozen=True, slots=True)
class Migration:
    """What items of a kind should be like. `kind` says the table and how values are stored.

    `wanted` is given each raw item of the table, items of other kinds too, and answers None for
    those that it is not about. It is a pure function. `index` is the index, if any, that the list
    needs besides: the migration is complete only once that is active.

    `move` stands in place of `wanted` where other items that are there already have to change as
    well. It is given the store and each raw item, writes by itself, and tells whether it wrote
    anything. It may be repeated, and stopped anywhere. It writes on condition of what it has read,
    and raises `VersionConflict` if somebody has changed that meanwhile.
    """

    kind: type[Row]
    wanted: Callable[[RawItem], Wanted | None] | None = None
    index: str = ""
    move: Callable[[Any, RawItem], bool] | None = None

    def lacking(self, item: RawItem) -> Lacking | None:
        """What an item lacks, and the mark that a migration wrote it; None where it lacks nothing.

        Raises `Unreadable`.
        """
        with reading(item):
            wanted = self.wanted(item) if self.wanted else None
            if wanted is None:
                return None
            change = change_of(self.kind, wanted.values)
        sets = {name: it for name, it in change.sets if _plain(item.get(name)) != _plain(it)}
        if not sets:
            return None
        sets[MIGRATED] = sets.get("version") or version_of(item)
        return Lacking(Change(tuple(sets.items())), _as_read(item, sets), wanted.new)


def _plain(value: Any) -> Any:
    """A typed value, with sets in one order."""
    if value is None or not value.keys() & {"SS", "NS", "BS"}:
        return value
    return {kind: sorted(each) for kind, each in value.items()}


def version_of(item: RawItem) -> dict[str, str]:
    """An item's version as it is stored; zero for one that is kept without."""
    return item.get("version") or {"N": "0"}


def was_migrated(image: RawItem) -> bool:
    """Whether it was a migration, or an erasure, that wrote an item last."""
    return image.get(MIGRATED) == version_of(image)


def _as_read(item: RawItem, changed: Iterable[str]) -> Condition:
    """That the item is there and as it was read: its version, if it has one, and what is changed;
    without a version, all of it.
    """
    names = dict.fromkeys((*changed, "version") if "version" in item else (*changed, *item))
    texts, values = ["attribute_exists(pk)"], []
    for name in names:
        if name in item:
            texts.append(f"#{name} = :{name}_is")
            values.append((f":{name}_is", item[name]))
        else:
            texts.append(f"attribute_not_exists(#{name})")
    return Condition(" AND ".join(texts), tuple(names), tuple(values))
