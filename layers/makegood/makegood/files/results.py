"""The outcome of a file's rows in words, cells and sums: its result and its summary.

Every row has one result: `APPLIED`, `UNCHANGED` or `REJECTED`. Two kinds of rows are counted
besides, because there is nothing in them to mend: those that the reviewer left undecided are
`UNCHANGED`, and those that were set aside with their chunk after all retries are `REJECTED`, to be
sent again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from makegood.domain import calendar
from makegood.domain.actions import Action, ActionState
from makegood.domain.amounts import decimal_mark
from makegood.domain.inquiries import REJECT_REASONS, InquiryType
from makegood.domain.money import Money
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import Internal, Problem
from makegood.domain.uploads import Count, Kind, Upload
from makegood.files.csv_format import Columns, extra_cells
from makegood.forms.fields import is_amount
from makegood.usecases.unit_of_work import Done

APPLIED, UNCHANGED, REJECTED = "APPLIED", "UNCHANGED", "REJECTED"
RESULTS = (APPLIED, UNCHANGED, REJECTED)

ORDER_AMOUNTS = "order_amounts"
"""What orders came to: of claims, of inquiries that were decided, and of tracked orders."""

PAYOUTS_GRANTED = "payouts_granted"
"""What was granted for accepted inquiries; nothing for those that are declined or INCOMPLETE."""

CORRECTIONS = "corrections"
"""What accepted INCORRECT inquiries change of what their orders pay."""

PAYOUTS = "payouts"
"""What tracked orders pay."""

AMOUNT_CHANGES, PAYOUT_CHANGES = "amount_changes", "payout_changes"
"""By how much changed actions became more, or less."""

Sums = Mapping[str, Money]
"""The money in a row, by what it is."""

Counted = tuple[str, Sums]


class NotDecided(Problem):
    """A row of the undecided download that came back as it went out."""

    code = "not_decided"
    message = "Not decided: Resolution Status is blank, and nothing was changed"


class SetAside(Internal):
    """A row whose chunk failed on every delivery; whether it was done before that is not known."""

    code = "set_aside"
    message = (
        "Set aside after several tries, and may be done or not; "
        "send this row again, what is done already comes back UNCHANGED"
    )


NAMES = {NotDecided: UNCHANGED, SetAside: REJECTED}
APART = {NotDecided: NotDecided.code, SetAside: SetAside.code}
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
        told = _told_of_change if upload.place.kind is Kind.ACTIONS else _told
        code, told_of = told(result)
        message = "; ".join(each for each in (told_of, *result.warnings) if each)
        uri = _uri(upload, result)
        return [*kept, str(line), name, code, message, uri], (name, sums_of(upload, result))
    if result is None:
        raise ValueError("a row has no result")
    name = NAMES.get(type(result), REJECTED)
    message = _in_columns(columns, result)
    beyond = extra_cells(cells, width)
    told = [*kept, str(line), name, result.reason_code(), message, "", *beyond]
    return told, (APART.get(type(result), name), {})


def sums_of(upload: Upload, done: Done) -> Sums:
    """What a row adds to the sums of its result: the same, however often it is worked on."""
    subject, update = done.subject, done.update
    if upload.place.kind is Kind.ACTIONS:
        changes = update and {
            AMOUNT_CHANGES: update.delta_amount,
            PAYOUT_CHANGES: update.delta_payout,
        }
        return changes or {}
    if isinstance(subject, Action):
        created = subject.as_created()
        payout = subject.worth if subject.outside else created.payout
        return {ORDER_AMOUNTS: created.order_amount, PAYOUTS: payout}
    sums = {ORDER_AMOUNTS: subject.claim.order_amount}
    if upload.place.kind is Kind.INQUIRIES:
        return sums
    if subject.claim.inquiry_type is InquiryType.INCORRECT:
        granted = {CORRECTIONS: subject.difference}
    else:
        granted = {PAYOUTS_GRANTED: subject.final_payout}
    return sums | {name: money for name, money in granted.items() if money is not None}


def _told(done: Done) -> tuple[str, str]:
    """A code for a row's outcome, and a sentence for people."""
    subject = done.subject
    if isinstance(subject, Action):
        if done.applied:
            return "tracked", _came_of(subject)
        return "same_conversion", "The same conversion was there already; nothing changed"
    if not done.applied:
        message = f"Inquiry {subject.inquiry_id} was there already just so; nothing changed"
        return f"same_{subject.state.lower()}", message
    reason = REJECT_REASONS[subject.reject_reason] if subject.reject_reason else ""
    if subject.tracked_action_id:
        reason += f": action {subject.tracked_action_id}"
    return subject.state.lower(), _came_of(done.action) if done.action else reason


CHANGES = {
    ActionState.PENDING: "modified",
    ActionState.LOCKED: "approved",
    ActionState.PAID: "approved",
    ActionState.REVERSED: "reversed",
}


def _told_of_change(done: Done) -> tuple[str, str]:
    """As `_told`, for a row that changes an action."""
    action = done.subject
    if not isinstance(action, Action):
        raise ValueError("a change is about an action")
    if not done.applied:
        message = f"Action {action.action_id} was just so already; nothing changed"
        return "same_action", message
    return CHANGES[action.state], _came_of(action)


def _came_of(action: Action) -> str:
    """How far a row's action has come, what it pays, and when it locks; days are its campaign's."""
    pays = f"payout {action.worth} {action.worth.currency}"
    zone = calendar.zone(action.time_zone)
    locks_on = calendar.local_day(action.locks_at, zone)
    how = {
        ActionState.PAID: f"locked and was paid at once; {pays}",
        ActionState.LOCKED: "locked at once; it is paid when it clears on "
        f"{calendar.local_day(action.clears_at, zone)}, from funds; {pays}",
        ActionState.REVERSED: "is reversed; it pays nothing",
        ActionState.PENDING: f"is pending until it locks on {locks_on}; {pays}",
    }[action.state]
    if action.awaits_approval:
        how = f"is pending until it is approved, or locks on {locks_on}; {pays}"
    if action.awaits_approval and action.outside:
        how = (
            f"is beyond {action.beyond}: it pays nothing, and is reversed on {locks_on}, unless "
            "it is approved before"
        )
    return f"Action {action.action_id} {how}"


def _in_columns(columns: Columns, problem: Problem) -> str:
    """The problem's message, with the column names of the file."""
    if not problem.faults:
        return problem.message
    return "; ".join(
        f"{columns.header_of(fault.field)}: {fault.message}" for fault in problem.faults
    )


def _uri(upload: Upload, done: Done) -> str:
    role = upload.place.role
    audience = "Advertisers" if role is Role.ADVERTISER else "Mediapartners"
    account = f"/{audience}/{account_sid(role, upload.place.account_id)}"
    subject = done.subject
    if isinstance(subject, Action):
        return f"{account}/Actions/{subject.action_id}"
    return f"{account}/ActionInquiries/{subject.inquiry_id}"


def counted(rows: Iterable[Counted]) -> dict[str, Count]:
    """Rows and sums by result."""
    result: dict[str, Count] = {}
    for name, sums in rows:
        moved = {what: {money.currency: money.minor} for what, money in sums.items()}
        result[name] = result.get(name, Count()).plus(1, moved)
    return result


MARKS = {",": "decimal_comma", ".": "decimal_point"}
"""What is noted of a chunk by the decimal mark that an amount of it can only have."""


def noted(
    columns: Columns, rows: Iterable[tuple[int, list[str], Done | Problem | None]]
) -> dict[str, int]:
    """The first lines with an amount that can only have a decimal comma, and only a point."""
    places = [at for at, wire in columns.places if is_amount(wire)]
    found: dict[str, int] = {}
    for line, cells, result in rows:
        currency = _currency(columns, cells, result)
        for at in places:
            mark = decimal_mark(cells[at], currency) if at < len(cells) else ""
            if mark:
                found.setdefault(MARKS[mark], line)
    return found


def _currency(columns: Columns, cells: list[str], result: Done | Problem | None) -> str:
    """What a row's amounts are in; "" where neither the row nor what became of it says it."""
    if isinstance(result, Done):
        subject = result.subject
        order = subject if isinstance(subject, Action) else subject.claim
        return order.order_amount.currency
    told = next((cells[at] for at, wire in columns.places if wire == "Currency" and cells[at:]), "")
    return told.strip().upper() or columns.given.get("Currency", "")


def warnings(noted: Mapping[str, int]) -> tuple[str, ...]:
    """What a file is told of as a whole, from the first line of each thing that was noted."""
    lines = [noted.get(each) for each in MARKS.values()]
    if None in lines:
        return ()
    comma, point = lines
    return (
        f"Amounts contradict each other: one in line {comma} can only have a decimal comma, one in "
        f"line {point} only a decimal point; each was read as it stands, so check them",
    )


def summary(upload: Upload, counts: Mapping[str, Count]) -> dict[str, Any]:
    """Counts and sums per result, the input's checksum, started, finished."""
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
        **{apart: counts.get(apart, Count()).rows for apart in APART.values()},
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
