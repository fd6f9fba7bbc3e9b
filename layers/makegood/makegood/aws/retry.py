"""Waiting for what passes by itself: longer each time, and never as long as anybody else."""

import time
from random import SystemRandom

_DICE = SystemRandom()
"""The system's own: copies of a frozen process would all throw the same with another."""


def pause(attempt: int, first_seconds: float, seconds_max: float) -> None:
    """Waits before the next try; `attempt` counts from 0. Full jitter, up to a most."""
    time.sleep(_DICE.uniform(0, min(seconds_max, first_seconds * 2**attempt)))
