"""Finance looks at funds, statements and earnings, and each figure is the API's."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded
from tests.browser.settled import PARTNER

MINUS = "\u2212"


def test_funds_show_what_there_is_what_clears_and_what_has_moved(
    opened: OpenConsole, settled: Seeded
) -> None:
    (funds,) = settled.client(settled.shop).get("Funds")["Funds"]
    console = opened(settled.shop, "FINANCE")
    console.open("#/funds")
    panel = console.page.get_by_role("region", name="Funds in USD")
    shown = panel.locator(".payout .money").inner_text().split()[0]
    assert shown.replace(MINUS, "-") == funds["Funds"]
    assert f"{funds['OverdueCount']} overdue" in panel.inner_text()
    assert "Cash is short from" in panel.get_by_role("status").inner_text()
    picture = panel.get_by_role("img", name="What clears in the next 30 days, USD")
    assert picture.locator("rect.bad").count() > 0
    panel.get_by_text("As a table").click()
    assert panel.locator("tbody tr").count() == len(funds["Forecast"])
    console.shots("funds")


def test_entries_are_filtered_and_saved_as_a_table(opened: OpenConsole, settled: Seeded) -> None:
    console = opened(settled.shop, "FINANCE")
    console.open("#/funds")
    entries = console.page.get_by_role("region", name="Entries")
    entries.get_by_label("Reason").select_option("DEPOSIT")
    expect(entries.locator("tbody tr")).to_have_count(1)
    assert "150.00" in entries.locator("tbody").inner_text()
    with console.page.expect_download() as saved:
        entries.get_by_role("button", name="Save as a table").click()
    text = saved.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith('"Id","Reason"') or text.startswith("Id,Reason")
    assert "DEPOSIT" in text
    assert "LOCK" not in text


def test_a_statement_shows_its_lines_and_where_its_table_is(
    opened: OpenConsole, settled: Seeded
) -> None:
    console = opened(settled.shop, "FINANCE")
    console.open("#/statements")
    console.shots("statements")
    console.page.get_by_role("link", name="July 2025").click()
    lines = console.page.get_by_role("region", name="Lines").locator("tbody tr")
    expect(lines).to_have_count(2)
    assert "X-Amz" in (console.page.get_by_role("link", name="Table").get_attribute("href") or "")
    console.shots("statement")


def test_a_partner_sees_its_earnings_and_statements(opened: OpenConsole, settled: Seeded) -> None:
    partner = settled.partners[PARTNER]
    (earned,) = settled.client(partner).get("Earnings")["Earnings"]
    console = opened(partner, "FINANCE")
    console.open("#/earnings")
    panel = console.page.get_by_role("region", name="Earnings in USD")
    assert panel.locator(".payout .money").inner_text().split()[0] == earned["Payable"]
    console.shots("earnings")
    console.open("#/statements")
    console.page.get_by_role("link", name="July 2025").click()
    expect(console.page.get_by_role("region", name="Lines")).to_be_visible()
    console.shots("partner-statement")


def test_money_is_not_offered_to_a_reviewer(opened: OpenConsole, settled: Seeded) -> None:
    console = opened(settled.shop, "REVIEWER")
    screens = console.page.get_by_role("navigation", name="Screens").inner_text()
    assert "Orders" in screens
    assert "Funds" not in screens
    assert "Statements" not in screens
