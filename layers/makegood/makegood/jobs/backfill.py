"""One pass over all actions that adds what was locked before there were sums of what clears.

Every action's item says whether the sums include it. Where that disagrees with the action's state,
the pass mends both in one transaction, on condition that nothing has changed since it was read. So
it may stop anywhere, run twice, or meet payments of the same actions.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from makegood.aws.retry import pause
from makegood.domain import clearings
from makegood.domain.actions import Action
from makegood.domain.problems import Conflict, Unavailable
from makegood.store.clearings import Backfill
from makegood.store.store import Contested, Store
from makegood.store.transactions import WRITES_MAX

MENDED_MAX = WRITES_MAX // 3
"""Actions in one transaction: each may change a sum of its advertiser and one of its partner."""

TRIES_MAX = 8
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.02, 0.25


def run(store: Store, has_time: Callable[[], bool]) -> Backfill:
    """Continues the pass that is under way, or begins one; asks `has_time` before each page.

    The API shows sums only once a first pass has finished. A later pass finds what an older version
    of the code has locked or paid meanwhile.
    """
    done = store.backfill()
    if done.position is None:
        done = replace(done, seen=0, mended=0)
    while True:
        actions, position = store.scan_actions(done.position)
        done = replace(
            done,
            position=position,
            seen=done.seen + len(actions),
            mended=done.mended + _mend(store, [each for each in actions if each.stray]),
            complete=done.complete or position is None,
        )
        try:
            store.keep_backfill(done)
        except Contested as error:
            message = "Another backfill goes on with it; see how far that one is, and run it again"
            raise Conflict(message, code="backfill_under_way") from error
        done = replace(done, version=done.version + 1)
        if done.position is None or not has_time():
            return done


def _mend(store: Store, strays: Sequence[Action]) -> int:
    """Mends a page; returns how many. Actions that others changed are read again, one by one."""
    count = 0
    for start in range(0, len(strays), MENDED_MAX):
        group = strays[start : start + MENDED_MAX]
        try:
            store.commit(clearings.mended(group))
        except Contested:
            count += sum(_mend_one(store, each.action_id) for each in group)
        else:
            count += len(group)
    return count


def _mend_one(store: Store, action_id: str) -> bool:
    for attempt in range(TRIES_MAX):
        action = store.actions([action_id], detail=False)[action_id]
        if not action.stray:
            return False
        try:
            store.commit(clearings.mended([action]))
        except Contested:
            pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
        else:
            return True
    raise Unavailable
