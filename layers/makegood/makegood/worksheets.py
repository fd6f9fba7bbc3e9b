"""Lists as tables to work on: what waits for a decision, in the format of the file that decides it.

A reviewer downloads a sheet, fills it in with a spreadsheet, and uploads it as it is. The columns
of the file come first, those that only tell what the row is about follow.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from makegood import paging, tabular
from makegood.actions import Action
from makegood.calendar import in_zone
from makegood.directory import Campaign
from makegood.inquiries import Inquiry, InquiryState
from makegood.listings import Listing, action_listing, inquiry_listing, partner_names
from makegood.store import Store
from makegood.wire import Reply, Request

RESOLUTION_HEADER = (
    "Id",
    "Resolution Status",
    "Resolution Reason",
    "Transaction Date",
    "Action Tracker",
    "Sale Amount",
    "Final Payout",
    "Resolution Notes",
    "Customer Id",
    "Customer Status",
    "Promo Code",
    "Version",
    "Partner Id",
    "Partner",
    "Order Id",
    "Type",
    "Expected Payout",
    "Created",
    "Inquiry",
)
"""Undecided inquiries: the columns of the resolutions file, then read-only ones.

`Inquiry` is the id once more, as a text: a spreadsheet keeps but fifteen digits of a number.
"""

APPROVAL_HEADER = (
    "Action Id",
    "Reason",
    "Amount",
    "Customer Status",
    "Partner Id",
    "Partner",
    "Order Id",
    "Action Tracker",
    "Event Date",
    "Payout",
    "Locks By Itself",
)
"""Actions that await approval: the columns of the actions file, then read-only ones."""

Row = Callable[[Any, Campaign, str], Sequence[str]]


def undecided(store: Store, request: Request) -> Reply:
    """The inquiries that wait for a decision, or others when `ResolutionStatus` asks for them."""
    listing = inquiry_listing(store, request, default_state=InquiryState.UNRESOLVED)
    return _sheet(store, request, listing, RESOLUTION_HEADER, resolution_row)


def awaiting(store: Store, request: Request) -> Reply:
    """The actions that stay pending until they are approved."""
    request = replace(request, query={**request.query, "AwaitingApproval": "true"})
    listing = action_listing(store, request)
    return _sheet(store, request, listing, APPROVAL_HEADER, approval_row)


def _sheet(
    store: Store, request: Request, listing: Listing, header: Sequence[str], row_of: Row
) -> Reply:
    """A page as a table that spreadsheets take for UTF-8; the Link header has the next page's URI.

    Nothing in it says how many there are, so they are not counted.
    """
    asked = paging.asked(request)
    page = listing.page(asked, counted=False)
    things: list[Any] = [thing for _, thing in page.found]
    campaigns = store.campaigns({each.campaign_id for each in things})
    names = partner_names(store, things)
    rows = [
        row_of(each, campaigns[each.campaign_id], names.get(each.partner_id, "")) for each in things
    ]
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    following = paging.next_uri(request, asked, 0, len(things), page.position)
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return Reply((tabular.BOM + tabular.render([header, *rows])).decode(), headers=headers)


def resolution_row(inquiry: Inquiry, campaign: Campaign, partner_name: str) -> Sequence[str]:
    """An undecided inquiry as a line to be decided: the status is left for the reviewer."""
    claim = inquiry.claim
    expected = claim.expected_payout
    return (
        inquiry.inquiry_id,
        "",
        "",
        in_zone(claim.ordered_at, campaign.zone),
        campaign.event_types[0].event_type_id if len(campaign.event_types) == 1 else "",
        str(claim.order_amount),
        "",
        "",
        claim.customer_id,
        "",
        "",
        str(inquiry.version),
        claim.partner_id,
        partner_name,
        claim.order_id,
        str(claim.inquiry_type),
        "" if expected is None else str(expected),
        in_zone(inquiry.created_at, campaign.zone),
        f"#{inquiry.inquiry_id}",
    )


def approval_row(action: Action, campaign: Campaign, partner_name: str) -> Sequence[str]:
    """An action as a line to be approved or reversed: the reason is left for the reviewer."""
    return (
        action.action_id,
        "",
        "",
        "",
        action.partner_id,
        partner_name,
        action.order.order_id,
        action.event_type_id,
        in_zone(action.event_at, campaign.zone),
        str(action.payout),
        in_zone(action.locks_at, campaign.zone),
    )
