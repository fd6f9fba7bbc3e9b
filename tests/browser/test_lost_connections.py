"""What a screen says and does while an answer does not come, or is the server's failure."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import CAMPAIGN, Seeded
from tests.browser.test_screens import PLENTY

TRIES = 4
"""How often a read is tried before it has failed."""


class Lost:
    """Answers as a lost connection does, so often, and then lets requests through."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, route: Route) -> None:
        self.left -= 1
        if self.left >= 0:
            route.abort()
        else:
            route.fallback()


def failed(route: Route) -> None:
    route.fulfill(status=502, json={"message": "Internal server error"})


def test_a_file_is_followed_on_after_a_lost_connection(opened, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    console.open("#/files")
    lost = Lost(TRIES)
    page.route("**/Files/*", lost)
    rows = b"Id,Resolution Status,Resolution Reason\r\nnone,VALID,\r\n"
    file = {"name": "decisions.csv", "mimeType": "text/csv", "buffer": rows}
    page.get_by_label("What it is").select_option("resolutions")
    page.locator("input[type=file]").set_input_files([file])
    expect(page.locator(".job")).to_contain_text("looked at again by itself")
    expect(page.locator(".job")).to_contain_text("Tried, nothing is written", timeout=PLENTY)
    assert lost.left < 0


def test_a_check_that_was_not_made_refuses_nothing(opened, seeded: Seeded) -> None:
    console = opened(seeded.partners["10001"], "ADMIN", "Ben Okafor")
    page = console.page
    page.route("**/ActionInquiries/Check", failed)
    console.open("#/claims/new")
    page.get_by_label("Order id").fill("#104778")
    page.get_by_label("Ordered").fill("2025-08-12T10:00")
    page.get_by_label("Amount of the order").fill("31.50")
    told = page.locator(".check-told")
    expect(told).to_contain_text("It was not checked")
    expect(told).to_contain_text("The API has failed")
    page.unroute("**/ActionInquiries/Check")
    told.get_by_role("button", name="Check again").click()
    expect(told).to_contain_text("It can be filed")


@pytest.mark.parametrize("screen", ["approvals", "policy", "levels"])
def test_what_failed_is_what_is_tried_again(opened, seeded: Seeded, screen: str) -> None:
    console = opened(seeded.shop)
    page = console.page
    page.route("**/Campaigns?*", failed)
    console.open(f"#/{screen}")
    page.unroute("**/Campaigns?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".failure")).to_have_count(0)
    console.settle()
    expect(page.locator("main .panel").first).to_be_visible()


@pytest.mark.parametrize("screen", ["approvals", "policy"])
def test_a_shop_without_a_campaign_is_told_so(opened, seeded: Seeded, screen: str) -> None:
    console = opened(seeded.shop)
    none = {"Campaigns": [], "@nextpageuri": ""}
    console.page.route("**/Campaigns?*", lambda route: route.fulfill(json=none))
    console.open(f"#/{screen}")
    expect(console.page.locator(".empty")).to_contain_text("No campaign yet")


def test_an_address_that_is_no_encoded_text_is_a_place(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    console.open("#/queue/%")
    expect(console.page.get_by_role("navigation", name="Screens")).to_be_visible()
    console.open(f"#/funds/%E0%A4%A?CampaignId={CAMPAIGN}&x=%")
    expect(console.page.locator("h1").first).to_have_text("Funds")
    console.check()


def test_what_is_followed_is_let_go_with_its_screen(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    running = {"Status": "RUNNING", "RowsDone": "1", "RowsTotal": "9", "Groups": []}
    looks: list[str] = []

    def look(route: Route) -> None:
        looks.append(route.request.url)
        route.fulfill(json=running)

    page.route("**/Backtests", lambda route: route.fulfill(json={"QueuedUri": "/Backtests/b1"}))
    page.route("**/Backtests/b1", look)
    console.open("#/policy")
    page.get_by_label("Filed from").fill("2025-08-01")
    page.get_by_label("to", exact=True).fill("2025-08-31")
    page.get_by_role("button", name="Try it on these claims").click()
    expect(page.get_by_text("1 of 9 claims")).to_be_visible()
    console.open("#/funds")
    before = len(looks)
    page.wait_for_timeout(2_500)
    assert len(looks) == before > 0
