"""An operator's command: the function that runs it, its arguments, and how they are read.

A command refuses arguments that it does not know: a misspelt one must not be ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import EnumType
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain import calendar, spreadsheet_damage, texts
from makegood.domain.problems import Fault, Invalid, Malformed, NotFound
from makegood.domain.proposals import Confirmation
from makegood.domain.second_person import NOBODY_ELSE, SecondPerson
from makegood.store.store import Store

Arguments = Mapping[str, Any]
TEXT_MAX = 255
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

ARGUMENTS = {
    "account_id": "an advertiser's or a partner's id",
    "action_id": "the action that it corrects",
    "advertiser_id": "an advertiser's id",
    "amount": "an amount, as text",
    "amount_basis": "what commissions count",
    "as_of": "an instant",
    "at": "an instant",
    "burst": "requests at once",
    "campaign_id": "a campaign's id",
    "change": "true to change what is there already",
    "credential_id": "a credential's id",
    "currency": "an ISO 4217 code",
    "cursor": "where the answer before ended",
    "customer_id": "what a partner calls its customer",
    "days": "a number of days",
    "declines_tracked": "true or false",
    "despite": "a list of what is meant although it is unusual",
    "dry_run": "true to answer what it would do, and to change nothing",
    "email": "an e-mail address",
    "ended_at": "an instant",
    "explanation": "why, for the books",
    "event_type_id": "an event type's id",
    "event_types": "an object of ids and names",
    "inquiries_enabled": "true or false",
    "inquiry_id": "an inquiry's id",
    "kept_days": "a number of days",
    "kind": "what a partner is",
    "migration": "a migration's name",
    "month": "a month",
    "month_max": "an amount, as text",
    "name": "what people read",
    "names_channel": "true or false",
    "names_media": "true or false",
    "other_currency": "what a claim in another currency is",
    "partner_id": "a partner's id",
    "payout_max": "an amount, as text",
    "per_hour": "requests an hour",
    "person_role": "what a person may do in the account",
    "prefixes": "a list of what order numbers begin with",
    "proposal_id": "a proposal's id",
    "read_only": "true or false",
    "reference": "what names it for good",
    "retroactive": "which date the clocks start from",
    "role": "whose account it is",
    "scopes": "a list of collections",
    "second_above": "a whole number, as text",
    "suffixes": "a list of what order numbers end with",
    "terms": "a contract's numbers",
    "time_zone": "an IANA time zone",
    "tolerance_amount": "an amount, as text",
    "tolerance_days": "a number of days",
    "undoing": "what follows when the shop undoes an order",
    "wait": "when a rule approves",
}
"""Every argument, and what it is; each command names the ones that it takes."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What commands work with. `new_token` makes a secret; `has_time` says whether time is left.

    `caller` is the ARN of the IAM identity that sent the command; entries are made in its name.
    `second_person` says what needs one, and `confirmation` is what one has given. Where a proposal
    is carried out, `caller` is who made it. With `dry_run`, a command changes nothing. `user_pool`
    is the id of the pool that people sign in by.
    """

    store: Store
    now: datetime
    new_token: Callable[[], str]
    has_time: Callable[[], bool]
    clock_adjustable: bool = False
    statements: Bucket | None = None
    user_pool: str = ""
    inbox: Bucket | None = None
    results: Bucket | None = None
    evidence: Bucket | None = None
    lost: Bucket | None = None
    replays: Queue | None = None
    caller: str = ""
    second_person: SecondPerson = NOBODY_ELSE
    confirmation: Confirmation | None = None
    dry_run: bool = False


class Command:
    """The function that runs a command, and its `arguments`, each a name in `ARGUMENTS`.

    A question mark after a name says that the argument may be left out.
    """

    def __init__(
        self, run: Callable[[CommandContext, Arguments], dict[str, Any]], *arguments: str
    ) -> None:
        self.run, self.arguments = run, tuple(each.removesuffix("?") for each in arguments)
        self.optional = frozenset(each[:-1] for each in arguments if each.endswith("?"))

    def check(self, name: str, given: Arguments) -> None:
        """Refuses arguments that the command does not take, naming each; raises `Invalid`."""
        taken = ", ".join(f"{each} ({ARGUMENTS[each]})" for each in self.arguments)
        message = f"{name} takes {taken}" if taken else f"{name} takes no arguments"
        unknown = sorted(str(each) for each in given.keys() - {"command", *self.arguments})
        if unknown:
            faults = tuple(Fault(each, message, "unknown_argument") for each in unknown)
            raise Invalid(faults=faults)


def invalid(field: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(field, message, code),))


def text(arguments: Arguments, name: str, default: str | None = None, joiners: bool = False) -> str:
    """One line of text in its normal form; names may contain `joiners`."""
    value = _given(arguments, name, default)
    try:
        if name == "reference" or name.endswith("_id"):
            spreadsheet_damage.check(texts.trimmed(value))
        return texts.one_line(value, TEXT_MAX, joiners)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed


def _given(arguments: Arguments, name: str, default: str | None = None) -> str:
    """An argument that is not blank; amounts are texts, too."""
    value = arguments.get(name, default)
    if value is not None and not isinstance(value, str):
        raise invalid(name, "Give it as text, in quotes", "required")
    if not value or not texts.trimmed(value):
        raise invalid(name, "Required, as text", "required")
    return value


def new_id(arguments: Arguments, name: str) -> str:
    """The permanent id of something new: keys, accounts and URIs contain it."""
    return checked_id(text(arguments, name), name)


def checked_id(value: str, name: str) -> str:
    if not ID.fullmatch(value):
        message = (
            "Up to 64 letters, digits, dots, dashes and underscores, from a letter or digit on"
        )
        raise invalid(name, message, "bad_id")
    return value


def read(arguments: Arguments, name: str, parse: Callable[[str], Any]) -> Any:
    """An argument, parsed. An error names the argument, and every valid value where it has
    few.
    """
    try:
        return parse(texts.trimmed(_given(arguments, name)))
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed
    except ValueError as error:
        known = f"; give one of {', '.join(parse)}" if isinstance(parse, EnumType) else ""
        message = f"Not one that is known: {arguments[name]}{known}"
        raise invalid(name, message, "unknown") from error


def some_of(arguments: Arguments, name: str, known: Iterable[str]) -> tuple[str, ...]:
    """A list of any of these values, sorted; empty if the argument is missing."""
    given = arguments.get(name, [])
    if not isinstance(given, list) or not set(known).issuperset(map(str, given)):
        raise invalid(name, f"A list of any of {', '.join(sorted(known))}", f"unknown_{name}")
    return tuple(sorted(set(map(str, given))))


def switch(arguments: Arguments, name: str) -> bool:
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise invalid(name, "true or false", "not_a_switch")
    return value


def instant(arguments: Arguments, name: str) -> datetime:
    return read(arguments, name, lambda text: calendar.parse_instant(text, UTC))


def count(arguments: Arguments, name: str, most: int, least: int = 0) -> int:
    """A whole number; the least one if the argument is missing."""
    value = arguments.get(name, least)
    if type(value) is not int or not least <= value <= most:
        raise invalid(name, f"A whole number from {least} to {most}", "not_a_count")
    return value


def known_advertiser(context: CommandContext, arguments: Arguments, hint: str = "") -> str:
    """The id of an advertiser that is there; raises `NotFound`, with what helps."""
    advertiser_id = text(arguments, "advertiser_id")
    if advertiser_id not in context.store.advertisers([advertiser_id]):
        raise NotFound(f"There is no advertiser {advertiser_id}{hint}")
    return advertiser_id


def known_partner(context: CommandContext, arguments: Arguments, hint: str = "") -> str:
    """The id of a partner that is there; raises `NotFound`, with what helps."""
    partner_id = text(arguments, "partner_id")
    if partner_id not in context.store.partners([partner_id]):
        raise NotFound(f"There is no partner {partner_id}{hint}")
    return partner_id
