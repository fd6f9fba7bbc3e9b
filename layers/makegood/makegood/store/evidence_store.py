"""The store for the function that settles evidence."""

from makegood.store.directory import Documents
from makegood.store.exhibits import Exhibits


class EvidenceStore(Exhibits, Documents):
    """Exhibits, and the clock of the stack."""
