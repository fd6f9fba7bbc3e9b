"""The log of decisions and the changelog: numbers without gaps, marks on both sides, dates."""

import re
import tomllib

import pytest

from tests.infra.sources import ROOT

DECISIONS = (ROOT / "DECISIONS.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
MARK = r"(Superseded by|Amended by|Supersedes|Amends)((?:(?: in)?,? (?:and )?\d+)+)"


def entries() -> dict[int, str]:
    parts = re.split(r"^## (\d+)\. ", DECISIONS, flags=re.MULTILINE)[1:]
    return {int(number): text for number, text in zip(parts[::2], parts[1::2], strict=True)}


def marks(active: tuple[str, str], passive: tuple[str, str]) -> tuple[set, set]:
    """Pairs (newer, older), as the newer says it and as the older does."""
    says, told = set(), set()
    for number, text in entries().items():
        line = text.split("\n\n")[1] if text.split("\n\n")[1].startswith("*") else ""
        for kind, numbers in re.findall(MARK, "" if line.startswith("*Context") else line):
            others = {int(each) for each in re.findall(r"\d+", numbers)}
            says |= {(number, each) for each in others if kind in active}
            told |= {(each, number) for each in others if kind in passive}
    return says, told


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(each) for each in re.findall(r"^## (\d+)\. ", DECISIONS, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_changes_a_decision_is_said_in_both_places() -> None:
    says, told = marks(("Supersedes", "Amends"), ("Superseded by", "Amended by"))
    assert says
    assert says == told


@pytest.mark.parametrize("number", entries())
def test_every_decision_has_its_parts(number: int) -> None:
    for part in ("*Context.* ", "*Decision.* "):
        assert f"\n\n{part}" in entries()[number]


def test_versions_have_dates_and_the_package_has_the_last() -> None:
    heads = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    released = [
        re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", each) for each in heads[1:]
    ]
    assert released
    assert all(released)
    project = tomllib.loads((ROOT / "layers/makegood/pyproject.toml").read_text())["project"]
    assert released[0] is not None
    assert project["version"] == released[0][1]
    assert project["license"] == "Apache-2.0"
