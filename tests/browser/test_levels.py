"""Service levels, coverage and files, as both sides look at them."""

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded, rows, table
from tests.browser.settled import CAMPAIGN, PARTNER


def test_an_advertiser_sees_its_levels_as_figures_and_pictures(
    opened: OpenConsole, settled: Seeded
) -> None:
    told = settled.client(settled.shop).get("ServiceLevels?StartDate=2025-05-24&EndDate=2025-08-21")
    assert int(told["AnsweredLate"]) > 0
    assert int(told["Overdue"]) > 0
    console = opened(settled.shop, "VIEWER")
    console.open("#/levels?Days=90")
    tiles = console.page.get_by_role("region", name="Figures").inner_text()
    assert f"{told['InTimePercent']}%" in tiles
    assert f"90% within {told['NinetyPercentDays']}" in tiles
    assert f"{told['Accepted']} of {told['Answered']} answered" in tiles
    picture = console.page.get_by_role("img", name="Answered by day")
    assert picture.locator("rect.bad").count() > 0
    console.shots("levels")


def test_a_partner_sees_how_the_advertiser_answers_before_it_files(
    opened: OpenConsole, settled: Seeded
) -> None:
    console = opened(settled.partners[PARTNER], "VIEWER")
    console.open(f"#/levels?Days=90&CampaignId={CAMPAIGN}")
    everybody = console.page.get_by_role("region", name="Everybody's in this campaign")
    assert "Answered in time" in everybody.inner_text()
    assert "Overdue money" not in everybody.inner_text()
    assert console.page.get_by_role("columnheader", name="Verdict").count() == 0
    console.shots("partner-levels")
    campaign = console.page.get_by_label("Campaign", exact=True)
    campaign.select_option(label="All campaigns")
    expect(everybody).to_have_count(0)
    expect(campaign.locator("option:checked")).to_have_text("All campaigns")
    console.open("#/levels?Days=90")
    expect(everybody).to_be_visible()
    expect(campaign.locator("option:checked")).not_to_have_text("All campaigns")


def test_orders_show_which_days_their_files_cover(opened: OpenConsole, settled: Seeded) -> None:
    console = opened(settled.shop, "REVIEWER")
    console.open("#/orders?StartDate=2025-05-01")
    coverage = console.page.get_by_role("region", name="Coverage")
    picture = coverage.get_by_role("img", name="Days that your files cover")
    assert picture.locator("rect.complete").count() > 60
    assert picture.locator("rect.partial").count() == 3
    orders = console.page.get_by_role("region", name="Orders")
    assert "NL-1001" in orders.inner_text()
    console.shots("orders")
    orders.get_by_label("Order id").fill("NL-1002")
    orders.get_by_label("Order id").blur()
    expect(orders.locator("tbody tr")).to_have_count(1)


HALF_WAY = 3
"""How many looks find a file half way."""


def is_of_the_bucket(url: str) -> bool:
    """Where a file is sent to, which is no origin of the API's."""
    return "execute-api" not in url


def test_a_file_is_tried_with_progress_and_its_rows_have_results(
    opened: OpenConsole, settled: Seeded
) -> None:
    claims = [
        {**each, "Campaign Id": CAMPAIGN, "Order Id": f"NL-9{at}"}
        for at, each in enumerate(rows("shopify-claims.csv")[:8])
    ]
    claims[3]["Sale Amount"] = "a lot"
    console = opened(settled.partners[PARTNER], "REVIEWER")
    console.open("#/files")
    send = console.page.get_by_role("region", name="Send a file")
    file = {"name": "summer.csv", "mimeType": "text/csv", "buffer": table(claims)}
    uploads: list[Route] = []
    reads: list[Route] = []

    def read(route: Route) -> None:
        """The first looks find the file half way."""
        reads.append(route)
        half = {"Status": "RUNNING", "RowsDone": "3", "RowsTotal": "8", "Warnings": []}
        route.fulfill(json=half) if len(reads) <= HALF_WAY else route.fallback()

    def hold(route: Route) -> None:
        uploads.append(route)

    console.page.route("**/Files/*", read)
    console.page.route(is_of_the_bucket, hold)
    with console.page.expect_request(lambda asked: is_of_the_bucket(asked.url)):
        send.locator("input[type=file]").set_input_files([file])
    bar = send.get_by_role("progressbar")
    expect(send.get_by_text("Sending summer.csv")).to_be_visible()
    expect(bar).to_have_attribute("max", "100")
    expect(send.get_by_role("button", name="Choose a file")).to_be_disabled()
    console.page.unroute(is_of_the_bucket)
    uploads[0].continue_()
    expect(send.get_by_text("Trying row 3 of 8")).to_be_visible()
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("3", "8")
    send.get_by_text("Tried, nothing is written").wait_for()
    send.locator("table").wait_for()
    assert send.locator("tbody tr").count() == len(claims)
    assert send.locator("tbody tr").first.locator(".chip.bad").count() == 1
    console.shots("files")
    listed = console.page.get_by_role("region", name="All files").get_by_role(
        "link", name="summer.csv"
    )
    listed.first.click()
    results = console.page.get_by_role("region", name="Results")
    results.locator("table").wait_for()
    assert results.get_by_role("link", name="Download all results").count() == 1
    console.shots("file")


def test_an_advertiser_s_files_offer_what_its_role_may_send(
    opened: OpenConsole, settled: Seeded
) -> None:
    console = opened(settled.shop, "FINANCE")
    console.open("#/files")
    kinds = console.page.get_by_label("What it is").locator("option").all_inner_texts()
    assert kinds == ["Changes of actions", "Tracked orders"]
    viewer = opened(settled.shop, "VIEWER")
    viewer.open("#/files")
    assert viewer.page.get_by_role("region", name="Send a file").count() == 0
    admin = opened(settled.shop, "ADMIN")
    admin.open("#/files?Kind=orders")
    admin.shots("advertiser-files")


def test_a_partner_has_endpoints_of_its_own(opened: OpenConsole, settled: Seeded) -> None:
    console = opened(settled.partners[PARTNER], "ADMIN")
    console.open("#/webhooks")
    console.page.get_by_role("button", name="Add an endpoint").click()
    console.page.get_by_label("URL").fill("https://hooks.example.com/makegood")
    console.page.get_by_role("button", name="Add", exact=True).click()
    expect(console.page.get_by_text("is shown here alone")).to_be_visible()
    expect(console.page.get_by_role("link", name="hooks.example.com").first).to_be_visible()
    console.shots("partner-webhooks")
