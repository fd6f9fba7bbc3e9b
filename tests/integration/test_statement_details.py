"""Statements name orders, tell what is owed, and are comparable with those made before they did."""

import hashlib
import io
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from makegood.domain import ledger
from makegood.domain.outcome import Outcome
from makegood.domain.statements import Month, Overdue, Statement, details_key
from makegood.jobs import statements
from makegood.store.statements import StatementRow
from makegood.store.store import Store
from makegood.workbooks.cells import Number
from makegood.workbooks.sheets import Row, Workbook

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.market import CASHBACK, RECENT_CLEARS_AT, RECENT_LOCKS_AT, SHOP
from tests.integration.test_statements import JUNE, bucket, details, every, traded

OWNER = f"advertiser:{SHOP}"
LATER = RECENT_CLEARS_AT + timedelta(hours=1)


def of_june(store: Store) -> Statement:
    kept = store.statement(OWNER, JUNE, "USD")
    assert kept is not None
    return kept


def test_every_line_of_a_statement_names_its_order_on_both_sides(live: Store) -> None:
    traded(live)
    every(live)
    for client, account in ((ADVERTISER, SHOP), (PARTNER, CASHBACK)):
        shown = client.get(f"/Invoices/{account}-2026-06-USD").body
        rows = [each for each in details(shown["CsvUri"]) if each["Action"]]
        assert rows
        assert {(each["Order"], each["Sale Amount"]) for each in rows} == {("A-1", "100.00")}
        page = client.get(f"/Invoices/{account}-2026-06-USD/Page").text
        assert "<td>A-1</td>" in page
        assert "All line items as CSV" in page
    shown = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    key = statements.details_key(of_june(live))
    assert hashlib.sha256(bucket().read(key)).hexdigest() == shown["Checksum"]


def test_a_statement_is_a_workbook_of_the_same_lines(live: Store) -> None:
    traded(live)
    every(live)
    shown = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    assert shown["WorkbookUri"].partition("?")[0].endswith(".xlsx")
    data = bucket().read(details_key(of_june(live), ".xlsx"))
    lines = [row.cells for row in rows_of(data)]
    told = details(shown["CsvUri"])
    assert lines[0] == list(told[0])
    assert len(lines) == len(told) + 1
    for cells, row in zip(lines[1:], told, strict=True):
        typed = dict(zip(lines[0], cells, strict=False))
        assert Decimal(typed["Amount"]) == Decimal(row["Amount"])
        assert isinstance(typed["Amount"], Number)
        assert f"{typed['Date']}+00:00" == row["Date"]
        assert typed["Entry"] == row["Entry"]


def rows_of(data: bytes) -> list[Row]:
    with closing(Workbook(io.BytesIO(data))) as workbook:
        return list(workbook.rows(workbook.sheets[0]))


def test_a_statement_of_the_version_before_is_no_difference_and_has_a_page(live: Store) -> None:
    traded(live)
    for owner in (OWNER, f"partner:{CASHBACK}"):
        live.keep_statement(statements.computed(live, owner, "USD", JUNE, layout=1))
    kept = StatementRow.kept.codes.keys() - {"layout", "overdue"}
    for key, item in stack.everything("ledger").items():
        if key[0].startswith("T#"):
            assert item["layout"] == {"N": "1"}
            old = {name: value for name, value in item.items() if name in kept}
            live.client.put_item(TableName=live.tables.ledger, Item=old)
    assert (of_june(live).layout, of_june(live).overdue) == (1, None)
    assert ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body["WorkbookUri"] == ""
    result = every(live)
    assert (result.made, result.there, result.differences) == (0, 2, [])
    shown = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    assert (shown["OverdueCount"], shown["Overdue"], shown["DepositNeeded"]) == ("", "", "")
    page = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD/Page").text
    assert "<td>A-1</td>" in page
    assert "Owed, not covered" not in page


def test_what_was_owed_at_the_month_s_end_is_told_whatever_was_paid_and_locked_since(
    live: Store,
) -> None:
    for number in (1, 2, 3):
        market.track(live, f"A-{number}")
    market.deposit(live, "7.00")
    for at in (RECENT_LOCKS_AT, LATER):
        market.sweep(live, at)
    expected = Overdue(2, 1_000)
    assert statements.overdue_at(live, OWNER, "USD", JUNE.end) == expected
    late = ledger.deposit(SHOP, market.usd("3.00"), "bank-2", JUNE.end)
    live.commit(Outcome(entries=(late,)))
    market.sweep(live, JUNE.end + timedelta(minutes=10))
    long_ago = market.LONG_AGO
    market.accept(live, "A-9", JUNE.end + timedelta(minutes=20), TransactionDate=long_ago)
    assert statements.overdue_at(live, OWNER, "USD", JUNE.end) == expected
    every(live)
    assert of_june(live).overdue == expected
    shown = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    told = shown["OverdueCount"], shown["Overdue"], shown["DepositNeeded"]
    assert told == ("2", "10.00", "8.00")
    assert "2 actions" in ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD/Page").text
    assert every(live).differences == []
    assert PARTNER.get(f"/Invoices/{CASHBACK}-2026-06-USD").body["Overdue"] == ""


def test_long_after_a_month_what_was_owed_at_its_end_is_left_out(live: Store) -> None:
    traded(live)
    every(live, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert of_june(live).overdue is None
    assert replace(of_june(live), overdue=Overdue()) != of_june(live)
    every(live, Month(2026, 7), datetime(2026, 8, 2, tzinfo=UTC))
    kept = live.statement(OWNER, Month(2026, 7), "USD")
    assert kept is not None
    assert kept.overdue == Overdue()
