"""The layers as they were built for the stack: compiled for good, complete, and nothing besides.

A start on them compiles nothing and opens no connection.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.stack import STATE, Stack
from tests.bench.starts import ENVIRONMENT, FUNCTIONS, LAYERS
from tests.infra.sources import calls_of_the_layer

BUILT = STATE / "e2e" / "build"
PLACES = [BUILT / name / "python" for name in LAYERS.values()]
UNCHECKED_HASH = 0b01
"""What a compiled file says that is taken as it is, whatever its source's date."""

STARTED = """
import json, sys
opened = []
outward = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
sys.addaudithook(lambda event, _: opened.append(event) if event in outward else None)
import handler
print(json.dumps({"modules": sorted(sys.modules), "opened": opened}))
"""


@pytest.fixture(scope="module")
def built(stack: Stack) -> list[Path]:
    return [path for place in PLACES for path in sorted(place.rglob("*.py"))]


def test_every_module_is_compiled_and_taken_as_it_is(built: list[Path]) -> None:
    assert built
    stale = []
    for source in built:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        head = compiled.read_bytes()[:16] if compiled.exists() else b""
        flags = int.from_bytes(head[4:8], "little")
        fresh = importlib.util.source_hash(source.read_bytes())
        if head[:4] != importlib.util.MAGIC_NUMBER or flags != UNCHECKED_HASH or head[8:] != fresh:
            stale.append(str(source))
    assert stale == []


def told(code: str, name: str) -> str:
    """What a fresh process says that runs this on the layers, as that function would."""
    places = os.pathsep.join(str(each.resolve()) for each in (*PLACES, FUNCTIONS / name))
    return subprocess.run(
        [sys._base_executable, "-S", "-B", "-c", code],
        env={**ENVIRONMENT, "PYTHONPATH": places},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


NOT_LOADED = {
    "authorizer": {
        "aws_lambda_powertools",
        "makegood.usecases.unit_of_work",
        "makegood.api.presenters",
    },
    "books": {
        "makegood.usecases.unit_of_work",
        "makegood.api.app",
        "makegood.runtime.queue_batches",
    },
    "docs": {"botocore", "pynamodb", "aws_lambda_powertools"},
    "events": {
        "makegood.usecases.unit_of_work",
        "makegood.domain.claims",
        "makegood.api.app",
        "makegood.api.webhook_bodies",
    },
    "ingest": {
        "makegood.api.app",
        "makegood.usecases.change_action",
        "makegood.domain.statements",
        "makegood.domain.access",
    },
    "sweep": {
        "makegood.api.app",
        "makegood.aws.s3",
        "makegood.files.csv_format",
        "makegood.domain.statements",
    },
}
"""What a function has no use for, of what others do."""


@pytest.mark.parametrize("name", sorted(path.name for path in FUNCTIONS.iterdir()))
def test_a_start_opens_nothing_and_loads_no_more_than_it_uses(built: list[Path], name: str) -> None:
    found = json.loads(told(STARTED, name))
    assert found["opened"] == []
    loaded = set(found["modules"])
    assert loaded & {"boto3", "asyncio", "html.parser", *NOT_LOADED.get(name, ())} == set()
    assert f"makegood.{'api.openapi' if name == 'docs' else 'aws.clients'}" in loaded


WITHOUT_COMPILING = """
import makegood, dataclasses
run, missed = dataclasses.exec, []
find = run.__closure__[0].cell_contents
def watched(text, scope, names):
    missed.extend([text] if isinstance(find(text), str) else [])
    run(text, scope, names)
dataclasses.exec = watched
import handler
print(len(missed))
"""


@pytest.mark.parametrize("name", ["partners", "ingest", "books"])
def test_methods_of_dataclasses_are_compiled_with_the_package(built: list[Path], name: str) -> None:
    assert told(WITHOUT_COMPILING, name) == "0\n"


def test_the_layer_has_the_calls_that_it_is_built_with_and_no_others(built: list[Path]) -> None:
    known: set[str] = set()
    for path in (PLACES[0] / "botocore/data").glob("*/*/service-2.json"):
        known |= set(json.loads(path.read_text())["operations"])
    assert known == calls_of_the_layer()
