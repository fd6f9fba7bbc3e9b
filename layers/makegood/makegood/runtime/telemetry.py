"""The Lambda runtime: log, metrics, deadlines and random names. Knows Powertools.

Only handlers use it. Nothing else reads the environment or the clock but `settings` and `api`.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from makegood.runtime.settings import Clock, Settings, settings, wall_now

__all__ = [
    "Clock",
    "Settings",
    "deadline",
    "each_record",
    "emit_metrics",
    "jitter",
    "logger",
    "new_id",
    "new_secret",
    "new_token",
    "settings",
    "wall_now",
]

MARGIN_SECONDS = 15
"""Time that a function reserves for handing work on."""


def new_id() -> str:
    """A random name for something without a name of its own."""
    return secrets.token_hex(12)


def new_token() -> str:
    """A secret of 256 bits."""
    return secrets.token_urlsafe(32)


def new_secret() -> bytes:
    """A secret of 256 bits, as bytes."""
    return secrets.token_bytes(32)


def jitter() -> float:
    """A random number from 0 up to 1."""
    return secrets.randbelow(1 << 32) / (1 << 32)


def logger() -> Logger:
    return Logger()


def deadline(context: Any) -> Callable[[], bool]:
    """Returns a check whether there is time for more before Lambda stops the function."""
    return lambda: context.get_remaining_time_in_millis() > MARGIN_SECONDS * 1000


def emit_metrics(name: str, values: Mapping[str, int], unit: str = "Count") -> None:
    """Writes metrics of one piece of work, as one line of the embedded metric format."""
    metrics = Metrics()
    metrics.add_dimension(name="what", value=name)
    for each, value in values.items():
        metrics.add_metric(name=each, unit=MetricUnit(unit), value=value)
    metrics.flush_metrics()


def each_record(
    event: dict[str, Any], work: Callable[[list[dict[str, Any]]], None]
) -> dict[str, Any]:
    """Works on a stream's batch; if that fails, on its records one by one, up to the first failure.

    The record that fails is reported, and Lambda delivers it again with all that follow it. If it
    is the first of the batch, this raises: then Lambda halves the batch, until the record is alone
    and is set aside without the others. The work must tolerate being done twice.
    """
    records = event["Records"]
    try:
        work(records)
    except Exception:
        logger().exception("batch failed, and is tried one by one")
    else:
        return {"batchItemFailures": []}
    for record in records:
        try:
            work([record])
        except Exception:
            if record is records[0]:
                raise
            logger().exception("change failed, and is delivered again")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
