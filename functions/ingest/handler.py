"""Files that arrive in the inbox, and their chunks from the queue."""

from typing import Any

from makegood import ingestion, runtime
from makegood.files import Bucket
from makegood.ingestion import Desk
from makegood.queues import Queue
from makegood.store import Store

SETTINGS = runtime.settings()
STORE = Store(SETTINGS.tables)
LOG = runtime.logger()
DESK = Desk(
    STORE,
    Bucket(SETTINGS.inbox),
    Bucket(SETTINGS.results),
    Queue(SETTINGS.chunks_queue),
    runtime.Clock(STORE, SETTINGS.clock_adjustable),
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An EventBridge event of S3, or a batch of chunk messages."""
    if "Records" in event:
        return runtime.each_message(event, context, work)
    arrived = event["detail"]["object"]
    upload = ingestion.receive(DESK, arrived["key"], arrived.get("version-id", ""))
    LOG.info("arrived", key=arrived["key"], state=upload.state if upload else "seen before")
    return {}


def work(message: dict[str, Any]) -> None:
    ingestion.work_chunk(DESK, message["upload_id"], message["chunk"])
    LOG.info("chunk", upload_id=message["upload_id"], chunk=message["chunk"])
