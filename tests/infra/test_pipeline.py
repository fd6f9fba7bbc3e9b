"""The pipeline: what it runs is pinned, in order, and no more than it needs.

Its linter runs in `make audit`, with the other auditors.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.sources import ROOT
from tests.infra.test_audit import recipe

SHIP = ROOT / ".github" / "workflows" / "ship.yml"
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
JOBS: dict[str, Any] = yaml.safe_load(SHIP.read_text())["jobs"]


def lines(job: str) -> Iterator[str]:
    return (each["run"] for each in JOBS[job]["steps"] if "run" in each)


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    for path in SHIP.parent.iterdir():
        used = [line.strip("- ") for line in path.read_text().splitlines() if "uses:" in line]
        assert used
        assert [each for each in used if not PINNED.fullmatch(each)] == []


def test_a_change_is_checked_built_once_tried_in_dev_and_approved() -> None:
    assert {name: each.get("needs") for name, each in JOBS.items()} == {
        "check": None,
        "build": "check",
        "dev": "build",
        "prod": "dev",
    }
    assert [*lines("check")][-2:] == [".ci/run", "make audit"]
    assert JOBS["build"]["if"] == "github.event_name == 'push'"
    for name in ("dev", "prod"):
        assert JOBS[name]["environment"] == name
        *_, ready, deploy, smoke = lines(name)
        assert f"-m infra.ship.prepare {name} " in ready
        assert f"sam deploy --config-env {name} " in deploy
        assert smoke == ".github/smoke"
        assert not any("sam build" in each for each in lines(name))


def test_a_job_may_do_no_more_than_it_needs_and_keeps_no_secret() -> None:
    assert yaml.safe_load(SHIP.read_text())["permissions"] == {}
    signed_in = {name for name, each in JOBS.items() if "id-token" in each["permissions"]}
    assert signed_in == {"dev", "prod"}
    assert "secrets." not in SHIP.read_text()


def test_the_linter_of_workflows_is_one_of_the_auditors() -> None:
    assert "zizmor --quiet --offline --pedantic --strict-collection .github" in recipe("audit")
    assert "zizmor" in (ROOT / "infra" / "audit" / "requirements.in").read_text().split()


TOLD = {
    "aws": "echo https://api.example",
    "curl": 'case "$*" in *http_code*) printf {status};; esac',
    "makegood": "case $1 in reconcile) echo '{{\"holds\": {holds}}}';; esac",
}
"""What stands in for the tools that the smoke asks."""


@pytest.mark.parametrize(
    ("status", "holds", "passes"),
    [("401", "true", True), ("200", "true", False), ("401", "false", False)],
)
def test_the_smoke_fails_where_anybody_comes_in_or_the_books_do_not_hold(
    tmp_path: Path, status: str, holds: str, passes: bool
) -> None:
    """The script itself, with tools that answer as a stack would."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".github").mkdir()
    script = tmp_path / ".github" / "smoke"
    script.write_text((ROOT / ".github" / "smoke").read_text())
    for name, says in TOLD.items():
        told = tmp_path / ".venv" / "bin" / name
        told.write_text(f"#!/bin/sh\n{says.format(status=status, holds=holds)}\n")
        told.chmod(0o755)
    path = f"{tmp_path}/.venv/bin:{os.environ['PATH']}"
    done = subprocess.run(
        shlex.split("bash .github/smoke"),
        cwd=tmp_path,
        env={"PATH": path, "STACK": "makegood-dev", "AWS_REGION": "eu-central-1"},
        capture_output=True,
    )
    assert (done.returncode == 0) is passes, done.stderr
