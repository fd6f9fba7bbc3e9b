"""A sheet to fill in, or the result of a file, as a workbook beside its CSV.

Both are made of the same parts, so they hold the same rows. In a sheet, what a reviewer decides is
open and has its rules, everything else is locked, and a second page says how. Dates are local times
of the campaign, as they are read; one that the clock shows twice stays a text with its offset.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import IO, Any

from makegood.aws import s3
from makegood.domain import calendar
from makegood.domain.action_changes import Reason
from makegood.domain.actions import PARTNER_DISPOSITIONS
from makegood.domain.amounts import AMOUNT_MAX
from makegood.domain.inquiries import REJECT_REASONS, RESOLUTIONS
from makegood.domain.money import DECIMALS
from makegood.domain.parties import Campaign
from makegood.domain.uploads import XLSX, SheetKind, Upload
from makegood.files import exports
from makegood.files.context import FileContext
from makegood.files.layouts import RESULT_COLUMNS, field_of
from makegood.forms.fields import is_amount
from makegood.forms.reading import NOTES_MAX, TEXT_MAX
from makegood.workbooks.writing import Column, Holds, Notes, TableWriter, amount, blocks_of

SHEET_NAME, HOW = "Decide", "How"

_EVENT_TYPES, _REASONS, _STATUSES = "Action Tracker", "Resolution Reason", "Resolution Status"
_CURRENCY = "Currency"
_APPROVE = "APPROVED"
_MEANINGS = {
    "VALID": "the partner is paid; give Transaction Date and Action Tracker",
    "DECLINED": "the partner is not paid; give Resolution Reason",
    "INCOMPLETE": "ask the partner; say in Resolution Notes what is missing",
}
_WIDE = 32
_LONG = ("Partner Notes", "Last Comments", "Checked", "Candidates", "Tracking Link", "Partner")


def write(
    context: FileContext, upload: Upload, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Writes the workbook of these rows, and uploads it once it is whole."""
    made_at = upload.started_at or upload.created_at
    with s3.scratch() as file:
        if exports.is_sheet(upload):
            campaign_id = upload.given["CampaignId"]
            campaign = context.store.campaigns([campaign_id])[campaign_id]
            fill_sheet(file, upload.place.kind, campaign, header, rows, made_at)
        else:
            columns = [_result_column(title, upload) for title in header]
            _fill(TableWriter(file, "Result", columns, None, made_at), rows, calendar.zone("UTC"))
        context.results.join(upload.place.result_key("result.xlsx"), blocks_of(file), XLSX)


def fill_sheet(
    file: IO[bytes],
    kind: str,
    campaign: Campaign,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    made_at: datetime,
) -> None:
    """Writes a sheet of a campaign into a file: what is open, and how it is filled in."""
    open_ones = OPEN[SheetKind(kind)](campaign)
    columns = [open_ones.get(title) or _known(title, campaign) for title in header]
    notes = _notes(SheetKind(kind), campaign)
    writer = TableWriter(file, SHEET_NAME, columns, notes, made_at)
    _fill(writer, rows, campaign.zone, header.index(_CURRENCY))


def _fill(
    writer: TableWriter, rows: Iterable[Sequence[str]], zone: tzinfo, currency_at: int | None = None
) -> None:
    """Amounts have the decimals of the row's own currency, where a column says which."""
    columns = writer.columns
    for row in rows:
        cells = [*row, *[""] * (len(columns) - len(row))][: len(columns)]
        decimals = None if currency_at is None else DECIMALS.get(cells[currency_at])
        writer.add([typed(*each, zone) for each in zip(cells, columns, strict=True)], decimals)
    writer.close()


def typed(cell: str, column: Column, zone: tzinfo) -> Any:
    """A cell as its column holds it; what does not fit stays a text."""
    if not cell or column.holds is Holds.TEXT:
        return cell
    if column.holds is Holds.AMOUNT:
        return amount(cell)
    at = datetime.fromisoformat(cell)
    wall = at.replace(tzinfo=None)
    return wall if wall.replace(tzinfo=zone).astimezone(UTC) == at.astimezone(UTC) else cell


def _known(title: str, campaign: Campaign) -> Column:
    """A column that tells what a row is about; nobody changes it."""
    decimals = DECIMALS[campaign.currency]
    if title in ("Expected Payout", "Payout", "Sale Amount"):
        return Column(title=title, holds=Holds.AMOUNT, decimals=decimals, marked=True)
    if title in ("Created", "Event Date"):
        return Column(title=title, holds=Holds.MOMENT, width=20)
    if title in ("Resolution Deadline", "Approved By Itself", "Locks By Itself"):
        return Column(title=title, holds=Holds.MOMENT, width=20, marked=True)
    return Column(title=title, width=_WIDE if title in _LONG else 18)


def _result_column(title: str, upload: Upload) -> Column:
    """Amounts and row numbers are numbers; all else is the text that came."""
    wire = None if title in RESULT_COLUMNS else field_of(title, upload.place.kind)
    if title == "Row" or (wire and is_amount(wire)):
        return Column(title=title, holds=Holds.AMOUNT, decimals=0 if title == "Row" else None)
    return Column(title=title, width=_WIDE if title in ("Message", "Uri") else 18)


def _decisions(campaign: Campaign) -> dict[str, Column]:
    """What a reviewer decides of an inquiry."""
    money = {"holds": Holds.AMOUNT, "open": True, "decimals": DECIMALS[campaign.currency]}
    most = Decimal(AMOUNT_MAX)
    columns = (
        Column(title=_STATUSES, open=True, width=18, choices=tuple(RESOLUTIONS)),
        Column(title=_REASONS, open=True, width=_WIDE, choices=tuple(REJECT_REASONS.values())),
        Column(title="Transaction Date", open=True, width=20, holds=Holds.MOMENT),
        Column(title=_EVENT_TYPES, open=True, choices=_event_types(campaign)),
        Column(title="Sale Amount", marked=True, most=most, **money),
        Column(title="Final Payout", most=most, **money),
        Column(title="Resolution Notes", open=True, width=_WIDE, chars_max=NOTES_MAX),
        *(
            Column(title=title, open=True, chars_max=TEXT_MAX)
            for title in ("Customer Id", "Customer Status", "Promo Code", "Shop Order Id")
        ),
    )
    return {each.title: each for each in columns}


def _approvals(campaign: Campaign) -> dict[str, Column]:
    """What a reviewer decides of an action."""
    decimals, most = DECIMALS[campaign.currency], Decimal(AMOUNT_MAX)
    columns = (
        Column(title="Reason", open=True, width=26, choices=_reasons_of_changes()),
        Column(title="Amount", open=True, holds=Holds.AMOUNT, decimals=decimals, most=most),
        Column(title="Customer Status", open=True, chars_max=TEXT_MAX),
    )
    return {each.title: each for each in columns}


OPEN = {SheetKind.UNDECIDED: _decisions, SheetKind.APPROVALS: _approvals}


def _event_types(campaign: Campaign) -> tuple[str, ...]:
    return tuple(each.event_type_id for each in campaign.event_types)


def _reasons_of_changes() -> tuple[str, ...]:
    """What approves, what reverses, and what changes the amount."""
    reversing = sorted(PARTNER_DISPOSITIONS)
    changing = [each for each in Reason if each not in (*reversing, _APPROVE)]
    return (_APPROVE, *reversing, *changing)


def _notes(kind: SheetKind, campaign: Campaign) -> Notes:
    """How the sheet is filled in, and what its lists mean."""
    if kind is SheetKind.APPROVALS:
        first = (
            "Choose a Reason in each row that you decide: APPROVED approves, REJECTED or another "
            "reason reverses; with an Amount, a reason of a change sets it.",
        )
        return Notes(HOW, (*first, *_FOR_ALL), (("Reason", _plain(_reasons_of_changes())),))
    first = (
        "Choose a Resolution Status in each row that you decide, and give what it asks for; "
        "rows that you leave blank stay undecided.",
        "Final Payout may stay blank: the contract computes it. Shop Order Id may name one of the "
        "Candidates, orders of your shop: the one that is meant.",
    )
    lists = (
        (_STATUSES, tuple((str(each), _MEANINGS[each]) for each in RESOLUTIONS)),
        (_REASONS, _plain(REJECT_REASONS.values())),
        (_EVENT_TYPES, tuple((each.event_type_id, each.name) for each in campaign.event_types)),
    )
    return Notes(HOW, (*first, *_FOR_ALL), lists)


def _plain(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Values that say themselves what they mean."""
    return tuple((each, "") for each in values)


_FOR_ALL = (
    "Cells with a light background are yours; all others are locked, and say what is known. "
    "Dates are local times of the campaign.",
    "Deadlines that are past are red, those of the next three days yellow; so is the largest "
    "tenth of the amounts.",
    "Filter and sort as you like; what a filter hides counts, too. Save as .xlsx, and upload this "
    "file: each row comes back with what became of it.",
)
