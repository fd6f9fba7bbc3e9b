"""Files that arrive in the inbox, chunks of files and sheets, and those that nothing helped."""

from typing import Any

from makegood import batches, ingestion, runtime, start
from makegood.files import Bucket
from makegood.parts import Desk, FileStore
from makegood.queues import Queue

SETTINGS = runtime.settings()
STORE = FileStore(SETTINGS.tables)
LOG = runtime.logger()
DESK = Desk(
    STORE,
    Bucket(SETTINGS.inbox),
    Bucket(SETTINGS.results),
    Queue(SETTINGS.chunks_queue),
    runtime.Clock(STORE, SETTINGS.clock_adjustable),
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An event of S3, or messages of chunks: from their queue, or from its dead-letter queue."""
    if "Records" in event:
        queue = event["Records"][0]["eventSourceARN"].rpartition(":")[2]
        if queue != DESK.chunks.name:
            return batches.each_message(event, set_aside)
        return batches.each_message(event, work, give_back=DESK.chunks.give_back)
    arrived = event["detail"]["object"]
    upload = ingestion.receive(DESK, arrived["key"], arrived.get("version-id", ""))
    LOG.info(
        "arrived", file=folder(arrived["key"]), state=upload.state if upload else "seen before"
    )
    return {}


def work(message: dict[str, Any]) -> None:
    ingestion.work_chunk(DESK, message["upload_id"], message["chunk"])
    LOG.info("chunk", upload_id=message["upload_id"], chunk=message["chunk"])


def set_aside(message: dict[str, Any]) -> None:
    key = ingestion.set_aside(DESK, message["upload_id"], message["chunk"])
    if key:
        LOG.error("set aside", file=folder(key), chunk=message["chunk"])
        runtime.count("set_aside", {"ChunksSetAside": 1})


def folder(key: str) -> str:
    """Whose file a key is of, and which upload; its name is its owner's words."""
    return key.rpartition("/")[0]


start.started()
