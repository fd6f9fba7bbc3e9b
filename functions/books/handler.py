"""The books' regular work: each day's proof, and each month's statements.

The schedule begins what is due and goes on with what is unfinished.
"""

from typing import Any

from makegood import month_end, reconcile, runtime, start
from makegood.files import Bucket
from makegood.store import Store

SETTINGS = runtime.settings()
STORE = Store(SETTINGS.tables)
RESULTS = Bucket(SETTINGS.results)
CLOCK = runtime.Clock(STORE, SETTINGS.clock_adjustable)
LOG = runtime.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A part of the month's statements, or of the day's proof; alarms are set on what is found."""
    has_time = runtime.deadline(context)
    made = month_end.scheduled(STORE, RESULTS, CLOCK(), has_time)
    if made is not None and (made.made or made.differences):
        LOG.info("statements", **made.facts(), differences=made.differences)
        runtime.count("books", {"statements": made.made, "violations": len(made.differences)})
    if not has_time():
        return {}
    proof = reconcile.daily(STORE, CLOCK(), has_time)
    if proof is not None:
        LOG.info("books", **proof.facts(), violations=proof.ids())
        runtime.count("books", proof.measures())
    return {}


start.started()
