"""A state is one row of its table: whatever else depends on states asks the table, or names all."""

import ast
from collections.abc import Iterator

import pytest
from makegood.domain import actions, inquiries
from makegood.domain.actions import ActionState
from makegood.domain.inquiries import InquiryState
from makegood.domain.state_details import MEANINGS, StateDetail

from tests.infra.sources import modules

TABLES = {"InquiryState": inquiries.STATES, "ActionState": actions.STATES}
HOMES = {"domain.inquiries", "domain.actions"}
"""Where the tables are."""


def enumerations(tree: ast.Module) -> Iterator[tuple[str, set[str], int]]:
    """Collections that are written out and name states: of which kind, which, and where."""
    for node in ast.walk(tree):
        elements = (
            node.elts
            if isinstance(node, ast.Tuple | ast.List | ast.Set)
            else node.keys
            if isinstance(node, ast.Dict)
            else ()
        )
        for kind in TABLES:
            named = {
                each.attr
                for each in elements
                if isinstance(each, ast.Attribute)
                and isinstance(each.value, ast.Name)
                and each.value.id == kind
            }
            if named:
                yield kind, named, node.lineno


def test_every_state_has_its_row() -> None:
    assert set(inquiries.STATES) == set(InquiryState)
    assert set(actions.STATES) == set(ActionState)


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_who_lists_states_names_them_all_or_asks_the_table(module: str, tree: ast.Module) -> None:
    if module in HOMES:
        return
    for kind, named, line in enumerations(tree):
        assert named == set(TABLES[kind]), f"line {line} lists some states of {kind}"


def compared(tree: ast.Module) -> dict[str, set[str]]:
    """The states that a module compares with, of each kind."""
    found: dict[str, set[str]] = {kind: set() for kind in TABLES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for each in (node.left, *node.comparators):
                if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
                    found.get(each.value.id, set()).add(each.attr)
    return found


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_nobody_else_tells_states_apart(module: str, tree: ast.Module) -> None:
    """Except whether a withdrawal is there already, which is the step itself."""
    allowed = {"domain.claims": {"WITHDRAWN"}}
    told_apart = {state for states in compared(tree).values() for state in states}
    assert told_apart <= allowed.get(module, set())


def test_every_state_of_an_action_has_details_and_every_detail_its_meaning() -> None:
    assert set(ActionState) <= set(map(str, StateDetail))
    assert set(MEANINGS) == set(StateDetail)
