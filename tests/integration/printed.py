"""What functions print of their measures, held against the alarms that watch them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.sources import resources

ALARMS = resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml")
HOLDS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


class Printed:
    """What functions printed since it was last looked at."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def lines(self) -> Iterator[dict[str, Any]]:
        for line in self.capsys.readouterr().out.splitlines():
            if line.startswith("{"):
                yield json.loads(line)

    def breaches(self, logical_id: str) -> bool:
        """Whether a measure was printed that the alarm watches, beyond its threshold."""
        alarm = ALARMS[logical_id]
        watched = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        found = []
        for line in self.lines():
            for told in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                named = {each["Name"] for each in told["Metrics"]}
                same = {name: line.get(name) for name in told["Dimensions"][0]} == watched
                if same and alarm["MetricName"] in named:
                    found.append(line[alarm["MetricName"]])
        values = [each[0] if isinstance(each, list) else each for each in found]
        holds = HOLDS[alarm["ComparisonOperator"]]
        return any(holds(value, float(alarm["Threshold"])) for value in values)
