"""A message is held on to as long as its worker lives, and seen again within a minute after."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from makegood.aws import sqs
from makegood.runtime import queue_batches

from tests.integration.gateway import batch

TIMEOUT_SECONDS = 360
"""After which the queue shows a message again that nobody held on to."""


@dataclass
class Hidden:
    """A message in a queue of its own time; it is at work until that is `over`."""

    over_at: float
    fails: Callable[[float], bool] = lambda now: False
    now: float = 0.0
    visible_at: float = TIMEOUT_SECONDS
    seen_at: list[float] = field(default_factory=list)

    def hold(self) -> None:
        if self.fails(self.now):
            raise ConnectionError("no answer")
        self.visible_at = self.now + sqs.VISIBILITY_SECONDS

    def wait(self, seconds: float) -> bool:
        """As an event's: time passes, in which others look for the message."""
        until = min(self.now + seconds, self.over_at)
        if self.visible_at < until and not self.seen_at:
            self.seen_at.append(self.visible_at)
        self.now = until
        return self.now >= self.over_at


def held_until(over_at: float, **more: Any) -> Hidden:
    """A worker that is gone at that second, with the thread that holds on."""
    message = Hidden(over_at, **more)
    over: Any = message
    queue_batches.extend_once(message.hold)
    queue_batches.heartbeat(message.hold, over)
    return message


@pytest.mark.parametrize("gone_at", [0.001, 19.9, 20, 41, 299.9, 3_000])
def test_a_message_is_hidden_while_it_is_at_work_and_seen_a_minute_after_at_most(
    gone_at: float,
) -> None:
    message = held_until(gone_at)
    assert message.seen_at == []
    assert gone_at < message.visible_at <= gone_at + sqs.VISIBILITY_SECONDS < gone_at + 90


def test_holding_on_may_fail_every_other_time() -> None:
    assert held_until(300, fails=lambda now: now % 40 != 0).seen_at == []
    assert held_until(300, fails=lambda now: now > 0).seen_at == [60.0]


def test_what_cannot_be_held_comes_when_the_queue_says() -> None:
    assert held_until(300, fails=lambda now: True).visible_at == TIMEOUT_SECONDS


class Once(Exception):
    """Work that fails."""


@pytest.mark.parametrize("fails", [False, True], ids=["works", "fails"])
def test_nobody_holds_on_when_the_work_is_over(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """The thread has ended before the message is given back, or the function has."""
    monkeypatch.setattr(queue_batches, "BEAT_SECONDS", 0.001)
    told: list[str] = []
    beaten = threading.Event()

    def hold(receipt: str) -> None:
        told.append(f"hold {receipt}")
        if len(told) > 3:
            beaten.set()

    def work(message: dict[str, Any]) -> None:
        assert told[0] == "hold handle"
        assert beaten.wait(10)
        told.append("done")
        if fails:
            raise Once

    def retry_later(receipt: str, count: int) -> None:
        told.append(f"give back {receipt}")

    event = batch("chunks", {"chunk": 1})
    before = threading.active_count()
    with pytest.raises(queue_batches.BatchFailed) if fails else nullcontext():
        assert queue_batches.each_message(event, work, retry_later, hold)["batchItemFailures"] == []
    last = told[-1]
    assert threading.active_count() == before
    assert last == ("give back handle" if fails else last)
    assert told.count("give back handle") == fails


def test_whoever_is_stopped_in_the_middle_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), queue_batches.kept_hidden(lambda: None):
        raise KeyboardInterrupt
    assert threading.active_count() == before
