"""Moves files by hand, with a progress bar.

`upload` sends a file, shows its progress, prints a summary, and saves the result beside the file.
`sheet` fetches what waits in a campaign as one file for a spreadsheet; `upload` sends it back.
Neither overwrites anything but an earlier result.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TextIO

from makegood_cli import names
from makegood_cli.client import Client, Object, Opened, Refused
from makegood_cli.problems import USAGE, Stop

BAR_CHARS = 30
AGAIN_MAX = 20
"""The most uploads of one file, or latest files, that are looked through for one that goes on."""

OVER = frozenset({"DONE", "FAILED"})

FORBIDDEN = 403
REASONS_MAX = 20
"""The most reasons of rejected rows that are printed; the result has all rows."""


def bar(upload: Object) -> str:
    """The progress of an upload, like `[#####.....]  50%  500 of 1,000 rows`."""
    done, total = int(upload["RowsDone"]), int(upload["RowsTotal"])
    if not total:
        return f"[{'.' * BAR_CHARS}]       {upload['Status'].lower()}"
    full = BAR_CHARS * done // total
    drawn = "#" * full + "." * (BAR_CHARS - full)
    return f"[{drawn}] {100 * done // total:3}%  {done:,} of {total:,} rows"


def told(summary: Object) -> str:
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
        columns = names.names()["result_columns"]
        own = len(next(lines)) - len(columns)
        for cells in filter(None, lines):
            yield dict(zip(columns, cells[own:], strict=False))


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
    columns = names.names()["result_columns"]
    return header[-len(columns) :] == columns


def followed(client: Client, uri: str, out: TextIO) -> Object:
    """Follows an upload until it is over, with a progress bar; returns it."""

    def show(seen: Object) -> None:
        if out.isatty():
            out.write(f"\r{bar(seen)}\033[K")
            out.flush()

    seen = client.finished(uri, show)
    out.write(f"\r{bar(seen)}\n" if out.isatty() else f"{bar(seen)}\n")
    return seen


def sent(client: Client, kind: str, path: Path, **more: str) -> str:
    """Sends the file, or finds that it is sent: the URI of its upload.

    The same file, announced again while its upload is not over, gets the same upload: so whoever
    was cut off sends the same line again. What is over is announced anew.
    """
    data = path.read_bytes()
    told = json.dumps([kind, path.name, sorted(more.items())]).encode()
    digest = hashlib.sha256(told + data).hexdigest()
    for at in range(AGAIN_MAX):
        opened = client.announce(kind, path.name, len(data), f"{digest}-{at}", **more)
        status = client.call("GET", opened["Uri"])["Status"]
        if status == "RUNNING":
            return opened["Uri"]
        if status == "AWAITED" and _posted(client, opened, path.name, data):
            return opened["Uri"]
    return client.send(kind, path.name, data, **more)


def _posted(client: Client, opened: Opened, name: str, data: bytes) -> bool:
    """Whether the form still takes the file: an old one has expired."""
    try:
        client.post(opened["Upload"], name, data)
    except Refused as refused:
        if refused.status == FORBIDDEN:
            return False
        raise
    return True


@dataclass(frozen=True, slots=True)
class Sent:
    """A file whose rows have results: its upload, the summary of it, and where the result is."""

    upload: Object
    summary: Object
    saved: Path

    @property
    def is_clean(self) -> bool:
        """Whether the file was read, and no row was rejected or set aside."""
        rejected = self.summary["results"].get("REJECTED", {}).get("rows", 0)
        return self.upload["Status"] == "DONE" and not rejected and not self.summary["set_aside"]

    @property
    def told(self) -> Object:
        """One object for programs."""
        return {**self.upload, "Summary": self.summary, "Saved": str(self.saved)}


def upload(client: Client, kind: str, path: Path, out: TextIO, **more: str) -> Sent:
    """Sends the file, and saves its result beside it."""
    seen = followed(client, sent(client, kind, path, **more), out)
    summary = json.loads(client.download(seen["SummaryUri"]))
    saved = place_for_result(path)
    client.save(seen["ResultUri"], saved)
    reasons = "" if summary["fault"] else rejected(saved)
    lines = [told(summary), reasons, f"Each row's result is in {saved}"]
    out.write("\n".join(each for each in lines if each) + "\n")
    return Sent(seen, summary, saved)


def ordered(client: Client, kind: str, campaign_id: str, file_format: str) -> str:
    """Orders a sheet, or finds the same one among the latest files while it is being made: so
    whoever was cut off orders with the same line again. Returns its URI.
    """
    latest = client.list("Files", "Files", PageSize=str(AGAIN_MAX))
    same = (kind, f"{kind}-{campaign_id}.{file_format}")
    for each in islice(latest, AGAIN_MAX):
        if (each["Kind"], each["Name"]) == same and each["Status"] not in OVER:
            return each["Uri"]
    return client.order(kind, campaign_id, file_format)


def sheet(client: Client, kind: str, campaign_id: str, path: Path, out: TextIO) -> Object:
    """Saves what waits in a campaign as one file; returns the sheet, and where it is `Saved`:
    nowhere if it could not be made.

    A file whose name ends in `.xlsx` is a workbook, where there is not too much.
    """
    file_format = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
    seen = followed(client, ordered(client, kind, campaign_id, file_format), out)
    if seen["Status"] != "DONE":
        out.write(f"{seen['Fault']}\n")
        return {**seen, "Saved": ""}
    link = seen.get("WorkbookUri", "") if file_format == "xlsx" else seen["ResultUri"]
    if not link:
        out.write("".join(f"{each}\n" for each in seen["Warnings"]))
        link, path = seen["ResultUri"], path.with_name(f"{path.name}.csv")
        check_new(path)
    client.save(link, path)
    out.write(f"What waits is in {path}\n")
    return {**seen, "Saved": str(path)}


def check_readable(path: Path) -> None:
    """Refuses a file that cannot be sent, before the API is asked for anything."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise Stop(f"{path} cannot be sent: {error.strerror}", USAGE) from None


def check_new(path: Path) -> None:
    """Refuses a file that is there already or cannot be saved as named."""
    if path.exists():
        raise Stop(f"{path} is there already, and may hold answers; name another file", USAGE)
    if not path.parent.is_dir():
        raise Stop(f"{path} cannot be saved: there is no folder {path.parent}", USAGE)
