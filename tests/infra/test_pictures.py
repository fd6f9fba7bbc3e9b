"""The guides' pictures are those that the browser tests take, and small."""

import ast
import re
from pathlib import Path

import pytest

from tests.infra.pages import GUIDES, PAGES
from tests.infra.sources import ROOT

PICTURES = sorted(path.name for path in GUIDES.glob("*.png"))
BYTES_MAX = 60_000


def constants(path: str, name: str) -> set[str]:
    """The texts in the value that a module gives a name."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (value,) = (
        each.value
        for each in tree.body
        if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == name
    )
    return {each.value for each in ast.walk(value) if isinstance(each, ast.Constant)}


def test_a_picture_that_a_guide_shows_is_taken_by_the_browser_tests() -> None:
    shown = set(re.findall(r"!\[[^]]*\]\((?:[\w/]*/)?(\S+\.png)\)", "".join(map(text, PAGES))))
    taken = {f"console-{each}.png" for each in constants("tests/browser/pictures.py", "SHOWN")}
    assert shown == taken == set(PICTURES)


def test_each_of_them_is_a_shot_of_some_test() -> None:
    tests = "".join(map(text, (ROOT / "tests" / "browser").glob("test_*.py")))
    shots = set(re.findall(r"\.shots\(\"([\w-]+)\"\)", tests))
    assert constants("tests/browser/pictures.py", "SHOWN") <= shots


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small(name: str) -> None:
    assert (GUIDES / name).stat().st_size <= BYTES_MAX


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
