"""Objects that an operator or the store wrote, read strictly: what is missing or of another kind is
refused, and the refusal says what may stand there. `by_hand` is what an operator wrote: its amounts
and texts are read as people write them, and kept as we do, and a name that is unknown is refused.
The store may hold names that a later version wrote; they are passed over.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from makegood.domain.amounts import read_amount
from makegood.domain.money import Money, parse_currency
from makegood.domain.problems import Malformed

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def read_object(
    data: object, what: str, names: Sequence[str], by_hand: bool = False
) -> Mapping[str, Any]:
    """An object, `by_hand` of no other names than these; not all of them need to be there."""
    if not isinstance(data, Mapping):
        raise Malformed("payout_field", f"{what} is an object with {', '.join(names)}")
    unknown = sorted(str(name) for name in data if name not in names)
    if unknown and by_hand:
        raise Malformed(
            "payout_field", f"{what} has {', '.join(names)}; check {', '.join(unknown)}"
        )
    return data


def read_field(data: Mapping[str, Any], name: str, kind: type[T], default: T | None = None) -> T:
    value = data.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed("payout_field", f"{name} is missing, or not of the right kind")
    return value


def read_one_of(kind: type[E], data: Mapping[str, Any], name: str, default: E | None = None) -> E:
    text = read_field(data, name, str, default)
    if text not in kind.__members__:
        raise Malformed("payout_field", f"{name} is one of {', '.join(kind.__members__)}")
    return kind[text]


def read_money(text: str, code: str, message: str, by_hand: bool = False) -> Money:
    """An amount with its currency, like `1.50 USD`; what is written `by_hand`, like `1.234,50 USD`.

    What we wrote ourselves has a decimal point alone, and is never taken for anything else.
    """
    parts = text.rsplit(maxsplit=1)
    if len(parts) != 2:
        raise Malformed(code, message)
    read = read_amount if by_hand else Money.parse
    return read(parts[0], parse_currency(parts[1]))
