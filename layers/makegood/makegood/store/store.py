"""The store: everything that is kept, in DynamoDB."""

from makegood.domain.parties import Advertiser
from makegood.domain.uploads import Upload
from makegood.store.clearings import Clearings
from makegood.store.connection import Tables
from makegood.store.directory import Seen
from makegood.store.events import Events
from makegood.store.file_store import FileStore
from makegood.store.lists import Lists
from makegood.store.people import People
from makegood.store.projections import Projections
from makegood.store.proof import Proofs
from makegood.store.proposals import Proposals
from makegood.store.requests import Idempotency, fingerprint, write_request
from makegood.store.service_levels import ServiceLevels
from makegood.store.statements import Statements
from makegood.store.transactions import Contested, send
from makegood.store.uploads import count_bytes, opening

__all__ = ["Contested", "Idempotency", "Store", "Tables", "fingerprint"]


class Store(
    FileStore,
    People,
    Proofs,
    Projections,
    Proposals,
    Statements,
    Clearings,
    ServiceLevels,
    Events,
    Lists,
):
    """The whole store, for functions that answer people; others take the part that they need."""

    def put_advertiser(self, advertiser: Advertiser, seen: Seen[Advertiser] | None = None) -> None:
        """Writes an advertiser; sums of what clears begin with the first, before any action."""
        self.begin_clearings()
        super().put_advertiser(advertiser, seen)

    def announce(self, upload: Upload, idempotency: Idempotency | None = None) -> None:
        """Records an upload that is awaited, once; raises `Contested` when its key was used, and
        when its `BYTES` have no room in their month.
        """
        writes = opening(upload)
        if upload.size:
            count_bytes(writes, upload)
        if idempotency is not None:
            write_request(writes, idempotency)
        send(self, writes)
