"""Plans: which stretches of which indexes have what is selection, each thing once.

An index has an entry of each thing for its campaign and one for its partner, in the order of one
date: its creation, the event it is about, or its last modification. A list is one stretch of an
index, or several, one after the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.domain.calendar import OPEN_ENDED_DAYS, LockKind, LockRule
from makegood.domain.inquiries import LIVE
from makegood.store.actions import ActionRow
from makegood.store.expressions import Condition, compared, is_missing
from makegood.store.indexes import LISTS, StoredList, open_name, order_name, queue_name
from makegood.store.items import stamp
from makegood.store.selection import ALWAYS, By, Selection, Window, beside, every, one_of

LOWEST, HIGHEST = "0", "~"
PARTS = frozenset({"by_approval", "by_open", "by_order", "by_queue"})
"""The indexes that have only some of a campaign's things."""

DAY = timedelta(days=1)
MONTH_DAYS_LEAST, MONTH_DAYS_MOST = 28, 31
RULES_ALL = frozenset(
    {LockRule(LockKind.DAY), LockRule(LockKind.MONTH, 24, 31), LockRule(LockKind.OPEN_ENDED)}
)
"""What stands for all rules there may be: the shortest, the longest, and the open-ended one."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an index: entries of some owners between two positions, as far as `only` holds.

    Entries of several owners come in one order, as if they were one owner's. They are the newest
    first; where what is listed moves to the end when it changes, `oldest_first`.
    """

    table: str
    index: str
    hash_name: str
    range_name: str
    owners: tuple[str, ...]
    low: str = LOWEST
    high: str = HIGHEST
    only: Condition | None = None
    oldest_first: bool = False

    def after(self, position: str | None) -> "Stretch":
        """What lies behind a position of it, and that position."""
        if position is None:
            return self
        if self.oldest_first:
            return replace(self, low=max(self.low, position))
        return replace(self, high=min(self.high, position))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list is read: stretch after stretch.

    `chooses` says whether the index itself leaves out all that was not asked for, so that it can be
    counted there; else things have to be read to know. `stored` are the lists whose kept lengths
    together bound this one's.
    """

    stretches: tuple[Stretch, ...]
    chooses: bool = True
    stored: tuple[StoredList, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it has all of its stored lists."""
        whole = (LOWEST, HIGHEST, None)
        return all(
            (each.low, each.high, each.only) == whole and each.index not in PARTS
            for each in self.stretches
        )


def of_stored(stored: StoredList, window: Window = ALWAYS, owners: tuple[str, ...] = ()) -> Plan:
    """A list that its index has whole, of its owner or of several; things created in a window."""
    table, prefix = LISTS[stored.things]
    names = tuple(prefix + each for each in owners or (stored.owner,))
    name = f"{stored.index[3:]}_key"
    low, high = _bounds(window)
    stretch = Stretch(table, stored.index, name, "created_key", names, low, high)
    return Plan((stretch,), stored=() if owners else (stored,))


def plan(selection: Selection, rules: frozenset[LockRule]) -> Plan:
    """The stretches that have what is selection, each thing once."""
    if not selection.locking.is_open:
        return Plan(tuple(_by_locking(selection, rules)), stored=_stored(selection))
    if not selection.happened.is_open:
        stretch = _stretch(selection, By.EVENT, selection.happened)
        return Plan((stretch,), stored=_stored(selection))
    if not selection.modified.is_open:
        return Plan(tuple(_by_modification(selection)), stored=_stored(selection))
    stretch = _stretch(selection, By.CREATION, selection.created)
    return Plan((stretch,), stored=_stored(selection))


def _stored(selection: Selection) -> tuple[StoredList, ...]:
    """The lists of all that its owners have."""
    of = StoredList.of_partner if selection.partner else StoredList.of_campaign
    return tuple(of(selection.things, each) for each in selection.owners)


def by_deadline(selection: Selection) -> Plan:
    """Inquiries that somebody has to decide: the earliest deadline first, and those without one
    last, as they were filed.
    """
    states = (selection.open_state,) if selection.open_state else sorted(LIVE)
    about = None
    if selection.about:
        names = [order_name(each, selection.about) for each in selection.campaigns]
        about = one_of(selection.kind, "order_key", names)
    only = every([selection.chosen(By.DEADLINE), about])
    stretches = (
        Stretch(
            selection.things,
            "by_queue",
            "queue_key",
            selection.range_name(By.DEADLINE),
            tuple(
                queue_name(each, state, dated=dated)
                for each in selection.campaigns
                for state in states
            ),
            only=only,
            oldest_first=True,
        )
        for dated in (True, False)
    )
    return Plan(tuple(stretches), stored=_stored(selection))


def by_keys(selection: Selection) -> Plan | None:
    """By an index that has little more than what is asked for, if there is one."""
    things, campaigns = selection.things, selection.campaigns
    if selection.about:
        stored = StoredList.of_order(things, "", "")
        owners = tuple(order_name(each, selection.about) for each in campaigns)
        found = of_stored(stored, selection.created, owners)
        return replace(found, chooses=False, stored=_stored(selection))
    if selection.partner:
        return None
    if selection.open_state:
        stored = StoredList.open_inquiries("", selection.open_state)
        owners = tuple(open_name(each, selection.open_state) for each in campaigns)
    elif selection.awaiting and selection.state is None:
        stored, owners = StoredList.awaiting_approval(""), campaigns
    else:
        return None
    found = of_stored(stored, selection.created, owners)
    return replace(found, chooses=selection.is_simple, stored=_stored(selection))


def by_owner(selection: Selection) -> Plan:
    """By the indexes that every version has, which know nothing but owners and creation."""
    side = "partner" if selection.partner else "campaign"
    stored = StoredList(selection.things, f"by_{side}", "")
    plan = of_stored(stored, selection.created, selection.owners)
    return replace(plan, chooses=selection.is_simple, stored=_stored(selection))


def _stretch(
    selection: Selection,
    by: By,
    window: Window,
    *more: Condition | None,
    oldest_first: bool = False,
) -> Stretch:
    side = "partner" if selection.partner else "campaign"
    low, high = _bounds(window)
    return Stretch(
        selection.things,
        f"{side}_{by}",
        f"{side}_key",
        selection.range_name(by),
        selection.owners,
        low,
        high,
        every([selection.chosen(by), *more]),
        oldest_first,
    )


def _bounds(window: Window) -> tuple[str, str]:
    """Of positions, each of which is longer than its instant."""
    low, high = window.low, window.high
    return (stamp(low) if low else LOWEST), (stamp(high) if high else HIGHEST)


def _by_modification(selection: Selection) -> Iterator[Stretch]:
    """What was never modified, by its creation; then the rest, the oldest modification first: what
    is modified while somebody reads goes to the end, where it is still to come.
    """
    never = is_missing(selection.range_name(By.MODIFICATION))
    yield _stretch(
        selection, By.CREATION, selection.created.within(*_ends(selection.modified)), never
    )
    yield _stretch(selection, By.MODIFICATION, selection.modified, oldest_first=True)


def _ends(window: Window) -> tuple[datetime | None, datetime | None]:
    return window.low, window.high


def _by_locking(selection: Selection, rules: frozenset[LockRule]) -> Iterator[Stretch]:
    """By the events from which rules count to the window; then what somebody approved in it.

    What locks on its date has its event so long before it as its rule says. An open-ended action
    locks by itself `OPEN_ENDED_DAYS` after its event, or when it is approved, which modifies it.
    """
    asked = selection.locking
    dated = [each for each in rules if each.kind is not LockKind.OPEN_ENDED]
    open_ended = compared(ActionRow, "locking", "=", str(LockKind.OPEN_ENDED))
    other = Condition("#locking <> :locking_is", open_ended.names, open_ended.values)
    if dated:
        low, high = _span(asked, map(_days_of, dated))
        yield _stretch(selection, By.EVENT, selection.happened.within(low, high), other)
    if len(dated) == len(rules):
        return
    low, high = _span(asked, [(OPEN_ENDED_DAYS - 1, OPEN_ENDED_DAYS + 1)])
    window = selection.happened.within(low, high)
    yield _stretch(selection, By.EVENT, window, open_ended)
    later = None if high is None else beside(ActionRow, "event_key", ">=", high)
    if later is not None:
        approved = selection.modified.within(*_ends(asked))
        more = (open_ended, later)
        yield _stretch(selection, By.MODIFICATION, approved, *more, oldest_first=True)


def _days_of(rule: LockRule) -> tuple[int, int]:
    """At least and at most how many days lie between an event and the lock that follows from it:
    with a day more on either side, since days are local and not all of 24 hours.
    """
    least = rule.months * MONTH_DAYS_LEAST + rule.days - 1
    month = MONTH_DAYS_MOST if rule.kind is LockKind.MONTH else 1
    return least, rule.months * MONTH_DAYS_MOST + month + rule.days + 1


def _span(
    asked: Window, days: Iterable[tuple[int, int]]
) -> tuple[datetime | None, datetime | None]:
    """From when to when events may lie for their locks to lie in a window."""
    both = list(days)
    low = asked.low and asked.low - max(most for _, most in both) * DAY
    high = asked.high and asked.high - min(least for least, _ in both) * DAY
    return low, high
