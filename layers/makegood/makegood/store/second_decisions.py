"""The first of two decisions, as the inquiry keeps it while it waits for the second."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from makegood.domain.inquiries import FirstDecision
from makegood.domain.money import Money
from makegood.store.carried import longer
from makegood.store.items import stamp


def first_document(first: FirstDecision | None) -> tuple[Any, ...] | None:
    if first is None:
        return None
    said = first.payout.minor, first.event_type_id, first.by, stamp(first.at), first.version
    return longer(said, first.carried)


def first_of(document: Sequence[Any] | None, currency: str) -> FirstDecision | None:
    if document is None:
        return None
    minor, event_type_id, by, at, version = document[:5]
    made_at, payout = datetime.fromisoformat(at), Money(minor, currency)
    return FirstDecision(payout, event_type_id, by, made_at, version, carried=document)


def first_in(document: Sequence[Any]) -> int:
    """The version of the inquiry that it made."""
    return int(document[4])
