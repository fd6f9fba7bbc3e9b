"""The store: everything that is kept, in DynamoDB."""

from makegood.directory import Advertiser
from makegood.store_access import Access
from makegood.store_books import Books
from makegood.store_calls import Tables
from makegood.store_cases import Cases, Idempotency, fingerprint, request_row
from makegood.store_clearings import Clearings
from makegood.store_commit import Contested, request_put, send
from makegood.store_events import Events
from makegood.store_files import Files, opening
from makegood.store_standings import Standings
from makegood.store_statements import Statements
from makegood.uploads import Upload

__all__ = ["Contested", "Idempotency", "Store", "Tables", "fingerprint"]


class Store(Cases, Access, Files, Books, Standings, Statements, Clearings, Events):
    """All of it, for those who serve people; others take the part that they work on."""

    def put_advertiser(self, advertiser: Advertiser) -> None:
        """Keeps it; with the first, while there can be no action yet, sums of what clears begin."""
        self.begin_clearings()
        super().put_advertiser(advertiser)

    def announce(self, upload: Upload, idempotency: Idempotency | None = None) -> None:
        """Records an upload that is awaited, once; raises `Contested` when its key was used."""
        writes = opening(upload)
        if idempotency is not None:
            request_put(writes, request_row(idempotency))
        send(self.client, writes)
