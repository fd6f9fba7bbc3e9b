"""Which module may know what. A module is pure unless it is named here."""

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.infra.sources import FUNCTIONS, imports, modules

EDGES = {
    "clients": {"botocore"},
    "store": {"pynamodb", "botocore"},
    "files": set(),
    "generated": set(),
    "queues": set(),
    "patience": set(),
    "runtime": {"aws_lambda_powertools"},
    "wire": set(),
    "wire_directory": set(),
    "wire_objects": set(),
    "paging": set(),
}
"""Modules that know one outside each, and the libraries that they know it by."""

FLOWS = {
    "accounts",
    "backfill",
    "casework",
    "chronicle",
    "chunks",
    "case_actions",
    "case_approvals",
    "case_claims",
    "case_conversions",
    "case_lapses",
    "case_resolutions",
    "commands",
    "event_lists",
    "frontdesk",
    "funds",
    "ingestion",
    "invoices",
    "listings",
    "lookalikes",
    "month_end",
    "operations",
    "ordered",
    "parts",
    "reconcile",
    "rosters",
    "row_results",
    "settlement",
    "sheets",
    "stretches",
    "treasury",
    "worksheets",
}
"""Modules that read, decide and commit: they use edges, but no library of theirs."""

COMPOSING = {"__init__", "api", "batches", "counter", "runtime", "settings", "start"}
"""What functions are put together from; nothing else uses them."""

IMPURE = {"os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib", "uuid"}
"""Modules of the standard library that a pure module has no use for."""

CLOCKS_AND_DICE = {"now", "utcnow", "today", "uuid4", "uuid1", "token_urlsafe", "token_hex"}


def edge_of(module: str) -> str | None:
    """The edge that a module belongs to; the store's is split over several."""
    if module.startswith("store_"):
        return "store"
    return module if module in EDGES else None


def is_pure(module: str) -> bool:
    return edge_of(module) is None and module not in FLOWS | COMPOSING


def ours(tree: ast.Module) -> set[str]:
    return {name.split(".")[1] for name in imports(tree) if name.startswith("makegood.")}


def foreign(tree: ast.Module) -> set[str]:
    """Top-level names of libraries that are neither ours nor Python's."""
    tops = {name.split(".")[0] for name in imports(tree)}
    return tops - sys.stdlib_module_names - {"makegood"}


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_a_module_knows_no_library_but_its_edge_s(module: str, tree: ast.Module) -> None:
    edge = edge_of(module)
    allowed = EDGES[edge] if edge else set()
    assert foreign(tree) <= allowed


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_a_module_uses_only_what_lies_within(module: str, tree: ast.Module) -> None:
    used = ours(tree)
    if is_pure(module):
        assert {each for each in used if not is_pure(each)} == set()
        assert {name.split(".")[0] for name in imports(tree)} & IMPURE == set()
    if module not in COMPOSING:
        assert used & COMPOSING == set()
    if edge_of(module) and module not in COMPOSING:
        assert used & FLOWS == set()


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_instants_and_ids_come_from_the_handler(module: str, tree: ast.Module) -> None:
    if module in COMPOSING:
        return
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert called & CLOCKS_AND_DICE == set()
    assert "environ" not in {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }


def test_one_module_writes_tables_so_that_no_cell_of_any_can_run() -> None:
    assert {name for name, tree in modules().items() if "csv" in imports(tree)} == {"tabular"}


def test_who_signs_in_waits_for_no_library_but_the_store_s() -> None:
    """The authorizer starts before anything else can; it leaves Powertools and S3 alone."""
    known, wanted = modules(), ours(ast.parse((FUNCTIONS / "authorizer/handler.py").read_text()))
    reached: set[str] = set()
    while wanted:
        reached |= wanted
        wanted = {each for module in wanted for each in ours(known[module])} - reached
    edges = {None, "clients", "generated", "patience", "store", "wire"}
    assert {edge_of(each) for each in reached} <= edges
    assert reached & COMPOSING == {"settings", "start"}


def test_every_named_module_is_there() -> None:
    assert (set(EDGES) | FLOWS) - set(modules()) == set()


def test_there_is_no_module_for_odds_and_ends() -> None:
    refused = {"utils", "common", "helpers", "manager", "base", "impl", "misc"}
    assert {word for module in modules() for word in module.split("_")} & refused == set()


@pytest.mark.parametrize("folder", sorted(FUNCTIONS.iterdir()), ids=lambda path: path.name)
def test_a_function_is_one_handler_on_top_of_the_package(folder) -> None:
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    assert names == {"handler.py"}
    tree = ast.parse((folder / "handler.py").read_text())
    assert foreign(tree) == set()
    assert any(isinstance(node, ast.FunctionDef) and node.name == "handler" for node in tree.body)
    assert ast.unparse(tree.body[-1]) == "start.started()"


FROZEN = {
    *CLOCKS_AND_DICE,
    "choice",
    "getrandbits",
    "monotonic",
    "perf_counter",
    "randint",
    "random",
    "seed",
    "time",
    "uniform",
    "urandom",
}
"""What says something else each time; a snapshot of a start would say the same for good."""


def handlers() -> dict[str, ast.Module]:
    paths = sorted(FUNCTIONS.glob("*/handler.py"))
    return {path.parent.name: ast.parse(path.read_text()) for path in paths}


def run_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that a module makes while it is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for each in ast.iter_child_nodes(node):
        yield from run_at_import(each)


@pytest.mark.parametrize(
    ("name", "tree"),
    [
        *modules().items(),
        *(
            (each.name, ast.parse((each / "handler.py").read_text()))
            for each in FUNCTIONS.iterdir()
        ),
    ],
)
def test_a_start_reads_no_clock_and_throws_no_dice(name: str, tree: ast.Module) -> None:
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in run_at_import(tree)
    }
    assert called & FROZEN == set()


def test_jitter_is_the_system_s() -> None:
    """Python's own generator is part of a snapshot: all that start from it would wait alike."""
    named = {
        (name, alias.name)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if "random" in (alias.name, getattr(node, "module", None))
    }
    assert named == {("patience", "SystemRandom")}
