"""What dataclasses write at each start, compiled when the layer is built.

`dataclasses` writes the methods of a class as text and compiles it, for every class at every start
of every function. `keep` writes what comes of that into the folder of a built package, and `use`
finds it there by its text. What is not there, or is of another Python, is compiled as ever: nothing
here can be stale.
"""

import dataclasses
import marshal
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from pkgutil import walk_packages
from types import CodeType
from typing import Any

NAME = f"generated.{sys.implementation.cache_tag}.bin"
PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""The folder of `makegood`, where that file lies."""


def use() -> bool:
    """From here on, texts that were compiled with this package are not compiled again.

    False where none were: this is no built package.
    """
    try:
        with open(os.path.join(PACKAGE, NAME), "rb") as file:
            kept = file.read()
    except FileNotFoundError:
        return False
    if kept.startswith(MAGIC_NUMBER):
        _run_by(_found_in(marshal.loads(kept[len(MAGIC_NUMBER) :])))  # of this build # noqa: S302 # nosec B302
    return True


def _found_in(known: dict[bytes, bytes]) -> Callable[[str], CodeType | str]:
    def find(text: str) -> CodeType | str:
        code = known.get(_name(text))
        return marshal.loads(code) if code else text  # of this build # noqa: S302 # nosec B302

    return find


def keep(folder: str) -> int:
    """Writes what all modules' dataclasses come to; says how many texts that are."""
    known: dict[bytes, bytes] = {}

    def compiled(text: str) -> CodeType:
        code = compile(text, "<generated>", "exec", dont_inherit=True)
        known[_name(text)] = marshal.dumps(code)
        return code

    _run_by(compiled)
    for found in walk_packages([PACKAGE], "makegood."):
        if found.name != __name__:
            import_module(found.name)
    with open(os.path.join(folder, NAME), "wb") as file:
        file.write(MAGIC_NUMBER + marshal.dumps(dict(sorted(known.items()))))
    return len(known)


def _name(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _run_by(find: Callable[[str], CodeType | str]) -> None:
    """`dataclasses` runs its texts by a name of its own, which says what they come to."""

    def run(text: str, scope: dict[str, Any], names: dict[str, Any]) -> None:
        exec(find(text), scope, names)  # as `dataclasses` does # noqa: S102 # nosec B102

    dataclasses.exec = run  # type: ignore[attr-defined]
