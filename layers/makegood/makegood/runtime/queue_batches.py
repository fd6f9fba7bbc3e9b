"""Works on a batch of messages one by one: a batch may fail in part, and work keeps its message.

A queue hides a message for at least as long as its function may run, which is minutes. So a worker
first shortens that to a minute, and then extends it again and again. If the process dies, nobody
extends it, and other workers see the message within that minute.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from typing import Any

from makegood.runtime.telemetry import logger

GROUP = "MessageGroupId"
BEAT_SECONDS = 20
"""Seconds between two extensions: if one fails, the message still stays hidden."""

Extend = Callable[[], None]


class BatchFailed(Exception):
    """Every message of a batch failed; the lines before say why."""


def each_message(
    event: dict[str, Any],
    work: Callable[[dict[str, Any]], None],
    retry_later: Callable[[str, int], None] | None = None,
    extend: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Works on every message of a batch; only those that fail are delivered again.

    If a message of a group fails, the ones that follow it in the group wait for it. `retry_later`
    takes the receipt of a failed message and how often it has been received; `extend` takes the
    receipt of one that is being worked on. If all fail, this raises, which does the same to the
    queue; and Lambda counts an error, by which a new version is taken back.
    """
    failed, blocked = [], set()
    for record in event["Records"]:
        group, receipt = record["attributes"].get(GROUP), record["receiptHandle"]
        if group is None or group not in blocked:
            try:
                with (
                    kept_hidden(lambda receipt=receipt: extend(receipt))
                    if extend
                    else nullcontext()
                ):
                    work(json.loads(record["body"]))
                continue
            except Exception:
                logger().exception("message failed, and is delivered again")
        blocked.add(group)
        failed.append({"itemIdentifier": record["messageId"]})
        if retry_later:
            received = record["attributes"].get("ApproximateReceiveCount") or "1"
            retry_later(receipt, int(received))
    if failed and len(failed) == len(event["Records"]):
        raise BatchFailed(f"{len(failed)} failed, and are delivered again")
    return {"batchItemFailures": failed}


@contextmanager
def kept_hidden(extend: Extend) -> Iterator[None]:
    """Keeps a message hidden while the block runs: first by this thread, then by another.

    The other thread ends before the block does: otherwise it would be frozen with the process, and
    run on during the next event.
    """
    over = Event()
    beat = Thread(target=heartbeat, args=(extend, over), daemon=True)
    extend_once(extend)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def heartbeat(extend: Extend, over: Event) -> None:
    """Extends again and again until the work is over."""
    while not over.wait(BEAT_SECONDS):
        extend_once(extend)


def extend_once(extend: Extend) -> None:
    """Extends once. If that fails, others may see the message too early or too late, which does no
    harm: work that is done twice has the effect of once.
    """
    try:
        extend()
    except Exception as error:
        logger().info("visibility not extended", reason=type(error).__name__)
