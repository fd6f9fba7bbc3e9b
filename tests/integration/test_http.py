"""The API's conventions, whatever the resource: forms, paths, errors, rates."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from makegood.domain.parties import Role
from makegood.domain.rate_limit import BURST, Allowance
from makegood.store.store import Store

from tests.integration import gateway, market, stack
from tests.integration.gateway import (
    ADVERTISER,
    FORM,
    JSON,
    OTHER_PARTNER,
    PARTNER,
    Client,
)
from tests.integration.market import CASHBACK

ENVELOPE = {"Status", "Message", "message", "Errors", "status", "error", "code", "request_id"}


def test_an_error_has_both_envelopes(live: Store) -> None:
    answer = PARTNER.post("/ActionInquiries", {**market.claimed("A-1"), "TransactionAmount": "x"})
    assert set(answer.body) == ENVELOPE
    (fault,) = answer.body["Errors"]
    assert (fault["Field"], fault["Code"]) == ("TransactionAmount", "not_a_number")
    assert fault["Message"]
    assert (answer.body["status"], answer.body["error"]) == (400, "Bad Request")
    assert answer.body["request_id"] == answer.headers["X-Request-Id"] == "request-1"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("CampaignId=1000&OrderId=%C3%84&Mood=", FORM),
        ("CampaignId=1000&OrderId=%C3%84&Mood=", "Application/X-WWW-Form-Urlencoded;charset=utf-8"),
        ('{"CampaignId": 1000, "OrderId": "\\u00c4", "Mood": ""}', JSON),
    ],
)
def test_a_body_is_a_form_or_json_and_read_alike(live: Store, body: str, content_type: str) -> None:
    event = PARTNER.event("POST", "/ActionInquiries", body, {"content-TYPE": content_type})
    assert PARTNER.send(event).faults == [("Mood", "unknown_field")]
    event.update(body=base64.b64encode(body.encode()).decode(), isBase64Encoded=True)
    assert PARTNER.send(event).faults == [("Mood", "unknown_field")]


@pytest.mark.parametrize(
    ("body", "content_type", "field", "code"),
    [
        ("{", JSON, "body", "malformed_body"),
        ("[]", JSON, "body", "malformed_body"),
        ("NaN", JSON, "body", "malformed_body"),
        ('{"OrderId": ["A"]}', JSON, "OrderId", "nested"),
        ("OrderId=%ff", FORM, "body", "malformed_body"),
        ("OrderId=A&OrderId=B", FORM, "OrderId", "duplicate_parameter"),
        ("_method=PATCH", FORM, "_method", "bad_method"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_so(
    live: Store, body: str, content_type: str, field: str, code: str
) -> None:
    event = PARTNER.event("POST", "/ActionInquiries", body, {"Content-Type": content_type})
    answer = PARTNER.send(event)
    assert (answer.status, answer.faults) == (400, [(field, code)])


def test_another_media_type_is_not_taken(live: Store) -> None:
    for kind in ("text/xml", "multipart/form-data"):
        event = PARTNER.event("POST", "/ActionInquiries", "a=b", {"Content-Type": kind})
        answer = PARTNER.send(event)
        assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")


def test_a_body_over_its_limit_is_too_large_and_one_at_it_is_not(live: Store) -> None:
    most = 262_144
    statuses = []
    for size in (most, most + 1, 3 * most):
        body = "OrderId=".ljust(size, "9")
        event = PARTNER.event("POST", "/ActionInquiries", body, {"Content-Type": FORM})
        statuses.append(PARTNER.send(event).status)
    assert statuses == [400, 413, 413]


@pytest.mark.parametrize("key", ["x" * 256, "a\tb", "\xe4"])
def test_a_key_that_is_no_key_is_refused(live: Store, key: str) -> None:
    answer = PARTNER.post("/ActionInquiries", market.claimed("A-1"), Idempotency_Key=key)
    assert answer.faults == [("Idempotency-Key", "bad_idempotency_key")]
    assert stack.everything("inquiries") == {}


def test_a_suffix_asks_for_the_same_resource(live: Store) -> None:
    action = market.track(live, "A-1")
    path = f"/Actions/{action.action_id}"
    assert PARTNER.get(f"{path}.json").body == PARTNER.get(path).body
    assert PARTNER.get("/Actions.json").body["Actions"] == PARTNER.get("/Actions").body["Actions"]


def test_a_post_may_stand_for_another_method(live: Store) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    asking = {"_method": "put", "Id": inquiry_id, "ResolutionStatus": "INCOMPLETE"}
    assert ADVERTISER.post("/ActionInquiries", asking).status == 200
    deleted = PARTNER.post(f"/ActionInquiries/{inquiry_id}", {"_method": "DELETE"})
    assert deleted.status == 200
    assert live.inquiries([inquiry_id])[inquiry_id].state == "WITHDRAWN"


@pytest.mark.parametrize(
    ("client", "method", "path"),
    [
        (PARTNER, "DELETE", "/ActionInquiries"),
        (PARTNER, "POST", "/Actions"),
        (ADVERTISER, "POST", "/ActionInquiries"),
        (ADVERTISER, "DELETE", "/ActionInquiries/1"),
        (ADVERTISER, "GET", "/Conversions"),
        (ADVERTISER, "PATCH", "/Actions"),
    ],
)
def test_a_known_resource_refuses_another_method(
    live: Store, client: Client, method: str, path: str
) -> None:
    answer = client.send(client.event(method, path))
    assert (answer.status, answer.body["code"]) == (405, "method_not_allowed")
    assert method not in answer.headers["Allow"].split(", ")
    assert set(answer.body) == ENVELOPE


@pytest.mark.parametrize("path", ["/Wares/1", "/Actions/1/Items/2/3", ""])
def test_a_resource_that_is_not_here_is_forbidden_so_that_discovery_goes_on(
    live: Store, path: str
) -> None:
    answer = PARTNER.get(path)
    assert (answer.status, answer.body["code"]) == (403, "resource_unknown")


def test_the_path_is_the_callers_own(live: Store) -> None:
    for path in (f"{OTHER_PARTNER.root}/Actions", "/Mediapartners/MG0/Actions"):
        answer = PARTNER.get(path)
        assert (answer.status, answer.body["code"]) == (403, "forbidden")
    role = Client(Role.PARTNER, CASHBACK).event("GET", "/Actions")
    role["requestContext"]["authorizer"]["role"] = "ADVERTISER"
    assert PARTNER.send(role).status == 403


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {"role": "x"}}])
def test_a_request_that_nobody_signed_is_unauthorized(live: Store, context: dict[str, Any]) -> None:
    answer = PARTNER.send({**PARTNER.event("GET", "/Actions"), "requestContext": context})
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")


RATE = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def test_every_answer_says_how_many_may_follow(live: Store) -> None:
    answers = [
        PARTNER.get("/Actions"),
        PARTNER.get("/Actions/1"),
        PARTNER.get("/Invoices"),
        PARTNER.post("/ActionInquiries", {}, Content_Type="text/xml"),
        PARTNER.send(PARTNER.event("POST", "/ActionInquiries", "{", {"Content-Type": JSON})),
    ]
    limits, left, resets = zip(
        *([each.headers[name] for name in RATE] for each in answers), strict=True
    )
    assert set(limits) == {"3600"}
    assert all(BURST - 5 <= int(each) < BURST for each in left)
    assert all(0 < int(each) <= 5 for each in resets)
    assert OTHER_PARTNER.get("/Actions").headers[RATE[1]] == str(BURST - 1)


def test_what_comes_after_a_burst_waits_for_its_account_alone(live: Store) -> None:
    slow = replace(PARTNER, allowance=Allowance(per_hour=60, burst=2))
    answers = [slow.get("/Actions") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    last = answers[-1]
    assert (last.body["code"], last.headers[RATE[1]]) == ("too_many_requests", "0")
    assert 55 <= int(last.headers["Retry-After"]) <= 60
    assert 115 <= int(last.headers[RATE[2]]) <= 120
    assert OTHER_PARTNER.get("/Actions").status == 200


def test_a_fault_of_ours_tells_nothing_but_the_request(live: Store) -> None:
    with stack.refused_commits("ValidationError", on=gateway.store_of("partners")):
        answer = PARTNER.post("/ActionInquiries", market.claimed("A-1"))
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert (answer.body["Errors"], "ValidationError" in answer.text) == ([], False)


def test_a_busy_store_asks_to_come_back(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.store.transactions.BACKOFF_SECONDS_MAX", 0)
    busy = ["TransactionConflict"] * 8
    with stack.refused_commits(*busy, on=gateway.store_of("partners")):
        answer = PARTNER.post("/ActionInquiries", market.claimed("A-1"))
    assert (answer.status, answer.body["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
