"""Files: sent and followed, and sheets that are filled in and sent back."""

import sys
from pathlib import Path

import click
from makegood_cli import names, screen
from makegood_cli.problems import DONE, REFUSED, ROWS, Stop
from makegood_cli.session import Session, with_session

PATH = click.Path(path_type=Path, dir_okay=False)
COLUMNS = ("Id", "Kind", "Name", "Status", "RowsDone", "RowsTotal", "CreationDate")


@click.command()
@click.argument("path", type=PATH)
@click.option("--kind", type=click.Choice(sorted(names.names()["kinds"])), required=True)
@click.option("--dry-run", is_flag=True, help="Say what would happen to each row.")
@click.option("--given", multiple=True, metavar="NAME=VALUE", help="What the file does not say.")
@with_session
def upload(session: Session, path: Path, kind: str, dry_run: bool, given: tuple[str, ...]) -> int:
    """Send a file, follow it, sum its rows, and save each row's result beside it.

    Cut off, the same line goes on where it was. A file that you send twice does no harm.

    \b
    Example:
      $ makegood upload claims.csv --kind inquiries --given TimeZone=Europe/Paris
    """
    from makegood_cli import transfer

    transfer.check_readable(path)
    client = session.client(names.names()["kinds"][kind])
    more = dict(each.partition("=")[::2] for each in given)
    out = sys.stderr if session.as_json else sys.stdout
    more["DryRun"] = str(dry_run).lower()
    sent = transfer.upload(client, kind, path, out, **more)
    if session.as_json:
        screen.one(sent.told, as_json=True)
    return DONE if sent.is_clean else ROWS


@click.command()
@click.argument("path", type=PATH)
@click.option("--campaign-id", required=True, help="Whose inquiries or actions.")
@click.option(
    "--kind", type=click.Choice(names.names()["sheets"]), default="undecided", show_default=True
)
@with_session
def sheet(session: Session, path: Path, campaign_id: str, kind: str) -> None:
    """Save what waits in a campaign as one file: fill it in, and upload it.

    A file whose name ends in .xlsx is a workbook. Cut off, the same line goes on with the sheet
    that is being made.

    \b
    Example:
      $ makegood sheet undecided.csv --campaign-id 1000
    """
    from makegood_cli import transfer

    transfer.check_new(path)
    out = sys.stderr if session.as_json else sys.stdout
    made = transfer.sheet(session.client("advertiser"), kind, campaign_id, path, out)
    if session.as_json:
        screen.one(made, as_json=True)
    if not made["Saved"]:
        raise Stop("The sheet could not be made", REFUSED)


@click.group()
def uploads() -> None:
    """List and follow what was sent."""


@uploads.command("list")
@with_session
def list_(session: Session) -> None:
    """List uploads and sheets, newest first.

    \b
    Example:
      $ makegood uploads list
    """
    screen.table(session.client().list("Files", "Files"), COLUMNS, session.as_json)


@uploads.command()
@click.argument("upload_id")
@with_session
def show(session: Session, upload_id: str) -> None:
    """Show an upload and its progress.

    \b
    Example:
      $ makegood uploads show 7d22aa529c51171223581570
    """
    screen.one(session.client().get(f"Files/{upload_id}"), session.as_json)


@uploads.command()
@click.argument("upload_id")
@with_session
def follow(session: Session, upload_id: str) -> None:
    """Follow an upload until it is over.

    \b
    Example:
      $ makegood uploads follow 7d22aa529c51171223581570
    """
    from makegood_cli import transfer

    client = session.client()
    out = sys.stderr if session.as_json else sys.stdout
    seen = transfer.followed(client, f"{client.root}/Files/{upload_id}", out)
    screen.one(seen, session.as_json)
