"""Files of terms: what is read of them is what they say, and what is wrong is told."""

from pathlib import Path
from typing import Any

import pytest
from makegood_cli import documents
from makegood_cli.problems import Stop

TERMS: dict[str, Any] = {
    "valid_from": "2025-01-01T00:00:00Z",
    "locking": "DAY 15d",
    "payment": "DAY 4d",
    "payouts": {"4000": "5%"},
}


def file(folder: Path, text: str) -> Path:
    path = folder / "terms.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_dates_and_amounts_stay_the_texts_that_they_are_written_as(tmp_path: Path) -> None:
    text = "valid_from: 2025-01-01T00:00:00Z\npayouts:\n  4000: 2.50\nclaim_window_days: [0, 180]\n"
    assert documents.read(file(tmp_path, text)) == {
        "valid_from": "2025-01-01T00:00:00Z",
        "payouts": {"4000": "2.50"},
        "claim_window_days": [0, 180],
    }


def test_json_is_read_as_well(tmp_path: Path) -> None:
    assert documents.read(file(tmp_path, '{"payouts": {"4000": "5%"}}')) == {
        "payouts": {"4000": "5%"}
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("payouts: {4000: 5%, 4000: 6%}", "4000 twice"),
        ("payouts: {4000: 5%", "terms.yaml"),
        ("- 1", "no object"),
        ("", "no object"),
        ("!!python/object/apply:os.system [ls]", "terms.yaml"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Stop) as caught:
        documents.read(file(tmp_path, text))
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"payout": {}}, "payout: terms have"),
        ({"payouts": ["5%"]}, "payouts: an object"),
        ({"payouts": {"4000": 5}}, "payouts: an object"),
    ],
)
def test_terms_that_cannot_be_meant_are_not_sent(changed: dict[str, Any], told: str) -> None:
    documents.check_terms(TERMS)
    with pytest.raises(Stop, match=told):
        documents.check_terms({**TERMS, **changed})


@pytest.mark.parametrize("name", documents.REQUIRED)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(Stop, match=f"{name}: required"):
        documents.check_terms({each: value for each, value in TERMS.items() if each != name})


def test_only_what_differs_is_a_difference() -> None:
    there = {**TERMS, "version": 3, "valid_from": "2025-01-01T00:00:00+00:00"}
    there["claim_window_days"] = [0, 180]
    assert documents.differences(there, TERMS) == []
    groups = {"default": "5%", "groups": [{"name": "Shoes", "payout": "7%"}]}
    given = {**TERMS, "payouts": {"4000": groups}}
    assert documents.lines(documents.differences(there, given)) == [
        "- payouts.4000  5%",
        "+ payouts.4000.default  5%",
        "+ payouts.4000.groups.1.name  Shoes",
        "+ payouts.4000.groups.1.payout  7%",
    ]
