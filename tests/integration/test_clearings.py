"""Sums of what clears, whatever happens: steps of this version and of the one before, in any order,
late, twice, and with the backfill in between.
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.clearings import Totals, totals
from makegood.domain.problems import Conflict
from makegood.jobs import backfill, reconciliation
from makegood.store import actions, work_store
from makegood.store.actions import ActionRow
from makegood.store.clearings import BACKFILL, CLEARINGS, Backfill
from makegood.store.store import Store
from makegood.store.transactions import Writes

from tests.integration import market, stack
from tests.integration.market import CASHBACK, LONG_AGO, LOYALTY, NOW, RECENT_LOCKS_AT, SHOP

LATER = NOW + timedelta(days=90)
OWNERS = (f"advertiser:{SHOP}", f"partner:{CASHBACK}", f"partner:{LOYALTY}")
Sums = dict[tuple[str, str], tuple[int, int]]


@contextmanager
def older_version() -> Iterator[None]:
    """Commits as they were before there were sums: they move none, and know of no marks."""
    send = work_store.send

    def send_as_before(store: Any, writes: Writes) -> None:
        writes.updates = [each for each in writes.updates if each[0] != "clearing"]
        writes.moves = [
            (label, was, unmarked(becomes, was), held) for label, was, becomes, held in writes.moves
        ]
        writes.puts = [(label, unmarked(row), held) for label, row, held in writes.puts]
        send(store, writes)

    def unmarked(row: Any, was: Any = None) -> Any:
        if not isinstance(row, ActionRow):
            return row
        row = copy.copy(row)
        row.summed = was and was.summed
        return row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work_store, "send", send_as_before)
        patch.setattr(actions, "_as_marked", lambda _, held: held)
        yield


def kept() -> Sums:
    """What the store adds up: minor units and a count, by owner and by currency and instant."""
    found: Counter[tuple[str, str]] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for (pk, sk), item in stack.everything("ledger").items():
        if pk.startswith(CLEARINGS):
            place = pk.removeprefix(CLEARINGS), sk.rpartition("#")[0]
            found[place] += int(item["minor"]["N"])
            counts[place] += int(item["count"]["N"])
    return {at: (found[at], counts[at]) for at in counts if found[at] or counts[at]}


def recounted(is_summed: Callable[[dict[str, Any]], bool]) -> Sums:
    """The same from the items of actions."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for (_, sk), item in stack.everything("actions").items():
        if sk == "H" and is_summed(item):
            place = f"{item['currency']['S']}#{item['clears_at']['S']}"
            owners = item["advertiser_id"]["S"], item["partner_key"]["S"]
            for kind, owner in zip(("advertiser", "partner"), owners, strict=True):
                minor, count = found.get((f"{kind}:{owner}", place), (0, 0))
                more = int(item["payout_minor"]["N"])
                found[f"{kind}:{owner}", place] = minor + more, count + 1
    return found


def is_marked(item: dict[str, Any]) -> bool:
    return "summed" in item


def is_locked(item: dict[str, Any]) -> bool:
    return item["state"]["S"] == "LOCKED"


def agree(store: Store, now: datetime) -> Totals:
    """The advertiser's totals, which are those of its partners together."""
    owed, *earned = (totals(store.clearings(each), now).get("USD", Totals()) for each in OWNERS)
    for name in ("locked_minor", "overdue_minor", "overdue_count"):
        assert getattr(owed, name) == sum(getattr(each, name) for each in earned)
    return owed


class Story:
    """What happens to one shop, step by step."""

    def __init__(self) -> None:
        stack.reset()
        stack.seed(market.set_up)
        self.store, self.now, self.number = stack.store(), NOW, 0

    def track(self, partner_id: str = CASHBACK, days: int = 0, amount: str = "20.00") -> None:
        self.number += 1
        at = (datetime(2026, 6, 1, 17, tzinfo=UTC) + timedelta(days=days)).isoformat()
        fields = {"MediaPartnerId": partner_id, "EventDate": at, "Amount": amount}
        market.track(self.store, f"A-{self.number}", self.now, **fields)

    def accept_late(self) -> None:
        """Locks at once, and is paid if there is money."""
        self.number += 1
        market.accept(self.store, f"A-{self.number}", self.now, TransactionDate=LONG_AGO)

    def deposit(self) -> None:
        self.number += 1
        market.deposit(self.store, "3.00", f"bank-{self.number}")

    def sweep(self, days: int = 0) -> None:
        self.now = min(self.now + timedelta(days=days), LATER)
        market.sweep(self.store, self.now)

    def race(self) -> None:
        """A backfill, and a sweep of this version, between another sweep's reading and commit."""
        others = (partial(self.fill, stack.rival()), partial(market.sweep, stack.rival(), self.now))
        waiting = list(others)

        def interrupt(**_: Any) -> None:
            if waiting:
                waiting.pop()()

        with stack._hooked(self.store, interrupt):
            self.sweep(1)

    def fill(self, store: Store | None = None) -> Backfill:
        try:
            return backfill.run(store or self.store, lambda: True)
        except Conflict:
            return (store or self.store).backfill()

    def fill_a_page(self) -> None:
        backfill.run(self.store, lambda: False)


STEPS: tuple[Callable[[Story], Any], ...] = (
    Story.track,
    lambda story: story.track(LOYALTY, 0, "60.00"),
    lambda story: story.track(LOYALTY, -1, "0.00"),
    Story.accept_late,
    Story.deposit,
    Story.sweep,
    lambda story: story.sweep(7),
    Story.race,
    Story.fill,
    Story.fill_a_page,
)


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), min_size=4, max_size=14))
def test_sums_are_what_items_say_and_after_a_backfill_what_is_locked(
    steps: list[tuple[Callable[[Story], Any], bool]],
) -> None:
    story = Story()
    for step, is_older in steps:
        if is_older and step not in STEPS[-3:]:
            with older_version():
                step(story)
        else:
            step(story)
        assert kept() == recounted(is_marked)
        agree(story.store, story.now)
    while story.fill().position:
        pass
    story.fill()
    for _ in range(2):
        assert kept() == recounted(is_locked) == recounted(is_marked)
        due = sum(
            int(item["payout_minor"]["N"])
            for (_, sk), item in stack.everything("actions").items()
            if sk == "H" and is_locked(item) and item["clears_at"]["S"] <= story.now.isoformat()
        )
        assert agree(story.store, story.now).overdue_minor == due
        assert reconciliation.prove(story.store)["violations"] == {}
        story.sweep(1)


def test_nothing_is_shown_until_the_backfill_has_seen_every_action(trading: Store) -> None:
    assert trading.backfill().complete
    with older_version():
        for at in range(3):
            market.track(trading, f"A-{at}")
        market.sweep(trading, RECENT_LOCKS_AT)
    forget_the_backfill(trading)
    seen: list[Backfill] = []
    with pages_of(trading, 2):
        while not seen or seen[-1].position:
            assert not trading.backfill().complete
            seen.append(backfill.run(trading, lambda: False))
        assert len(seen) > 2
        assert (seen[-1].seen, seen[-1].mended) == (3, 3)
        assert agree(trading, LATER) == Totals(1500, 1500, 3)
        begun = backfill.run(trading, lambda: False)
        assert (begun.complete, begun.seen < 3, begun.position is None) == (True, True, False)
    again = backfill.run(trading, lambda: True)
    assert (again.complete, again.seen, again.mended) == (True, 3, 0)


@contextmanager
def pages_of(store: Store, count: int) -> Iterator[None]:
    events, event = store.client.meta.events, "provide-client-params.dynamodb.Scan"

    def limit(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = count

    events.register(event, limit)
    yield
    events.unregister(event, limit)


def test_of_two_backfills_at_once_one_goes_on_and_nothing_is_added_twice(trading: Store) -> None:
    with older_version():
        for at in range(3):
            market.track(trading, f"A-{at}")
        market.sweep(trading, RECENT_LOCKS_AT)
    with (
        stack.before_commits(lambda: backfill.run(stack.rival(), lambda: True)),
        pytest.raises(Conflict),
    ):
        backfill.run(trading, lambda: True)
    assert kept() == recounted(is_locked)
    assert trading.backfill().complete


def test_a_mend_and_a_payment_of_what_was_read_before_it_never_both_happen(trading: Store) -> None:
    market.deposit(trading, "100.00")
    with older_version():
        market.track(trading, "A-1")
        market.sweep(trading, RECENT_LOCKS_AT)
    with stack.before_commits(lambda: backfill.run(stack.rival(), lambda: True)):
        result = market.sweep(trading, LATER)
    assert (result.paid, result.conflicts) == (1, 1)
    assert kept() == {}


def test_what_an_older_version_paid_is_taken_off_once(trading: Store) -> None:
    market.deposit(trading, "100.00")
    market.track(trading, "A-1")
    market.sweep(trading, RECENT_LOCKS_AT)
    with older_version():
        market.sweep(trading, LATER)
    assert kept() != {}
    assert list(reconciliation.prove(trading)["violations"]) == [
        "sums of what clears hold just what is locked"
    ]
    with (
        stack.before_commits(lambda: backfill.run(stack.rival(), lambda: True)),
        pytest.raises(Conflict),
    ):
        backfill.run(trading, lambda: True)
    assert kept() == {}
    assert reconciliation.prove(trading)["holds"]


def test_sums_begin_with_the_first_advertiser_and_not_beside_actions(store: Store) -> None:
    assert not store.backfill().complete
    market.set_up(store)
    assert store.backfill() == Backfill(complete=True, version=1)
    with older_version():
        market.track(store, "A-1")
    forget_the_backfill(store)
    market.set_up(store)
    assert store.backfill() == Backfill()


def forget_the_backfill(store: Store) -> None:
    """As a stack is that comes from a version without sums."""
    _, pk, sk = BACKFILL
    stack.client("dynamodb").delete_item(
        TableName=store.tables.directory, Key={"pk": {"S": pk}, "sk": {"S": sk}}
    )


def test_an_empty_sum_is_dropped_by_the_day_s_proof_and_by_nothing_else(trading: Store) -> None:
    market.deposit(trading, "5.00")
    market.track(trading, "A-1")
    market.track(trading, "A-2", EventDate="2026-06-02T10:00:00-07:00")
    market.sweep(trading, LATER)
    before = stack.everything("ledger")
    sums = {at for at in before if at[0].startswith(CLEARINGS)}
    assert len(sums) == 4
    reconciliation.prove(trading)
    assert stack.everything("ledger") == before
    reconciliation.at_once(trading, LATER, lambda: True)
    left = {at for at in stack.everything("ledger") if at[0].startswith(CLEARINGS)}
    assert left == {at for at in sums if before[at]["count"] != {"N": "0"}}
    assert len(left) == 2


def test_a_sum_that_fills_while_it_is_dropped_stays(trading: Store) -> None:
    market.deposit(trading, "5.00")
    market.track(trading, "A-1")
    market.sweep(trading, LATER)
    with stack.before_commits(refill):
        reconciliation.at_once(trading, LATER, lambda: True)
    assert kept() == recounted(is_locked) != {}


def refill() -> None:
    """One more of the same instants, which nobody pays."""
    market.track(stack.rival(), "A-2")
    market.sweep(stack.rival(), LATER)
