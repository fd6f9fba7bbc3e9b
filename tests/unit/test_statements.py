"""A month's statement from the ledger's entries alone, and the page of it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from makegood.api import statement_page
from makegood.domain import ledger, statements
from makegood.domain.ledger import Cash, Entry, Share
from makegood.domain.money import Money
from makegood.domain.problems import Malformed
from makegood.domain.statements import Balance, Month, Overdue, Sale, Statement
from makegood.files.statement_details import Table

from tests.builders import usd

JUNE = Month(2026, 6)
AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
SHOP, CLUB, POST = "advertiser:7", "partner:10001", "partner:10002"
SHARES = [Share("a-1", "10001", usd(500)), Share("a-2", "10002", usd(300))]


def entries() -> list[Entry]:
    cash = Cash("7", "USD", funds_minor=200)
    made = [
        ledger.deposit("7", usd(1_000), "bank-1", AT),
        ledger.lock("7", SHARES, AT),
        ledger.pay("7", SHARES, AT),
        ledger.transfer(cash, "10001", usd(150), "bonus", AT),
        ledger.give_back("10001", "7", usd(50), usd(650), "x;=HYPERLINK(1)", AT),
        ledger.withdraw("10001", usd(600), usd(600), usd(0), "payout-1", AT),
        ledger.deposit("7", Money(900, "EUR"), "bank-2", AT),
    ]
    return [each for each in made if each is not None]


def made(owner: str, opening: Balance | None = None) -> tuple[Statement, list[list[str]]]:
    making = Table(owner, "USD", JUNE, opening or Balance())
    data = making.header() + b"".join(making.add(each) for each in entries())
    return making.made(), list(csv.reader(io.StringIO(data.decode(), newline="")))


def told(statement: Statement) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (each.reason, each.counterparty): (each.action_count, each.minor, each.committed_minor)
        for each in statement.lines
    }


def test_an_advertiser_s_month_is_its_cash_with_what_is_set_aside_of_it() -> None:
    statement, _ = made(SHOP, Balance(70, 20))
    assert told(statement) == {
        ("DEPOSIT", "world:deposits"): (0, 1_000, 0),
        ("LOCK", ""): (2, 0, 800),
        ("PAY", CLUB): (1, -500, -500),
        ("PAY", POST): (1, -300, -300),
        ("TRANSFER", CLUB): (0, -150, 0),
        ("RETURN", CLUB): (0, 50, 0),
    }
    assert (statement.opening, statement.closing) == (Balance(70, 20), Balance(170, 20))
    assert statement.entry_count == 5
    assert statement.statement_id == "7-2026-06-USD"


def test_a_partner_s_month_is_what_is_payable_to_it_and_nothing_of_another() -> None:
    statement, rows = made(CLUB)
    assert told(statement) == {
        ("PAY", SHOP): (1, 500, 0),
        ("TRANSFER", SHOP): (0, 150, 0),
        ("RETURN", SHOP): (0, -50, 0),
        ("WITHDRAWAL", "world:payouts"): (0, -600, 0),
    }
    assert statement.closing == Balance(0)
    text = str(rows)
    assert "a-1" in text
    assert "a-2" not in text
    assert "10002" not in text


def test_details_name_every_action_sum_to_the_lines_and_run_nowhere() -> None:
    statement, rows = made(SHOP)
    header, *details = rows
    assert tuple(header) == statements.HEADER
    assert {row[4] for row in details if row[2] == "PAY"} == {"a-1", "a-2"}
    moved = sum(Decimal(row[5]) for row in details)
    assert moved * 100 == statement.closing.minor - statement.opening.minor
    assert [row[7] for row in details if row[2] == "RETURN"] == ["x;'=HYPERLINK(1)"]


def test_details_name_the_order_and_its_sale_and_no_amount_that_may_still_change() -> None:
    sales = {"a-1": Sale("ORDER-1", usd(10_000)), "a-9": Sale("ORDER-9", usd(1))}
    transfer = ledger.transfer(Cash("7", "USD", funds_minor=99), "10001", usd(9), "t", AT, "a-9")
    making = Table(SHOP, "USD", JUNE, Balance())
    data = making.header() + b"".join(making.add(each, sales) for each in [*entries(), transfer])
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    told = {(each["Reason"], each["Action"]): (each["Order"], each["Sale Amount"]) for each in rows}
    assert told["LOCK", "a-1"] == told["PAY", "a-1"] == ("ORDER-1", "100.00")
    assert told["PAY", "a-2"] == ("", "")
    assert told["TRANSFER", "a-9"] == ("ORDER-9", "")


def test_the_first_layout_s_details_have_neither_and_keep_their_checksum() -> None:
    making = Table(SHOP, "USD", JUNE, Balance(), layout=1)
    sales = {"a-1": Sale("ORDER-1", usd(10_000))}
    data = making.header() + b"".join(making.add(each, sales) for each in entries())
    assert data.partition(b"\r\n")[0].count(b",") == 7
    assert b"ORDER-1" not in data
    kept = "55eafa40d80f2e174de4b8a10c2d2e4f563a97abd697e050907a4ee58ca82fbc"
    assert (making.made().layout, making.made().checksum) == (1, kept)


@pytest.mark.parametrize(
    ("cash", "overdue", "needed"),
    [
        (5_000, Overdue(), 0),
        (5_000, Overdue(2, 8_000), 3_000),
        (5_000, Overdue(2, 5_000), 0),
        (0, Overdue(1, 1), 1),
        (-5, None, None),
    ],
)
def test_the_least_deposit_covers_what_is_overdue_with_the_cash_that_is_there(
    cash: int, overdue: Overdue | None, needed: int | None
) -> None:
    statement = replace(made(SHOP)[0], closing=Balance(cash), overdue=overdue)
    assert statement.deposit_needed_minor == needed


def test_the_page_tells_what_is_owed_each_line_s_order_and_where_all_of_them_are() -> None:
    statement, _ = made(SHOP)
    statement = replace(statement, closing=Balance(1_000), overdue=Overdue(1_234, 150_000_00))
    making = Table(SHOP, "USD", JUNE, Balance())
    sales = {"a-1": Sale("ORDER-<1>", usd(123_456))}
    items = [item for each in entries() for item in making.details(each, sales)]
    page = statement_page.render(statement, {}, items, "https://x/?a=1&b=2")
    told = (
        *("Owed, not covered", "1,234 actions", "150,000.00", "149,990.00", "least deposit"),
        *("ORDER-&lt;1&gt;", "1,234.56", "href='https://x/?a=1&amp;b=2'", "Free funds are"),
    )
    assert [text for text in told if text not in page] == []
    assert "<script" not in page


def test_a_page_ends_after_so_many_line_items_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_page, "ITEMS_MAX", 3)
    statement, _ = made(SHOP)
    making = Table(SHOP, "USD", JUNE, Balance())
    items = [item for each in entries() for item in making.details(each, {})]
    for shown, cut in ((items[:3], False), (items[:4], True)):
        page = statement_page.render(statement, {}, shown)
        assert ("(the first 3)" in page) is cut
        assert page.count("class='day'") == 3


def test_the_checksum_is_of_the_details() -> None:
    first, again, other = made(SHOP)[0], made(SHOP)[0], made(CLUB)[0]
    assert statements.differences(first, again) == []
    assert first.checksum != other.checksum
    changed = Table(SHOP, "USD", JUNE, Balance())
    changed.header()
    changed.add(entries()[0])
    assert len(statements.differences(first, changed.made())) == 4


def test_with_very_many_counterparties_each_reason_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, _ = made(SHOP)
    monkeypatch.setattr(statements, "LINES_MAX", 3)
    short, _ = made(SHOP)
    assert [each.reason for each in short.lines] == ["DEPOSIT", "LOCK", "PAY", "RETURN", "TRANSFER"]
    assert told(short)["PAY", ""] == (2, -800, -800)
    assert short.closing == whole.closing


@pytest.mark.parametrize(
    ("at", "month", "end"),
    [
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-06", datetime(2026, 7, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, 23, tzinfo=UTC), "2025-12", datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2024, 3, 5, tzinfo=UTC), "2024-02", datetime(2024, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_month_is_one_of_the_calendar_in_utc(at: datetime, month: str, end: datetime) -> None:
    found = Month.before(at)
    assert (str(found), found.end, Month.parse(month)) == (month, end, found)
    assert found.previous.end == found.start
    assert found.previous.following == found


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-6", "26-06", "2026-00", "x-06", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="2026-06"):
        Month.parse(text)


def test_an_id_names_whose_it_is_its_month_and_currency() -> None:
    assert statements.named_by("a-b-7-2026-06-USD") == ("a-b-7", JUNE, "USD")
    with pytest.raises(Malformed):
        statements.named_by("7-USD")


def test_the_page_tells_all_balances_and_lines_and_runs_nothing() -> None:
    statement, _ = made(SHOP, Balance(123_456_00, 0))
    page = statement_page.render(statement, {SHOP: "The <Shop>", CLUB: "Club & Co"})
    told_on_it = ("123,456.00", "123,457.00", "\u22125.00", "Club &amp; Co", "The &lt;Shop&gt;")
    assert [text for text in told_on_it if text not in page] == []
    assert "<script" not in page
    assert page.count("<table") == page.count("</table>") == 3
    assert page.count("<th scope=") == page.count("</th>")
    assert "Statement for June 2026" in page


def test_the_month_s_total_prints_once_and_not_at_the_foot_of_every_page() -> None:
    printed = statement_page.STYLE.partition("@media print")[2]
    assert "tfoot { display: table-row-group; }" in printed
