"""The workers that send webhooks: a message wakes one for an endpoint that has something due."""

import time
from typing import Any

from makegood.aws.kms import Key
from makegood.aws.sqs import Queue
from makegood.domain.webhooks import Wake
from makegood.jobs.webhook_sender import Sender
from makegood.jobs.webhook_work import Lane
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.deliveries import WorkerStore

SETTINGS = telemetry.settings()
STORE = WorkerStore(SETTINGS.tables)
KEY = Key(SETTINGS.webhooks_key)
WAKES = Queue(SETTINGS.webhooks_queue)
SENDER = Sender(loopback=SETTINGS.webhooks_loopback)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of messages, each of which names an endpoint."""
    has_time = telemetry.deadline(context)
    return queue_batches.each_message(event, lambda each: work(each, has_time))


def work(message: dict[str, Any], has_time: Any) -> None:
    """One turn with a lane of the endpoint; whoever waits is served before the next."""
    lane = Lane(
        store=STORE,
        sender=SENDER,
        key=KEY,
        clock=telemetry.wall_now,
        jitter=telemetry.jitter,
        wait=time.sleep,
        has_time=has_time,
        holder=telemetry.new_id(),
    )
    wake = Wake.of(message)
    result = lane.run(wake)
    if result.unfinished:
        WAKES.send_fairly(wake.message, wake.endpoint_id)
    LOG.info("webhooks", endpoint=message["endpoint_id"], **result.facts())
    telemetry.emit_metrics("webhooks", result.facts())


start.started()
