"""How much memory a file takes on its way, whatever its size: S3 on disk, all else in the process.

A dry run of claims goes through the real bucket, cutter, decisions and joining, in a process of its
own for each length, whose peak is what counts.
"""

import io
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.domain.uploads import Kind, Upload, place_of
from makegood.files import ingestion

from tests.bench.figures import Figure
from tests.memory_files import MemoryStore, Readings
from tests.memory_ingest import Ingest

LIMIT = 1.1
ROW_COUNTS = (10_000, 100_000, 1_000_000)

HEADER = b"Campaign Id,Order Id,Sale Amount,Transaction Date,Type,Notes\r\n"
ROW = b"1000,CD%09d,%d.90,2026-03-05T10:00:00-05:00,UNTRACKED,Basket was larger\r\n"


class Body(io.BytesIO):
    def iter_chunks(self, size: int) -> Iterator[bytes]:
        return iter(lambda: self.read(size), b"")


class Rows:
    """An object of so many rows, made while it is read."""

    def __init__(self, row_count: int) -> None:
        self.row_count = row_count

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield HEADER
        for start in range(0, self.row_count, 100):
            numbers = range(start, min(start + 100, self.row_count))
            yield b"".join(ROW % (at, at % 90 + 1) for at in numbers)


PAGE = 10
"""Objects on a page of a listing."""


class Disk:
    """The calls of S3 that are made here, on a folder; what is uploaded in parts is counted."""

    def __init__(self, folder: Path, row_count: int) -> None:
        self.folder, self.row_count, self.joined_bytes = folder, row_count, 0

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto's name
        if Key.endswith("rows.csv"):
            return {"Body": Rows(self.row_count)}
        return {"Body": Body((self.folder / Key.replace("/", "_")).read_bytes())}

    def put_object(self, Key: str, Body: Any, **_: Any) -> None:  # noqa: N803 - boto's names
        with (self.folder / Key.replace("/", "_")).open("wb") as file:
            file.write(Body) if isinstance(Body, bytes) else shutil.copyfileobj(Body, file)

    def create_multipart_upload(self, **_: Any) -> dict[str, str]:
        return {"UploadId": "1"}

    def upload_part(self, Body: Any, **_: Any) -> dict[str, str]:  # noqa: N803 - boto's name
        while block := Body.read(64 * 1024):
            self.joined_bytes += len(block)
        return {"ETag": "1"}

    def complete_multipart_upload(self, **_: Any) -> None:
        return None

    def list_object_versions(self, Prefix: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """A page of what is there still; the next page has what the one before did not."""
        found = sorted(self.folder.glob(f"{Prefix.replace('/', '_')}*"))
        named = [{"Key": each.name, "VersionId": "null"} for each in found[:PAGE]]
        more = len(found) > PAGE
        return {
            "Versions": named,
            "IsTruncated": more,
            "NextKeyMarker": "",
            "NextVersionIdMarker": "",
        }

    def delete_objects(self, Delete: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        for each in Delete["Objects"]:
            (self.folder / each["Key"]).unlink()
        return {}


class Chunks(MutableMapping[tuple[str, int], Any]):
    """What the store keeps of chunks that are done, on disk as well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, key: tuple[str, int]) -> Any:
        path = self.folder / f"done-{key[1]}"
        if not path.exists():
            raise KeyError(key)
        return pickle.loads(path.read_bytes())  # noqa: S301 - written here

    def __setitem__(self, key: tuple[str, int], value: Any) -> None:
        (self.folder / f"done-{key[1]}").write_bytes(pickle.dumps(value))

    def __delitem__(self, key: tuple[str, int]) -> None:
        (self.folder / f"done-{key[1]}").unlink()

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return (("U1", int(each.name[5:])) for each in self.folder.glob("done-*"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Numbers:
    """The queue, which holds messages elsewhere: here, just their numbers."""

    def __init__(self) -> None:
        self.waiting: deque[int] = deque()

    def send_all(self, messages: Iterable[dict[str, Any]], group: str = "") -> None:
        self.waiting.extend(each["chunk"] for each in messages)


def play(row_count: int, folder: Path) -> Upload:
    """A dry run of a file, from its arrival to its result."""
    disk = Disk(folder, row_count)
    inbox, results = (object.__new__(Bucket) for _ in range(2))
    for bucket in (inbox, results):
        bucket.name, bucket.client = "bucket", disk
    kept, queue = MemoryStore(), Numbers()
    done: Any = Chunks(folder)
    kept.chunks = done
    store: Any = Readings(kept)
    messages: Any = queue
    context = ingestion.FileContext(store, inbox, results, messages, lambda: Ingest().now)
    place = ingestion.Place(*_owner(), Kind.INQUIRIES, "U1", "rows.csv")
    kept.open_upload(Upload(place, context.clock(), 1, dry=True))
    ingestion.receive(context, ingestion.Arrival(place.key, "v1"))
    while queue.waiting:
        ingestion.work_chunk(context, "U1", queue.waiting.popleft())
    upload = kept.uploads["U1"]
    if upload.rows_done != row_count or not upload.is_over:
        raise RuntimeError(f"{upload.rows_done} of {row_count} rows were worked on")
    return upload


def _owner() -> tuple[Any, str]:
    return place_of("partners/10001/inquiries/U1/rows.csv").role, "10001"


def own_peak_mb() -> float:
    """Of this process since it began; what it was forked from does not count."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


def peak_mb(row_count: int) -> float:
    """Of a process of its own that plays a file of so many rows."""
    command = [sys.executable, "-m", "tests.bench.file_memory", str(row_count)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told)


def figures(row_counts: Sequence[int] = ROW_COUNTS) -> list[Figure]:
    """Each file beside the shortest."""
    peaks = {each: peak_mb(each) for each in row_counts}
    least = peaks[row_counts[0]]
    return [
        Figure(f"memory: a file of {each:,} rows", peak, least, peak / least, LIMIT, "MB", 0)
        for each, peak in peaks.items()
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        play(int(sys.argv[1]), Path(made))
    print(own_peak_mb())
