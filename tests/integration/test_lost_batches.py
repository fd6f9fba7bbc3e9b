"""Batches of changes that nothing helped: kept whole, and replayed by the operator's command."""

import json
from datetime import timedelta
from typing import Any

import pytest
from makegood.runtime.queue_batches import BatchFailed
from makegood.store.store import Store

from infra.ship import untold
from tests.infra.sources import LOST, resources
from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, Context, batch, function, operate
from tests.integration.streams import Stream
from tests.integration.test_drills import NO_CHANGE


def lose(records: list[dict[str, Any]], at: int = 0) -> str:
    """What Lambda leaves of a batch that no retry helped, as its documentation shows it."""
    key = f"aws/lambda/0c1d/shardId-1/2026/11/28/2026-11-28T19.20.0{at}-5f2a"
    kept = {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 20},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-28T19:20:00.000Z",
        "DDBStreamBatchInfo": {"shardId": "shardId-1", "batchSize": len(records)},
        "payload": json.dumps({"Records": records}),
    }
    stack.client("s3").put_object(Bucket=stack.LOST, Key=key, Body=json.dumps(kept))
    return key


def replays() -> list[dict[str, str]]:
    """The messages that wait in the queue of replays, taken."""
    queue = stack.ENVIRONMENT["REPLAYS_QUEUE_URL"]
    told = []
    while found := stack.client("sqs").receive_message(QueueUrl=queue).get("Messages"):
        for each in found:
            told.append(json.loads(each["Body"]))
            stack.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    return told


def kept_batches() -> int:
    return stack.client("s3").list_objects_v2(Bucket=stack.LOST)["KeyCount"]


def replayed(message: dict[str, str]) -> dict[str, Any]:
    return function("events").handler(batch(stack.REPLAYS_QUEUE, message), Context())


def test_a_batch_that_was_lost_is_kept_whole_and_replayed(live: Store) -> None:
    stream = Stream(lambda: stack.everything("inquiries"))
    market.file(live, "A-1")
    lose(stream.records())
    assert ADVERTISER.get("/Events").body["Events"] == []
    assert operate({"command": "replay_lost_batches", "dry_run": True})["batches"] == 1
    assert replays() == []
    for _ in range(2):
        assert operate({"command": "replay_lost_batches"}) == {"batches": 1, "finished": True}
    first, second = replays()
    assert replayed(first) == {"batchItemFailures": []}
    events = ADVERTISER.get("/Events").body["Events"]
    assert [each["EventType"] for each in events] == ["inquiry.filed"]
    assert kept_batches() == 0
    assert replayed(second) == {"batchItemFailures": []}
    assert ADVERTISER.get("/Events").body["Events"] == events


def test_changes_just_before_a_restore_become_events_by_a_replay(live: Store) -> None:
    market.file(live, "A-1", at=market.NOW - timedelta(minutes=20))
    market.file(live, "A-2")
    market.deposit(live, "5.00", "late")
    tables = {"inquiries": 1, "ledger": 1, "actions": 0}
    aws, bucket = (stack.client("dynamodb"), stack.client("s3")), stack.LOST
    for _ in range(2):
        kept = {
            name: untold.keep(
                *aws, bucket, getattr(stack.TABLES, name), market.NOW, timedelta(minutes=15)
            )
            for name in tables
        }
        assert kept == tables
    assert kept_batches() == 2
    operate({"command": "replay_lost_batches"})
    for message in replays():
        assert replayed(message) == {"batchItemFailures": []}
    told = ADVERTISER.get("/Events").body["Events"]
    assert sorted(each["EventType"] for each in told) == ["funds.deposited", "inquiry.filed"]
    assert kept_batches() == 0


def test_a_batch_that_fails_again_stays(live: Store) -> None:
    lose([NO_CHANGE])
    operate({"command": "replay_lost_batches"})
    (message,) = replays()
    with pytest.raises(BatchFailed):
        replayed(message)
    assert kept_batches() == 1
    dead = resources("AWS::SQS::Queue", LOST)["Replays"]["RedrivePolicy"]["deadLetterTargetArn"]
    assert dead == {"Ref": "EventsDeadArn"}
    (loss,) = resources("AWS::Events::Rule", LOST).values()
    assert [each["Arn"] for each in loss["Targets"]] == [{"Ref": "EventsDeadArn"}]


def test_every_batch_is_replayed_however_many_there_are(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(7):
        lose([], at)
    monkeypatch.setattr("makegood.jobs.lost_batches.SENT_TOGETHER", 3)
    assert operate({"command": "replay_lost_batches"})["batches"] == 7
    assert len({each["lost"] for each in replays()}) == 7
    hurried = operate({"command": "replay_lost_batches"}, Context(0))
    assert (hurried["batches"], hurried["finished"]) == (3, False)
