"""The command line as people type it: transcripts of each role, and what happens when it cannot."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from makegood.store.store import Store
from makegood_cli import problems, profiles
from makegood_cli.profiles import FILE, Profile

from infra.local.function_url import CALLER, SECOND_CALLER
from tests.infra.pages import GUIDES
from tests.infra.sources import ROOT
from tests.integration import market, stack
from tests.integration.gateway import function
from tests.integration.served import Server, served

TRANSCRIPT = GUIDES / "transcript.md"
MAKEGOOD = [sys.executable, "-c", "from makegood_cli.main import main; main()"]
PROMPT = "$ makegood "


class Shell:
    """A folder to work in, with profiles for what is served there."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "infra" / "cli"),
            "MAKEGOOD_CONFIG": str(folder / "config"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name, caller in {"local-operator": CALLER, "local-second": SECOND_CALLER}.items():
            self.save(
                Profile(
                    name,
                    "operator",
                    server.api,
                    endpoint=server.url,
                    environment="local",
                    caller=caller,
                    aws_access_key_id="local",
                    aws_secret_access_key="local",
                )
            )

    def save(self, profile: Profile) -> None:
        profiles.save(profile, self.folder / ".local" / FILE, keyring=False)

    def run(self, line: str, said: str = "") -> "subprocess.CompletedProcess[str]":
        """Runs a line that follows `makegood`; nobody sits at a terminal."""
        return subprocess.run(
            [*MAKEGOOD, *shlex.split(line)],
            cwd=self.folder,
            env=self.variables,
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def shown(self, line: str) -> str:
        """All that a person sees of a line, and its exit code where it is not 0."""
        done = self.run(line)
        code = f"[exit code {done.returncode}]\n" if done.returncode else ""
        text = done.stdout + done.stderr + code
        text = re.sub(r"(MG[0-9A-F]{20})\.[0-9a-f]+", r"\1.1f0c5b…", text)
        return text.replace(str(self.folder), "~/shop").replace(self.server.url, "http://localhost")

    def on_terminal(self, line: str, columns: int) -> str:
        """What a line prints on a terminal of so many columns."""
        ours, theirs = pty.openpty()
        size = {"COLUMNS": str(columns), "LINES": "40", "TERM": "xterm"}
        process = subprocess.Popen(
            [*MAKEGOOD, *shlex.split(line)],
            cwd=self.folder,
            env={**self.variables, **size},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        found = b""
        try:
            while part := os.read(ours, 65536):
                found += part
        except OSError:
            """Linux says so where the other end is closed."""
        os.close(ours)
        assert process.wait(60) == 0
        return found.decode()


@pytest.fixture
def shell(live: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """The functions on empty tables, in June 2026."""
    monkeypatch.setattr(function("authorizer"), "STORE", stack.another())
    with served(live) as server:
        yield Shell(tmp_path, server)


@pytest.fixture
def empty(shell: Shell) -> Shell:
    """The same, with nobody in it."""
    clock = stack.store()
    stack.reset()
    stack.add_buckets_and_queues()
    clock.set_clock(market.NOW)
    return shell


@pytest.fixture
def partner(shell: Shell) -> Shell:
    """The market, with a partner and an advertiser that may come in."""
    for role, account in (("PARTNER", market.CASHBACK), ("ADVERTISER", market.SHOP)):
        line = f"credential create --role {role} --account-id {account}"
        made = shell.run(f"{line} --profile local-operator --save local-{role.lower()}")
        assert made.returncode == 0, made.stderr
        assert "token" not in made.stdout
    return shell


FILED = (
    "file --campaign-id 1000 --order-id X1 --transaction-date 2026-06-01T12:00:00-07:00"
    " --transaction-amount 20.00 --inquiry-type UNTRACKED --profile local-partner"
)


def test_the_transcript_of_the_three_roles_is_what_they_see(empty: Shell) -> None:
    """From nothing to a paid claim. With `WRITE_TRANSCRIPT=1`, it is written anew."""
    text = TRANSCRIPT.read_text(encoding="utf-8")
    told = re.sub(
        r"```yaml\n(.*?)```",
        lambda found: (empty.folder / "terms.yaml").write_text(found[1]) and found[0],
        text,
        flags=re.DOTALL,
    )

    def again(block: re.Match[str]) -> str:
        lines = [each for each in block[1].splitlines() if each.startswith(PROMPT)]
        shown = "".join(f"{each}\n{empty.shown(each.removeprefix(PROMPT))}" for each in lines)
        return f"```console\n{shown}```"

    seen = re.sub(r"```console\n(.*?)```", again, told, flags=re.DOTALL)
    if os.environ.get("WRITE_TRANSCRIPT"):
        TRANSCRIPT.write_text(seen, encoding="utf-8")
    assert seen == text


def test_programs_read_json_and_people_without_a_terminal_see_no_colours(partner: Shell) -> None:
    filed = partner.run(f"{FILED} --json")
    assert json.loads(filed.stdout)["State"] == "UNRESOLVED"
    listed = partner.run("inquiries list --json --profile local-partner")
    assert [json.loads(line)["OrderId"] for line in listed.stdout.splitlines()] == ["X1"]
    plain = partner.run("inquiries list --profile local-partner").stdout
    assert "\x1b" not in plain
    assert plain.split()[:3] == ["Id", "ResolutionStatus", "OrderId"]


def test_a_terminal_of_60_columns_shows_whole_lines(partner: Shell) -> None:
    assert partner.run(FILED).returncode == 0
    seen = partner.on_terminal("inquiries list --profile local-partner", 60)
    assert "\x1b[33mUNRESOLVED\x1b[0m" in seen
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    assert {len(line) <= 60 for line in plain.splitlines()} == {True}
    assert re.search(r"OrderId +X1\r\n", plain)


def test_a_claim_that_was_withdrawn_is_filed_anew_by_the_same_line(partner: Shell) -> None:
    def filed() -> str:
        return json.loads(partner.run(f"{FILED} --json").stdout)["Uri"].rpartition("/")[2]

    def states() -> list[str]:
        listed = partner.run("inquiries list --json --profile local-partner")
        return [json.loads(each)["ResolutionStatus"] for each in listed.stdout.splitlines()]

    first = filed()
    assert filed() == first
    assert partner.run(f"inquiries withdraw {first} --profile local-partner").returncode == 0
    filed()
    assert "UNRESOLVED" in states()


def test_a_list_follows_its_pages(partner: Shell) -> None:
    for at in range(5):
        assert partner.run(FILED.replace("X1", f"Y{at}")).returncode == 0
    line = "inquiries list --json --field PageSize=2 --profile local-partner"
    listed = [json.loads(each)["OrderId"] for each in partner.run(line).stdout.splitlines()]
    assert sorted(listed) == [f"Y{at}" for at in range(5)]


def test_a_wrong_token_says_what_to_check(partner: Shell) -> None:
    partner.variables["MAKEGOOD_TOKEN"] = "wrong"
    done = partner.run("inquiries list --profile local-partner")
    assert done.returncode == problems.CREDENTIALS
    assert "Check the token" in done.stderr
    assert "wrong" not in done.stderr


@pytest.mark.parametrize("role", ["local-partner", "local-operator"])
def test_a_stack_that_is_down_is_named_with_what_starts_it(partner: Shell, role: str) -> None:
    place = partner.folder / ".local" / FILE
    place.write_text(place.read_text().replace(partner.server.url, "http://127.0.0.1:1"))
    operator = role == "local-operator"
    line = "funds --advertiser-id 500 --currency USD" if operator else "inquiries list"
    done = partner.run(f"{line} --profile {role}")
    assert done.returncode == problems.UNREACHABLE
    assert "Nobody answers at http://127.0.0.1:1" in done.stderr
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_network_is_told_in_two_lines(partner: Shell) -> None:
    partner.variables["MAKEGOOD_API"] = "https://no-such-host.invalid/v1"
    done = partner.run("inquiries list --profile local-partner")
    assert done.returncode == problems.UNREACHABLE
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("inquiries show 1 --profile local-partner", problems.NOT_FOUND, "404"),
        ("funds --profile local-partner", problems.CREDENTIALS, "This is for advertiser"),
        ("inquiries list --profile nobody", problems.CREDENTIALS, "makegood configure"),
        ("inquiries lst", problems.USAGE, "No such command"),
        (FILED.replace("20.00", "2O.00"), problems.REFUSED, "--transaction-amount"),
        (
            "deposit --advertiser-id 500 --currency USD --amount 1 --reference r"
            " --profile local-operator",
            problems.REFUSED,
            "--yes",
        ),
    ],
)
def test_what_does_not_get_through_says_why_and_has_its_code(
    partner: Shell, line: str, code: int, told: str
) -> None:
    done = partner.run(line)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_money_that_is_not_confirmed_does_not_move(partner: Shell) -> None:
    asked = "deposit --advertiser-id 500 --currency USD --amount 100 --reference r"
    assert partner.run(f"{asked} --profile local-operator").returncode == problems.REFUSED
    funds = "funds --advertiser-id 500 --currency USD --json --profile local-operator"
    before = json.loads(partner.run(funds).stdout)
    assert partner.run(f"{asked} --yes --profile local-operator").returncode == 0
    after = json.loads(partner.run(funds).stdout)
    assert (before["funds"], after["funds"]) == ("0.00", "100.00")


def test_a_file_goes_up_and_its_rows_are_summed_and_kept(partner: Shell) -> None:
    head = "Campaign Id,Order Id,Transaction Date,Sale Amount,Type\n"
    rows = "".join(
        f"1000,{order},2026-06-01T10:00:00Z,{amount},UNTRACKED\n"
        for order, amount in (("F1", "20.00"), ("F2", "none"))
    )
    (partner.folder / "claims.csv").write_text(head + rows)
    done = partner.run("upload claims.csv --kind inquiries --profile local-partner")
    assert done.returncode == problems.ROWS, done.stderr
    assert "1  applied" in done.stdout
    assert "1  rejected" in done.stdout
    assert "(line 3)" in done.stdout
    assert (partner.folder / "claims.csv.result.csv").exists()
    sheet = partner.run("uploads list --json --profile local-partner")
    assert json.loads(sheet.stdout)["Status"] == "DONE"


def test_terms_are_checked_before_they_are_sent_and_compared_with_what_is_signed(
    partner: Shell,
) -> None:
    pair = "--campaign-id 1000 --partner-id 10001 --terms terms.yaml --profile local-operator"
    path = partner.folder / "terms.yaml"
    path.write_text("valid_from: 2027-01-01T00:00:00Z\nlocking: DAY 15d\npayout: {4000: 5%}\n")
    wrong = partner.run(f"contract sign {pair}")
    assert wrong.returncode == problems.USAGE
    assert "payout: terms have" in wrong.stderr
    assert "payouts: required" in wrong.stderr
    path.write_text(
        "valid_from: 2027-01-01T00:00:00Z\nlocking: DAY 15d\npayment: DAY 4d\n"
        "payouts: {4000: 6%, 4001: 1.50 USD}\n"
    )
    changed = partner.run(f"contract diff {pair}")
    assert changed.returncode == problems.REFUSED
    assert changed.stdout.splitlines() == [
        "- payouts.4000  5%",
        "+ payouts.4000  6%",
        "- valid_from  2025-01-01T00:00:00+00:00",
        "+ valid_from  2027-01-01T00:00:00+00:00",
    ]
    assert partner.run(f"contract sign {pair} --yes").returncode == 0
    assert partner.run(f"contract diff {pair}").stdout == ""


def test_on_aws_a_command_is_a_signed_request_to_its_function_s_url(partner: Shell) -> None:
    urls = {
        f"{name}_url": f"{partner.server.url}/urls/{name}"
        for name in ("setup", "access", "treasury", "confirm")
    }
    partner.save(Profile("local-aws", "operator", partner.server.api, region="us-east-1", **urls))
    line = "withdraw --partner-id 10001 --currency USD --reference r --yes --profile local-aws"
    nobody = partner.run(line)
    assert (nobody.returncode, "AWS credentials" in nobody.stderr) == (problems.CREDENTIALS, True)
    partner.variables |= {"AWS_ACCESS_KEY_ID": "alice", "AWS_SECRET_ACCESS_KEY": "s"}
    empty = partner.run(line)
    assert (empty.returncode, "nothing to withdraw" in empty.stderr) == (problems.REFUSED, True)
    listed = json.loads(partner.run("proposal list --json --profile local-aws").stdout)
    assert listed == {"proposals": [], "more": False}


def test_configure_asks_for_no_token_on_the_line_and_takes_no_address_in_the_clear(
    partner: Shell,
) -> None:
    line = "configure --role partner --account-sid MG1 --token-stdin --no-keyring --api"
    clear = partner.run(f"{line} http://api.example.com", said="hidden")
    assert (clear.returncode, "https" in clear.stderr) == (problems.USAGE, True)
    done = partner.run(f"{line} https://api.example.com/", said="hidden\n")
    assert done.returncode == 0, done.stderr
    assert "hidden" not in done.stdout + done.stderr
    kept = partner.folder / "config" / FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "token = hidden" in kept.read_text()
    assert "hidden" not in partner.run("profiles --json").stdout


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_shells_complete_the_names_of_commands(partner: Shell, name: str) -> None:
    partner.variables |= {
        "_MAKEGOOD_COMPLETE": f"{name}_complete",
        "COMP_WORDS": "makegood credential r",
        "COMP_CWORD": "r" if name == "fish" else "2",
    }
    shown = partner.run("").stdout
    assert "rotate" in shown
    assert "revoke" in shown
    assert "create" not in shown


def test_a_token_whose_answer_was_lost_may_have_been_made(partner: Shell) -> None:
    place = partner.folder / ".local" / FILE
    place.write_text(place.read_text().replace(partner.server.url, "http://127.0.0.1:1"))
    line = "credential create --role PARTNER --account-id 10001 --profile local-operator"
    lost = partner.run(line)
    assert (lost.returncode, "credential list" in lost.stderr) == (problems.UNREACHABLE, True)
    assert "no harm" not in lost.stderr


def test_an_inquiry_is_watched_until_it_is_over(partner: Shell) -> None:
    filed = json.loads(partner.run(f"{FILED} --json").stdout)
    inquiry = filed["Uri"].rpartition("/")[2]
    assert partner.run(f"inquiries withdraw {inquiry} --profile local-partner").returncode == 0
    seen = partner.run(f"inquiries watch {inquiry} --json --profile local-partner")
    assert json.loads(seen.stdout)["ResolutionStatus"] == "WITHDRAWN"


def test_a_decision_is_shown_before_it_is_made_and_not_made_without_a_yes(partner: Shell) -> None:
    filed = json.loads(partner.run(f"{FILED} --json").stdout)
    inquiry = filed["Uri"].rpartition("/")[2]
    line = f"resolve {inquiry} --resolution-status VALID --action-tracker-id 4000"
    asked = partner.run(f"{line} --profile local-advertiser")
    assert asked.returncode == problems.REFUSED
    assert "5% of 20.00 USD = 1.00 USD" in asked.stdout
    there = partner.run(f"inquiries show {inquiry} --json --profile local-partner")
    assert json.loads(there.stdout)["ResolutionStatus"] == "UNRESOLVED"


def test_an_endpoint_of_webhooks_is_made_looked_at_and_deleted(partner: Shell) -> None:
    def run(line: str) -> "subprocess.CompletedProcess[str]":
        return partner.run(f"webhooks {line} --profile local-partner")

    def told(line: str) -> dict[str, str]:
        done = run(f"{line} --json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    made = told("create --url https://hooks.example.com/a --event-types action.paid")
    name = made["Id"]
    assert told(f"rotate {name}")["Secret"] != made["Secret"]
    assert told(f"change {name} --description Ours")["Description"] == "Ours"
    assert told(f"replay {name} --delivery-id PING-{name}")["Status"] == "OK"
    assert run(f"replay {name} --after 0").returncode
    assert run(f"replay {name}").returncode
    assert f"PING-{name}" in run(f"deliveries {name}").stdout
    assert name in run("list").stdout
    assert told(f"delete {name}")["Status"] == "OK"
    assert name not in run("list").stdout
