"""The operator's functions behind their URLs: who asks is known, and every command is recorded."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from makegood.operator import commands, records
from makegood.store.store import Store

from infra.local import function_url
from tests.integration import gateway, market, stack
from tests.integration.gateway import Context, function, operate
from tests.integration.market import CASHBACK, SHOP

DEPOSIT = {
    "command": "deposit",
    "advertiser_id": SHOP,
    "currency": "USD",
    "amount": "5.00",
    "reference": "bank-1",
}
CREDENTIAL = {"command": "create_credential", "role": "PARTNER", "account_id": CASHBACK}


def kept() -> list[dict[str, Any]]:
    """All records, in the order of their keys."""
    s3 = stack.client("s3")
    listed = s3.list_objects_v2(Bucket=stack.RECORDS).get("Contents", ())
    bodies = [s3.get_object(Bucket=stack.RECORDS, Key=each["Key"])["Body"] for each in listed]
    return [json.loads(each.read()) for each in bodies]


def fails(*_: Any) -> None:
    raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")


def test_a_command_leaves_who_asked_what_and_what_came_of_it(live: Store) -> None:
    made = operate(DEPOSIT)
    answered, asked = kept()
    common = {
        "caller": function_url.CALLER,
        "address": "127.0.0.1",
        "command": "deposit",
        "arguments": records.digest(DEPOSIT),
        "request_id": Context.aws_request_id,
    }
    assert common.items() <= asked.items()
    assert common.items() <= answered.items()
    assert answered["result"] == made
    assert "result" not in asked
    entry = live.entries([made["entry_id"]])[made["entry_id"]]
    assert entry.made_by == function_url.CALLER
    assert function_url.CALLER not in gateway.ADVERTISER.get("/Funds/Entries").text


def test_a_refusal_is_recorded_and_a_token_is_not(live: Store) -> None:
    operate({**DEPOSIT, "amount": "-1"})
    answered, _ = kept()
    assert answered["refused"] == {"code": "validation_failed", "status": 400}
    token = operate(CREDENTIAL)["token"]
    assert token not in json.dumps(kept())


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": {"http": {}}}])
def test_who_names_no_caller_runs_nothing(live: Store, event: dict[str, Any]) -> None:
    asked = {**event, "body": json.dumps(DEPOSIT)}
    answer = function("treasury").handler(asked, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "caller_unknown")
    direct = function("treasury").handler(DEPOSIT, Context())
    assert direct["statusCode"] == 403
    assert kept() == []
    assert market.cash(live) == ("0.00", "0.00")


@pytest.mark.parametrize("body", ["", "[]", "{", "3"])
def test_a_body_that_is_no_command_is_told(live: Store, body: str) -> None:
    asked = {**function_url.event({}), "body": body}
    answer = function("setup").handler(asked, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "validation_failed")


def test_a_command_that_cannot_be_recorded_does_not_run(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "asked", fails)
    answer = function("treasury").handler(function_url.event(DEPOSIT), Context())
    assert answer["statusCode"] == 500
    assert market.cash(live) == ("0.00", "0.00")


def test_what_was_done_and_not_recorded_is_told_when_it_is_sent_again(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(records, "answered", fails)
        answer = function("treasury").handler(function_url.event(DEPOSIT), Context())
        assert answer["statusCode"] == 500
    assert operate(DEPOSIT)["recorded"] is False
    assert market.cash(live) == ("5.00", "0.00")


@pytest.mark.parametrize("name", sorted(commands.FUNCTIONS))
def test_a_function_knows_its_own_commands_alone(live: Store, name: str) -> None:
    own = commands.FUNCTIONS[name]
    for foreign in commands.COMMANDS.keys() - own:
        answer = function(name).handler(function_url.event({"command": foreign}), Context())
        (fault,) = json.loads(answer["body"])["Errors"]
        assert fault["Code"] == "unknown_command"
