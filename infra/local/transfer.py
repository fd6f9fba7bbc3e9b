"""Files to and from the stack by hand: sent with a progress bar, and the undecided fetched.

`upload` sends a file, shows how far it is, prints what came of it and saves the result beside the
file; `undecided` orders all of an advertiser's undecided inquiries as one file for a spreadsheet,
which is sent back with `upload --kind resolutions`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, TextIO

import urllib3

from infra.local import stack
from infra.local.client import Client, Refused

BAR_CHARS = 30
OF_PARTNERS = {"inquiries"}
KINDS = ("actions", "conversions", "inquiries", "resolutions")


def bar(upload: dict[str, Any]) -> str:
    """How far an upload is, like `[#####.....]  50%  500 of 1,000 rows`."""
    done, total = int(upload["RowsDone"]), int(upload["RowsTotal"])
    if not total:
        return f"[{'.' * BAR_CHARS}]       {upload['Status'].lower()}"
    full = BAR_CHARS * done // total
    drawn = "#" * full + "." * (BAR_CHARS - full)
    return f"[{drawn}] {100 * done // total:3}%  {done:,} of {total:,} rows"


def told(summary: dict[str, Any]) -> str:
    """A summary for people: warnings, rows and money by result, or why the file was unreadable."""
    if summary["fault"]:
        return summary["fault"]
    lines = list(summary["warnings"])
    for name, each in summary["results"].items():
        if each["rows"]:
            money = ", ".join(f"{amount} {currency}" for currency, amount in each["money"].items())
            lines.append(f"{each['rows']:9,}  {name.lower():10} {money}".rstrip())
    return "\n".join(lines)


def followed(client: Client, uri: str, out: TextIO) -> dict[str, Any]:
    """What stands at that URI once it is over, with a bar that says how far it is until then."""

    def show(seen: dict[str, Any]) -> None:
        if out.isatty():
            out.write(f"\r{bar(seen)}\033[K")
            out.flush()

    seen = client.finished(uri, show)
    out.write(f"\r{bar(seen)}\n" if out.isatty() else f"{bar(seen)}\n")
    return seen


def upload(client: Client, kind: str, path: Path, out: TextIO, **more: str) -> bool:
    """Sends the file and saves its result beside it; whether all of it could be worked on."""
    seen = followed(client, client.send(kind, path.name, path.read_bytes(), **more), out)
    summary = json.loads(client.download(seen["SummaryUri"]))
    saved = path.with_name(f"{path.stem}.result.csv")
    client.save(seen["ResultUri"], saved)
    out.write(f"{told(summary)}\nEach row's result is in {saved}\n")
    return seen["Status"] == "DONE" and not summary["set_aside"]


def undecided(client: Client, campaign_id: str, path: Path, out: TextIO) -> bool:
    """Orders the undecided inquiries and saves them as one file; whether it could be made."""
    seen = followed(client, client.order("undecided", campaign_id), out)
    if seen["Status"] != "DONE":
        out.write(f"{seen['Fault']}\n")
        return False
    client.save(seen["ResultUri"], path)
    out.write(f"The undecided inquiries are in {path}\n")
    return True


def client_of(user: str, audience: str, api_url: str) -> Client:
    """A client for `SID:TOKEN`, of the stack on this machine unless another is named."""
    if not api_url:
        running = stack.load()
        if running is None:
            raise SystemExit("No stack is running; start one with `make up`, or name one by --api")
        api_url = running.api_url
    account_sid, _, token = user.partition(":")
    return Client(api_url, audience, account_sid, token, urllib3.PoolManager())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["upload", "undecided"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--user", required=True, help="SID:TOKEN, as the demo prints it")
    parser.add_argument("--api", default="", help="the API's URL; the local stack's by default")
    parser.add_argument("--kind", choices=KINDS, default="inquiries")
    parser.add_argument("--campaign", default="", help="whose undecided inquiries are fetched")
    parser.add_argument("--dry-run", action="store_true", help="says what would happen")
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the file does not say, like TimeZone=Europe/Paris",
    )
    asked = parser.parse_args()
    partner = asked.command == "upload" and asked.kind in OF_PARTNERS
    audience = "Mediapartners" if partner else "Advertisers"
    client = client_of(asked.user, audience, asked.api)
    try:
        if asked.command == "undecided":
            return 0 if undecided(client, asked.campaign, asked.file, sys.stdout) else 1
        given = dict(each.partition("=")[::2] for each in asked.given)
        dry = str(asked.dry_run).lower()
        return 0 if upload(client, asked.kind, asked.file, sys.stdout, DryRun=dry, **given) else 1
    except Refused as refused:
        raise SystemExit(str(refused)) from None


if __name__ == "__main__":
    sys.exit(main())
