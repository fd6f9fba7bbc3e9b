"""Lists as tables to work on: a page of what waits for a decision, as the file that decides it.

A reviewer downloads a sheet, fills it in with a spreadsheet, and uploads it as it is. One that is
longer than a page is ordered (`files.exports`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from makegood.api import pagination
from makegood.api.actions import action_listing
from makegood.api.balances import entry_listing, show_entry
from makegood.api.http import Reply, Request
from makegood.api.inquiries import inquiry_listing
from makegood.api.listing import Listing, Page
from makegood.api.pagination import PageRequest
from makegood.api.parties import partner_names
from makegood.domain.inquiries import UNDECIDED
from makegood.domain.parties import Campaign
from makegood.domain.uploads import XLSX
from makegood.files import csv_writing
from makegood.files.export_rows import (
    APPROVAL_HEADER,
    RESOLUTION_HEADER,
    approval_row,
    resolution_row,
)
from makegood.store.store import Store

Row = Callable[[Any, Campaign, str], Sequence[str]]


def undecided(store: Store, request: Request) -> Reply:
    """The inquiries that wait for a decision, or others when `ResolutionStatus` asks for them."""
    listing = inquiry_listing(store, request, default_state=UNDECIDED)
    return _sheet(store, request, listing, RESOLUTION_HEADER, resolution_row)


def awaiting(store: Store, request: Request, now: datetime) -> Reply:
    """The actions that stay pending until they are approved."""
    request = replace(request, query={**request.query, "AwaitingApproval": "true"})
    listing = action_listing(store, request, now)
    return _sheet(store, request, listing, APPROVAL_HEADER, approval_row)


ENTRY_COLUMNS = (
    *("Id", "Reason", "Date", "Currency", "AmountIn", "AmountOut", "Counterparty"),
    *("Note", "Explanation", "ActionId"),
)
"""Of an entry as `balances.show_entry` shows it."""

ENTRIES_MAX = 5_000
"""Entries of one table: some 2 MB, where an answer has room for 6 MB."""


def entries(store: Store, request: Request, now: datetime) -> Reply:
    """The entries that moved the caller's money, one in a row, by the names of the API; as a
    workbook where the path ends in `.xlsx`.
    """
    listing, owner = entry_listing(store, request)
    asked = pagination.page_request(request, ENTRIES_MAX)
    page = listing.page(asked, counted=False)
    shown = [show_entry(entry, owner) for _, entry in page.found]
    rows = [[each[name] for name in ENTRY_COLUMNS] for each in shown]
    if request.suffix == "xlsx":
        from makegood.files import entry_workbook

        data = entry_workbook.rendered(ENTRY_COLUMNS, rows, now)
        headers = {"Content-Type": XLSX, **_following(request, asked, page, len(rows))}
        return Reply(data, headers=headers, binary=True)
    return _table(request, asked, page, ENTRY_COLUMNS, rows)


def _sheet(
    store: Store, request: Request, listing: Listing, header: Sequence[str], row_of: Row
) -> Reply:
    """A page as a table that spreadsheets take for UTF-8; the Link header has the next page's URI.

    A table has no total, so nothing is counted.
    """
    asked = pagination.page_request(request, pagination.PAGE_SIZE)
    page = listing.page(asked, counted=False)
    things: list[Any] = [thing for _, thing in page.found]
    campaigns = store.campaigns({each.campaign_id for each in things})
    names = partner_names(store, things)
    rows = [
        row_of(each, campaigns[each.campaign_id], names.get(each.partner_id, "")) for each in things
    ]
    return _table(request, asked, page, header, rows)


def _table(
    request: Request,
    asked: PageRequest,
    page: Page,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Reply:
    kind = {"Content-Type": "text/csv; charset=utf-8"}
    headers = {**kind, **_following(request, asked, page, len(rows))}
    return Reply((csv_writing.BOM + csv_writing.render([header, *rows])).decode(), headers=headers)


def _following(request: Request, asked: PageRequest, page: Page, count: int) -> dict[str, str]:
    """The header that has the next page's URI, if there is one."""
    following = pagination.next_uri(request, asked, count, page.position)
    return {"Link": f'<{following}>; rel="next"'} if following else {}
