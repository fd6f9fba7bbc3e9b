"""The clock: every shard of what is due, handed on to a queue, and settled from there."""

from typing import Any

from makegood import batches, runtime, settlement, start
from makegood.queues import Queue
from makegood.store_cases import Cases

SETTINGS = runtime.settings()
STORE = Cases(SETTINGS.tables)
QUEUE = Queue(SETTINGS.sweep_queue)
CLOCK = runtime.Clock(STORE, SETTINGS.clock_adjustable)
LOG = runtime.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The schedule's event, or a batch of shard messages."""
    if "Records" in event:
        has_time = runtime.deadline(context)
        return batches.each_message(
            event, lambda each: work(each, has_time), give_back=QUEUE.give_back
        )
    settlement.hand_on(QUEUE, CLOCK())
    return {}


def work(message: dict[str, Any], has_time: Any) -> None:
    """One shard; what there is no time for is handed on again."""
    tally = settlement.Sweep(STORE, message["shard"], CLOCK(), has_time).run()
    LOG.info("sweep", shard=message["shard"], **tally.facts())
    runtime.count("sweep", tally.facts())
    if not tally.finished:
        settlement.hand_on_again(QUEUE, message)


start.started()
