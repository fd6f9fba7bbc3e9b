"""What a decided inquiry keeps of its appeal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from makegood.domain.inquiries import Appealed, AppealState
from makegood.store.carried import longer
from makegood.store.items import stamp


def appealed_document(appealed: Appealed | None) -> tuple[Any, ...] | None:
    if appealed is None:
        return None
    said = appealed.appeal_id, str(appealed.state), stamp(appealed.at), appealed.version
    return longer(said, appealed.carried)


def appealed_of(document: Sequence[Any] | None) -> Appealed | None:
    if document is None:
        return None
    appeal_id, state, at, version = document[:4]
    written_at = datetime.fromisoformat(at)
    return Appealed(appeal_id, AppealState(state), written_at, version, carried=document)


def appealed_in(document: Sequence[Any]) -> int:
    """The version of the inquiry in which this was written."""
    return int(document[3])
