"""The examples in the description of the API are what the code answers, word by word."""

import os
from typing import Any

import pytest
import yaml
from makegood.api.sessions import Fresh
from makegood.aws.cognito import UserPool
from makegood.domain.webhooks import Answer
from makegood.runtime import settings, telemetry
from makegood.store.store import Store

from infra.local import publish
from tests import contract
from tests.integration import examples
from tests.integration.gateway import function
from tests.integration.market import NOW
from tests.integration.people import PoolInMemory

RECORD = "RECORD_EXAMPLES"
"""Set it to write what the code answers today: `RECORD_EXAMPLES=1 pytest` with this file."""


class Answering:
    """Answers for a receiver that is nowhere."""

    def send(self, *_: object) -> Answer:
        return Answer(204, milliseconds=87)


@pytest.fixture
def told(live: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The story, told anew."""
    names = examples.names()
    monkeypatch.setattr(telemetry, "new_id", lambda: next(names))
    monkeypatch.setattr(telemetry, "new_token", lambda: f"{next(names)}…")
    monkeypatch.setattr(telemetry, "new_secret", lambda: bytes(range(32)))
    for module in (settings, telemetry):
        monkeypatch.setattr(module, "wall_now", lambda: NOW)
    monkeypatch.setattr(function("webhooks"), "SENDER", Answering())
    monkeypatch.setattr(UserPool, "client", PoolInMemory())
    fresh = Fresh(NOW, "5d0e9c1b7a3f4e2d8c6b9a01", "…")
    monkeypatch.setattr(function("sessions"), "fresh", lambda: fresh)
    return examples.tell(live)


def test_every_example_is_what_the_code_answers(told: dict[str, dict[str, Any]]) -> None:
    if os.environ.get(RECORD):
        text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)
        publish.EXAMPLES.write_text(text, encoding="utf-8")
    kept = publish.examples()
    assert told.keys() == kept.keys(), f"set {RECORD}=1 to write them"
    for name, example in told.items():
        assert example == kept[name], f"{name}: set {RECORD}=1 to write it"


def test_every_operation_is_in_the_story() -> None:
    names = {each["operationId"] for each in contract.operations().values()}
    assert names <= publish.examples().keys()
