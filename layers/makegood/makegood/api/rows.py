"""The things of a list that are written already, and wait for what goes around them."""

from collections.abc import Iterator
from dataclasses import dataclass

BATCH = 500
"""Things that go into a compressor at once."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The things of a list, each written already."""

    texts: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def first(self, count: int) -> "Rows":
        return Rows(self.texts[:count])

    def joined(self, separator: str) -> Iterator[str]:
        """All of them, in batches."""
        for start in range(0, len(self.texts), BATCH):
            yield separator * bool(start) + separator.join(self.texts[start : start + BATCH])
