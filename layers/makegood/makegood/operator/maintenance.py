"""What keeps a stack going, done by hand: sweeps, proofs, statements, and the adjustable clock."""

from typing import Any

from makegood.domain.problems import Forbidden
from makegood.domain.statements import Month
from makegood.jobs import backfill, reconciliation, statements
from makegood.jobs.sweep import Sweep, SweepResult
from makegood.operator.arguments import Arguments, CommandContext, instant, read
from makegood.store.indexes import shards


def sweep(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sweeps all shards, one after the other. `as_of` works only where the clock is adjustable."""
    now = context.now
    if "as_of" in arguments:
        _refuse_fixed_clock(context)
        now = instant(arguments, "as_of")
    result = SweepResult()
    for shard in shards():
        result.add(Sweep(context.store, shard, now, context.has_time).run())
    return {**result.facts(), "finished": result.finished}


def set_clock(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sets the clock of the whole stack, where it is adjustable."""
    _refuse_fixed_clock(context)
    at = instant(arguments, "at")
    context.store.set_clock(at)
    return {"at": at.isoformat()}


def _refuse_fixed_clock(context: CommandContext) -> None:
    if not context.clock_adjustable:
        raise Forbidden("This stack lives by the real clock", code="clock_not_adjustable")


def prove(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Recomputes every balance and checks every invariant over the whole store.

    If time runs out before it is `finished`, the schedule continues it and logs the result.
    """
    return reconciliation.at_once(context.store, context.now, context.has_time)


def run_backfill(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Adds actions from before there were sums of what clears to these sums. Each call continues
    where the last one stopped, until it is `finished`.
    """
    done = backfill.run(context.store, context.has_time)
    return {"finished": done.position is None, "seen": done.seen, "mended": done.mended}


def make_statements(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes the statements of a month, by default the last one. Statements that exist are compared
    with the ledger.
    """
    month = read(arguments, "month", Month.parse) if "month" in arguments else None
    if context.statements is None:
        raise ValueError("statements need their bucket")
    month = month or statements.due(context.now)
    bucket = context.statements
    result = statements.all_of(context.store, bucket, month, context.now, context.has_time)
    return {**result.facts(), "differences": result.differences}
