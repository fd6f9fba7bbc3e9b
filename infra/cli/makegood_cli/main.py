"""The command line `makegood`: its tree of commands, and how it ends.

A command is loaded when it is run, so help costs little. The operator's commands come from the
table of the functions (`names`).
"""

import sys
from collections.abc import Mapping
from importlib import import_module

import click
from makegood_cli import names
from makegood_cli.problems import (
    CODES,
    CREDENTIALS,
    DONE,
    INTERRUPTED,
    REFUSED,
    UNREACHABLE,
    USAGE,
    Stop,
    code_of,
)

EVERYBODY = {
    "configure": ("configure:configure", "Make or change a profile: who asks, and where."),
    "profiles": ("configure:listed", "List the profiles that are found from here."),
}
ACCOUNTS = {
    "file": ("inquiries:file", "File an inquiry, as a partner."),
    "inquiries": (
        "inquiries:inquiries",
        "List, show, check, watch, answer and withdraw inquiries.",
    ),
    "appeal": ("inquiries:appeal", "Appeal a decline, once, with something new."),
    "evidence": ("evidence:evidence", "Add, list and save files of evidence."),
    "resolve": ("inquiries:resolve", "Decide an inquiry: see what it would do, then do it."),
    "upload": ("uploads:upload", "Send a file, follow it, and save each row's result."),
    "uploads": ("uploads:uploads", "List and follow what was sent."),
    "sheet": ("uploads:sheet", "Save what waits in a campaign as one file to fill in."),
    "actions": ("accounts:actions", "List and show actions, their items and updates."),
    "campaigns": ("accounts:campaigns", "List campaigns."),
    "contracts": ("accounts:contracts", "List contracts."),
    "funds": ("accounts:funds", "Show an advertiser's funds."),
    "earnings": ("accounts:earnings", "Show what a partner earns."),
    "statements": ("accounts:statements", "List, open and save statements; make them."),
    "events": ("accounts:events", "Print what changed, and go on with --follow."),
    "policy": (
        "policies:policy",
        "Show, compare, draft, try and activate versions of a campaign's policy.",
    ),
    "webhooks": (
        "webhooks:webhooks",
        "Make, list, change and delete endpoints, and see what was sent to them.",
    ),
}
OPERATORS = {
    "contract": ("contracts:contract", "Sign, show, compare and end contracts."),
    "audit": ("audit:audit", "Show who sent which commands, and what came of them."),
}
TREE = {**EVERYBODY, **ACCOUNTS, **OPERATORS}


class Tree(click.Group):
    """The commands by their names, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*TREE, *(each for each in names.nested() if each not in TREE)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        below = names.nested().get(cmd_name)
        if cmd_name not in TREE:
            return import_module("makegood_cli.operate").group(cmd_name) if below else None
        module, _, attribute = TREE[cmd_name][0].partition(":")
        found = getattr(import_module(f"makegood_cli.{module}"), attribute)
        if below and isinstance(found, click.Group):
            for verb, name in below.items():
                found.add_command(import_module("makegood_cli.operate").command(name), verb)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        table = {first: _says(first) for first in names.nested() if first not in TREE}
        sections = {
            "Everybody": _told_of(EVERYBODY),
            "Partners and advertisers": _told_of(ACCOUNTS),
            "Operators": {**_told_of(OPERATORS), **table},
        }
        for title, commands in sections.items():
            with formatter.section(title):
                formatter.write_dl(sorted(commands.items()))


def _told_of(commands: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {name: says for name, (_, says) in commands.items()}


def _says(first: str) -> str:
    """What a first word of the operator's does: what the function says, or the words below it."""
    below = names.nested()[first]
    if "" in below:
        return names.commands()[below[""]]["says"]
    if len(below) == 1:
        return names.commands()[next(iter(below.values()))]["says"]
    return f"{', '.join(below)}."


def _codes() -> str:
    told = "\n".join(f"  {code:>3}  {says}" for code, says in CODES.items())
    return f"\b\nExit codes:\n{told}"


@click.command(cls=Tree, epilog=_codes(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="makegood-cli")
def makegood() -> None:
    """Makegood's command line, for operators, advertisers and partners.

    Every command takes --profile, which says who asks, and --json for programs.

    \b
    Complete names in your shell, in bash (zsh and fish likewise):
      eval "$(_MAKEGOOD_COMPLETE=bash_source makegood)"
    """


def main() -> None:
    """Runs the line, and ends with an exit code of `problems.CODES`."""
    try:
        code = makegood.main(prog_name="makegood", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
        code = DONE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing more is sent. The same line again goes on.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = USAGE
    except Exception as error:
        code = _told(error)
    sys.exit(code if isinstance(code, int) else DONE)


def _told(error: Exception) -> int:
    """Says what went wrong and what to do; raises what nobody foresaw."""
    if isinstance(error, Stop):
        click.echo(error.message, err=True)
        return error.code
    client = sys.modules.get("makegood_cli.client")
    if client is not None and isinstance(error, client.Refused):
        return _refused(error.status, error.body, error.faults)
    if client is not None and isinstance(error, client.Unreachable):
        click.echo(f"Nobody answers at {error.url}.", err=True)
        local = "127.0.0.1" in error.url or "localhost" in error.url
        check = "`make up` starts the stack" if local else "Check the network and the address"
        click.echo(f"{check}; the same line again does no harm.", err=True)
        return UNREACHABLE
    if isinstance(error, TimeoutError):
        click.echo(f"{error}. The same line again goes on.", err=True)
        return UNREACHABLE
    raise error


def _refused(status: int, body: dict[str, object], faults: list[tuple[str, str]]) -> int:
    click.echo(f"{body.get('Message')} ({status})", err=True)
    for field, message in faults:
        click.echo(f"  {names.option(field) if field else ''}  {message}".rstrip(), err=True)
    code = code_of(status)
    if code == CREDENTIALS:
        hint = "the token" if status == 401 else "the rights of the token, and the profile's role"
        click.echo(f"Check {hint}; `makegood configure` changes a profile.", err=True)
    return code or REFUSED


if __name__ == "__main__":
    main()
