"""A workbook of texts is read as the CSV of the same texts, and a typed one as what it shows."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from makegood.domain.money import Money
from makegood.domain.uploads import Kind

from tests.memory_ingest import Ingest, claim, table
from tests.workbook_files import of_rows

AMOUNTS = ["12.30", "12,30", "1.234,50", "1.234", "12,000", "-5", "x", "", " 7 ", "1e5", "#N/A"]
ORDERS = ["A-1", "A-1 ", "a-1", "0012345", "12345", "1.6E+13", "#REF!", "\u00e9", "a\u200bb", ""]
DATES = ["2026-03-05", "2026-03-05T10:00:00-05:00", "5.3.2026", "46086", "", "2026-03-05 10:22"]
NOTES = ["", "several\nlines", 'a; b, c\t"d"', "'quoted", "\u4f60\u597d", "x" * 8_001]

ROWS = st.lists(
    st.builds(
        lambda amount, order_id, at, notes: claim(
            order_id, amount, Notes=notes, **{"Transaction Date": at}
        ),
        *map(st.sampled_from, (AMOUNTS, ORDERS, DATES, NOTES)),
    ),
    min_size=1,
    max_size=6,
)


def told(data: bytes) -> tuple[list[dict[str, str]], Any]:
    """What is said of each row, beside its number, and what was filed."""
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, data)
    ingest.deliver()
    rows = [{**each, "Row": ""} for each in ingest.result(upload_id)]
    return rows, {each.claim.order_id: each.claim for each in ingest.kept.inquiries.values()}


@settings(deadline=None, max_examples=150)
@given(ROWS)
def test_a_workbook_of_texts_is_read_as_the_csv_of_them(rows: list[dict[str, str]]) -> None:
    assert told(of_rows(*rows)) == told(table(*rows))


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 499_999_999))
def test_every_amount_that_a_cell_holds_is_read_to_the_cent(minor: int) -> None:
    row: dict[str, Any] = claim("A-1")
    row["Sale Amount"] = float(Decimal(minor) / 100)
    _, filed = told(of_rows(row))
    assert filed["A-1"].order_amount == Money(minor, "USD")


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 99_999_999).filter(lambda thousandths: thousandths % 10))
def test_no_amount_with_a_part_of_a_cent_is_rounded(thousandths: int) -> None:
    row: dict[str, Any] = claim("A-1")
    row["Sale Amount"] = thousandths / 1000
    rows, filed = told(of_rows(row))
    assert (rows[0]["Code"], filed) == ("too_precise", {})
