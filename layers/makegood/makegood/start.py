"""The start of a function's process: from the first import to the first event.

Nothing that is made meanwhile is garbage, so none is looked for; and what was made stays for good,
so it is not looked at again later.
"""

import gc

from makegood import generated


def begin() -> None:
    """What a built package begins with; any other leaves things as they are."""
    if generated.use():
        gc.disable()


def started() -> None:
    """The last that a handler's module does: all is there that its events need."""
    gc.freeze()
    gc.enable()
