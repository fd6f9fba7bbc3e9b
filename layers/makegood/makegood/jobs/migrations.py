"""Runs migrations in slices of time: each call goes on where the last one stopped.

Several calls may run at once. Each works on the first segment that is not done; whoever finds that
another worker has read the same page goes to the next segment.
"""

from collections.abc import Callable
from contextlib import suppress

from makegood.domain.problems import Conflict
from makegood.store.migration_passes import Progress
from makegood.store.store import Contested, Store


def run(store: Store, name: str, has_time: Callable[[], bool]) -> Progress:
    """Begins the first pass of a migration, or goes on with its latest; asks `has_time` before each
    page. One that is complete costs two reads.
    """
    progress = store.migration_progress(name)
    if progress.complete:
        return progress
    if not progress.turn:
        with suppress(Contested):
            store.begin_migration(progress)
        progress = store.migration_progress(name)
    while not progress.is_read and _read_on(store, progress, has_time):
        progress = store.migration_progress(name)
    if not progress.complete:
        with suppress(Contested):
            store.complete_migration(progress)
    return store.migration_progress(name)


def _read_on(store: Store, progress: Progress, has_time: Callable[[], bool]) -> bool:
    """Reads the segments that are not done, one after the other, as far as no other worker does;
    False once there is no time.
    """
    for segment in progress.segments:
        with suppress(Contested):
            while not segment.done:
                if not has_time():
                    return False
                segment = store.migrate_page(progress, segment)
    return True


def reopen(store: Store, name: str) -> Progress:
    """Begins another pass; until that is over, the migration is not complete.

    Raises `Conflict` if somebody else does the same.
    """
    try:
        store.begin_migration(store.migration_progress(name))
    except Contested as error:
        message = "It has moved on meanwhile; look at it with migrations, and send this again"
        raise Conflict(message, code="migration_under_way") from error
    return store.migration_progress(name)
