"""A file ten times as long takes no more memory."""

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from makegood.files import ingestion

from tests.bench import file_memory
from tests.bench.file_memory import ROW, Disk, play

GROWTH_MAX = 1.1


class Swept(Disk):
    """Collects cycles at each write, so that what is counted is what is held."""

    def put_object(self, **written: Any) -> None:
        gc.collect()
        super().put_object(**written)


def peak(row_count: int, folder: Path) -> int:
    folder.mkdir()
    gc.freeze()
    tracemalloc.start()
    try:
        play(row_count, folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_memory_is_bounded_by_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 10)
    monkeypatch.setattr("makegood.aws.s3.PART_BYTES", 4 * 1024)
    monkeypatch.setattr(file_memory, "Disk", Swept)
    monkeypatch.setattr(file_memory, "ROW", ROW.replace(b"Basket", b"Basket " * 40))
    peak(700, tmp_path / "first, which leaves Python's own caches full")
    assert peak(700, tmp_path / "long") < GROWTH_MAX * peak(70, tmp_path / "short")
