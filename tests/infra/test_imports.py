"""Which package may know what: the folder is the rule."""

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.infra.sources import (
    FUNCTIONS,
    PACKAGE,
    PACKAGES,
    floors,
    graph,
    imports,
    modules,
    package_of,
)

MAY_IMPORT: dict[str, set[str]] = {
    "patches": set(),
    "domain": set(),
    "aws": {"domain", "patches"},
    "store": {"domain", "aws"},
    "forms": {"domain"},
    "workbooks": {"domain"},
    "usecases": {"domain", "aws", "store", "forms"},
    "files": {"domain", "aws", "store", "forms", "usecases", "workbooks"},
    "jobs": {"domain", "aws", "store", "forms", "usecases", "files"},
    "api": {"domain", "aws", "store", "forms", "usecases", "files"},
    "operator": {"domain", "aws", "store", "forms", "usecases", "files", "jobs"},
    "runtime": {"patches", "domain", "aws", "store"},
}
"""What the modules of each package may import, besides those of their own."""

ENTRY = {"api.app", "api.routes", "operator.endpoint"}
"""What composes the API and the operator's functions; they and `functions/` know `runtime`."""

FROM_USECASES = {"aws.retry"}
"""A use case may wait and try again; it knows no service."""

LIBRARIES = {
    "patches": {"botocore"},
    "aws": {"botocore"},
    "store": {"pynamodb", "botocore"},
    "runtime": {"aws_lambda_powertools"},
    "workbooks": {"xlsxwriter"},
}
"""The libraries that a package knows; the others know Python's own alone."""

PURE = {"domain", "forms"}
"""Values in, values out: no clock, no randomness, nothing outside."""

IMPURE = {"os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib", "uuid"}
"""Modules of the standard library that a pure module has no use for."""

CLOCKS_AND_DICE = {"now", "utcnow", "today", "uuid4", "uuid1", "token_urlsafe", "token_hex"}


def ours(tree: ast.Module) -> set[str]:
    return {name.removeprefix("makegood.") for name in imports(tree) if name[:9] == "makegood."}


def foreign(tree: ast.Module) -> set[str]:
    """Top-level names of libraries that are neither ours nor Python's."""
    tops = {name.split(".")[0] for name in imports(tree)}
    return tops - sys.stdlib_module_names - {"makegood"}


def test_every_package_has_its_rule_and_holds_modules_alone() -> None:
    assert set(PACKAGES) == set(MAY_IMPORT)
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}
    assert folders == {PACKAGE / name for name in MAY_IMPORT}
    for name in MAY_IMPORT:
        assert (PACKAGE / name / "__init__.py").read_text() == ""


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_a_module_imports_what_its_package_may(module: str, tree: ast.Module) -> None:
    package = package_of(module)
    known = {each for each in ours(tree) if package_of(each) != package}
    if module in ENTRY:
        known = {each for each in known if package_of(each) != "runtime"}
    assert {each for each in known if package_of(each) not in MAY_IMPORT[package]} == set()
    if package == "usecases":
        assert {each for each in known if package_of(each) == "aws"} <= FROM_USECASES
    assert foreign(tree) <= LIBRARIES.get(package, set())
    if package in PURE:
        assert {name.split(".")[0] for name in imports(tree)} & IMPURE == set()


def test_no_import_leads_back_to_where_it_came_from() -> None:
    floors(graph())


@pytest.mark.parametrize(("module", "tree"), modules().items(), ids=modules())
def test_instants_and_ids_come_from_the_handler(module: str, tree: ast.Module) -> None:
    if package_of(module) == "runtime" or module in ENTRY:
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
    writing = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter")
    }
    assert writing == {"files.csv_writing"}
    readers = {name for name, tree in modules().items() if "csv" in imports(tree)}
    assert readers == {"files.csv_writing", "files.csv_format"}


STARTING = {
    "patches.dynamodb_client",
    "patches.dataclass_methods",
    "patches.documentation",
    "runtime.settings",
    "runtime.start",
}


def test_who_signs_in_waits_for_no_library_but_the_store_s() -> None:
    """The authorizer starts before anything else can; it leaves Powertools and S3 alone."""
    known, wanted = modules(), ours(ast.parse((FUNCTIONS / "authorizer/handler.py").read_text()))
    reached: set[str] = set()
    while wanted:
        reached |= wanted & known.keys()
        wanted = {each for module in wanted & known.keys() for each in ours(known[module])}
        wanted -= reached
    packages = ("api", "aws", "runtime", "patches")
    assert {package_of(each) for each in reached} <= {"domain", "store", *packages}
    used = {each for each in reached if package_of(each) in packages}
    assert used == {"api.callers", "aws.clients", "aws.retry", *STARTING}


def test_a_library_of_few_is_loaded_where_it_is_used() -> None:
    """What writes and reads workbooks costs a start nothing: no module imports it at its top."""
    rare = {"xlsxwriter", "xml.parsers", "zipfile", "mmap"}
    reading = {"package", "elements", "strings", "sheets", "writing"}
    known = {
        *("files.workbook_format", "files.typed_columns", "files.typed_orders"),
        *("files.workbook_results", "files.statement_workbook", "files.entry_workbook"),
    }
    for name, tree in modules().items():
        top = set(imports(ast.Module([each for each in tree.body if _is_import(each)], [])))
        assert "xlsxwriter" not in top
        if package_of(name) != "workbooks" and name not in known:
            assert top & {*rare, *(f"makegood.workbooks.{each}" for each in reading)} == set()
            assert {each for each in top if each.startswith("makegood.workbooks")} == set()
            assert top & {f"makegood.{each}" for each in known} == set()


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def test_there_is_no_module_for_odds_and_ends() -> None:
    refused = {"utils", "common", "helpers", "manager", "base", "impl", "misc"}
    assert {word for module in modules() for word in re.split("[._]", module)} & refused == set()


@pytest.mark.parametrize("folder", sorted(FUNCTIONS.iterdir()), ids=lambda path: path.name)
def test_a_function_is_one_handler_on_top_of_the_package(folder) -> None:
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    served = {"console"} if folder.name == "docs" else set()
    assert names == {"handler.py"} | served
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
    assert named == {("aws.retry", "SystemRandom")}
