"""What people see: tables that fit their terminal, one object, colours; and JSON for programs."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from makegood_cli.documents import Difference

SAMPLE = 200
"""The rows that a table's widths are taken from, so that it begins before its list has ended."""

WIDTH_MAX = 100_000
GAP = 2
COLOURS = {
    **dict.fromkeys(("VALID", "APPROVED", "PAID", "DONE", "CONFIRMED", "OK"), "green"),
    **dict.fromkeys(("DECLINED", "REVERSED", "FAILED", "REJECTED", "WITHDRAWN"), "red"),
    **dict.fromkeys(("UNRESOLVED", "INCOMPLETE", "PENDING", "WAITING", "RUNNING"), "yellow"),
}


def width() -> int:
    """The columns of the terminal; no limit where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_MAX


def printable(value: Any) -> str:
    """One line, without control sequences of a terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else " " for each in text)


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], as_json: bool) -> int:
    """Prints rows as they come, and returns how many: one object a line for programs.

    Where a terminal is too narrow for a table, each row is a block of its own.
    """
    if as_json:
        return sum(1 for row in rows if click.echo(json.dumps(row, ensure_ascii=False)) is None)
    left = iter(rows)
    sample = list(islice(left, SAMPLE))
    if not sample:
        click.echo("Nothing found", err=True)
        return 0
    widths = {
        name: max(len(name), *(len(printable(row.get(name, ""))) for row in sample))
        for name in columns
    }
    fits = sum(widths.values()) + GAP * (len(columns) - 1) <= width()
    if fits:
        click.echo(_line({name: click.style(name, bold=True) for name in columns}, widths, columns))
    count = 0
    for row in chain(sample, left):
        cells = {name: printable(row.get(name, "")) for name in columns}
        lines = [_line(cells, widths, columns)] if fits else [*_block(cells), ""]
        for line in lines:
            click.echo(line)
        count += 1
    return count


def _line(cells: Mapping[str, str], widths: Mapping[str, int], columns: Sequence[str]) -> str:
    shown = [
        _coloured(cells[name]) + " " * (widths[name] - len(click.unstyle(cells[name])))
        for name in columns
    ]
    return (" " * GAP).join(shown).rstrip()


def _coloured(text: str) -> str:
    return click.style(text, fg=COLOURS[text]) if text in COLOURS else text


def _block(cells: Mapping[str, str]) -> Iterator[str]:
    """Names and values below each other, values broken where the terminal ends."""
    told = {name: value for name, value in cells.items() if value}
    names = max(map(len, told), default=0)
    room = max(width() - names - GAP, 10)
    for name, value in told.items():
        parts = [value[at : at + room] for at in range(0, len(value), room)]
        yield f"{name:{names}}{' ' * GAP}{_coloured(parts[0])}"
        for part in parts[1:]:
            yield f"{'':{names}}{' ' * GAP}{part}"


def one(found: Mapping[str, Any], as_json: bool, err: bool = False) -> None:
    """Prints one object, its values by name; `err` says that it is no part of the answer."""
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    plain = {name: _plain(value) for name, value in found.items() if not _objects(value)}
    for line in _block(plain):
        click.echo(line, err=err)
    for name, value in found.items():
        for each in value if _objects(value) else ():
            click.echo(f"\n{click.style(name, bold=True)}", err=err)
            for line in _block({inner: _plain(part) for inner, part in each.items()}):
                click.echo(f"  {line}", err=err)


def _objects(value: Any) -> bool:
    """Whether it is a list of objects, which have a block each."""
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _plain(value: Any) -> str:
    """A value on one line; of a list of texts and of an object, their parts."""
    if value == []:
        return "none"
    if isinstance(value, list):
        return " · ".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items() if each != "")
    return printable(value)


def differences(found: "Iterable[Difference]", as_json: bool) -> None:
    """Prints what differs: what is there in red and what is given in green, or an object each."""
    for each in found:
        if as_json:
            click.echo(json.dumps(each.told, ensure_ascii=False))
            continue
        for line in each.lines:
            click.secho(line, fg="red" if line[0] == "-" else "green")


def note(line: str) -> None:
    """A sentence for people that is no part of the answer."""
    click.echo(line, err=True)


def confirmed(question: str, yes: bool) -> bool:
    """Whether somebody said yes; without a terminal only `--yes` does."""
    if yes:
        return True
    if not sys.stdin.isatty():
        note(f"{question} Nobody can answer here; say --yes if it is meant.")
        return False
    return click.confirm(question, err=True)
