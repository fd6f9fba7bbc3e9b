"""Messages that are handed on: all of them, in few calls."""

from typing import Any

import pytest
from makegood.aws.sqs import Queue
from makegood.domain.problems import Unavailable

from tests.integration import stack
from tests.integration.ingest import received


def test_many_are_handed_on_ten_at_a_time(live: object) -> None:
    queue, calls = Queue(stack.ENVIRONMENT["CHUNKS_QUEUE_URL"]), []
    event = "before-call.sqs.SendMessageBatch"
    queue.client.meta.events.register(event, lambda **_: calls.append(1))
    queue.send_all({"chunk": number} for number in range(25))
    assert len(calls) == 3
    bodies = {each["Body"] for each in received()}
    assert bodies == {f'{{"chunk": {number}}}' for number in range(25)}


def test_one_that_was_not_taken_is_not_passed_over(live: object) -> None:
    queue = Queue(stack.ENVIRONMENT["CHUNKS_QUEUE_URL"])

    def in_part(**_: Any) -> tuple[stack.Answered, dict[str, Any]]:
        return stack.Answered(200), {"Successful": [], "Failed": [{"Id": "0"}]}

    queue.client.meta.events.register("before-call.sqs.SendMessageBatch", in_part)
    with pytest.raises(Unavailable):
        queue.send_all([{"chunk": 1}])
