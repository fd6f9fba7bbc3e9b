"""The store for functions that work on files."""

from makegood.store.uploads import Uploads
from makegood.store.work_store import WorkStore


class FileStore(WorkStore, Uploads):
    """What decisions need, and the uploads."""
