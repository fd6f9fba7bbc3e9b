"""People sign in at the pool's own page, and out again."""

from makegood.domain.account_people import PersonRole
from makegood.domain.parties import Role
from playwright.sync_api import BrowserContext, Page, Route, expect

from infra.local import people
from tests.browser.conftest import Console, OpenConsole, address
from tests.browser.seed import SHOP, Seeded

ADMIN = PersonRole.ADMIN
EMAIL, NAME = "rita@harbour.example", "Rita Vance"


def invited(seeded: Seeded, role: str) -> None:
    """Somebody with a password of their own, as an invitation leads to."""
    person = people.DemoPerson(NAME, EMAIL, Role.ADVERTISER, SHOP, PersonRole(role))
    people.invite(seeded.stack, [person])


def sign_in_at_the_pool(page: Page, email: str, password: str) -> None:
    """The pool's page; AWS's own has other labels."""
    page.get_by_label("Username").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Password").press("Enter")


def signed_in(
    context: BrowserContext, seeded: Seeded, person: people.DemoPerson, place: str
) -> Console:
    """The console of somebody who has signed in at the pool, at that place."""
    console = Console(context.new_page(), address(seeded))
    console.listen()
    console.page.goto(f"{console.url}{place}")
    console.page.get_by_role("button", name="Sign in").click()
    sign_in_at_the_pool(console.page, person.email, people.PASSWORD)
    return console


def test_a_person_signs_in_and_decides_by_name(anybody: BrowserContext, seeded: Seeded) -> None:
    invited(seeded, "REVIEWER")
    page = anybody.new_page()
    console = Console(page, address(seeded))
    console.listen()
    page.goto(f"{console.url}#/queue?InquiryType=UNTRACKED")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    console.check()
    page.get_by_role("button", name="Sign in").click()
    sign_in_at_the_pool(page, EMAIL, people.PASSWORD)
    expect(page.locator(".who")).to_contain_text(NAME)
    assert page.evaluate("() => location.hash") == "#/queue?InquiryType=UNTRACKED"
    assert "code=" not in page.url
    console.check()


def test_a_code_that_this_tab_did_not_ask_for_is_refused(anybody, seeded: Seeded) -> None:
    page = anybody.new_page()
    page.goto(f"{address(seeded)}?code=stolen&state=other")
    expect(page.locator(".gate")).to_contain_text("not begun in this tab")


def test_who_has_several_accounts_chooses_one(opened: OpenConsole, seeded: Seeded) -> None:
    console = opened(seeded.shop)
    page = console.page
    accounts = [
        {"AccountSid": seeded.shop.sid, "Audience": "ADVERTISER", "Name": "Shop", "Role": "ADMIN"},
        {"AccountSid": "other", "Audience": "PARTNER", "Name": "Penny Back", "Role": "VIEWER"},
    ]
    ambiguous = {"Status": "ERROR", "code": "account_ambiguous", "Accounts": accounts}
    asked: list[str] = []

    def several(route: Route) -> None:
        asked.append(route.request.post_data or "")
        if "AccountSid" in asked[-1]:
            route.fallback()
        else:
            route.fulfill(status=409, json=ambiguous)

    page.route("**/v1/Sessions", several)
    page.goto(f"{console.url}?code=code&state=state&again")
    expect(page.get_by_role("heading")).to_have_text("Which account?")
    console.check()
    page.get_by_role("button", name="Shop").click()
    page.wait_for_selector(".console")
    assert seeded.shop.sid in asked[-1]


def test_an_admin_makes_a_token_that_is_shown_once_and_revokes_it(anybody, seeded: Seeded) -> None:
    ada = people.DemoPerson("Ada Marsh", "ada@harbour.example", Role.ADVERTISER, SHOP, ADMIN)
    people.invite(seeded.stack, [ada])
    console = signed_in(anybody, seeded, ada, "#/tokens")
    page = console.page
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("What uses it").fill("Nightly import")
    page.get_by_label("Opens").fill("Wares")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("dialog")).to_contain_text("Any of ActionInquiries")
    console.check()
    page.get_by_label("Opens").fill("Files, Orders")
    page.get_by_role("button", name="Make it").click()
    token = page.locator(".note code").text_content()
    assert token
    page.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("row", name="Nightly import")
    expect(row).to_contain_text("Files, Orders")
    assert token not in page.content()
    console.shots("tokens")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("Revoked")
    console.check()


def test_an_admin_sees_who_signs_in_and_changes_a_role(anybody, seeded: Seeded) -> None:
    ada = people.DemoPerson("Ada Marsh", "ada@harbour.example", Role.ADVERTISER, SHOP, ADMIN)
    finn = people.DemoPerson("Finn Lee", "finn@harbour.example", Role.ADVERTISER, SHOP, ADMIN)
    people.invite(seeded.stack, [ada, finn])
    console = signed_in(anybody, seeded, ada, "#/people")
    page = console.page
    role = page.get_by_label("Role of Finn Lee")
    expect(role).to_have_value("ADMIN")
    role.select_option("VIEWER")
    console.settle()
    console.shots("people")
    page.goto(f"{console.url}#/tokens")
    page.goto(f"{console.url}#/people")
    expect(page.get_by_label("Role of Finn Lee")).to_have_value("VIEWER")
    row = page.get_by_role("row", name="Finn Lee")
    row.get_by_role("button", name="Keep out").click()
    expect(row).to_contain_text("Disabled")
    console.check()
