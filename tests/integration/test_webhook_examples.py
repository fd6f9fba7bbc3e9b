"""The examples of webhooks' bodies are what the code tells, type by type."""

import os

import pytest
import yaml
from makegood.domain.event_names import MEANINGS
from makegood.runtime import settings, telemetry
from makegood.store.store import Store

from infra.local import publish
from tests import contract
from tests.integration import stack, webhook_examples
from tests.integration.gateway import function
from tests.integration.market import NOW
from tests.integration.test_examples import RECORD


def test_every_example_is_what_the_code_tells(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("authorizer", "sessions"):
        monkeypatch.setattr(function(name), "STORE", stack.another())
    for module in (settings, telemetry):
        monkeypatch.setattr(module, "wall_now", lambda: NOW)
    told = webhook_examples.bodies(live)
    if os.environ.get(RECORD):
        text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)
        publish.WEBHOOKS.write_text(text, encoding="utf-8")
    kept = publish.webhook_examples()
    for name, body in told.items():
        assert body == kept[name], f"{name}: set {RECORD}=1 to write it"


def test_every_type_is_described_with_its_example() -> None:
    described = publish.described()["webhooks"]
    assert [*described] == [str(each) for each in MEANINGS]
    for name, each in described.items():
        content = each["post"]["requestBody"]["content"]["application/json"]
        assert content["example"]["type"] == name
        assert content["example"]["data"]["EventType"] == name
        assert [*contract.validator(content["schema"]).iter_errors(content["example"])] == []
