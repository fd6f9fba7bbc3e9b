"""The mark of an erasure on the head of an inquiry or an action.

An erasure marks the document and its head in one transaction, so both always bear the same mark. A
commit holds the head to the mark of the document that it was decided by: nothing of a customer that
was read before an erasure is written after it, be it into the document itself, into an action that
an inquiry becomes, or into the answer that is kept for a repeat.
"""

from collections.abc import Mapping
from typing import Any

from makegood.domain.erasure import MARK
from makegood.store.expressions import Condition, at_version, compared, is_missing
from makegood.store.items import Row


def as_decided(head: type[Row], version: int, read: Mapping[str, Any] | None) -> Condition:
    """That a head has the version that was decided by, and bears the mark of the document that was
    read; of any mark where none was. A mark of an older version, `true`, is on the document alone.
    """
    held = at_version(head, version)
    if not read:
        return held
    mark = read.get(MARK)
    if mark is None or mark is True:
        return held & is_missing(MARK)
    return held & compared(head, MARK, "=", mark)
