"""What the gateway answers by itself has the form, and the codes, of what the functions answer."""

import json
from http import HTTPStatus

import pytest
from makegood.api.http import OLDER, Rate
from makegood.domain import problems
from makegood.domain.parties import SPELLINGS, Role
from makegood.domain.rate_limit import BURST

from tests.infra.sources import functions, resources

API = resources("AWS::Serverless::Api")["Api"]
ANSWERS = API["GatewayResponses"]
OWN_CODES = {"bad_request", "resource_unknown"}
PHRASES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large"}
"""As the Python that Lambda runs has them; older ones differ."""


def known_codes() -> set[str]:
    found = {each.code for each in vars(problems).values() if hasattr(each, "status")}
    return found | OWN_CODES


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_has_both_envelopes(kind: str) -> None:
    answer = ANSWERS[kind]
    body = json.loads(answer["ResponseTemplates"]["application/json"])
    status = HTTPStatus(answer["StatusCode"])
    assert list(body) == [
        "Status",
        "Message",
        "message",
        "Errors",
        "status",
        "error",
        "code",
        "request_id",
    ]
    assert (body["Status"], body["Errors"]) == ("ERROR", [])
    assert (body["status"], body["error"]) == (status, PHRASES.get(status, status.phrase))
    assert body["message"] == body["Message"]
    assert body["code"] in known_codes()
    assert body["request_id"] == "$context.requestId"


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("UNAUTHORIZED", problems.Unauthorized),
        ("ACCESS_DENIED", problems.Forbidden),
        ("REQUEST_TOO_LARGE", problems.TooLarge),
        ("UNSUPPORTED_MEDIA_TYPE", problems.UnsupportedMedia),
        ("DEFAULT_5XX", problems.Internal),
    ],
)
def test_an_answer_says_what_the_function_would(kind: str, problem: type[problems.Problem]) -> None:
    body = json.loads(ANSWERS[kind]["ResponseTemplates"]["application/json"])
    assert (body["status"], body["code"]) == (problem.status, problem.code)
    assert body["Message"] == problem.message


def test_whoever_must_wait_is_told_how_long() -> None:
    for kind, answer in ANSWERS.items():
        if answer["StatusCode"] in (429, 503):
            assert "Retry-After" in answer["ResponseParameters"]["Headers"], kind
        if answer["StatusCode"] == 429:
            told = answer["ResponseParameters"]["Headers"]
            assert Rate(0, 0, 0).headers().keys() - told.keys() == {
                "X-RateLimit-Limit",
                "X-RateLimit-Limit-hour",
            }, kind


def test_the_stage_lets_several_accounts_ask_at_once() -> None:
    _, burst, closed = API["MethodSettings"][0]["ThrottlingBurstLimit"]["If"]
    assert burst >= 5 * BURST
    assert closed == 0


def test_every_other_error_is_covered_by_a_default() -> None:
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(ANSWERS)


def test_every_spelling_of_a_path_goes_to_its_side_and_a_browser_may_ask_first() -> None:
    def paths(folder: str, method: str) -> set[str]:
        events = functions()[folder].get("Events", {}).values()
        given = [each["Properties"] for each in events]
        return {each["Path"] for each in given if each["Method"] == method}

    prefixes = {"", OLDER}
    for folder, role in (("advertisers", Role.ADVERTISER), ("partners", Role.PARTNER)):
        names = [name for name, side in SPELLINGS.items() if side is role]
        wanted = {f"{prefix}/{name}/{{proxy+}}" for prefix in prefixes for name in names}
        assert paths(folder, "ANY") == wanted
    of_accounts = paths("advertisers", "ANY") | paths("partners", "ANY")
    assert paths("docs", "OPTIONS") == of_accounts | paths("sessions", "POST")
    assert paths("sessions", "POST") == paths("sessions", "DELETE") == {"/Sessions"}


def test_answers_of_the_gateway_name_the_origin_that_may_read_them() -> None:
    assert resources("AWS::Serverless::Api")["Api"]["BinaryMediaTypes"] == ["*/*"]
    for kind, answer in ANSWERS.items():
        headers = answer["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"]["If"][0] == "Pages", kind
        assert headers["Vary"]["If"] == ["Pages", "'Origin'", {"Ref": "AWS::NoValue"}], kind
