"""What the tool knows by name: the operator's commands, the API's fields, the kinds of files.

`names.json` is written from the functions' own tables by `python -m infra.local.publish`, and a
test holds both equal. So the tool imports nothing of the functions.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

Table = dict[str, Any]


@cache
def names() -> Table:
    """All of it: `commands`, `operations`, `kinds` and `result_columns`."""
    return json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))


def commands() -> dict[str, Table]:
    """The operator's commands: each with its `function`, `says`, `asks` and `arguments`."""
    return names()["commands"]


def fields(operation: str) -> list[Table]:
    """The fields that an operation of the API takes: `name`, `required`, `says`."""
    return names()["operations"][operation]


def option(name: str) -> str:
    """The option of a field or an argument: `CampaignId` and `campaign_id` are `--campaign-id`."""
    return "--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-").lower()


def path_of(command: str) -> tuple[str, ...]:
    """Where a command stands: `create_advertiser` is `advertiser create`.

    A noun that is a command itself stays whole: `refund_deposit` is `refund-deposit`.
    """
    verb, _, noun = command.partition("_")
    if not noun or noun in commands():
        return (command.replace("_", "-"),)
    one = noun.removesuffix("s") if verb == "list" else noun
    return one.replace("_", "-"), verb


def nested() -> dict[str, dict[str, str]]:
    """The commands by their first word, then by the second; blank where there is none."""
    found: dict[str, dict[str, str]] = {}
    for command in commands():
        first, *rest = path_of(command)
        found.setdefault(first, {})[rest[0] if rest else ""] = command
    return found
