"""The operator's commands, invoked with cloud credentials."""

from typing import Any

from makegood.api import http
from makegood.aws.s3 import Bucket
from makegood.domain.problems import Problem
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.runtime import start, telemetry
from makegood.store.store import Store

SETTINGS = telemetry.settings()
STORE = Store(SETTINGS.tables)
STATEMENTS = Bucket(SETTINGS.statements)
CLOCK = telemetry.Clock(STORE, SETTINGS.clock_adjustable)
LOG = telemetry.logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Runs one command; a fault is answered in the API's own envelope."""
    given = CommandContext(
        STORE,
        CLOCK(),
        telemetry.new_token,
        telemetry.deadline(context),
        SETTINGS.clock_adjustable,
        STATEMENTS,
    )
    LOG.info("command", command=str(event.get("command", "")))
    try:
        return commands.run(given, event)
    except Problem as problem:
        return dict(http.error(problem, context.aws_request_id).body)


start.started()
