"""The thread of an inquiry: comments that both sides read, and notes that stay with one side.

A comment is part of the inquiry and of its version, so a decision on an older version meets it. A
note is a thing of its own: nothing that the other side can see tells that there is one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from makegood.domain.inquiries import Inquiry, Note
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Role
from makegood.domain.problems import RuleForbids

COMMENT_CHARS_MAX = 2_000
THREAD_MAX = 50
"""The most comments that people add to an inquiry, and the most notes of each side."""


class Visibility(StrEnum):
    """Who reads it: both parties, or the side that wrote it."""

    PARTIES = "PARTIES"
    INTERNAL = "INTERNAL"


def comment(
    inquiry: Inquiry, side: Role, user: str, text: str, now: datetime, by: str
) -> tuple[Inquiry, Outcome]:
    """The inquiry with one more comment for both sides; raises `RuleForbids` if it is full."""
    if len(inquiry.comments) >= THREAD_MAX:
        raise _full(inquiry, "comments")
    commented = inquiry.commented(user, text, now, by, side=side)
    version = inquiry.version + 1
    commented = replace(commented, version=version, commented_version=version)
    return commented, Outcome(inquiries=((inquiry, commented),))


def note(
    inquiry: Inquiry,
    notes: Sequence[Note],
    side: Role,
    user: str,
    text: str,
    now: datetime,
    by: str,
) -> Outcome:
    """One more note of a side, after those that it has; raises `RuleForbids` if it is full."""
    if len(notes) >= THREAD_MAX:
        raise _full(inquiry, "internal notes")
    written = Note(
        inquiry_id=inquiry.inquiry_id,
        side=side,
        number=len(notes) + 1,
        user=user,
        text=text,
        made_at=now,
        source=by,
    )
    return Outcome(notes=(written,))


def _full(inquiry: Inquiry, what: str) -> RuleForbids:
    return RuleForbids(f"Inquiry {inquiry.inquiry_id} has {THREAD_MAX} {what}, and takes no more")
