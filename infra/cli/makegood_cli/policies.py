"""Policies for advertisers: a version in a file is checked, compared, drafted, tried and put in
force.

A file is YAML or JSON, with the names of the API: `Rules`, `SamplePercent`, `Breaker`, `Note`.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from makegood_cli import documents, screen
from makegood_cli.problems import DONE, REFUSED
from makegood_cli.session import Session, with_session

VERSIONS = ("Version", "State", "SamplePercent", "CreationDate", "ActivationDate", "Note")
TEXTS = ("SamplePercent", "Note")
FILE = click.Path(path_type=Path, dir_okay=False)
CAMPAIGN = click.option("--campaign-id", required=True, help="A campaign's id.")


@click.group()
def policy() -> None:
    """Show, compare, draft, try and activate versions of a campaign's policy."""


@policy.command()
@CAMPAIGN
@click.argument("version", required=False)
@with_session
def show(session: Session, campaign_id: str, version: str | None) -> None:
    """List the versions, newest first, or show one with its rules and counts.

    \b
    Example:
      $ makegood policy show --campaign-id 1000 2
    """
    client = session.client("advertiser")
    path = f"Campaigns/{campaign_id}/Policies"
    if version is None:
        screen.table(client.list(path, "Policies"), VERSIONS, session.as_json)
        return
    screen.one(client.get(f"{path}/{version}"), session.as_json)


@policy.command()
@CAMPAIGN
@click.option("--version", help="The version to compare with; the one in force unless it is named.")
@click.argument("file", type=FILE)
@with_session
def diff(session: Session, campaign_id: str, version: str | None, file: Path) -> int:
    """Compare a file with a version; ends with 1 if they differ.

    \b
    Example:
      $ makegood policy diff --campaign-id 1000 policy.yaml
    """
    given = documents.policy(file)
    client = session.client("advertiser")
    path = f"Campaigns/{campaign_id}/Policies"
    if version is None:
        there = next(each for each in client.list(path, "Policies") if each["State"] == "ACTIVE")
    else:
        there = client.get(f"{path}/{version}")
    found = documents.policy_differences(there, given)
    screen.differences(found, session.as_json)
    return REFUSED if found else DONE


@policy.command()
@CAMPAIGN
@click.argument("file", type=FILE)
@with_session
def draft(session: Session, campaign_id: str, file: Path) -> None:
    """Make a draft of a file. Nothing changes until it is activated.

    \b
    Example:
      $ makegood policy draft --campaign-id 1000 policy.yaml
    """
    fields = _fields(documents.policy(file))
    client = session.client("advertiser")
    path = f"{client.root}/Campaigns/{campaign_id}/Policies"
    screen.one(client.call("POST", path, fields), session.as_json)


@policy.command()
@CAMPAIGN
@click.argument("version")
@click.option(
    "--shadow", is_flag=True, help="Beside the one in force: it answers, and decides nothing."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_session
def activate(session: Session, campaign_id: str, version: str, shadow: bool, yes: bool) -> int:
    """Put a version in force from now on, or in the shadow. Nothing decided is decided again.

    \b
    Example:
      $ makegood policy activate --campaign-id 1000 2
    """
    client = session.client("advertiser")
    path = f"Campaigns/{campaign_id}/Policies/{version}"
    where = "in the shadow" if shadow else "in force"
    if not screen.confirmed(f"Put version {version} {where}?", yes):
        return REFUSED
    state = {"State": "SHADOW" if shadow else "ACTIVE"}
    screen.one(client.call("PUT", f"{client.root}/{path}", state), session.as_json)
    return DONE


@policy.command()
@CAMPAIGN
@click.argument("version")
@click.option("--start-date", required=True, help="The first day of the claims.")
@click.option("--end-date", required=True, help="The last day.")
@with_session
def backtest(
    session: Session, campaign_id: str, version: str, start_date: str, end_date: str
) -> int:
    """Run a version over the claims of a span: first, what it would have paid wrongly.

    \b
    Example:
      $ makegood policy backtest --campaign-id 1000 2 --start-date 2026-05-01
          --end-date 2026-05-31
    """
    from makegood_cli import transfer

    client = session.client("advertiser")
    asked = {
        "CampaignId": campaign_id,
        "Version": version,
        "StartDate": start_date,
        "EndDate": end_date,
    }
    uri = client.call("POST", f"{client.root}/Backtests", asked)["QueuedUri"]
    found = transfer.followed(client, uri, sys.stderr)
    screen.one(found, session.as_json)
    return DONE if found["Status"] == "DONE" else REFUSED


def _fields(policy: Mapping[str, Any]) -> dict[str, str]:
    """As the API's form takes them: lists and objects as JSON."""
    return {name: str(each) if name in TEXTS else json.dumps(each) for name, each in policy.items()}
