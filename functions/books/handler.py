"""The proof of the books: each day's is begun by the schedule, which also goes on with it."""

from typing import Any

from makegood import reconcile, runtime
from makegood.store import Store

SETTINGS = runtime.settings()
STORE = Store(SETTINGS.tables)
CLOCK = runtime.Clock(STORE, SETTINGS.clock_adjustable)
LOG = runtime.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One part of the day's proof; its end is logged and measured, and alarms are set on it."""
    proof = reconcile.daily(STORE, CLOCK(), runtime.deadline(context))
    if proof is not None:
        LOG.info("books", **proof.facts(), violations=proof.ids())
        runtime.count("books", proof.measures())
    return {}
