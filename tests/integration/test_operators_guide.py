"""The commands of the operator's guide: those of the first hour are run as they stand."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store.store import Store

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


def test_the_first_hour_sets_up_a_market_in_its_order(store: Store) -> None:
    context = CommandContext(store, NOW, lambda: "token", lambda: True)
    run = [command["command"] for command in written(HOUR) if commands.run(context, command)]
    assert run == [
        "create_advertiser",
        "create_partner",
        "create_campaign",
        "sign_contract",
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


def test_payouts_that_are_shown_can_be_signed(store: Store) -> None:
    context = CommandContext(store, NOW, lambda: "token", lambda: True)
    signed = None
    for command in written(HOUR):
        commands.run(context, command)
        if command["command"] == "sign_contract":
            signed = command
    assert signed is not None
    shown = re.findall(r"```\n(\{\"default\".*?)```", section(GUIDE, "Terms"), re.DOTALL)
    assert len(shown) == 2
    for version, payout in enumerate(shown, 2):
        terms = {
            **signed["terms"],
            "valid_from": f"2027-01-0{version}T00:00:00Z",
            "payouts": {"4000": json.loads(payout)},
        }
        assert commands.run(context, {**signed, "terms": terms})["version"] == version
