"""Two lists of facts compared in constant memory, however long they are and in whatever order.

Each fact is hashed and added to the bucket of its id, modulo 2**64; facts of the other list are
subtracted. A bucket that ends at zero held the same facts on both sides. A fact that is missing,
doubled or different on one side leaves its bucket at another value, but for one chance in 2**64. A
second reading finds the ids: it keeps those of broken buckets only.
"""

import json
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

BUCKETS = 4096
"""Of each comparison: 32 KiB. One bucket of ten million facts holds some 2,500 of them."""

_MODULUS = 2**64


def mark(fact: object) -> int:
    """A positive odd number of 64 bits that stands for a fact; the fact is anything in JSON."""
    written = json.dumps(fact, separators=(",", ":"), sort_keys=True).encode()
    return int.from_bytes(blake2b(written, digest_size=8).digest()) | 1


def bucket_of(identity: str) -> int:
    return (mark(identity) >> 1) % BUCKETS


def _zeros() -> "array[int]":
    return array("Q", bytes(8 * BUCKETS))


@dataclass(slots=True)
class Fingerprint:
    """The difference of two lists, by bucket."""

    sums: "array[int]" = field(default_factory=_zeros)

    def add(self, identity: str, fact: object, times: int) -> None:
        """Adds a fact about an id `times` times; the other side adds it with a negative count."""
        bucket = bucket_of(identity)
        self.sums[bucket] = (self.sums[bucket] + times * mark([identity, fact])) % _MODULUS

    def broken(self) -> list[int]:
        """Buckets in which the two sides differ."""
        return [bucket for bucket, value in enumerate(self.sums) if value]

    def stays_broken(self, earlier: Iterable[tuple[int, int]]) -> list[int]:
        """Buckets broken in an earlier reading, too; first those that differ by the same."""
        both = [(self.sums[bucket] != value, bucket) for bucket, value in earlier]
        return [bucket for _, bucket in sorted(both) if self.sums[bucket]]

    def differences(self) -> list[tuple[int, int]]:
        """Broken buckets, each with its difference."""
        return [(bucket, self.sums[bucket]) for bucket in self.broken()]

    def text(self) -> str:
        """To be read back by `of_text`."""
        return b64encode(b"".join(value.to_bytes(8) for value in self.sums)).decode()

    @classmethod
    def of_text(cls, text: str) -> "Fingerprint":
        raw = b64decode(text)
        values = (int.from_bytes(raw[at : at + 8]) for at in range(0, len(raw), 8))
        return cls(array("Q", values))
