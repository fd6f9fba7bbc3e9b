"""What an account reads: actions, campaigns, contracts, its money, statements and events."""

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from makegood_cli import screen
from makegood_cli.inquiries import PAGING
from makegood_cli.problems import REFUSED, USAGE, Stop
from makegood_cli.session import Session, with_fields, with_session

if TYPE_CHECKING:
    from makegood_cli.client import Client

ACTIONS = ("Id", "State", "StateDetail", "Oid", "Amount", "Payout", "Currency", "ClearingDate")
ITEMS = ("Sku", "ItemName", "Category", "Quantity", "SaleAmount", "SaleAmountCurrency")
UPDATES = ("Id", "ActionId", "State", "DeltaAmount", "DeltaPayout", "Currency", "UpdateDate")
CAMPAIGNS = {
    "Advertisers": ("Id", "Name", "Currency", "Timezone", "InquiriesEnabled"),
    "Mediapartners": ("CampaignId", "CampaignName", "Currency", "Timezone", "InquiriesEnabled"),
}
CONTRACTS = ("Id", "CampaignId", "Status", "StartDate", "EndDate")
ENTRIES = ("Date", "Reason", "AmountIn", "AmountOut", "Currency", "Counterparty", "Explanation")
FUNDS = ("Currency", "Funds", "Committed", "Cash", "Overdue", "RequiredWithin30Days")
EARNINGS = ("Currency", "Pending", "Locked", "Overdue", "Payable", "PayoutThreshold")
EVENTS = ("Id", "Date", "Type", "ObjectId", "State")
STATEMENTS = ("Id", "Currency", "OpeningBalance", "AmountIn", "AmountOut", "ClosingBalance")
TABLES = {".csv": "CsvUri", ".xlsx": "WorkbookUri"}
"""What of a statement has the link to a table of its entries, by how a file's name ends."""

PAGE = ".html"
FOLLOW_SECONDS = 2.0
TOO_OFTEN = 429


def _lists(
    group: click.Group,
    name: str,
    says: str,
    resource: str,
    operations: Sequence[str],
    columns: Sequence[str],
    example: str,
) -> None:
    """Adds a command that lists objects of the account, by the filters of the API."""

    @with_fields(*operations, leave=PAGING)
    @click.option("--limit", type=click.IntRange(1), help="The first so many; all unless set.")
    @with_session
    def listing(session: Session, fields: dict[str, str], limit: int | None) -> None:
        key = resource.rpartition("/")[2]
        found = session.client().list(resource, key, **fields)
        screen.table(islice(found, limit), columns, session.as_json)

    listing.__doc__ = f"{says}\n\n\b\nExample:\n  $ makegood {example}\n"
    group.command(name)(listing)


@click.group()
def actions() -> None:
    """List and show actions, their items and updates."""


_lists(
    actions,
    "list",
    "List actions, newest first; each says where its money is.",
    "Actions",
    ("listAdvertiserActions", "listPartnerActions"),
    ACTIONS,
    "actions list --campaign-id 1000 --state PENDING",
)
_lists(
    actions,
    "updates",
    "List what changed actions, newest first.",
    "ActionUpdates",
    ("listAdvertiserActionUpdates", "listPartnerActionUpdates"),
    UPDATES,
    "actions updates --campaign-id 1000",
)


@actions.command()
@click.argument("action_id")
@with_session
def show(session: Session, action_id: str) -> None:
    """Show one action, with the explanation of its payout.

    \b
    Example:
      $ makegood actions show 1000.4000.158133
    """
    screen.one(session.client().get(f"Actions/{action_id}"), session.as_json)


@actions.command()
@click.argument("action_id")
@with_session
def explain(session: Session, action_id: str) -> None:
    """Say why an action pays this, why on its dates, and what happens next.

    \b
    Example:
      $ makegood actions explain 1000.4000.158133
    """
    screen.one(session.client().get(f"Actions/{action_id}/Explanation"), session.as_json)


@actions.command()
@click.argument("action_id")
@with_session
def items(session: Session, action_id: str) -> None:
    """List what was bought.

    \b
    Example:
      $ makegood actions items 1000.4000.158133
    """
    found = session.client().list(f"Actions/{action_id}/Items", "Items")
    screen.table(found, ITEMS, session.as_json)


@click.command()
@with_fields("listAdvertiserCampaigns", "listPartnerCampaigns", leave=PAGING)
@with_session
def campaigns(session: Session, fields: dict[str, str]) -> None:
    """List campaigns.

    \b
    Example:
      $ makegood campaigns
    """
    client = session.client()
    found = client.list("Campaigns", "Campaigns", **fields)
    screen.table(found, CAMPAIGNS[client.audience], session.as_json)


@click.command()
@with_fields("listPartnerContracts", "listAdvertiserContracts", leave=PAGING)
@with_session
def contracts(session: Session, fields: dict[str, str]) -> None:
    """List contracts: the active ones, unless --status names others. An advertiser names one
    campaign.

    \b
    Example:
      $ makegood contracts --campaign-id 1000
    """
    client, resource = session.client(), "Contracts"
    if client.audience == "Advertisers":
        if "CampaignId" not in fields:
            raise Stop("Say whose contracts: --campaign-id", USAGE)
        resource = f"Campaigns/{fields.pop('CampaignId')}/Contracts"
    screen.table(client.list(resource, "Contracts", **fields), CONTRACTS, session.as_json)


def _balance(
    session: Session,
    role: str,
    key: str,
    columns: Sequence[str],
    entries: bool,
    fields: dict[str, str],
) -> None:
    client = session.client(role)
    if entries:
        found = client.list(f"{key}/Entries", "Entries", **fields)
        screen.table(found, ENTRIES, session.as_json)
    elif fields:
        raise Stop("Only entries are filtered: say --entries", USAGE)
    else:
        screen.table(client.get(key)[key], columns, session.as_json)


@click.command()
@click.option("--entries", is_flag=True, help="Each movement, newest first.")
@click.option("--advertiser-id", help="Whose funds, with --currency; for operators.")
@with_fields("listFundsEntries", leave=PAGING)
@with_session
def funds(
    session: Session, entries: bool, advertiser_id: str | None, fields: dict[str, str]
) -> None:
    """Show what an advertiser can spend, what is committed, and what is overdue.

    \b
    Example:
      $ makegood funds --entries --currency USD --start-date 2026-06-01
    """
    if advertiser_id:
        from makegood_cli import operate

        asked = {"advertiser_id": advertiser_id, "currency": fields.get("Currency", "")}
        screen.one(operate.operator_of(session).run("funds", asked), session.as_json)
        return
    _balance(session, "advertiser", "Funds", FUNDS, entries, fields)


@click.command()
@click.option("--entries", is_flag=True, help="Each movement, newest first.")
@with_fields("listEarningsEntries", leave=PAGING)
@with_session
def earnings(session: Session, entries: bool, fields: dict[str, str]) -> None:
    """Show what a partner earns: pending, locked, overdue and payable.

    \b
    Example:
      $ makegood earnings
    """
    _balance(session, "partner", "Earnings", EARNINGS, entries, fields)


@click.group()
def statements() -> None:
    """List, open and save statements."""


_lists(
    statements,
    "list",
    "List statements, newest first.",
    "Invoices",
    ("listAdvertiserInvoices", "listPartnerInvoices"),
    STATEMENTS,
    "statements list",
)


@statements.command()
@click.argument("statement_id")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@with_session
def save(session: Session, statement_id: str, path: Path) -> None:
    """Save a statement: its entries where the name ends in .csv or .xlsx, its page where it ends
    in .html.

    \b
    Example:
      $ makegood statements save 500-2026-07-USD july.csv
    """
    if path.exists():
        raise Stop(f"{path} is there already; name another file", USAGE)
    if path.suffix.lower() not in (*TABLES, PAGE):
        raise Stop(f"{path}: a statement is saved as {', '.join(TABLES)} or {PAGE}", USAGE)
    save_statement(session.client(), statement_id, path)
    if session.as_json:
        screen.one({"Id": statement_id, "Saved": str(path)}, as_json=True)
    else:
        screen.note(f"The statement is in {path}")


@statements.command("open")
@click.argument("statement_id")
@with_session
def open_(session: Session, statement_id: str) -> None:
    """Open a statement as a page in your browser; without one, say where the page is.

    \b
    Example:
      $ makegood statements open 500-2026-07-USD
    """
    from tempfile import mkdtemp

    path = Path(mkdtemp(prefix="makegood-")) / f"{Path(statement_id).name}.html"
    save_statement(session.client(), statement_id, path)
    if click.launch(str(path)) != 0:
        screen.note("No browser could be opened")
    click.echo(path)


def save_statement(client: "Client", statement_id: str, path: Path) -> None:
    """Saves a statement in the form that the file's name ends in."""
    resource, suffix = f"Invoices/{statement_id}", path.suffix.lower()
    if suffix == PAGE:
        path.write_bytes(client.page(f"{resource}/Page"))
        return
    link = client.get(resource)[TABLES[suffix]]
    if not link:
        raise Stop("This statement has no workbook; save it as .csv", REFUSED)
    client.save(link, path)


@click.command()
@click.option("--after", default=0, help="The number of the last event that you have seen.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until you interrupt it.")
@with_session
def events(session: Session, after: int, follow: bool) -> None:
    """Print what changed, oldest first. With --follow, a lost line and an API that is busy are
    waited out.

    \b
    Example:
      $ makegood events --after 0
    """
    from makegood_cli.client import Refused, Unreachable

    client = session.client()
    found, last = client.events(after)
    if found or not follow:
        screen.table(found, EVENTS, session.as_json)
    while follow:
        time.sleep(FOLLOW_SECONDS)
        try:
            found, last = client.events(last)
        except Unreachable:
            continue
        except Refused as refused:
            if refused.status < 500 and refused.status != TOO_OFTEN:
                raise
            continue
        if found:
            screen.table(found, EVENTS, session.as_json)
