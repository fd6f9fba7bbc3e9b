"""What commands ask the API for, and what they save of its answers."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from makegood_cli import main
from makegood_cli.client import Client
from makegood_cli.session import Session

from tests.unit.test_file_transfer import Answer, Script


def runs(monkeypatch: pytest.MonkeyPatch, http: Any, line: str, audience: Any) -> Any:
    """Runs a line of an account whose API answers by a script."""
    client = Client("http://api", audience, "S", "T", http)
    monkeypatch.setattr(Session, "client", lambda *_: client)
    return CliRunner().invoke(main.makegood, line.split())


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
    done = runs(monkeypatch, http, f"statements save 500-2026-07-USD {path}", "Advertisers")
    assert done.exit_code == 0, done.output
    assert path.read_bytes() == saved


def test_a_statement_is_not_saved_as_what_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = Script(api=[Answer({**STATEMENT, "WorkbookUri": ""})])
    for name, told in (("july.pdf", ".csv, .xlsx or .html"), ("july.xlsx", "save it as .csv")):
        path = tmp_path / name
        done = runs(monkeypatch, http, f"statements save 500-2026-07-USD {path}", "Advertisers")
        assert told in str(done.exception)
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
    done = runs(monkeypatch, http, line, audience)
    assert done.exit_code == 0, done.output
    (_, url), path = http.asked[0], asked.partition("?")[0]
    assert url.partition("?")[0] == f"http://api/{audience}/S/{path}"
    assert sorted(url.partition("?")[2].split("&")) == sorted(asked.partition("?")[2].split("&"))
