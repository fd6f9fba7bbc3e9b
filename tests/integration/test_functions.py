"""The functions behind the gateway, the clock, the inbox and the operator."""

import io
import json
import logging
from datetime import date
from time import time
from typing import Any

import pytest
from makegood.aws.sqs import Queue
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind, Place
from makegood.domain.verification_walks import Walk
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.indexes import SHARDS
from makegood.store.store import Store

from tests.infra.sources import resources
from tests.integration import market, shop_orders, stack
from tests.integration.gateway import (
    ARN,
    PARTNER,
    Context,
    as_event,
    basic,
    batch,
    function,
    operate,
)
from tests.integration.ingest import Ingest, received, table
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    RECENT,
    RECENT_CLEARS_AT,
    SHARD,
    SHOP,
)


class TestSweep:
    def handed_on(self) -> list[dict[str, Any]]:
        sqs, url = stack.client("sqs"), stack.ENVIRONMENT["SWEEP_QUEUE_URL"]
        found = []
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
        ).get("Messages"):
            for each in messages:
                assert each["Attributes"]["MessageGroupId"] == str(
                    json.loads(each["Body"])["shard"]
                )
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            found += [json.loads(each["Body"]) for each in messages]
        return found

    def run(self, event: dict[str, Any], milliseconds: int = 60_000) -> dict[str, Any]:
        return function("sweep").handler(event, Context(milliseconds))

    def test_the_schedule_hands_on_every_shard_once(self, live: Store) -> None:
        for _ in range(2):
            assert self.run({"source": "aws.scheduler"}) == {}
        messages = self.handed_on()
        assert sorted(each["shard"] for each in messages) == list(range(SHARDS))
        assert {each["round"] for each in messages} == {1}

    def test_what_is_handed_on_settles_what_is_due(self, live: Store) -> None:
        market.deposit(live, "20.00")
        market.accept(live, "A-1")
        live.set_clock(RECENT_CLEARS_AT)
        self.run({})
        answer = self.run(batch("test-sweeps.fifo", *self.handed_on(), group="1"))
        assert answer == {"batchItemFailures": []}
        assert market.cash(live) == ("15.00", "0.00")
        assert self.handed_on() == []

    def test_without_time_the_same_shard_is_handed_on_for_another_round(self, live: Store) -> None:
        market.accept(live, "A-1")
        live.set_clock(RECENT_CLEARS_AT)
        message = {"shard": SHARD, "round": 1, "started": "now"}
        for _ in range(2):
            self.run(batch("test-sweeps.fifo", message, group="1"), milliseconds=10_000)
        assert self.handed_on() == [{**message, "round": 2}]

    def test_a_shard_that_fails_is_delivered_again_soon(
        self, live: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paused = []
        monkeypatch.setattr(
            Queue, "retry_later", lambda queue, receipt, count: paused.append(count)
        )
        market.accept(live, "A-1")
        live.set_clock(RECENT_CLEARS_AT)
        message = {"shard": SHARD, "round": 1, "started": "now"}
        refused = stack.refused_commits("ValidationError", on=function("sweep").STORE)
        with refused, pytest.raises(BatchFailed):
            self.run(batch("test-sweeps.fifo", message, group="1"))
        assert paused == [1]
        assert self.run(batch("test-sweeps.fifo", message, group="1"))["batchItemFailures"] == []
        assert market.cash(live) == ("-5.00", "5.00")


HEADER = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type")


class TestIngest:
    def arrive(self, rows: int) -> Place:
        """A file in the inbox, and the event that says so; the function works on it."""
        claims = [(CAMPAIGN, f"A-{at}", "100.00", RECENT, "UNTRACKED") for at in range(rows)]
        place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-1", "Größe (1), a+b.csv")
        put = stack.client("s3").put_object(
            Bucket=stack.INBOX, Key=place.key, Body=table(HEADER, *claims)
        )
        detail = {"object": {"key": place.key, "version-id": put["VersionId"], "size": 1}}
        event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
        answer = function("ingest").handler(batch("test-arrivals", event), Context())
        assert answer == {"batchItemFailures": []}
        return place

    def test_a_file_that_arrives_is_worked_on_without_being_announced(self, live: Store) -> None:
        self.arrive(2)
        function("ingest").handler(as_event("test-chunks", received()), Context())
        assert PARTNER.get("/Files/upload-1").body["RowsDone"] == "2"
        assert Ingest(live).results("upload-1") == [("APPLIED", "unresolved")] * 2

    def test_open_claims_are_verified_by_a_message_and_those_that_follow(self, live: Store) -> None:
        claim = market.file(live, "1001")
        shop_orders.give(live, shop_orders.an_order("#1001"))
        asked = Walk(market.SHOP, date(2026, 6, 1), date(2026, 6, 1)).message()
        function("ingest").handler(batch("test-chunks", asked), Context())
        answer = function("ingest").handler(as_event("test-chunks", received()), Context())
        assert answer == {"batchItemFailures": []}
        kept = live.inquiries([claim.inquiry_id])[claim.inquiry_id].verification
        assert kept is not None
        assert kept.verdict == "MATCH"
        answer = function("ingest").handler(batch("test-chunks-dead", asked), Context())
        assert answer == {"batchItemFailures": []}

    @pytest.fixture
    def _small_chunks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("makegood.files.ingestion.CHUNK_ROWS_MAX", 2)

    @pytest.mark.usefixtures("_small_chunks")
    def test_chunks_from_the_queue_are_worked_on_and_a_bad_one_is_given_back(
        self, live: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.arrive(3)
        stack.client("sqs").send_message(
            QueueUrl=stack.ENVIRONMENT["CHUNKS_QUEUE_URL"],
            MessageBody=json.dumps({"upload_id": "upload-1", "chunk": 9}),
        )
        waiting = sorted(received(), key=lambda each: each["Body"], reverse=True)
        event = as_event("test-chunks", waiting)
        (bad,) = [each for each in event["Records"] if "9" in each["body"]]
        answer = function("ingest").handler(event, Context())
        assert answer == {"batchItemFailures": [{"itemIdentifier": bad["messageId"]}]}
        assert Ingest(live).results("upload-1") == [("APPLIED", "unresolved")] * 3
        monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda: (time() + 11) * 1000)
        assert [each["MessageId"] for each in received()] == [bad["messageId"]]

    @pytest.mark.usefixtures("_small_chunks")
    def test_what_nothing_helped_is_set_aside_and_an_alarm_says_which_file(
        self, live: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log = io.StringIO()
        for handler in logging.getLogger("makegood").handlers:
            monkeypatch.setattr(handler, "stream", log)
        place = self.arrive(3)
        ingest = Ingest(live)
        first, second = ingest.chunks()
        function("ingest").handler(batch("test-chunks", first), Context())
        answer = function("ingest").handler(batch("test-chunks-dead", second), Context())
        assert answer == {"batchItemFailures": []}
        assert [result for result, _ in ingest.results("upload-1")] == ["APPLIED"] * 2 + [
            "REJECTED"
        ]
        printed = log.getvalue() + capsys.readouterr().out
        lines = [json.loads(each) for each in printed.splitlines()]
        (told,) = [each for each in lines if each.get("message") == "set aside"]
        folder = place.key.removesuffix(f"/{place.name}")
        assert (told["level"], told["file"], told["chunk"]) == ("ERROR", folder, 2)
        alarm = resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml")["ChunkSetAside"]
        (metric,) = [each for each in lines if alarm["MetricName"] in each]
        for dimension in alarm["Dimensions"]:
            assert metric[dimension["Name"]] == dimension["Value"]


class TestOperator:
    def run(self, **command: Any) -> dict[str, Any]:
        return operate(command)

    def test_a_command_is_run_at_the_stacks_instant(self, live: Store) -> None:
        deposit = {
            "command": "deposit",
            "advertiser_id": SHOP,
            "currency": "USD",
            "amount": "5.00",
            "reference": "bank-1",
        }
        assert self.run(**deposit)["recorded"] is True
        market.accept(live, "A-1")
        assert self.run(command="sweep")["paid"] == 0
        self.run(command="set_clock", at=RECENT_CLEARS_AT.isoformat())
        assert self.run(command="sweep")["paid"] == 1
        assert self.run(command="reconcile")["holds"] is True

    def test_a_fault_is_answered_like_the_api_does(self, live: Store) -> None:
        answer = self.run(command="create_advertiser", advertiser_id="502")
        assert (answer["Status"], answer["status"], answer["code"]) == (
            "ERROR",
            400,
            "validation_failed",
        )
        assert answer["Errors"] == [
            {"Field": "name", "Message": "Required, as text", "Code": "required"}
        ]
        assert answer["request_id"] == Context.aws_request_id

    def test_a_token_is_different_each_time_and_opens_the_account(self, live: Store) -> None:
        asked = {"command": "create_credential", "role": "PARTNER", "account_id": CASHBACK}
        first, second = self.run(**asked), self.run(**asked)
        assert first["token"] != second["token"]
        for made in (first, second):
            event = {
                "methodArn": ARN,
                "headers": {"Authorization": basic(PARTNER.sid, made["token"])},
            }
            assert function("authorizer").handler(event, Context())["principalId"] == PARTNER.sid


def test_the_clock_is_the_machines_own_where_it_is_not_adjustable(live: Store) -> None:
    clock = function("sweep").telemetry.Clock(live, adjustable=False)
    assert clock() > market.NOW
    assert function("sweep").telemetry.Clock(live, adjustable=True)() == market.NOW
