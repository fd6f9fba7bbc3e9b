"""One measured figure beside its floor, and how often something is measured to be believed."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 7
ROUND_SECONDS = 0.2
"""What a round runs for, at least: a clock of CPU is too coarse for less."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` and `floor` in `unit`; `spread` is (most - least) / median of the rounds' ratios."""

    figure: str
    value: float
    floor: float
    ratio: float
    limit: float | None
    unit: str
    spread: float

    @property
    def met(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def of_rounds(
    figure: str, limit: float | None, unit: str, pairs: list[tuple[float, float]]
) -> Figure:
    """The medians of what was measured with its floor, round by round."""
    ratios = [value / floor for value, floor in pairs]
    return Figure(
        figure,
        median(value for value, _ in pairs),
        median(floor for _, floor in pairs),
        median(ratios),
        limit,
        unit,
        (max(ratios) - min(ratios)) / median(ratios),
    )


def cpu(run: Callable[[], object]) -> float:
    """Seconds of CPU that one run takes, of as many as fill a round. What is there before is out of
    the collector's sight, as it is in a function that has started (`runtime.start`).
    """
    gc.collect()
    gc.freeze()
    runs, began = 0, time.process_time()
    while (spent := time.process_time() - began) < ROUND_SECONDS:
        run()
        runs += 1
    gc.unfreeze()
    return spent / runs
