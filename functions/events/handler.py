"""What the tables' streams tell, written down as events of their owners, and as deliveries to their
webhooks; and counted in service levels. Other claims on an order that is given back are verified
again. A schedule has endpoints looked at that may have something due.
"""

from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.events import Change, Event, Owner
from makegood.jobs import event_log, freed_orders, levels, lost_batches, webhook_fanout
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.event_bodies import Body
from makegood.store.events import BodyOf
from makegood.store.store import Store


class LogStore(event_log.EventLogStore, levels.LevelStore):
    """What events and service levels are written with."""


SETTINGS = telemetry.settings()
STORE = Store(SETTINGS.tables)
LOGGED = LogStore.beside(STORE)
WAKES, LOST = Queue(SETTINGS.webhooks_queue), Bucket(SETTINGS.lost)
CHUNKS = Queue(SETTINGS.chunks_queue)
REPLAYED_FROM = "aws:sqs"
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of a stream's records, a batch to work on once more, or the schedule's event."""
    if "Records" in event:
        if any(each.get("eventSource") == REPLAYED_FROM for each in event["Records"]):
            return queue_batches.each_message(event, replay)
        return telemetry.each_record(event, work)
    has_time = telemetry.deadline(context)
    woken = webhook_fanout.look(LOGGED, WAKES, telemetry.wall_now(), has_time, body_of(), bare)
    LOG.info("looked", woken=woken)
    return {}


def work(records: list[dict[str, Any]]) -> None:
    recorded = event_log.record(LOGGED, records, body_of())
    freed_orders.hand_on(STORE, CHUNKS, records)
    LOG.info("events", changes=recorded.changes, records=len(records))
    LOG.info("levels", counted=levels.count(LOGGED, records))
    if recorded.breakers:
        telemetry.emit_metrics("policy", {"breakers_opened": recorded.breakers})
    if recorded.owners:
        made = webhook_fanout.tell(LOGGED, WAKES, recorded.owners, telemetry.wall_now(), bare)
        LOG.info("deliveries", made=made)


def body_of() -> BodyOf:
    """Makes bodies of events as of now; it is imported with the first event that needs one."""
    now = CLOCK()

    def body(owner: Owner, change: Change) -> Body:
        from makegood.api.webhook_bodies import Bodies

        return Bodies(STORE, now).body(owner, change)

    return body


def bare(owner: Owner, event: Event) -> str:
    """The body of an event without its object."""
    from makegood.api.webhook_bodies import bare

    return bare(owner, event)


def replay(message: dict[str, str]) -> None:
    records = lost_batches.replay(LOST, message["lost"], work)
    LOG.info("replayed", lost=message["lost"], records=records)


start.started()
