"""The start of a function's process: from the first import to the first event.

Nothing that is made meanwhile is garbage, so the collector is off. What was made stays for good, so
the collector never looks at it later.
"""

import gc

from makegood.patches import dataclass_methods, documentation


def begin() -> None:
    """Begins the start of a built package; does nothing in any other."""
    if dataclass_methods.use():
        gc.disable()
        documentation.leave_out()


def started() -> None:
    """Ends the start; a handler's module calls it last, when all that events need is there."""
    gc.freeze()
    gc.enable()
