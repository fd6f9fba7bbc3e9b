"""The clock: every shard of what is due, handed on to a queue, and settled from there."""

from typing import Any

from makegood.aws.sqs import Queue
from makegood.jobs import sweep
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.work_store import WorkStore

SETTINGS = telemetry.settings()
STORE = WorkStore(SETTINGS.tables)
QUEUE = Queue(SETTINGS.sweep_queue)
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The schedule's event, or a batch of shard messages."""
    if "Records" in event:
        has_time = telemetry.deadline(context)
        return queue_batches.each_message(
            event, lambda each: work(each, has_time), retry_later=QUEUE.retry_later
        )
    sweep.enqueue_shards(QUEUE, CLOCK())
    return {}


def work(message: dict[str, Any], has_time: Any) -> None:
    """One shard; what there is no time for is handed on again."""
    result = sweep.Sweep(STORE, message["shard"], CLOCK(), has_time).run()
    LOG.info("sweep", shard=message["shard"], **result.facts())
    telemetry.emit_metrics("sweep", result.facts())
    if not result.finished:
        sweep.enqueue_next_round(QUEUE, message)


start.started()
