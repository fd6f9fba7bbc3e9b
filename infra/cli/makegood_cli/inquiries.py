"""Inquiries: a partner files them, an advertiser decides them, both follow them."""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import click
from makegood_cli import screen
from makegood_cli.problems import REFUSED, Stop
from makegood_cli.session import Session, with_fields, with_session

RESOURCE = "ActionInquiries"
COLUMNS = ("Id", "ResolutionStatus", "OrderId", "TransactionAmount", "Currency", "CreationDate")
CHECKED = ("OrderId", "Outcome", "InquiryId", "Message")
PAGING = ("Page", "PageSize", "Cursor")
DECIDED = frozenset({"VALID", "DECLINED", "WITHDRAWN"})
WATCH_SECONDS = 5.0


@click.command()
@with_fields("fileInquiry", leave=("DryRun",))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and file nothing.")
@with_session
def file(session: Session, fields: dict[str, str], dry_run: bool) -> None:
    """File an inquiry. The same claim again is the same inquiry, unless that was withdrawn.

    \b
    Example:
      $ makegood file --campaign-id 1000 --order-id X1 --transaction-date 2026-06-01T12:00:00-04:00
          --transaction-amount 20.00 --inquiry-type UNTRACKED
    """
    client = session.client("partner")
    if dry_run:
        fields = {**fields, "DryRun": "true"}
    told = client.call("POST", f"{client.root}/{RESOURCE}", fields)
    shown(told, session.as_json)


@click.group()
def inquiries() -> None:
    """List, show, explain, watch, check, verify, answer and withdraw inquiries."""


@inquiries.command("list")
@with_fields("listAdvertiserInquiries", "listPartnerInquiries", leave=PAGING)
@click.option("--limit", type=click.IntRange(1), help="The newest so many; all unless set.")
@with_session
def list_(session: Session, fields: dict[str, str], limit: int | None) -> None:
    """List inquiries, newest first, as many pages as there are.

    \b
    Example:
      $ makegood inquiries list --campaign-id 1000 --resolution-status UNRESOLVED
    """
    from itertools import islice

    found = session.client().list(RESOURCE, RESOURCE, **fields)
    screen.table(islice(found, limit), COLUMNS, session.as_json)


@inquiries.command()
@click.argument("inquiry_id")
@with_session
def show(session: Session, inquiry_id: str) -> None:
    """Show one inquiry: where it stands, what was said, what was checked.

    \b
    Example:
      $ makegood inquiries show 5956883370454956
    """
    screen.one(session.client().get(f"{RESOURCE}/{inquiry_id}"), session.as_json)


@inquiries.command()
@click.argument("inquiry_id")
@with_session
def explain(session: Session, inquiry_id: str) -> None:
    """Say why an inquiry was decided so, or who decides it, and what happens next.

    \b
    Example:
      $ makegood inquiries explain 5956883370454956
    """
    found = session.client().get(f"{RESOURCE}/{inquiry_id}/Explanation")
    screen.one(found, session.as_json)


@inquiries.command()
@click.argument("inquiry_id")
@click.option(
    "--every", default=WATCH_SECONDS, help="Seconds between two looks.", show_default=True
)
@with_session
def watch(session: Session, inquiry_id: str, every: float) -> None:
    """Print an inquiry at each change, until it is decided. A lost line is waited out.

    \b
    Example:
      $ makegood inquiries watch 5956883370454956
    """
    from makegood_cli.client import Unreachable

    client, version = session.client(), ""
    while True:
        try:
            found = client.get(f"{RESOURCE}/{inquiry_id}")
        except Unreachable:
            if not version:
                raise
            time.sleep(every)
            continue
        if found["Version"] != version:
            version = found["Version"]
            screen.table([found], COLUMNS, session.as_json)
        if found["ResolutionStatus"] in DECIDED:
            return
        time.sleep(every)


@inquiries.command()
@click.argument("inquiry_id")
@with_fields("answerInquiry")
@with_session
def answer(session: Session, inquiry_id: str, fields: dict[str, str]) -> None:
    """Answer what the shop asks about an incomplete inquiry.

    \b
    Example:
      $ makegood inquiries answer 5956883370454956 --inquiry-notes "One pair of shoes, size 8"
    """
    client = session.client("partner")
    told = client.call("PUT", f"{client.root}/{RESOURCE}/{inquiry_id}", fields)
    shown(told, session.as_json)


@inquiries.command()
@click.option("--order-id", "orders", multiple=True, required=True, help="An order; give several.")
@with_fields("checkClaims", leave=("OrderId",))
@with_session
def check(session: Session, fields: dict[str, str], orders: tuple[str, ...]) -> None:
    """Ask what would become of claims, and file none. What is given holds for all orders.

    \b
    Example:
      $ makegood inquiries check --campaign-id 1000 --order-id X1 --order-id X2
          --transaction-date 2026-06-01T12:00:00-04:00 --transaction-amount 20.00
          --inquiry-type UNTRACKED --field TransactionAmount2=35.00
    """
    client = session.client("partner")
    numbered = {f"OrderId{number}": each for number, each in enumerate(orders, start=1)}
    told = client.call("POST", f"{client.root}/{RESOURCE}/Check", {**fields, **numbered})
    screen.table(told["Checks"], CHECKED, session.as_json)


@inquiries.command()
@click.argument("inquiry_id")
@with_session
def verify(session: Session, inquiry_id: str) -> None:
    """Hold an open inquiry against the shop's orders again, and show its verdict.

    \b
    Example:
      $ makegood inquiries verify 5956883370454956
    """
    client = session.client("advertiser")
    found = client.call("POST", f"{client.root}/{RESOURCE}/{inquiry_id}/Verification", {})
    screen.one(found if session.as_json else found["Verification"], session.as_json)


@inquiries.command()
@click.argument("inquiry_id")
@with_session
def withdraw(session: Session, inquiry_id: str) -> None:
    """Withdraw an inquiry that is not decided; the order may be filed again.

    \b
    Example:
      $ makegood inquiries withdraw 5956883370454956
    """
    client = session.client("partner")
    shown(client.call("DELETE", f"{client.root}/{RESOURCE}/{inquiry_id}"), session.as_json)


@click.command()
@click.argument("inquiry_id")
@with_fields("appealInquiry", leave=("DryRun",))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and appeal nothing.")
@with_session
def appeal(session: Session, inquiry_id: str, fields: dict[str, str], dry_run: bool) -> None:
    """Appeal a decline, once, with a fact or evidence that is new.

    \b
    Example:
      $ makegood appeal 5956883370454956 --text "The receipt has the number of the order"
    """
    client = session.client("partner")
    if dry_run:
        fields = {**fields, "DryRun": "true"}
    uri = f"{client.root}/{RESOURCE}/{inquiry_id}/Appeal"
    shown(client.call("POST", uri, fields, key_of({**fields, "Id": inquiry_id})), session.as_json)


@click.command()
@click.argument("inquiry_id")
@with_fields("resolveInquiry", leave=("Id", "DryRun", "Version"))
@click.option("--dry-run", is_flag=True, help="See what it would do, and leave it at that.")
@click.option("--yes", is_flag=True, help="Decide without asking.")
@with_session
def resolve(
    session: Session, inquiry_id: str, fields: dict[str, str], dry_run: bool, yes: bool
) -> None:
    """Decide an inquiry. It shows what that would do, and asks, before it does it.

    It decides the version that it showed: where somebody else decides meanwhile, it is refused.

    \b
    Example:
      $ makegood resolve 5956883370454956 --resolution-status VALID --action-tracker-id 4000
    """
    client = session.client("advertiser")
    resource = f"{RESOURCE}/{inquiry_id}"
    there = client.get(resource)
    decision = {**fields, "Version": there["Version"]}
    uri = f"{client.root}/{resource}"
    preview = client.call("PUT", uri, {**decision, "DryRun": "true"})
    if dry_run:
        shown(preview, session.as_json)
        return
    if not yes and not session.as_json:
        screen.table([there], COLUMNS, as_json=False)
        shown(preview, as_json=False)
    status = fields["ResolutionStatus"].upper()
    if not screen.confirmed(f"Decide {inquiry_id} as {status}?", yes):
        raise Stop("Nothing is decided", REFUSED)
    shown(
        client.call("PUT", uri, decision, key_of({**decision, "Id": inquiry_id})), session.as_json
    )


def shown(told: Mapping[str, Any], as_json: bool) -> None:
    """What a write answered, with its warnings; of a dry run, what would be."""
    if as_json:
        screen.one(told, as_json=True)
        return
    plain = {name: each for name, each in told.items() if name not in ("Preview", "Warnings")}
    screen.one({**plain, **told.get("Preview", {})}, as_json=False)
    for warning in told.get("Warnings", ()):
        screen.note(f"Note: {warning}")


def key_of(fields: Mapping[str, str]) -> str:
    """An Idempotency-Key: the same write, sent again after a lost line, is done once."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
