"""Every other screen: what it is for is done once, and it is looked at in all its forms."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import CAMPAIGN, EVENT_TYPE, SHOPS, Seeded

PLENTY = 90_000
"""Milliseconds that a file may take."""


def test_a_filter_is_decided_together_after_a_preview(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    console.open(f"#/bulk?CampaignId={CAMPAIGN}")
    page.get_by_role("group", name="Verdicts").get_by_role("button", name="Undone").first.click()
    page.get_by_role("button", name="Decline", exact=True).click()
    page.get_by_label("Reason").select_option("5")
    decline = page.get_by_role("button", name=re.compile(r"^Decline \d"))
    expect(decline).to_be_disabled()
    page.get_by_role("button", name=re.compile("^Preview")).click()
    expect(page.locator(".job")).to_contain_text("Tried, nothing is written", timeout=PLENTY)
    console.settle()
    console.shots("bulk")
    decline.click()
    expect(page.locator(".job .chip").first).to_have_text("Done", timeout=PLENTY)
    expect(page.locator(".job .groups")).to_contain_text("Applied")
    console.check()


def test_a_dropped_file_shows_its_rows_results(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    console.open(f"#/bulk?CampaignId={CAMPAIGN}")
    rows = b"Id,Resolution Status,Resolution Reason\r\n1,DECLINED,6\r\nnone,VALID,\r\n"
    page.evaluate(
        """text => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([text], "decisions.csv", {type: "text/csv"}));
            const at = document.querySelector(".drop");
            at.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true}));
        }""",
        rows.decode(),
    )
    expect(page.locator(".job")).to_contain_text("2 rows", timeout=PLENTY)
    expect(page.locator(".job tbody tr")).to_have_count(2)
    console.check()


def test_finance_approves_an_open_ended_action(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop, "FINANCE", "Cleo Tan")
    page = console.page
    console.open("#/approvals")
    console.shots("approvals")
    waiting = page.locator("tbody tr")
    before = waiting.count()
    page.get_by_role("button", name="Approve").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".preview")).to_contain_text("USD")
    dialog.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").filter(has_text="Approved")).to_have_count(1)
    expect(waiting).to_have_count(before - 1)
    console.check()


def test_a_viewer_reads_and_decides_nothing(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop, "VIEWER", "Ned Poole")
    page = console.page
    expect(page.locator(".pane.decision")).to_contain_text("not decide")
    page.keyboard.press("a")
    expect(page.locator(".undo .note")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Screens")).not_to_contain_text("People")


def test_a_partner_files_a_claim_that_is_checked_live(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.partners["10001"], "ADMIN", "Ben Okafor")
    page = console.page
    console.open("#/claims")
    console.shots("claims")
    page.get_by_role("link", name="File a claim").click()
    page.get_by_label("Order id").fill("#104777")
    page.get_by_label("Ordered").fill("2025-08-12T10:00")
    page.get_by_label("Amount of the order").fill("31.50")
    expect(page.locator(".check-told")).to_contain_text("It can be filed")
    page.get_by_label("Amount of the order").fill("-1")
    expect(page.locator(".check-told")).to_contain_text("It cannot be filed")
    page.get_by_label("Amount of the order").fill("31.50")
    expect(page.locator(".check-told")).to_contain_text("It can be filed")
    console.shots("file-a-claim")
    page.get_by_role("button", name="File the claim").click()
    expect(page.locator("h1")).to_have_text("#104777")
    console.settle()
    page.get_by_label("Add to the thread").fill("The shopper has a receipt.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".thread")).to_contain_text("The shopper has a receipt.")
    console.shots("claim")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.locator("header .chip").first).to_have_text("Withdrawn")
    console.check()


def test_a_partner_answers_and_appeals(opened: OpenConsole, seeded: Seeded) -> None:
    shop = seeded.client(seeded.shop)
    found = shop.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN)
    theirs = [each for each in found if each["MediaPartnerId"] == "10001"]
    waiting = [each for each in theirs if each["ResolutionStatus"] == "UNRESOLVED"]
    asked, declined = waiting[-1], waiting[-2]
    ask = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which amount was it?"}
    shop.call("PUT", f"{shop.root}/ActionInquiries/{asked['Id']}", ask)
    no = {"ResolutionStatus": "DECLINED", "RejectReason": "9"}
    shop.call("PUT", f"{shop.root}/ActionInquiries/{declined['Id']}", no)
    console = opened(seeded.partners["10001"], "ADMIN", "Ben Okafor")
    page = console.page
    console.open(f"#/claims/{asked['Id']}")
    page.get_by_label("Add to the thread").fill("We look for it.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Add to the thread")).to_have_value("")
    page.get_by_role("button", name="Answer").click()
    page.get_by_label("What you add").fill("It was as we said; the receipt shows it.")
    page.get_by_role("dialog").get_by_role("button", name="Answer").click()
    expect(page.locator("header .chip").first).to_have_text("Open")
    console.settle()
    assert page.locator(".thread").inner_text().count("We look for it.") == 1
    console.open(f"#/claims/{declined['Id']}")
    page.get_by_role("button", name="Appeal").click()
    page.get_by_label("What is new").fill("The receipt has the shop's own number.")
    page.get_by_role("dialog").get_by_role("button", name="Appeal").click()
    expect(page.locator(".page > header")).to_contain_text("Appeal:")
    console.check()


def test_a_partner_drops_a_file_of_claims(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.partners["10001"])
    page = console.page
    console.open("#/claims/file")
    page.get_by_label("Campaign of rows that name none").select_option(CAMPAIGN)
    name = Path(SHOPS) / "shopify-claims.csv"
    page.locator("input[type=file]").set_input_files(name)
    expect(page.locator(".job")).to_contain_text("Tried, nothing is written", timeout=PLENTY)
    console.settle()
    console.shots("file-of-claims")


RULES = [
    {
        "Name": "undone in the shop",
        "When": [{"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["UNDONE"]}],
        "Then": "DECLINE",
        "Reason": "5",
    },
    {
        "Name": "the sale stands",
        "When": [
            {"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["MATCH", "PARTLY_UNDONE"]},
            {"Variable": "AMOUNT", "Operator": "AT_MOST", "Value": "200.00 USD"},
        ],
        "Then": "APPROVE",
        "ActionTrackerId": EVENT_TYPE,
        "Wait": "IMMEDIATELY",
        "Caps": {"Claim": "20.00 USD"},
    },
]


def test_a_policy_is_tried_on_past_claims_and_put_in_the_shadow(opened, seeded: Seeded) -> None:
    shop = seeded.client(seeded.shop)
    root = f"{shop.root}/Campaigns/{CAMPAIGN}/Policies"
    asked = {"Rules": json.dumps(RULES), "Note": "What is clear decides itself"}
    version = shop.call("POST", root, asked)["Uri"].rpartition("/")[2]
    console = opened(seeded.shop)
    page = console.page
    console.open(f"#/policy/{version}?CampaignId={CAMPAIGN}")
    expect(page.locator(".rules li")).to_have_count(2)
    page.get_by_label("Filed from").fill("2025-08-01")
    page.get_by_label("to", exact=True).fill("2025-08-31")
    page.get_by_role("button", name="Try it on these claims").click()
    expect(page.locator(".bars tr").first).to_be_visible(timeout=PLENTY)
    report = page.get_by_role("region", name="Backtest")
    expect(report.locator(".sums")).to_contain_text(re.compile("paid wrongly", re.IGNORECASE))
    expect(report.locator(".bars small").first).to_contain_text(re.compile(r"\w+ \d"))
    rules = page.get_by_role("region", name="By rule")
    line = rules.locator("tbody tr").filter(has_text="the sale stands")
    expect(line.locator("[data-name='Would pay']")).to_contain_text("USD")
    expect(line.locator("[data-name='What became of them']")).to_contain_text(re.compile(r"\w+ \d"))
    expect(line.locator("[data-name=Examples] a").first).to_have_attribute(
        "href", re.compile("^#/queue/")
    )
    console.shots("policy")
    page.get_by_role("button", name="Put in the shadow").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes").click()
    expect(page.get_by_role("group", name="Versions")).to_contain_text("In the shadow")
    console.check()


@pytest.mark.parametrize("audience", ["shop", "partner"])
def test_an_admin_adds_an_endpoint_and_sees_its_secret_once(opened, seeded, audience: str) -> None:
    account = seeded.shop if audience == "shop" else seeded.partners["10001"]
    console = opened(account)
    page = console.page
    console.open("#/webhooks")
    made = page.get_by_role("link", name="https://hooks.example.com/makegood")
    before = made.count()
    page.get_by_role("button", name="Add an endpoint").click()
    page.get_by_label("URL").fill("https://hooks.example.com/makegood")
    page.get_by_label("What it is").fill("The warehouse")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("status").filter(has_text="shown here alone")).to_have_count(1)
    page.get_by_role("button", name="I have kept it").click()
    expect(made).to_have_count(before + 1)
    made.first.click()
    console.settle()
    if audience == "shop":
        console.shots("webhooks")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(made).to_have_count(before)
    console.check()


def test_it_prints_without_what_is_pressed(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    console.page.emulate_media(media="print")
    expect(console.page.locator(".pane.inquiry h1")).to_be_visible()
    expect(console.page.get_by_role("navigation", name="Screens")).to_be_hidden()
    expect(console.page.locator(".filters")).to_be_hidden()
