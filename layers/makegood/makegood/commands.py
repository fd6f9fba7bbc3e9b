"""What an operator's command is given: its desk, and arguments that are read by their names."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import EnumType
from typing import Any

from makegood import calendar, damage
from makegood.files import Bucket
from makegood.problems import Fault, Invalid, Malformed
from makegood.store import Store

Arguments = Mapping[str, Any]
UTC = calendar.zone("UTC")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Desk:
    """What commands work with. `new_token` makes a secret, `has_time` says whether any is left."""

    store: Store
    now: datetime
    new_token: Callable[[], str]
    has_time: Callable[[], bool]
    clock_adjustable: bool = False
    results: Bucket | None = None


def invalid(field: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(field, message, code),))


def text(arguments: Arguments, name: str, default: str | None = None) -> str:
    value = arguments.get(name, default)
    if not isinstance(value, str) or not value:
        raise invalid(name, "Required, as text", "required")
    if name == "reference" or name.endswith("_id"):
        try:
            damage.check(value)
        except Malformed as malformed:
            raise Invalid(faults=(malformed.at(name),)) from malformed
    return value


def new_id(arguments: Arguments, name: str) -> str:
    """What something new is called for good: keys, accounts and URIs are put together of it."""
    return checked_id(text(arguments, name), name)


def checked_id(value: str, name: str) -> str:
    if not ID.fullmatch(value):
        message = (
            "Up to 64 letters, digits, dots, dashes and underscores, from a letter or digit on"
        )
        raise invalid(name, message, "bad_id")
    return value


def read(arguments: Arguments, name: str, parse: Callable[[str], Any]) -> Any:
    """An argument through its parser; what cannot be read is told with its name, and with all that
    is known where it is one of an enumeration.
    """
    try:
        return parse(text(arguments, name))
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed
    except ValueError as error:
        known = f"; give one of {', '.join(parse)}" if isinstance(parse, EnumType) else ""
        message = f"Not one that is known: {arguments[name]}{known}"
        raise invalid(name, message, "unknown") from error


def switch(arguments: Arguments, name: str) -> bool:
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise invalid(name, "true or false", "not_a_switch")
    return value


def instant(arguments: Arguments, name: str) -> datetime:
    return read(arguments, name, lambda text: calendar.parse_instant(text, UTC))


def count(arguments: Arguments, name: str, most: int, least: int = 0) -> int:
    """A whole number; the least where there is none."""
    value = arguments.get(name, least)
    if type(value) is not int or not least <= value <= most:
        raise invalid(name, f"A whole number from {least} to {most}", "not_a_count")
    return value
