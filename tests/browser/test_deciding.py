"""What is decided in the queue is what is looked at, as it is now and as somebody chose it."""

import re
from decimal import Decimal
from urllib.parse import quote

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW, OpenConsole
from tests.browser.seed import Seeded
from tests.browser.test_queue import (
    HELD,
    on_a_claim_of,
    order,
    writes_of,
    written,
)


def test_after_a_comment_of_ones_own_it_can_be_accepted(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Match")
    thread = page.get_by_role("region", name="Thread")
    thread.get_by_label("Add to the thread").fill("We look into it.")
    thread.get_by_role("button", name="Add").click()
    expect(thread.locator(".comment", has_text="We look into it.")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("k")
    console.settle()
    expect(page.locator(".pane.inquiry h1")).to_have_text(order_id)
    expect(thread.locator(".comment", has_text="We look into it.")).to_have_count(1)
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "VALID"


def test_what_somebody_else_changed_is_read_again_and_can_be_decided(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    (there,) = written(seeded, order_id)
    partner = seeded.client(seeded.partners[there["MediaPartnerId"]])
    said = {"Comment": "The shopper waits."}
    partner.call("POST", f"{partner.root}/ActionInquiries/{there['Id']}/Comments", said)
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    refusal = page.locator(".undo [role=alert]")
    expect(refusal).to_contain_text("It has changed since you read it")
    refusal.get_by_role("button", name="Look at it").click()
    console.settle()
    expect(page.locator(".comment", has_text="The shopper waits.")).to_be_visible()
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "VALID"


def test_nothing_is_decided_but_what_the_address_names(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    sent = writes_of(page)
    order_id = on_a_claim_of(console, "Not found")
    (there,) = written(seeded, order_id)
    title = page.locator(".pane.inquiry h1")
    held: list[Route] = []
    read = re.compile(rf"/ActionInquiries/{there['Id']}$")
    page.route(read, lambda route: held.append(route))
    named = f"#/queue/{there['Id']}?InquiryType=DECLINED"
    with page.expect_request(read):
        page.evaluate("place => { location.hash = place }", named)
    expect(page.locator(".pane.inquiry .loading")).to_be_visible()
    page.keyboard.press("a")
    held[0].continue_()
    expect(title).to_have_text(order_id)
    console.open("#/queue/none?")
    expect(page.locator(".pane.inquiry [role=alert]")).to_be_visible()
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    console.settle()
    assert sent == []


def test_a_key_that_is_held_decides_once_and_moves_on_and_on(opened: OpenConsole, seeded) -> None:
    page = opened(seeded.shop).page
    first = order(page)
    _hold(page, "j")
    assert order(page) == page.locator(".row .order").nth(3).inner_text() != first
    _hold(page, "a")
    expect(page.locator(".row.held")).to_have_count(1)
    page.keyboard.press("u")


def _hold(page: Page, key: str) -> None:
    for _ in range(3):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_another_amount_is_the_one_that_was_typed_and_has_to_be_given(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    (there,) = written(seeded, on_a_claim_of(console, "Match"))
    typed = f"{there['TransactionAmount']}1"
    whole = str(int(Decimal(typed)) + 1)
    page.get_by_label("Another", exact=True).check()
    accept = page.get_by_role("button", name=re.compile("^Accept a"))
    expect(accept).to_be_disabled()
    page.keyboard.press("a")
    expect(page.locator(".row.held")).to_have_count(0)
    amount = page.get_by_label("Amount", exact=True)
    amount.press_sequentially(typed)
    expect(amount).to_have_value(typed)
    amount.fill(whole)
    page.keyboard.press("Escape")
    with page.expect_request(lambda asked: "idempotency-key" in asked.headers) as sent:
        page.keyboard.press("a")
        page.clock.fast_forward(HELD)
    assert sent.value.post_data_json["TransactionAmount"] == whole


def test_the_keys_work_after_an_amount_was_picked(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    page.get_by_label("As claimed").check()
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)


def test_a_field_of_the_filter_is_left_once_it_is_filled(opened: OpenConsole, seeded) -> None:
    page = opened(seeded.shop).page
    search = page.get_by_label("Order id")
    page.keyboard.press("/")
    search.press_sequentially("none")
    search.press("Enter")
    expect(search).not_to_be_focused()
    expect(page.locator(".pane.list")).to_contain_text("Nothing is open here")
    partner = page.get_by_label("Partner", exact=True)
    partner.click()
    partner.select_option("10001")
    expect(partner).not_to_be_focused()


def test_what_is_said_with_a_decline_goes_with_the_key_of_its_reason(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Not found")
    page.keyboard.press("d")
    page.get_by_label("Comment for the partner").fill("No such order here.")
    page.keyboard.press("Escape")
    page.keyboard.press("6")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "DECLINED"
    assert after["Comments"][-1]["Comment"] == "No such order here."


def test_escape_leaves_a_question_and_what_was_typed_stays(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    page.keyboard.press("i")
    page.keyboard.type("Which one?")
    page.keyboard.press("Escape")
    expect(page.get_by_label("What do you need to know?")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Accept a"))).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_label("What do you need to know?")).to_have_value("Which one?")


def test_the_list_goes_on_after_its_last_row_and_never_mixes_two_filters(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    held: list[Route] = []
    page.route("**/ActionInquiries?*PageSize=50*", _in_small_pages)
    page.route("**/ActionInquiries?*Page=2&*", lambda route: held.append(route))
    with page.expect_request("**/ActionInquiries?*Page=2&*") as asked:
        console.open("#/queue?MediaPartnerId=10001")
    assert "Cursor=" in asked.value.url
    with page.expect_request("**/ActionInquiries?*Page=2&*"):
        console.open("#/queue?MediaPartnerId=10002")
    shown = page.locator(".row .from .said")
    expect(shown).to_have_text(["Mile Club"] * 5)
    for each in held:
        each.continue_()
    expect(shown.nth(5)).to_be_visible()
    assert set(shown.all_inner_texts()) == {"Mile Club"}


def test_all_of_a_filter_are_read_with_the_cursor_of_its_list(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    page.route("**/ActionInquiries?*PageSize=1000*", _in_small_pages)
    with page.expect_request("**/ActionInquiries?*Page=2&*") as asked:
        page.locator(".together a").click()
    assert "Cursor=" in asked.value.url
    console.settle()
    expect(page.locator(".sums")).to_contain_text("orders of")


def _in_small_pages(route: Route) -> None:
    """As many rows a page as to have more pages than one."""
    small = {"50": "5", "1000": "30"}
    url = re.sub(r"(?<=PageSize=)\d+", lambda size: small[size[0]], route.request.url)
    route.continue_(url=url)


def test_that_nothing_is_open_is_said_of_a_list_that_was_read_after_the_last_decision(
    opened: OpenConsole, seeded: Seeded
) -> None:
    console = opened(seeded.shop)
    page = console.page
    (there,) = written(seeded, on_a_claim_of(console, "Match"))
    console.open(f"#/queue?OrderId={quote(there['OrderId'])}")
    expect(page.locator(".row")).to_have_count(1)
    reads: list[str] = []
    page.on("request", lambda asked: "PageSize=50" in asked.url and reads.append(asked.url))
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".pane.list")).to_contain_text("Nothing is open here")
    assert len(reads) == 1


def test_on_a_narrow_screen_the_last_decision_leads_back_to_the_list(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    (there,) = written(seeded, on_a_claim_of(console, "Match"))
    page.set_viewport_size(NARROW)
    console.open(f"#/queue/{there['Id']}?OrderId={quote(there['OrderId'])}")
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".pane.decision h2")).to_have_text("Accepted")
    page.get_by_role("link", name="← Queue").click()
    expect(page.locator(".pane.list")).to_contain_text("Nothing is open here")
    console.check()


def test_what_was_asked_about_can_be_selected_and_decided_together(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    (there,) = written(seeded, on_a_claim_of(console, "Not found"))
    shop = seeded.client(seeded.shop)
    asked = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which shop?"}
    shop.call("PUT", f"{shop.root}/ActionInquiries/{there['Id']}", asked)
    console.open(f"#/queue/{there['Id']}?ResolutionStatus=INCOMPLETE")
    page.keyboard.press("x")
    page.locator(".selected").get_by_role("link", name="Decide together").click()
    expect(page.locator(".sums")).to_contain_text("1 inquiry · orders of")


def test_who_may_not_decide_is_offered_neither_a_decision_nor_a_comment(opened, seeded) -> None:
    console = opened(seeded.shop, "VIEWER")
    page = console.page
    expect(page.locator(".pane.decision")).to_contain_text("Your role may read inquiries")
    expect(page.get_by_role("region", name="Thread")).to_be_visible()
    expect(page.get_by_label("Add to the thread")).to_have_count(0)
    expect(page.locator(".together")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator(".selected")).to_have_count(0)


def test_what_could_not_be_read_says_so_and_is_read_again(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    orders = re.compile("/Orders/")
    failed = {"Status": "ERROR", "Message": "It is at a loss", "code": "failed"}
    page.route(orders, lambda route: route.fulfill(status=500, json=failed))
    claim = page.get_by_role("region", name="Claim and shop")
    page.locator(".row", has_text="Match").nth(3).locator("a").click()
    expect(claim.get_by_role("alert")).to_contain_text("It is at a loss")
    page.unroute(orders)
    claim.get_by_role("button", name="Try again").click()
    expect(claim.get_by_role("row", name="State")).to_be_visible()


def test_a_move_is_told_to_who_hears_the_screen(opened: OpenConsole, seeded: Seeded) -> None:
    page = opened(seeded.shop).page
    first = order(page)
    page.keyboard.press("j")
    expect(page.locator(".pane.inquiry h1")).not_to_have_text(first)
    expect(page.locator(".heard")).to_contain_text(order(page))
    expect(page.locator(".heard")).to_have_attribute("role", "status")


def test_the_preview_names_what_is_left_of_limits(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    left = [
        {"Limit": "12.00 USD a week in all", "Left": "-3.00", "Currency": "USD"},
        {"Limit": "3 actions for each order", "Left": "2", "Currency": ""},
    ]

    preview = {"State": "VALID", "Payout": "5.00", "Currency": "USD", "LimitsAfter": left}
    told = {"Status": "OK", "Uri": "", "DryRun": "true", "Preview": preview, "Warnings": []}
    page.route("**/ActionInquiries/*", lambda route: route.fulfill(json=told))
    page.locator(".row", has_text="Match").nth(5).locator("a").click()
    shown = page.locator(".preview")
    expect(shown).to_contain_text("Left of 12.00 USD a week in all")
    expect(shown.locator(".bad")).to_contain_text("3.00 USD")
    expect(shown).to_contain_text("Left of 3 actions for each order")
    console.check()
