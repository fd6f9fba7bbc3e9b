"""What `make audit` looks at, and that nothing is left out of it without a reason."""

import re

import pytest
import yaml

from tests.infra.sources import ROOT, TEMPLATES

AUDIT = ROOT / "infra" / "audit"
SKIPPED = re.compile(r"^ +- (?:B|CKV_[A-Z]+_)\d+", re.MULTILINE)
REASONED = re.compile(r"^ +- (?:B|CKV_[A-Z]+_)\d+  # \w.{20,}", re.MULTILINE)


def recipe(target: str) -> str:
    text = (ROOT / "Makefile").read_text()
    return text.partition(f"\n{target}:")[2].partition("\n\n")[0].replace("\\\n", " ")


@pytest.mark.parametrize("name", ["bandit.yaml", "checkov.yaml"])
def test_what_is_not_looked_for_has_a_reason(name: str) -> None:
    text = (AUDIT / name).read_text()
    skipped = SKIPPED.findall(text)
    assert skipped
    assert len(REASONED.findall(text)) == len(skipped)
    assert len(set(skipped)) == len(skipped)


def test_everything_that_is_deployed_or_installed_is_looked_at() -> None:
    looked_at = yaml.safe_load((AUDIT / "checkov.yaml").read_text())["file"]
    assert set(looked_at) == {*TEMPLATES, "infra/openapi.yaml"}
    for each in ("functions layers infra", "-r requirements.txt", "-r layers/dependencies/"):
        assert each in recipe("audit")
    told_not_deployed = {"openapi-examples.yaml", "webhook-examples.yaml"}
    found = {path.name for path in (ROOT / "infra").glob("*.yaml")} - told_not_deployed
    assert {f"infra/{name}" for name in found} <= set(looked_at)


def test_the_auditors_are_pinned_and_live_apart() -> None:
    assert "infra/audit && $(LOCKED)" in recipe("lock")
    assert "--require-hashes" in recipe("$(AUDITED)")
    assert "$(AUDIT)" in recipe("clean")
    assert ".venv-audit/" in (ROOT / ".gitignore").read_text().splitlines()
