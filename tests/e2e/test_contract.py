"""The described API, asked whatever its description allows and forbids, over HTTP."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local import publish
from infra.local.stack import Stack

ROOT = Path(__file__).parents[2]
DESCRIPTION = publish.PUBLISHED
SETTINGS = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "2")
"""How many requests are made up for each operation."""

PHASES = os.environ.get("CONTRACT_PHASES", "examples,fuzzing")
"""With `coverage`, the edges of every schema are tried as well."""

NOW = "2026-06-05T12:00:00+00:00"
OFTEN = {"per_hour": 1_000_000, "burst": 10_000}


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> dict[str, dict[str, Any]]:
    """A shop and a partner of its own, with a few things in them, and leave to ask often."""
    operate = stack.operate
    operate("set_clock", at=NOW)
    operate("create_advertiser", advertiser_id="951", name="Shop 951")
    operate("create_partner", partner_id="95101", name="Back", kind="CASHBACK")
    operate(
        "create_campaign",
        campaign_id="9510",
        advertiser_id="951",
        name="Shop 951 online",
        time_zone="America/New_York",
        currency="USD",
        event_types={"4000": "Sale"},
    )
    operate("set_options", campaign_id="9510", inquiries_enabled=True)
    terms = {
        "valid_from": "2026-01-01T00:00:00Z",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {"4000": "10%"},
    }
    operate("sign_contract", campaign_id="9510", partner_id="95101", terms=terms)
    made = {}
    for audience, role, account_id in (
        ("Advertisers", "ADVERTISER", "951"),
        ("Mediapartners", "PARTNER", "95101"),
    ):
        operate("set_rate", role=role, account_id=account_id, **OFTEN)
        made[audience] = operate("create_credential", role=role, account_id=account_id)
    return made


@pytest.mark.parametrize("audience", ["Advertisers", "Mediapartners"])
def test_nothing_is_found_by_whoever_tries_everything(
    stack: Stack, accounts: dict[str, dict[str, Any]], audience: str, tmp_path: Path
) -> None:
    account = accounts[audience]
    done = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            "--config-file",
            SETTINGS,
            "run",
            DESCRIPTION,
            "--url",
            stack.api_url,
            "--auth",
            f"{account['account_sid']}:{account['token']}",
            "--include-path-regex",
            f"^/{audience}/",
            "--phases",
            PHASES,
            "--max-examples",
            EXAMPLES,
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "ACCOUNT_SID": account["account_sid"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
