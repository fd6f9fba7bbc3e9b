"""Refused sign-ins slow their source down: the more of them, the longer the answer waits.

A process knows those that it has seen itself. Many processes, and sources that change, are for the
firewall; what one process sees is enough to make trying tokens slow.
"""

from collections import OrderedDict

FREE = 5
"""Refusals of a source that cost nothing: people mistype, and scripts start before their secret."""

WINDOW_SECONDS = 60.0
FIRST_PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 2.0
SOURCES_MAX = 1_000


class Refusals:
    """The latest refusals by source; the sources that were seen longest ago are forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def pause_after(self, source: str, now: float) -> float:
        """Notes a refusal; returns for how many seconds its answer waits. `now` is any clock's."""
        since, count = self._seen.pop(source, (now, 0))
        if now - since >= WINDOW_SECONDS:
            since, count = now, 0
        self._seen[source] = since, count + 1
        if len(self._seen) > SOURCES_MAX:
            self._seen.popitem(last=False)
        if count < FREE:
            return 0.0
        return min(FIRST_PAUSE_SECONDS * 2 ** min(count - FREE, 10), PAUSE_SECONDS_MAX)
