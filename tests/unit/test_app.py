"""The edge of the functions: routes, refusals, limits, and one line of log a request."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from makegood.api.app import Api
from makegood.api.http import Reply, Request
from makegood.domain.parties import Role
from makegood.domain.problems import Unavailable
from makegood.domain.rate_limit import BURST
from makegood.runtime.telemetry import Clock

from tests.unit.memory_lists import NOW, Lists, an_event


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "makegood")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Makegood")


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
def api(lists: Lists, capsys: pytest.CaptureFixture[str]) -> Iterator[Api]:
    api = Api(Role.PARTNER, lists)

    @api.route("GET", "/Actions")
    def things(request: Request) -> Reply:
        return Reply({"Uri": request.uri()})

    @api.route("GET", "/Actions/<action_id>")
    def thing(request: Request, action_id: str) -> Reply:
        return Reply({"Id": action_id})

    @api.route("PUT", "/Actions/<action_id>")
    def change(request: Request, action_id: str) -> Reply:
        return Reply("Id\r\n", headers={"Content-Type": "text/csv", "Link": "<x>"})

    @api.route("POST", "/Actions")
    def break_down(request: Request) -> Reply:
        if request.fields.get("busy"):
            raise Unavailable
        raise KeyError("s3cret")

    yield api
    capsys.readouterr()


def ask(api: Api, uri: str, method: str = "GET", **more: Any) -> tuple[int, Any, dict[str, str]]:
    rendered = api.handle(an_event(Role.PARTNER, "10001", uri, method, **more), None)
    kind = rendered["headers"]["Content-Type"]
    body = rendered["body"] if "csv" in kind else json.loads(rendered["body"])
    return rendered["statusCode"], body, rendered["headers"]


FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def test_a_route_is_found_with_and_without_a_suffix(api: Api) -> None:
    assert ask(api, "/Actions/1000.4000.1")[1] == {"Id": "1000.4000.1"}
    assert ask(api, "/Actions/1000.4000.1.json")[1] == {"Id": "1000.4000.1"}
    assert ask(api, "/Actions.json?x=1")[1]["Uri"].endswith("/Actions.json?x=1")


def test_a_route_may_answer_in_text_with_headers_of_its_own(api: Api) -> None:
    status, body, headers = ask(api, "/Actions/1", "PUT")
    assert (status, body, headers["Link"]) == (200, "Id\r\n", "<x>")
    assert headers["Content-Type"] == "text/csv"


def test_a_method_named_in_a_post_is_routed_as_that_method(api: Api) -> None:
    assert ask(api, "/Actions/1", "POST", body="_method=PUT", **FORM)[0] == 200


@pytest.mark.parametrize(
    ("uri", "method", "status", "code"),
    [
        ("/Unknown", "GET", 403, "resource_unknown"),
        ("/Actions/1/Parts", "GET", 403, "resource_unknown"),
        ("/Actions/1", "DELETE", 405, "method_not_allowed"),
        ("/Actions", "PUT", 405, "method_not_allowed"),
        ("/Actions/" + "1" * 65, "GET", 404, "not_found"),
        ("/Actions/a%20b", "GET", 404, "not_found"),
        ("/Mediapartners/MG00000000000000000000/Actions", "GET", 403, "forbidden"),
        ("/Actions?OrderId=%E2%80%8B", "GET", 400, "validation_failed"),
    ],
)
def test_what_cannot_be_served_is_refused(
    api: Api, uri: str, method: str, status: int, code: str
) -> None:
    answered, body, headers = ask(api, uri, method)
    assert (answered, body["status"], body["code"]) == (status, status, code)
    assert body["request_id"] == headers["X-Request-Id"] == "r-1"
    assert int(headers["X-RateLimit-Remaining"]) == BURST - 1


def test_the_other_role_s_token_does_not_open_a_path(api: Api) -> None:
    event = an_event(Role.PARTNER, "10001", "/Actions")
    event["requestContext"]["authorizer"]["role"] = "ADVERTISER"
    assert api.handle(event, None)["statusCode"] == 403


def test_a_token_opens_what_its_scopes_say(api: Api) -> None:
    assert ask(api, "/Actions", read_only=True)[0] == 200
    assert ask(api, "/Actions", scopes=("Actions", "Files"))[0] == 200
    for method, lacking, missing in (
        ("PUT", {"read_only": True}, "Actions:write"),
        ("GET", {"scopes": ("ActionUpdates",)}, "Actions:read"),
    ):
        status, body, _ = ask(api, "/Actions/1", method, **lacking)
        assert (status, body["code"]) == (403, "scope")
        assert missing in body["Message"]


def test_a_refused_method_names_those_that_are_known(api: Api) -> None:
    assert ask(api, "/Actions/1", "DELETE")[2]["Allow"] == "GET, PUT"
    assert ask(api, "/Actions", "OPTIONS")[2]["Allow"] == "GET, POST"


def test_what_nobody_foresaw_is_our_fault_and_told_to_nobody(api: Api) -> None:
    status, body, headers = ask(api, "/Actions", "POST")
    assert (status, body["code"]) == (500, "internal_error")
    assert "s3cret" not in json.dumps([body, headers])


def test_what_is_busy_says_when_to_try_again(api: Api) -> None:
    status, _, headers = ask(api, "/Actions", "POST", body="busy=1", **FORM)
    assert (status, headers["Retry-After"]) == (503, "1")


def test_who_asks_too_often_is_told_how_long_to_wait(api: Api, lists: Lists) -> None:
    status, _, headers = ask(api, "/Actions")
    assert (status, headers["X-RateLimit-Limit"]) == (200, "3600")
    (sid,) = lists.full_at
    lists.full_at[sid] += (BURST + 10) * 1_000_000
    status, body, headers = ask(api, "/Actions")
    assert (status, body["code"]) == (429, "too_many_requests")
    assert (headers["X-RateLimit-Remaining"], headers["Retry-After"]) == ("0", "12")
    assert headers["X-RateLimit-Remaining-hour"] == "0"
    assert headers["RateLimit-Reset"] == headers["X-RateLimit-Reset"]
    assert body["message"] == body["Message"]
    assert headers["X-RateLimit-Reset"] == str(BURST + 11)


def test_a_request_without_a_caller_is_asked_to_sign_in(api: Api) -> None:
    event = an_event(Role.PARTNER, "10001", "/Actions")
    event["requestContext"]["authorizer"] = None
    answer = api.handle(event, None)
    assert answer["statusCode"] == 401
    assert answer["headers"]["WWW-Authenticate"].startswith("Basic ")


def line_of(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    (record,) = [each for each in caplog.records if each.message == "request"]
    return vars(record)


def test_the_line_of_a_request_holds_ids_and_nothing_that_was_sent(
    api: Api, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "CustomerId=jane-doe&OrderId=o-1"
    ask(
        api, "/Actions/1?CustomerId=jane-doe", "PUT", body=body, Authorization="Basic t0ken", **FORM
    )
    line = line_of(caplog)
    assert (line["status"], line["method"], line["request_id"]) == (200, "PUT", "r-1")
    assert line["account"].startswith("MG")
    written = str(line) + capsys.readouterr().out
    assert [each for each in ("jane-doe", "o-1", "t0ken") if each in written] == []


def test_a_request_that_cannot_be_read_is_logged_as_its_own_account_s(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    ask(api, "/Actions")
    caplog.clear()
    event = an_event(Role.PARTNER, "10002", "/Actions?a=%E2%80%8B")
    assert api.handle(event, None)["statusCode"] == 400
    assert line_of(caplog)["account"] == event["requestContext"]["authorizer"]["accountSid"]


def test_answers_are_counted_by_their_class(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    ask(api, "/Actions")
    ask(api, "/Unknown")
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [(each.get("2xx"), each.get("4xx")) for each in counted] == [
        ([1.0], None),
        (None, [1.0]),
    ]


class Standing:
    """A store whose clock stands still, or was never set."""

    def __init__(self, at: datetime | None) -> None:
        self.at = at

    def adjusted_clock(self) -> datetime | None:
        return self.at


def test_the_clock_is_the_operator_s_only_where_the_stack_allows_it() -> None:
    assert Clock(Standing(NOW), adjustable=True)() == NOW
    real = Clock(Standing(NOW), adjustable=False)()
    assert real != NOW
    assert real.tzinfo is UTC
    assert real.microsecond % 1000 == 0
    assert Clock(Standing(None), adjustable=True)() >= real
