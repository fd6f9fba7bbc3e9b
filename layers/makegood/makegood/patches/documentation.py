"""botocore without what writes its documentation.

botocore imports the writers of its reference pages with every client, and gives each method of a
client a docstring that is written when somebody reads it. No function reads one: where
`leave_out` came before the first client, these modules are empty, and methods have no docstrings.
"""

import sys
from types import ModuleType

WRITERS = {
    "botocore.docs.service": ("ServiceDocumenter",),
    "botocore.docs.docstring": (
        "ClientMethodDocstring",
        "PaginatorDocstring",
        "WaiterDocstring",
    ),
}
"""What botocore's other modules import of these modules."""


def leave_out() -> None:
    """From here on, these modules of botocore are empty; those that are imported already stay."""
    for name, writers in WRITERS.items():
        empty = ModuleType(name, "Left out: nothing here writes documentation.")
        for each in writers:
            setattr(empty, each, _undocumented)
        sys.modules.setdefault(name, empty)


def _undocumented(*_: object, **__: object) -> None:
    """The docstring of a method that has none."""
