"""What the store keeps to itself: keys, indexes, attributes, and how it speaks with DynamoDB."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from makegood.store.connection import Connection
from makegood.store.indexes import Indexes
from makegood.store.store import Store

from tests.infra.sources import FUNCTIONS, ROOT, modules, package_of, stored_tables

PUBLIC: dict[str, set[str]] = {
    "clearings": {"Backfill"},
    "connection": {"Tables"},
    "contracts": {"Need"},
    "directory": {"Documents", "Seen"},
    "deliveries": {
        "MADE_TOGETHER",
        "Contested",
        "DeliveryStore",
        "RequestedStore",
        "WorkerStore",
        "delivering",
        "delivering_anew",
        "winding_back",
    },
    "erasures": {"ErasureStore"},
    "event_bodies": {"Body"},
    "event_images": {"change_in", "freed_in", "of_disabled"},
    "evidence_store": {"SENT", "Contested", "EvidenceStore"},
    "exhibits": {"Exhibits"},
    "events": {"COUNTERS", "DIGITS", "BodyOf"},
    "file_store": {"FileStore"},
    "indexes": {"ALWAYS", "StoredList", "Uncounted", "id_at", "position_at", "shards"},
    "items": {"stamp"},
    "level_images": {"campaign_in", "is_counted", "standing_in"},
    "lists": {"Entry", "Sums"},
    "mails": {"DIGEST", "SECOND", "Mails", "begins_to_wait"},
    "mentions": {"Spelling"},
    "migration_passes": {"Progress"},
    "migrations": {"MIGRATIONS"},
    "parties": {"Directory", "Roster"},
    "people": {"People"},
    "requests": {"REQUEST", "Walked"},
    "plans": {"Plan", "Stretch", "by_deadline", "of_stored"},
    "proof": {"Stored", "StoredKind"},
    "proposals": {"PROPOSAL", "deciding"},
    "service_levels": {"ServiceLevels"},
    "store": {"Contested", "Idempotency", "Store", "fingerprint"},
    "transactions": {"WRITES_MAX", "Contested", "Writes"},
    "selection": {"Selection", "Window"},
    "webhooks": {"ACCOUNT", "changing", "deleting_endpoint", "endpoint_as", "opening_endpoint"},
    "uploads": {"BYTES"},
    "work_store": {"Contested", "Idempotency", "WorkStore"},
}
"""What others may import of each module: stores, their parts, and values. Rows, keys, expressions
and the sending of transactions are nobody else's.
"""

CALLS = {name for name in (*vars(Connection), "client", "tables") if not name.startswith("_")}
"""What a store calls DynamoDB with."""


def within() -> list[ast.Module]:
    return [tree for name, tree in modules().items() if package_of(name) == "store"]


def outside() -> dict[str, ast.Module]:
    """The package's other modules, the functions, and the tools that run here."""
    paths = [*FUNCTIONS.glob("*/handler.py"), *(ROOT / "infra").rglob("*.py")]
    return {
        **{name: tree for name, tree in modules().items() if package_of(name) != "store"},
        **{str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths},
    }


def texts(tree: ast.Module) -> Iterator[str]:
    """Every text that stands in a module, the parts of formatted ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def key_starts() -> set[str]:
    """What the store's keys begin with, like `E#`."""
    return {text for tree in within() for text in texts(tree) if re.fullmatch("[A-Z]+#", text)}


def index_words() -> set[str]:
    """The names of the tables' indexes, and of the attributes that they are keyed by."""
    words = set()
    for table in stored_tables().values():
        for index in table.get("GlobalSecondaryIndexes", ()):
            keys = {key["AttributeName"] for key in index["KeySchema"]}
            words |= keys | {index["IndexName"]}
    return words - {"due"}


def test_the_words_that_others_may_not_know_are_found() -> None:
    assert {"A#", "B#", "E#", "I#", "ADVERTISER#"} <= key_starts()
    assert {"by_order", "campaign_created", "due_key", "due_at", "created_key"} <= index_words()
    assert {"fetch", "pages", "scan", "call", "client"} <= CALLS
    assert issubclass(Indexes, Connection)


@pytest.mark.parametrize(("name", "tree"), outside().items(), ids=outside())
def test_keys_and_indexes_are_the_store_s_own(name: str, tree: ast.Module) -> None:
    starts = tuple(key_starts())
    assert {text for text in texts(tree) if text.startswith(starts)} == set()
    assert set(texts(tree)) & index_words() == set()


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module imports of the store: (module, name); a whole module is `*`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "makegood.store":
            yield from ((alias.name, "*") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("makegood.store."):
            module = str(node.module).removeprefix("makegood.store.")
            yield from ((module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                (alias.name, "*") for alias in node.names if alias.name.startswith("makegood.store")
            )


def test_others_import_what_the_store_gives_and_no_more() -> None:
    used = {each for tree in outside().values() for each in imported(tree)}
    assert used == {(module, name) for module, names in PUBLIC.items() for name in names}


@pytest.mark.parametrize(("name", "tree"), outside().items(), ids=outside())
def test_others_make_no_calls_of_the_store_s(name: str, tree: ast.Module) -> None:
    def is_store(node: Any) -> bool:
        return getattr(node, "id", getattr(node, "attr", "")).lower() == "store"

    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    assert {node.attr for node in nodes if is_store(node.value)} & CALLS == set()


def test_no_part_of_the_store_hides_a_method_of_another() -> None:
    """The store is made of parts that know nothing of each other: a name is one part's."""
    owners: dict[str, set[type]] = {}
    for part in Store.__mro__:
        for name, each in vars(part).items():
            if callable(each) and not name.startswith("__"):
                owners.setdefault(name, set()).add(part)
    for name, parts in owners.items():
        for one in parts:
            related = (issubclass(one, each) or issubclass(each, one) for each in parts)
            assert all(related), f"{name} is of {sorted(each.__name__ for each in parts)}"
