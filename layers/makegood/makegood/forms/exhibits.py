"""What is said of a file of evidence before it is sent."""

from dataclasses import dataclass
from datetime import UTC
from typing import Self

from makegood.domain.exhibits import BEGINNINGS, BYTES_MAX, NAME_CHARS_MAX, Announced, ExhibitType
from makegood.domain.problems import Malformed
from makegood.forms import reading
from makegood.forms.reading import Fields, Form, one_of

TYPES = {each.value: each for each in ExhibitType}
KNOWN_CONTENT = ", ".join(BEGINNINGS)
NOT_IN_NAMES = frozenset('/\\"')


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """A file that is announced for an inquiry."""

    inquiry_id: str
    said: Announced

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raises `Invalid` with every field at fault."""
        form = Form(fields, UTC, "")
        inquiry_id = reading.inquiry_id(fields)
        exhibit_type = form.read("Type", _type, required=True, why=one_of(TYPES))
        name = form.read("Name", _name, required=True)
        size = form.read("Size", _size, required=True)
        why = f"One of {KNOWN_CONTENT}"
        content_type = form.read("ContentType", _content_type, required=True, why=why)
        form.done()
        if exhibit_type is None or name is None or size is None or content_type is None:
            raise ValueError("a required field was read as blank")
        said = Announced(exhibit_type=exhibit_type, name=name, size=size, content_type=content_type)
        return cls(inquiry_id, said)


def _type(text: str) -> ExhibitType:
    if text.lower() not in TYPES:
        raise Malformed("unknown_type", f"Not a type of evidence; give {one_of(TYPES)}")
    return TYPES[text.lower()]


def _name(text: str) -> str:
    odd = any(each in NOT_IN_NAMES or not each.isprintable() for each in text)
    if odd or len(text) > NAME_CHARS_MAX or not text.strip(". "):
        message = f"Up to {NAME_CHARS_MAX} characters, without slashes, quotes and controls"
        raise Malformed("bad_name", message)
    return text


def _size(text: str) -> int:
    """Bytes, of no more digits than the largest has: Python refuses to read thousands of them."""
    readable = text.isdecimal() and len(text) <= len(str(BYTES_MAX))
    if not readable or not 0 < int(text) <= BYTES_MAX:
        raise Malformed("bad_size", f"The file's size in bytes, from 1 to {BYTES_MAX}")
    return int(text)


def _content_type(text: str) -> str:
    if text.lower() not in BEGINNINGS:
        raise Malformed("unknown_content_type", f"Evidence is one of {KNOWN_CONTENT}")
    return text.lower()
