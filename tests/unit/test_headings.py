"""Headings: the same however they are written, and told where they are nearly ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.files import near_headings
from makegood.files.columns import Columns
from makegood.files.export_rows import APPROVAL_HEADER, RESOLUTION_HEADER
from makegood.files.layouts import LAYOUTS, RESULT_COLUMNS, title_of

from tests.memory_ingest import Ingest, answer, claim, table
from tests.unit.test_layouts import DIALECTS
from tests.unit.test_sample_files import SAMPLES

ITEMS = [title_of(f"{part}{number}") for part in near_headings.ITEM_PARTS for number in (1, 2, 12)]
OURS = sorted(
    {
        *(title for each in LAYOUTS.values() for title in (*each.columns, *each.aliases)),
        *(title for header in DIALECTS for title in header.split(",")),
        *RESOLUTION_HEADER,
        *APPROVAL_HEADER,
        *RESULT_COLUMNS,
        *ITEMS,
        *(
            title
            for path in SAMPLES.glob("*.csv")
            for title in path.read_text("utf-8-sig").splitlines()[0].split(",")
        ),
    }
)
OTHERS = ["Click Ref", "SID", "UID", "Shop", "Name", "Date Created", "Total", "Price", "Country"]

RESOLUTIONS = ["Id", "Resolution Status"]
INQUIRIES = ["Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type"]


@pytest.mark.parametrize(
    "written",
    ["Final\u00a0Payout", "Final\u202fPayout", "Final\u3000Payout", "Final\r\nPayout",
     "\ufeffFinal Payout", "Fi\u00adnal Pay\u200bout", "Final \u2060Payout\u200f", "final__payout",
     "\uff26\uff49\uff4e\uff41\uff4c Payout", "\ufb01nal payout", "Final\u2011Payout",
     "FINAL\u2013PAYOUT", "Final\tPayout",
     "Final\u2212Payout", "Final\x0bPayout", "  Final   Payout  ", "Final\u2028Payout"],
)  # fmt: skip
def test_a_heading_is_ours_however_its_blanks_and_letters_are_written(written: str) -> None:
    found = Columns.match([*RESOLUTIONS, written], Kind.RESOLUTIONS)
    assert found.fields(["7", "VALID", "1.00"])["FinalPayout"] == "1.00"
    assert found.check_spelling(Kind.RESOLUTIONS) == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_no_heading_that_we_write_or_know_is_called_nearly_ours(kind: Kind) -> None:
    for header in ([each] for each in [*OURS, *OTHERS]):
        for foreign in (False, True):
            assert near_headings.check(header, kind, foreign) == ()


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (Kind.RESOLUTIONS, "Final Payot", "Final Payout"),
        (Kind.RESOLUTIONS, "Finall Payout", "Final Payout"),
        (Kind.RESOLUTIONS, "Final Pauout", "Final Payout"),
        (Kind.RESOLUTIONS, "Fianl Payout", "Final Payout"),
        (Kind.RESOLUTIONS, "Fin\u0430l P\u0430yout", "Final Payout"),
        (Kind.RESOLUTIONS, "Fínál Pàyout", "Final Payout"),
        (Kind.RESOLUTIONS, "\u201cFinal Payout\u201d:", "Final Payout"),
        (Kind.RESOLUTIONS, "Sales Amount", "Sale Amount"),
        (Kind.RESOLUTIONS, "Inquiri", "Inquiry"),
        (Kind.RESOLUTIONS, "Customer Ids", "Customer Id"),
        (Kind.RESOLUTIONS, "Item Sku", "Item Sku 1"),
        (Kind.RESOLUTIONS, "Item Suk 2", "Item Sku 2"),
        (Kind.RESOLUTIONS, "Item Subtota 3", "Item Subtotal 3"),
        (Kind.RESOLUTIONS, "Item Total Rebates 1", "Item Total Rebate 1"),
        (Kind.INQUIRIES, "Curency", "Currency"),
        (Kind.INQUIRIES, "Expected Payouts", "Expected Payout"),
        (Kind.INQUIRIES, "Apeal Of", "Appeal Of"),
        (Kind.CONVERSIONS, "Currency*", "Currency"),
        (Kind.CONVERSIONS, "Item Quy 1", "Item Qty 1"),
        (Kind.ACTIONS, "Ammount", "Amount"),
        (Kind.ACTIONS, "Quantiy", "Quantity"),
        (Kind.ACTIONS, "Skus", "Sku"),
        (Kind.ACTIONS, "Actoin Id", "Action Id"),
        (Kind.ACTIONS, "Action Traker", "Action Tracker"),
    ],
)
def test_a_heading_near_one_of_money_or_a_key_fails_the_file(
    kind: Kind, written: str, meant: str
) -> None:
    with pytest.raises(Invalid) as caught:
        Columns.match([*LAYOUTS[kind].required, written], kind).check_spelling(kind)
    (fault,) = caught.value.faults
    assert (fault.field, fault.code) == (written, "misspelt_column")
    assert f'"{meant}"' in fault.message


def test_a_misspelt_column_that_must_be_there_is_named_as_what_it_may_be() -> None:
    with pytest.raises(Invalid) as caught:
        Columns.match(["Campain Id", *INQUIRIES[1:]], Kind.INQUIRIES)
    (fault,) = caught.value.faults
    assert (fault.field, fault.code) == ("Campaign Id", "missing_column")
    assert '"Campain Id"' in fault.message


def test_other_columns_are_told_and_the_file_is_read() -> None:
    found = Columns.match([*INQUIRIES, "Note", "Tracking Lnik"], Kind.INQUIRIES)
    assert [each.split('"')[1::2] for each in found.check_spelling(Kind.INQUIRIES)] == [
        ["Note", "Notes"],
        ["Tracking Lnik", "Tracking Link"],
    ]


def test_a_near_heading_of_money_is_refused_beside_the_column_itself_too() -> None:
    for written in ("Sales Amount", "Order Id 2"):
        with pytest.raises(Invalid):
            Columns.match([*INQUIRIES, written], Kind.INQUIRIES).check_spelling(Kind.INQUIRIES)


def test_the_words_of_another_network_have_near_ones_too_where_they_count() -> None:
    header = ["reference", "amount", "date", "type", "comission"]
    given = {"CampaignId": "1000", "Currency": "EUR"}
    with pytest.raises(Invalid) as caught:
        Columns.match(header, Kind.INQUIRIES, given).check_spelling(Kind.INQUIRIES)
    assert [each.field for each in caught.value.faults] == ["comission"]
    assert (
        Columns.match([*INQUIRIES, "comission"], Kind.INQUIRIES).check_spelling(Kind.INQUIRIES)
        == ()
    )


def test_a_file_with_a_misspelt_amount_touches_no_row_and_one_with_a_note_is_warned() -> None:
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, claim("A-1"))
    (inquiry_id,) = ingest.kept.inquiries
    row = answer(inquiry_id, "VALID")
    misspelt = table(row | {"Final Payot": "0.50"})
    failed = ingest.send(Kind.RESOLUTIONS, misspelt)
    (told,) = ingest.result(failed)
    assert (told["Result"], told["Code"]) == ("REJECTED", "misspelt_column")
    assert "Final Payot" in told["Message"]
    assert ingest.kept.actions == {}
    warned = ingest.send(Kind.RESOLUTIONS, table(row | {"Resolution Note": "Thanks"}))
    ingest.deliver()
    assert [each["Result"] for each in ingest.result(warned)] == ["APPLIED"]
    (warning,) = ingest.summary(warned)["warnings"]
    assert '"Resolution Note"' in warning
    assert json.dumps(list(ingest.kept.uploads[warned].warnings)) == json.dumps([warning])


letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789")


@given(st.data(), st.sampled_from(list(Kind)))
def test_any_one_edit_of_a_heading_is_near_it_or_another_of_ours(
    data: st.DataObject, kind: Kind
) -> None:
    layout = LAYOUTS[kind]
    titles = [*layout.columns, *(ITEMS if layout.has_items else [])]
    title = data.draw(st.sampled_from(titles).filter(lambda title: title != "Id"))
    at = data.draw(st.integers(0, len(title) - 1))
    letter = data.draw(letters)
    edited = data.draw(
        st.sampled_from(
            [
                title[:at] + title[at + 1 :],
                title[:at] + letter + title[at:],
                title[:at] + letter + title[at + 1 :],
                title[:at] + title[at : at + 2][::-1] + title[at + 2 :],
            ]
        )
    )
    assert near_headings.nearly(edited, kind) or near_headings.is_known(edited, kind)
