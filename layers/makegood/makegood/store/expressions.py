"""Conditions and changes of items, in DynamoDB's own words.

Names have a `#` in front, so that none can be a reserved word of DynamoDB.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from makegood.store.items import Row

Typed = Mapping[str, Any]
"""A value in DynamoDB's JSON: `{"N": "1"}`."""


class Condition(NamedTuple):
    """A condition on one item; `names` are its attributes, `values` what its `:words` stand for."""

    text: str
    names: tuple[str, ...] = ()
    values: tuple[tuple[str, Typed], ...] = ()

    def __or__(self, other: "Condition") -> "Condition":
        return self._with("OR", other)

    def __and__(self, other: "Condition") -> "Condition":
        return self._with("AND", other)

    def _with(self, word: str, other: "Condition") -> "Condition":
        """Both; a value of the other that has a name of ours gets a name of its own."""
        text, values = other.text, dict(self.values)
        for place, value in other.values:
            free = place
            while values.get(free, value) != value:
                free += "_too"
            text = re.sub(rf"{place}\b", free, text)
            values[free] = value
        names = tuple(dict.fromkeys((*self.names, *other.names)))
        return Condition(f"({self.text}) {word} ({text})", names, tuple(values.items()))


IS_NEW = Condition("attribute_not_exists(pk)")


def is_missing(name: str) -> Condition:
    return Condition(f"attribute_not_exists(#{name})", (name,))


def is_there(name: str) -> Condition:
    return Condition(f"attribute_exists(#{name})", (name,))


def compared(kind: type[Row], name: str, word: str, value: Any) -> Condition:
    """An attribute beside a value, by `=`, `<`, `<=`, `>` or `>=`."""
    place = f":{name}_is"
    return Condition(f"#{name} {word} {place}", (name,), ((place, kind.typed(name, value)),))


def at_version(kind: type[Row], version: int) -> Condition:
    """A condition that the item still has this version; version 0 means that there is none."""
    return compared(kind, "version", "=", version) if version else IS_NEW


class Change(NamedTuple):
    """A change of one item's attributes: set, removed (None), added to, or texts taken out of."""

    sets: tuple[tuple[str, Typed | None], ...] = ()
    adds: tuple[tuple[str, int | list[str]], ...] = ()
    drops: tuple[tuple[str, list[str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sets or self.adds or self.drops)


def change_of(kind: type[Row], values: Mapping[str, Any]) -> Change:
    """Sets these values, and removes what is None."""
    return Change(
        tuple(
            (name, None if value is None else kind.typed(name, value))
            for name, value in values.items()
        )
    )


def added(amounts: Mapping[str, int | list[str]]) -> Change:
    """Adds numbers to numbers, or texts to sets; a missing attribute counts as zero or empty."""
    return Change(adds=tuple(amounts.items()))


def dropped(texts: Mapping[str, list[str]]) -> Change:
    """Takes texts out of sets; an emptied set is gone, and what is not in it is passed over."""
    return Change(drops=tuple(texts.items()))


def within(
    hash_name: str,
    hash_value: str,
    range_name: str = "",
    between: tuple[str, str] | None = None,
) -> Condition:
    """What a query reads: a partition of a table or an index, whole or between two positions of it,
    both included.
    """
    text, names, values = f"#{hash_name} = :hash", (hash_name,), ((":hash", {"S": hash_value}),)
    if between is None:
        return Condition(text, names, values)
    low, high = between
    return Condition(
        f"{text} AND #{range_name} BETWEEN :low AND :high",
        (*names, range_name),
        (*values, (":low", {"S": low}), (":high", {"S": high})),
    )


def conditioned(
    condition: Condition | None, parameter: str = "ConditionExpression"
) -> dict[str, Any]:
    """The parameters of a call or of a transaction's part that say the condition."""
    if condition is None:
        return {}
    parameters: dict[str, Any] = {parameter: condition.text}
    if condition.names:
        parameters["ExpressionAttributeNames"] = {f"#{name}": name for name in condition.names}
    if condition.values:
        parameters["ExpressionAttributeValues"] = dict(condition.values)
    return parameters


def queried(stretch: Condition, only: Condition | None) -> dict[str, Any]:
    """The parameters of a query for a stretch, as far as what it has meets another condition."""
    if only is None:
        return conditioned(stretch, "KeyConditionExpression")
    parameters = conditioned(stretch & only)
    del parameters["ConditionExpression"]
    text = conditioned(only)["ConditionExpression"]
    return {**parameters, "KeyConditionExpression": stretch.text, "FilterExpression": text}


def changed(change: Change, condition: Condition | None) -> dict[str, Any]:
    """The same for an update."""
    parameters = conditioned(condition)
    names = parameters.setdefault("ExpressionAttributeNames", {})
    values = parameters.setdefault("ExpressionAttributeValues", {})
    kept, removed, parts = [], [], []
    for name, value in change.sets:
        names[f"#{name}"] = name
        if value is None:
            removed.append(f"#{name}")
        else:
            values[f":{name}"] = value
            kept.append(f"#{name} = :{name}")
    if kept:
        parts.append(f"SET {', '.join(kept)}")
    if removed:
        parts.append(f"REMOVE {', '.join(removed)}")
    for word, pairs in (("ADD", change.adds), ("DELETE", change.drops)):
        for name, value in pairs:
            names[f"#{name}"] = name
            values[f":{name}"] = {"N": str(value)} if isinstance(value, int) else {"SS": value}
        if pairs:
            parts.append(f"{word} {', '.join(f'#{name} :{name}' for name, _ in pairs)}")
    parameters["UpdateExpression"] = " ".join(parts)
    if not values:
        del parameters["ExpressionAttributeValues"]
    return parameters
