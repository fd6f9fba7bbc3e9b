"""What commands ask the API for, and what they save of its answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from makegood_cli import main, operate
from makegood_cli.client import Client
from makegood_cli.problems import Stop
from makegood_cli.session import Session

from tests.unit.test_file_transfer import FORM, NONE, RESULT, SUMMARY, Answer, Script, seen


def runs(monkeypatch: pytest.MonkeyPatch, http: Any, line: str, audience: Any) -> None:
    """Runs a line of an account whose API answers by a script."""
    client = Client("http://api", audience, "S", "T", http)
    monkeypatch.setattr(Session, "client", lambda *_: client)
    main.makegood.main(line.split(), standalone_mode=False)


STATEMENT = {"CsvUri": "http://table", "WorkbookUri": "http://book"}


@pytest.mark.parametrize(
    ("name", "saved"), [("july.csv", b"Id,Reason"), ("july.XLSX", b"PK"), ("july.html", b"<html>")]
)
def test_a_statement_is_saved_in_the_form_that_the_name_ends_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, saved: bytes
) -> None:
    http = Script(
        Page=[Answer(b"<html>")],
        api=[Answer(STATEMENT)],
        table=[Answer(b"Id,Reason")],
        book=[Answer(b"PK")],
    )
    path = tmp_path / name
    runs(monkeypatch, http, f"statements save 500-2026-07-USD {path}", "Advertisers")
    assert path.read_bytes() == saved


def test_a_statement_is_not_saved_as_what_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = Script(api=[Answer({**STATEMENT, "WorkbookUri": ""})])
    for name, told in (("july.pdf", ".csv, .xlsx or .html"), ("july.xlsx", "save it as .csv")):
        path = tmp_path / name
        with pytest.raises(Stop, match=told):
            runs(monkeypatch, http, f"statements save 500-2026-07-USD {path}", "Advertisers")
        assert not path.exists()


@pytest.mark.parametrize(
    ("line", "audience", "asked"),
    [
        ("contracts --campaign-id 1000", "Mediapartners", "Contracts?CampaignId=1000"),
        (
            "contracts --campaign-id 1000 --status EXPIRED --partner-id 7",
            "Advertisers",
            "Campaigns/1000/Contracts?Status=EXPIRED&PartnerId=7",
        ),
        ("campaigns --name Shoes", "Advertisers", "Campaigns?Name=Shoes"),
        ("funds --entries --reason LOCK", "Advertisers", "Funds/Entries?Reason=LOCK"),
        ("earnings --entries --currency EUR", "Mediapartners", "Earnings/Entries?Currency=EUR"),
    ],
)
def test_filters_go_to_the_api_by_its_own_names(
    monkeypatch: pytest.MonkeyPatch, line: str, audience: str, asked: str
) -> None:
    nothing = {"Contracts": [], "Campaigns": [], "Entries": [], "@nextpageuri": ""}
    http = Script(api=[Answer(nothing)])
    runs(monkeypatch, http, line, audience)
    (_, url), path = http.asked[0], asked.partition("?")[0]
    assert url.partition("?")[0] == f"http://api/{audience}/S/{path}"
    assert sorted(url.partition("?")[2].split("&")) == sorted(asked.partition("?")[2].split("&"))


OVER = seen(4, "DONE", ResultUri="http://result", SummaryUri="http://summary")
TERMS = """valid_from: 2026-01-01T00:00:00Z
locking: DAY 15d
payment: DAY 4d
payouts: {4000: 6%}
"""


class Signed:
    """An operator who finds a contract that is signed."""

    def run(self, name: str, arguments: Any) -> Any:
        signed = {"valid_from": "2026-01-01T00:00:00+00:00", "locking": "DAY 15d"}
        return {"versions": [{**signed, "payment": "DAY 4d", "payouts": {"4000": "5%"}}]}


POLICY = """Rules: [{"Name": "all", "Then": "REVIEW"}]
Note: Ours
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("upload claims.csv --kind inquiries", {"Saved": "claims.csv.result.csv"}),
        ("sheet new.csv --campaign-id 1000", {"Saved": "new.csv"}),
        ("statements save 500-2026-07-USD july.csv", {"Saved": "july.csv"}),
        (
            "contract diff --campaign-id 1000 --partner-id 7 --terms terms.yaml",
            {"name": "payouts.4000", "there": "5%", "given": "6%"},
        ),
        ("policy diff --campaign-id 1000 policy.yaml", {"name": "Note", "given": "Ours"}),
    ],
)
def test_with_json_a_command_prints_one_object_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    told: dict[str, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(operate, "operator_of", lambda _: Signed())
    Path("claims.csv").write_text("Id\n1\n")
    Path("terms.yaml").write_text(TERMS)
    Path("policy.yaml").write_text(POLICY)
    rules = json.loads(POLICY.partition("\n")[0].removeprefix("Rules: "))
    policies = {"Policies": [{"State": "ACTIVE", "Rules": rules}], "@nextpageuri": ""}
    http = Script(
        Policies=[Answer(policies)],
        Files=[Answer(FORM) if line.startswith("upload") else NONE],
        Sheets=[Answer({"Status": "QUEUED", "QueuedUri": "/1"})],
        Invoices=[Answer({"CsvUri": "http://result"})],
        api=[seen(1), OVER, OVER],
        summary=[Answer(SUMMARY)],
        result=[Answer(RESULT)],
    )
    runs(monkeypatch, http, f"{line} --json", "Advertisers")
    printed = json.loads(capsys.readouterr().out)
    assert {name: printed.get(name) for name in told} == told
