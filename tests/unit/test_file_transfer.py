"""The command that sends files by hand, against an API that answers from a script."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from makegood.domain.parties import Role
from makegood.domain.uploads import KINDS, Kind
from makegood_cli import client as clients
from makegood_cli import names, transfer
from makegood_cli.client import Client, Refused
from makegood_cli.problems import Stop
from makegood_cli.transfer import bar, place_for_result, rejected, sheet, told, upload


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_file_goes_to_the_side_that_may_send_it(kind: Kind) -> None:
    (role,) = [role for role, kinds in KINDS.items() if kind in kinds]
    asked = {Role.ADVERTISER: "advertiser", Role.PARTNER: "partner"}
    assert names.names()["kinds"][kind.value] == asked[role]


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
        self.keys: list[str] = []

    def request(self, method: str, url: str, **more: Any) -> Answer:
        self.asked.append((method, url))
        self.keys.append(more.get("headers", {}).get("Idempotency-Key", ""))
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
        "APPLIED": {
            "rows": 3,
            "money": {
                "order_amounts": {"EUR": "20.00", "USD": "100.00"},
                "payouts_granted": {"USD": "12.00"},
            },
        },
        "UNCHANGED": {"rows": 1, "money": {}},
    },
    "set_aside": 0,
}


RESULT = (
    "\ufeffId,Result,Row,Result,Code,Message,Uri\r\n"
    "1,REJECTED,2,APPLIED,valid,,/1\r\n"
    "2,,3,REJECTED,not_found,There is no such inquiry,\r\n"
    '"3\r\n",,4,REJECTED,required,"Id: \x1b[31mgive\nit",\r\n'
    "4,,6,REJECTED,required,Transaction Date: Required,,a cell,too many\r\n"
).encode()


def test_what_was_rejected_is_told_by_reason_the_most_frequent_first(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv.result.csv"
    path.write_bytes(RESULT)
    assert rejected(path).splitlines() == [
        "          2  required: Id:  [31mgive it (line 4)",
        "          1  not_found: There is no such inquiry (line 3)",
    ]


def test_of_many_reasons_the_first_are_told_and_how_many_there_are_more(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv.result.csv"
    rows = "".join(f"{at},REJECTED,code_{at},Told,\r\n" for at in range(transfer.REASONS_MAX + 3))
    path.write_text("Row,Result,Code,Message,Uri\r\n" + rows, encoding="utf-8-sig")
    *told_of, last = rejected(path).splitlines()
    assert (len(told_of), last.strip()) == (transfer.REASONS_MAX, "and 3 more reasons")


def test_no_result_is_written_over_another_file_s_or_over_what_is_not_ours(tmp_path: Path) -> None:
    places = [place_for_result(tmp_path / name) for name in ("claims.csv", "claims.xlsx", "claims")]
    assert len({*places}) == 3
    place = places[0]
    place.write_bytes(RESULT)
    assert place_for_result(tmp_path / "claims.csv") == place
    for theirs in (b"my,own\r\n1,2\r\n", b"", b"\xff\xfe\x00", RESULT.replace(b",Uri", b"")):
        place.write_bytes(theirs)
        second = place_for_result(tmp_path / "claims.csv")
        assert second.name == "claims.csv.result-2.csv"
        second.write_bytes(theirs)
        assert place_for_result(tmp_path / "claims.csv").name == "claims.csv.result-3.csv"
        second.unlink()


@pytest.mark.parametrize(
    ("check", "name", "told_of"),
    [
        (transfer.check_readable, "none.csv", "none.csv cannot be sent: No such file or directory"),
        (transfer.check_readable, "", "cannot be sent: Is a directory"),
        (transfer.check_new, "there.csv", "there.csv is there already, and may hold answers"),
        (transfer.check_new, "none/new.csv", "new.csv cannot be saved: there is no folder"),
    ],
)
def test_a_file_that_cannot_be_read_or_saved_is_told_in_a_line(
    tmp_path: Path, check: Any, name: str, told_of: str
) -> None:
    (tmp_path / "there.csv").write_text("Id\r\n1\r\n")
    with pytest.raises(Stop) as caught:
        check(tmp_path / name)
    assert told_of in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_is_sent_with_a_progress_bar_and_its_result_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "POLL_SECONDS", 0)
    over = seen(4, "DONE", ResultUri="http://result", SummaryUri="http://summary")
    form = {"Status": "OK", "Uri": "/1", "Upload": {"Url": "http://form", "Fields": {}}}
    http: Any = Script(
        Files=[Answer(form)],
        form=[Answer(b"", 204)],
        api=[seen(0, "AWAITED"), seen(0), seen(2), over],
        summary=[Answer(SUMMARY)],
        result=[Answer(RESULT)],
    )
    path, out = tmp_path / "claims.csv", Terminal()
    path.write_bytes(b"Id\r\n1\r\n")
    client = Client("http://api", "Mediapartners", "S", "T", http)
    assert upload(client, "inquiries", path, out, DryRun="false").is_clean
    assert (tmp_path / "claims.csv.result.csv").read_bytes() == RESULT
    shown = out.getvalue()
    assert [part in shown for part in ("  0%", " 50%  2 of 4 rows", "100%  4 of 4")] == [True] * 3
    sums = "order_amounts 20.00 EUR and 100.00 USD, payouts_granted 12.00 USD"
    assert f"3  applied    {sums}\n" in shown
    assert "1  unchanged" in shown
    assert "The column Ordr Id is not ours" in shown


FORM = {"Status": "OK", "Uri": "/1", "Upload": {"Url": "http://form", "Fields": {}}}


def test_a_file_whose_sending_was_cut_off_goes_on_and_is_not_sent_twice(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(b"Id\r\n1\r\n")
    http: Any = Script(Files=[Answer(FORM)], api=[seen(2)])
    client = Client("http://api", "Mediapartners", "S", "T", http)
    assert transfer.sent(client, "inquiries", path) == "/1"
    assert [url for method, url in http.asked if "form" in url] == []


def test_a_file_whose_upload_is_over_or_whose_form_has_expired_is_announced_anew(
    tmp_path: Path,
) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(b"Id\r\n1\r\n")
    forms = [Answer({**FORM, "Uri": f"/{at}"}) for at in (1, 2, 3)]
    http: Any = Script(
        Files=forms,
        form=[Answer(b"expired", 403), Answer(b"", 204)],
        api=[seen(4, "DONE"), seen(0, "AWAITED"), seen(0, "AWAITED")],
    )
    client = Client("http://api", "Mediapartners", "S", "T", http)
    assert transfer.sent(client, "inquiries", path) == "/3"
    keys = [key for key in http.keys if key]
    assert len({*keys}) == len(keys) == 3


def test_a_bar_is_as_long_whatever_is_done() -> None:
    bars = [bar(json.loads(seen(done).data)) for done in range(5)]
    assert {each.index("]") for each in bars} == {31}
    waiting = bar({"Status": "AWAITED", "RowsDone": "0", "RowsTotal": "0"})
    assert waiting.endswith("awaited")


def test_a_file_that_could_not_be_read_says_why() -> None:
    assert told({"fault": "file: The file is empty", "results": {}}) == "file: The file is empty"


NONE = Answer({"Files": [], "@nextpageuri": ""})


def test_a_sheet_that_is_being_made_is_followed_and_not_ordered_again() -> None:
    """Another sheet, or one that is over, is no reason not to order this one."""
    same = {"Kind": "undecided", "Name": "undecided-1000.csv", "Status": "RUNNING", "Uri": "/1"}
    others = [{**same, "Status": "DONE"}, {**same, "Name": "undecided-1000.xlsx"}]
    for there, uri in (([*others, same], "/1"), (others, "/2")):
        http: Any = Script(
            Files=[Answer({"Files": there, "@nextpageuri": ""})],
            Sheets=[Answer({"Status": "QUEUED", "QueuedUri": "/2"})],
        )
        client = Client("http://api", "Advertisers", "S", "T", http)
        assert transfer.ordered(client, "undecided", "1000", "csv") == uri


def test_a_sheet_is_ordered_followed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "POLL_SECONDS", 0)
    saved = "\ufeffId,Notes\r\n1,é\r\n".encode()
    http: Any = Script(
        Files=[NONE] * 3,
        Sheets=[Answer({"Status": "QUEUED", "QueuedUri": "/1"})] * 2 + [Answer({}, 404)],
        api=[seen(2), seen(4, "DONE", ResultUri="http://sheet"), seen(0, "FAILED", Fault="No")],
        sheet=[Answer(saved)],
    )
    path, out = tmp_path / "undecided.csv", io.StringIO()
    client = Client("http://api", "Advertisers", "S", "T", http)
    assert sheet(client, "undecided", "1000", path, out)["Saved"] == str(path)
    assert path.read_bytes() == saved
    assert "100%  4 of 4 rows" in out.getvalue()
    assert not sheet(client, "undecided", "1000", path, out)["Saved"]
    assert out.getvalue().endswith("No\n")
    with pytest.raises(Refused):
        sheet(client, "undecided", "1000", path, out)


def test_a_sheet_is_a_workbook_where_the_file_is_to_be_one_and_it_is_not_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "POLL_SECONDS", 0)
    long = seen(4, "DONE", ResultUri="http://sheet", WorkbookUri="", Warnings=["Too many rows"])
    http: Any = Script(
        Files=[NONE] * 2,
        Sheets=[Answer({"Status": "QUEUED", "QueuedUri": "/1"})] * 2,
        api=[seen(4, "DONE", ResultUri="http://no", WorkbookUri="http://book"), long],
        book=[Answer(b"PK")],
        sheet=[Answer(b"Id")],
    )
    path, out = tmp_path / "undecided.xlsx", io.StringIO()
    client = Client("http://api", "Advertisers", "S", "T", http)
    assert sheet(client, "undecided", "1000", path, out)["Saved"] == str(path)
    assert path.read_bytes() == b"PK"
    assert sheet(client, "undecided", "1000", path, out)["Saved"] == f"{path}.csv"
    assert (tmp_path / "undecided.xlsx.csv").read_bytes() == b"Id"
    assert "Too many rows" in out.getvalue()
