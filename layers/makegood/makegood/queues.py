"""Messages in SQS: work that is handed on, as JSON."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

CONNECT_SECONDS = 2
READ_SECONDS = 10


class Queue:
    """One queue through one client; FIFO ones take a group and a deduplication id."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client(
            "sqs",
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": 4, "mode": "standard"},
            ),
        )

    def send(self, message: Mapping[str, Any], group: str = "", once: str = "") -> None:
        """Hands a message on; within a group in order, and the same `once` only once."""
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": once} if group else {}
        self.client.send_message(
            QueueUrl=self.url, MessageBody=json.dumps(message, sort_keys=True), **fifo
        )
