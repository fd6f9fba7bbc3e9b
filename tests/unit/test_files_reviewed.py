"""The undecided inquiries on their way to a spreadsheet and back."""

import csv
import io

import pytest
from makegood.api.csv_lists import RESOLUTION_HEADER, resolution_row
from makegood.domain.inquiries import REJECT_REASONS
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.files.csv_writing import BOM, render
from makegood.files.layouts import with_whole_id

from tests import builders
from tests.memory_ingest import Ingest, answer, claim, table


def waiting(ingest: Ingest, count: int) -> list[str]:
    ingest.whole(Kind.INQUIRIES, *(claim(f"A-{at}") for at in range(count)))
    return list(ingest.kept.inquiries)


def test_what_a_reviewer_left_undecided_is_unchanged_and_counted_apart() -> None:
    ingest = Ingest()
    ids = waiting(ingest, 3)
    untouched = answer(ids[1], "") | {"Transaction Date": "2026-03-05", "Action Tracker": "4000"}
    rows = ingest.whole(Kind.RESOLUTIONS, answer(ids[0], "VALID"), untouched, answer(ids[2], ""))
    assert [(each["Result"], each["Code"]) for each in rows] == [
        ("APPLIED", "valid"),
        ("UNCHANGED", "not_decided"),
        ("UNCHANGED", "not_decided"),
    ]
    summary = ingest.summary("U2")
    results = summary["results"]
    assert [results[name]["rows"] for name in ("APPLIED", "UNCHANGED", "REJECTED")] == [1, 2, 0]
    assert summary["not_decided"] == 2


def test_an_answer_without_its_status_is_a_fault() -> None:
    ingest = Ingest()
    (inquiry_id,) = waiting(ingest, 1)
    for told in (
        {"Resolution Reason": "Other"},
        {"Final Payout": "1.00"},
        {"Resolution Notes": "?"},
        {"Id": "", "Version": "1"},
    ):
        (row,) = ingest.whole(Kind.RESOLUTIONS, answer(inquiry_id, "") | told)
        assert (row["Result"], row["Code"]) == ("REJECTED", "required")


def test_a_row_that_declines_for_no_reason_is_told_all_nine() -> None:
    ingest = Ingest()
    (inquiry_id,) = waiting(ingest, 1)
    row = answer(inquiry_id, "DECLINED") | {"Resolution Reason": ""}
    (told,) = ingest.whole(Kind.RESOLUTIONS, row)
    assert (told["Result"], told["Code"]) == ("REJECTED", "required")
    assert [each for each in REJECT_REASONS.values() if each not in told["Message"]] == []


def test_a_result_opens_as_utf8_in_a_spreadsheet_and_can_be_sent_again() -> None:
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, table(claim("A-1", Notes="Größe L")))
    sheet = ingest.results.kept[ingest.kept.uploads[upload_id].place.result_key("result.csv")]
    assert sheet.startswith(BOM)
    assert sheet.count(BOM) == 1
    again = ingest.send(Kind.INQUIRIES, sheet)
    assert [each["Result"] for each in ingest.result(again)] == ["UNCHANGED"]


ID = "2713454630680445"


@pytest.mark.parametrize(
    "written",
    [ID, "2713454630680440", "2.71345E+15", "2,71345E+15", "2.713454630680440E+15", "3E15", ""],
)
def test_an_id_that_a_spreadsheet_has_rounded_is_known_by_its_text(written: str) -> None:
    fields = {"Id": written, "Inquiry": f"#{ID}"}
    if written == "3E15":
        with pytest.raises(Invalid):
            with_whole_id(fields)
    else:
        assert with_whole_id(fields)["Id"] == ID


@pytest.mark.parametrize("written", ["782287", "2713454630680455", "x", "1e999", "nan", "-1", "0"])
def test_an_id_that_is_another_s_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as caught:
        with_whole_id({"Id": written, "Inquiry": f"#{ID}"})
    assert caught.value.reason_code() == "ids_differ"
    for told in ({}, {"Inquiry": ""}, {"Inquiry": "mine"}):
        assert with_whole_id({"Id": written, **told})["Id"] == written


def test_a_download_that_a_spreadsheet_has_opened_and_saved_decides() -> None:
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, claim("A-1"))
    (inquiry,) = ingest.kept.inquiries.values()
    row = resolution_row(inquiry, builders.a_campaign(), "Refund Club")
    named = dict(zip(RESOLUTION_HEADER, row, strict=True))
    saved = {"Id": f"{int(inquiry.inquiry_id):.5E}", "Sale Amount": "100", "Version": "1"}
    decided = {"Resolution Status": "VALID", "Action Tracker": builders.SALE}
    (told,) = ingest.whole(Kind.RESOLUTIONS, named | saved | decided)
    assert (told["Result"], told["Code"]) == ("APPLIED", "valid")


HEADER = "Campaign Id,Order Id,Sale Amount,Transaction Date,Type"
ROW = "1000,A-{},100.00,2026-03-05T10:00:00-05:00,UNTRACKED"


def lines(ingest: Ingest, *rows: str, kind: Kind = Kind.INQUIRIES) -> list[list[str]]:
    """The result of a file of these lines, cell by cell, with its header."""
    upload_id = ingest.send(kind, "\r\n".join(rows).encode())
    ingest.deliver()
    body = ingest.results.kept[ingest.kept.uploads[upload_id].place.result_key("result.csv")]
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_what_a_spreadsheet_has_emptied_is_no_row_and_no_cell() -> None:
    ingest = Ingest()
    empty = ",,,,,,,"
    rows = [empty, f"{HEADER},,,", empty, f"{ROW.format(1)},,,", empty, ROW.format(2), empty]
    head, *told = lines(ingest, *rows, "", empty, "")
    assert head == [*HEADER.split(","), "Row", "Result", "Code", "Message", "Uri"]
    assert [each[5:8] for each in told] == [
        ["4", "APPLIED", "unresolved"],
        ["6", "APPLIED", "unresolved"],
    ]
    assert ingest.summary("U1")["rows"] == 2


def test_a_row_with_too_many_cells_is_in_the_result_in_full_and_ours_do_not_shift() -> None:
    ingest = Ingest()
    long = "1000,A-1,1,234.50,2026-03-05,UNTRACKED, x"
    head, told, other = lines(ingest, HEADER, long, ROW.format(2))
    row = dict(zip(head, told, strict=False))
    assert (row["Row"], row["Result"], row["Code"]) == ("2", "REJECTED", "too_many_cells")
    assert [*told[:5], *told[10:]] == long.split(",")
    assert len(other) == len(head) == 10
    assert '" x"' not in row["Message"]
    assert '"x"' in row["Message"]


def test_a_result_with_a_row_of_too_many_cells_comes_back_the_same_when_it_is_sent_again() -> None:
    ingest = Ingest()
    once = lines(ingest, HEADER, f"{ROW.format(1)},x", ROW.format(2))
    again = lines(ingest, *render(once).decode().splitlines())
    at = len(once[0])
    assert [each[at + 1] for each in again[1:]] == ["REJECTED", "UNCHANGED"]
    assert again[1][-1] == "x"


def test_an_odd_space_in_a_heading_keeps_no_column_from_being_read() -> None:
    ingest = Ingest()
    told = lines(ingest, HEADER.replace("Order Id", "Order\u00a0Id"), ROW.format(1))
    assert told[1][6] == "APPLIED"
    (inquiry,) = ingest.kept.inquiries.values()
    assert inquiry.claim.order_id == "A-1"
    head = "Id,Resolution Status,Transaction Date,Action Tracker,Final\u00a0Payout"
    row = f"{inquiry.inquiry_id},VALID,2026-03-05,4000,0.50"
    lines(ingest, head, row, kind=Kind.RESOLUTIONS)
    (action,) = ingest.kept.actions.values()
    assert str(action.payout) == "0.50"
