"""What either side adds to the thread of an inquiry."""

from dataclasses import dataclass
from datetime import UTC
from typing import Self

from makegood.domain.problems import Malformed
from makegood.domain.texts import several_lines
from makegood.domain.threads import COMMENT_CHARS_MAX, Visibility
from makegood.forms import reading
from makegood.forms.reading import Fields, Form, one_of


@dataclass(frozen=True, slots=True)
class CommentRequest:
    """A comment on an inquiry; blank `Visibility` is PARTIES."""

    inquiry_id: str
    text: str
    visibility: Visibility

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raises `Invalid` with every field at fault."""
        form = Form(fields, UTC, "")
        inquiry_id = reading.inquiry_id(fields)
        text = form.read("Comment", _text, required=True)
        why = one_of(Visibility)
        visibility = form.read("Visibility", _visibility, why=why) or Visibility.PARTIES
        form.done()
        return cls(inquiry_id, text or "", visibility)


def _text(text: str) -> str:
    return several_lines(text, COMMENT_CHARS_MAX)


def _visibility(text: str) -> Visibility:
    if text.upper() not in Visibility.__members__:
        raise Malformed("unknown_visibility", f"Not a visibility; give {one_of(Visibility)}")
    return Visibility[text.upper()]
