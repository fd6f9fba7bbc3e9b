"""The outcome of a file's rows in words, cells and sums: its result and its summary.

Every row has one result: `APPLIED`, `UNCHANGED` or `REJECTED`. Three kinds of rows are counted
besides, because there is nothing in them to mend: those that the reviewer left undecided and
further lines of an order are `UNCHANGED`, and those that were set aside with their chunk after all
retries are `REJECTED`, to be sent again.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from makegood.domain.actions import Action
from makegood.domain.amounts import JsonNumber, decimal_mark
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.money import Money
from makegood.domain.parties import account_path
from makegood.domain.problems import Problem
from makegood.domain.texts import ending_a_path, trimmed
from makegood.domain.uploads import Count, Upload
from makegood.files.columns import Columns, extra_cells
from makegood.files.kinds import kind_of
from makegood.files.outcomes import NotDecided, OtherLine, SetAside, Sums
from makegood.forms.fields import is_amount
from makegood.usecases.unit_of_work import Done

APPLIED, UNCHANGED, REJECTED = "APPLIED", "UNCHANGED", "REJECTED"
RESULTS = (APPLIED, UNCHANGED, REJECTED)

Counted = tuple[str, Sums]


NAMES = {NotDecided: UNCHANGED, OtherLine: UNCHANGED, SetAside: REJECTED}
APART = {each: each.code for each in NAMES}
"""Outcomes that the summary counts apart, besides counting them with their result."""


def result_of(
    upload: Upload, columns: Columns, line: int, cells: list[str], result: Done | Problem | None
) -> tuple[list[str], Counted]:
    """The row as it came, with its result and its part of the summary.

    Cells without a heading come last, so that ours are under their own headings.
    """
    width = len(columns.header)
    kept = cells[:width] + [""] * (width - len(cells))
    if isinstance(result, Done):
        name = APPLIED if result.applied else UNCHANGED
        kind = kind_of(upload.place.kind)
        code, told_of = kind.told(result)
        message = "; ".join(each for each in (told_of, *result.warnings) if each)
        uri = _uri(upload, result)
        return [*kept, str(line), name, code, message, uri], (name, kind.sums(result))
    if result is None:
        raise ValueError("a row has no result")
    name = NAMES.get(type(result), REJECTED)
    message = _in_columns(columns, result)
    beyond = extra_cells(cells, width)
    told = [*kept, str(line), name, result.reason_code(), message, "", *beyond]
    return told, (APART.get(type(result), name), {})


def _in_columns(columns: Columns, problem: Problem) -> str:
    """The problem's message, with the column names of the file."""
    if not problem.faults:
        return problem.message
    return "; ".join(
        f"{columns.header_of(fault.field)}: {fault.message}" for fault in problem.faults
    )


def _uri(upload: Upload, done: Done) -> str:
    account = account_path(upload.place.role, upload.place.account_id)
    subject = done.subject
    if isinstance(subject, Action):
        return f"{account}/Actions/{subject.action_id}"
    if isinstance(subject, KeptOrder):
        return f"{account}/Orders/{quote(ending_a_path(subject.order_id), safe='')}"
    return f"{account}/ActionInquiries/{subject.inquiry_id}"


def counted(rows: Iterable[Counted]) -> dict[str, Count]:
    """Rows and sums by result."""
    result: dict[str, Count] = {}
    for name, sums in rows:
        moved = {what: {money.currency: money.minor} for what, money in sums.items()}
        result[name] = result.get(name, Count()).plus(1, moved)
    return result


FIRST_DAY, LAST_DAY = "first_day", "last_day_before"
"""The notes for the first and the last day of a file's orders, in UTC: days since the year 1, the
last one below zero, for of all chunks' notes the least is the file's.
"""

MARKS = {",": "decimal_comma", ".": "decimal_point"}
"""The note for a decimal mark that some amount of a chunk must have."""


def noted(
    columns: Columns, rows: Iterable[tuple[int, list[str], Done | Problem | None]]
) -> dict[str, int]:
    """The first lines with an amount that can only have a decimal comma, and only a point; and the
    first and the last day of a shop's orders.
    """
    places = [at for at, wire in columns.places if is_amount(wire)]
    found: dict[str, int] = {}
    for line, cells, result in rows:
        if isinstance(result, Done) and isinstance(result.subject, KeptOrder):
            day = result.subject.order.ordered_at.toordinal()
            found[FIRST_DAY] = min(day, found.get(FIRST_DAY, day))
            found[LAST_DAY] = min(-day, found.get(LAST_DAY, -day))
        currency = _currency(columns, cells, result)
        for at in places:
            if at >= len(cells) or isinstance(cells[at], JsonNumber):
                continue
            mark = decimal_mark(trimmed(cells[at]), currency)
            if mark:
                found.setdefault(MARKS[mark], line)
    return found


def _currency(columns: Columns, cells: list[str], result: Done | Problem | None) -> str:
    """The currency of a row's amounts; "" if neither the row nor its result says it."""
    if isinstance(result, Done):
        match result.subject:
            case KeptOrder() as kept:
                return kept.order.amount.currency
            case Action() as action:
                return action.order_amount.currency
            case inquiry:
                return inquiry.claim.order_amount.currency
    told = next((cells[at] for at, wire in columns.places if wire == "Currency" and cells[at:]), "")
    return trimmed(told).upper() or columns.given.get("Currency", "")


def warnings(noted: Mapping[str, int]) -> tuple[str, ...]:
    """The warnings about a whole file, from the first line of each thing that was noted."""
    lines = [noted.get(each) for each in MARKS.values()]
    if None in lines:
        return ()
    comma, point = lines
    return (
        f"Amounts contradict each other: one in line {comma} can only have a decimal comma, one in "
        f"line {point} only a decimal point; each was read as it stands, so check them",
    )


def summary(upload: Upload, counts: Mapping[str, Count]) -> dict[str, Any]:
    """The summary: counts and sums by result, the input's checksum, its start and its end."""
    return {
        "upload_id": upload.upload_id,
        "kind": upload.place.kind,
        "name": upload.place.name,
        "dry_run": upload.dry,
        "given": upload.given,
        "state": upload.state,
        "fault": upload.fault,
        "warnings": list(upload.warnings),
        "rows": upload.row_count,
        "sha256": upload.checksum,
        "started": upload.started_at and upload.started_at.isoformat(),
        "finished": upload.finished_at and upload.finished_at.isoformat(),
        "results": {name: shown(_with_apart(name, counts)) for name in RESULTS},
        **{
            apart: counts.get(apart, Count()).rows
            for kind, apart in APART.items()
            if kind is not OtherLine or apart in counts
        },
    }


def _with_apart(name: str, counts: Mapping[str, Count]) -> Count:
    """Everything with this result, what is counted apart included."""
    result = counts.get(name, Count())
    for kind, apart in APART.items():
        if NAMES[kind] == name and apart in counts:
            result = result.plus(counts[apart].rows, counts[apart].money)
    return result


def shown(count: Count) -> dict[str, Any]:
    """Rows, and the money in them by what it is and by currency, as summaries tell it."""
    money = {
        name: {currency: str(Money(minor, currency)) for currency, minor in sorted(sums.items())}
        for name, sums in sorted(count.money.items())
    }
    return {"rows": count.rows, "money": money}
