"""What README says is so: its diagrams are the code's tables, its commands are there."""

import re
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import pytest
from makegood.domain import actions, inquiries
from makegood.operator.arguments import ARGUMENTS
from makegood.operator.commands import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ARROW = "──▶"


def drawn(first: str) -> set[tuple[str, str]]:
    """The edges of the diagram whose first line begins with this state."""
    block = README[README.index(f"\n{first} {ARROW}") :].partition("```")[0]
    edges = set()
    for line in block.strip().splitlines():
        steps = [re.findall(r"\b[A-Z]+\b", part) for part in line.split("  ")[0].split(ARROW)]
        edges |= {(a, b) for left, right in pairwise(steps) for a in left for b in right}
    return edges


@pytest.mark.parametrize(
    ("first", "table"), [("UNRESOLVED", inquiries.EDGES), ("PENDING", actions.EDGES)]
)
def test_a_lifecycle_is_drawn_as_the_code_has_it(
    first: str, table: Mapping[StrEnum, frozenset[StrEnum]]
) -> None:
    assert drawn(first) == {
        (str(state), str(target)) for state, targets in table.items() for target in targets
    }


def test_every_command_of_the_operator_is_listed() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_a_command_is_in_its_row(name: str) -> None:
    row = re.search(rf"^\| `{name}` \|(.*)\|$", README, re.MULTILINE)
    assert row
    told = {word for quoted in re.findall(r"`([a-z_ ]+)`", row[1]) for word in quoted.split()}
    assert set(COMMANDS[name].arguments) <= told
    assert {each for each in told if each in ARGUMENTS} <= set(COMMANDS[name].arguments)


def test_every_argument_is_some_command_s() -> None:
    assert {each for command in COMMANDS.values() for each in command.arguments} == set(ARGUMENTS)


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_path_that_is_named_exists() -> None:
    named = re.findall(r"`((?:functions|layers|infra|tests)/[\w/.]*|[A-Z]+\.md)`", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
