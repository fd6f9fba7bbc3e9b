"""Files that arrive in the inbox, chunks of files and sheets, claims that are verified after them,
and what nothing helped.
"""

from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.verification_walks import KIND, LOOK_KIND, Look, Walk
from makegood.files import ingestion
from makegood.files.context import FileContext
from makegood.files.ingestion import Arrival
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.file_store import FileStore
from makegood.usecases import verification_walks

SETTINGS = telemetry.settings()
STORE = FileStore(SETTINGS.tables)
LOG = telemetry.logger()
ARRIVALS = Queue(SETTINGS.arrivals_queue)
CONTEXT = FileContext(
    store=STORE,
    inbox=Bucket(SETTINGS.inbox),
    results=Bucket(SETTINGS.results),
    chunks=Queue(SETTINGS.chunks_queue),
    clock=telemetry.Clock(STORE, SETTINGS.clock_adjustable),
)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Messages of one queue: of arrivals, of chunks, or of chunks that nothing helped. An arrival
    that never came into its queue may be told as it is.
    """
    if "detail" in event:
        arrive(event)
        return {}
    name = event["Records"][0]["eventSourceARN"].rpartition(":")[2]
    for queue, do in ((ARRIVALS, arrive), (CONTEXT.chunks, work)):
        if queue.name == name:
            return queue_batches.each_message(
                event, do, retry_later=queue.retry_later, extend=queue.extend_visibility
            )
    return queue_batches.each_message(event, set_aside)


def arrive(message: dict[str, Any]) -> None:
    """An event of S3: an object is there."""
    told = message["detail"]["object"]
    arrival = Arrival(told["key"], told.get("version-id", ""), told.get("etag", ""))
    upload = ingestion.receive(CONTEXT, arrival)
    LOG.info("arrived", file=folder(arrival.key), state=upload.state if upload else "seen before")


def work(message: dict[str, Any]) -> None:
    if message.get("kind") == KIND:
        verify(Walk.of(message))
        return
    if message.get("kind") == LOOK_KIND:
        look(Look.of(message))
        return
    ingestion.work_chunk(CONTEXT, message["upload_id"], message["chunk"])
    LOG.info("chunk", upload_id=message["upload_id"], chunk=message["chunk"])


def verify(walk: Walk) -> None:
    """Open claims have new verdicts, or what is to be done for that is handed on."""
    following = verification_walks.walk(STORE, walk, CONTEXT.clock())
    CONTEXT.chunks.send_all((each.message() for each in following), walk.owner)
    LOG.info("verified", advertiser=walk.advertiser_id, handed_on=len(following))


def look(asked: Look) -> None:
    """Open claims have new verdicts whose order was told, or given back by another claim."""
    verified = verification_walks.look(STORE, asked, CONTEXT.clock())
    LOG.info("looked at", advertiser=asked.advertiser_id, claims=verified)


def set_aside(message: dict[str, Any]) -> None:
    """What nothing helped: a chunk's rows say so. Claims keep the verdicts that they have."""
    if message.get("kind") in (KIND, LOOK_KIND):
        LOG.error("walk set aside", advertiser=message["advertiser_id"])
        telemetry.emit_metrics("set_aside", {"ChunksSetAside": 1})
        return
    key = ingestion.set_aside(CONTEXT, message["upload_id"], message["chunk"])
    if key:
        LOG.error("set aside", file=folder(key), chunk=message["chunk"])
        telemetry.emit_metrics("set_aside", {"ChunksSetAside": 1})


def folder(key: str) -> str:
    """Whose file a key is of, and which upload; its name is its owner's words."""
    return key.rpartition("/")[0]


start.started()
