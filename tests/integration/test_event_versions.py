"""Events of two versions side by side: neither fails where the other told of something new."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.events import Change, EventType, Owner
from makegood.domain.parties import Role
from makegood.store.events import FIRST_TYPES
from makegood.store.store import Store

from tests.integration import older, stack

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
RARE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BATCHES = st.lists(st.lists(st.sampled_from(EventType), min_size=1, max_size=9), max_size=4)
SIZES = st.sampled_from([1, 2, 3, 7, 100])

_owners = (Owner(Role.PARTNER, str(number)) for number in count(20_000))
_objects = count(1)


def change(event_type: EventType) -> Change:
    """A change of an object that nothing else is told of."""
    return Change(
        event_type=event_type,
        object_id=f"o-{next(_objects)}",
        version=1,
        state="PENDING",
        campaign_id="1000",
        partner_id="10001",
        advertiser_id="500",
        made_at=AT,
        stored_at=AT,
        is_new=True,
    )


def told(store: Store, owner: Owner, batches: Iterable[Iterable[EventType]]) -> list[Change]:
    """What a newer version has told one after the other, a transaction a batch."""
    return [
        each for batch in batches for each in store.add_events(owner, [change(of) for of in batch])
    ]


def walk(page: Callable[[int, int], list[Any]], size: int) -> list[Any]:
    """All events, as clients read them: page after page, until one is not full."""
    found: list[Any] = []
    while True:
        more = page(found[-1][0] if found else 0, size)
        found += more
        if len(more) < size:
            return found


def seen(store: Store, owner: Owner, size: int) -> list[tuple[int, EventType, str]]:
    def page(after: int, limit: int) -> list[Any]:
        events = store.events(owner, after, limit)
        return [(each.number, each.event_type, each.object_id) for each in events]

    return walk(page, size)


def test_the_first_types_are_those_that_the_first_version_knew() -> None:
    assert set(FIRST_TYPES) == set(older.EventType)


@RARE
@given(batches=BATCHES, size=SIZES)
def test_the_first_version_never_meets_a_type_that_it_does_not_know(
    live: Store, batches: list[list[EventType]], size: int
) -> None:
    owner = next(_owners)
    numbered = list(enumerate(told(live, owner, batches), 1))
    reader = older.Reader(stack.client("dynamodb"), stack.TABLES.events)
    read = walk(lambda after, limit: reader.events(owner.name, after, limit), size)
    assert [(number, of, object_id) for number, of, object_id, *_ in read] == [
        (number, each.event_type, each.object_id)
        for number, each in numbered
        if each.event_type in set(older.EventType)
    ]
    assert seen(live, owner, size) == [
        (number, each.event_type, each.object_id) for number, each in numbered
    ]


@RARE
@given(batches=BATCHES, size=SIZES, choice=st.randoms(use_true_random=False))
def test_an_event_of_a_type_that_only_a_newer_version_knows_is_passed_over(
    live: Store, batches: list[list[EventType]], size: int, choice: Any
) -> None:
    owner = next(_owners)
    numbered = list(enumerate(told(live, owner, batches), 1))
    unknown = {number for number, _ in numbered if choice.random() < 0.6}
    for (pk, sk), item in stack.everything("events").items():
        if pk[2:] == owner.name and "event_type" in item and int(sk) in unknown:
            newer = {**item, "event_type": {"S": "Unheard"}}
            stack.client("dynamodb").put_item(TableName=stack.TABLES.events, Item=newer)
    assert seen(live, owner, size) == [
        (number, each.event_type, each.object_id)
        for number, each in numbered
        if number not in unknown
    ]
