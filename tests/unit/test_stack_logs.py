"""The log of the stack on this machine: all of it, newest last, as the emulator hands it out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from infra.local import stack
from infra.local.stack import Stack


class Log:
    """Answers as the emulator: the oldest events, up to a most, and never that there are more."""

    def __init__(self, events: list[dict[str, Any]], most: int) -> None:
        self.events, self.most = sorted(events, key=lambda each: each["timestamp"]), most

    def get_paginator(self, operation: str) -> "Log":
        return self

    def paginate(self, startTime: int, **_: Any) -> Iterator[dict[str, Any]]:  # noqa: N803 - AWS's
        yield {"events": [e for e in self.events if e["timestamp"] >= startTime][: self.most]}


def the_stack(monkeypatch: pytest.MonkeyPatch, *events: dict[str, Any], most: int = 4) -> Stack:
    monkeypatch.setattr(stack, "EVENTS_MAX", most)
    monkeypatch.setattr(Stack, "client", lambda *_: Log(list(events), most))
    return Stack("", 0, "", "", "", "", "/makegood/local/1", {})


def line(said_ms: int, stamped_ms: int, form: str = "log") -> dict[str, Any]:
    """A line of ours, or a metric, that says when it was logged; a bare one does not."""
    at = datetime.fromtimestamp(said_ms / 1000, UTC)
    told = {
        "log": {"timestamp": f"{at:%Y-%m-%d %H:%M:%S},{said_ms % 1000:03}+0000"},
        "metric": {"_aws": {"Timestamp": said_ms}},
    }.get(form)
    message = f"bare {said_ms}" if told is None else json.dumps({**told, "at": said_ms})
    return {"timestamp": stamped_ms, "message": message}


@pytest.mark.parametrize("total", [0, 1, 3, 4, 5, 8, 13, 50])
def test_all_lines_are_there_once_in_the_order_in_which_they_were_logged(
    monkeypatch: pytest.MonkeyPatch, total: int
) -> None:
    """They come stamped with the ends of invocations, three or so at a time."""
    random = Random(total)
    events = [
        line(1000 * at + 7, 1000 * (at + random.randrange(3)), random.choice(["log", "metric"]))
        for at in range(total)
    ]
    random.shuffle(events)
    told = [json.loads(each)["at"] for each in the_stack(monkeypatch, *events).logs()]
    assert told == [1000 * at + 7 for at in range(total)]


def test_a_line_that_does_not_say_when_is_where_it_was_stamped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [line(3, 3), line(5, 5, "bare"), line(9, 4), line(7, 8)]
    assert [each[:6] for each in the_stack(monkeypatch, *events).logs()][1] == "bare 5"


def test_lambda_s_own_lines_and_those_from_before_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = [
        {"timestamp": 2000, "message": f"{word} RequestId: 1"}
        for word in ("START", "END", "REPORT")
    ]
    found = the_stack(monkeypatch, line(1000, 1000), *own, line(3000, 3000), most=100).logs(1.5)
    assert [json.loads(each)["at"] for each in found] == [3000]


def test_more_lines_of_one_instant_than_an_answer_holds_do_not_keep_those_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [*(line(1000, 1000) for _ in range(4)), line(2000, 2000)]
    assert len(the_stack(monkeypatch, *events).logs()) == 5
