"""Reviewers work through their queue by the keyboard alone."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Console, OpenConsole, answer_sign_in, session_of
from tests.browser.seed import CAMPAIGN, Seeded

HELD = 5_100
"""Milliseconds after which a decision is written."""


def order(page: Page) -> str:
    """The order of the inquiry that is looked at."""
    return page.locator(".pane.inquiry h1").inner_text()


def written(seeded: Seeded, order_id: str) -> list[dict[str, str]]:
    """The inquiries of an order, as the API has them."""
    shop = seeded.client(seeded.shop)
    asked = {"CampaignId": CAMPAIGN, "OrderId": order_id}
    return list(shop.list("ActionInquiries", "ActionInquiries", **asked))


def on_a_claim_of(console: Console, verdict: str) -> str:
    """Moves to the first inquiry with that verdict which nobody has decided; returns its order."""
    row = console.page.locator(".row:not(.held, .sending)", has_text=verdict).first
    row.locator("a").click()
    console.settle()
    expect(console.page.locator(".payout")).to_be_visible()
    return order(console.page)


def accept_as_the_session_ends(page: Page) -> None:
    """Accepts what is looked at, which is not written, because the session has ended."""
    ended = {"Status": "ERROR", "Message": "The session has ended", "code": "session_ended"}
    calls = re.compile("/ActionInquiries")
    page.route(calls, lambda route: route.fulfill(status=401, json=ended))
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".gate")).to_contain_text("Your session has ended")
    page.unroute(calls)


def sign_in_here(console: Console, seeded: Seeded, name: str) -> None:
    """A reviewer of the shop signs in, in the same tab."""
    page = console.page
    answer_sign_in(page.context, session_of(seeded.shop, "REVIEWER", name))
    page.goto(f"{console.url}?code=code&state=state&as={name}")
    expect(page.locator(".who")).to_contain_text(name)
    console.open("#/queue")


def writes_of(page: Page) -> list[str]:
    """The URLs that decisions are sent to from now on."""
    sent: list[str] = []
    page.on("request", lambda asked: "idempotency-key" in asked.headers and sent.append(asked.url))
    return sent


def test_the_queue_shows_what_is_open(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    console.open("#/queue")
    expect(console.page.locator(".totals")).to_contain_text("USD")
    on_a_claim_of(console, "Mismatch")
    console.shots("queue")


def test_a_reviewer_moves_with_j_and_k(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    first = order(console.page)
    console.page.keyboard.press("j")
    expect(console.page.locator(".pane.inquiry h1")).not_to_have_text(first)
    console.page.keyboard.press("k")
    expect(console.page.locator(".pane.inquiry h1")).to_have_text(first)
    console.page.keyboard.press("/")
    expect(console.page.locator("#search")).to_be_focused()
    console.page.keyboard.press("Escape")


def test_accept_is_held_five_seconds_and_then_written_once(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "PUT" else None)
    order_id = on_a_claim_of(console, "Match")
    sent.clear()
    page.keyboard.press("a")
    expect(page.locator(".pane.inquiry h1")).not_to_have_text(order_id)
    expect(page.locator(".undo")).to_contain_text(order_id)
    (before,) = written(seeded, order_id)
    assert before["ResolutionStatus"] == "UNRESOLVED"
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "VALID"
    writes = [each for each in sent if after["Id"] in each]
    assert len(writes) == 1
    console.check()


def test_undo_takes_a_decision_back_before_it_is_written(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Undone")
    page.keyboard.press("d")
    expect(page.locator(".reasons li")).to_have_count(9)
    console.shots("decline")
    page.keyboard.press("5")
    expect(page.locator(".undo")).to_contain_text("Decline")
    page.keyboard.press("u")
    expect(page.locator(".pane.inquiry h1")).to_have_text(order_id)
    page.clock.fast_forward(HELD)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "UNRESOLVED"


def test_the_same_as_last_declines_the_next_with_its_reason(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    first = on_a_claim_of(console, "Not found")
    page.keyboard.press("d")
    page.keyboard.press("6")
    expect(page.locator(".pane.inquiry h1")).not_to_have_text(first)
    second = on_a_claim_of(console, "Not found")
    page.keyboard.press("s")
    page.clock.fast_forward(HELD)
    for order_id in (first, second):
        expect(page.locator(".rows")).not_to_contain_text(order_id)
        (after,) = written(seeded, order_id)
        assert after["RejectReason"] == "Transaction cannot be traced"


def test_a_question_goes_to_the_partner(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Candidates")
    page.keyboard.press("i")
    page.keyboard.type("Which of the two orders is it?")
    page.keyboard.press("Control+Enter")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "INCOMPLETE"
    assert after["Comments"][-1]["Comment"] == "Which of the two orders is it?"


def test_of_two_reviewers_the_second_is_told_who_was_faster(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    (there,) = written(seeded, order_id)
    shop = seeded.client(seeded.shop)
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "9"}
    shop.call("PUT", f"{shop.root}/ActionInquiries/{there['Id']}", declined)
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    told = page.locator(".undo [role=alert]")
    expect(told).to_contain_text("Somebody else was faster")
    expect(told).to_contain_text("declined")
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "DECLINED"
    console.check()


def test_without_a_network_a_decision_waits_and_is_sent_once(opened: OpenConsole, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    keys: list[str] = []
    page.on("request", lambda asked: keys.append(asked.headers.get("idempotency-key", "")))
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.clock.fast_forward(HELD)
    expect(page.locator(".top")).to_contain_text("1 not sent")
    expect(page.locator(".undo")).to_contain_text("Not sent")
    page.context.set_offline(False)
    page.clock.fast_forward(31_000)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert (after["ResolutionStatus"], after["Version"]) == ("VALID", "2")
    assert len({each for each in keys if each}) == 1


def test_an_ended_session_says_so_and_leads_back_with_nothing_lost(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    place = page.evaluate("() => location.hash")
    accept_as_the_session_ends(page)
    console.check()
    page.evaluate(
        """() => sessionStorage.setItem("makegood.sign-in",
           JSON.stringify({verifier: "v", state: "state", hash: PLACE}))""".replace(
            "PLACE", json.dumps(place)
        )
    )
    page.goto(f"{console.url}?code=again&state=state")
    page.wait_for_selector(".console")
    assert page.evaluate("() => location.hash") == place
    page.clock.fast_forward(HELD)
    console.settle()
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "VALID"


def test_what_one_person_left_is_not_sent_by_the_next_and_waits_for_them(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    accept_as_the_session_ends(page)
    sent = writes_of(page)
    sign_in_here(console, seeded, "Theo Lund")
    on_a_claim_of(console, "Mismatch")
    page.keyboard.press("a")
    expect(page.locator(".undo")).to_contain_text("Accept")
    page.keyboard.press("u")
    page.clock.fast_forward(31_000)
    console.settle()
    expect(page.locator(".top")).not_to_contain_text("not sent")
    assert sent == []
    (between,) = written(seeded, order_id)
    assert between["ResolutionStatus"] == "UNRESOLVED"
    sign_in_here(console, seeded, "Ada Marsh")
    page.clock.fast_forward(HELD)
    expect(page.locator(".rows")).not_to_contain_text(order_id)
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "VALID"
    assert len(sent) == 1


def test_signing_out_asks_before_it_drops_what_is_not_sent(opened, seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    order_id = on_a_claim_of(console, "Mismatch")
    sent = writes_of(page)
    page.keyboard.press("a")
    page.locator(".who summary").click()
    page.get_by_role("button", name="Sign out").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("1 of your decisions is not sent")
    console.check()
    asked.get_by_role("button", name="Stay signed in").click()
    expect(page.locator(".undo")).to_contain_text(order_id)
    page.get_by_role("button", name="Sign out").click()
    page.route("**/logout?*", lambda route: route.fulfill(body="Signed out"))
    asked.get_by_role("button", name="Sign out and drop it").click()
    expect(page.locator("body")).to_have_text("Signed out")
    sign_in_here(console, seeded, "Ada Marsh")
    page.clock.fast_forward(31_000)
    console.settle()
    assert sent == []
    (after,) = written(seeded, order_id)
    assert after["ResolutionStatus"] == "UNRESOLVED"


def test_help_is_a_key_away(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    console.page.keyboard.press("?")
    expect(console.page.get_by_role("dialog")).to_contain_text("next and previous inquiry")
    console.check()
    console.page.keyboard.press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
