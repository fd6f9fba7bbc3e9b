"""Results of scans of evidence: the scanner tells one of each object that it has looked into."""

from typing import Any

from makegood.aws.s3 import Bucket
from makegood.jobs.evidence_scans import EvidenceScans, Scan
from makegood.runtime import queue_batches, start, telemetry
from makegood.store.evidence_store import EvidenceStore

SETTINGS = telemetry.settings()
STORE = EvidenceStore(SETTINGS.tables)
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
SCANS = EvidenceScans(STORE, Bucket(SETTINGS.evidence))
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A batch of messages, each of which is an event."""
    return queue_batches.each_message(event, settle)


def settle(message: dict[str, Any]) -> None:
    """What it was called is its owner's words, and is not logged."""
    scan = Scan.of(message)
    exhibit = SCANS.settle(scan, CLOCK())
    state = str(exhibit.state) if exhibit else "unknown"
    LOG.info("scanned", object=scan.key, result=scan.result, state=state)
    telemetry.emit_metrics("evidence", {"Scanned": 1, "Refused": int(state == "REFUSED")})


start.started()
