"""Methods of dataclasses, compiled when the layer is built.

`dataclasses` writes the methods of a class as text and compiles the text, for each class, whenever
a process starts. The layer's build keeps the compiled code of every text in a file beside the
package (`layers/makegood/keep_methods.py`); `use` makes `dataclasses` look there first. A text that
the file does not hold is compiled as usual, and a file of another Python is not read, so nothing
here can be stale.
"""

import dataclasses
import marshal
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from types import CodeType
from typing import Any

NAME = f"generated.{sys.implementation.cache_tag}.bin"
PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""The folder of `makegood`, which holds that file."""


def use() -> bool:
    """From here on, `dataclasses` takes the kept code. False where no file was built with it."""
    try:
        with open(os.path.join(PACKAGE, NAME), "rb") as file:
            kept = file.read()
    except FileNotFoundError:
        return False
    if kept.startswith(MAGIC_NUMBER):
        known = marshal.loads(kept[len(MAGIC_NUMBER) :])  # of this build # noqa: S302 # nosec B302
        run_by(lambda text: _code(known.get(name_of(text))) or text)
    return True


def _code(kept: bytes | None) -> CodeType | None:
    return marshal.loads(kept) if kept else None  # of this build # noqa: S302 # nosec B302


def name_of(text: str) -> bytes:
    """The name that the code of a text is kept by."""
    return sha256(text.encode()).digest()


def run_by(find: Callable[[str], CodeType | str]) -> None:
    """`dataclasses` runs its texts by its global name `exec`: `find` says what to run for each."""

    def run(text: str, scope: dict[str, Any], names: dict[str, Any]) -> None:
        exec(find(text), scope, names)  # as `dataclasses` does # noqa: S102 # nosec B102

    dataclasses.exec = run  # type: ignore[attr-defined]
