"""Evidence: either side adds files to an inquiry, and saves those that the scanner found clean."""

import hashlib
import time
from pathlib import Path

import click
from makegood_cli import screen
from makegood_cli.client import Client, Object
from makegood_cli.inquiries import RESOURCE, key_of
from makegood_cli.problems import REFUSED, USAGE, Stop
from makegood_cli.session import Session, with_session

COLUMNS = ("Id", "Status", "Type", "Name", "Side", "CreationDate", "Fault")
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
TYPES = ("receipt", "order_confirmation", "screenshot", "correspondence", "other")
SCAN_SECONDS, POLL_SECONDS = 120, 2


@click.group()
def evidence() -> None:
    """Add, list and save files of evidence."""


@evidence.command()
@click.argument("inquiry_id")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--type", "kind", type=click.Choice(TYPES), required=True, help="What it is.")
@with_session
def add(session: Session, inquiry_id: str, path: Path, kind: str) -> None:
    """Add a PDF, JPEG or PNG to an inquiry, and wait until it was scanned.

    \b
    Example:
      $ makegood evidence add 5956883370454956 receipt.pdf --type receipt
    """
    content_type = CONTENT_TYPES.get(path.suffix.lower())
    if content_type is None:
        raise Stop(f"{path.name}: evidence is one of {', '.join(CONTENT_TYPES)}", USAGE)
    if not path.is_file():
        raise Stop(f"{path} is no file", USAGE)
    client, data = session.client(), path.read_bytes()
    said = {
        "Type": kind,
        "Name": path.name,
        "Size": str(len(data)),
        "ContentType": content_type,
    }
    uri = f"{client.root}/{RESOURCE}/{inquiry_id}/Evidence"
    whose = {**said, "Id": inquiry_id, "Digest": hashlib.sha256(data).hexdigest()}
    opened = client.call("POST", uri, said, key_of(whose))
    if _of(client, inquiry_id, opened["Id"])["Status"] == "AWAITED":
        client.post(opened["Upload"], path.name, data, content_type)
    found = _scanned(client, inquiry_id, opened["Id"])
    screen.one(found, session.as_json)
    if found["Status"] != "CLEAN":
        raise Stop(found["Fault"] or "It was not scanned yet; list the evidence later", REFUSED)


@evidence.command("list")
@click.argument("inquiry_id")
@with_session
def list_(session: Session, inquiry_id: str) -> None:
    """List the evidence of an inquiry, of both sides.

    \b
    Example:
      $ makegood evidence list 5956883370454956
    """
    found = session.client().list(f"{RESOURCE}/{inquiry_id}/Evidence", "Evidence")
    screen.table(found, COLUMNS, session.as_json)


@evidence.command()
@click.argument("inquiry_id")
@click.argument("evidence_id")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@with_session
def save(session: Session, inquiry_id: str, evidence_id: str, path: Path) -> None:
    """Save a file of evidence that is clean. It overwrites nothing.

    \b
    Example:
      $ makegood evidence save 5956883370454956 7d22aa529c51171223581570 receipt.pdf
    """
    if path.exists():
        raise Stop(f"{path} is there already; name another file", USAGE)
    client = session.client()
    link = client.get(f"{RESOURCE}/{inquiry_id}/Evidence/{evidence_id}/Link")
    data = client.download(link["Url"])
    if hashlib.sha256(data).hexdigest() != link["Sha256"]:
        raise Stop("What came is not what was scanned, and nothing was saved", REFUSED)
    path.write_bytes(data)
    screen.one({"Saved": str(path), "Sha256": link["Sha256"]}, session.as_json)


def _of(client: Client, inquiry_id: str, evidence_id: str) -> Object:
    found = client.list(f"{RESOURCE}/{inquiry_id}/Evidence", "Evidence")
    return next(each for each in found if each["Id"] == evidence_id)


def _scanned(client: Client, inquiry_id: str, evidence_id: str) -> Object:
    """The file once it was scanned, or as it is when the time is up."""
    until = time.monotonic() + SCAN_SECONDS
    while True:
        found = _of(client, inquiry_id, evidence_id)
        if found["Status"] != "AWAITED" or time.monotonic() > until:
            return found
        time.sleep(POLL_SECONDS)
