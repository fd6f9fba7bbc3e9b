"""What the rules are checked on: committed files, modules as syntax trees, templates as data."""

import ast
import re
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.infra import index_steps

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "makegood" / "makegood"
FUNCTIONS = ROOT / "functions"
PACKAGES = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())
"""The packages that the modules lie in."""

STORAGE, WEBHOOKS = "infra/storage.yaml", "infra/webhooks.yaml"
ACCESS, ERASURE = "infra/access.yaml", "infra/erasure.yaml"
EDGE, GUARD = "infra/edge.yaml", "infra/guard.yaml"
LOST, STREAMS = "infra/lost.yaml", "infra/streams.yaml"
EVIDENCE, MAILS = "infra/evidence.yaml", "infra/mails.yaml"
TABLE_TEMPLATES = (STORAGE, "infra/orders.yaml", WEBHOOKS)
"""The templates that have tables."""

TABLES = (
    "Directory",
    "Inquiries",
    "Actions",
    "Ledger",
    "Files",
    "Requests",
    "Events",
    "ShopOrders",
    "Webhooks",
)
"""The tables of all templates, by logical id."""

TEMPLATES = (
    "template.yaml",
    "infra/access.yaml",
    "infra/alarms.yaml",
    "infra/backup.yaml",
    EDGE,
    GUARD,
    "infra/dashboard.yaml",
    ERASURE,
    EVIDENCE,
    LOST,
    MAILS,
    "infra/orders.yaml",
    "infra/people.yaml",
    "infra/records.yaml",
    "infra/sign-in.yaml",
    STORAGE,
    STREAMS,
    WEBHOOKS,
)


def committed() -> list[Path]:
    """Files that git keeps, or would at the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = [ROOT / name for name in sorted(set(listed.split("\0"))) if name]
    return [path for path in paths if path.is_file()]


def python_files() -> list[Path]:
    return [path for path in committed() if path.suffix == ".py"]


@cache
def modules() -> dict[str, ast.Module]:
    """The package's modules by name, like `domain.money`; an empty `__init__` is none."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
        for path in paths
    }


def package_of(module: str) -> str:
    """The package that a module lies in."""
    return module.rpartition(".")[0]


def graph() -> dict[str, set[str]]:
    """Each module with those of ours that it imports."""
    known = modules()
    found = {}
    for name, tree in known.items():
        wanted = {each.removeprefix("makegood.") for each in imports(tree)}
        found[name] = {each for each in wanted if each in known}
    return found


def floors(arrows: dict[str, set[str]]) -> dict[str, int]:
    """How many imports lie below each module, itself included; raises at a circle of imports."""
    known: dict[str, int] = {}

    def floor(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise ValueError(f"a circle of imports: {' -> '.join((*above, name))}")
        if name not in known:
            known[name] = 1 + max((floor(each, (*above, name)) for each in arrows[name]), default=0)
        return known[name]

    for name in arrows:
        floor(name, ())
    return known


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names of everything that is imported, `makegood.x` for modules of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                yield "." * node.level
            elif node.module.removeprefix("makegood.") in PACKAGES:
                yield from (f"{node.module}.{each.name}" for each in node.names)
            else:
                yield node.module


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, each as `{name: arguments}`."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def read(text: str) -> dict[str, Any]:
    """A template as data."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


@cache
def _parsed(name: str) -> dict[str, Any]:
    return read((ROOT / name).read_text())


def template(name: str = "template.yaml") -> dict[str, Any]:
    """A committed template, as data of one's own."""
    return deepcopy(_parsed(name))


def resources(kind: str, name: str = "template.yaml") -> dict[str, dict[str, Any]]:
    """Properties of a template's resources of one type, by logical id."""
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in template(name)["Resources"].items()
        if resource["Type"] == kind
    }


def stored_tables(step: int | None = None) -> dict[str, dict[str, Any]]:
    """Properties of the tables by logical id, as a stack of an index step has them; of the last
    step, if none is said.
    """
    found = (index_steps.tables_at(template(name), step) for name in TABLE_TEMPLATES)
    return {logical_id: each for tables in found for logical_id, each in tables.items()}


def kind_of(logical_id: str) -> str:
    """What the code calls a table, like `shop_orders`."""
    return re.sub("(?<!^)(?=[A-Z])", "_", logical_id).lower()


def functions() -> dict[str, dict[str, Any]]:
    """Properties of the functions by folder."""
    found = resources("AWS::Serverless::Function").values()
    return {each["CodeUri"].removeprefix("functions/"): each for each in found}


def statements(folder: str) -> list[dict[str, Any]]:
    """What the policies that a function names let it do."""
    policies = {
        f"{stack}.Outputs.{name}": policy["PolicyDocument"]
        for stack, path in (("Access", ACCESS), ("Erasure", ERASURE), ("Mailing", MAILS))
        for name, policy in resources("AWS::IAM::ManagedPolicy", path).items()
    }
    documents = [policies[each["GetAtt"]] for each in functions()[folder].get("Policies", ())]
    return [each for document in documents for each in document["Statement"]]


def leading_keys(statement: dict[str, Any]) -> list[str]:
    """The partition keys that a statement is held to."""
    return statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def calls_of_the_layer() -> set[str]:
    """The calls of AWS that the layer of dependencies is built with."""
    recipe = (ROOT / "layers/dependencies/Makefile").read_text()
    (kept,) = re.findall(r"^KEPT := \\\n((?:\t.*\n)+)", recipe, re.MULTILINE)
    return {call for line in re.findall(r":([\w,]+)", kept) for call in line.split(",")}
