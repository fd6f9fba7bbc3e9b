"""What came of a file's rows: of all of them, however many there are."""

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded

ROWS, REFUSED = 5_000, 700
MESSAGE = "This order is claimed already, and waits for the shop's answer"


def test_results_are_counted_of_all_rows(opened: OpenConsole, seeded: Seeded) -> None:
    """The refused rows are the last ones, far behind what is read of the table."""
    console = opened(seeded.shop)
    lines = ["Order Id,Row,Result,Code,Message,Uri"]
    for row in range(1, ROWS + 1):
        told = ("APPLIED", "valid") if row <= ROWS - REFUSED else ("REJECTED", "claimed")
        lines.append(f'"Ä-{row}",{row},{told[0]},{told[1]},"{MESSAGE}",')
    table = "\r\n".join([*lines, ""]).encode()
    results = {"APPLIED": {"rows": ROWS - REFUSED}, "UNCHANGED": {"rows": 0}}
    summary = {"results": {**results, "REJECTED": {"rows": REFUSED, "money": {}}}}

    def ranged(route: Route) -> None:
        first, last = route.request.headers["range"].removeprefix("bytes=").split("-")
        route.fulfill(status=206, body=table[int(first) : int(last) + 1], content_type="text/csv")

    console.page.route("**/result.csv", ranged)
    console.page.route("**/summary.json", lambda route: route.fulfill(json=summary))
    file = {
        **{"Id": "big", "Kind": "inquiries", "Name": "big.csv", "Status": "DONE", "Size": "1"},
        **{"RowsDone": str(ROWS), "RowsTotal": str(ROWS), "DryRun": "", "Fault": ""},
        **{"Warnings": [], "WorkbookUri": "", "CreationDate": "2025-08-21T05:00:00-04:00"},
        **{"ResultUri": f"{console.url}result.csv", "SummaryUri": f"{console.url}summary.json"},
    }
    console.page.route("**/Files/big", lambda route: route.fulfill(json=file))
    console.open("#/files/big")
    told = console.page.get_by_role("region", name="Results")
    expect(told.locator(".groups").first).to_contain_text("4,300 Applied")
    expect(told.locator(".groups").first).to_contain_text("700 Rejected")
    whole = table[:262_144].decode(errors="ignore").count("\r\n") - 1
    expect(told).to_contain_text(f"Of the first {whole:,} rows")
    assert whole < ROWS - REFUSED
    console.check()
