"""Waits before another try: longer each time, and at random, so that callers get out of step."""

import time
from random import SystemRandom

_DICE = SystemRandom()
"""The system's random numbers: copies of a frozen process would share the state of any other."""


def pause(attempt: int, first_seconds: float, seconds_max: float) -> None:
    """Waits before the next try, up to `seconds_max`, with full jitter; `attempt` counts from 0."""
    time.sleep(_DICE.uniform(0, min(seconds_max, first_seconds * 2**attempt)))
