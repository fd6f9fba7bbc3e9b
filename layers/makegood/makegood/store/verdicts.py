"""The verdict that an inquiry keeps, as a document in its hot item.

A verdict comes without a new version of its inquiry, so it is written on its own number as well:
of two that are made at once, the second is made again on what it is to replace.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from makegood.domain.money import Money
from makegood.domain.verdicts import Check, HoldKind, KeptVerdict, Verdict
from makegood.store.carried import beyond, longer
from makegood.store.items import stamp


def verdict_document(kept: KeptVerdict | None) -> dict[str, Any] | None:
    """The document; blank fields are left out."""
    if kept is None:
        return None
    document = {
        "verdict": kept.verdict.value,
        "at": stamp(kept.made_at),
        "why": kept.explanation,
        "order": kept.order_id,
        "left": kept.left and (kept.left.minor, kept.left.currency),
        "step": kept.step,
        "checks": [
            longer((each.field, each.claimed, each.shop, each.holds), each.carried)
            for each in kept.checks
        ],
        "candidates": list(kept.candidates),
        "holds": [each.value for each in kept.holds],
        "told": kept.told,
        "picked": kept.picked,
    }
    written = {name: value for name, value in document.items() if value}
    return written | beyond(document, kept.carried)


def verdict_of(document: Mapping[str, Any] | None, number: int | None) -> KeptVerdict | None:
    """The verdict of a document, with its number."""
    if document is None:
        return None
    left = document.get("left")
    return KeptVerdict(
        verdict=Verdict(document["verdict"]),
        explanation=document["why"],
        made_at=datetime.fromisoformat(document["at"]),
        number=number or 1,
        order_id=document.get("order", ""),
        left=Money(*left[:2]) if left else None,
        step=document.get("step", 0),
        checks=tuple(Check(*each[:4], carried=each) for each in document.get("checks", ())),
        candidates=tuple(document.get("candidates", ())),
        holds=tuple(map(HoldKind, document.get("holds", ()))),
        told=document.get("told", False),
        picked=document.get("picked", ""),
        carried=document,
    )
