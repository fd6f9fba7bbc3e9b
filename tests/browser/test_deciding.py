"""What is decided in the queue is what is looked at, as it is now and as somebody chose it."""

import re
from decimal import Decimal

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import Seeded
from tests.browser.test_queue import HELD, on_a_claim_of, order, writes_of, written


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
    page.route(re.compile(rf"/ActionInquiries/{there['Id']}$"), lambda route: held.append(route))
    named = f"#/queue/{there['Id']}?InquiryType=DECLINED"
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
