"""The commands of the operator's guide: those of the first hour are run as they stand."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store.store import Store
from makegood_cli import names, operate

from tests.infra.pages import section, text_of
from tests.integration.market import NOW

GUIDE = text_of("operators")
HOUR = section(GUIDE, "The first hour")


def written(text: str) -> Iterator[dict[str, Any]]:
    """The commands that stand alone in fences, in their order."""
    decoder = json.JSONDecoder()
    for block in re.findall(r"```\n(\s*\{\"command\".*?)```", text, re.DOTALL):
        rest = block.strip()
        while rest:
            command, end = decoder.raw_decode(rest)
            yield command
            rest = rest[end:].strip()


def typed(text: str) -> Iterator[dict[str, Any]]:
    """The commands that stand as lines of the command line, as the function gets them."""
    paths = {names.path_of(each): each for each in names.commands()}
    for line in re.findall(r"^ *makegood (.*)$", text, re.MULTILINE):
        words = tuple(shlex.split(line))
        path = max((each for each in paths if words[: len(each)] == each), key=len, default=None)
        if path is not None:
            name = paths[path]
            given = operate.command(name).make_context(name, [*words[len(path) :]]).params
            yield {"command": name, **operate.arguments_of(name, given)}


@pytest.fixture
def hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The commands of the first hour, with the terms in the file that they name."""
    (terms,) = re.findall(r"```yaml\n(.*?)```", HOUR, re.DOTALL)
    (tmp_path / "terms.yaml").write_text(re.sub(r"^ {3}", "", terms, flags=re.MULTILINE))
    monkeypatch.chdir(tmp_path)
    return list(typed(HOUR))


def test_the_first_hour_sets_up_a_market_in_its_order(
    store: Store, hour: list[dict[str, Any]]
) -> None:
    context = CommandContext(store, NOW, lambda: "token", lambda: True)
    run = [command["command"] for command in hour if commands.run(context, command)]
    assert run == [
        "create_advertiser",
        "create_partner",
        "create_campaign",
        "sign_contract",
        "show_contract",
        "set_options",
        "create_credential",
        "create_credential",
        "deposit",
        "set_rule",
    ]


@pytest.mark.parametrize("command", list(written(GUIDE)), ids=lambda each: each["command"])
def test_every_command_that_is_shown_has_arguments_that_are_taken(command: dict[str, Any]) -> None:
    known = commands.COMMANDS[command["command"]]
    known.check(command["command"], command)


def test_a_request_by_hand_is_what_the_command_line_sends(hour: list[dict[str, Any]]) -> None:
    by_hand = list(written(section(GUIDE, "Requests by hand")))
    assert len(by_hand) == 3
    assert [each for each in by_hand if each not in hour] == []


def test_payouts_that_are_shown_can_be_signed(store: Store, hour: list[dict[str, Any]]) -> None:
    context = CommandContext(store, NOW, lambda: "token", lambda: True)
    for command in hour:
        commands.run(context, command)
    (signed,) = [command for command in hour if command["command"] == "sign_contract"]
    shown = re.findall(r"```\n(\{\"default\".*?)```", section(GUIDE, "Terms"), re.DOTALL)
    assert len(shown) == 2
    for version, payout in enumerate(shown, 2):
        terms = {
            **signed["terms"],
            "valid_from": f"2027-01-0{version}T00:00:00Z",
            "payouts": {"4000": json.loads(payout)},
        }
        assert commands.run(context, {**signed, "terms": terms})["version"] == version
