"""What README and the guides say is so: diagrams, commands, links, paths, modules."""

import re
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from makegood.domain import actions, inquiries
from makegood.operator.arguments import ARGUMENTS
from makegood.operator.commands import COMMANDS

from tests.infra.pages import GUIDES, PAGES, anchors, coded, links, rows, section, text_of
from tests.infra.sources import PACKAGE, PACKAGES, ROOT, modules
from tests.infra.test_imports import MAY_IMPORT

PEOPLE = "\n".join(
    page.read_text(encoding="utf-8") for page in PAGES if page.name != "CHANGELOG.md"
)
ARROW = "──▶"


def drawn(first: str) -> set[tuple[str, str]]:
    """The edges of the diagram whose first line begins with this state."""
    text = text_of("glossary")
    block = text[text.index(f"\n{first} {ARROW}") :].partition("```")[0]
    edges = set()
    for line in block.strip().splitlines():
        steps = [re.findall(r"\b[A-Z]+\b", part) for part in line.split("  ")[0].split(ARROW)]
        edges |= {(a, b) for left, right in pairwise(steps) for a in left for b in right}
    return edges


@pytest.mark.parametrize(
    ("first", "table"), [("UNRESOLVED", inquiries.STATES), ("PENDING", actions.STATES)]
)
def test_a_lifecycle_is_drawn_as_the_code_has_it(first: str, table: Mapping[StrEnum, Any]) -> None:
    assert drawn(first) == {
        (str(state), str(target)) for state, rules in table.items() for target in rules.leads_to
    }


def commands() -> dict[str, str]:
    """The operator's commands as the guide lists them, with the cell of their arguments."""
    listed = rows(section(text_of("operators"), "Commands"))
    return {row[0].strip("`"): row[2] for row in listed if len(row) == 3}


def test_every_command_of_the_operator_is_listed() -> None:
    assert sorted(commands()) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_a_command_is_in_its_row(name: str) -> None:
    told = {word for quoted in coded(commands()[name]) for word in quoted.split()}
    assert told == set(COMMANDS[name].arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_argument_in_parentheses_may_be_left_out(name: str) -> None:
    may = {
        word
        for part in re.findall(r"\(([^)]*)\)", commands()[name])
        for quoted in coded(part)
        for word in quoted.split()
    }
    assert may == COMMANDS[name].optional


def test_every_argument_is_some_command_s() -> None:
    assert {each for command in COMMANDS.values() for each in command.arguments} == set(ARGUMENTS)


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", PEOPLE, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_path_that_is_named_exists() -> None:
    named = re.findall(r"`((?:functions|layers|infra|tests)/[\w/.]*|[A-Z]+\.md)`", PEOPLE)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_guide_is_linked_from_the_readme() -> None:
    linked = {(ROOT / each).resolve() for each in links(ROOT / "README.md")}
    assert set(GUIDES.glob("*.md")) | {GUIDES / "flow.svg"} <= linked


def test_every_module_that_is_named_exists() -> None:
    packages = "|".join(PACKAGES)
    named = [
        each for each in coded(PEOPLE) if re.fullmatch(rf"(?:{packages})\.[a-z_]+[\w.]*", each)
    ]
    assert len(named) > 100
    for each in named:
        package, name, *attributes = each.split(".")
        assert f"{package}.{name}" in modules(), each
        for attribute in attributes:
            assert attribute in (PACKAGE / package / f"{name}.py").read_text(), each


def test_every_package_is_described_with_what_it_imports() -> None:
    table = rows(section(text_of("contributors"), "The packages"))
    assert {row[0].strip("`"): set(coded(row[2])) for row in table} == MAY_IMPORT
