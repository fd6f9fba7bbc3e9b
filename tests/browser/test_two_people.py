"""Above a campaign's threshold it takes two people, who sign in at the pool's own page."""

from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role
from playwright.sync_api import Browser, Page, Request, expect

from infra.local import people
from tests.browser.conftest import PATIENCE, WIDE, Console
from tests.browser.seed import CAMPAIGN, SHOP, Seeded
from tests.browser.test_queue import written
from tests.browser.test_sign_in import sign_in_at_the_pool, signed_in

REVIEWERS = tuple(
    people.DemoPerson(name, email, Role.ADVERTISER, SHOP, PersonRole.REVIEWER)
    for name, email in (("Rita Vance", "rita@harbour.example"), ("Theo Lund", "theo@two.example"))
)


def reviewing(browser: Browser, seeded: Seeded, person: people.DemoPerson, place: str) -> Console:
    """The console of somebody who has signed in, at that place."""
    context = browser.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    console = signed_in(context, seeded, person, place)
    page = console.page
    expect(page.locator(".who")).to_contain_text(person.name)
    expect(page.locator(".payout")).to_be_visible()
    return console


def accept(page: Page) -> None:
    """Accepts what is looked at, and waits until it is written."""
    with page.expect_response(lambda each: each.request.method == "PUT" and not dry(each.request)):
        page.keyboard.press("a")


def dry(request: Request) -> bool:
    """Whether it asks only for a preview."""
    return "DryRun" in (request.post_data or "")


def test_two_people_accept_what_is_above_the_threshold(browser: Browser, seeded: Seeded) -> None:
    people.invite(seeded.stack, REVIEWERS)
    shop = seeded.client(seeded.shop)
    listed = shop.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN)
    waiting = [each for each in listed if each["ResolutionStatus"] == "UNRESOLVED"]
    fresh = [each for each in waiting if not each["Awaits"]]
    matches = [each for each in fresh if each["Verification"]["Verdict"] == "MATCH"]
    claim = max(matches, key=lambda each: float(each["TransactionAmount"]))
    place = f"#/queue/{claim['Id']}?OrderId={claim['OrderId'].replace('#', '%23')}"
    seeded.stack.operate("set_options", campaign_id=CAMPAIGN, second_above="0")
    try:
        first, second = (reviewing(browser, seeded, each, place) for each in REVIEWERS)
        accept(first.page)
        (half,) = written(seeded, claim["OrderId"])
        assert (half["ResolutionStatus"], half["Awaits"]) == ("UNRESOLVED", "SECOND")

        second.page.reload()
        second.page.get_by_role("button", name="Sign in").click()
        sign_in_at_the_pool(second.page, REVIEWERS[1].email, people.PASSWORD)
        expect(second.page.locator(".note.warn")).to_contain_text("Rita Vance decided")
        second.shots("second-person")
        accept(second.page)
        (whole,) = written(seeded, claim["OrderId"])
        assert (whole["ResolutionStatus"], whole["DecidedBy"]) == ("VALID", "Theo Lund")
    finally:
        seeded.stack.operate("set_options", campaign_id=CAMPAIGN, second_above="none")
