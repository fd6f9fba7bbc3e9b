"""Rows of sheets: what waits for a decision, in the format of the file that decides it.

The columns of that file come first; columns that only describe the row follow.
"""

from collections.abc import Sequence
from datetime import datetime

from makegood.domain.actions import Action
from makegood.domain.calendar import in_zone
from makegood.domain.inquiries import Comment, Inquiry
from makegood.domain.parties import Campaign
from makegood.files.csv_injection import held

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
    "Appeal Of",
    "Currency",
    "Resolution Deadline",
    "Approved By Itself",
    "Tracking Link",
    "Partner Notes",
    "Last Comments",
    "Checked",
    "Candidates",
    "Shop Order Id",
)
"""Undecided inquiries: the columns of the resolutions file, then read-only ones.

`Inquiry` is the id once more, as a text: a spreadsheet keeps but fifteen digits of a number. So is
`Appeal Of`, the inquiry whose decision is appealed. `Shop Order Id`, which is read as well, stands
beside the candidates that one of is picked by it.
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
    "Currency",
    "Sale Amount",
    "Inquiry",
    "Checked",
)
"""Actions that await approval: the columns of the actions file, then read-only ones."""


COMMENTS_SHOWN, COMMENTS_CHARS_MAX = 3, 4_000
"""The latest comments of an inquiry that a sheet shows, and how long they are together: a cell of
twice the length comes back refused."""


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
        held(claim.customer_id),
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
        f"#{claim.appeal_of}" if claim.appeal_of else "",
        claim.order_amount.currency,
        _moment(inquiry.answer_by, campaign),
        _moment(inquiry.auto_approval_at, campaign),
        claim.tracking_link,
        claim.notes,
        _latest(inquiry.comments, campaign),
        "; ".join(inquiry.checks),
        " | ".join(inquiry.verification.candidates) if inquiry.verification else "",
        "",
    )


def _moment(at: datetime | None, campaign: Campaign) -> str:
    return "" if at is None else in_zone(at, campaign.zone)


def _latest(comments: Sequence[Comment], campaign: Campaign) -> str:
    """The last comments, the newest first, each with its day and who made it."""
    told = "\n".join(
        f"{in_zone(each.made_at, campaign.zone)[:10]} {each.user}: {each.text}"
        for each in reversed(comments[-COMMENTS_SHOWN:])
    )
    cut = len(told) > COMMENTS_CHARS_MAX
    return f"{told[: COMMENTS_CHARS_MAX - 1]}\u2026" if cut else told


def approval_row(action: Action, campaign: Campaign, partner_name: str) -> Sequence[str]:
    """An action as a line to be approved or reversed: the reason is left for the reviewer."""
    return (
        action.action_id,
        "",
        "",
        "",
        action.partner_id,
        partner_name,
        held(action.order.order_id),
        action.event_type_id,
        in_zone(action.event_at, campaign.zone),
        str(action.payout),
        in_zone(action.locks_at, campaign.zone),
        action.payout.currency,
        str(action.order_amount),
        f"#{action.inquiry_id}" if action.inquiry_id else "",
        "; ".join(each for each in (_beyond(action), action.explanation) if each),
    )


def _beyond(action: Action) -> str:
    return f"beyond {action.beyond}" if action.beyond else ""
