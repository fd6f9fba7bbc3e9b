"""Profiles by hand: made, changed, listed."""

from dataclasses import replace

import click
from makegood_cli import profiles, screen
from makegood_cli.problems import CREDENTIALS, USAGE, Stop
from makegood_cli.profiles import DEFAULT, ROLES, Profile


@click.command()
@click.option("--profile", "name", default=DEFAULT, show_default=True, help="Which profile.")
@click.option("--role", type=click.Choice(ROLES), help="Who you are.")
@click.option("--api", help="The API's address, as the stack's ApiUrl says it.")
@click.option("--account-sid", help="The account's SID, of a partner or an advertiser.")
@click.option("--token-stdin", is_flag=True, help="Read the token from the standard input.")
@click.option("--stack", help="An operator's stack, like makegood-prod: its outputs are read.")
@click.option("--region", help="The region of an operator's stack.")
@click.option("--aws-profile", help="The AWS profile of an operator.")
@click.option("--no-keyring", is_flag=True, help="Keep the token in the file, not in a keyring.")
def configure(name: str, token_stdin: bool, no_keyring: bool, **given: str | None) -> None:
    """Make or change a profile; what is not given is asked for.

    The token is kept in the system's keyring, else in a file that only you can read.

    \b
    Examples:
      $ makegood configure --role partner
      $ makegood configure --profile prod --role operator --stack makegood-prod
    """
    before = _there(name)
    role = given["role"] or before.role or click.prompt("Role", type=click.Choice(ROLES))
    if role == "operator":
        profile = _operator(replace(before, role=role), given)
    else:
        profile = _account(replace(before, role=role), given, token_stdin)
    where = profiles.save(profile, keyring=not no_keyring)
    screen.note(f"Profile {name} is saved {where}")


def _there(name: str) -> Profile:
    try:
        return replace(profiles.load(name))
    except Stop as stop:
        if stop.code != CREDENTIALS:
            raise
        return Profile(name)


def _account(before: Profile, given: dict[str, str | None], token_stdin: bool) -> Profile:
    api = given["api"] or before.api or click.prompt("The API's address")
    sid = given["account_sid"] or before.account_sid or click.prompt("Account SID")
    if token_stdin:
        token = click.get_text_stream("stdin").readline().strip()
    else:
        token = click.prompt("Token", hide_input=True)
    if not api.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Stop(
            "The API's address begins with https://; a token must not go in the clear", USAGE
        )
    return replace(before, api=api.rstrip("/"), account_sid=sid, token=token)


def _operator(before: Profile, given: dict[str, str | None]) -> Profile:
    from makegood_cli import operator

    region = given["region"] or before.region or click.prompt("Region")
    profile = replace(before, region=region, aws_profile=given["aws_profile"] or before.aws_profile)
    stack = given["stack"] or click.prompt("Stack, like makegood-prod")
    return operator.outputs_of(stack, profile)


@click.command("profiles")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object a line.")
def listed(as_json: bool) -> None:
    """List the profiles that are found from here, without secrets.

    \b
    Example:
      $ makegood profiles
    """
    rows = [{"name": each.name, **each.shown()} for each in profiles.listed()]
    screen.table(rows, ("name", "role", "account_sid", "api"), as_json)
