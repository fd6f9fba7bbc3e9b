"""The directory's documents, read and written whole; and the adjustable clock."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from makegood.store.connection import Connection
from makegood.store.items import Compact, Key, Row, Texts, stamp


class DirectoryRow(Row):
    table = "directory"

    document = Compact(null=True)
    campaign_ids = Texts(null=True)


CLOCK: Key = (DirectoryRow, "CLOCK", "CLOCK")


class Documents(Connection):
    """Reads documents in batches, and writes them whole."""

    def documents(self, keys: Iterable[Key]) -> dict[tuple[str, str], Any]:
        """Documents by (pk, sk); missing ones are left out."""
        return {key: row.document for key, row in self.fetch(keys).items()}

    def put(self, key: Key, document: Any) -> None:
        """Writes a document whole; who takes part is only changed by the operator."""
        model, pk, sk = key
        self.write(model(pk, sk, document=document))

    def adjusted_clock(self) -> datetime | None:
        """The instant that the adjustable clock is set to, if it is set."""
        for each in self.documents([CLOCK]).values():
            return datetime.fromisoformat(each)
        return None

    def set_clock(self, at: datetime) -> None:
        self.put(CLOCK, stamp(at))
