"""What cells of a workbook hold: exact numbers, dates of both systems, texts as written."""

import io
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.problems import Invalid
from makegood.workbooks import numbers
from makegood.workbooks.cells import CellError, Moment, Number, Percentage, Uncalculated
from makegood.workbooks.places import column_of, letters_of
from makegood.workbooks.sheets import Row, Workbook
from makegood.workbooks.strings import unescaped
from makegood.workbooks.styles import Shown, style_of

from tests import workbook_files
from tests.workbook_files import AS_PERCENTAGE, AS_ZEROS, GENERAL, Cell, book, packed, sheet, xlsx


def rows_of(data: bytes) -> list[Row]:
    with closing(Workbook(io.BytesIO(data))) as workbook:
        return list(workbook.rows(workbook.sheets[0]))


def cell(value: Any, since_1904: bool = False) -> str:
    ((_, (text,), _, _),) = rows_of(xlsx([value], since_1904=since_1904))
    return text


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("14.7", "14.7"),
        ("14.70", "14.7"),
        ("1.1000000000000001", "1.1"),
        ("0.30000000000000004", "0.3"),
        ("12.345", "12.345"),
        ("-0", "0"),
        ("-3.50", "-3.5"),
        ("1E-2", "0.01"),
        ("1.5E+3", "1500"),
        ("999999999999999", "999999999999999"),
        ("1234567890123456", "1.234567890123456E+15"),
        ("2713450000000000", "2.71345E+15"),
        ("12345678901.230001", "12345678901.230001"),
        ("1e-300", "1E-300"),
    ],
)
def test_a_number_is_the_decimal_of_fifteen_digits(stored: str, text: str) -> None:
    number = cell(Cell(stored))
    assert (number, type(number)) == (text, Number)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_every_amount_comes_back_from_the_double_that_a_program_stores(
    minor: int, decimals: int
) -> None:
    value = minor / 10**decimals
    assert abs(float(numbers.exact(f"{value:.17g}")) - value) == 0
    assert round(float(numbers.exact(repr(value))) * 10**decimals) == minor


@pytest.mark.parametrize("stored", ["abc", "NaN", "inf", "1e999", "0x10", "1_000"])
def test_a_number_that_is_none_spoils_the_file(stored: str) -> None:
    with pytest.raises(Invalid):
        cell(Cell(stored))


@pytest.mark.parametrize("since_1904", [False, True])
@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (date(2026, 3, 5), "2026-03-05"),
        (date(1904, 1, 2), "1904-01-02"),
        (datetime(2026, 3, 5, 10, 22, 13), "2026-03-05T10:22:13"),
        (datetime(2026, 12, 31, 23, 59, 59), "2026-12-31T23:59:59"),
        (datetime(2026, 3, 5, 10, 22, 13, 250_000), "2026-03-05T10:22:13.250"),
    ],
)
def test_a_date_is_the_same_in_both_systems(moment: date, text: str, since_1904: bool) -> None:
    told = cell(moment, since_1904)
    assert (told, type(told)) == (text, Moment)


@given(st.datetimes(datetime(1900, 3, 1), datetime(9990, 1, 1)), st.booleans())
def test_a_moment_comes_back_to_the_second(moment: datetime, since_1904: bool) -> None:
    moment = moment.replace(microsecond=0, year=max(moment.year, 1905))
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    days = (moment - start).total_seconds() / 86_400
    assert datetime.fromisoformat(numbers.moment(days, since_1904) or "") == moment


def test_a_time_without_a_day_and_a_day_that_never_was_are_numbers() -> None:
    assert cell(Cell("0.5", style=workbook_files.AS_MOMENT)) == "0.5"
    assert type(cell(Cell("60", style=workbook_files.AS_DATE))) is Number


def test_styles_tell_percentages_zeros_and_plain_numbers() -> None:
    percentage = cell(Cell("0.125", style=AS_PERCENTAGE))
    assert (percentage, type(percentage)) == ("12.5%", Percentage)
    assert cell(Cell("123", style=AS_ZEROS)) == "00123"
    assert type(cell(Cell("123", style=GENERAL))) is Number
    assert type(cell(Cell("123", style=99))) is Number


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("General", Shown.NUMBER),
        ("0.00", Shown.NUMBER),
        ("#,##0.00\\ [$€-407]", Shown.NUMBER),
        ('0.00" days"', Shown.NUMBER),
        ("[Red]-0.00;0.00", Shown.NUMBER),
        ("0.00E+00", Shown.NUMBER),
        ("dd.mm.yyyy", Shown.DATE),
        ("[$-409]d\\-mmm\\-yy;@", Shown.DATE),
        ("m/d/yy h:mm AM/PM", Shown.DATE),
        ("YYYY\\-MM\\-DD", Shown.DATE),
        ("0.0%", Shown.PERCENTAGE),
        ("00000", 5),
        ("0", Shown.NUMBER),
    ],
)
def test_a_format_says_what_it_makes_of_a_number(code: str, style: object) -> None:
    assert style_of(code) == style


def test_truths_errors_and_formulas_tell_what_they_are() -> None:
    ((_, cells, _, formulas),) = rows_of(
        xlsx(
            [
                True,
                Cell("#N/A", "e"),
                Cell("12.5", formula="A1*2"),
                Cell(formula="A1*2"),
                Cell("", formula="A1*2"),
                Cell("", "str", formula='""'),
                "end",
            ]
        )
    )
    assert cells == ["TRUE", "#N/A", "12.5", "", "", "", "end"]
    kinds = [str, CellError, Number, Uncalculated, Uncalculated, str, str]
    assert list(map(type, cells)) == kinds
    assert formulas == (2, 3, 4, 5)


def test_texts_are_the_same_however_they_are_stored() -> None:
    written = "<t>a &amp; b</t>"
    strings = (
        f"<sst><si>{written}</si><si><r><t>a </t></r><r><t>&amp; b</t></r>"
        "<rPh><t>spoken</t></rPh></si></sst>"
    )
    inline = f'<c r="C1" t="inlineStr"><is>{written}</is></c>'
    data = f'<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>{inline}'
    part = f"<worksheet><sheetData><row><c/></row><row>{data}</row></sheetData></worksheet>"
    (row,) = rows_of(packed(book({"S": part}, strings=strings)))
    assert (row.number, row.cells) == (2, ["a & b"] * 3)


@pytest.mark.parametrize(
    ("written", "text"),
    [("a_x000D_\nb", "a\r\nb"), ("_x005F_x000D_", "_x000D_"), ("_x0000_", "_x0000_")],
)
def test_what_xml_cannot_hold_is_unescaped_once(written: str, text: str) -> None:
    assert unescaped(written) == text


def test_elements_may_have_prefixes_and_cells_no_places() -> None:
    part = (
        '<x:worksheet xmlns:x="u"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c/>'
        "<x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert [row.cells for row in rows_of(packed(book({"S": part})))] == [["1", "", "2"]]


@given(st.integers(0, 20_000))
def test_columns_have_names(column: int) -> None:
    assert column_of(letters_of(column)) == column


BROKEN = [
    '<row r="2"/><row r="2"/>',
    '<row r="x"/>',
    '<row r="1"><c r="B1"/><c r="B1"/></row>',
    '<row r="1"><c r="1B"/></row>',
    '<row r="1"><c t="s"><v>7</v></c></row>',
]


@pytest.mark.parametrize("rows", BROKEN)
def test_a_sheet_that_contradicts_itself_spoils_the_file(rows: str) -> None:
    part = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    with pytest.raises(Invalid) as caught:
        rows_of(packed(book({"S": part})))
    assert caught.value.faults[0].code == "bad_workbook"


def test_hidden_and_merged_cells_are_told() -> None:
    part = sheet(
        [["a", "b"], ["c", "d"]],
        hidden_rows=[2],
        before='<cols><col min="2" max="3" hidden="1"/></cols>',
        after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
    )
    with closing(Workbook(io.BytesIO(packed(book({"S": part}))))) as workbook:
        rows = workbook.rows(workbook.sheets[0])
        assert [each.hidden for each in rows] == [False, True]
        assert rows.hidden == [(1, 2)]
        assert [each.name for each in rows.merged] == ["A1:B1"]
