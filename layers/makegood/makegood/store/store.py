"""The store: everything that is kept, in DynamoDB."""

from makegood.domain.parties import Advertiser
from makegood.domain.uploads import Upload
from makegood.store.access import Access
from makegood.store.cases import Cases, Idempotency, fingerprint, request_row
from makegood.store.clearings import Clearings
from makegood.store.connection import Tables
from makegood.store.events import Events
from makegood.store.proof import Books
from makegood.store.standings import Standings
from makegood.store.statements import Statements
from makegood.store.transactions import Contested, request_put, send
from makegood.store.uploads import Files, opening

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
