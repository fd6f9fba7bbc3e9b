"""Every kind of file has its entries, and nothing is taken for a kind that it is not."""

from dataclasses import fields

import pytest
from makegood.domain.uploads import KINDS, MADE_HERE, Kind, SheetKind
from makegood.files.exports import SHEETS as EXPORTS
from makegood.files.kinds import FILE_KINDS, FileKind, UnknownKind, kind_of
from makegood.files.layouts import LAYOUTS

from tests.workbooks.rounds import ROUNDS


def test_a_kind_of_file_has_a_sender_columns_and_an_entry() -> None:
    assert set(FILE_KINDS) == set(LAYOUTS) == set(Kind)
    assert set().union(*KINDS.values()) == set(Kind)
    assert set(EXPORTS) == set().union(*MADE_HERE.values()) == set(SheetKind)


@pytest.mark.parametrize("kind", Kind)
def test_an_entry_says_all_that_is_done_with_rows_of_its_kind(kind: Kind) -> None:
    entry = kind_of(kind)
    assert all(callable(getattr(entry, each.name)) for each in fields(FileKind))
    layout = LAYOUTS[kind]
    assert set(layout.required) <= layout.columns.keys()


@pytest.mark.parametrize("kind", ["shops", "", *SheetKind])
def test_what_is_no_kind_of_file_is_an_error_and_never_another_kind(kind: str) -> None:
    with pytest.raises(UnknownKind, match=r"needs an entry in files\.kinds"):
        kind_of(kind)  # type: ignore[arg-type]


def test_each_kind_makes_the_round_through_a_spreadsheet() -> None:
    assert set(ROUNDS) == set(FILE_KINDS)
