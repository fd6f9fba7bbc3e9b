"""How fast files are read and written, workbooks beside CSV: `python -m tests.workbooks.figures`.

Rows are those of the undecided sheet, 27 columns wide. Each figure is of a process of its own: rows
per second of its CPU time, and the most memory that it took beyond what it had before.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from makegood.domain.uploads import Kind
from makegood.files import csv_writing, formats
from makegood.files.csv_format import table_rows
from makegood.files.export_rows import RESOLUTION_HEADER, resolution_row
from makegood.files.formats import ChunkSize

from tests import builders
from tests.memory_ingest import Ingest, claim

ROW_COUNTS = (1_000, 10_000, 100_000)
TOGETHER = 500
SIZE = ChunkSize(512 * 1024, 500)
BLOCK_BYTES = 256 * 1024


def parts(row_count: int) -> Iterator[bytes]:
    """A sheet's rows as its parts have them."""
    ingest = Ingest()
    more = {"Notes": "The basket was larger than what was tracked", "Customer Id": "K-1"}
    ingest.whole(Kind.INQUIRIES, claim("A-1", "123.45", **more))
    (inquiry,) = ingest.kept.inquiries.values()
    campaign = builders.a_campaign()
    for start in range(0, row_count, TOGETHER):
        numbers = range(start, min(start + TOGETHER, row_count))
        found = (replace(inquiry, inquiry_id=str(7_000_000_000_000_000 + at)) for at in numbers)
        yield csv_writing.render(resolution_row(each, campaign, "Refund Club") for each in found)


def write_csv(file: IO[bytes], row_count: int) -> None:
    file.write(csv_writing.BOM + csv_writing.render([RESOLUTION_HEADER]))
    for part in parts(row_count):
        file.write(part)


def write_xlsx(file: IO[bytes], row_count: int) -> None:
    from makegood.files import workbook_results

    campaign = builders.a_campaign()
    workbook_results.fill_sheet(
        file, "undecided", campaign, RESOLUTION_HEADER, table_rows(parts(row_count)), WRITTEN_AT
    )


def read(file: IO[bytes], row_count: int) -> None:
    blocks = iter(lambda: file.read(BLOCK_BYTES), b"")
    with formats.opened(blocks, SIZE, Kind.RESOLUTIONS, {}) as cutter:
        found = sum(sum(1 for _ in chunk.records()) for chunk in cutter)
    if found != row_count:
        raise SystemExit(f"read {found} rows of {row_count}")


WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
WORK: dict[str, Callable[[IO[bytes], int], None]] = {
    "out csv": write_csv,
    "out xlsx": write_xlsx,
    "in csv": read,
    "in xlsx": read,
}


def main(what: str, row_count: int, path: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with Path(path).open("rb" if what.startswith("in") else "wb") as file:
        WORK[what](file, row_count)
    seconds = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = Path(path).stat().st_size
    print(json.dumps([row_count / seconds, grown / 1024, size / 1024 / 1024]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
        sys.exit()
    print(f"{'':10}{'rows':>9}{'rows/CPU s':>12}{'more MB':>9}{'file MB':>9}")
    with TemporaryDirectory() as folder:
        for what in WORK:
            for row_count in ROW_COUNTS:
                path = f"{folder}/{row_count}.{what.split()[1]}"
                command = [sys.executable, "-m", "tests.workbooks.figures", what]
                done = subprocess.run(
                    [*command, str(row_count), path], capture_output=True, check=True
                )
                rate, grown, size = json.loads(done.stdout)
                print(f"{what:10}{row_count:9,}{rate:12,.0f}{grown:9.1f}{size:9.1f}", flush=True)
