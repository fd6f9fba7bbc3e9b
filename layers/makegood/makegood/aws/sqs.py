"""Messages in SQS: work for another call of a function, as JSON."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from makegood.aws import clients
from makegood.domain.problems import Unavailable

BATCH_MAX = 10
"""Messages that SQS takes in one call."""

VISIBILITY_SECONDS = 60
"""How long a message stays hidden from other workers, unless its worker extends that."""

EXTEND_ATTEMPTS_MAX, EXTEND_READ_SECONDS = 2, 2
"""Extending does not try long: the next extension follows soon."""

PAUSE_SECONDS = 10
PAUSE_SECONDS_MAX = 900
READ_SECONDS = 10


class Queue:
    """One queue through one client; a FIFO queue takes a group and a deduplication id."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def client(self) -> Any:
        """Made at first use."""
        return clients.client("sqs", READ_SECONDS)

    @cached_property
    def extender(self) -> Any:
        """The client of another thread, which extends while the first client may be busy."""
        return clients.client("sqs", EXTEND_READ_SECONDS, EXTEND_ATTEMPTS_MAX)

    @property
    def name(self) -> str:
        """The queue's name: the end of its URL and of its ARN."""
        return self.url.rpartition("/")[2]

    def send(self, message: Mapping[str, Any], group: str = "", once: str = "") -> None:
        """Sends a message. A group keeps its order; SQS drops a second message with this `once`."""
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": once} if group else {}
        body = json.dumps(message, sort_keys=True)
        self.client.send_message(QueueUrl=self.url, MessageBody=body, **fifo)

    def send_later(self, message: Mapping[str, Any], seconds: int) -> None:
        """Sends a message to a standard queue that nobody sees for so many seconds, 900 at most."""
        body = json.dumps(message, sort_keys=True)
        self.client.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=seconds)

    def send_fairly(self, message: Mapping[str, Any], group: str) -> None:
        """Sends a message to a standard queue: a group with many of them delays no other group."""
        body = json.dumps(message, sort_keys=True)
        self.client.send_message(QueueUrl=self.url, MessageBody=body, MessageGroupId=group)

    def send_all(self, messages: Iterable[Mapping[str, Any]], group: str = "") -> None:
        """Sends all of them to a standard queue, in any order; raises `Unavailable` if SQS refused
        one. A `group` with many of them delays no other group.
        """
        fair = {"MessageGroupId": group} if group else {}
        waiting = iter(messages)
        while batch := list(islice(waiting, BATCH_MAX)):
            answer = self.client.send_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(at), "MessageBody": json.dumps(each, sort_keys=True), **fair}
                    for at, each in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                raise Unavailable

    def extend_visibility(self, receipt: str) -> None:
        """Hides a message from other workers for `VISIBILITY_SECONDS` from now on."""
        self._set_visibility(self.extender, receipt, VISIBILITY_SECONDS)

    def retry_later(self, receipt: str, receive_count: int) -> None:
        """Returns a failed message to the queue, to wait: longer each time, up to 15 minutes."""
        pause = min(PAUSE_SECONDS * 3 ** (receive_count - 1), PAUSE_SECONDS_MAX)
        self._set_visibility(self.client, receipt, pause)

    def _set_visibility(self, client: Any, receipt: str, seconds: int) -> None:
        client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
