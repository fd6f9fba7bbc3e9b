"""What the queue costs a reviewer in bytes and in waiting, as far as it is the same on any machine.

`afternoon.py` measures the milliseconds.
"""

import re

from playwright.sync_api import Browser, Route, expect

from tests.browser import conftest
from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded

FILES_MAX = 6
BYTES_MAX = 300_000
"""Of all files of the page, unpacked: they are sent in about a third of it."""

FILES = """() => ["resource", "navigation"].flatMap(kind => performance.getEntriesByType(kind))
    .filter(each => each.name.includes("/console/")).map(each => each.decodedBodySize)"""


def test_the_first_row_waits_for_few_bytes_and_two_answers(browser: Browser, seeded) -> None:
    context = conftest.new_context(browser)
    conftest.answer_sign_in(context, conftest.session_of(seeded.shop, "REVIEWER", "Ada Marsh"))
    answered: list[str] = []
    needed = re.compile(r"/(Campaigns)\b|/(ActionInquiries)\?.*PageSize=50\b")

    def answer_what_is_needed(route: Route) -> None:
        found = needed.search(route.request.url)
        if found:
            answered.append(found[1] or found[2])
            route.continue_()

    context.route(f"**/Advertisers/{seeded.shop.sid}/**", answer_what_is_needed)
    page = context.new_page()
    page.goto(f"{conftest.address(seeded)}?code=code&state=state")
    expect(page.locator(".row").first).to_be_visible()
    sizes = page.evaluate(FILES)
    context.close()
    assert answered == ["Campaigns", "ActionInquiries"]
    assert len(sizes) <= FILES_MAX
    assert 0 < sum(sizes) <= BYTES_MAX, sizes


def test_what_is_read_ahead_is_not_asked_for_again(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    expect(page.locator(".payout")).to_be_visible()
    page.wait_for_load_state("networkidle")
    following = page.locator(".row a").nth(1).get_attribute("href") or ""
    inquiry_id = following.removeprefix("#/queue/").partition("?")[0]
    asked: list[str] = []
    page.on("request", lambda each: inquiry_id in each.url and asked.append(each.url))
    page.keyboard.press("j")
    expect(page.locator(".payout")).to_be_visible()
    console.settle()
    assert [each for each in asked if not each.endswith("/Evidence")] == []
