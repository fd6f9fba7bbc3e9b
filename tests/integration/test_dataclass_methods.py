"""Methods that the layer's build kept are those that `dataclasses` makes by itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.sources import PACKAGE

METHODS = """
import dataclasses, hashlib, json, marshal, pkgutil, sys
from importlib import import_module
import makegood
for each in pkgutil.walk_packages(makegood.__path__, "makegood."):
    import_module(each.name)

def shown(each):
    if isinstance(each, frozenset):
        return sorted(map(repr, each))
    return told(each) if hasattr(each, "co_code") else repr(each)

def told(code):
    parts = [shown(each) for each in code.co_consts]
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_argcount
    kept = repr((code.co_code.hex(), names, code.co_kwonlyargcount, code.co_flags, parts))
    return hashlib.sha256(kept.encode()).hexdigest()

found = {}
for name, module in sorted(sys.modules.items()):
    for kind in vars(module).values() if name.startswith("makegood.") else ():
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            for method in vars(kind).values():
                if hasattr(method, "__code__"):
                    place = f"{kind.__module__}.{method.__qualname__}"
                    defaults = repr((method.__defaults__, method.__kwdefaults__))
                    found[place] = told(method.__code__), defaults, repr(method.__annotations__)
swapped = dataclasses.__dict__.get("exec") is not None
print(json.dumps({"swapped": swapped, "methods": found}))
"""


def methods(package: Path) -> dict[str, object]:
    """The methods of all dataclasses, as a fresh process that imports that package has them."""
    told = subprocess.run(
        [sys.executable, "-B", "-c", METHODS],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return json.loads(told)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the methods kept, as the layer's build makes it."""
    copy = tmp_path_factory.mktemp("layer") / "makegood"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    keep = PACKAGE.parent / "keep_methods.py"
    subprocess.run([sys.executable, "-B", str(keep), str(copy)], check=True)
    return copy


def test_kept_methods_are_those_that_dataclasses_makes(kept: Path) -> None:
    theirs, ours = methods(PACKAGE), methods(kept)
    assert (theirs["swapped"], ours["swapped"]) == (False, True)
    assert ours["methods"] == theirs["methods"]
    assert len(theirs["methods"]) > 100


def test_a_file_of_another_python_is_not_read(kept: Path) -> None:
    (file,) = kept.glob("generated.*.bin")
    whole = file.read_bytes()
    try:
        file.write_bytes(b"\0\0\0\0" + whole[4:])
        assert methods(kept)["swapped"] is False
    finally:
        file.write_bytes(whole)
