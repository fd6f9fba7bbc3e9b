"""The methods of dataclasses, compiled when the layer is built, not at every start.

`dataclasses` writes the methods of each class as text, and compiles the text at every start of
every function. `keep` stores the compiled code in the folder of a built package, and `use` finds it
there by its text. A text that is missing, or was compiled by another Python, is compiled as usual,
so stale code is never used.
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
"""The folder of `makegood`, which holds the file."""


def use() -> bool:
    """From here on, texts that were compiled when the package was built are not compiled again.

    False if there are none: this package was not built.
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
    """Compiles and stores the methods of all modules' dataclasses; returns the number of texts."""
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
    """The function name by which `dataclasses` runs a text, and the code that it yields."""

    def run(text: str, scope: dict[str, Any], names: dict[str, Any]) -> None:
        exec(find(text), scope, names)  # as `dataclasses` does # noqa: S102 # nosec B102

    dataclasses.exec = run  # type: ignore[attr-defined]
