"""The start of a function's process: from the first import to the first event.

Nothing that is made meanwhile is garbage, so none is looked for; and what was made stays for good,
so it is not looked at again later.
"""

import gc

from makegood.runtime import cold_start


def begin() -> None:
    """What a built package begins with; any other leaves things as they are."""
    if cold_start.use():
        gc.disable()


def started() -> None:
    """The last that a handler's module does: all is there that its events need."""
    gc.freeze()
    gc.enable()
