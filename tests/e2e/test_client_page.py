"""The client page of the README: exactly its lines, against the stack."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import Stack

README = Path(__file__).parents[2] / "README.md"
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


def lines_of(who: str) -> list[str]:
    """The calls in the block of code that follows the sentence about them."""
    page = README.read_text(encoding="utf-8").partition("## The client page")[2]
    block = page.partition(f"\n{who} ")[2].partition("```\n")[2].partition("```")[0]
    return block.splitlines()


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
    sides = {"A partner": ("PARTNER", "90101"), "An advertiser": ("ADVERTISER", "901")}
    made = {
        who: operate("create_credential", role=role, account_id=account_id)
        for who, (role, account_id) in sides.items()
    }
    return {
        who: {"API": stack.api_url, "SID": each["account_sid"], "TOKEN": each["token"]}
        for who, each in made.items()
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is about curl")
def test_the_client_page_does_what_it_says(
    accounts: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    partner, advertiser = lines_of("A partner"), lines_of("An advertiser")
    assert (len(partner), len(advertiser)) == (5, 5)
    named = {"CAMPAIGN": "9010"}

    def run(who: str, line: str) -> Any:
        environment = {"PATH": os.environ["PATH"], **accounts[who], **named}
        return answer_of(line, environment, tmp_path)

    filed = run("A partner", partner[0])
    named["INQUIRY"] = filed["Uri"].rpartition("/")[2]
    assert run("A partner", partner[1])["ResolutionStatus"] == "UNRESOLVED"
    assert run("A partner", partner[2])["@total"] == "1"
    run("An advertiser", advertiser[0])
    assert named["INQUIRY"] in (tmp_path / "undecided.csv").read_text(encoding="utf-8-sig")
    assert run("An advertiser", advertiser[1])["Status"] == "OK"
    assert run("A partner", partner[3])["Status"] == "OK"
    assert run("An advertiser", advertiser[2])["Preview"]["Payout"] == "2.00"
    assert run("An advertiser", advertiser[3])["Uri"] == f"{root(accounts)}/{named['INQUIRY']}"
    assert run("An advertiser", advertiser[4])["Status"] == "OK"
    (action,) = run("A partner", partner[4])["Actions"]
    assert (action["Oid"], action["Amount"], action["Payout"]) == ("X1", "12.50", "1.25")


def root(accounts: Mapping[str, Mapping[str, str]]) -> str:
    return f"/Advertisers/{accounts['An advertiser']['SID']}/ActionInquiries"


def answer_of(line: str, environment: Mapping[str, str], folder: Path) -> Any:
    """What the line prints, as JSON; nothing when it keeps the answer in a file."""
    done = subprocess.run(
        ["sh", "-c", line],
        env=dict(environment),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout) if done.stdout else {}
