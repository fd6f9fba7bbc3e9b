"""What files are worked on with: the store, the buckets, the queue of chunks, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.problems import Unavailable
from makegood.store.file_store import FileStore

CSV = "text/csv; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class FileContext:
    """What files are worked on with. `now` is only read where something starts or ends."""

    store: FileStore
    inbox: Bucket
    results: Bucket
    chunks: Queue
    clock: Callable[[], datetime]

    def working_copy(self, key: str) -> bytes:
        """What a file's work keeps for itself among the results.

        Raises `Unavailable` if it is gone, as it is once the file is over: who comes again finds
        it over.
        """
        data = self.results.read_if_there(key)
        if data is None:
            raise Unavailable
        return data
