"""Documents and rows of documents that a newer version may have added to.

A newer version adds a field by a new name, or at the end of a row. What is read takes the names and
the places that it knows; what is written again has all others as they were (`domain.carried`). In a
document that is written, a row is a tuple, a list holds any number of things, and a document within
it is a dict. Attributes of items need none of this: a changed item is updated, never put.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def beyond(known: Mapping[str, Any], was: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a document said beside these fields: others, and more within those that are the same.

    `known` has all fields that this version knows, the blank ones too.
    """
    if was is None:
        return {}
    result = {}
    for name, value in was.items():
        if name not in known:
            result[name] = value
            continue
        field = known[name]
        if type(field) is tuple and value and len(value) > len(field):
            result[name] = longer(field, value)
        elif type(field) is dict and value and (more := beyond(field, value)):
            result[name] = field | more
    return result


def longer(known: tuple[Any, ...], was: Sequence[Any] | None) -> tuple[Any, ...]:
    """This row, with the further places of what it was."""
    return (*known, *was[len(known) :]) if was else known
