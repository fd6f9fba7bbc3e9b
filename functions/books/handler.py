"""The books' regular work: each day's proof, and each month's statements.

The schedule begins what is due and goes on with what is unfinished.
"""

from typing import Any

from makegood.aws.s3 import Bucket
from makegood.jobs import reconciliation, statements
from makegood.runtime import start, telemetry
from makegood.store.store import Store

SETTINGS = telemetry.settings()
STORE = Store(SETTINGS.tables)
STATEMENTS = Bucket(SETTINGS.statements)
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A part of the month's statements, or of the day's proof; alarms are set on what is found."""
    has_time = telemetry.deadline(context)
    made = statements.scheduled(STORE, STATEMENTS, CLOCK(), has_time)
    if made is not None and (made.made or made.differences):
        LOG.info("statements", **made.facts(), differences=made.differences)
        telemetry.emit_metrics(
            "books", {"statements": made.made, "violations": len(made.differences)}
        )
    if not has_time():
        return {}
    proof = reconciliation.daily(STORE, CLOCK(), has_time)
    if proof is not None:
        LOG.info("books", **proof.facts(), violations=proof.ids())
        telemetry.emit_metrics("books", proof.measures())
    return {}


start.started()
