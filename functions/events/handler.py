"""What the streams of inquiries and actions tell, written down as events of their owners."""

from typing import Any

from makegood import chronicle, runtime, start
from makegood.chronicle import Recorder

SETTINGS = runtime.settings()
STORE = Recorder(SETTINGS.tables)
LOG = runtime.logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of a stream's records."""
    return runtime.each_change(event, work)


def work(records: list[dict[str, Any]]) -> None:
    LOG.info("events", changes=chronicle.record(STORE, records), records=len(records))


start.started()
