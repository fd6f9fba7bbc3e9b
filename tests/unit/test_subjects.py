"""Which rows of a file count as about the same thing."""

import io

import pytest
from makegood.domain.uploads import Kind
from makegood.files import subjects
from makegood.files.columns import Columns
from makegood.files.kinds import kind_of
from makegood.files.subjects import Hashes

HEADERS = {
    Kind.INQUIRIES: ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type"),
    Kind.ACTIONS: ("Action Id", "Campaign Id", "Order Id", "Reason"),
    Kind.RESOLUTIONS: ("Id", "Resolution Status", "Inquiry", "Order Id"),
}


def repeated(
    kind: Kind, *rows: tuple[str, ...], given: dict[str, str] | None = None, blank: int = 20
) -> list[int]:
    """The numbers, from 0, of the rows that another row is about the same thing as, where so many
    others follow that are about nothing.
    """
    found = kind_of(kind).subjects(Columns.match(HEADERS[kind], kind, given), Hashes(io.BytesIO()))
    for cells in (*rows, *[("",)] * blank):
        found.note(cells)
    return [at for at, told in enumerate(found.repeated()) if told]


def orders(*order_ids: str) -> list[int]:
    return repeated(Kind.INQUIRIES, *(("1000", each, "1.00", "", "") for each in order_ids))


def test_all_rows_of_a_repeated_order_are_told_the_first_one_too() -> None:
    assert orders("A-1", "A-2", "A-1", "A-3", "A-1") == [0, 2, 4]
    assert orders("A-1", "A-2", "A-3") == []


@pytest.mark.parametrize(
    "spelled",
    ["A-1 ", "\u200bA-1", "A-1\xa0", "'A-1", "\ufeffA-1\t", "a-1"],
)
def test_every_spelling_that_is_read_alike_is_one_order(spelled: str) -> None:
    assert orders("A-1", "B-1", spelled) == [0, 2]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Größe-1", "Gro\u0308ße-1"), ("A  1", "A  1\u200b"), ("é", "e\u0301 ")],
)
def test_two_forms_of_one_text_are_one_order(one: str, other: str) -> None:
    assert orders(one, other) == [0, 1]


def test_an_order_of_another_campaign_is_another() -> None:
    rows = [(campaign, "A-1", "1.00", "", "") for campaign in ("1000", "1001", "", "1001")]
    assert repeated(Kind.INQUIRIES, *rows) == [1, 3]
    assert repeated(Kind.INQUIRIES, *rows, given={"CampaignId": "1000"}) == [0, 1, 2, 3]


def test_a_row_without_a_key_or_its_cell_has_no_subject() -> None:
    assert orders("", "", " ") == []
    assert repeated(Kind.INQUIRIES, ("1000",), ("1000",)) == []


def test_actions_are_told_by_their_id_whatever_order_stands_beside_it() -> None:
    rows = [("1000.1.1", "", "A-1", "RESET"), ("1000.1.2", "", "A-1", "RESET")]
    assert repeated(Kind.ACTIONS, *rows) == []
    assert repeated(Kind.ACTIONS, *rows, ("1000.1.2 ", "1000", "", "RESET")) == [1, 2]


def test_an_action_s_order_is_one_with_or_without_its_campaign() -> None:
    assert repeated(Kind.ACTIONS, ("", "", "A-1", ""), ("", "1000", "A-1", "")) == [0, 1]


def test_where_actions_are_named_in_both_ways_all_rows_count_as_about_one_thing() -> None:
    rows = [("1000.1.1", "", "", ""), ("", "", "A-1", ""), ("", "", "", ""), ("", "", "A-2", "")]
    assert repeated(Kind.ACTIONS, *rows) == [0, 1, 3]


def test_an_inquiry_is_told_by_the_column_that_no_spreadsheet_rounds() -> None:
    rows = [
        ("2.71345E+15", "VALID", "#2713450000000001", ""),
        ("2.71345E+15", "VALID", "#2713450000000002", ""),
        ("2713450000000001", "VALID", "", ""),
        ("70", "VALID", "#8", ""),
        ("8", "VALID", "", ""),
    ]
    assert repeated(Kind.RESOLUTIONS, *rows) == [0, 2]


def test_inquiries_about_one_order_are_about_the_same_thing() -> None:
    rows = [("1", "", "", "A-1"), ("2", "", "", "A-2"), ("3", "", "", "A-1"), ("2", "", "", "")]
    assert repeated(Kind.RESOLUTIONS, *rows) == [0, 1, 2, 3]
    assert repeated(Kind.RESOLUTIONS, ("A-1", "", "", ""), ("3", "", "", "A-1")) == []


@pytest.mark.parametrize("held", [8, 16, 80, 808, 10_000])
def test_a_long_file_is_written_down_on_the_way(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "BUFFER_BYTES", held)
    names = [f"A-{at}" for at in range(100)]
    assert orders(*names) == []
    assert orders(*names, "A-17", "", "A-99") == [17, 99, 100, 102]


def test_where_most_rows_repeat_one_all_are_told() -> None:
    rows = [("1000", each, "1.00", "", "") for each in ("A-1", "A-2", "A-1", "A-1")]
    assert repeated(Kind.INQUIRIES, *rows, blank=0) == [0, 1, 2, 3]
    assert repeated(Kind.INQUIRIES, *rows, blank=2) == [0, 2, 3]
