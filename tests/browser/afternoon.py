"""A reviewer's afternoon, played and measured: `python -m tests.browser.afternoon STATE`.

It files ten thousand claims at a stack that is up, opens the queue, and decides two hundred
inquiries by keyboard. It prints the first paint, how long the next inquiry takes after a key, the
bytes of the page, and what a decision takes in the system's part: from the key until the next
inquiry stands there with its preview. Nothing is faked but the sign-in, and the clock runs.
"""

import argparse
import statistics
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import conftest
from tests.browser.seed import CAMPAIGN, SHOP, Seeded, rows, table

OPEN = 10_000
DECISIONS = 200
MOVES = 30
PAINTS = 3
THOUGHT = 1.0
"""Seconds that a reviewer looks at an inquiry, at least."""

WATCH = """
addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
const seen = new MutationObserver(() => {
    if (!window.first && document.querySelector(".row")) {
        requestAnimationFrame(() => requestAnimationFrame(() => {
            window.first ??= performance.now();
        }));
    }
});
seen.observe(document, {childList: true, subtree: true});
"""
FILES = """() => ["resource", "navigation"].flatMap(kind => performance.getEntriesByType(kind))
    .filter(each => each.name.includes("/console/"))
    .map(each => [each.name, each.encodedBodySize, each.decodedBodySize])"""
SHOWN = """before => new Promise(done => {
    const look = () => {
        const title = document.querySelector(".pane.inquiry h1")?.textContent;
        const ready = title && title !== before && (!PREVIEW || document.querySelector(".payout"));
        if (ready) requestAnimationFrame(() => done(performance.now() - window.pressed));
        else requestAnimationFrame(look);
    };
    look();
})"""


def fill(seeded: Seeded, count: int) -> None:
    """Files as many claims as there are to be, on orders that the shop has and has not."""
    partner = seeded.client(seeded.partners["10001"])
    orders = [each for each in rows("shopify-orders.csv") if each["Created at"]]
    claims = [
        {
            "Campaign Id": CAMPAIGN,
            "Order Id": f"{orders[at % len(orders)]['Name']}-{at}",
            "Sale Amount": f"{10 + at % 90}.{at % 100:02}",
            "Transaction Date": f"2025-0{5 + at % 3}-{1 + at % 28:02}T12:00:00-04:00",
            "Type": "UNTRACKED",
            "Customer Id": f"C{at % 4_000}",
        }
        for at in range(count)
    ]
    partner.upload("inquiries", "ten thousand.csv", table(claims))


def signed_in(context: BrowserContext, seeded: Seeded) -> Page:
    shop = seeded.shop
    conftest.answer_sign_in(context, conftest.session_of(shop, "REVIEWER", "Ada Marsh"))
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{conftest.address(seeded)}?code=code&state=state")
    page.wait_for_function("() => window.first")
    return page


def press(page: Page, key: str, preview: bool = True) -> float:
    """Milliseconds from a key until the next inquiry stands there."""
    before = page.locator(".pane.inquiry h1").text_content()
    page.keyboard.press(key)
    return page.evaluate(SHOWN.replace("PREVIEW", str(preview).lower()), before)


def told(name: str, found: list[float]) -> None:
    ranked = sorted(found)
    at_most = ranked[int(len(ranked) * 0.95)]
    print(
        f"{name:32} median {statistics.median(ranked):5.0f} ms, 95% {at_most:5.0f} ms", flush=True
    )


def play(seeded: Seeded, decisions: int) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=conftest.CHROMIUM)
        context = browser.new_context(viewport=conftest.WIDE, reduced_motion="reduce")
        context.set_default_timeout(conftest.PATIENCE)
        paints = []
        for _ in range(PAINTS):
            page = signed_in(context, seeded)
            paints.append(page.evaluate("() => window.first"))
            page.close()
        told("first paint of the queue", paints)
        page = signed_in(context, seeded)
        files = page.evaluate(FILES)
        sent, whole = (sum(each[at] for each in files) for at in (1, 2))
        print(
            f"{len(files)} files of the page: {sent:,} bytes sent, {whole:,} unpacked", flush=True
        )
        page.wait_for_selector(".payout")
        time.sleep(1)
        moves = []
        for _ in range(MOVES):
            moves.append(press(page, "j", preview=False))
            page.wait_for_selector(".payout")
            time.sleep(0.4)
        told("next inquiry, after j", moves)
        page.on("dialog", lambda dialog: dialog.accept())
        spent, began = [], time.monotonic()
        for at in range(decisions):
            if at % 3 == 2:
                page.keyboard.press("d")
            spent.append(press(page, "6" if at % 3 == 2 else "a"))
            time.sleep(THOUGHT)
        took = time.monotonic() - began
        told(f"{decisions} decisions by keyboard, each", spent)
        page.wait_for_function("() => !document.querySelector('.undo .note')", timeout=300_000)
        print(
            f"decided in {took:.0f} s, all written {time.monotonic() - began:.0f} s after the first"
        )
        print(f"refused: {page.locator('.row.refused').count()}")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("--inquiries", type=int, default=OPEN)
    parser.add_argument("--decisions", type=int, default=DECISIONS)
    arguments = parser.parse_args()
    seeded = conftest.kept(arguments.state)
    rate = {"per_hour": 100_000, "burst": 10_000}
    seeded.stack.operate("set_rate", role="ADVERTISER", account_id=SHOP, **rate)
    if arguments.inquiries:
        fill(seeded, arguments.inquiries)
    play(seeded, arguments.decisions)


if __name__ == "__main__":
    main()
