"""Claims whose every field is an attack are shown as text, on every screen."""

import json
from contextlib import suppress

import pytest
from makegood.domain.parties import Role
from makegood_cli.client import Client, Refused
from playwright.sync_api import Dialog, Route, expect

from infra.local import people
from infra.local.people import DemoPerson
from tests.browser.conftest import Console, OpenConsole, address
from tests.browser.seed import CAMPAIGN, SHOP, Seeded
from tests.browser.test_sign_in import ADMIN, signed_in

TAG = "<svg onload=alert(3)>"
MARKUP = f"\"'><img src=x onerror=alert(1)><script>alert(2)</script>{TAG}"
LINK = "javascript:alert(document.domain)"
TURNED = "\u202egnp.exe\u2066\u200f "
LONG = "W" * 1_900 + "<b onmouseover=alert(4)>"
TEXTS = (MARKUP, LINK, f"{TURNED}invoice", LONG)
KINDS = {"PARTNER": "inquiries", "ADVERTISER": "resolutions"}
HOOK = "https://hooks.example.com/attacked"


def attack(seeded: Seeded, text: str, at: int) -> str:
    """Files a claim of these texts, as far as the API takes them, and says them in its thread."""
    partner, shop = seeded.client(seeded.partners["10001"]), seeded.client(seeded.shop)
    asked = {
        "CampaignId": CAMPAIGN,
        "OrderId": f"{at}{text}"[:60],
        "TransactionDate": "2025-08-11T10:00:00-04:00",
        "TransactionAmount": "12.00",
        "InquiryType": "UNTRACKED",
        "MediaPartnerInquiryId": text[:90],
        "CustomerId": text[:60],
        "TrackingLink": text[:300],
        "InquiryNotes": text,
        "ResolutionDeadlineDate": "2025-08-22T10:00:00-04:00",
    }
    inquiry_id = filed(partner, asked, at)
    for side in (partner, shop):
        thread = f"{side.root}/ActionInquiries/{inquiry_id}/Comments"
        side.call("POST", thread, {"Comment": text})
    return inquiry_id


def give_names(seeded: Seeded, inquiry_id: str, text: str) -> None:
    """Names evidence, files and endpoints so, as far as the API takes them."""
    for account in (seeded.partners["10001"], seeded.shop):
        side = seeded.client(account)
        proof = {"Type": "other", "Size": "9", "ContentType": "application/pdf"}
        writes = (
            (f"ActionInquiries/{inquiry_id}/Evidence", {"Name": text[:100], **proof}),
            (
                "Files",
                {
                    "Kind": KINDS[account.audience],
                    "Name": text.replace("/", " ")[:100],
                    "Size": "9",
                },
            ),
            ("Webhooks", {"Url": HOOK, "Description": text[:200]}),
        )
        for path, fields in writes:
            with suppress(Refused):
                side.call("POST", f"{side.root}/{path}", fields)


def shown(console: Console, place: str, text: str) -> None:
    """Fails unless the place shows the text, so that a walk meets what it is for."""
    console.open(place)
    assert text in console.page.locator("main").inner_text()


def filed(partner: Client, asked: dict[str, str], at: int) -> str:
    """Files it; what the API refuses of these texts is left out."""
    root = f"{partner.root}/ActionInquiries"
    try:
        return partner.call("POST", root, asked)["Uri"].rpartition("/")[2]
    except Refused as refused:
        names = {name for name, _ in refused.faults}
        kept = {name: text for name, text in asked.items() if name not in names}
        return filed(partner, {"OrderId": f"order-{at}", **kept}, at)


def walk(console: Console, places: list[str]) -> None:
    """Goes to each place; fails on a dialog, a broken policy, and markup that came of text."""
    alerts: list[str] = []

    def told(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    console.page.on("dialog", told)
    for place in places:
        console.open(place)
        made = "() => document.querySelectorAll('img, main script, [onerror], [onload]').length"
        assert console.page.evaluate(made) == 0, place
        links = "() => [...document.links].filter(each => !/^https?:/.test(each.href)).length"
        assert console.page.evaluate(links) == 0, place
        console.check()
    assert alerts == []


def test_no_text_of_another_party_becomes_more_than_text(opened, seeded: Seeded) -> None:
    ids = [attack(seeded, text, at) for at, text in enumerate(TEXTS)]
    for inquiry_id, text in zip(ids, TEXTS, strict=True):
        give_names(seeded, inquiry_id, text)
    shop = opened(seeded.shop)
    walk(shop, [f"#/queue/{each}" for each in ids])
    shop.open(f"#/queue/{ids[0]}")
    assert MARKUP in shop.page.locator(".thread").inner_text()
    assert shop.page.locator("article h1 bdi").count() == 1
    others = [f"#/bulk?CampaignId={CAMPAIGN}", "#/approvals", "#/policy", "#/webhooks"]
    others += ["#/funds", "#/statements", "#/orders", "#/levels", "#/files"]
    walk(shop, others)
    for place in (f"#/queue/{ids[0]}", "#/files"):
        shown(shop, place, TAG)
    partner = opened(seeded.partners["10001"], "ADMIN", MARKUP)
    walk(partner, ["#/claims", *(f"#/claims/{each}" for each in ids)])
    walk(partner, ["#/claims/new", "#/claims/file", "#/webhooks"])
    walk(partner, ["#/earnings", "#/statements", "#/levels", "#/files"])
    for place in (f"#/claims/{ids[0]}", "#/files"):
        shown(partner, place, TAG)
    partner.page.set_viewport_size({"width": 375, "height": 760})
    walk(partner, ["#/claims", *(f"#/claims/{each}" for each in ids)])


def test_no_name_of_a_person_or_token_becomes_more_than_text(anybody, seeded: Seeded) -> None:
    named = [
        DemoPerson(text[:100], f"y{at}@harbour.example", Role.ADVERTISER, SHOP, ADMIN)
        for at, text in enumerate((MARKUP, LINK, LONG))
    ]
    people.invite(seeded.stack, named)
    console = signed_in(anybody, seeded, named[0], "#/people")
    expect(console.page.locator(".who")).to_contain_text(MARKUP[:40])
    console.open("#/tokens")
    console.page.get_by_role("button", name="Make a token").click()
    console.page.get_by_label("What uses it").fill(MARKUP)
    console.page.get_by_role("button", name="Make it").click()
    walk(console, ["#/people", "#/tokens"])
    for place in ("#/people", "#/tokens"):
        shown(console, place, TAG)


@pytest.mark.parametrize(
    "place", ["#/queue?OrderId=<img src=x onerror=alert(1)>", "#/<script>", "#/queue/%3Csvg%3E"]
)
def test_an_address_is_no_way_in(opened: OpenConsole, seeded: Seeded, place: str) -> None:
    walk(opened(seeded.shop), [place])


def test_the_token_is_nowhere_but_in_memory(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    kept = console.page.evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, "
        "location.href, document.documentElement.outerHTML])"
    )
    assert seeded.shop.token not in kept


def test_no_other_page_may_frame_it_and_no_third_party_is_asked(opened, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    hosts: set[str] = set()
    console.page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    console.page.reload()
    console.page.wait_for_load_state("networkidle")
    assert hosts == {address(seeded).split("/")[2]}

    def page_of_another(route: Route) -> None:
        frame = f"<iframe src={json.dumps(address(seeded))}></iframe>"
        route.fulfill(content_type="text/html", body=frame)

    elsewhere = "http://elsewhere.localhost"
    stranger = console.page.context.new_page()
    # Else Chromium keeps every page of this machine from it, whatever its policy says.
    stranger.context.grant_permissions(["local-network-access"], origin=elsewhere)
    stranger.route(f"{elsewhere}/", page_of_another)
    with stranger.expect_console_message(lambda told: "frame-ancestors" in told.text):
        stranger.goto(f"{elsewhere}/")
    assert len(stranger.frames) == 2
    assert "Makegood" not in stranger.frames[-1].content()
