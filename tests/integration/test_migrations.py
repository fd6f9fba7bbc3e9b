"""Migrations: stopped anywhere, by several workers, with live writes in between; what they cost."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.domain.problems import Conflict, Invalid
from makegood.jobs import migrations
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.store import migration_passes
from makegood.store.items import Number, RawItem, Row, Text
from makegood.store.migration import Migration, Wanted
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.integration import stack
from tests.integration.market import NOW

NAME = "shelves"
GONE = "gone"
STATES = ("fresh", "sold", GONE)


class ThingRow(Row):
    """What there once was: `shelf_key` is new, and lists what is not gone."""

    table = "actions"

    state = Text()
    shelf_key = Text(null=True)
    size = Number(null=True)


def shelf_of(state: str) -> str | None:
    return None if state == GONE else f"shelf-{state}"


def on_a_shelf(item: RawItem) -> Wanted | None:
    if not item["pk"]["S"].startswith("X#"):
        return None
    return Wanted({"shelf_key": shelf_of(item["state"]["S"])})


SHELVES = Migration(ThingRow, on_a_shelf)


@pytest.fixture(autouse=True)
def shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    """One migration, and pages so small that there are many."""
    monkeypatch.setattr(migration_passes, "PAGE_MAX", 3)
    monkeypatch.setattr(migration_passes, "SEGMENTS", 3)
    for name in tuple(MIGRATIONS):
        monkeypatch.delitem(MIGRATIONS, name)
    monkeypatch.setitem(MIGRATIONS, NAME, SHELVES)


def thing(number: int, state: str, version: int | None = 1, **more: Any) -> RawItem:
    """An item as an older version wrote it; the attribute `later` is from a newer one."""
    row = ThingRow(f"X#{number}", "H", version=version, state=state, **more)
    return {**row.serialize(), "later": {"M": {"a": {"L": [{"N": "1"}, {"NULL": True}]}}}}


def put(*items: RawItem) -> None:
    for item in items:
        stack.client("dynamodb").put_item(TableName=stack.TABLES.actions, Item=item)


def stored() -> dict[str, RawItem]:
    found = stack.everything("actions")
    return {pk: item for (pk, _), item in found.items() if pk.startswith("X#")}


def is_right(item: Mapping[str, Any]) -> bool:
    shelf = shelf_of(item["state"]["S"])
    return item.get("shelf_key") == (shelf and {"S": shelf})


@contextmanager
def before_calls(store: Store, act: Callable[[str, Mapping[str, Any]], None]) -> Iterator[None]:
    """Something happens just before each call of the store's: it gets the operation and what is
    asked.
    """
    events, event = store.client.meta.events, "provide-client-params.dynamodb"

    def acted(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        act(model.name, params)

    events.register(event, acted)
    try:
        yield
    finally:
        events.unregister(event, acted)


def written(store: Store, work: Callable[[], object]) -> Counter[str]:
    """How many items of the table a piece of work writes, by the call that does."""
    counted: Counter[str] = Counter()

    def count(operation: str, asked: Mapping[str, Any]) -> None:
        if asked.get("TableName") == stack.TABLES.actions and operation != "Scan":
            counted[operation] += 1

    with before_calls(store, count):
        work()
    return counted


def live_write(number: int, state: str) -> None:
    """This version changes an item: its state, what follows from it, and its version."""
    key = {"pk": {"S": f"X#{number}"}, "sk": {"S": "H"}}
    table, client = stack.TABLES.actions, stack.client("dynamodb")
    was = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    now = {**was, "state": {"S": state}}
    now.pop("shelf_key", None)
    if shelf := shelf_of(state):
        now["shelf_key"] = {"S": shelf}
    if "version" in was:
        now["version"] = {"N": str(int(was["version"]["N"]) + 1)}
    client.put_item(TableName=table, Item=now)


class Stopped(Exception):
    """A worker died."""


things = st.lists(
    st.tuples(st.sampled_from(STATES), st.sampled_from([1, 7, None]), st.booleans()), max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    held=things,
    stops=st.lists(st.integers(0, 25), max_size=4),
    lives=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(STATES)), max_size=6),
    rivals=st.lists(st.booleans(), max_size=10),
)
def test_wherever_workers_stop_and_whoever_writes_meanwhile_nothing_is_lost(
    held: list[tuple[str, int | None, bool]],
    stops: list[int],
    lives: list[tuple[int, str]],
    rivals: list[bool],
) -> None:
    stack.reset()
    store = stack.store()
    for number, (state, version, is_done) in enumerate(held):
        shelf = shelf_of(state) if is_done else None
        put(thing(number, state, version, size=number, shelf_key=shelf))
    states = {f"X#{number}": state for number, (state, *_) in enumerate(held)}
    versions = {f"X#{number}": version for number, (_, version, _) in enumerate(held)}
    waiting, calls, meanwhile = list(stops), [0], list(lives)

    def disturb(operation: str, asked: Mapping[str, Any]) -> None:
        calls[0] += 1
        if waiting and calls[0] > waiting[0]:
            waiting.pop(0)
            calls[0] = 0
            raise Stopped
        if operation == "UpdateItem" and meanwhile and held:
            number, state = meanwhile.pop()
            pk = f"X#{number % len(held)}"
            live_write(number % len(held), state)
            states[pk] = state
            if versions[pk] is not None:
                versions[pk] += 1

    def has_time() -> bool:
        if rivals and rivals.pop():
            migrations.run(stack.rival(), NAME, one_page())
        return True

    with before_calls(store, disturb):
        for _ in range(len(stops) + 3):
            with suppress(Stopped):
                migrations.run(store, NAME, has_time)
    assert not waiting or calls[0] <= waiting[0]
    assert store.migration_progress(NAME).complete
    found = stored()
    assert found.keys() == states.keys()
    for number in range(len(held)):
        item = found[f"X#{number}"]
        assert is_right(item)
        assert item["state"]["S"] == states[f"X#{number}"]
        assert item.get("version", {"N": None})["N"] == (
            versions[f"X#{number}"] and str(versions[f"X#{number}"])
        )
        assert item["size"]["N"] == str(number)
        assert item["later"] == thing(0, GONE)["later"]


def one_page() -> Callable[[], bool]:
    left = [True]
    return lambda: bool(left) and left.pop()


def test_only_what_lacks_something_is_written_and_each_but_once(store: Store) -> None:
    put(*(thing(number, "fresh") for number in range(5)))
    put(*(thing(number, "sold", shelf_key="shelf-sold") for number in range(5, 10)))
    put(*(thing(number, GONE) for number in range(10, 15)))
    put({"pk": {"S": "Y#1"}, "sk": {"S": "H"}, "state": {"S": "fresh"}})
    assert written(store, lambda: migrations.run(store, NAME, lambda: True)) == {"UpdateItem": 5}
    progress = store.migration_progress(NAME)
    assert (progress.seen, progress.changed, progress.complete) == (16, 5, True)
    migrations.reopen(store, NAME)
    assert not written(store, lambda: migrations.run(store, NAME, lambda: True))
    assert store.migration_progress(NAME).changed == 0


def test_what_should_not_have_an_attribute_loses_it(store: Store) -> None:
    put(thing(1, GONE, shelf_key="shelf-sold"))
    migrations.run(store, NAME, lambda: True)
    assert "shelf_key" not in stored()["X#1"]


def test_each_slice_goes_on_where_the_last_one_stopped(store: Store) -> None:
    put(*(thing(number, "fresh") for number in range(20)))
    slices, seen = 0, [0]
    while not store.migration_progress(NAME).complete:
        seen.append(migrations.run(store, NAME, one_page()).seen)
        slices += 1
        assert slices < 40
    assert seen == sorted(seen)
    assert seen[-1] == 20
    assert all(map(is_right, stored().values()))


def test_workers_share_the_segments(store: Store) -> None:
    put(*(thing(number, "fresh") for number in range(30)))
    pages: Counter[Store] = Counter()

    def both() -> bool:
        pages.update([stack.rival()])
        migrations.run(stack.rival(), NAME, one_page())
        return True

    mine = written(store, lambda: migrations.run(store, NAME, both))
    assert store.migration_progress(NAME).complete
    assert 0 < mine["UpdateItem"] < 30
    assert all(map(is_right, stored().values()))


def test_an_empty_table_is_migrated_at_once(store: Store) -> None:
    assert not store.migrated(NAME)
    assert migrations.run(store, NAME, lambda: True).complete
    assert store.migrated(NAME)


def test_a_request_costs_no_read_to_know_what_is_migrated(store: Store) -> None:
    migrations.run(store, NAME, lambda: True)
    store.forget_migrations()
    calls: list[str] = []
    with before_calls(store, lambda operation, _: calls.append(operation)):
        assert all(store.migrated(NAME) for _ in range(9))
    assert calls == ["BatchGetItem"]
    with pytest.raises(KeyError):
        store.migrated("a name that there is not")


def test_a_process_notices_within_a_minute(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(migration_passes.time, "monotonic", lambda: clock[0])
    assert not store.migrated(NAME)
    migrations.run(stack.rival(), NAME, lambda: True)
    assert not store.migrated(NAME)
    clock[0] += migration_passes.CHECKED_SECONDS
    assert store.migrated(NAME)
    migrations.reopen(stack.rival(), NAME)
    clock[0] += migration_passes.CHECKED_SECONDS
    assert not store.migrated(NAME)


def test_what_an_older_version_writes_meanwhile_is_found_by_another_pass(store: Store) -> None:
    put(thing(1, "fresh"))
    migrations.run(store, NAME, lambda: True)
    put(thing(2, "sold"))
    assert migrations.run(store, NAME, lambda: True).turn == 1
    migrations.reopen(store, NAME)
    assert not store.migrated(NAME)
    progress = migrations.run(store, NAME, lambda: True)
    assert (progress.turn, progress.changed, progress.complete) == (2, 1, True)
    assert all(map(is_right, stored().values()))


def test_a_worker_of_the_pass_before_cannot_complete_the_next(store: Store) -> None:
    put(thing(1, "fresh"))
    migrations.run(store, NAME, lambda: True)
    old = store.migration_progress(NAME)
    migrations.reopen(stack.rival(), NAME)
    with pytest.raises(Conflict), stack_race(old, store):
        migrations.reopen(store, NAME)
    with pytest.raises(migrations.Contested):
        store.complete_migration(old)
    assert not store.migration_progress(NAME).complete


@contextmanager
def stack_race(progress: migration_passes.Progress, store: Store) -> Iterator[None]:
    """The store reads what was there before somebody else's pass."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "migration_progress", lambda *_: progress)
        yield


def test_what_cannot_be_read_is_named_and_holds_the_migration_up(store: Store) -> None:
    put(thing(1, "fresh"), {"pk": {"S": "X#2"}, "sk": {"S": "H"}})
    context = CommandContext(store, NOW, str, lambda: True)
    told = commands.run(context, {"command": "migrate", "migration": NAME})
    assert not told["finished"]
    assert told["migrations"][0]["refused"] == ["X#2 H"]
    assert told["migrations"][0]["next"].startswith("Mend")
    assert is_right(stored()["X#1"])
    put(thing(2, GONE))
    commands.run(context, {"command": "reopen_migration", "migration": NAME})
    assert commands.run(context, {"command": "migrate"})["finished"]


def test_a_list_waits_for_its_index_too(store: Store) -> None:
    put(thing(1, "fresh"))
    for index, complete in (("by_shelf", False), ("by_order", True)):
        MIGRATIONS[NAME] = replace(SHELVES, index=index)
        progress = migrations.run(store, NAME, lambda: True)
        assert (progress.complete, store.migrated(NAME)) == (complete, complete)


def test_commands_go_on_tell_and_name_what_there_is(store: Store) -> None:
    put(*(thing(number, "fresh") for number in range(20)))
    context = CommandContext(store, NOW, str, one_page())
    asked = {"command": "migrate"}
    first = commands.run(context, asked)["migrations"][0]
    assert (first["complete"], first["next"]) == (False, "Send migrate again")
    assert commands.run(context, {"command": "list_migrations"})["migrations"] == [first]
    again = commands.run(replace(context, has_time=lambda: True), asked)
    assert again["finished"]
    assert again["migrations"][0] == {
        "migration": NAME,
        "complete": True,
        "next": "",
        "segments_done": 3,
        "segments": 3,
        "seen": 20,
        "changed": 20,
        "refused": [],
    }
    for command in ({"command": "reopen_migration"}, {**asked, "migration": "other"}):
        with pytest.raises(Invalid):
            commands.run(context, command)


class PartRow(Row):
    table = "actions"

    state = Text()


def in_parts(item: RawItem) -> Wanted | None:
    if not item["pk"]["S"].startswith("X#"):
        return None
    row = ThingRow.from_raw_data(item)
    parts = tuple(PartRow(row.pk, f"P#{each}", state=row.state) for each in range(2))
    return Wanted({"state": "split"}, parts) if row.state != "split" and row.sk == "H" else None


def test_an_item_becomes_several_at_once_and_what_is_there_stays(store: Store) -> None:
    MIGRATIONS[NAME] = Migration(ThingRow, in_parts)
    put(thing(1, "fresh"), thing(2, "sold", None))
    live = PartRow("X#1", "P#0", state="live").serialize()

    def meanwhile(operation: str, asked: Mapping[str, Any]) -> None:
        if operation == "TransactWriteItems" and len(asked["TransactItems"]) > 1:
            put(live)

    with before_calls(store, meanwhile):
        assert migrations.run(store, NAME, lambda: True).complete
    found = stack.everything("actions")
    states = {(pk, sk): item["state"]["S"] for (pk, sk), item in found.items()}
    assert states == {
        ("X#1", "H"): "split",
        ("X#1", "P#0"): "live",
        ("X#1", "P#1"): "fresh",
        ("X#2", "H"): "split",
        ("X#2", "P#0"): "sold",
        ("X#2", "P#1"): "sold",
    }
