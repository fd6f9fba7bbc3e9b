"""Each alarm has its page, each page its alarm and a drill that exists."""

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.sources import EVIDENCE, GUARD, MAILS, ROOT, WEBHOOKS, resources

ALARMS = {
    **resources("AWS::CloudWatch::Alarm", "infra/alarms.yaml"),
    **resources("AWS::CloudWatch::Alarm", WEBHOOKS),
    **resources("AWS::CloudWatch::Alarm", GUARD),
    **resources("AWS::CloudWatch::Alarm", EVIDENCE),
    **resources("AWS::CloudWatch::Alarm", MAILS),
}
PAGES = {path.stem: path for path in sorted((ROOT / "infra/runbook").glob("*.md"))}
PARTS = ["What it means", "What to look at", "What to do", "Drill"]
DRILLS = {
    node.name
    for name in ("test_drills", "test_lost_batches")
    for node in ast.parse((ROOT / f"tests/integration/{name}.py").read_text()).body
    if isinstance(node, ast.FunctionDef)
}


def name_of(alarm: Mapping[str, Any]) -> str:
    """An alarm's name behind the environment's."""
    return next(iter(alarm["AlarmName"].values())).rpartition("}-")[2]


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    names = {name_of(each) for each in ALARMS.values()}
    assert names == PAGES.keys()


@pytest.mark.parametrize("logical_id", sorted(ALARMS))
def test_an_alarm_says_where_its_page_is(logical_id: str) -> None:
    alarm = ALARMS[logical_id]
    name = name_of(alarm)
    assert f"See infra/runbook/{name}.md." in alarm["AlarmDescription"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_says_what_to_do_and_which_drill_was_run(name: str) -> None:
    text = PAGES[name].read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    drill = text.partition("## Drill")[2]
    assert re.search(r"\d{4}-\d\d-\d\d: ", drill)
    named = set(re.findall(r"`(test_\w+)`", drill))
    assert named
    assert named <= DRILLS
    others = set(re.findall(r"`([a-z-]+-[a-z-]+)`", text)) & {*PAGES}
    assert name not in others


def test_the_dashboard_shows_what_alarms_are_set_on() -> None:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard", "infra/dashboard.yaml").values()
    widgets = json.loads(next(iter(dashboard["DashboardBody"].values())))["widgets"]
    shown = {
        each[1]
        for widget in widgets
        for each in widget["properties"].get("metrics", ())
        if each[0] not in ("...", ".")
    } | {"5XXError"}
    assert {each["MetricName"] for each in ALARMS.values()} <= shown
    places = {(each["x"], each["y"]) for each in widgets}
    assert len(places) == len(widgets)
