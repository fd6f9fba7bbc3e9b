"""The command line against the whole stack, by the profiles that `make up` writes."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import profiles
from infra.local.stack import ROOT
from tests.e2e.play import Played

MAKEGOOD = [sys.executable, "-c", "from makegood_cli.main import main; main()"]


@pytest.fixture(scope="module")
def folder(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout, as it were: its profiles are of the stack that the story was played on."""
    made = tmp_path_factory.mktemp("checkout")
    state = made / ".local"
    story = played.story
    profiles.write_operators(story.stack, state)
    clients = {"advertiser": story.advertiser}
    clients |= {f"partner {name}": each for name, each in story.partners.items()}
    held = {who: (each.account_sid, each.token) for who, each in clients.items()}
    profiles.write_accounts(story.stack, held, state)
    assert profiles.has_accounts(state)
    return made


def run(folder: Path, line: str, code: int = 0) -> str:
    """What a line prints; it ends with this code."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "infra" / "cli")}
    done = subprocess.run(
        [*MAKEGOOD, *shlex.split(line)],
        cwd=folder,
        env={**variables, "MAKEGOOD_CONFIG": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_each_role_s_profile_shows_its_own(played: Played, folder: Path) -> None:
    line = "inquiries list --campaign-id 1000 --json --profile local-advertiser"
    claims = run(folder, line).splitlines()
    listed = played.story.advertiser.list("ActionInquiries", "ActionInquiries", CampaignId="1000")
    assert [json.loads(each) for each in claims] == list(listed)
    (earned,) = run(folder, "earnings --json --profile local-partner").splitlines()
    assert json.loads(earned)["Currency"] == "USD"
    assert json.loads(run(folder, "reconcile --json --profile local-operator"))["holds"]


def test_the_records_of_commands_are_found_by_caller_command_and_account(folder: Path) -> None:
    line = "audit --command create_credential --caller user/local --account 500 --json"
    shown = run(folder, f"{line} --profile local-operator").splitlines()
    found = [json.loads(each) for each in shown]
    assert {(each["command"], each["about"]) for each in found} == {("create_credential", "500")}
    assert found[0]["outcome"] == "done"
    assert (
        run(folder, f"{line} --since 2020-01-01 --until 2020-01-02 --profile local-operator") == ""
    )


def test_a_file_is_sent_and_a_sheet_is_saved(folder: Path) -> None:
    head = "Campaign Id,Order Id,Transaction Date,Sale Amount,Type\n"
    (folder / "claims.csv").write_text(f"{head}1000,CLI-1,2026-06-01T10:00:00Z,20.00,UNTRACKED\n")
    shown = run(folder, "upload claims.csv --kind inquiries --profile local-partner")
    assert "1  applied    order_amounts 20.00 USD" in shown
    run(folder, "sheet undecided.csv --campaign-id 1000 --profile local-advertiser")
    assert "CLI-1" in (folder / "undecided.csv").read_text(encoding="utf-8-sig")
