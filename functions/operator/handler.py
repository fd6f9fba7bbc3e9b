"""The operator's commands, invoked with cloud credentials."""

from typing import Any

from makegood import operations, runtime, start, wire
from makegood.commands import Desk
from makegood.files import Bucket
from makegood.problems import Problem
from makegood.store import Store

SETTINGS = runtime.settings()
STORE = Store(SETTINGS.tables)
RESULTS = Bucket(SETTINGS.results)
CLOCK = runtime.Clock(STORE, SETTINGS.clock_adjustable)
LOG = runtime.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Runs one command; a fault is answered in the API's own envelope."""
    desk = Desk(
        STORE,
        CLOCK(),
        runtime.new_token,
        runtime.deadline(context),
        SETTINGS.clock_adjustable,
        RESULTS,
    )
    LOG.info("command", command=str(event.get("command", "")))
    try:
        return operations.run(desk, event)
    except Problem as problem:
        return dict(wire.error(problem, context.aws_request_id).body)


start.started()
