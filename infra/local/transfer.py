"""Moves files to and from the stack by hand, with a progress bar.

`upload` sends a file, shows its progress, prints a summary, and saves the result beside the file.
`undecided` fetches all of an advertiser's undecided inquiries as one file for a spreadsheet;
`upload --kind resolutions` sends it back. Neither overwrites anything but an earlier result.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, TextIO

import urllib3
from makegood.domain.parties import AUDIENCES, Role
from makegood.domain.uploads import KINDS, Kind
from makegood.files.layouts import RESULT_COLUMNS

from infra.local import stack
from infra.local.client import Client, Refused

BAR_CHARS = 30
REASONS_MAX = 20
"""The most reasons of rejected rows that are printed; the result has all rows."""


def bar(upload: dict[str, Any]) -> str:
    """The progress of an upload, like `[#####.....]  50%  500 of 1,000 rows`."""
    done, total = int(upload["RowsDone"]), int(upload["RowsTotal"])
    if not total:
        return f"[{'.' * BAR_CHARS}]       {upload['Status'].lower()}"
    full = BAR_CHARS * done // total
    drawn = "#" * full + "." * (BAR_CHARS - full)
    return f"[{drawn}] {100 * done // total:3}%  {done:,} of {total:,} rows"


def told(summary: dict[str, Any]) -> str:
    """A summary for people: warnings, rows and sums by result, or why the file was unreadable."""
    if summary["fault"]:
        return summary["fault"]
    lines = list(summary["warnings"])
    for name, each in summary["results"].items():
        if each["rows"]:
            lines.append(f"{each['rows']:9,}  {name.lower():10} {summed(each['money'])}".rstrip())
    return "\n".join(lines)


def summed(money: dict[str, dict[str, str]]) -> str:
    """Sums by name, like `order_amounts 20.00 EUR and 100.00 USD, payouts_granted 5.00 USD`."""
    return ", ".join(
        f"{name} " + " and ".join(f"{amount} {currency}" for currency, amount in sums.items())
        for name, sums in money.items()
    )


def rejected(result: Path) -> str:
    """The rejected rows by reason, the most frequent first, each with its first row's message."""
    counts: Counter[str] = Counter()
    first: dict[str, dict[str, str]] = {}
    for row in _rows(result):
        if row["Result"] == "REJECTED":
            counts[row["Code"]] += 1
            first.setdefault(row["Code"], row)
    lines = [
        f"{rows:11,}  {code}: {_printable(first[code]['Message'])} (line {first[code]['Row']})"
        for code, rows in counts.most_common(REASONS_MAX)
    ]
    if len(counts) > REASONS_MAX:
        lines.append(f"{'':11}  and {len(counts) - REASONS_MAX} more reasons")
    return "\n".join(lines)


def _rows(result: Path) -> Iterator[dict[str, str]]:
    """Our columns of a result. They follow the file's own columns, whatever those are called.

    Cells without a heading follow ours.
    """
    with result.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        own = len(next(lines)) - len(RESULT_COLUMNS)
        for cells in filter(None, lines):
            yield dict(zip(RESULT_COLUMNS, cells[own:], strict=False))


def _printable(text: str) -> str:
    """One line, without control sequences of a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def place_for_result(path: Path) -> Path:
    """Where a file's result is saved: beside the file, over an earlier result of it.

    Any other file of that name is left alone, and the next number is taken.
    """
    place = path.with_name(f"{path.name}.result.csv")
    numbers = count(2)
    while place.exists() and not _is_result(place):
        place = path.with_name(f"{path.name}.result-{next(numbers)}.csv")
    return place


def _is_result(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return tuple(header[-len(RESULT_COLUMNS) :]) == RESULT_COLUMNS


def followed(client: Client, uri: str, out: TextIO) -> dict[str, Any]:
    """Follows an upload until it is over, with a progress bar; returns it."""

    def show(seen: dict[str, Any]) -> None:
        if out.isatty():
            out.write(f"\r{bar(seen)}\033[K")
            out.flush()

    seen = client.finished(uri, show)
    out.write(f"\r{bar(seen)}\n" if out.isatty() else f"{bar(seen)}\n")
    return seen


def upload(client: Client, kind: str, path: Path, out: TextIO, **more: str) -> bool:
    """Sends the file and saves its result beside it; returns whether all rows could be read."""
    seen = followed(client, client.send(kind, path.name, path.read_bytes(), **more), out)
    summary = json.loads(client.download(seen["SummaryUri"]))
    saved = place_for_result(path)
    client.save(seen["ResultUri"], saved)
    reasons = "" if summary["fault"] else rejected(saved)
    lines = [told(summary), reasons, f"Each row's result is in {saved}"]
    out.write("\n".join(each for each in lines if each) + "\n")
    return seen["Status"] == "DONE" and not summary["set_aside"]


def undecided(client: Client, campaign_id: str, path: Path, out: TextIO) -> bool:
    """Orders the undecided inquiries and saves them as one file; returns whether that worked.

    A file whose name ends in `.xlsx` is a workbook, where there are not too many.
    """
    file_format = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
    seen = followed(client, client.order("undecided", campaign_id, file_format), out)
    if seen["Status"] != "DONE":
        out.write(f"{seen['Fault']}\n")
        return False
    link = seen.get("WorkbookUri", "") if file_format == "xlsx" else seen["ResultUri"]
    if not link:
        out.write("".join(f"{each}\n" for each in seen["Warnings"]))
        link, path = seen["ResultUri"], path.with_name(f"{path.name}.csv")
        check("undecided", path)
    client.save(link, path)
    out.write(f"The undecided inquiries are in {path}\n")
    return True


def audience_of(kind: str) -> str:
    """The part of the API that takes files of this kind."""
    return next(AUDIENCES[role] for role, kinds in KINDS.items() if kind in kinds)


def client_of(user: str, audience: str, api_url: str) -> Client:
    """A client for `SID:TOKEN`; for the stack on this machine, unless another is named."""
    if not api_url:
        running = stack.load()
        if running is None:
            raise SystemExit("No stack is running; start one with `make up`, or name one by --api")
        api_url = running.api_url
    account_sid, _, token = user.partition(":")
    return Client(api_url, audience, account_sid, token, urllib3.PoolManager())


def check(command: str, path: Path) -> None:
    """Refuses a file that cannot be read or saved as named, before it asks the API for anything."""
    if command == "upload":
        try:
            path.open("rb").close()
        except OSError as error:
            raise SystemExit(f"{path} cannot be sent: {error.strerror}") from None
    elif path.exists():
        raise SystemExit(f"{path} is there already, and may hold answers; name another file")
    elif not path.parent.is_dir():
        raise SystemExit(f"{path} cannot be saved: there is no folder {path.parent}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["upload", "undecided"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--user", required=True, help="SID:TOKEN, as the demo prints it")
    parser.add_argument("--api", default="", help="the API's URL; the local stack's by default")
    parser.add_argument("--kind", choices=sorted(map(str, Kind)), default="inquiries")
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
    check(asked.command, asked.file)
    uploads = asked.command == "upload"
    audience = audience_of(asked.kind) if uploads else AUDIENCES[Role.ADVERTISER]
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
