"""How often an account may ask: a bucket of requests that fills up steadily.

A bucket is kept as one number, the instant at which it is full again, in microseconds since 1970.
Each request moves that instant on by the time that one request takes to come back; it is refused
when not even one has come back yet. A bucket whose instant has passed is full, so nothing needs to
be written while nobody asks, and what fills up by one a second comes to 3,600 an hour.

At first it holds 1,000: an extractor asks some hundred times in the first seconds of its first run,
and the field's API allows 1,000 requests an hour however they come.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PER_HOUR = 3_600
BURST = 1_000
PER_HOUR_MAX = 1_000_000
BURST_MAX = 10_000
HOUR_MICROS = 3_600_000_000
SECOND_MICROS = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """An instant as the bucket counts it."""
    return (at - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Requests an hour in the long run, and how many of them may come at once."""

    per_hour: int = PER_HOUR
    burst: int = BURST

    @property
    def step(self) -> int:
        """Microseconds in which one request comes back."""
        return HOUR_MICROS // self.per_hour

    def latest(self, now: int, count: int = 1) -> int:
        """The last full instant that a bucket may have and still give so many requests more."""
        return now + (self.burst - count) * self.step

    def remaining(self, full_at: int, now: int) -> int:
        """Requests that may follow at once."""
        return max(0, (self.burst * self.step - max(0, full_at - now)) // self.step)

    def wait_seconds(self, full_at: int, now: int, count: int = 1) -> int:
        """Whole seconds until so many requests may come; 0 when they may come at once."""
        return _seconds(full_at - self.latest(now, count))

    def reset_seconds(self, full_at: int, now: int) -> int:
        """Whole seconds until the bucket is full."""
        return _seconds(full_at - now)


DEFAULT = Allowance()


def _seconds(span: int) -> int:
    return max(0, -(-span // SECOND_MICROS))
