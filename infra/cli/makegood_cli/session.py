"""What a command works with: the profile that was named, how to print, and the options of both."""

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from makegood_cli import names, profiles
from makegood_cli.problems import CREDENTIALS, USAGE, Stop
from makegood_cli.profiles import Profile

if TYPE_CHECKING:
    from makegood_cli.client import Client

AUDIENCES = {"advertiser": "Advertisers", "partner": "Mediapartners"}
Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command."""

    profile_name: str | None
    as_json: bool

    def profile(self, *roles: str) -> Profile:
        """The profile; raises `Stop` if its role is none of these."""
        found = profiles.load(self.profile_name)
        if roles and found.role not in roles:
            raise Stop(
                f"This is for {' or '.join(roles)}; profile {found.name} is of "
                f"{found.role or 'no role'}. Name another with --profile",
                CREDENTIALS,
            )
        return found

    def client(self, *roles: str) -> "Client":
        """The client of an advertiser's or a partner's profile."""
        from makegood_cli.client import Client

        found = self.profile(*(roles or AUDIENCES))
        missing = [each for each in ("api", "account_sid", "token") if not getattr(found, each)]
        if missing:
            raise Stop(f"Profile {found.name} lacks {', '.join(missing)}", CREDENTIALS)
        return Client(found.api.rstrip("/"), AUDIENCES[found.role], found.account_sid, found.token)


def with_session(run: Run) -> Run:
    """Gives a command `--profile` and `--json`, and hands it a `Session` first."""

    @click.option("--profile", help="Who asks, and where; MAKEGOOD_PROFILE unless it is named.")
    @click.option(
        "--json", "as_json", is_flag=True, help="For programs: one object, or one a line."
    )
    @functools.wraps(run)
    def wrapped(profile: str | None, as_json: bool, **given: Any) -> Any:
        return run(Session(profile, as_json), **given)

    return wrapped


def with_fields(*operations: str, leave: Collection[str] = ()) -> Callable[[Run], Run]:
    """Gives a command an option for each field of these operations; hands it `fields`.

    A field is required where it is required of each. `leave` names those that get no option.
    """
    known = [{each["name"]: each for each in names.fields(name)} for name in operations]
    merged = {name: each for of in reversed(known) for name, each in of.items()}
    taken = {name: each for name, each in merged.items() if name not in leave}

    def decorate(run: Run) -> Run:
        @functools.wraps(run)
        def wrapped(*args: Any, **given: Any) -> Any:
            fields = {name: given.pop(name) for name in taken}
            extra = dict(_pair(each) for each in given.pop("extra"))
            told = {name: value for name, value in fields.items() if value is not None}
            return run(*args, fields={**told, **extra}, **given)

        wrapped = click.option(
            "--field", "extra", multiple=True, metavar="NAME=VALUE", help="Any other field."
        )(wrapped)
        for name, each in reversed(taken.items()):
            required = all(name in of and of[name]["required"] for of in known)
            make = click.option(names.option(name), name, required=required, help=each["says"])
            wrapped = make(wrapped)
        return wrapped

    return decorate


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise Stop(f"Give it as NAME=VALUE: {given}", USAGE)
    return name, value
