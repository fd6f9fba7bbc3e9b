"""The operator's commands, made from the table of the functions: options, checks, questions.

An argument is an option of its name; the only argument of a command needs none. What moves money
shows what it would do and asks. What a function does not finish in one run is sent again until it
is.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from makegood_cli import documents, names, profiles, screen
from makegood_cli.problems import REFUSED, UNREACHABLE, USAGE, WAITS, Stop
from makegood_cli.session import Session, with_session

if TYPE_CHECKING:
    from makegood_cli.operator import Operator

PAIRS = frozenset({"event_types"})
"""Objects that are given as ID=NAME; the others are read from a file."""

DRY_RUN = "dry_run"
"""Asks what a command would do, and is no part of what it is about."""

CONTINUES = frozenset({"sweep", "backfill", "migrate"})
"""What may be sent as often as you like, and goes on where it was until it is `finished`."""

KEEPS = "create_credential"
"""What answers a token, once, and can keep it in a profile instead."""

ANEW = frozenset({"create_credential", "rotate_credential"})
"""What makes another token each time it is sent; anything else is done once."""

LOST_MAX = 5
"""How often in a row a command that goes on is sent again after a lost line."""

LOST_SECONDS = 2.0
EXAMPLES = {
    "account_id": "10001",
    "advertiser_id": "500",
    "amount": "25.00",
    "at": "2026-07-01T00:00:00Z",
    "campaign_id": "1000",
    "credential_id": "MG793D77409FFA982794F4.1f0c5b",
    "currency": "USD",
    "email": "anna@shop.example",
    "ended_at": "2027-01-01T00:00:00Z",
    "event_type_id": "4000",
    "event_types": "4000=Sale",
    "explanation": "'Sent twice'",
    "migration": "inquiry-dates",
    "month_max": "500.00",
    "name": "Shop",
    "partner_id": "10001",
    "payout_max": "25.00",
    "person_role": "REVIEWER",
    "proposal_id": "20261128-5f2a40c1d9e83b7755aa",
    "reference": "bank-17",
    "terms": "terms.yaml",
    "time_zone": "America/New_York",
}
"""A value of each argument that is required, for the examples in the help."""


def command(name: str) -> click.Command:
    """The command of the table that is called so."""
    told = names.commands()[name]
    known = told["arguments"]

    @with_session
    def run(session: Session, yes: bool = False, save: str | None = None, **given: Any) -> int:
        return _run(session, name, arguments_of(name, given), yes, save)

    decorate = [_parameter(each, _is_alone(known)) for each in known]
    if told["asks"]:
        decorate.append(click.option("--yes", is_flag=True, help="Do it without asking."))
    if name == KEEPS:
        text = "Keep the token in a profile of this name, and do not print it."
        decorate.append(click.option("--save", metavar="PROFILE", help=text))
    for each in reversed(decorate):
        run = each(run)
    verb = names.path_of(name)[-1]
    return click.command(verb, help=f"{told['says']}\n\n\b\nExample:\n  $ {example(name)}")(run)


def group(first: str) -> click.Command:
    """What a first word names: a command, or the commands below it."""
    below = names.nested()[first]
    if "" in below:
        return command(below[""])
    commands = {verb: command(name) for verb, name in below.items()}
    return click.Group(first, commands, help=f"{', '.join(below)}.".capitalize())


def example(name: str) -> str:
    """A line that sends the command with what it must have."""
    known = names.commands()[name]["arguments"]
    words = ["makegood", *names.path_of(name)]
    for each in known:
        if each["required"]:
            value = each["values"][0] if each["values"] else EXAMPLES[each["name"]]
            words += [value] if _is_alone(known) else [names.option(each["name"]), value]
    return " ".join(words)


def _is_alone(known: Sequence[Mapping[str, Any]]) -> bool:
    return sum(each["name"] != DRY_RUN for each in known) == 1


def _parameter(argument: Mapping[str, Any], alone: bool) -> Callable[[Any], Any]:
    name, kind, values = argument["name"], argument["kind"], argument["values"]
    option, text = names.option(name), f"{argument['says'][0].upper()}{argument['says'][1:]}."
    if alone and argument["required"]:
        return click.argument(name)
    if kind == "flag":
        return click.option(f"{option}/--no-{option[2:]}", name, default=None, help=text)
    more: dict[str, Any] = {"required": argument["required"], "help": text}
    if values:
        more["type"] = click.Choice(values, case_sensitive=False)
    if kind == "count":
        more["type"] = click.INT
    if kind == "list" or name in PAIRS:
        more["multiple"] = True
    elif kind == "object":
        more["type"] = click.Path(path_type=Path, dir_okay=False)
    if name in PAIRS:
        more["metavar"] = "ID=NAME"
    return click.option(option, name, **more)


def arguments_of(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as the function reads it; what was left out is left out."""
    found: dict[str, Any] = {}
    for each in names.commands()[name]["arguments"]:
        value = given[each["name"]]
        if value is None or value == ():
            continue
        if each["name"] in PAIRS:
            value = dict(_pair(pair) for pair in value)
        elif each["kind"] == "object":
            value = documents.read(value)
            documents.check_terms(value)
        elif each["kind"] == "list":
            value = list(value)
        found[each["name"]] = value
    return found


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise Stop(f"Give it as ID=NAME: {given}", USAGE)
    return name, value


def operator_of(session: Session) -> "Operator":
    """Who sends the commands of this session."""
    profile = session.profile("operator")
    from makegood_cli.operator import Operator

    return Operator(profile)


def _run(
    session: Session, name: str, arguments: dict[str, Any], yes: bool, save: str | None
) -> int:
    operator = operator_of(session)
    if names.commands()[name]["asks"] and not yes and not arguments.get(DRY_RUN):
        _show(operator, name, arguments)
        if not screen.confirmed(f"Send {' '.join(names.path_of(name))}?", yes):
            raise Stop("Nothing is sent", REFUSED)
    while True:
        answer = _sent(operator, name, arguments)
        if save and "token" in answer:
            answer = _saved(operator, arguments["role"], answer, save)
        screen.one(answer, session.as_json)
        if name in CONTINUES and not answer.get("finished", True):
            screen.note("It is not finished, and goes on.")
        elif answer.get("cursor"):
            arguments = {**arguments, "cursor": answer["cursor"]}
        else:
            break
    if answer.get("state") == "WAITING":
        screen.note("Nothing has changed yet. Another person runs:")
        screen.note(f"  makegood confirm {answer['proposal_id']}")
        return WAITS
    return 0


def _sent(operator: "Operator", name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The answer; what goes on by itself is sent again where the line was lost."""
    from makegood_cli.client import Unreachable

    for _ in range(LOST_MAX if name in CONTINUES else 0):
        try:
            return operator.run(name, arguments)
        except Unreachable as lost:
            screen.note(f"{lost.url} does not answer; sent again in {LOST_SECONDS:.0f} seconds")
            time.sleep(LOST_SECONDS)
    try:
        return operator.run(name, arguments)
    except Unreachable as lost:
        if name not in ANEW:
            raise
        raise Stop(
            f"No answer came from {lost.url}, and the token may have been made. Before you send it "
            "again, look at `makegood credential list`, and revoke what nobody has",
            UNREACHABLE,
        ) from lost


def _show(operator: "Operator", name: str, arguments: Mapping[str, Any]) -> None:
    """What will be, by a dry run: on the screen, beside the answer."""
    if name == "sign_contract":
        for line in documents.lines(contract_changes(operator, arguments)):
            click.echo(line, err=True)
    screen.one(_sent(operator, name, {**arguments, DRY_RUN: True}), as_json=False, err=True)


def contract_changes(
    operator: "Operator", arguments: Mapping[str, Any]
) -> list[documents.Difference]:
    """How these terms differ from the last version that is signed; all of them if none is."""
    from makegood_cli.client import Refused

    pair = {each: arguments[each] for each in ("campaign_id", "partner_id")}
    try:
        there = operator.run("show_contract", pair)["versions"][-1]
    except Refused as refused:
        if refused.status != 404:
            raise
        there = {}
    return documents.differences(there, arguments["terms"])


def _saved(operator: "Operator", role: str, answer: dict[str, Any], name: str) -> dict[str, Any]:
    """Keeps a token in a profile, and takes it out of the answer."""
    sid, token = answer["account_sid"], answer.pop("token")
    profile = profiles.Profile(name, role.lower(), operator.profile.api, sid, token)
    where = profiles.save(profile, keyring=not name.startswith(profiles.LOCAL))
    screen.note(f"Profile {name} is saved {where}")
    return answer
