"""Batches of a stream that nothing helped: kept whole in a bucket, and worked on again when told.

Lambda writes each as one object, whose `payload` is the event that the function had failed on. What
became an event before the failure does not become one twice, so a batch may be replayed at any
time, and again. Its object goes once it has been worked on.

Source: "Retain discarded records for a DynamoDB event source in Lambda", AWS Lambda's developer
guide. There the payload is a text of JSON; an object is read as well.
"""

import json
from collections.abc import Callable
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue

FOLDER = "aws/lambda/"
"""What the key of every such object begins with."""

SENT_TOGETHER = 500


def replay_all(
    lost: Bucket, replays: Queue, has_time: Callable[[], bool], dry_run: bool
) -> tuple[int, bool]:
    """Has every batch that is kept worked on again; returns how many, and whether those are all."""
    batches, waiting = 0, []
    for key in lost.keys(FOLDER):
        batches += 1
        waiting.append({"lost": key})
        if len(waiting) == SENT_TOGETHER:
            _send(replays, waiting, dry_run)
            waiting = []
            if not has_time():
                return batches, False
    _send(replays, waiting, dry_run)
    return batches, True


def _send(replays: Queue, messages: list[dict[str, str]], dry_run: bool) -> None:
    if not dry_run:
        replays.send_all(messages)


def replay(lost: Bucket, key: str, work: Callable[[list[dict[str, Any]]], None]) -> int:
    """Works on one batch and deletes it; returns how many records it had, none if it is gone."""
    if not lost.holds(key):
        return 0
    records = records_of(lost.read(key))
    work(records)
    lost.delete(key)
    return len(records)


def records_of(kept: bytes) -> list[dict[str, Any]]:
    """The records of the stream in what Lambda kept of a batch."""
    payload = json.loads(kept)["payload"]
    event = json.loads(payload) if isinstance(payload, str) else payload
    records: list[dict[str, Any]] = event["Records"]
    return records
