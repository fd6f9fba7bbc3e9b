"""The command that sends files by hand, against an API that answers from a script."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local import client as local
from infra.local.client import Client, Refused
from infra.local.transfer import bar, told, undecided, upload


class Answer(io.BytesIO):
    def __init__(self, data: Any, status: int = 200, **headers: str) -> None:
        self.data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.status, self.headers = status, headers
        super().__init__(self.data)

    def release_conn(self) -> None:
        """There is no connection."""


class Script:
    """Answers each request by the next answer that its URL has."""

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, url: str, **_: Any) -> Answer:
        self.asked.append((method, url))
        waiting = next(each for name, each in self.answers.items() if name in url)
        return waiting.pop(0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(done: int, status: str = "RUNNING", **more: str) -> Answer:
    return Answer({"Status": status, "RowsDone": str(done), "RowsTotal": "4", **more})


SUMMARY = {
    "fault": "",
    "warnings": ["The column Ordr Id is not ours"],
    "results": {
        "APPLIED": {"rows": 3, "money": {"USD": "12.00"}},
        "UNCHANGED": {"rows": 1, "money": {}},
    },
    "set_aside": 0,
}


def test_a_file_is_sent_with_a_progress_bar_and_its_result_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "POLL_SECONDS", 0)
    over = seen(4, "DONE", ResultUri="http://result", SummaryUri="http://summary")
    form = {"Uri": "/1", "Upload": {"Url": "http://form", "Fields": {}}}
    http: Any = Script(
        Files=[Answer(form)],
        form=[Answer(b"", 204)],
        api=[seen(0), seen(2), over],
        summary=[Answer(SUMMARY)],
        result=[Answer(b"Row,Result\r\n2,APPLIED\r\n")],
    )
    path, out = tmp_path / "claims.csv", Terminal()
    path.write_bytes(b"Id\r\n1\r\n")
    client = Client("http://api", "Mediapartners", "S", "T", http)
    assert upload(client, "inquiries", path, out, DryRun="false")
    assert (tmp_path / "claims.result.csv").read_bytes() == b"Row,Result\r\n2,APPLIED\r\n"
    shown = out.getvalue()
    assert [part in shown for part in ("  0%", " 50%  2 of 4 rows", "100%  4 of 4")] == [True] * 3
    assert "3  applied    12.00 USD" in shown
    assert "1  unchanged" in shown
    assert "The column Ordr Id is not ours" in shown


def test_a_bar_is_as_long_whatever_is_done() -> None:
    bars = [bar(json.loads(seen(done).data)) for done in range(5)]
    assert {each.index("]") for each in bars} == {31}
    waiting = bar({"Status": "AWAITED", "RowsDone": "0", "RowsTotal": "0"})
    assert waiting.endswith("awaited")


def test_a_file_that_could_not_be_read_says_why() -> None:
    assert told({"fault": "file: The file is empty", "results": {}}) == "file: The file is empty"


def test_a_sheet_is_ordered_followed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "POLL_SECONDS", 0)
    sheet = "\ufeffId,Notes\r\n1,é\r\n".encode()
    http: Any = Script(
        Sheets=[Answer({"Status": "QUEUED", "QueuedUri": "/1"})] * 2 + [Answer({}, 404)],
        api=[seen(2), seen(4, "DONE", ResultUri="http://sheet"), seen(0, "FAILED", Fault="No")],
        sheet=[Answer(sheet)],
    )
    path, out = tmp_path / "undecided.csv", io.StringIO()
    client = Client("http://api", "Advertisers", "S", "T", http)
    assert undecided(client, "1000", path, out)
    assert path.read_bytes() == sheet
    assert "100%  4 of 4 rows" in out.getvalue()
    assert not undecided(client, "1000", path, out)
    assert out.getvalue().endswith("No\n")
    with pytest.raises(Refused):
        undecided(client, "1000", path, out)
