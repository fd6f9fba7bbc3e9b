"""What a start imports: what each request needs, and in a snapshot what any request needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from makegood.domain.parties import Role

from tests.bench.starts import ENVIRONMENT

STARTED = """
import handler, json, sys
from makegood.api import routes
print(json.dumps([sorted(sys.modules), sorted(routes.LATER)]))
"""
OWN = {Role.ADVERTISER: "advertiser_", Role.PARTNER: "partner_"}


def imported(role: Role, **environment: str) -> tuple[set[str], set[str]]:
    """The API's modules that a started function has, and those that it imports when asked."""
    function = Path("functions") / f"{role.lower()}s"
    paths = os.pathsep.join([str(function), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", STARTED],
        env={**ENVIRONMENT, **environment, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
        text=True,
    )
    there, later = json.loads(told.stdout)
    prefix = "makegood.api."
    return {each.removeprefix(prefix) for each in there if each.startswith(prefix)}, set(later)


@pytest.mark.parametrize("role", Role)
def test_a_start_imports_no_operation(role: Role) -> None:
    there, later = imported(role)
    assert later
    assert not there & later - {"presenters"}


@pytest.mark.parametrize("role", Role)
def test_a_snapshot_has_every_operation_of_its_audience_and_none_of_the_other_s(
    role: Role,
) -> None:
    there, later = imported(role, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    (others,) = (name for each, name in OWN.items() if each is not role)
    assert {each for each in later if not each.startswith(others)} <= there
    assert not {each for each in there if each.startswith(others)}
    assert {each for each in later if each.startswith(OWN[role])}
