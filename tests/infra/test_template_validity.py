"""What AWS's own tools say of the templates."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.sources import ROOT, TEMPLATES


@pytest.mark.parametrize(
    "command", [["cfn-lint", *TEMPLATES], ["sam", "validate", "--lint"]], ids=["cfn-lint", "sam"]
)
def test_the_templates_are_valid_to_the_last_warning(command: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_DEFAULT_REGION": "us-east-1",
            "SAM_CLI_TELEMETRY": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "W" not in {line[:1] for line in done.stdout.splitlines()}
