"""What the stream of a table tells: every item that differs from the last look at it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

AT = 1_790_000_000.0
"""When the first change was stored; each that follows is a second later."""

Item = dict[str, Any]
Items = Mapping[tuple[str, str], Item]


class Stream:
    """`look` reads all items of what it is a stream of, by (pk, sk)."""

    def __init__(self, look: Callable[[], Items]) -> None:
        self.look = look
        self.seen: Items = {}
        self.told = 0

    def records(self) -> list[Item]:
        """What changed since the last time this was asked."""
        return list(self._records())

    def _records(self) -> Iterator[Item]:
        now = self.look()
        for (pk, sk), item in now.items():
            before = self.seen.get((pk, sk))
            if before == item:
                continue
            self.told += 1
            yield {
                "eventName": "INSERT" if before is None else "MODIFY",
                "dynamodb": {
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "NewImage": item,
                    "SequenceNumber": str(self.told),
                    "ApproximateCreationDateTime": AT + self.told,
                },
            }
        self.seen = now
