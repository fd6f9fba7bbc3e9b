"""The calls of AWS that the package makes are those that the layer is built with."""

import ast
from collections.abc import Iterator

from tests.infra.sources import calls_of_the_layer, modules

UNCALLED = {"CreateBucket", "HeadBucket"}
"""Calls that are made by nobody, but that botocore's clients of S3 look for."""

SIGNED = {"generate_presigned_post", "generate_presigned_url"}
"""Methods of a client that call nobody: they sign what somebody else will ask for."""


def made(tree: ast.AST) -> Iterator[str]:
    """What is called on a client, or said to `Calls.call`, as methods of a client are named."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        on = node.func.value
        if isinstance(on, ast.Call):
            on = on.func  # a client that is made for one call
        name = on.attr if isinstance(on, ast.Attribute) else getattr(on, "id", "")
        if name == "client" and node.func.attr not in SIGNED:
            yield node.func.attr
        if node.func.attr == "call" and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def test_the_layer_is_built_with_the_calls_that_are_made_and_no_others() -> None:
    methods = {name for tree in modules().values() for name in made(tree)}
    called = {"".join(map(str.capitalize, each.split("_"))) for each in methods}
    assert calls_of_the_layer() - UNCALLED == called
