"""The thread of an inquiry by HTTP: the comments of both sides, and the caller's own notes."""

from datetime import tzinfo
from typing import Any

from makegood.api import ownership, pagination
from makegood.api.http import Reply, Request
from makegood.domain.account_people import name_in
from makegood.domain.calendar import in_zone
from makegood.domain.inquiries import Comment, Note
from makegood.domain.parties import Role
from makegood.domain.threads import Visibility
from makegood.store.store import Store


def comments(store: Store, request: Request, inquiry_id: str) -> Reply:
    """The thread, oldest first, on one page."""
    inquiry = store.inquiries([inquiry_id]).get(inquiry_id)
    ownership.check_own(request, inquiry, inquiry.advertiser_id if inquiry else "")
    notes = store.notes(inquiry_id, request.caller.role)
    zone = store.campaigns([inquiry.campaign_id])[inquiry.campaign_id].zone
    said = [(each.made_at, _comment(each, zone, request.caller.role)) for each in inquiry.comments]
    said += [(each.made_at, _note(each, zone)) for each in notes]
    said.sort(key=lambda each: each[0])
    return pagination.single_page(request, "Comments", [shown for _, shown in said])


def _comment(comment: Comment, zone: tzinfo, reader: Role) -> dict[str, Any]:
    """Who of a side wrote it is told to that side alone."""
    return {
        "User": comment.user,
        "Author": name_in(comment.source) if comment.side == reader else "",
        "Side": comment.side,
        "Comment": comment.text,
        "Date": in_zone(comment.made_at, zone),
        "Visibility": str(Visibility.PARTIES),
    }


def _note(note: Note, zone: tzinfo) -> dict[str, Any]:
    return {
        "User": note.user,
        "Author": name_in(note.source),
        "Side": str(note.side),
        "Comment": note.text,
        "Date": in_zone(note.made_at, zone),
        "Visibility": str(Visibility.INTERNAL),
    }
