"""What a newer version has stored stays where it is, whatever this one writes beside it."""

from typing import Any

import pytest
from makegood.store.carried import beyond, longer


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
