"""Keeps the compiled methods of all dataclasses in a built package: `keep_methods.py FOLDER`.

`makegood.patches.dataclass_methods` says what for. The package beside this file is the one that is
imported; `FOLDER` is the built copy of it.
"""

import marshal
import sys
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from pkgutil import walk_packages
from types import CodeType

from makegood.patches import dataclass_methods
from makegood.patches.dataclass_methods import NAME, PACKAGE


def keep(folder: Path) -> None:
    """Imports all modules, and writes the code of the texts that their dataclasses come to."""
    known: dict[bytes, bytes] = {}

    def compiled(text: str) -> CodeType:
        code = compile(text, "<generated>", "exec", dont_inherit=True)
        known[dataclass_methods.name_of(text)] = marshal.dumps(code)
        return code

    dataclass_methods.run_by(compiled)
    for found in walk_packages([PACKAGE], "makegood."):
        import_module(found.name)
    (folder / NAME).write_bytes(MAGIC_NUMBER + marshal.dumps(dict(sorted(known.items()))))


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
