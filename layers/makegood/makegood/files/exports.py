"""Sheets: all that waits for a decision in a campaign, as one file to fill in; and backtests.

A sheet is made in the way that a file is worked on. The list is cut into chunks of ids, each is
written as a part, and the parts are joined. The ids of each chunk are fixed once, so a part that is
made again has the same things. What was decided meanwhile is left out.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from makegood.domain.inquiries import UNDECIDED
from makegood.domain.money import Money
from makegood.domain.parties import Campaign
from makegood.domain.problems import Internal
from makegood.domain.uploads import CUTTING, Count, SheetKind, Upload
from makegood.files import backtests, chunks, csv_writing, result_parts
from makegood.files.context import JSON, FileContext
from makegood.files.export_rows import (
    APPROVAL_HEADER,
    RESOLUTION_HEADER,
    approval_row,
    resolution_row,
)
from makegood.files.outcomes import ORDER_AMOUNTS, PAYOUTS
from makegood.files.result_parts import Sums
from makegood.files.results import counted, shown
from makegood.store.indexes import ALWAYS, StoredList, id_at

ROWS_MAX = 1_000_000
"""The most rows of a sheet; a spreadsheet holds 1,048,576."""

CHUNK_ROWS = 500
KEYS_READ = 5_000

LISTED, GONE = "LISTED", "GONE"
"""What a sheet's rows are counted as: those that are in it, and those that no longer wait."""


class NotMade(Internal):
    """A sheet of which a part failed on every delivery."""

    code = "not_made"
    message = "It could not be made after several tries; order it again"


Part = tuple[Sequence[Sequence[str]], dict[str, Count], dict[str, int]]
"""The rows of some of the list, what they count, and what is noted of them."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a kind of sheet lists, made when, and how some of it become a part."""

    list_of: Callable[[str], StoredList]
    header: Sequence[str]
    part: Callable[[FileContext, Upload, Sequence[str]], Part]
    summary: Callable[[Upload, Mapping[str, Count], Mapping[str, int]], dict[str, Any]]
    created: Callable[[Upload], tuple[datetime | None, datetime | None]] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Things that wait for a decision: which of them still do, and how one is written."""

    things: str
    waits: Callable[[Any], bool]
    row_of: Callable[[Any, Campaign, str], Sequence[str]]
    sums_of: Callable[[Any], Mapping[str, Money]]

    def part(self, context: FileContext, upload: Upload, thing_ids: Sequence[str]) -> Part:
        """What of these still waits, as rows to fill in."""
        found: Mapping[str, Any] = getattr(context.store, self.things)(thing_ids)
        waiting = [found[each] for each in thing_ids if each in found and self.waits(found[each])]
        campaigns = context.store.campaigns({each.campaign_id for each in waiting})
        partners = context.store.partners({each.partner_id for each in waiting})
        rows = [
            self.row_of(each, campaigns[each.campaign_id], partners[each.partner_id].name)
            for each in waiting
        ]
        counts = counted((LISTED, self.sums_of(each)) for each in waiting)
        counts[GONE] = Count(len(thing_ids) - len(waiting))
        return rows, counts, {}


def summary_of_waiting(
    upload: Upload, counts: Mapping[str, Count], noted: Mapping[str, int]
) -> dict[str, Any]:
    """How many rows a sheet has and what they sum up to, and how many were decided meanwhile."""
    listed = counts.get(LISTED, Count())
    return {
        "upload_id": upload.upload_id,
        "kind": upload.place.kind,
        "name": upload.place.name,
        "given": upload.given,
        "state": upload.state,
        "fault": upload.fault,
        **shown(listed),
        "decided_meanwhile": counts.get(GONE, Count()).rows,
        "started": upload.started_at and upload.started_at.isoformat(),
        "finished": upload.finished_at and upload.finished_at.isoformat(),
    }


SHEETS: dict[str, Sheet] = {
    SheetKind.UNDECIDED: Sheet(
        list_of=lambda campaign_id: StoredList.open_inquiries(campaign_id, UNDECIDED),
        header=RESOLUTION_HEADER,
        part=Waiting(
            things="inquiries",
            waits=lambda inquiry: inquiry.state.rules.awaits_decision,
            row_of=resolution_row,
            sums_of=lambda inquiry: {ORDER_AMOUNTS: inquiry.claim.order_amount},
        ).part,
        summary=summary_of_waiting,
    ),
    SheetKind.APPROVALS: Sheet(
        list_of=StoredList.awaiting_approval,
        header=APPROVAL_HEADER,
        part=Waiting(
            things="actions",
            waits=lambda action: action.awaits_approval,
            row_of=approval_row,
            sums_of=lambda action: {PAYOUTS: action.payout},
        ).part,
        summary=summary_of_waiting,
    ),
    SheetKind.BACKTESTS: Sheet(
        list_of=lambda campaign_id: StoredList.of_campaign("inquiries", campaign_id),
        header=backtests.HEADER,
        part=backtests.part,
        summary=backtests.summary,
        created=backtests.created,
    ),
}


def is_sheet(upload: Upload) -> bool:
    return upload.place.kind in SHEETS


def header_of(upload: Upload) -> Sequence[str]:
    return SHEETS[upload.place.kind].header


def begin(context: FileContext, upload: Upload) -> None:
    """From here on it is being made; again changes nothing."""
    context.store.start_upload(upload.upload_id, "", context.clock())


def work(context: FileContext, upload: Upload, number: int) -> None:
    """Cuts the list, or writes the part of one chunk of it."""
    if number == CUTTING:
        _cut(context, upload)
    elif not context.store.chunk_is_done(upload.upload_id, number):
        _write(context, upload, number)


def _cut(context: FileContext, upload: Upload) -> None:
    """Fixes the chunks, once, and hands them on: what comes again goes on from there."""
    begin(context, upload)
    if upload.chunk_count is None:
        names, row_count = [], 0
        for ids in _chunks(context, upload):
            names.append(_keep(context, upload, ids))
            row_count += len(ids)
        checksum = _keep(context, upload, names)
        upload = chunks.fix(context, upload, len(names), row_count, checksum)
    chunks.hand_on(context, upload)


def _chunks(context: FileContext, upload: Upload) -> Iterator[list[str]]:
    """The ids of the list, newest first, so many at a time."""
    sheet, after, left = SHEETS[upload.place.kind], None, ROWS_MAX
    stored = sheet.list_of(upload.given["CampaignId"])
    created = sheet.created(upload) if sheet.created else ALWAYS
    while left:
        found, after = context.store.listed(stored, created, after, min(left, KEYS_READ))
        left -= len(found)
        for start in range(0, len(found), CHUNK_ROWS):
            yield [id_at(each) for each in found[start : start + CHUNK_ROWS]]
        if after is None:
            return


def _keep(context: FileContext, upload: Upload, names: list[str]) -> str:
    """Stores a list under a name that is a hash of its content."""
    body = json.dumps(names).encode()
    name = hashlib.sha256(body).hexdigest()
    context.results.write(_key(upload, name), body, JSON)
    return name


def _kept(context: FileContext, upload: Upload, name: str) -> list[str]:
    return json.loads(context.working_copy(_key(upload, name)))


def _key(upload: Upload, name: str) -> str:
    return upload.place.result_key(f"chunks/{name}.json")


def _write(context: FileContext, upload: Upload, number: int) -> None:
    """The part of one chunk."""
    thing_ids = _kept(context, upload, _kept(context, upload, upload.checksum)[number - 1])
    rows, counts, noted = SHEETS[upload.place.kind].part(context, upload, thing_ids)
    result_parts.add(context, upload, number, csv_writing.render(rows), counts, noted)


def summary(upload: Upload, sums: Sums) -> dict[str, Any]:
    """What is told of a sheet, or of a backtest, once it is over."""
    return SHEETS[upload.place.kind].summary(upload, sums.counts, sums.noted)
