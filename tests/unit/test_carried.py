"""What a newer version has stored stays where it is, whatever this one writes beside it."""

from dataclasses import dataclass
from typing import Any

import pytest
from makegood.domain.carried import Carrying
from makegood.store.carried import beyond, document_of, fields_of, longer


@dataclass(frozen=True, slots=True)
class Shelf(Carrying):
    name: str
    width: int = 1


@pytest.mark.parametrize(
    ("known", "was", "left"),
    [
        ({"a": 1}, None, {}),
        ({"a": 1}, {"a": 2}, {}),
        ({"a": ""}, {"a": "x", "b": False, "c": None}, {"b": False, "c": None}),
        ({"a": (1, "USD")}, {"a": [5, "USD"]}, {}),
        ({"a": (1, "USD")}, {"a": [5, "EUR", "rate", 7]}, {"a": (1, "USD", "rate", 7)}),
        ({"a": (1, "USD")}, {"a": None}, {}),
        ({"a": None}, {"a": [5, "EUR", "rate"]}, {}),
        ({"a": [1]}, {"a": [1, 2]}, {}),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {}),
    ],
)
def test_names_and_places_that_are_not_known_are_left(known: Any, was: Any, left: Any) -> None:
    assert beyond(known, was) == left


def test_a_row_keeps_its_further_places() -> None:
    assert longer(("new", 2), ["old", 1, "more", None]) == ("new", 2, "more", None)
    assert longer(("new", 2), ["old"]) == ("new", 2)
    assert longer(("new", 2), None) == ("new", 2)


def test_a_value_by_names_takes_what_it_knows_and_writes_the_rest_again() -> None:
    document = {"name": "top", "carried": "theirs", "depth": 3}
    shelf = Shelf(**fields_of(Shelf, document))
    assert shelf == Shelf("top")
    assert "depth" not in repr(shelf)
    assert document_of(shelf) == {"name": "top", "width": 1, "carried": "theirs", "depth": 3}
