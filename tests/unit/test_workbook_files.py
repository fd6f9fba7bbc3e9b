"""A workbook is a file like any other: the same rules, its sheet's rows, clear refusals."""

import gzip
from datetime import date, datetime
from typing import Any

import pytest
from makegood.domain.money import Money
from makegood.domain.uploads import XLSX, Kind, UploadState, content_type

from tests.memory_ingest import Ingest, answer, claim, conversion, table
from tests.workbook_files import (
    AS_DATE,
    AS_PERCENTAGE,
    WORKBOOK,
    Cell,
    book,
    of_rows,
    packed,
    sheet,
    xlsx,
)

TYPED = {
    "Campaign Id": 1000,
    "Order Id": "A-1",
    "Sale Amount": 12.3,
    "Transaction Date": datetime(2026, 3, 5, 10, 0),
    "Type": "UNTRACKED",
}
HEADER, VALUES = list(TYPED), list(TYPED.values())


def told(data: bytes, kind: Kind = Kind.INQUIRIES, ingest: Ingest | None = None) -> list[Any]:
    """Result and code of each row."""
    ingest = ingest or Ingest()
    upload_id = ingest.send(kind, data)
    ingest.deliver()
    return [(each["Result"], each["Code"]) for each in ingest.result(upload_id)]


def typed(**changes: Any) -> list[Any]:
    return [changes.get(name.replace(" ", "_"), value) for name, value in TYPED.items()]


def warnings(data: bytes) -> list[str]:
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, data)
    return ingest.summary(upload_id)["warnings"]


def rows_by_kind() -> dict[Kind, dict[str, str]]:
    return {
        Kind.INQUIRIES: claim("A-9"),
        Kind.CONVERSIONS: conversion("A-9"),
        Kind.RESOLUTIONS: answer("", "VALID"),
        Kind.ACTIONS: {"Action Id": "", "Reason": "REJECTED"},
        Kind.ORDERS: {
            "Order Id": "A-9",
            "Order Date": "2026-03-05T10:00:00Z",
            "Amount": "9.99",
            "Currency": "USD",
        },
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_a_workbook_of_texts_has_the_results_of_the_same_csv(kind: Kind) -> None:
    results = []
    for make in (table, of_rows):
        ingest = Ingest()
        ingest.whole(Kind.INQUIRIES, claim("A-1"))
        ingest.whole(Kind.CONVERSIONS, conversion("A-2"))
        (inquiry_id,), (action_id,) = ingest.kept.inquiries, ingest.kept.actions
        row = rows_by_kind()[kind]
        row |= {"Id": inquiry_id} if "Id" in row else {}
        row |= {"Action Id": action_id} if "Action Id" in row else {}
        row = {**row, "Remark": "kept"}
        upload_id = ingest.send(kind, make(row, row))
        ingest.deliver()
        found = ingest.result(upload_id)
        results.append(
            [(each["Result"], each["Code"], each["Row"], each["Remark"]) for each in found]
        )
    assert results[0] == results[1]
    assert results[0][0][0] == "APPLIED"


def test_typed_cells_are_read_exactly_and_dates_in_the_campaign_s_zone() -> None:
    ingest = Ingest()
    assert told(xlsx(HEADER, VALUES), ingest=ingest) == [("APPLIED", "unresolved")]
    (inquiry,) = ingest.kept.inquiries.values()
    assert inquiry.claim.order_amount == Money(1230, "USD")
    assert inquiry.claim.ordered_at.isoformat() == "2026-03-05T15:00:00+00:00"
    assert told(table(claim("A-1", "12.30")), ingest=ingest) == [("UNCHANGED", "same_unresolved")]


def test_rows_are_named_as_beside_the_sheet_and_blank_ones_are_none() -> None:
    ingest = Ingest()
    data = xlsx(HEADER, [], VALUES, [""], typed(Order_Id="A-2"), first=3)
    upload_id = ingest.send(Kind.INQUIRIES, data)
    assert [each["Row"] for each in ingest.result(upload_id)] == ["5", "7"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Sale_Amount": 12.345}, "too_precise"),
        ({"Sale_Amount": Cell("0.1", style=AS_PERCENTAGE)}, "not_a_number"),
        ({"Sale_Amount": date(2026, 3, 12)}, "not_a_number"),
        ({"Sale_Amount": True}, "not_a_number"),
        ({"Sale_Amount": Cell("#N/A", "e")}, "spreadsheet_error"),
        ({"Sale_Amount": Cell(formula="1+1")}, "formula_without_value"),
        ({"Order_Id": date(2026, 3, 12)}, "id_as_date"),
        ({"Order_Id": 2.71345e15}, "rounded_id"),
        ({"Order_Id": Cell("#REF!", "e")}, "spreadsheet_error"),
        ({"Transaction_Date": 46_086}, "not_a_date"),
        ({"Transaction_Date": Cell("0.4", style=AS_DATE)}, "not_a_date"),
        ({"Sale_Amount": "1.234"}, "ambiguous_amount"),
        ({"Sale_Amount": 1e20}, "not_a_number"),
        ({"Sale_Amount": Cell("1E-300")}, "not_a_number"),
    ],
)
def test_a_cell_that_cannot_be_taken_at_its_word_fails_its_row(
    changes: dict[str, Any], code: str
) -> None:
    data = xlsx(HEADER, typed(Order_Id="A-2"), typed(**changes))
    assert told(data) == [("APPLIED", "unresolved"), ("REJECTED", code)]


@pytest.mark.parametrize(
    "changes",
    [
        {"Sale_Amount": "12,30"},
        {"Sale_Amount": Cell("0.30000000000000004", formula="0.1+0.2")},
        {"Order_Id": 71345},
        {"Order_Id": "=HYPERLINK(1)"},
        {"Transaction_Date": date(2026, 3, 5)},
        {"Transaction_Date": "2026-03-05"},
    ],
)
def test_what_has_one_reading_is_read(changes: dict[str, Any]) -> None:
    assert told(xlsx(HEADER, typed(**changes))) == [("APPLIED", "unresolved")]


def test_a_text_that_begins_like_a_formula_is_a_text_and_cannot_run_in_the_result() -> None:
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, xlsx([*HEADER, "Remark"], [*VALUES, "=1+1"]))
    assert [each["Remark"] for each in ingest.result(upload_id)] == ["'=1+1"]


def test_formulas_and_what_is_hidden_are_told() -> None:
    before = '<cols><col min="3" max="3" hidden="1"/></cols>'
    rows = [HEADER, typed(Sale_Amount=Cell("5", formula="2+3")), typed(Order_Id="A-2")]
    assert warnings(xlsx(*rows, before=before, hidden_rows=[3])) == [
        'Column "Sale Amount" is hidden, and counts like all others',
        "Hidden rows, which count like all others: 1, the first is row 3",
        "Formulas, of which the values saved with them count: 1, the first is C2",
    ]


@pytest.mark.parametrize(
    ("area", "code"),
    [("A1:B1", "merged_header"), ("A2:A3", "merged_table"), ("B3:B9", "merged_table")],
)
def test_merged_cells_fail_the_file_before_any_row(area: str, code: str) -> None:
    ingest = Ingest()
    after = f'<mergeCells><mergeCell ref="{area}"/></mergeCells>'
    data = xlsx(HEADER, VALUES, typed(Order_Id="A-2"), after=after)
    assert told(data, ingest=ingest) == [("REJECTED", code)]
    assert ingest.kept.inquiries == {}


def test_merged_cells_beside_the_table_do_no_harm() -> None:
    after = '<mergeCells><mergeCell ref="H1:J2"/></mergeCells>'
    assert told(xlsx(HEADER, VALUES, after=after)) == [("APPLIED", "unresolved")]


def test_the_sheet_is_the_one_with_our_header() -> None:
    ours, other = sheet([HEADER, VALUES]), sheet([["How to fill this in"], ["1"]])
    assert told(packed(book({"How": other, "Claims": ours}))) == [("APPLIED", "unresolved")]
    both = packed(book({"A": ours, "B": ours}))
    assert told(both) == [("REJECTED", "several_sheets")]
    assert told(packed(book({"A": ours, "B": ours}, hidden=["A"]))) == [("APPLIED", "unresolved")]
    assert told(packed(book({"A": ours, "B": other}, hidden=["A"]))) == [
        ("REJECTED", "hidden_sheet")
    ]
    assert told(packed(book({"A": other}))) == [("REJECTED", "missing_column")] * 5
    assert told(packed(book({"A": sheet([])}))) == [("REJECTED", "empty_file")]
    assert told(xlsx(HEADER)) == [("REJECTED", "no_rows")]


def test_a_second_table_in_the_sheet_is_refused_where_it_begins() -> None:
    data = xlsx(HEADER, VALUES, [], HEADER, typed(Order_Id="A-2"))
    assert told(data) == [
        ("APPLIED", "unresolved"),
        ("REJECTED", "second_header"),
        ("APPLIED", "unresolved"),
    ]


def test_a_formula_in_the_header_needs_its_value() -> None:
    header = [Cell("Campaign Id", "str", formula="X1"), *HEADER[1:]]
    assert told(xlsx(header, VALUES)) == [("APPLIED", "unresolved")]
    header = [*HEADER, Cell(formula="X1")]
    assert told(xlsx(header, VALUES)) == [("REJECTED", "formula_without_value")]


@pytest.mark.parametrize(
    ("type_of", "code"),
    [
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "macros"),
        ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", "not_xlsx"),
        (WORKBOOK.replace("sheet.main", "template.main"), "not_xlsx"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "not_xlsx"),
    ],
)
def test_other_kinds_of_workbooks_are_told_to_be_saved_as_xlsx(type_of: str, code: str) -> None:
    parts = book({"S": sheet([HEADER, VALUES])}, content_type=type_of)
    assert told(packed(parts)) == [("REJECTED", code)]


def test_a_workbook_that_holds_macros_is_refused_whatever_it_is_called() -> None:
    parts = book({"S": sheet([HEADER, VALUES])}, more={"xl/vbaProject.bin": b"x"})
    assert told(packed(parts)) == [("REJECTED", "macros")]


def test_open_documents_are_told_to_be_saved_as_xlsx() -> None:
    mime = b"application/vnd.oasis.opendocument.spreadsheet"
    assert told(packed({"mimetype": mime, "content.xml": b"<a/>"})) == [("REJECTED", "not_xlsx")]
    assert told(packed({"Index/Document.iwa": b"x"})) == [("REJECTED", "not_xlsx")]
    assert told(b"\xd0\xcf\x11\xe0" + bytes(600)) == [("REJECTED", "not_csv")]
    assert told(packed({"claims.csv": table(claim("A-1"))})) == [("REJECTED", "not_csv")]


def test_a_packed_workbook_is_one_as_well() -> None:
    assert told(gzip.compress(xlsx(HEADER, VALUES))) == [("APPLIED", "unresolved")]


def test_rows_about_the_same_thing_act_in_turn_in_a_long_workbook_too() -> None:
    rows = [typed(Order_Id=f"A-{at}") for at in range(1_200)]
    rows[1_100] = typed(Order_Id="A-7", Sale_Amount=Cell("#N/A", "e"))
    rows[1_150] = typed(Order_Id="A-9")
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, xlsx(HEADER, *rows))
    ingest.deliver()
    found = ingest.result(upload_id)
    assert [int(each["Row"]) for each in found] == list(range(2, 1_202))
    assert found[1_100]["Code"] == "spreadsheet_error"
    assert found[1_150]["Code"] == "same_unresolved"
    assert ingest.kept.uploads[upload_id].has_rows_apart
    assert len(ingest.kept.inquiries) == 1_198
    assert ingest.kept.uploads[upload_id].state is UploadState.DONE


def test_a_form_says_what_its_file_is_by_name() -> None:
    assert content_type("Claims March.XLSX") == XLSX
    assert content_type("claims.csv") == content_type("claims.xlsx.csv") == "text/csv"
