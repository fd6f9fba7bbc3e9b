"""The calls of the README and the guides: exactly their lines, against the stack."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import Stack

ROOT = Path(__file__).parents[2]
PARTNER, ADVERTISER = "partner", "advertiser"
PAGES = {
    "README.md": PARTNER,
    "infra/guides/partners.md": PARTNER,
    "infra/guides/advertisers.md": ADVERTISER,
}
EVENT_SECONDS = 60
NOW = "2026-06-05T12:00:00+00:00"
CAMPAIGN = {
    "campaign_id": "9010",
    "advertiser_id": "901",
    "name": "Shop 901 online",
    "time_zone": "America/New_York",
    "currency": "USD",
    "event_types": {"4000": "Sale"},
}
TERMS = {
    "valid_from": "2026-01-01T00:00:00Z",
    "locking": "DAY 15d",
    "payment": "DAY 4d",
    "payouts": {"4000": "10%"},
}


def lines_of(page: str) -> list[str]:
    """The calls of a page, in its order; a line that ends in a backslash goes on in the next, and
    so does one within single quotes.
    """
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^curl (?:[^'\n]|'[^']*')*$", text, re.MULTILINE)


@pytest.fixture
def accounts(stack: Stack) -> dict[str, dict[str, str]]:
    """What either side has in its environment."""
    operate = stack.operate
    operate("set_clock", at=NOW)
    operate("create_advertiser", advertiser_id="901", name="Shop 901")
    operate("create_partner", partner_id="90101", name="Back", kind="CASHBACK")
    operate("create_campaign", **CAMPAIGN)
    operate("set_options", campaign_id="9010", inquiries_enabled=True)
    operate("sign_contract", campaign_id="9010", partner_id="90101", terms=TERMS)
    sides = {PARTNER: ("PARTNER", "90101"), ADVERTISER: ("ADVERTISER", "901")}
    made = {
        who: operate("create_credential", role=role, account_id=account_id)
        for who, (role, account_id) in sides.items()
    }
    return {
        who: {"API": stack.api_url, "SID": each["account_sid"], "TOKEN": each["token"]}
        for who, each in made.items()
    }


class Shell:
    """A shell of each side: runs lines of the pages, and knows which have been run."""

    def __init__(self, accounts: Mapping[str, Mapping[str, str]], folder: Path) -> None:
        self.accounts, self.folder = accounts, folder
        self.named = {"CAMPAIGN": "9010"}
        self.left = {page: lines_of(page) for page in PAGES}

    def run(self, page: str, pattern: str) -> Any:
        """Runs the one line of the page that this is found in; its answer, where it is JSON."""
        (line,) = [each for each in lines_of(page) if re.search(pattern, each)]
        self.left[page] = [each for each in self.left[page] if each != line]
        found = {"PATH": os.environ["PATH"], **self.accounts[PAGES[page]], **self.named}
        done = subprocess.run(
            ["sh", "-c", line],
            env=found,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout) if done.stdout else {}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages are about curl")
def test_the_pages_do_what_they_say(accounts: dict[str, dict[str, str]], tmp_path: Path) -> None:
    shell = Shell(accounts, tmp_path)
    readme, partners, advertisers = PAGES

    def name(answer: Mapping[str, str]) -> None:
        shell.named["INQUIRY"] = answer["Uri"].rpartition("/")[2]

    name(shell.run(partners, "Idempotency-Key"))
    assert shell.run(partners, "-X DELETE")["State"] == "WITHDRAWN"
    filed = shell.run(readme, "OrderId=X1")
    assert set(filed) == set(told(readme))
    told_too = {key: text for key, text in told(readme).items() if key != "Uri"}
    assert {key: filed[key] for key in told_too} == told_too
    name(filed)
    read = shell.run(partners, r'TOKEN" "\S+/\$INQUIRY"$')
    assert read["ResolutionStatus"] == "UNRESOLVED"
    assert shell.run(partners, "ResolutionStatus=UNRESOLVED")["@total"] == "1"
    assert len(shell.run(partners, "OrderId2=")["Checks"]) == 2
    assert shell.run(advertisers, "Orders/1001")["Status"] == "OK"
    assert shell.run(advertisers, 'Verification$|Verification"$')["Verification"]["Verdict"]
    made = shell.run(advertisers, "Policies")
    assert made["Uri"].endswith("/Policies/2")
    assert shell.run(advertisers, "Sort=Deadline")["@total"] == "1"
    assert shell.run(advertisers, "ServiceLevels")["Answered"] == "0"
    shell.run(advertisers, "ActionInquiries.csv")
    assert shell.named["INQUIRY"] in (tmp_path / "undecided.csv").read_text("utf-8-sig")
    assert shell.run(advertisers, "DECLINED")["RejectReason"] == "Transaction cannot be traced"
    assert shell.run(partners, "/Appeal")["Preview"]
    appeal = shell.run(partners, "AppealOf")
    assert appeal["AppealOf"] == shell.named["INQUIRY"]
    name(appeal)
    assert shell.run(advertisers, "INCOMPLETE")["State"] == "INCOMPLETE"
    assert shell.run(partners, "size 8")["State"] == "UNRESOLVED"
    assert shell.run(advertisers, "DryRun")["Preview"]["Payout"] == "2.00"
    assert shell.run(advertisers, "VALID -d ActionTrackerId=4000$")["State"] == "VALID"
    assert shell.run(advertisers, "ITEM_RETURNED")["Status"] == "OK"
    (action,) = shell.run(partners, r"/Actions\?")["Actions"]
    assert (action["Oid"], action["Amount"], action["Payout"]) == ("X1", "12.50", "1.25")
    (tmp_path / "claims.csv").write_text("Order Id\n")
    assert shell.run(partners, "Kind=inquiries")["Upload"]["Url"]
    assert shell.run(advertisers, "Kind=undecided")["Status"] == "QUEUED"
    assert seen(lambda: shell.run(partners, "Events")["Events"])
    assert seen(lambda: shell.run(advertisers, "Events")["Events"])
    assert shell.left == {page: [] for page in PAGES}


def seen(ask: Callable[[], list[Any]]) -> list[Any]:
    """What is there within a minute: events follow their changes by seconds."""
    until = time.monotonic() + EVENT_SECONDS
    while not (found := ask()) and time.monotonic() < until:
        time.sleep(1)
    return found


def told(page: str) -> dict[str, Any]:
    """The answer that a page shows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return json.loads(text.partition("```json\n")[2].partition("```")[0])
