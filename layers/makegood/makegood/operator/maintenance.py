"""What keeps a stack going, done by hand: sweeps, proofs, statements, and the adjustable clock.

The jobs behind the commands are imported by the command that runs one: all of the operator's
functions know every command.
"""

from collections.abc import Iterable
from typing import Any

from makegood.domain.problems import Forbidden
from makegood.domain.statements import Month
from makegood.jobs import backfill, migrations
from makegood.operator.arguments import Arguments, CommandContext, instant, invalid, read, text
from makegood.store.indexes import shards
from makegood.store.migration_passes import Progress
from makegood.store.migrations import MIGRATIONS


def sweep(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Sweeps all shards, one after the other. `as_of` works only where the clock is adjustable."""
    from makegood.jobs.sweep import Sweep, SweepResult

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
    from makegood.jobs import reconciliation

    return reconciliation.at_once(context.store, context.now, context.has_time)


def run_backfill(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Adds actions from before there were sums of what clears to these sums. Each call continues
    where the last one stopped, until it is `finished`.
    """
    done = backfill.run(context.store, context.has_time)
    return {"finished": done.position is None, "seen": done.seen, "mended": done.mended}


def migrate(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Goes on with one migration, or with all in their order, until time runs out.

    It may be sent again at any time, and several times at once: then several workers share the
    work. One that is complete costs one read.
    """
    return _told(
        migrations.run(context.store, each, context.has_time) for each in _asked(arguments)
    )


def list_migrations(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """How far each migration is; changes nothing."""
    return _told(context.store.migration_progress(each) for each in MIGRATIONS)


def reopen_migration(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Has a migration go through its table once more, since an older version may have written
    meanwhile. Until it is complete, nothing relies on it.
    """
    if "migration" not in arguments:
        raise invalid("migration", f"One of {', '.join(MIGRATIONS)}", "required")
    return _told(migrations.reopen(context.store, each) for each in _asked(arguments))


def _asked(arguments: Arguments) -> list[str]:
    """The migration that is named, or all."""
    if "migration" not in arguments:
        return list(MIGRATIONS)
    name = text(arguments, "migration")
    if name not in MIGRATIONS:
        raise invalid("migration", f"One of {', '.join(MIGRATIONS)}", "unknown_migration")
    return [name]


def _told(progress: Iterable[Progress]) -> dict[str, Any]:
    """How far each is, and how to go on."""
    told = list(progress)
    return {
        "finished": all(each.complete for each in told),
        "migrations": [
            {
                "migration": each.name,
                "complete": each.complete,
                "next": _next(each),
                "segments_done": each.done_count,
                "segments": len(each.segments),
                "seen": each.seen,
                "changed": each.changed,
                "refused": each.refused,
            }
            for each in told
        ],
    }


def _next(progress: Progress) -> str:
    """What to do for a migration to be complete."""
    if progress.complete:
        return ""
    if not progress.is_read or not progress.turn:
        return "Send migrate again"
    if progress.refused:
        return "Mend what is refused; send reopen_migration, then migrate"
    return "Wait until its index is active; then send migrate again"


def make_statements(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Makes the statements of a month, by default the last one. Statements that exist are compared
    with the ledger.
    """
    from makegood.jobs import statements

    month = read(arguments, "month", Month.parse) if "month" in arguments else None
    if context.statements is None:
        raise ValueError("statements need their bucket")
    month = month or statements.due(context.now)
    bucket = context.statements
    result = statements.all_of(context.store, bucket, month, context.now, context.has_time)
    return {**result.facts(), "differences": result.differences}


def replay_lost_batches(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Has `events` work once more on every batch of changes that it could not write down. A batch
    that fails again stays where it is.
    """
    from makegood.jobs import lost_batches

    if context.lost is None or context.replays is None:
        raise ValueError("lost batches need their bucket and their queue")
    batches, finished = lost_batches.replay_all(
        context.lost, context.replays, context.has_time, context.dry_run
    )
    return {"batches": batches, "finished": finished}
