"""Cells that a spreadsheet would run, cells that only look like it, and how both are written."""

import pytest
from makegood.files.csv_injection import any_formula, defused, is_formula, understood

FORMULAS = [
    "=2*10.50",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "+1+cmd",
    "-2+3",
    "+49 170 1234",
    "-",
    "=",
    "=5",
    "- 5",
    "  =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b@x",
    "+1;=1",
    "+1;2",
    "-1\t-2",
    "-1\n1",
]
NUMBERS = ["+1", "-5.00", "-1,234.50", "-5%", "-.5", "-1e5", " -7 ", "+491701234567", "0"]
TEXTS = ["", "a=b", "CD100081", "2026-01-01", "a@b.example", "'=1", '"=1"', "1-2", "O'Brien"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_known_and_led_by_an_apostrophe_once_written(cell: str) -> None:
    assert is_formula(cell)
    assert any_formula(["x", cell, "x"])
    (written,) = defused([cell])
    assert written.startswith("'")
    assert understood(written) == cell


@pytest.mark.parametrize("cell", NUMBERS + TEXTS)
def test_numbers_and_texts_are_no_formulas(cell: str) -> None:
    assert not is_formula(cell)
    assert not any_formula([cell])


@pytest.mark.parametrize("cell", [*NUMBERS, "a=b", "a@b.example", "O'Brien", "x, -y", "a;b"])
def test_what_cannot_run_is_written_as_it_is(cell: str) -> None:
    assert defused([cell]) == [cell]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ('x;"=1+1', "x;'\"=1+1"),
        ("x\t@SUM(1)", "x\t'@SUM(1)"),
        ("x\r\n=1", "x\r'\n'=1"),
        ("\tx", "'\tx"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("x;-5;y", "x;-5;y"),
    ],
)
def test_what_another_separator_would_expose_cannot_run_either(cell: str, written: str) -> None:
    assert defused([cell]) == [written]
    assert understood(written) == cell
