"""The clock of an inquiry, as a document in its hot item; most inquiries have none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from makegood.domain.deadlines import Clock, Deadlines, Step
from makegood.store.carried import beyond
from makegood.store.items import stamp


def clock_document(clock: Clock | None) -> dict[str, Any] | None:
    """The document; blank fields are left out."""
    if clock is None:
        return None
    document = {
        "agreed": clock.agreed.to_dict(),
        "started": stamp(clock.started_at),
        "answer_by": clock.answer_by and stamp(clock.answer_by),
        "paused": clock.paused_at and stamp(clock.paused_at),
        "lapses": clock.lapses_at and stamp(clock.lapses_at),
        "told": int(clock.told),
        "told_in": clock.told_in,
    }
    written = {name: value for name, value in document.items() if value}
    return written | beyond(document, clock.carried)


def clock_of(document: Mapping[str, Any] | None) -> Clock | None:
    if document is None:
        return None
    return Clock(
        agreed=Deadlines.from_dict(document["agreed"]),
        started_at=datetime.fromisoformat(document["started"]),
        answer_by=_maybe(document.get("answer_by")),
        paused_at=_maybe(document.get("paused")),
        lapses_at=_maybe(document.get("lapses")),
        told=Step(document.get("told", 0)),
        told_in=document.get("told_in", 0),
        carried=document,
    )


def told_in(document: Mapping[str, Any]) -> tuple[Step, int]:
    """The last step that was told, and the version that told it."""
    return Step(document.get("told", 0)), document.get("told_in", 0)


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
