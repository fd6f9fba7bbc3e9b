"""A bucket, a queue and what goes along with a commit, in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from makegood.aws.s3 import BY_ETAG, Stored


@dataclass(slots=True)
class Objects:
    """A bucket. What is `put` stays as a version, by its tag, as long as `versions` are kept."""

    kept: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, bytes] = field(default_factory=dict)
    versioned: bool = True
    blocks_read: int = 0

    def put(self, key: str, data: bytes) -> str:
        """The tag of its bytes, which an event tells."""
        self.kept[key] = data
        etag = sha256(data).hexdigest()
        self.versions[f"version {etag}"] = data
        return etag

    def stored(self, key: str, version: str = "") -> Stored:
        if version.startswith(BY_ETAG):
            return Stored(version, version.removeprefix(BY_ETAG))
        etag = sha256(self.versions.get(version, self.kept[key])).hexdigest()
        return Stored(f"version {etag}" if self.versioned else f"{BY_ETAG}{etag}", etag)

    def blocks(self, key: str, version: str = "") -> Iterator[bytes]:
        data = self.versions.get(version, self.kept[key])
        if version.startswith(BY_ETAG) and self.stored(key).version != version:
            raise KeyError("PreconditionFailed")
        for start in range(0, len(data), 4096):
            self.blocks_read += 1
            yield data[start : start + 4096]

    def read(self, key: str) -> bytes:
        return self.kept[key]

    def read_if_there(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def write(self, key: str, data: bytes, content_type: str) -> None:
        self.kept[key] = data

    def erase(self, prefix: str) -> int:
        gone = [key for key in self.kept if key.startswith(prefix)]
        for key in gone:
            del self.kept[key]
        return len(gone)

    def join(self, key: str, pieces: Iterable[bytes], content_type: str) -> None:
        self.kept[key] = b"".join(pieces)


@dataclass(slots=True)
class Messages:
    """A queue, and the groups that its messages were sent in."""

    waiting: list[dict[str, Any]] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)

    def send(self, message: dict[str, Any]) -> None:
        self.waiting.append(message)

    def send_fairly(self, message: dict[str, Any], group: str) -> None:
        self.groups.add(group)
        self.waiting.append(message)

    def send_all(self, messages: Iterable[dict[str, Any]], group: str = "") -> None:
        self.groups.add(group)
        self.waiting.extend(messages)


@dataclass(frozen=True, slots=True)
class FakeWrites:
    """What is committed along with something else: what it asks, and what then happens."""

    labels: tuple[str, ...]
    holds: Callable[[], bool]
    happens: Callable[[], object] = lambda: None

    def __len__(self) -> int:
        return len(self.labels)
