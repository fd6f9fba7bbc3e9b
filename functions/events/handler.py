"""What the streams of inquiries and actions tell, written down as events of their owners."""

from typing import Any

from makegood.jobs import event_log
from makegood.jobs.event_log import EventLogStore
from makegood.runtime import start, telemetry

SETTINGS = telemetry.settings()
STORE = EventLogStore(SETTINGS.tables)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of a stream's records."""
    return telemetry.each_record(event, work)


def work(records: list[dict[str, Any]]) -> None:
    LOG.info("events", changes=event_log.record(STORE, records), records=len(records))


start.started()
