"""The console in a real browser, on a stack of its own that is ended afterwards.

The page is opened at an address like AWS's, where the pool and the buckets are other origins, and
under its own policy. Any error of the page's fails the test that met it.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from makegood.api.console_modules import LINKED, linked
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from infra.local import stack as local
from infra.local.stack import STATE, Stack
from tests.browser import pictures
from tests.browser.seed import NOW, Account, Seeded, seed
from tests.browser.settled import settle
from tests.e2e.conftest import free_port

CHROMIUM = shutil.which(os.environ.get("CHROMIUM") or "chromium") or "chromium"
SHOTS = STATE / "shots"
WIDE, NARROW = {"width": 1300, "height": 820}, {"width": 375, "height": 760}
FROM_DISK = os.environ.get("BROWSER_STATE")
"""The state of a stack that is up, like `.local`: it is used, and the console's files come from
this checkout, so that a change is seen at once.
"""
PICTURES = bool(os.environ.get("GUIDE_PICTURES"))
"""Whether the guides' pictures are taken anew."""
FILES = local.ROOT / "functions" / "docs" / "console"
PATIENCE = 60_000
expect.set_options(timeout=20_000)
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="session")
def seeded() -> Iterator[Seeded]:
    """A stack of its own, or one that is up."""
    if FROM_DISK:
        yield kept(Path(FROM_DISK))
        return
    state = STATE / "browser"
    state.mkdir(parents=True, exist_ok=True)
    with (state / "session.lock").open("w") as session:
        fcntl.flock(session, fcntl.LOCK_EX)
        local.down(print, state)
        try:
            yield seed(local.up(free_port(), print, state))
        finally:
            local.down(print, state)


def kept(state: Path) -> Seeded:
    stack = local.load(state)
    if stack is None:
        raise SystemExit(f"No stack is running in {state}")
    seeded = state / "seeded.json"
    if not seeded.exists():
        made = seed(stack)
        told = {"shop": made.shop, "partners": made.partners}
        seeded.write_text(json.dumps(told, default=lambda each: _fields(each)))
        return made
    return _read(seeded, stack)


def _read(kept: Path, stack: Stack) -> Seeded:
    read = json.loads(kept.read_text())
    partners = {name: Account(**each) for name, each in read["partners"].items()}
    return Seeded(stack, Account(**read["shop"]), partners)


def _fields(account: Account) -> dict[str, str]:
    return {name: getattr(account, name) for name in Account.__slots__}


@pytest.fixture(scope="session")
def settled(seeded: Seeded) -> Seeded:
    """The same stack, with another shop that has lived through a summer."""
    if not FROM_DISK:
        return settle(seeded.stack)
    kept = Path(FROM_DISK) / "settled.json"
    if not kept.exists():
        made = settle(seeded.stack)
        told = {"shop": made.shop, "partners": made.partners}
        kept.write_text(json.dumps(told, default=_fields))
    return _read(kept, seeded.stack)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM)
        yield found
        found.close()


CUT = """() => [...document.querySelectorAll(".scrolls:has(> .records)")].some(
    each => each.scrollWidth > each.clientWidth)"""
REFUSED = "Failed to load resource"
"""What Chromium says of each answer of 400 and above, which the console shows by itself."""


@dataclass(slots=True)
class Console:
    """A page of somebody who is signed in, and what the page complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keeps what the page complains about."""
        self.page.on("console", lambda told: self._heard(told.type, told.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(REFUSED):
            self.complaints.append(text)

    def open(self, place: str = "") -> None:
        """Goes to a place like `#/queue`, and waits until it has been drawn."""
        self.page.evaluate("place => { location.hash = place }", place)
        self.settle()

    def settle(self) -> None:
        """Waits until nothing is being read any more."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function("() => !document.querySelector('.loading')")

    def check(self) -> None:
        """Fails on what axe finds serious, on a page that scrolls sideways, and on complaints."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        serious = [
            f"{each['id']}: {each['nodes'][0]['failureSummary']} {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in SERIOUS
        ]
        assert serious == []
        sizes = "() => [document.documentElement.scrollWidth, innerWidth]"
        needed, there = self.page.evaluate(sizes)
        assert needed <= there, "the page scrolls sideways"
        assert not self.page.evaluate(CUT), "a table of records is cut off"
        assert self.complaints == []

    def shots(self, name: str) -> None:
        """Checks and takes the picture of the place, wide and narrow, light and dark."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for size, width in (("wide", WIDE), ("narrow", NARROW)):
            self.page.set_viewport_size(width)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.settle()
                self.check()
                taken = self.page.screenshot(path=SHOTS / f"{name}-{size}-{scheme}.png")
                if PICTURES and name in pictures.SHOWN and (size, scheme) == ("wide", "light"):
                    pictures.keep(self.page, name, taken)
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")


@pytest.fixture
def anybody(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which nobody is signed in."""
    context = new_context(browser)
    yield context
    context.close()


def new_context(browser: Browser, **more: Any) -> BrowserContext:
    """A browser of its own, which is to be closed."""
    context = browser.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce", **more)
    context.set_default_timeout(PATIENCE)
    if FROM_DISK:
        context.route(re.compile(r"/console/[0-9a-f]{16}/"), _from_disk)
    return context


OpenConsole = Callable[..., Console]


@pytest.fixture
def opened(browser: Browser, seeded: Seeded) -> Iterator[OpenConsole]:
    """Opens a console as an account, in a role; more than one may be open in a test."""
    contexts: list[BrowserContext] = []

    def sign_in(
        account: Account, role: str = "ADMIN", name: str = "Ada Marsh", **more: Any
    ) -> Console:
        context = new_context(browser, **more)
        contexts.append(context)
        answer_sign_in(context, session_of(account, role, name))
        page = context.new_page()
        page.clock.install(time=NOW)
        console = Console(page, address(seeded))
        console.listen()
        page.goto(f"{console.url}?code=code&state=state")
        page.wait_for_selector(".console")
        console.settle()
        return console

    yield sign_in
    for each in contexts:
        each.close()


def address(seeded: Seeded) -> str:
    """The console where a browser finds it as on AWS: not at the pool's origin or a bucket's."""
    host, path = re.findall(r"^http://127\.0\.0\.1(:\d+)/restapis/(\w+)/", seeded.stack.api_url)[0]
    return f"http://{path}.execute-api.localhost{host}/v1/console/"


def _from_disk(route: Route) -> None:
    path = FILES / route.request.url.rpartition("/")[2]
    if path.name == LINKED:
        modules = {each.stem: each.read_text() for each in FILES.glob("*.js")}
        script = linked(modules, frozenset({"preact"}))
        route.fulfill(body=script, content_type="text/javascript; charset=utf-8")
    elif path.exists():
        route.fulfill(path=path)
    else:
        route.continue_()


def session_of(account: Account, role: str, name: str) -> dict[str, str]:
    """The session of a person with that name; people of different names are different people."""
    return {
        "SessionId": "s1",
        "AccountSid": account.sid,
        "Audience": account.audience,
        "AccountId": account.account_id,
        "Token": account.token,
        "PersonId": name,
        "PersonName": name,
        "Role": role,
        "ExpirationDate": "",
    }


def answer_sign_in(context: BrowserContext, session: dict[str, str]) -> None:
    """Stands in for the pool: the page has gone there, and comes back with a code. Its ID token
    gives the session of a machine's token, so that every call after it is a real one.
    """
    kept = json.dumps(json.dumps({"verifier": "v", "state": "state", "hash": ""}))
    gone = f"sessionStorage.setItem('makegood.sign-in', {kept})"
    context.add_init_script(f"if (location.search.includes('code=code')) {gone}")
    context.route("**/oauth2/token", lambda route: _json(route, {"id_token": "id"}))
    context.route("**/v1/Sessions", lambda route: _json(route, session))


def _json(route: Route, body: dict[str, Any]) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    route.fulfill(
        status=200, content_type="application/json", body=json.dumps(body), headers=headers
    )
