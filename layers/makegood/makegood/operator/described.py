"""What programs may know of the commands before they send one: their arguments and their kinds.

The command line offers just these. What a value may be is still read where it is used.
"""

from collections.abc import Mapping
from typing import Any

from makegood.domain.account_people import PersonRole
from makegood.domain.approval_rules import Wait
from makegood.domain.parties import SCOPES, PartnerKind, Retroactive, Role
from makegood.domain.verification import OtherCurrency
from makegood.domain.verification_settings import Undoing
from makegood.operator.arguments import ARGUMENTS, Command
from makegood.operator.commands import FUNCTIONS
from makegood.operator.proposals import WAITING
from makegood.operator.setup import SWITCHES
from makegood.operator.transfers import CURRENCY, NO_CONTRACT
from makegood.operator.verification import BASES

FLAG, COUNT, LIST, OBJECT, TEXT = "flag", "count", "list", "object", "text"
"""What a value is in JSON: true or false, a whole number, a list of texts, an object, a text."""

KINDS: dict[str, str] = {
    **dict.fromkeys((*SWITCHES, "change", "dry_run", "read_only"), FLAG),
    **dict.fromkeys(("burst", "days", "kept_days", "per_hour", "tolerance_days"), COUNT),
    **dict.fromkeys(("despite", "prefixes", "scopes", "suffixes"), LIST),
    **dict.fromkeys(("event_types", "terms"), OBJECT),
}
"""The arguments that are no text."""

VALUES: Mapping[str, tuple[str, ...]] = {
    "amount_basis": tuple(BASES),
    "despite": (CURRENCY, NO_CONTRACT),
    "kind": tuple(PartnerKind),
    "other_currency": tuple(OtherCurrency),
    "person_role": tuple(PersonRole),
    "retroactive": tuple(Retroactive),
    "role": tuple(Role),
    "scopes": tuple(sorted(SCOPES)),
    "undoing": tuple(Undoing),
    "wait": tuple(Wait),
}
"""The arguments that have few values."""

ASKS = {*WAITING, "deposit", "confirm", "erase_customer"}
"""The commands that move money, agree on it, or cannot be taken back: whoever sends one should see
first what it does.
"""


def described() -> dict[str, Any]:
    """Every command by its name: its function, what it does, and its arguments."""
    return {
        name: {
            "function": function,
            "says": _first_sentence(command),
            "asks": name in ASKS,
            "arguments": [_argument(each, command) for each in command.arguments],
        }
        for function, known in FUNCTIONS.items()
        for name, command in known.items()
    }


def _argument(name: str, command: Command) -> dict[str, Any]:
    return {
        "name": name,
        "says": ARGUMENTS[name],
        "kind": KINDS.get(name, TEXT),
        "values": [str(each) for each in VALUES.get(name, ())],
        "required": name not in command.optional,
    }


def _first_sentence(command: Command) -> str:
    return " ".join((command.run.__doc__ or "").split()).partition(". ")[0].rstrip(".") + "."
