"""What files are worked on from."""

from makegood.store.uploads import Uploads
from makegood.store.work_store import WorkStore


class FileStore(WorkStore, Uploads):
    """What decisions are made on, and the files themselves."""
