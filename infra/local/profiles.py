"""The profiles of the stack on this machine, for the command line: `.local/profiles.ini`.

Two are of operators, since what moves money takes two people. Accounts have theirs once they have
credentials: `make up` sets up a shop and two partners in a fresh stack, `make demo` plays its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from makegood_cli import profiles
from makegood_cli.profiles import FILE, LOCAL, Profile

from infra.local import function_url
from infra.local.emulator import KEY_ID, REGION, SECRET
from infra.local.stack import STATE, Stack

OPERATORS = {
    f"{LOCAL}operator": function_url.CALLER,
    f"{LOCAL}second": function_url.SECOND_CALLER,
}

Credentials = Mapping[str, tuple[str, str]]
"""The SID and the token of each, as the story names them: `advertiser`, `partner 10001`."""


def forget(state: Path = STATE) -> None:
    """A fresh stack knows no token of an earlier one."""
    (state / FILE).unlink(missing_ok=True)


def write_operators(stack: Stack, state: Path = STATE) -> None:
    """The two operators of a stack."""
    for name, caller in OPERATORS.items():
        profile = Profile(
            name,
            "operator",
            stack.api_url,
            region=REGION,
            endpoint=stack.endpoint,
            environment=stack.environment,
            records=_records(stack),
            caller=caller,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
        )
        profiles.save(profile, state / FILE, keyring=False)


def write_accounts(stack: Stack, credentials: Credentials, state: Path = STATE) -> None:
    """The advertiser, the first partner as `local-partner`, and each partner by its id."""
    for who, (account_sid, token) in credentials.items():
        role, _, account_id = who.partition(" ")
        names = [f"{LOCAL}{role}-{account_id}"] if account_id else [f"{LOCAL}{role}"]
        if account_id and who == next(each for each in credentials if each.startswith("partner")):
            names.append(f"{LOCAL}{role}")
        for name in names:
            profile = Profile(name, role, stack.api_url, account_sid, token)
            profiles.save(profile, state / FILE, keyring=False)


def has_accounts(state: Path = STATE) -> bool:
    """Whether the accounts of this stack have their profiles."""
    place = state / FILE
    return place.exists() and f"[{LOCAL}advertiser]" in place.read_text(encoding="utf-8")


def _records(stack: Stack) -> str:
    """The bucket of the commands' records, as the stack's outputs name it."""
    described: dict[str, Any] = stack.client("cloudformation").describe_stacks(
        StackName=f"makegood-{stack.environment}"
    )["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    return outputs["RecordsName"]
