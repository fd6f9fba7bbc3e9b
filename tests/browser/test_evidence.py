"""Evidence: a partner gives a file, it is scanned, and the shop takes it away as a download."""

import time

import urllib3
from playwright.sync_api import expect

from tests.browser.conftest import OpenConsole
from tests.browser.seed import CAMPAIGN, Seeded

PDF = b"%PDF-1.7 a receipt"
EICAR = b"%PDF-1.7 $EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
DOWNLOADS = "response-content-disposition=attachment"
"""What a link says of a file that is taken away and not shown; the emulator answers without it."""


def test_evidence_is_given_scanned_and_downloaded(opened: OpenConsole, seeded: Seeded) -> None:
    partner = seeded.client(seeded.partners["10001"])
    listed = partner.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN)
    claim = next(each for each in listed if each["ResolutionStatus"] == "UNRESOLVED")
    theirs = opened(seeded.partners["10001"], "ADMIN", "Ben Okafor")
    theirs.open(f"#/claims/{claim['Id']}")
    given = theirs.page.get_by_role("region", name="Evidence")
    for name, content in (("receipt.pdf", PDF), ("bad.pdf", EICAR)):
        file = {"name": name, "mimeType": "application/pdf", "buffer": content}
        given.locator("input[type=file]").set_input_files([file])
        expect(given.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    path = f"{partner.root}/ActionInquiries/{claim['Id']}/Evidence"
    states: dict[str, str] = {}
    for _ in range(100):
        found = partner.call("GET", path)["Evidence"]
        states = {each["Name"]: each["Status"] for each in found}
        if "AWAITED" not in states.values():
            break
        time.sleep(0.3)
    assert states == {"receipt.pdf": "CLEAN", "bad.pdf": "REFUSED"}
    for state in ("Clean", "Refused"):
        expect(given.locator(".chip").filter(has_text=state)).to_be_visible()
    theirs.check()

    shop = opened(seeded.shop)
    shop.open(f"#/queue/{claim['Id']}")
    files = shop.page.get_by_role("region", name="Evidence")
    clean = files.get_by_role("listitem").filter(has_text="receipt.pdf")
    with shop.page.context.expect_event("request", lambda each: DOWNLOADS in each.url) as asked:
        clean.get_by_role("button", name="Download").click()
    read = urllib3.PoolManager().request("GET", asked.value.url)
    assert (read.status, read.data) == (200, PDF)
    bad = files.get_by_role("listitem").filter(has_text="bad.pdf")
    expect(bad).to_contain_text("Refused")
    expect(bad.get_by_role("button", name="Download")).to_have_count(0)
    shop.shots("evidence")
    files.get_by_text("Add evidence").click()
    own = {"name": "shops.pdf", "mimeType": "application/pdf", "buffer": PDF}
    files.locator("input[type=file]").set_input_files([own])
    added = files.get_by_role("listitem").filter(has_text="shops.pdf")
    expect(added).to_contain_text("Advertiser")
    expect(added.get_by_role("button", name="Download")).to_be_visible()
    shop.check()


def test_new_evidence_is_appealed_with_alone_and_downloaded_of_the_appeal(
    opened: OpenConsole, seeded: Seeded
) -> None:
    shop, partner = seeded.client(seeded.shop), seeded.client(seeded.partners["10001"])
    listed = partner.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN)
    claim = [each for each in listed if each["ResolutionStatus"] == "UNRESOLVED"][1]
    no = {"ResolutionStatus": "DECLINED", "RejectReason": "9"}
    shop.call("PUT", f"{shop.root}/ActionInquiries/{claim['Id']}", no)
    console = opened(seeded.partners["10001"], "ADMIN", "Ben Okafor")
    page = console.page
    console.open(f"#/claims/{claim['Id']}")
    given = page.get_by_role("region", name="Evidence")
    file = {"name": "new.pdf", "mimeType": "application/pdf", "buffer": PDF + b" of theirs"}
    given.locator("input[type=file]").set_input_files([file])
    expect(given.get_by_role("button", name="Download")).to_be_visible()
    page.get_by_role("button", name="Appeal").click()
    page.get_by_role("dialog").get_by_role("button", name="Appeal").click()
    expect(page.locator(".page > header")).to_contain_text("Appeal:")
    path = f"{partner.root}/ActionInquiries/{claim['Id']}"
    appeal = partner.call("GET", path)["AppealId"]
    console.open(f"#/claims/{appeal}")
    with page.context.expect_event("request", lambda each: DOWNLOADS in each.url):
        given.get_by_role("button", name="Download").click()
    console.check()
