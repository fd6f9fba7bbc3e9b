"""Messages of queues, one by one: a batch fails in part, and what is at work is held on to.

A queue cannot hide a message for less than its function may run, which is minutes. So whoever works
on one says first that a minute is enough, and then says so again and again. Where the process dies,
nobody says it any more, and the message is seen by others within that minute.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from typing import Any

from makegood.runtime.telemetry import logger

GROUP = "MessageGroupId"
BEAT_SECONDS = 20
"""Between two times of holding on: one may fail, and the message is still not seen by others."""

Hold = Callable[[], None]


def each_message(
    event: dict[str, Any],
    work: Callable[[dict[str, Any]], None],
    give_back: Callable[[str, int], None] | None = None,
    hold: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Works on every message of a batch; those that fail are delivered again, the others not.

    Where one of a group fails, those of it that follow wait for it. `give_back` takes the receipt
    of one that failed, and how often it was received by now; `hold` that of one that is at work.
    """
    failed, blocked = [], set()
    for record in event["Records"]:
        group, receipt = record["attributes"].get(GROUP), record["receiptHandle"]
        if group is None or group not in blocked:
            try:
                with held(lambda receipt=receipt: hold(receipt)) if hold else nullcontext():
                    work(json.loads(record["body"]))
                continue
            except Exception:
                logger().exception("message failed, and is delivered again")
        blocked.add(group)
        failed.append({"itemIdentifier": record["messageId"]})
        if give_back:
            received = record["attributes"].get("ApproximateReceiveCount") or "1"
            give_back(receipt, int(received))
    return {"batchItemFailures": failed}


@contextmanager
def held(hold: Hold) -> Iterator[None]:
    """While it lasts, a message is held on to: once by this thread, then by another.

    That thread has ended before this does: a process that stands still between two events would
    go on with it in the next one.
    """
    over = Event()
    beat = Thread(target=beating, args=(hold, over), daemon=True)
    once(hold)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def beating(hold: Hold, over: Event) -> None:
    """Holds on again and again until it is over."""
    while not over.wait(BEAT_SECONDS):
        once(hold)


def once(hold: Hold) -> None:
    """Holds on. Where that fails, others may see the message too early or too late, and no harm is
    done: what is done twice comes to the same.
    """
    try:
        hold()
    except Exception as error:
        logger().info("message not held", reason=type(error).__name__)
