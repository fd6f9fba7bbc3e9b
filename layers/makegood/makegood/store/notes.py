"""Notes on inquiries as items: a head for each side that counts them, and an item for each.

They are apart from the items of the inquiry: writing one changes nothing of those, and their stream
tells nobody.
"""

from datetime import datetime

from makegood.domain.inquiries import Note
from makegood.domain.parties import Role
from makegood.store.carried import longer
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW, at_version
from makegood.store.items import Compact, Key, Row, stamp
from makegood.store.transactions import Writes


class NotesRow(Row):
    """How many notes a side has of an inquiry; its version is their number."""

    table = "inquiries"


class NoteRow(Row):
    table = "inquiries"

    document = Compact()


def notes_key(inquiry_id: str, side: Role) -> Key:
    return NotesRow, f"I#{inquiry_id}", f"NOTES#{side}"


def note_key(inquiry_id: str, side: Role, number: int) -> Key:
    return NoteRow, f"I#{inquiry_id}", f"N#{side}#{number:04d}"


def write_note(writes: Writes, note: Note) -> None:
    """On condition that the side has as many notes as come before this one."""
    place, label = (note.inquiry_id, note.side), f"note:{note.inquiry_id}"
    head = notes_key(*place)[1:]
    after = NotesRow(*head, version=note.number)
    if note.number == 1:
        writes.puts.append((label, after, IS_NEW))
    else:
        before = NotesRow(*head, version=note.number - 1)
        writes.moves.append((label, before, after, at_version(NotesRow, before.version)))
    document = longer((note.user, note.text, stamp(note.made_at), note.source), note.carried)
    row = NoteRow(*note_key(*place, note.number)[1:], document=document)
    writes.puts.append((f"{label}:{note.number}", row, IS_NEW))


class Notes(Connection):
    """Reading notes."""

    def notes(self, inquiry_id: str, side: Role) -> tuple[Note, ...]:
        """All notes of a side on an inquiry, oldest first."""
        key = notes_key(inquiry_id, side)
        head = self.fetch([key]).get(key[1:])
        numbers = range(1, int(head.version) + 1) if head else ()
        keys = {number: note_key(inquiry_id, side, number) for number in numbers}
        rows = self.fetch(keys.values())
        found = []
        for number, (_, *place) in keys.items():
            document = rows[place[0], place[1]].document
            user, text, made_at = document[:3]
            at, source = datetime.fromisoformat(made_at), "".join(document[3:4])
            found.append(Note(inquiry_id, side, number, user, text, at, source, carried=document))
        return tuple(found)
