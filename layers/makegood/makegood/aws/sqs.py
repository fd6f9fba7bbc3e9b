"""Messages in SQS: work that is handed on, as JSON."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from makegood.aws import clients
from makegood.domain.problems import Unavailable

BATCH_MAX = 10
"""Messages that SQS takes at once."""

HELD_SECONDS = 60
"""For which a message that is at work is not seen by others, unless it is held on to again."""

HOLD_ATTEMPTS_MAX, HOLD_READ_SECONDS = 2, 2
"""Holding on is not waited for: the next time comes soon."""

PAUSE_SECONDS = 10
PAUSE_SECONDS_MAX = 900
READ_SECONDS = 10


class Queue:
    """One queue through one client; FIFO ones take a group and a deduplication id."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def client(self) -> Any:
        """Made where it is first needed."""
        return clients.client("sqs", READ_SECONDS)

    @cached_property
    def holder(self) -> Any:
        """A client for holding on, which happens while the other one may be at work."""
        return clients.client("sqs", HOLD_READ_SECONDS, HOLD_ATTEMPTS_MAX)

    @property
    def name(self) -> str:
        """As it stands at the end of the queue's URL, and of its ARN."""
        return self.url.rpartition("/")[2]

    def send(self, message: Mapping[str, Any], group: str = "", once: str = "") -> None:
        """Hands a message on; within a group in order, and the same `once` only once."""
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": once} if group else {}
        body = json.dumps(message, sort_keys=True)
        self.client.send_message(QueueUrl=self.url, MessageBody=body, **fifo)

    def send_all(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Hands all of them on, in any order; raises `Unavailable` when one was not taken."""
        waiting = iter(messages)
        while batch := list(islice(waiting, BATCH_MAX)):
            answer = self.client.send_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(at), "MessageBody": json.dumps(each, sort_keys=True)}
                    for at, each in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                raise Unavailable

    def hold(self, receipt: str) -> None:
        """A message that is at work stays unseen for `HELD_SECONDS` from now on."""
        self._unseen_for(self.holder, receipt, HELD_SECONDS)

    def give_back(self, receipt: str, receive_count: int) -> None:
        """A message that failed is seen again soon, and later each time, up to a quarter hour."""
        pause = min(PAUSE_SECONDS * 3 ** (receive_count - 1), PAUSE_SECONDS_MAX)
        self._unseen_for(self.client, receipt, pause)

    def _unseen_for(self, client: Any, receipt: str, seconds: int) -> None:
        client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
