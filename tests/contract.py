"""The written description of the API, as something that answers are held against."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from infra.local import publish

BASE = "makegood:openapi"
NO_SUCH_RESOURCE = {403, 404, 405}
SUFFIX = re.compile(r"\.(json|csv|xlsx)$")

Node = Mapping[str, Any]


@cache
def document() -> Node:
    return publish.described()


@cache
def operations() -> dict[tuple[str, str], Node]:
    """Operations by method and path template."""
    return {
        (method.upper(), path): operation
        for path, node in document()["paths"].items()
        for method, operation in node.items()
        if method != "parameters"
    }


def template_of(path: str) -> str:
    """The path template that a path is one of; blank when there is none.

    Where a word and an id would both do, the word goes first, as in a router.
    """
    plain = SUFFIX.sub("", path).rstrip("/")
    found = [known for known in document()["paths"] if _pattern(known).fullmatch(plain)]
    return min(found, key=lambda each: each.count("{"), default="")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def resolved(node: Node) -> Node:
    """What a reference of the document points to."""
    while "$ref" in node:
        target: Any = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


@cache
def _registry() -> Registry:
    return Registry().with_resource(BASE, Resource(document(), DRAFT202012))


def validator(schema: Node) -> Draft202012Validator:
    """Checks values by a schema of the document, which may refer to others of it."""
    return _validator(json.dumps(schema))


@cache
def _validator(schema: str) -> Draft202012Validator:
    absolute = json.loads(schema.replace('"#/', f'"{BASE}#/'))
    return Draft202012Validator(absolute, registry=_registry())


def faults(method: str, path: str, status: int, headers: Mapping[str, str], text: str) -> list[str]:
    """What of an answer is not as it is described."""
    template = template_of(path)
    operation = operations().get((method, template))
    if operation is None:
        return [] if status in NO_SUCH_RESOURCE else [f"{method} {path} is not described"]
    described = operation["responses"].get(str(status))
    if described is None:
        return [f"{method} {template} may not answer {status}"]
    response = resolved(described)
    kind = headers.get("Content-Type", "").partition(";")[0]
    media = response.get("content", {}).get(kind)
    if media is None:
        return [f"{method} {template} may not answer {kind}"]
    missing = [name for name in response.get("headers", {}) if name not in headers]
    if kind != "application/json":
        return [f"no header {name}" for name in missing]
    errors = validator(media["schema"]).iter_errors(json.loads(text))
    return [f"no header {name}" for name in missing] + [
        f"{method} {template}: {error.json_path} {error.message}" for error in errors
    ]
