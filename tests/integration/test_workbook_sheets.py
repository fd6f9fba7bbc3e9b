"""A sheet as a workbook: what is in it, what it lets a person do, and that it comes back whole."""

import io
from contextlib import closing
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from makegood.domain import uploads
from makegood.domain.inquiries import REJECT_REASONS, InquiryState
from makegood.domain.money import Money
from makegood.domain.parties import Role
from makegood.domain.uploads import CUTTING, Kind, Place, SheetKind, Upload, UploadState
from makegood.files import csv_injection, csv_writing, workbook_results
from makegood.files.csv_format import table_rows
from makegood.files.export_rows import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.files.layouts import LAYOUTS
from makegood.store.store import Store
from makegood.workbooks.sheets import Workbook
from makegood.workbooks.writing import Column, Holds, TableWriter

from tests import builders
from tests.integration import ingest as files
from tests.integration import market
from tests.integration.gateway import ADVERTISER
from tests.memory_ingest import Ingest, claim, conversion

NOTES = "=HYPERLINK(1)\n'quoted', \u00fcber & <tags>"


def ordered(ingest: Ingest, kind: SheetKind = SheetKind.UNDECIDED) -> str:
    """A sheet as a workbook; its id."""
    ingest.sent += 1
    place = Place(
        Role.ADVERTISER, builders.ADVERTISER, kind, f"U{ingest.sent}", f"{kind}-1000.xlsx"
    )
    ingest.kept.open_upload(Upload(place, ingest.now, given={"CampaignId": "1000"}))
    ingest.queue.send({"upload_id": place.upload_id, "chunk": CUTTING})
    ingest.deliver()
    return place.upload_id


def workbook(ingest: Ingest, upload_id: str) -> bytes:
    place = ingest.kept.uploads[upload_id].place
    return ingest.results.kept[place.result_key("result.xlsx")]


@pytest.fixture
def waiting() -> Ingest:
    ingest = Ingest()
    rows = [
        claim(
            f"A-{at}",
            f"{at + 1}2.30",
            Notes=f"'{NOTES}",
            **{
                "Customer Id": "''007",
                "Expected Payout": "1.20",
                "Resolution Deadline": "2026-04-01",
                "Tracking Link": "https://click.example/a?b=1&c=2",
            },
        )
        for at in range(3)
    ]
    ingest.whole(Kind.INQUIRIES, *rows)
    return ingest


def filled(data: bytes, **answers: Any) -> bytes:
    """The workbook as another program saves it, with these answers in each row."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    table = book.worksheets[0]
    header = [cell.value for cell in table[1]]
    for row in range(2, table.max_row + 1):
        for name, value in answers.items():
            table.cell(row, header.index(name.replace("_", " ")) + 1, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sheet_is_typed_as_its_columns_are(waiting: Ingest) -> None:
    data = workbook(waiting, ordered(waiting))
    table = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    header = [cell.value for cell in table[1]]
    assert header == list(RESOLUTION_HEADER)
    row = dict(zip(header, table[2], strict=True))
    assert isinstance(row["Id"].value, str)
    assert row["Id"].number_format == "@"
    assert row["Sale Amount"].number_format == "#,##0.00"
    assert isinstance(row["Sale Amount"].value, float)
    assert isinstance(row["Resolution Deadline"].value, datetime)
    assert row["Partner Notes"].value == NOTES
    assert row["Partner Notes"].data_type != "f"
    assert "Refund Club: " in row["Last Comments"].value
    assert row["Tracking Link"].value == "https://click.example/a?b=1&c=2"
    assert row["Currency"].value == "USD"
    assert "contract" in row["Checked"].value


def test_an_amount_is_shown_in_the_decimals_of_its_own_currency() -> None:
    ingest = Ingest()
    for currency, amount in (("KWD", "12.345"), ("JPY", "1200")):
        ingest.whole(Kind.INQUIRIES, claim(f"A-{currency}", amount, Currency=currency))
    data = workbook(ingest, ordered(ingest))
    table = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    at = RESOLUTION_HEADER.index("Sale Amount")
    shown = {(row[at].value, row[at].number_format) for row in table.iter_rows(min_row=2)}
    assert shown == {(12.345, "#,##0.000"), (1200, "#,##0")}


def test_a_sheet_cannot_be_filled_in_wrongly(waiting: Ingest) -> None:
    data = workbook(waiting, ordered(waiting))
    book = openpyxl.load_workbook(io.BytesIO(data))
    table, page = book.worksheets
    assert (table.freeze_panes, table.auto_filter.ref[:3]) == ("B2", "A1:")
    assert table.protection.sheet
    assert page.title == "How"
    header = [cell.value for cell in table[1]]
    dimensions = {
        title: table.column_dimensions[table.cell(1, at + 1).column_letter]
        for at, title in enumerate(header)
    }
    open_ones = {title for title, each in dimensions.items() if not each.protection.locked}
    assert open_ones == {
        *("Resolution Status", "Resolution Reason", "Transaction Date", "Action Tracker"),
        *("Sale Amount", "Final Payout", "Resolution Notes"),
        *("Customer Id", "Customer Status", "Promo Code", "Shop Order Id"),
    }
    rules = {
        header[next(iter(each.sqref.ranges)).min_col - 1]: each
        for each in table.data_validations.dataValidation
    }
    assert set(rules) == open_ones
    assert rules["Final Payout"].type == "decimal"
    assert rules["Resolution Notes"].formula1 == "2000"
    listed = {
        title: [
            cell.value
            for line in page[rules[title].formula1.partition("!")[2].replace("$", "")]
            for cell in line
        ]
        for title in ("Resolution Status", "Resolution Reason", "Action Tracker")
    }
    assert listed["Resolution Status"] == ["VALID", "DECLINED", "INCOMPLETE"]
    assert listed["Resolution Reason"] == list(REJECT_REASONS.values())
    assert listed["Action Tracker"] == [
        each.event_type_id for each in waiting.kept.campaign.event_types
    ]
    assert table.conditional_formatting


def test_a_sheet_comes_back_unchanged_and_then_filled_in(waiting: Ingest) -> None:
    data = workbook(waiting, ordered(waiting))
    again = waiting.result(waiting.send(Kind.RESOLUTIONS, data))
    assert [(each["Result"], each["Code"]) for each in again] == [("UNCHANGED", "not_decided")] * 3
    answers = {"Resolution_Status": "VALID", "Action_Tracker": builders.SALE, "Final_Payout": 2.5}
    back = waiting.result(waiting.send(Kind.RESOLUTIONS, filled(data, **answers)))
    assert [(each["Result"], each["Code"]) for each in back] == [("APPLIED", "valid")] * 3
    for inquiry in waiting.kept.inquiries.values():
        assert (inquiry.state, inquiry.final_payout) == (InquiryState.VALID, Money(250, "USD"))
        action = waiting.kept.actions[inquiry.action_id]
        assert action.event_at == inquiry.claim.ordered_at
        assert action.order.customer_id == "'007"
        assert action.order_amount == inquiry.claim.order_amount


def test_a_sheet_of_approvals_approves_and_reverses() -> None:
    ingest = Ingest()
    ingest.kept.terms = builders.terms(locking="OPEN_ENDED")
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"C-{at}") for at in range(3)))
    data = workbook(ingest, ordered(ingest, SheetKind.APPROVALS))
    table = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert [cell.value for cell in table[1]] == list(APPROVAL_HEADER)
    back = ingest.result(ingest.send(Kind.ACTIONS, filled(data, Reason="APPROVED")))
    assert [(each["Result"], each["Code"]) for each in back] == [("APPLIED", "approved")] * 3


def test_two_other_readers_read_the_same(waiting: Ingest) -> None:
    data = workbook(waiting, ordered(waiting))
    table = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    by_openpyxl = [[each or "" for each in row] for row in table.iter_rows(values_only=True)]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["Decide", "How"]
    by_calamine = [list(map(_midnight, row)) for row in book.get_sheet_by_index(0).to_python()]
    assert by_openpyxl == by_calamine
    with closing(Workbook(io.BytesIO(data))) as ours:
        texts = [row.cells for row in ours.rows(ours.sheets[0])]
    assert [row[0] for row in by_calamine] == [row[0] for row in texts]
    at = RESOLUTION_HEADER.index("Partner Notes")
    assert [row[at] for row in by_calamine[1:]] == [row[at] for row in texts[1:]] == [NOTES] * 3


def _midnight(value: Any) -> Any:
    """A day as the instant at which it begins, which is what a cell holds."""
    return datetime(value.year, value.month, value.day) if type(value) is date else value


def test_a_result_is_a_workbook_where_the_file_was_one(waiting: Ingest) -> None:
    data = workbook(waiting, ordered(waiting))
    place = Place(Role.ADVERTISER, builders.ADVERTISER, Kind.RESOLUTIONS, "R1", "back.xlsx")
    waiting.inbox.kept[place.key] = filled(data, Resolution_Status="DECLINED")
    waiting.arrive("R1", place.key)
    waiting.deliver()
    table = openpyxl.load_workbook(io.BytesIO(workbook(waiting, "R1"))).worksheets[0]
    rows = list(table.iter_rows(values_only=True))
    assert rows[0][-5:] == ("Row", "Result", "Code", "Message", "Uri")
    assert rows[1][-5:-2] == (2, "REJECTED", "required")


def test_above_its_limit_a_sheet_is_csv_alone_and_says_so(
    waiting: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WORKBOOK_ROWS_MAX", 2)
    monkeypatch.setattr("makegood.files.ingestion.WORKBOOK_ROWS_MAX", 2)
    upload_id = ordered(waiting)
    made = waiting.kept.uploads[upload_id]
    assert (made.state, made.has_workbook) == (UploadState.DONE, False)
    assert made.warnings == ("More than 2 rows: the result is there as CSV alone",)
    assert made.place.result_key("result.xlsx") not in waiting.results.kept
    assert len(waiting.result(upload_id)) == 3


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufffe\uffff"))


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_any_text_is_the_same_in_a_workbook_and_in_csv(texts: list[str]) -> None:
    (row,) = table_rows([csv_writing.render([[*texts, "end"]])])
    assert [csv_injection.understood(each) for each in row[:-1]] == texts
    out = io.BytesIO()
    columns = [Column(title=f"c{at}") for at in range(len(row))]
    writer = TableWriter(out, "S", columns, None, datetime(2026, 1, 1))
    writer.add(row)
    writer.close()
    with closing(Workbook(out)) as workbook:
        _, read = workbook.rows(workbook.sheets[0])
    assert read.cells == row


def test_every_open_column_is_one_that_its_file_reads() -> None:
    for kind, of_kind in {
        SheetKind.UNDECIDED: Kind.RESOLUTIONS,
        SheetKind.APPROVALS: Kind.ACTIONS,
    }.items():
        open_ones = workbook_results.OPEN[kind](builders.a_campaign())
        assert set(open_ones) <= set(LAYOUTS[of_kind].columns)
        assert all(each.open for each in open_ones.values())


def test_dates_that_a_clock_shows_twice_stay_texts_with_their_offset() -> None:
    zone = builders.a_campaign().zone
    column = Column(title="When", holds=Holds.MOMENT)
    first = workbook_results.typed("2026-11-01T01:30:00-04:00", column, zone)
    assert first == datetime(2026, 11, 1, 1, 30)
    second = "2026-11-01T01:30:00-05:00"
    assert workbook_results.typed(second, column, zone) == second


def test_a_sheet_is_ordered_as_a_workbook_and_sent_back(live: Store) -> None:
    ingest = files.Ingest(live)
    market.file(live, "A-1")
    asked = {"Kind": "undecided", "CampaignId": market.CAMPAIGN, "Format": "XLSX"}
    uri = ADVERTISER.post("/Sheets", asked).body["QueuedUri"]
    assert ADVERTISER.get(uri).body["WorkbookUri"] == ""
    while messages := ingest.chunks():
        ingest.work(messages)
    seen = ADVERTISER.get(uri).body
    assert seen["Name"] == f"undecided-{market.CAMPAIGN}.xlsx"
    assert "/result.csv?" in seen["ResultUri"]
    assert "/result.xlsx?" in seen["WorkbookUri"]
    sheet_id = uri.rpartition("/")[2]
    data = ingest.context.results.read(f"advertisers/{market.SHOP}/{sheet_id}/result.xlsx")
    answers = {"Resolution_Status": "VALID", "Action_Tracker": market.SALE}
    upload_id = ingest.upload(Kind.RESOLUTIONS, filled(data, **answers))
    assert ingest.results(upload_id) == [("APPLIED", "valid")]
