"""The store for the function that settles evidence."""

from makegood.store.directory import Documents
from makegood.store.exhibits import SENT, Exhibits
from makegood.store.inquiries import Inquiries
from makegood.store.transactions import Contested

__all__ = ["SENT", "Contested", "EvidenceStore"]


class EvidenceStore(Exhibits, Inquiries, Documents):
    """Exhibits, the inquiries that they are of, and the clock of the stack."""
