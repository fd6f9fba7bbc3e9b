"""Contracts for operators: compared with a file of terms before they are signed.

`sign`, `show` and `end` come from the table of the functions.
"""

from pathlib import Path

import click
from makegood_cli import documents, operate, screen
from makegood_cli.problems import DONE, REFUSED
from makegood_cli.session import Session, with_session


@click.group()
def contract() -> None:
    """Sign, show, compare and end contracts."""


@contract.command()
@click.option("--campaign-id", required=True, help="A campaign's id.")
@click.option("--partner-id", required=True, help="A partner's id.")
@click.option("--terms", type=click.Path(path_type=Path, dir_okay=False), required=True)
@with_session
def diff(session: Session, campaign_id: str, partner_id: str, terms: Path) -> int:
    """Compare a file of terms with the last version that is signed; ends with 1 if they differ.

    \b
    Example:
      $ makegood contract diff --campaign-id 1000 --partner-id 10001 --terms terms.yaml
    """
    given = documents.read(terms)
    documents.check_terms(given)
    asked = {"campaign_id": campaign_id, "partner_id": partner_id, "terms": given}
    found = operate.contract_changes(operate.operator_of(session), asked)
    screen.differences(found, session.as_json)
    return REFUSED if found else DONE
